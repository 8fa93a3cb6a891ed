/** The first lines of a notice: what changed, how grave that is, what it means and who should act. */
import type { WatchTarget } from "../../store/index.ts";
import type { WatchChange } from "../../watch/index.ts";
import { type Inline, type Status, say, strong } from "../answer.ts";
import { standardOf } from "./checkdomain-answer.ts";
import { WHO } from "./checkip-answer.ts";
import { nameOf } from "./checkip-listings.ts";

/** Changes that the title names; of more it says how many. */
const MAX_NAMED = 2;

/** `partner.example: its mail servers changed`, `192.0.2.1 is now on Spamhaus XBL`. */
export function titleOf(target: WatchTarget, changes: readonly WatchChange[]): string {
  const [first, ...others] = phrasesOf(target, changes);
  if (!first) return `${target.name}: something changed`;
  const begin = first.of === "it" ? `${target.name} ${first.says}` : `${target.name}: ${first.says}`;
  const named = others.slice(0, MAX_NAMED - 1).map(({ of, says }) => (of === "it" ? `it ${says}` : says));
  const more = others.length - named.length;
  const rest = more > 0 ? [`${more} more ${more === 1 ? "change" : "changes"}`] : [];
  return together([begin, ...named, ...rest]);
}

function together(items: readonly string[]): string {
  return [items.slice(0, -1).join(", "), items.at(-1)].filter((item) => item).join(" and ");
}

/** What is said, of the target itself or of something of it. */
interface Phrase {
  readonly of: "it" | "part";
  readonly says: string;
}

/** In the order of what weighs most. What only follows from something before it is not named by itself. */
function phrasesOf(target: WatchTarget, changes: readonly WatchChange[]): Phrase[] {
  const named = changes.filter(({ alarms }) => alarms);
  const told = [
    ...ORDER.flatMap((kind) => named.filter((change) => change.kind === kind)).flatMap(phraseOf),
    ...listingPhrases(named, target),
  ];
  // Beside changed records the findings only say what that means.
  if (told.length > 0) return told;
  const findings = named.flatMap((change) => (change.kind === "finding" ? [findingPhrase(change)] : []));
  return [...new Set(findings)].map(part);
}

const ORDER: readonly WatchChange["kind"][] = [
  "exists",
  "receives",
  "mx",
  "trust",
  "dmarc",
  "spf",
  "dkim",
  "mta-sts",
];

const it = (says: string): Phrase => ({ of: "it", says });
const part = (says: string): Phrase => ({ of: "part", says });

function phraseOf(change: WatchChange): Phrase[] {
  switch (change.kind) {
    case "exists":
      return [it(change.after ? "exists again" : "no longer exists")];
    case "receives":
      return [it(change.after === "yes" ? "can receive mail again" : "can no longer receive mail")];
    case "trust":
      return trustPhrase(change);
    case "mx":
      return [recordPhrase("its mail servers", change, ["are"])];
    case "spf":
      return [recordPhrase("its SPF record", change)];
    case "dmarc":
      return [recordPhrase("its DMARC record", change)];
    case "mta-sts":
      return [part(`its MTA-STS mode changed from ${change.before} to ${change.after}`)];
    case "dkim":
      return change.after ? [] : [part(`its DKIM key ${change.selector} is gone`)];
    default:
      return [];
  }
}

function trustPhrase({ before, after }: Extract<WatchChange, { kind: "trust" }>): Phrase[] {
  if (after === "enforced") return [part("forged mail in its name is refused now")];
  return before === "enforced" ? [part("forged mail in its name is no longer refused")] : [];
}

function recordPhrase(
  what: string,
  { before, after }: { before: string | null; after: string | null },
  [is]: readonly string[] = ["is"],
): Phrase {
  if (before === null) return part(`${what} ${is} new`);
  return part(after === null ? `${what} ${is} gone` : `${what} changed`);
}

type Listing = Extract<WatchChange, { kind: "listing" }>;

function listingPhrases(changes: readonly WatchChange[], target: WatchTarget): Phrase[] {
  const all = changes.filter((change): change is Listing => change.kind === "listing");
  const groups = Map.groupBy(all, ({ subject, after }) => `${subject} ${after}`);
  return [...groups.values()].flatMap((those) => listingPhrase(those, target));
}

function listingPhrase(those: readonly Listing[], target: WatchTarget): Phrase[] {
  const [first] = those;
  if (!first) return [];
  const lists = together([...new Set(those.map(nameOf))]);
  const says = {
    listed: `is now on ${lists}`,
    policy: `is now in a range that many receivers refuse by ${lists}`,
    no: `is no longer on ${lists}`,
  }[first.after];
  return [first.subject === target.name ? it(says) : part(`its mail server ${first.subject} ${says}`)];
}

function findingPhrase({ finding, after }: Extract<WatchChange, { kind: "finding" }>): string {
  const what = finding.severity === "problem" ? "problem" : "weakness";
  const standard = standardOf(finding);
  const where = { "Mail servers": "its mail servers", Domain: "the domain itself" }[standard] ?? standard;
  return after ? `a new ${what} with ${where}` : `a ${what} with ${where} is mended`;
}

/** The gravest of what changed; good news alone is `ok`. */
export function statusOf(changes: readonly WatchChange[]): Status {
  const found = new Set(changes.map(statusOfChange));
  const order: readonly Status[] = ["problem", "warning", "info", "ok"];
  return order.find((status) => found.has(status)) ?? "info";
}

function statusOfChange(change: WatchChange): Status {
  switch (change.kind) {
    case "exists":
      return change.after ? "ok" : "problem";
    case "receives":
      return change.after === "yes" ? "ok" : "problem";
    case "trust":
      return change.after === "enforced" ? "ok" : change.before === "enforced" ? "problem" : "info";
    case "mx":
      return "warning";
    case "spf":
    case "dmarc":
    case "mta-sts":
      return "info";
    case "dkim":
      return change.after ? "ok" : "warning";
    case "finding":
      return !change.after ? "ok" : change.finding.severity === "problem" ? "problem" : "warning";
    case "listing": {
      if (change.after === "no") return "ok";
      return change.zone.weight === "high" && change.after === "listed" ? "problem" : "warning";
    }
  }
}

/** What it means and who should act, for the weightiest change. */
export function meaningOf(target: WatchTarget, changes: readonly WatchChange[]): Inline[] {
  const has = (kind: WatchChange["kind"]) => changes.find((change) => change.kind === kind && change.alarms);
  const leading = [...ORDER, "listing" as const, "finding" as const]
    .map(has)
    .find((change) => change !== undefined);
  if (!leading) return [];
  const { name } = target;
  switch (leading.kind) {
    case "exists":
      return leading.after
        ? say`Mail can reach it again, as far as its records say. Check it before you write.`
        : say`No mail can reach it, and a mail in its name is a forgery. ${strong(`Whoever owns ${name}`)} must look at its registration and its name servers at once.`;
    case "receives":
      return leading.after === "yes"
        ? say`Mail to it has a way again. Nobody has to act.`
        : cannotReceive(changes, name);
    case "mx":
      return leading.after === null
        ? say`Nothing says any more where its mail goes. ${strong(`Whoever runs mail for ${name}`)} must act, unless it is meant.`
        : say`Mail to ${name} goes to other servers from now on. Mostly that is a move to another mail service. If it is yours and nobody knows of it, or you exchange payments with them, ask by another way than mail.`;
    case "trust":
      return leading.after === "enforced"
        ? say`Receivers now refuse forged mail in its name, so its From address can be trusted more. Nobody has to act.`
        : say`A mail from ${name} may be forged: call back before payments or changes of bank details. ${strong(`Whoever runs mail for ${name}`)} should say whether that is meant.`;
    case "spf":
    case "dmarc":
    case "mta-sts":
    case "dkim":
      return recordMeaning(leading, changes, name);
    case "listing":
      return listingMeaning(leading, name);
    case "finding":
      return leading.after
        ? say`${leading.finding.why} ${strong(`Whoever runs mail for ${name}`)} should act.`
        : say`What was wrong is mended. Nobody has to act.`;
  }
}

function cannotReceive(changes: readonly WatchChange[], name: string): Inline[] {
  const meant = changes.some((change) => change.kind === "mx" && change.after === "null MX");
  return meant
    ? say`The domain says itself that it takes no mail now; find another address.`
    : say`Mail to it will come back; reach them another way. ${strong(`Whoever runs mail for ${name}`)} must act.`;
}

/** A record by itself says little: whether it is worse now is said by the findings that came with it. */
function recordMeaning(
  change: Extract<WatchChange, { kind: "spf" | "dmarc" | "mta-sts" | "dkim" }>,
  changes: readonly WatchChange[],
  name: string,
): Inline[] {
  const worse = changes.find((one) => one.kind === "finding" && one.after);
  if (worse?.kind === "finding") {
    return say`${worse.finding.why} ${strong(`Whoever runs mail for ${name}`)} should act.`;
  }
  if (change.kind === "dkim") {
    return say`Mail that is signed with it fails DKIM from now on. That is as it should be when keys were changed on purpose; otherwise ${strong(`whoever runs mail for ${name}`)} must act.`;
  }
  const better = changes.some((one) => one.kind === "finding" && !one.after);
  return better
    ? say`That is for the better: what was wrong is mended. Nobody has to act.`
    : say`Nothing is wrong with it as it stands. If it is yours and nobody knows of it, ask who changed it.`;
}

function listingMeaning({ after, before, subject, zone }: Listing, name: string): Inline[] {
  if (after === "no") {
    return before === "listed"
      ? say`Receivers that ask this list take its mail again. Nobody has to act.`
      : say`Receivers that ask this list no longer refuse its range. Nobody has to act.`;
  }
  const [who, must] = WHO[zone.removal?.who ?? "operator"];
  const effect =
    zone.effect ??
    (zone.weight === "high" ? "Many receivers refuse by it." : "Some receivers refuse or mark mail by it.");
  const whose =
    subject === name ? "" : ` It is an address of its mail servers, which matters for mail that they send.`;
  return say`${effect}${whose} ${strong(who)} ${must}`;
}
