/** SPF, DKIM, DMARC, ARC and BIMI of one message, by mailauth on our resolver. What DNS does not answer is never a failure. */
import type { ARCResult, DNSResolver } from "mailauth";
import { mailauthResolver, type Resolver } from "../dns/index.ts";
import { withinBudget } from "../domain/budget.ts";
import { dkimReport, type Judged, judgeSignature, type SignatureResults } from "./dkim.ts";
import { judgeDmarc } from "./dmarc.ts";
import type { MessageInput } from "./input.ts";
import { arc, bimi, evaluateDmarc, spf, type Verifier, type VerifierOptions } from "./mailauth-parts.ts";
import type { ArcReport, BimiReport, Client, DkimReport, DmarcReport, SpfReport } from "./report.ts";
import { verifyHeaders, verifyMessage } from "./signatures.ts";
import { type Envelope, spfReport } from "./spf.ts";
import { changedBody, changedHeader } from "./what-changed.ts";

export interface AuthenticateOptions {
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
  readonly client: Client | null;
  readonly envelope: Envelope;
}

export interface Authentication {
  readonly spf: SpfReport;
  readonly dkim: readonly DkimReport[];
  readonly dmarc: DmarcReport;
  readonly arc: ArcReport;
  readonly bimi: BimiReport;
}

/** Different questions that one message may have us ask. */
const MAX_QUESTIONS = 250;
/** The most signatures whose failure is looked into. */
const MAX_LOOKED_INTO = 4;

export async function authenticateMessage(
  input: MessageInput,
  { resolver, signal, client, envelope }: AuthenticateOptions,
): Promise<Authentication> {
  const lookUp = mailauthResolver(withinBudget(resolver, { questions: MAX_QUESTIONS, signal }), { signal });
  const options: VerifierOptions = {
    resolver: lookUp,
    strict: true,
    minBitLength: 1024,
    ...(envelope.sender ? { sender: envelope.sender } : {}),
  };
  const bodyKnown = input.form !== "msg" && input.form !== "cut";
  const [headers, whole, askedSpf] = await Promise.all([
    verifyHeaders(input.fields, options),
    bodyKnown ? verifyMessage(input.fields, input.body ?? "", options) : null,
    askSpf(client, envelope, lookUp),
  ]);
  const signatures = signaturesOf(headers, whole);
  const judged = await Promise.all(
    signatures.map((one, index) => lookInto(one, judgeSignature(one, input.form), index, input, options)),
  );
  const spfOpen = envelope.sender === null || askedSpf.result === "temperror";
  const judgement = await judgeDmarc({
    headerFrom: headers.headerFrom,
    fromFields: headers.fromFields,
    spf: { domain: askedSpf.domain, passes: askedSpf.result === "pass", open: spfOpen },
    signatures: signatures.map(({ headers: { signingDomain }, whole: full }, index) => ({
      domain: signingDomain ?? "",
      passes: judged[index]?.result === "pass",
      open: judged[index]?.cause === "dns" || judged[index]?.cause === "body-not-given",
      unsignedOctets: full?.status.underSized ?? 0,
    })),
    evaluate: (part) => evaluateDmarc({ ...part, arcResult: undefined, resolver: lookUp, strict: true }),
  });
  const { report: dmarc, isAligned } = judgement;
  const arcResult = await arc((whole ?? headers).arc, { resolver: lookUp, strict: true, minBitLength: 1024 });
  return {
    spf: { ...askedSpf, aligned: askedSpf.domain !== null && isAligned(askedSpf.domain, "spf") },
    dkim: signatures.map((one, index) =>
      dkimReport(one, judged[index] as Judged, isAligned(one.headers.signingDomain ?? "", "dkim")),
    ),
    dmarc,
    arc: await arcReport(arcResult, headers, input, lookUp),
    bimi: await askBimi(judgement.response, headers, lookUp),
  };
}

/** mailauth gives a lone result without a domain where there is no signature. */
function signaturesOf(headers: Verifier, whole: Verifier | null): SignatureResults[] {
  return headers.results.flatMap((result, index) =>
    result.status.result === "none" ? [] : [{ headers: result, whole: whole?.results[index] ?? null }],
  );
}

async function askSpf(client: Client | null, envelope: Envelope, resolver: DNSResolver) {
  // The HELO name counts only for an empty envelope sender, not for one that is not known (RFC 9989 §4.4.2).
  if (client === null || envelope.sender === null || (envelope.sender === "" && client.helo === null))
    return spfReport(null, client, envelope);
  const result = await spf({
    ip: client.address,
    helo: client.helo ?? `[${client.address}]`,
    mta: "receiver.invalid",
    resolver,
    strict: true,
    ...(envelope.sender ? { sender: envelope.sender } : {}),
  });
  return spfReport(result, client, envelope);
}

/** Adds what can be found out about the change that broke a signature. */
async function lookInto(
  { whole }: SignatureResults,
  judged: Judged,
  index: number,
  input: MessageInput,
  options: VerifierOptions,
): Promise<Judged> {
  if (whole === null || index >= MAX_LOOKED_INTO) return judged;
  const told = (change: string | null): Judged =>
    change === null
      ? judged
      : { ...judged, reason: `${judged.reason}. It fits when this is undone: ${change}` };
  if (judged.cause === "body-changed") return told(changedBody(input.body ?? "", whole));
  if (judged.cause === "headers-changed") return told(await changedHeader(input.fields, index, options));
  return judged;
}

async function arcReport(
  { status }: ARCResult,
  headers: Verifier,
  { form, fields }: MessageInput,
  resolver: DNSResolver,
): Promise<ArcReport> {
  const sealers = fields
    .filter(({ key }) => key === "arc-seal")
    .slice(0, 50)
    .map(({ value }) => /(?:^|[;\s])d\s{0,5}=\s{0,5}([\w.-]{1,253})/i.exec(value)?.[1]?.toLowerCase() ?? "?")
    .toReversed();
  const report = (result: ArcReport["result"], reason: string | null = null): ArcReport => ({
    result,
    sealers,
    reason,
  });
  if (status.result === "pass" || status.result === "none") return report(status.result);
  const comment = status.comment ?? null;
  if (comment === null && status.policy === undefined)
    return report("temperror", "a key of the chain could not be looked up");
  if (form === "message") return report("fail", comment ?? "a key of the chain is too short");
  const withoutBody = await arc(headers.arc, { resolver, strict: true, minBitLength: 1024 });
  return withoutBody.status.result === "pass"
    ? report("neutral", "the seals hold; the body is not given and could not be checked")
    : report("fail", withoutBody.status.comment ?? comment);
}

async function askBimi(
  dmarc: Parameters<typeof bimi>[0]["dmarc"] | null,
  { headers }: Verifier,
  resolver: DNSResolver,
): Promise<BimiReport> {
  if (!dmarc) return { result: "skipped", reason: "DMARC could not be evaluated" };
  const found = await bimi({ dmarc, headers, resolver, strict: true });
  if (!found) return { result: "skipped", reason: null };
  const { result, comment } = found.status;
  const known = {
    pass: "pass",
    none: "none",
    fail: "fail",
    temperror: "temperror",
    temperr: "temperror",
  } as const;
  return {
    result: Object.hasOwn(known, result) ? known[result as keyof typeof known] : "skipped",
    reason: comment ?? null,
  };
}
