/** Evaluates a walked SPF policy as a receiver does (RFC 7208 §4.6): its cost, and each error on the way. */
import ipaddr from "ipaddr.js";
import { costsLookup, type SpfTerm, usesReverseName } from "./spf-record.ts";
import { PROBE_ADDRESS, type SpfNode, type SpfTermNode } from "./spf-walk.ts";

/** RFC 7208 §4.6.4. */
export const MAX_LOOKUPS = 10;
export const MAX_VOID_LOOKUPS = 2;
export const MAX_MX_NAMES = 10;

export type SpfErrorKind =
  | "syntax"
  | "multiple"
  | "too-many-lookups"
  | "too-many-void-lookups"
  | "too-many-mx"
  | "include-missing"
  | "redirect-missing"
  | "bad-target"
  | "loop"
  | "unchecked";

export interface SpfError {
  readonly kind: SpfErrorKind;
  /** The domain whose record holds the fault. */
  readonly domain: string;
  readonly term: string | null;
  readonly text: string;
}

export interface SpfEvaluation {
  /** The first error decides; `none`: there is no record. `temperror`: could not be checked. */
  readonly verdict: "valid" | "permerror" | "temperror" | "none";
  /** What an evaluation to the end costs, beyond the limits too. */
  readonly lookups: number;
  readonly voidLookups: number;
  readonly errors: readonly SpfError[];
  /** The look-ups that each term costs with all below it, for the terms that an evaluation comes to. */
  readonly costs: ReadonlyMap<SpfTermNode, number>;
}

/** Evaluates the policy for an address that it does not name, so that everything up to `all` is looked at. */
export function evaluateSpf(root: SpfNode): SpfEvaluation {
  const state: State = { lookups: 0, voids: 0, errors: [], costs: new Map() };
  if (root.status === "none")
    return { verdict: "none", lookups: 0, voidLookups: 0, errors: [], costs: state.costs };
  evaluateNode(root, state);
  const { errors, lookups, voids, costs } = state;
  const [first] = errors;
  const verdict = first === undefined ? "valid" : first.kind === "unchecked" ? "temperror" : "permerror";
  return { verdict, lookups, voidLookups: voids, errors, costs };
}

interface State {
  lookups: number;
  voids: number;
  readonly errors: SpfError[];
  readonly costs: Map<SpfTermNode, number>;
}

/** What a record says of the probe; null: no term matches. After an error the evaluation goes on, for what else there is. */
type Result = SpfTerm["qualifier"] | null;

function evaluateNode(node: SpfNode, state: State): Result {
  const { domain, status, record } = node;
  const fault = (kind: SpfErrorKind, text: string) => {
    state.errors.push({ kind, domain, term: null, text });
  };
  if (status === "unknown") fault("unchecked", node.unanswered ?? `TXT ${domain}`);
  if (status === "too-deep")
    fault("too-many-lookups", `${domain} is included too deep or too often to be followed`);
  if (status === "loop") fault("loop", `${domain} leads back to itself`);
  if (status === "multiple") fault("multiple", `${domain} has ${node.texts.length} SPF records`);
  if (!record) return null;
  if (record.error !== null) fault("syntax", record.error);
  for (const term of node.terms) {
    if (term.term.mechanism === null) continue;
    const before = state.lookups;
    const matches = evaluateTerm(term, node, state);
    state.costs.set(term, state.lookups - before);
    if (matches) return term.term.qualifier;
  }
  return evaluateRedirect(node, state);
}

function evaluateRedirect(node: SpfNode, state: State): Result {
  const redirect = node.terms.find(({ term }) => term.modifier === "redirect");
  if (!redirect || node.terms.some(({ term }) => term.mechanism === "all")) return null;
  if (redirect.badTarget || !redirect.child) {
    state.errors.push(errorAt(node, redirect, "bad-target", `${redirect.term.text} leads to no valid name`));
    return null;
  }
  const before = state.lookups;
  count(redirect, node, state);
  if (redirect.child.status === "none") {
    const text = `${redirect.target} has no SPF record`;
    state.errors.push(errorAt(node, redirect, "redirect-missing", text));
  }
  const result = evaluateNode(redirect.child, state);
  state.costs.set(redirect, state.lookups - before);
  return result;
}

function evaluateTerm(node: SpfTermNode, owner: SpfNode, state: State): boolean {
  const { term, child } = node;
  switch (term.mechanism) {
    case "all":
      return true;
    case "ip4":
    case "ip6":
      return namesProbe(node);
    case "include":
      return evaluateInclude(node, owner, state, child);
    default:
      // A name that cannot be asked only means that the term does not match (RFC 7208 §4.8, §5).
      if (node.badTarget) return false;
      count(node, owner, state);
      if (node.unanswered !== null) state.errors.push(errorAt(owner, node, "unchecked", node.unanswered));
      if (node.mxNames > MAX_MX_NAMES && !namesProbe(node)) {
        const text = `${node.target} has ${node.mxNames} MX records, more than the ${MAX_MX_NAMES} that may be looked up`;
        state.errors.push(errorAt(owner, node, "too-many-mx", text));
      }
      return term.mechanism === "exists" ? node.exists : namesProbe(node);
  }
}

function evaluateInclude(node: SpfTermNode, owner: SpfNode, state: State, child: SpfNode | null): boolean {
  if (node.badTarget || !child) {
    state.errors.push(errorAt(owner, node, "bad-target", `${node.term.text} leads to no valid name`));
    return false;
  }
  count(node, owner, state);
  if (child.status === "none") {
    state.errors.push(errorAt(owner, node, "include-missing", `${node.target} has no SPF record`));
  }
  return evaluateNode(child, state) === "+";
}

/** Counts a term's look-up, and that of the macro `p` before it. */
function count(node: SpfTermNode, owner: SpfNode, state: State): void {
  if (usesReverseName(node.term)) countOne(node, owner, state, node.reverseVoid);
  if (costsLookup(node.term)) countOne(node, owner, state, node.isVoid);
}

function countOne(node: SpfTermNode, owner: SpfNode, state: State, isVoid: boolean): void {
  state.lookups++;
  if (state.lookups > MAX_LOOKUPS && !state.errors.some(({ kind }) => kind === "too-many-lookups")) {
    const text = `the ${MAX_LOOKUPS + 1}th look-up is due at ${node.term.text} of ${owner.domain}`;
    state.errors.push(errorAt(owner, node, "too-many-lookups", text));
  }
  if (!isVoid) return;
  state.voids++;
  if (state.voids > MAX_VOID_LOOKUPS && !state.errors.some(({ kind }) => kind === "too-many-void-lookups")) {
    const text = `${node.term.text} of ${owner.domain} is the third look-up that finds nothing`;
    state.errors.push(errorAt(owner, node, "too-many-void-lookups", text));
  }
}

function errorAt(owner: SpfNode, node: SpfTermNode, kind: SpfErrorKind, text: string): SpfError {
  return { kind, domain: owner.domain, term: node.term.text, text };
}

const probe = ipaddr.IPv4.parse(PROBE_ADDRESS);

function namesProbe({ ranges }: SpfTermNode): boolean {
  return ranges.some((range) => {
    const [address = "", prefix = ""] = range.split("/");
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return false;
    const bits = Number(prefix);
    return bits <= 32 && probe.match(ipaddr.IPv4.parse(address), bits);
  });
}
