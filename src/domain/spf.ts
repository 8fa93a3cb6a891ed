/** SPF: who may send in a domain's name (RFC 7208). mailauth gives the verdict, our own walk explains it. */
import type { Resolver } from "../dns/index.ts";
import type { CheckContext, CheckResult } from "./check.ts";
import { loadMailServices, type MailServices, serviceOf } from "./mail-services.ts";
import { type AddressCount, authorisedBy, authorisedByTerm, countAddresses } from "./spf-addresses.ts";
import { spfFindings } from "./spf-findings.ts";
import { spfResolver } from "./spf-resolver.ts";
import { evaluateSpf, MAX_LOOKUPS, type SpfEvaluation } from "./spf-verdict.ts";
import { PROBE_ADDRESS, type SpfNode, type SpfTermNode, walkSpf } from "./spf-walk.ts";

/** A record of the policy, with what each of its terms leads to. */
export interface SpfTree {
  readonly domain: string;
  readonly record: string | null;
  readonly status: SpfNode["status"];
  readonly terms: readonly SpfTreeTerm[];
}

export interface SpfTreeTerm {
  readonly term: string;
  /** Look-ups of the term and all below it; null: an evaluation never comes to it. */
  readonly lookups: number | null;
  readonly void: boolean;
  /** The mail service that it authorises, where the name is known. */
  readonly service: string | null;
  /** What the term authorises; null where that depends on the message, or nothing is authorised. */
  readonly addresses: AddressCount | null;
  /** Evidence of a question that was not answered. */
  readonly unanswered: string | null;
  readonly child: SpfTree | null;
}

export interface SpfSender {
  readonly ip: string;
  readonly result: string;
  readonly reason: string;
}

export interface SpfRecords {
  readonly record: string | null;
  /** mailauth's, for an address that the policy does not name. */
  readonly verdict: SpfEvaluation["verdict"];
  /** Of an evaluation to the end, beyond the limits too. */
  readonly lookups: number;
  readonly voidLookups: number;
  readonly authorised: AddressCount | null;
  /** The mail services that the policy names. */
  readonly services: readonly string[];
  readonly tree: SpfTree | null;
  /** What the sending address that was asked for would get. */
  readonly sender: SpfSender | null;
}

/** Audits the SPF policy. */
export async function checkSpf(context: CheckContext): Promise<CheckResult<SpfRecords>> {
  const { domain, resolver, senderIp, signal } = context;
  const [root, services, mx] = await Promise.all([
    walkSpf(domain, resolver),
    loadMailServices(),
    context.mx(),
  ]);
  const evaluation = evaluateSpf(root);
  // Asked when everything that can be known is in the resolver's cache.
  const judged =
    evaluation.verdict === "temperror" ? null : await judge(domain, PROBE_ADDRESS, resolver, signal);
  const sender = senderIp === null ? null : await judge(domain, senderIp, resolver, signal);
  const verdict = judged === null ? evaluation.verdict : verdictOf(judged.result);
  const tree = describe(root, evaluation, services);
  const authorised = root.record ? countAddresses(authorisedBy(root)) : null;
  const records: SpfRecords = {
    record: root.texts[0] ?? null,
    verdict,
    lookups: evaluation.lookups,
    voidLookups: evaluation.voidLookups,
    authorised,
    services: servicesIn(tree),
    tree: root.status === "none" ? null : tree,
    sender,
  };
  const findings = spfFindings({
    domain,
    root,
    evaluation,
    verdict,
    reason: judged?.reason ?? "",
    services,
    mx: mx.records,
  });
  return { ...stateOf(records), records, findings };
}

async function judge(
  domain: string,
  ip: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<SpfSender> {
  const { spf } = await import("mailauth");
  const { status } = await spf({
    sender: `postmaster@${domain}`,
    helo: domain,
    ip,
    mta: "postie.invalid",
    resolver: spfResolver(resolver, signal),
    strict: true,
  });
  const comment = typeof status.comment === "string" ? status.comment : "";
  return { ip, result: status.result, reason: comment.replace(/^postie\.invalid: /, "") };
}

function verdictOf(result: string): SpfRecords["verdict"] {
  return result === "permerror" || result === "temperror" || result === "none" ? result : "valid";
}

function describe(node: SpfNode, evaluation: SpfEvaluation, services: MailServices): SpfTree {
  return {
    domain: node.domain,
    record: node.record?.text ?? null,
    status: node.status,
    terms: node.terms.map((term) => describeTerm(term, evaluation, services)),
  };
}

function describeTerm(node: SpfTermNode, evaluation: SpfEvaluation, services: MailServices): SpfTreeTerm {
  const { term, child, target, isVoid, unanswered } = node;
  const service = target !== null && child ? serviceOf(target, "includes", services) : null;
  const authorises =
    term.qualifier === "+" &&
    (term.mechanism !== null || child !== null) &&
    !["exists", "ptr", "all"].includes(term.mechanism ?? "");
  return {
    term: term.text,
    lookups: evaluation.costs.get(node) ?? null,
    void: isVoid,
    service: service?.name ?? null,
    addresses: authorises ? countAddresses(authorisedByTerm(node)) : null,
    unanswered,
    child: child ? describe(child, evaluation, services) : null,
  };
}

function servicesIn(tree: SpfTree): string[] {
  const names = tree.terms.flatMap(({ service, child }) => [
    ...(service === null ? [] : [service]),
    ...(child ? servicesIn(child) : []),
  ]);
  return [...new Set(names)];
}

function stateOf({
  verdict,
  lookups,
  authorised,
  record,
}: SpfRecords): Pick<CheckResult<unknown>, "state" | "summary"> {
  const cost = `${lookups} of ${MAX_LOOKUPS} look-ups`;
  switch (verdict) {
    case "none":
      return { state: "absent", summary: "no record" };
    case "temperror":
      return { state: "unknown", summary: "could not be checked" };
    case "permerror":
      return { state: "failed", summary: lookups > MAX_LOOKUPS ? cost : "the policy is not valid" };
    case "valid": {
      if (authorised?.any) return { state: "failed", summary: "lets anyone send" };
      return {
        state: "passed",
        summary: /^v=spf1\s+-all\s*$/i.test(record ?? "") ? "nobody may send" : cost,
      };
    }
  }
}
