/** Tells what the blocklists said: the verdict weighed by what receivers do with each list, and what to do. */
import type { BlocklistCheck, Blocklists, Summary, ZoneFinding } from "../../blocklist/index.ts";
import { summarize } from "../../blocklist/index.ts";
import {
  type Answer,
  code,
  type FollowUp,
  type Inline,
  type Section,
  type Source,
  type Status,
  say,
  strong,
} from "../answer.ts";
import { explainSpecial, reverseNames } from "./checkip-address.ts";
import { explainList } from "./checkip-list.ts";
import { listings, nameOf, others } from "./checkip-listings.ts";
import { tellReasons, unchecked } from "./checkip-unchecked.ts";

export function checkipAnswer(check: BlocklistCheck, blocklists: Blocklists): Answer {
  const { target, findings } = check;
  if (target.kind === "list") return explainList(target.zone, blocklists);
  if (target.kind !== "domain" && target.special) return explainSpecial(target.address, target.special);
  const subject = target.kind === "domain" ? target.name : target.address;
  const sections: Section[] = [
    ...listings(findings),
    ...others(findings),
    ...unchecked(findings, blocklists),
    ...reverseNames(check),
    ...allLists(findings),
  ];
  return {
    ...verdictOf(findings, subject),
    summary: summaryOf(findings, subject),
    sections,
    followUps: followUps(check, subject),
    sources: sourcesOf(findings, blocklists),
  };
}

/** The title and its colour, by what receivers do with the lists that have something to say. */
function verdictOf(findings: readonly ZoneFinding[], subject: string): { title: string; status: Status } {
  const listed = findings.filter(({ verdict }) => verdict === "listed");
  for (const { weight, said, status } of WEIGHTS) {
    const those = listed.filter(({ zone }) => zone.weight === weight);
    if (those.length === 0) continue;
    const names = namesOf(those);
    return { title: `Listed on ${counted(names.length, "list")} ${said}: ${short(names)}`, status };
  }
  const answered = new Set(
    findings.flatMap(({ verdict, zone }) => (verdict === "unchecked" ? [] : [zone.zone])),
  ).size;
  if (answered === 0) return { title: `No blocklist could be asked about ${subject}`, status: "unknown" };
  const missing = findings.filter(({ verdict, zone }) => verdict === "unchecked" && zone.weight === "high");
  if (missing.length > 0) {
    const names = short([...new Set(missing.map(({ zone }) => zone.name))]);
    // what wants a registration is rarely answered, so that it is no surprise
    const expected = missing.every(({ zone }) => zone.needs);
    const title = `On none of ${lists(answered)} that answered, but ${names} could not be checked`;
    return { title, status: expected ? "info" : "unknown" };
  }
  const ranges = findings.filter(({ verdict, zone }) => verdict === "policy" && zone.weight === "high");
  if (ranges.length > 0) {
    const title = `Accused by none of ${lists(answered)} that answered, but in a range that many receivers refuse: ${short(namesOf(ranges))}`;
    return { title, status: "warning" };
  }
  const [first] = findings;
  const isOneList = first && findings.every(({ zone }) => zone === first.zone);
  const title = isOneList ? `Not on ${first.zone.name}` : `On none of ${lists(answered)} that answered`;
  return { title, status: "ok" };
}

const WEIGHTS = [
  { weight: "high", said: "that many receivers refuse by", status: "problem" },
  { weight: "medium", said: "that some receivers refuse or mark mail by", status: "warning" },
  { weight: "low", said: "that few receivers use", status: "warning" },
] as const;

function lists(count: number): string {
  return count === 1 ? "the 1 list" : `the ${count} lists`;
}

function namesOf(findings: readonly ZoneFinding[]): string[] {
  return [...new Set(findings.map(nameOf))];
}

function short(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** How many answered and what they said, then who has to act. */
function summaryOf(findings: readonly ZoneFinding[], subject: string): Inline[] {
  const summary = summarize(findings);
  if (summary.asked === 0) return say`There is no list that could be asked about ${code(subject)}.`;
  const subjects = new Set(findings.map(({ subject }) => subject)).size;
  const answered = `${summary.answered} of ${summary.asked} ${subjects > 1 ? "answers came" : summary.asked === 1 ? "list answered" : "lists answered"}`;
  return say`${answered} about ${code(subject)}: ${countsOf(summary, findings)}.`.concat(
    whoMustAct(findings),
  );
}

function countsOf({ listed, policy, allow, clean, unchecked }: Summary, findings: readonly ZoneFinding[]) {
  const counts = [
    `listed ${listed}`,
    ...(policy > 0 ? [`policy only ${policy}`] : []),
    ...(allow > 0 ? [`recommended ${allow}`] : []),
    `clean ${clean}`,
    ...(unchecked > 0 ? [`could not be checked ${unchecked} (${tellReasons(findings)})`] : []),
  ];
  return counts.join(" · ");
}

/** Who has to act about a listing, and what. */
export const WHO = {
  operator: ["Whoever runs the listed machine or name", "must remove the cause, then ask for removal."],
  network: ["The provider of the address", "must act; its user can only ask them to."],
  nobody: ["Nobody", "has to act."],
} as const;

function whoMustAct(findings: readonly ZoneFinding[]): Inline[] {
  const listed = findings.filter(({ verdict }) => verdict === "listed");
  const heaviest = WEIGHTS.flatMap(({ weight }) => listed.filter(({ zone }) => zone.weight === weight))[0];
  if (!heaviest) return [];
  const [who, must] = WHO[heaviest.zone.removal?.who ?? "operator"];
  return say` ${strong(who)} ${must}`;
}

/** The verdict of every list, folded. */
function allLists(findings: readonly ZoneFinding[]): Section[] {
  if (findings.length === 0) return [];
  const clean = findings.filter(({ verdict }) => verdict === "clean");
  const subjects = new Set(clean.map(({ subject }) => subject));
  const rows = [...subjects].map((subject) => ({
    label: subject,
    value: say`${clean
      .filter((one) => one.subject === subject)
      .map(({ zone }) => zone.name)
      .join(", ")}`,
  }));
  if (rows.length === 0) return [];
  const title = `Asked and not listed there (${clean.length})`;
  return [{ kind: "details", title, sections: [{ kind: "facts", rows }] }];
}

function followUps(check: BlocklistCheck, subject: string): FollowUp[] {
  const { target, findings } = check;
  const listed = findings.filter(({ verdict }) => verdict === "listed");
  const pages = new Map<string, string>();
  for (const { zone } of listed) {
    if (zone.removal?.page?.startsWith("https:")) pages.set(zone.name, zone.removal.page);
  }
  return [
    ...[...pages].slice(0, 2).map(([name, href]): FollowUp => ({ label: `Removal from ${name}`, href })),
    ...(target.kind === "domain"
      ? [{ label: `Check ${subject}`, command: "checkdomain" as const, text: subject }]
      : []),
    { label: "Check again", command: "checkip", text: subject },
    watching(check, subject),
    listed.length > 0
      ? { label: "How to get off a list", command: "mailguide", text: "blocklist-removal" }
      : { label: "What blocklists are", command: "mailguide", text: "dnsbl" },
  ];
}

/** Of a host with one address that address is watched: of a name, the lists of addresses would not be asked. */
function watching({ target, addresses }: BlocklistCheck, subject: string): FollowUp {
  const open = (addresses ?? []).filter(({ special }) => special === null);
  const [only, another] = open;
  if (target.kind !== "domain" || !only || another)
    return { label: "Watch", command: "watch", text: subject };
  return { label: `Watch ${only.address}`, command: "watch", text: only.address };
}

const MAX_SOURCES = 5;

/** The pages behind the statements about the lists that have something to say. */
function sourcesOf(findings: readonly ZoneFinding[], { sources }: Blocklists): Source[] {
  const told = ["listed", "policy", "blocked"].flatMap((what) =>
    findings.filter(({ verdict, reason }) => verdict === what || reason === what),
  );
  const ids = new Set(told.flatMap(({ zone }) => zone.sources.slice(0, 3)));
  const pages = [...ids].flatMap((id) => {
    const { title, href } = sources.get(id) ?? {};
    return title && href ? [{ text: title, href }] : [];
  });
  return [
    { text: "RFC 5782", href: "https://www.rfc-editor.org/rfc/rfc5782" },
    ...pages.slice(0, MAX_SOURCES - 1),
  ];
}
