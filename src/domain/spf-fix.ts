/** Writes SPF records: what to publish first, and how to mend one without weakening it or losing a sender. */
import { type MailServices, serviceOf } from "./mail-services.ts";
import { validateTerms } from "./mailauth-parts.ts";
import type { MxRecords } from "./mx.ts";
import type { SpfRecord, SpfTerm } from "./spf-record.ts";
import { MAX_LOOKUPS, type SpfEvaluation } from "./spf-verdict.ts";
import type { SpfNode, SpfTermNode } from "./spf-walk.ts";

/** A first record, from what the mail servers show: the service that runs them, or the servers themselves. */
export function proposeSpf(mx: MxRecords, services: MailServices): string {
  if (mx.source === "null" || mx.source === "none") return "v=spf1 -all";
  const found = mx.hosts.map(({ exchange }) => serviceOf(exchange, "mx", services)?.includes[0]);
  const includes = [...new Set(found.flatMap((name) => (name === undefined ? [] : [`include:${name}`])))];
  const own = found.some((name) => name === undefined);
  const self = mx.source === "implicit" ? ["a"] : own ? ["mx"] : [];
  return ["v=spf1", ...self, ...includes, "~all"].join(" ");
}

/** The record without these terms, as it stands otherwise. */
export function withoutTerms(record: SpfRecord, terms: readonly SpfTerm[]): string {
  return write(record.terms.filter((term) => !terms.includes(term)));
}

/** The record with another `all`. */
export function replaceAll(record: SpfRecord, all: string): string {
  return write(record.terms.map((term) => (term.mechanism === "all" ? { text: all } : term)));
}

/** The record with a term more, before its modifiers. */
export function addTerm(record: SpfRecord, text: string): string {
  const mechanisms = record.terms.filter(({ modifier }) => modifier === null);
  const modifiers = record.terms.filter(({ modifier }) => modifier !== null);
  return write([...mechanisms, { text }, ...modifiers]);
}

function write(terms: readonly Pick<SpfTerm, "text">[]): string {
  return ["v=spf1", ...terms.map(({ text }) => text)].join(" ");
}

/** Records beyond this are not mended by rules. */
const MAX_REPAIRED = 2_000;

/** Common slips of the pen, mended; null where what is meant is not clear. */
export function repairSyntax({ text }: SpfRecord): string | null {
  if (text.length > MAX_REPAIRED) return null;
  const mended = text
    .replace(/^v=spf1/i, "")
    .replace(/[\u2010-\u2015]/g, "-")
    .replace(/[;,"]+(?=\s|$)/g, "")
    .replace(/\b(include|a|mx|exists|ip4|ip6|redirect|exp)([:=]) +/gi, "$1$2")
    .replace(/([+~?-]) +all\b/gi, "$1all")
    .split(" ")
    .filter((term) => term !== "")
    .map(repairTerm);
  const repaired = ["v=spf1", ...mended].join(" ");
  return validateTerms(mended) === false && /^[\x20-\x7e]*$/.test(repaired) ? repaired : null;
}

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?$/;

function repairTerm(term: string): string {
  const [, qualifier = "", name = "", value = ""] = /^([+\-~?]?)([a-z0-9]+)[:=](.*)$/i.exec(term) ?? [];
  if (/^[+]?(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?$/.test(term)) return `ip4:${term.replace("+", "")}`;
  const lower = name.toLowerCase();
  if (["ip", "ipv4", "ip4", "a", "mx"].includes(lower) && IPV4.test(value)) return `${qualifier}ip4:${value}`;
  if (["ip", "ipv6", "ip6"].includes(lower) && value.includes(":")) return `${qualifier}ip6:${value}`;
  if (["include", "includes", "inlcude", "incude"].includes(lower)) {
    return `${qualifier}include:${value.replace(/^https?:\/\//i, "").replace(/\/$/, "")}`;
  }
  if (["a", "mx", "exists"].includes(lower) && term.includes("=")) return `${qualifier}${lower}:${value}`;
  if (lower === "redirect" && term.includes(":")) return `redirect=${value}`;
  return term;
}

/** Several records as one: every term of each, once; null where they end differently: which end is meant, a person must say. */
export function mergeRecords(texts: readonly string[]): string | null {
  const all = texts.map((text) =>
    text
      .split(" ")
      .filter((term) => term !== "")
      .slice(1),
  );
  const terms = all.flat().filter((term) => !/^[+\-~?]?all$/i.test(term));
  const ends = all.map((record) => record.findLast((term) => /^[+\-~?]?all$/i.test(term))?.toLowerCase());
  const [end] = ends;
  if (
    terms.some((term) => /^redirect=/i.test(term)) ||
    (end !== "-all" && end !== "~all") ||
    ends.some((other) => other !== end)
  )
    return null;
  const distinct = [...new Map(terms.map((term) => [term.toLowerCase(), term])).values()];
  const merged = [...distinct, end];
  return validateTerms(merged) === false ? ["v=spf1", ...merged].join(" ") : null;
}

/**
 * How to come below ten look-ups without losing a sender: terms that stand there twice or lead to nothing go, then `a` and `mx` terms
 * become the addresses that they lead to today. Where that is not enough, a person has to say which service is not needed.
 */
export function savedLookups(
  root: SpfNode,
  { lookups, costs }: SpfEvaluation,
  services: MailServices,
): { text: string; after: string | null } {
  const seen = new Set<string>();
  let excess = lookups - MAX_LOOKUPS;
  const kept: { text: string }[] = [];
  const flattened: string[] = [];
  for (const node of root.terms) {
    const key = node.term.text.toLowerCase().replace(/^\+/, "");
    const cost = costs.get(node) ?? 0;
    if (seen.has(key) && node.term.mechanism !== null) {
      excess -= cost;
      continue;
    }
    seen.add(key);
    const addresses = excess > 0 ? asAddresses(node) : null;
    if (addresses) {
      excess -= cost;
      flattened.push(node.term.text);
    }
    kept.push(
      ...(addresses ?? [node.term]).map((term) => ({ text: typeof term === "string" ? term : term.text })),
    );
  }
  if (excess <= 0 && root.terms.length === root.record?.terms.length) {
    const note =
      flattened.length > 0
        ? ` ${flattened.join(", ")} became the addresses of today, which must be kept up to date.`
        : "";
    return {
      text: `This record authorises the same senders with at most ${MAX_LOOKUPS} look-ups.${note}`,
      after: write(kept),
    };
  }
  const dearest = root.terms
    .filter(({ child }) => child)
    .toSorted((one, other) => (costs.get(other) ?? 0) - (costs.get(one) ?? 0))
    .slice(0, 3)
    .map((node) => `${nameOf(node, services)} (${costs.get(node) ?? 0})`);
  const text = `Remove the services that no longer send for the domain, or let some send from a subdomain with a record of its own. The dearest: ${dearest.join(", ")}. A person must say which are needed.`;
  return { text, after: null };
}

/** An `a` or `mx` term with a plain name as the addresses it leads to; null where that cannot be done. */
function asAddresses({ term, ranges, unanswered, mxNames }: SpfTermNode): string[] | null {
  const plain = (term.mechanism === "a" || term.mechanism === "mx") && !term.value.includes("%");
  if (!plain || unanswered !== null || ranges.length === 0 || ranges.length > 8 || mxNames > 10) return null;
  const qualifier = term.qualifier === "+" ? "" : term.qualifier;
  return ranges.map((range) => {
    const bare = range.replace(/\/32$/, "").replace(/:([^/]*)\/128$/, ":$1");
    return `${qualifier}${range.includes(":") ? "ip6" : "ip4"}:${bare}`;
  });
}

function nameOf({ term, target }: SpfTermNode, services: MailServices): string {
  const service = target === null ? null : serviceOf(target, "includes", services);
  return service ? `${term.text}, ${service.name}` : term.text;
}

/** A text that was meant as an SPF record, with the version it must begin with; null where what is meant is not clear. */
export function repairVersion(text: string): string | null {
  if (text.length > MAX_REPAIRED) return null;
  const rest = text.replace(/^[\s"']*v?\s*[=:]?\s*spf\s*v?[12]?\s*[;:,]?\s*/i, "").replace(/["';\s]+$/, "");
  return rest === "" || /[;,"]/.test(rest) ? null : `v=spf1 ${rest}`;
}
