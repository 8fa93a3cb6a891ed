/** DANE: the mail servers' certificates are named in signed DNS records, so that senders insist on them (RFC 7672). */
import { type DnsOutcome, presence, type RecordData, type Resolver } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { daneFindings } from "./dane-findings.ts";
import { unansweredEvidence } from "./finding.ts";
import { mailHosts } from "./mail-hosts.ts";
import { resolverValidates, type Validation } from "./resolver-validates.ts";
import { tlsaFault, withMailUsage, writeTlsa } from "./tlsa.ts";

export interface DaneRecords {
  readonly resolver: Validation;
  /** Whether DNSSEC protects the list of mail servers; null: could not be checked. */
  readonly mxSigned: boolean | null;
  /** null: the mail servers could not be checked. */
  readonly hosts: readonly DaneHost[] | null;
  /** Questions that were not answered. */
  readonly unanswered: readonly string[];
}

export interface DaneHost {
  readonly name: string;
  /** null: could not be checked. */
  readonly tlsa: readonly TlsaRecord[] | null;
  /** Whether DNSSEC protects the addresses of the host (RFC 7672 §2.2.2); null: could not be checked. */
  readonly addressesSigned: boolean | null;
  /** Whether DNSSEC protects the TLSA records, or that there are none; null: could not be checked. */
  readonly tlsaSigned: boolean | null;
}

export interface TlsaRecord {
  /** As in a zone file: `3 1 1 E3B0C442…`. */
  readonly text: string;
  /** What makes it useless for mail, or null. */
  readonly fault: string | null;
  /** The record that was meant, where that can be told. */
  readonly mended: string | null;
}

/** More records than any server needs (RFC 7671 §8: two or three while keys change). */
const MAX_TLSA = 16;

/** Audits the TLSA records of each mail server and whether senders may rely on them. */
export async function checkDane(context: CheckContext): Promise<CheckResult<DaneRecords>> {
  const { resolver } = context;
  const [validation, { hosts: names, mx, unanswered }] = await Promise.all([
    resolverValidates(resolver),
    mailHosts(context),
  ]);
  const readings = await Promise.all((names ?? []).map((name) => readHost(name, resolver)));
  const records: DaneRecords = {
    resolver: validation,
    mxSigned: validation.validates === true && presence(mx.status) !== "unknown" ? mx.authenticated : null,
    hosts: names === null ? null : readings.map(({ host }) => withoutTrust(host, validation)),
    unanswered: [...unanswered, ...readings.flatMap((reading) => reading.unanswered)],
  };
  return { ...stateOf(records), records, findings: daneFindings(context.domain, records) };
}

/** Whether senders use at least one record of the host and may rely on it. */
export function isProtected({ tlsa, addressesSigned, tlsaSigned }: DaneHost): boolean {
  return tlsaSigned === true && addressesSigned === true && (tlsa ?? []).some(({ fault }) => fault === null);
}

async function readHost(
  name: string,
  resolver: Resolver,
): Promise<{ host: DaneHost; unanswered: readonly string[] }> {
  const [tlsa, a, aaaa] = await Promise.all([
    resolver.resolve(`_25._tcp.${name}`, "TLSA"),
    resolver.resolve(name, "A"),
    resolver.resolve(name, "AAAA"),
  ]);
  const isKnown = presence(tlsa.status) !== "unknown";
  const addresses = [a, aaaa].filter(({ status }: DnsOutcome) => status === "ok");
  return {
    host: {
      name,
      tlsa: isKnown ? tlsa.records.slice(0, MAX_TLSA).map(readTlsa) : null,
      addressesSigned: addresses.length > 0 ? addresses.every(({ authenticated }) => authenticated) : null,
      tlsaSigned: isKnown ? tlsa.authenticated : null,
    },
    unanswered: isKnown ? [] : [unansweredEvidence(tlsa)],
  };
}

function readTlsa(tlsa: RecordData["TLSA"]): TlsaRecord {
  const mended = withMailUsage(tlsa);
  return { text: writeTlsa(tlsa), fault: tlsaFault(tlsa), mended: mended && writeTlsa(mended) };
}

/** From a resolver that does not validate, nothing can be told of signatures. */
function withoutTrust(host: DaneHost, { validates }: Validation): DaneHost {
  return validates === true ? host : { ...host, addressesSigned: null, tlsaSigned: null };
}

function stateOf({
  resolver,
  mxSigned,
  hosts,
  unanswered,
}: DaneRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  if (hosts?.length === 0) return { state: "absent", summary: "" };
  if (resolver.validates !== true || hosts === null || unanswered.length > 0) {
    return { state: "unknown", summary: "could not be checked" };
  }
  const withRecords = hosts.filter(({ tlsa }) => (tlsa ?? []).length > 0);
  if (withRecords.length === 0) return { state: "absent", summary: "" };
  if (withRecords.some(({ tlsa }) => tlsa?.every(({ fault }) => fault !== null))) {
    return { state: "failed", summary: "there are TLSA records, but senders cannot use them" };
  }
  const safe = hosts.filter(isProtected).length;
  if (safe === 0 || mxSigned === false) {
    return {
      state: "absent",
      summary: "there are TLSA records, but DNSSEC does not protect the way to them",
    };
  }
  return { state: "passed", summary: `${safe} of ${hosts.length} servers` };
}
