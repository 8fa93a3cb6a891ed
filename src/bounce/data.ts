/** The phrase and template files of `knowledge/bounces`, checked and compiled on first use. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { reasons } from "./report.ts";

const commandSchema = z.enum(["CONN", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "EOD"]);
const reasonSchema = z.enum(reasons);
const sourcesSchema = z.array(z.string()).min(1);

const reasonsSchema = z.strictObject({
  sources: sourcesSchema,
  reasons: z.array(
    z.strictObject({
      reason: reasonSchema,
      phrases: z.array(z.string()),
      weak: z.array(z.string()).default([]),
      commands: z.array(commandSchema).default([]),
    }),
  ),
  statusReasons: z.record(z.string(), reasonSchema),
});

const templatesSchema = z.strictObject({
  sources: sourcesSchema,
  templates: z.array(
    z.strictObject({
      product: z.string(),
      kind: z.enum(["bounce", "delay"]).default("bounce"),
      marks: z.array(z.string()).min(1),
      recipients: z.array(z.string()).default([]),
      diagnostics: z.array(z.string()).default([]),
    }),
  ),
  originals: z.array(z.string()).min(1),
});

const causesSchema = z.strictObject({
  causes: z.partialRecord(reasonSchema, z.strictObject({ cause: z.string(), category: z.string() })),
});

export type ReasonRules = z.infer<typeof reasonsSchema>;
export type Templates = z.infer<typeof templatesSchema>;

const folder = new URL("../../knowledge/bounces/", import.meta.url);

function load<T>(file: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parse(readFileSync(new URL(file, folder), "utf8")));
  if (result.success) return result.data;
  throw new Error(`${fileURLToPath(new URL(file, folder))}: ${z.prettifyError(result.error)}`);
}

/** How an answer tells a reason, and the category of the knowledge base that says who acts. */
export type Causes = z.infer<typeof causesSchema>["causes"];

let causes: Causes | undefined;
let reasonRules: ReasonRules | undefined;
let templates: Templates | undefined;

export function loadReasonRules(): ReasonRules {
  reasonRules ??= load("reasons.yaml", reasonsSchema);
  return reasonRules;
}

export function loadTemplates(): Templates {
  templates ??= load("templates.yaml", templatesSchema);
  return templates;
}

export function loadCauses(): Causes {
  causes ??= load("causes.yaml", causesSchema).causes;
  return causes;
}
