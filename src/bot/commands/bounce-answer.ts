import { type BouncedRecipient, type BounceReport, loadCauses } from "../../bounce/index.ts";
import type { Category } from "../../knowledge/entry.ts";
import { type Answer, code, type FollowUp, type Inline, type Section, say, strong } from "../answer.ts";

/** The answer about bounces that were read; the recipients are grouped by what stopped them. */
export function bounceAnswer(reports: readonly BounceReport[], categories: readonly Category[]): Answer {
  const recipients = reports.flatMap((report) => report.recipients);
  const groups = groupByCause(recipients);
  const first = groups[0];
  const delay = reports.every(({ kind }) => kind === "delay");
  const category =
    first && categories.find(({ id }) => id === loadCauses()[first[0]?.reason ?? "undefined"]?.category);
  return {
    title: titleOf(reports, groups),
    status: delay ? "info" : reports.some(({ kind }) => kind === "bounce") ? "problem" : "info",
    summary: summaryOf(first?.[0], category, delay),
    sections: [
      ...(category ? remedies(category) : []),
      ...groups.flatMap((group) => evidence(group)),
      ...originalFacts(reports[0]),
    ],
    followUps: followUps(first?.[0]),
    sources: [],
  };
}

/** What to give, for a text or file in which no bounce was found. */
export function nothingAnswer(file: boolean): Answer {
  return {
    title: "This does not look like a bounce",
    status: "unknown",
    summary: say`I found no delivery failure in ${file ? "this file" : "this text"}. Paste the whole notification, or only the line with the server's reply.`,
    sections: [
      { kind: "heading", text: "For example" },
      { kind: "code", text: "550 5.1.1 <anna@example.org>: user unknown" },
    ],
    followUps: [{ label: "What a code means", command: "smtp", text: "550" }],
    sources: [],
  };
}

function groupByCause(recipients: readonly BouncedRecipient[]): BouncedRecipient[][] {
  const groups = new Map<string, BouncedRecipient[]>();
  for (const recipient of recipients) {
    const key = `${recipient.reason} ${recipient.action}`;
    const group = groups.get(key);
    if (group) group.push(recipient);
    else groups.set(key, [recipient]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

function titleOf(reports: readonly BounceReport[], groups: readonly BouncedRecipient[][]): string {
  const kind = reports[0]?.kind;
  const [first] = groups;
  const one = first?.[0];
  if (kind === "auto-reply") return "This is an automatic reply: the message arrived";
  if (kind === "feedback") return "This is a complaint report: a recipient marked the message as unwanted";
  if (kind === "delivered") return `Delivered to ${one?.address ?? "the recipient"}`;
  const whom = first && first.length > 1 ? `${first.length} recipients` : (one?.address ?? "the recipient");
  const cause = one && loadCauses()[one.reason]?.cause;
  if (kind === "delay") return `Not failed: the message to ${whom} is still being tried`;
  return cause
    ? `Could not be delivered to ${whom}: ${cause}`
    : "This looks like a bounce, but it does not say why";
}

const ACTORS: Record<string, string> = {
  sender: "You",
  senderAdmin: "The sender's mail administrator",
  recipient: "The recipient",
  recipientAdmin: "The recipient's mail administrator",
  provider: "A third party",
  nobody: "Nobody",
};

function summaryOf(
  one: BouncedRecipient | undefined,
  category: Category | undefined,
  delay: boolean,
): Inline[] {
  if (delay) {
    const until = one?.retryUntil ? ` until ${one.retryUntil}` : "";
    return say`The server keeps trying${until}. Nothing to do before then.`;
  }
  const permanence =
    one?.permanence === "permanent"
      ? "Permanent: sending it again unchanged will fail again. "
      : one?.permanence === "temporary"
        ? "Temporary. "
        : "";
  const actor = category?.act[0];
  return actor
    ? say`${permanence}${strong(ACTORS[actor] ?? "")} must act.`
    : say`${permanence || "The cause is not told."}`;
}

function remedies({ remedies }: Category): Section[] {
  const rows = [
    ["Sender", remedies.sender],
    ["Sender's administrator", remedies.senderAdmin],
    ["Recipient", remedies.recipient],
    ["Recipient's administrator", remedies.recipientAdmin],
  ].flatMap(([label, text]) => (label && text ? [{ label, value: say`${text}` }] : []));
  return rows.length > 0
    ? [
        { kind: "heading", text: "What to do" },
        { kind: "facts", rows },
      ]
    : [];
}

function evidence(group: readonly BouncedRecipient[]): Section[] {
  const [one] = group;
  if (!one?.diagnostic) return [];
  const by = one.remoteHost ? say`Said by ${code(one.remoteHost)}: ` : say`Said: `;
  return [{ kind: "text", text: [...by, code(one.diagnostic.slice(0, 500))] }];
}

function originalFacts(report: BounceReport | undefined): Section[] {
  const original = report?.original;
  if (!original?.subject && !original?.date) return [];
  return [
    {
      kind: "text",
      text: say`Your message ${original.subject ? `“${original.subject}”` : ""}${original.date ? ` of ${original.date}` : ""}.`,
    },
  ];
}

function followUps(one: BouncedRecipient | undefined): FollowUp[] {
  const found: FollowUp[] = [];
  const domain = one?.address?.split("@").at(-1);
  if (domain?.includes(".")) found.push({ label: `Check ${domain}`, command: "checkdomain", text: domain });
  const codes = [one?.replyCode, one?.status].filter(Boolean).join(" ");
  if (codes) found.push({ label: `Explain ${codes}`, command: "smtp", text: codes });
  return found;
}
