/** Tells which lists could not be checked, and what whoever runs Postie can do about it. */
import {
  type Blocklists,
  KEY_VARIABLES,
  type UncheckedReason,
  type Zone,
  type ZoneFinding,
} from "../../blocklist/index.ts";
import { code, type Inline, type Section, say, strong } from "../answer.ts";

const REASONS: Record<UncheckedReason, { short: string; label: string }> = {
  silent: { short: "silent", label: "Silent" },
  refused: { short: "refused", label: "The resolver refuses" },
  servfail: { short: "failed", label: "The resolver failed to find out" },
  blocked: { short: "refusing this resolver", label: "Refuse this resolver" },
  "not-127": { short: "answering nonsense", label: "Answer nonsense (outside 127/8)" },
  "lists-all": { short: "listing everything", label: "List everything, even their negative test point" },
  empty: { short: "empty", label: "Empty: do not even list their test point" },
  key: { short: "wanting a key", label: "Need a key or a subscription" },
  quota: { short: "over today's quota", label: "Asked enough for today" },
  "unknown-code": { short: "answering an unknown code", label: "Answer a code that is not known" },
};

/** `2 silent, 1 wanting a key`, the most frequent first; that a key is missing is no news and comes last. */
export function tellReasons(findings: readonly ZoneFinding[]): string {
  return byReason(findings)
    .map(([reason, found]) => `${found.length} ${REASONS[reason].short}`)
    .join(", ");
}

export function unchecked(findings: readonly ZoneFinding[], blocklists: Blocklists): Section[] {
  const groups = byReason(findings);
  if (groups.length === 0) return [];
  const rows = groups.map(([reason, found]) => ({
    label: REASONS[reason].label,
    value: say`${[...new Set(found.map(({ zone }) => zone.name))].join(", ")}`,
  }));
  const section: Section = { kind: "facts", rows };
  return [
    ...refusals(findings, blocklists),
    { kind: "heading", text: "Not checked" },
    section,
    ...registrations(findings),
  ];
}

/** Lists that anybody may ask, but answer only to those who have registered. */
function registrations(findings: readonly ZoneFinding[]): Section[] {
  const those = findings.filter(
    ({ verdict, zone }) => verdict === "unchecked" && zone.needs && zone.status === "active",
  );
  return [...new Set(those.map(({ zone }) => zone))].map(({ name, needs = "" }) => ({
    kind: "text",
    text: say`${strong(name)}: ${needs}.`,
  }));
}

function byReason(findings: readonly ZoneFinding[]): [UncheckedReason, ZoneFinding[]][] {
  const found = Map.groupBy(
    findings.filter(({ verdict }) => verdict === "unchecked"),
    ({ reason }) => reason,
  );
  return [...found]
    .flatMap(([reason, those]): [UncheckedReason, ZoneFinding[]][] => (reason ? [[reason, those]] : []))
    .sort(([, one], [, other]) => other.length - one.length)
    .sort(([one], [other]) => Number(one === "key") - Number(other === "key"));
}

/** Operators that refuse to serve the resolver, each told once, with what helps. */
function refusals(findings: readonly ZoneFinding[], { zones }: Blocklists): Section[] {
  const blocked = findings.filter(({ reason, zone }) => reason === "blocked" && zone.weight !== "low");
  const operators = Map.groupBy(blocked, ({ zone }) => zone.operator);
  return [...operators].flatMap(([operator, found]): Section[] => {
    const [first] = found;
    if (!first) return [];
    const means = first.codes[0]?.meaning ?? `${operator} does not serve this resolver`;
    const names = [...new Set(found.map(({ zone }) => zone.name))].join(", ");
    return [
      { kind: "heading", text: `${operator} did not answer Postie` },
      {
        kind: "text",
        text: say`${strong("This is no listing.")} ${sentence(means)} So nothing is known of ${names}. Whoever runs Postie can change that:`,
      },
      { kind: "list", items: remedies(first.zone, zones) },
    ];
  });
}

function remedies(zone: Zone, zones: readonly Zone[]): Inline[][] {
  const keyed = zone.status === "keyed" ? zone : zones.find(({ insteadOf }) => insteadOf === zone.zone);
  const variable = keyed?.key && KEY_VARIABLES[keyed.key];
  if (zone.status === "keyed") {
    return [
      variable ? say`Check the key in ${code(variable)}.` : say`It wants ${zone.needs ?? "a registration"}.`,
    ];
  }
  const own = say`Let Postie ask through a resolver of your own that looks names up by itself and forwards to nobody (unbound, BIND, Knot Resolver): ${code("POSTIE_DNS=127.0.0.1:53")}.`;
  const key = variable
    ? [say`Or set ${code(variable)}: ${keyed?.needs ?? "a key"}; it works through every resolver.`]
    : [];
  return [own, ...key];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
