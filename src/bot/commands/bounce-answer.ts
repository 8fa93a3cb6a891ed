/** Tells what bounces say: the verdict first, who must act, what to do, then the evidence. */
import type { BouncedRecipient, BounceReport, Cause, OriginalMessage, Reason } from "../../bounce/index.ts";
import type { Knowledge } from "../../knowledge/index.ts";
import { type Answer, code, type Inline, type Section, type Status, say, strong } from "../answer.ts";
import { type CauseGroup, groupByCause } from "./bounce-cause.ts";
import { followUpsOf } from "./bounce-follow-ups.ts";
import { tellRemedies, tellVerdict } from "./explanation.ts";

/** The most recipients that a group lists, and the longest server text that is shown. */
const MAX_LISTED = 10;
const MAX_SAID = 600;

/** @param reports at least one, none of kind `none` */
export function tellBounces(
  reports: readonly BounceReport[],
  knowledge: Knowledge,
  causes: Readonly<Record<Reason, Cause>>,
): Answer {
  const [report] = reports;
  if (!report) throw new TypeError("there is no report to tell");
  if (reports.every(({ kind }) => kind === "auto-reply")) return tellAutoReply(report);
  if (reports.every(({ kind }) => kind === "feedback")) return tellComplaint(report);
  const groups = groupByCause(
    reports.flatMap(({ recipients }) => recipients),
    knowledge,
    causes,
  );
  const [lead, ...others] = groups;
  if (!lead) throw new TypeError("a report of a bounce has a recipient");
  const total = groups.reduce((sum, { recipients }) => sum + recipients.length, 0);
  return {
    title: titleOf(lead, total),
    status: statusOf(reports),
    summary: summaryOf(lead),
    sections: [
      ...meaningOf(lead, knowledge),
      ...(lead.delayed || lead.delivered ? [] : tellRemedies(lead.verdict)),
      ...saidBy(lead, knowledge),
      ...listOf(lead),
      ...others.flatMap((group) => tellGroup(group, total, knowledge)),
      ...originalFacts(report.original),
      ...readFacts(lead.recipients[0], report),
    ],
    followUps: followUpsOf(lead, report, knowledge),
    sources: lead.match ? [...lead.match.entry.sources] : [],
  };
}

function statusOf(reports: readonly BounceReport[]): Status {
  if (reports.some(({ kind }) => kind === "bounce")) return "problem";
  return reports.some(({ kind }) => kind === "delay") ? "warning" : "ok";
}

function titleOf(group: CauseGroup, total: number): string {
  const count = group.recipients.length;
  const whom =
    count > 1
      ? count === total
        ? `${count} recipients`
        : `${count} of ${total} recipients`
      : (group.recipients[0]?.address ?? "the recipient");
  if (group.delivered) return `Delivered to ${whom}`;
  if (group.delayed) return `Not failed: the message to ${whom} is still being tried`;
  if (!group.known)
    return `This looks like a bounce${count === 1 && group.recipients[0]?.address ? ` from ${whom}` : ""}, but it does not say why`;
  return `Could not be delivered to ${whom}: ${group.cause}`;
}

function summaryOf(group: CauseGroup): Inline[] {
  if (group.delivered) return say`Nothing to do: the receiving server has taken the message.`;
  if (group.delayed) {
    const until = group.recipients.find(({ retryUntil }) => retryUntil)?.retryUntil;
    const so = group.known ? ` So far: ${group.cause}.` : "";
    return say`${strong("Temporary.")} The server keeps trying${until ? ` until ${until}` : ""}. Nothing to do before then.${so}`;
  }
  const told = tellVerdict(group.verdict);
  return group.known ? told : say`The notification names no cause that is known. `.concat(told);
}

/** What the provider means by its words, where that is known. */
function meaningOf({ match }: CauseGroup, knowledge: Knowledge): Section[] {
  if (match?.entry.kind !== "provider") return [];
  const name = match.provider ? `${knowledge.provider(match.provider)?.name ?? match.provider}: ` : "";
  return [{ kind: "text", text: say`${strong(name)}${match.entry.title}. ${match.entry.meaning}` }];
}

function saidBy({ recipients: [one] }: CauseGroup, knowledge: Knowledge): Section[] {
  if (!one?.diagnostic) return [];
  const provider = one.provider ? knowledge.provider(one.provider)?.name : undefined;
  const by = one.remoteHost
    ? say`Said by ${code(one.remoteHost)}${provider ? ` (${provider})` : ""}: `
    : provider
      ? say`Said by ${provider}: `
      : say`It says: `;
  const said = one.diagnostic.length > MAX_SAID ? `${one.diagnostic.slice(0, MAX_SAID)}…` : one.diagnostic;
  return [{ kind: "text", text: [...by, code(said)] }];
}

function listOf({ recipients }: CauseGroup): Section[] {
  if (recipients.length < 2) return [];
  const items = recipients
    .slice(0, MAX_LISTED)
    .map(({ address }) => say`${address ?? "a recipient without an address"}`);
  if (recipients.length > MAX_LISTED) items.push(say`and ${recipients.length - MAX_LISTED} more`);
  return [{ kind: "list", items }];
}

/** A further group, in short. */
function tellGroup(group: CauseGroup, total: number, knowledge: Knowledge): Section[] {
  return [
    { kind: "heading", text: titleOf(group, total) },
    { kind: "text", text: summaryOf(group) },
    ...saidBy(group, knowledge),
    ...listOf(group),
  ];
}

function originalFacts(original: OriginalMessage | null): Section[] {
  if (!original || (!original.subject && !original.date)) return [];
  const subject = original.subject ? ` “${original.subject}”` : "";
  const date = original.date ? ` of ${original.date}` : "";
  const through = original.sendingHost ?? original.sendingAddress;
  return [
    {
      kind: "text",
      text: through
        ? say`Your message${subject}${date}, sent through ${code(through)}.`
        : say`Your message${subject}${date}.`,
    },
  ];
}

/** The fields as they were read, folded: what the answer rests on. */
function readFacts(one: BouncedRecipient | undefined, report: BounceReport): Section[] {
  if (!one) return [];
  const facts: [string, string | null][] = [
    ["Enhanced status code", one.status],
    ["Reply code", one.replyCode],
    ["Action", one.action],
    ["Refused command", one.command === "EOD" ? "end of DATA" : one.command],
    ["First written to", one.originalAddress],
    ["Reported by", report.reportingHost],
    ["Blocklists named", report.named.blocklists.join(", ") || null],
    [
      "Authentication",
      report.original?.authentication.map(({ method, result }) => `${method}=${result}`).join(" ") || null,
    ],
    ["Read with", `${one.confidence} confidence${report.truncated ? "; the end was too long to read" : ""}`],
  ];
  const rows = facts.flatMap(([label, value]) => (value ? [{ label, value: say`${value}` }] : []));
  return [{ kind: "details", title: "What was read", sections: [{ kind: "facts", rows }] }];
}

function tellAutoReply({ original }: BounceReport): Answer {
  return {
    title: "This is an automatic reply, not a bounce",
    status: "info",
    summary: say`The message arrived; a program answered in the recipient's place. Nothing has failed.`,
    sections: originalFacts(original),
    followUps: [],
    sources: [],
  };
}

function tellComplaint({ recipients, original, reportingHost }: BounceReport): Answer {
  const who = recipients.map(({ address }) => address).filter((address) => address !== null);
  return {
    title: `A complaint: ${who.length === 1 ? who[0] : "a recipient"} marked the message as unwanted`,
    status: "warning",
    summary: say`The message was delivered. ${strong("The sender")} must act: take the address off the list, and do not write to it again.`,
    sections: [
      ...(reportingHost ? [{ kind: "text" as const, text: say`Reported by ${code(reportingHost)}.` }] : []),
      ...originalFacts(original),
    ],
    followUps: [],
    sources: [{ text: "RFC 5965", href: "https://www.rfc-editor.org/rfc/rfc5965" }],
  };
}
