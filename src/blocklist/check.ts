/** Asks all blocklists about an address, a host or a domain. */
import { presence, type Resolver } from "../dns/index.ts";
import type { Blocklists } from "./blocklists.ts";
import { type ReverseNames, reverseLookup } from "./reverse-lookup.ts";
import { specialAddress } from "./special.ts";
import { type Subject, subjectFor, type Target } from "./target.ts";
import type { ZoneVerdict } from "./verdict.ts";
import type { SubjectKind, Zone } from "./zones.ts";

/** What one list says of one address or name. */
export interface ZoneFinding extends ZoneVerdict {
  readonly zone: Zone;
  /** The address or name that the list was asked about. */
  readonly subject: string;
  /** Why it is listed, in the list's own words: outside text of one line; null where it gives none. */
  readonly text: string | null;
}

export interface BlocklistCheck {
  readonly target: Target;
  /** The host's addresses, for an address itself; null where they could not be found out. */
  readonly addresses: readonly ReverseNames[] | null;
  /** Whether some of the host's addresses may be missing, since A or AAAA could not be found out. */
  readonly addressesIncomplete: boolean;
  /** One for each zone and subject that was asked, in the order of the knowledge file. */
  readonly findings: readonly ZoneFinding[];
  readonly elapsedMs: number;
}

export interface CheckOptions {
  readonly blocklists: Blocklists;
  /** Ends the check early: what is not known by then is told as silent. */
  readonly signal?: AbortSignal;
  /** Only these zones. */
  readonly only?: readonly Zone[];
  /** Whether the lists are asked anew, whatever they said a moment ago. */
  readonly fresh?: boolean;
  /** Called with all verdicts so far whenever one more has come, before its text. */
  readonly onVerdict?: (sofar: readonly ZoneFinding[], asked: number) => void;
}

/** Milliseconds for everything. */
const DEADLINE = 2000;
/** Addresses of one host that are looked at; more are an attack, or a service that has nothing to do with mail. */
const MAX_ADDRESSES = 32;

/**
 * Asks at once all zones that fit: about an address, or about a host's addresses (A and AAAA, not those of its MX) and its
 * name. Special addresses and the names of lists are not asked about. Ends after two seconds at the latest.
 */
export async function checkBlocklists(target: Target, options: CheckOptions): Promise<BlocklistCheck> {
  const started = performance.now();
  const { resolver } = options.blocklists;
  const deadline = AbortSignal.timeout(DEADLINE);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const finish = (result: Omit<BlocklistCheck, "target" | "elapsedMs">): BlocklistCheck => ({
    target,
    ...result,
    elapsedMs: Math.round(performance.now() - started),
  });
  if (target.kind === "list") return finish({ addresses: [], addressesIncomplete: false, findings: [] });
  const ask = asker(options, signal);
  if (target.kind !== "domain") {
    const { address, special } = target;
    const [reverse, findings] = await Promise.all([
      reverseLookup(resolver, address, signal),
      ask(special ? [] : [{ kind: target.kind, value: address }]),
    ]);
    return finish({ addresses: [reverse], addressesIncomplete: false, findings });
  }
  const [host, named] = await Promise.all([
    checkHost(target.name, resolver, ask, signal),
    ask([{ kind: "domain", value: target.name }]),
  ]);
  return finish({ ...host, findings: [...host.findings, ...named] });
}

type Ask = (subjects: readonly Subject[]) => Promise<ZoneFinding[]>;

async function checkHost(name: string, resolver: Resolver, ask: Ask, signal: AbortSignal) {
  const [a, aaaa] = await Promise.all([
    resolver.resolve(name, "A", { signal }),
    resolver.resolve(name, "AAAA", { signal }),
  ]);
  // servers turn the order of records around, and the same host should give the same report
  const all = [...new Set([...a.records.toSorted(byNumber), ...aaaa.records.toSorted(byNumber)])];
  const addresses = all.slice(0, MAX_ADDRESSES);
  const addressesIncomplete =
    all.length > MAX_ADDRESSES || [a, aaaa].some(({ status }) => presence(status) === "unknown");
  if (addresses.length === 0 && addressesIncomplete) {
    return { addresses: null, addressesIncomplete, findings: [] };
  }
  const open = addresses.filter((address) => specialAddress(address) === null);
  const [reverse, findings] = await Promise.all([
    Promise.all(addresses.map((one) => reverseLookup(resolver, one, signal))),
    ask(open.map((value) => ({ kind: kindOf(value), value }))),
  ]);
  return { addresses: reverse, addressesIncomplete, findings };
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

function kindOf(address: string): SubjectKind {
  return address.includes(":") ? "ip6" : "ip4";
}

/** Asks about several subjects in one check; what comes in is told over all of them. */
function asker({ blocklists, only, onVerdict, fresh }: CheckOptions, signal: AbortSignal): Ask {
  const sofar: ZoneFinding[] = [];
  let asked = 0;
  const aborted = whenAborted(signal);

  async function askZone(zone: Zone, given: Subject): Promise<ZoneFinding> {
    const subject = subjectFor(zone, given);
    const late: ZoneVerdict = { verdict: "unchecked", reason: "silent", answers: [], codes: [] };
    const found = await Promise.race([blocklists.ask(zone, subject, { fresh }), aborted.then(() => late)]);
    const finding: ZoneFinding = { ...found, zone, subject: subject.value, text: null };
    sofar.push(finding);
    onVerdict?.(sofar, asked);
    if (found.verdict === "clean" || found.verdict === "unchecked") return finding;
    const text = await Promise.race([blocklists.text(zone, subject), aborted.then(() => null)]);
    return { ...finding, text };
  }

  return (subjects) => {
    const questions = subjects.flatMap((subject) =>
      blocklists
        .zonesFor(subject.kind)
        .filter((zone) => !only || only.includes(zone))
        .map((zone) => ({ zone, subject })),
    );
    asked += questions.length;
    return Promise.all(questions.map(({ zone, subject }) => askZone(zone, subject)));
  };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
