/** Tells what lists have to say: each listing in full, then what is no accusation. */
import type { ZoneFinding } from "../../blocklist/index.ts";
import { code, type Inline, type Section, say, strong } from "../answer.ts";

/** Listings that are told in full. */
const MAX_FULL = 5;
/** The most of a list's own words that is shown, in UTF-16 code units. */
const MAX_WORDS = 300;

const ORDER = { high: 0, medium: 1, low: 2 } as const;

/** The list's name, with its part where the answer names one: `Spamhaus XBL`. */
export function nameOf({ zone, codes }: Pick<ZoneFinding, "zone" | "codes">): string {
  const parts = [...new Set(codes.flatMap(({ part }) => part ?? []))];
  if (parts.length === 0) return zone.name;
  const first = zone.name.split(" ")[0] ?? zone.name;
  return zone.name.startsWith("Spamhaus")
    ? `${first} ${parts.join(" and ")}`
    : `${zone.name} (${parts.join(", ")})`;
}

/** Every listing: what it means, why, how to get off, how long that takes, who has to do it. */
export function listings(findings: readonly ZoneFinding[]): Section[] {
  const listed = groups(findings.filter(({ verdict }) => verdict === "listed"));
  const full = listed.slice(0, MAX_FULL).flatMap(tellListing);
  const rest = listed.slice(MAX_FULL).map(([finding, subjects]) => line(finding, subjects));
  return rest.length > 0
    ? [...full, { kind: "heading", text: "Listed as well" }, { kind: "list", items: rest }]
    : full;
}

/** Facts without an accusation, and recommendations. */
export function others(findings: readonly ZoneFinding[]): Section[] {
  const policy = groups(findings.filter(({ verdict }) => verdict === "policy"));
  const allow = groups(findings.filter(({ verdict }) => verdict === "allow"));
  return [...titled("A fact, no accusation", policy), ...titled("Recommended by", allow)];
}

type Group = readonly [finding: ZoneFinding, subjects: readonly string[]];

/** The same answer of a zone about several addresses is told once; the weightiest lists come first. */
function groups(findings: readonly ZoneFinding[]): Group[] {
  const found = new Map<string, [ZoneFinding, string[]]>();
  for (const finding of findings) {
    const key = `${finding.zone.zone} ${finding.answers.join()} ${finding.text}`;
    const group = found.get(key);
    if (group) group[1].push(finding.subject);
    else found.set(key, [finding, [finding.subject]]);
  }
  return [...found.values()].sort(
    ([{ zone: one }], [{ zone: other }]) => ORDER[one.weight] - ORDER[other.weight],
  );
}

function tellListing([finding, subjects]: Group): Section[] {
  const { zone, text } = finding;
  const { how, takes, page } = zone.removal ?? {};
  const rows = [
    { label: "Listed", value: say`${subjects.join(", ")}` },
    { label: "Means", value: meaning(finding) },
    ...(text === null ? [] : [{ label: "It says", value: [code(cut(text))] }]),
    { label: "Weight", value: say`${zone.effect ?? WEIGHTS[zone.weight]}` },
    {
      label: "Getting off",
      value: say`${how ?? "Remove the cause first, then ask the operator."} `.concat(page ? link(page) : []),
    },
    ...(takes ? [{ label: "Takes", value: say`${takes}` }] : []),
    { label: "Who", value: say`${WHO[zone.removal?.who ?? "operator"]}` },
  ];
  return [
    { kind: "heading", text: nameOf(finding) },
    { kind: "facts", rows },
  ];
}

const WEIGHTS = {
  high: "Many receivers refuse by it.",
  medium: "Some receivers refuse by it or add points in their filter.",
  low: "Few receivers use it; a listing there alone rarely stops mail.",
} as const;

const WHO = {
  operator: "whoever runs the listed machine or name",
  network: "the provider of the address",
  nobody: "nobody",
} as const;

function meaning({ answers, codes }: ZoneFinding): Inline[] {
  const words = [...new Set(codes.filter(({ kind }) => kind !== "error").map((one) => one.meaning))];
  return say`${code(answers.join(", "))}: ${words.join("; ")}`;
}

function titled(heading: string, found: readonly Group[]): Section[] {
  if (found.length === 0) return [];
  return [
    { kind: "heading", text: heading },
    { kind: "list", items: found.map(([finding, subjects]) => line(finding, subjects)) },
  ];
}

function line(finding: ZoneFinding, subjects: readonly string[]): Inline[] {
  const { zone, text } = finding;
  const told = say`${strong(nameOf(finding))} on ${subjects.join(", ")}: `.concat(meaning(finding), say`.`);
  const effect = zone.effect ? say` ${zone.effect}` : [];
  return told.concat(effect, text === null ? [] : say` It says: ${code(cut(text))}`);
}

function cut(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS - 1).replace(/[\ud800-\udbff]$/, "")}…` : text;
}

function link(page: string): Inline[] {
  const text = page.replace(/^(https?:\/\/|mailto:)/, "").replace(/\/$/, "");
  return [page.startsWith("https:") ? { text, href: page } : code(text)];
}
