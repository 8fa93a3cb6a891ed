/** The data files of `knowledge/bounces`, checked and made ready for looking up, once per process. */
import { createTokenMatcher, readDataFile, type TokenMatcher } from "../knowledge/index.ts";
import type { BounceCategory, Reason, SmtpCommand } from "./report.ts";
import type { CausesFile, ReasonsFile, TemplatesFile } from "./rules-form.ts";

/** One reason's words; what stands earlier in the file has the lower rank and wins. */
export interface ReasonWords {
  readonly rank: number;
  readonly reason: Reason;
  /** The words leave no doubt, whatever command they answer. */
  readonly certain: boolean;
  readonly commands: readonly SmtpCommand[];
}

/** How one product words its notifications, folded for searching. */
export interface Template {
  readonly product: string;
  readonly kind: "bounce" | "delay" | "auto-reply";
  readonly marks: readonly string[];
  readonly recipients: readonly string[];
  readonly diagnostics: readonly string[];
}

/** How an answer tells a reason. */
export interface Cause {
  readonly cause: string;
  /** The id of an entry of `categories.yaml` that says who acts; `null` where nobody needs to. */
  readonly category: string | null;
  readonly group: BounceCategory;
}

export interface BounceRules {
  readonly strong: TokenMatcher<ReasonWords>;
  readonly weak: TokenMatcher<ReasonWords>;
  readonly statusReasons: Readonly<Record<string, Reason>>;
  readonly templates: readonly Template[];
  /** Words after which the returned message begins. */
  readonly originals: readonly string[];
  readonly causes: Readonly<Record<Reason, Cause>>;
}

let rules: Promise<BounceRules> | undefined;

/** @throws {KnowledgeError} when a file is missing or wrong: file, line and reason */
export function loadRules(): Promise<BounceRules> {
  rules ??= load();
  return rules;
}

/** How an answer tells each reason. */
export async function loadCauses(): Promise<BounceRules["causes"]> {
  return (await loadRules()).causes;
}

async function load(): Promise<BounceRules> {
  const schemaModule = new URL("./rules-form.ts", import.meta.url);
  const form = () => import("./rules-form.ts");
  const [words, wording, told] = await Promise.all([
    readDataFile<ReasonsFile>({
      name: "bounces/reasons.yaml",
      schema: async () => (await form()).reasonsForm,
      schemaModule,
    }),
    readDataFile<TemplatesFile>({
      name: "bounces/templates.yaml",
      schema: async () => (await form()).templatesForm,
      schemaModule,
    }),
    readDataFile<CausesFile>({
      name: "bounces/causes.yaml",
      schema: async () => (await form()).causesForm,
      schemaModule,
    }),
  ]);
  return {
    strong: matcherOf(words, "phrases"),
    weak: matcherOf(words, "weak"),
    statusReasons: words.statusReasons,
    templates: wording.templates.map((template) => ({
      ...template,
      marks: template.marks.map(fold),
      recipients: template.recipients.map(fold),
      diagnostics: template.diagnostics.map(fold),
    })),
    originals: wording.originals.map(fold),
    causes: told.causes,
  };
}

function matcherOf({ reasons }: ReasonsFile, which: "phrases" | "weak"): TokenMatcher<ReasonWords> {
  return createTokenMatcher(
    reasons.flatMap((entry, rank) => {
      const value = { rank, reason: entry.reason, certain: entry.certain, commands: entry.commands };
      return entry[which].map((token) => ({ token, value }));
    }),
  );
}

/** Text as the rules see it: lower case, straight quotes. Positions stay the same. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const same =
    lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return /[\u2018\u2019\u201c\u201d]/.test(same)
    ? same.replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"')
    : same;
}
