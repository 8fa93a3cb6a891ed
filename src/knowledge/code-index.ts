/** Entries by their codes. */
import { parseEnhancedStatusCode, registeredForm } from "../smtp/index.ts";
import type { Entry, MythEntry, ProviderEntry, ReplyEntry, StatusEntry, SubjectEntry } from "./model.ts";
import { once } from "./once.ts";

/** The codes of one reply, as far as it has them. */
export interface Codes {
  readonly replyCode: string | null;
  readonly enhancedStatusCode: string | null;
}

export interface CodeIndex {
  reply(replyCode: string): ReplyEntry | null;
  /** The registered code, whatever its class. */
  status(enhancedStatusCode: string): StatusEntry | null;
  /** What the code's subject says, when nobody registered its detail. */
  subject(enhancedStatusCode: string): SubjectEntry | null;
  /** What providers mean by these codes, the best fitting first; of one provider only when `provider` is given. */
  providerEntries(codes: Codes, provider?: string): ProviderEntry[];
  myths(codes: Codes): MythEntry[];
}

export function createCodeIndex(entries: readonly Entry[]): CodeIndex {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const providerEntries = entries.filter((entry) => entry.kind === "provider");
  const byStatus = once(() =>
    Map.groupBy(
      providerEntries.flatMap((entry) =>
        entry.statusCodes.map((code) => ({ entry, code: parseCodeRange(code) })),
      ),
      ({ code }) => code.subject,
    ),
  );
  const byReply = once(() =>
    Map.groupBy(
      providerEntries.flatMap((entry) => entry.replyCodes.map((code) => ({ entry, code }))),
      ({ code }) => code,
    ),
  );
  const myths = entries.filter((entry) => entry.kind === "myth");

  const find = <K extends Entry["kind"]>(id: string, kind: K) => {
    const entry = byId.get(id);
    return entry?.kind === kind ? (entry as Extract<Entry, { kind: K }>) : null;
  };

  return {
    reply: (replyCode) => find(`reply:${replyCode}`, "reply"),
    status: (text) => {
      const code = parseEnhancedStatusCode(text);
      return code && find(`status:${registeredForm(code)}`, "status");
    },
    subject: (text) => {
      const code = parseEnhancedStatusCode(text);
      return code && find(`subject:X.${code.subject}`, "subject");
    },
    providerEntries: ({ replyCode, enhancedStatusCode }, provider) => {
      const code = enhancedStatusCode === null ? null : parseEnhancedStatusCode(enhancedStatusCode);
      const found = code
        ? (byStatus().get(code.subject) ?? [])
            .filter((candidate) => covers(candidate.code, code))
            .map(({ entry }) => entry)
        : (byReply().get(replyCode ?? "") ?? []).map(({ entry }) => entry);
      const agreement = (entry: ProviderEntry) =>
        (entry.key === enhancedStatusCode ? 4 : 0) +
        (replyCode !== null && entry.replyCodes.includes(replyCode) ? 2 : 0) +
        (code === null && entry.statusCodes.length === 0 ? 1 : 0);
      return [...new Set(found)]
        .filter((entry) => provider === undefined || entry.provider === provider)
        .sort((a, b) => agreement(b) - agreement(a));
    },
    myths: ({ replyCode, enhancedStatusCode }) =>
      myths.filter(({ codes }) => codes.some((code) => code === replyCode || code === enhancedStatusCode)),
  };
}

interface CodeRange {
  readonly class: string;
  readonly subject: number;
  readonly first: number;
  readonly last: number;
}

/** `5.7.606-649` and, as a range of one, `5.7.26`. */
function parseCodeRange(text: string): CodeRange {
  const [code = "", last] = text.split("-");
  const parsed = parseEnhancedStatusCode(code);
  const first = parsed?.detail ?? -1;
  return {
    class: parsed?.class ?? "",
    subject: parsed?.subject ?? -1,
    first,
    last: last === undefined ? first : Number(last),
  };
}

function covers(range: CodeRange, code: { class: string; detail: number }): boolean {
  const sameClass = range.class === "X" || code.class === "X" || range.class === code.class;
  return sameClass && code.detail >= range.first && code.detail <= range.last;
}
