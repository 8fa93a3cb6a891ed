/** Recipients that failed for the same cause, and what the knowledge says of it. */
import type { BouncedRecipient, Cause, Reason } from "../../bounce/index.ts";
import type { Knowledge, Match } from "../../knowledge/index.ts";
import { type Verdict, verdictOfCategory } from "./explanation.ts";

export interface CauseGroup {
  readonly recipients: readonly BouncedRecipient[];
  /** Completes "Could not be delivered to X: …". */
  readonly cause: string;
  /** The id of the category of `categories.yaml` that says who acts. */
  readonly category: string | null;
  /** False where the bounce does not say why. */
  readonly known: boolean;
  readonly delayed: boolean;
  readonly delivered: boolean;
  readonly verdict: Verdict;
  /** What the server's own words or its provider's codes mean. */
  readonly match: Match | null;
}

/** The groups, those with most recipients first, failures before delays. */
export function groupByCause(
  recipients: readonly BouncedRecipient[],
  knowledge: Knowledge,
  causes: Readonly<Record<Reason, Cause>>,
): CauseGroup[] {
  const groups = Map.groupBy(
    recipients,
    ({ reason, action, permanence }) => `${reason} ${action} ${permanence}`,
  );
  return [...groups.values()]
    .map((group) => describe(group, knowledge, causes))
    .sort((a, b) => Number(a.delayed) - Number(b.delayed) || b.recipients.length - a.recipients.length);
}

function describe(
  recipients: readonly BouncedRecipient[],
  knowledge: Knowledge,
  causes: Readonly<Record<Reason, Cause>>,
): CauseGroup {
  const [one] = recipients;
  if (!one) throw new TypeError("a group has a recipient");
  const { cause, category } = causes[one.reason];
  const match = explain(one, knowledge);
  const shared = category === null ? null : knowledge.category(category);
  const own = match?.entry;
  const verdict: Verdict = {
    permanence: one.permanence,
    retry: own?.retry ?? shared?.retry ?? null,
    act: own && own.act.length > 0 ? own.act : shared ? verdictOfCategory(shared).act : [],
    remedies: own?.remedies ?? shared?.remedies ?? {},
  };
  return {
    recipients,
    cause,
    category,
    known: !["onhold", "undefined"].includes(one.reason),
    delayed: one.action === "delayed",
    delivered: one.action === "delivered",
    verdict,
    match,
  };
}

/** A provider's own meaning only: the bounce itself tells the general one. */
function explain(
  { diagnostic, replyCode, status, provider, remoteHost }: BouncedRecipient,
  knowledge: Knowledge,
): Match | null {
  if (!diagnostic) return null;
  const [first] = knowledge.explainReply({
    text: diagnostic,
    replyCode,
    enhancedStatusCode: status,
    provider,
    host: remoteHost,
  });
  return first?.entry.kind === "provider" &&
    (first.matchedBy === "token" || (first.matchedBy === "provider-code" && provider !== null))
    ? first
    : null;
}
