/** Tells what the blocklists said of a domain and its mail servers: findings, a row among the checks, details, the report. */
import { isIP } from "node:net";
import type { DomainListings, ZoneFinding } from "../../blocklist/index.ts";
import type { Finding, Severity } from "../../domain/index.ts";
import { type CheckRow, code, type Inline, type Section, say, strong } from "../answer.ts";
import { nameOf } from "./checkip-listings.ts";
import { tellReasons } from "./checkip-unchecked.ts";

const ID = "blocklist.listed";
const ORDER: readonly Severity[] = ["problem", "warning", "unknown", "advice"];

/** The audit's findings with a `blocklist.listed` for each listed subject, before those that are as grave. */
export function withListed(findings: readonly Finding[], { verdicts }: DomainListings): Finding[] {
  const listed = Map.groupBy(verdicts.filter(isListed), ({ subject }) => subject);
  const told = [...listed].map(([subject, those]) => listedFinding(subject, those));
  return [...told, ...findings].sort(
    (one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity),
  );
}

export function isAboutListing({ id }: Finding): boolean {
  return id === ID;
}

/** A receiver refuses by the name in a mail whoever sends it; a mail server's address matters only for what it sends itself. */
function listedFinding(subject: string, listed: readonly ZoneFinding[]): Finding {
  const names = namesOf(listed);
  const meaning = listed.map((one) => `${nameOf(one)}: ${meaningOf(one)}`).join("; ");
  const family = isIP(subject);
  return {
    id: ID,
    severity: family === 0 ? "problem" : "warning",
    evidence: `${subject} on ${meaning}`,
    reference: family === 0 ? "RFC 5782 §3" : family === 6 ? "RFC 5782 §2.4" : "RFC 5782 §2.1",
    why:
      family === 0
        ? `${subject} is listed on ${names}: many receivers refuse mail that comes from the name or links to it.`
        : `${subject}, an address of its mail servers, is listed on ${names}: many receivers refuse mail that it sends.`,
    fix: { text: listed.map(removal).join(" ") },
  };
}

function removal({ zone }: ZoneFinding): string {
  const { how = "Remove the cause, then ask the operator.", page } = zone.removal ?? {};
  return `${zone.name}: ${how}${page ? ` ${page}` : ""}`;
}

/** One row: listed, or on none of those that answered, or not checked where a subject got no answer at all. */
export function listingRow({ verdicts, open }: DomainListings): CheckRow[] {
  if (verdicts.length === 0 && open.length === 0) return [];
  const listed = verdicts.filter(isListed);
  if (listed.length > 0) {
    const subjects = [...new Set(listed.map(({ subject }) => subject))];
    return [
      {
        status: subjects.some((subject) => isIP(subject) === 0) ? "problem" : "warning",
        label: `Listed on ${namesOf(listed)}`,
        detail: say`${subjects.join(", ")}`,
      },
    ];
  }
  const unchecked = verdicts.filter(({ verdict }) => verdict === "unchecked");
  const answered = new Set(verdicts.filter((one) => !unchecked.includes(one)).map(({ zone }) => zone.zone));
  const clean = `on none of ${answered.size} that answered`;
  const missing = [...new Set(unchecked.map(({ zone }) => zone.name))].join(", ");
  if (open.length > 0 || hasUnanswered(verdicts)) {
    const rest = answered.size > 0 ? `otherwise ${clean}` : "";
    return [{ status: "unknown", label: "Blocklists could not be checked", detail: say`${rest}` }];
  }
  const detail = missing === "" ? clean : `${clean}; ${missing} could not be checked`;
  return [{ status: "ok", label: "Blocklists", detail: say`${detail}` }];
}

/** Whether there is a name or an address that no list answered about. */
function hasUnanswered(verdicts: readonly ZoneFinding[]): boolean {
  const subjects = Map.groupBy(verdicts, ({ subject }) => subject);
  return [...subjects.values()].some((those) => those.every(({ verdict }) => verdict === "unchecked"));
}

/** What each list said of each name and address, folded. */
export function listingDetails({ verdicts, open }: DomainListings): Section[] {
  if (verdicts.length === 0 && open.length === 0) return [];
  const subjects = Map.groupBy(verdicts, ({ subject }) => subject);
  const rows = [...subjects].map(([subject, those]) => ({ label: subject, value: tellSubject(those) }));
  const notAsked = open.map((evidence) => say`Not asked about, since this had no answer: ${code(evidence)}`);
  return [
    {
      kind: "details",
      title: "Blocklists",
      sections: [
        ...(rows.length > 0 ? [{ kind: "facts", rows } as const] : []),
        ...(notAsked.length > 0 ? [{ kind: "list", items: notAsked } as const] : []),
      ],
    },
  ];
}

function tellSubject(verdicts: readonly ZoneFinding[]): Inline[] {
  const of = (verdict: ZoneFinding["verdict"]) => verdicts.filter((one) => one.verdict === verdict);
  const unchecked = of("unchecked");
  const parts = [
    ...of("listed").map((one) => say`${strong(`listed on ${nameOf(one)}`)} (${meaningOf(one)})`),
    ...of("policy").map((one) => say`${nameOf(one)}, no accusation: ${meaningOf(one)}`),
    ...(of("clean").length > 0 ? [say`not on ${namesOf(of("clean"))}`] : []),
    ...(unchecked.length > 0
      ? [say`could not be checked: ${namesOf(unchecked)} (${tellReasons(unchecked)})`]
      : []),
  ];
  return parts.flatMap((part, index) => (index > 0 ? [...say`; `, ...part] : part));
}

/** The verdicts in the shape that scripts rely on. */
export function listingReport({ verdicts }: DomainListings) {
  return verdicts.map(({ subject, zone, verdict, reason }) => ({
    subject,
    zone: zone.zone,
    verdict,
    reason,
  }));
}

/** What somebody may ask `checkip` about: what is listed, if anything. */
export function listedSubject({ verdicts }: DomainListings): string | undefined {
  return verdicts.find(isListed)?.subject;
}

function isListed({ verdict }: ZoneFinding): boolean {
  return verdict === "listed";
}

function namesOf(verdicts: readonly ZoneFinding[]): string {
  return [...new Set(verdicts.map(nameOf))].join(", ");
}

function meaningOf({ codes, answers }: ZoneFinding): string {
  const meanings = [...new Set(codes.filter(({ kind }) => kind !== "error").map(({ meaning }) => meaning))];
  return `${answers.join(", ")}: ${meanings.join("; ")}`;
}
