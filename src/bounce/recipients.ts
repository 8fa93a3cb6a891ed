/** Which recipients a notification is about, from the surest source that names somebody. */
import { domainOf, findAddresses, isSystemAddress, sameAddress } from "./addresses.ts";
import type { DsnRecipient } from "./dsn.ts";
import type { Material } from "./gather.ts";
import type { Findings } from "./kind.ts";
import { field, splitHeaders } from "./mime.ts";
import type { RecipientMaterial } from "./recipient.ts";
import type { BounceReport } from "./report.ts";

/** Who failed, from the surest source that names somebody. */
export function recipientMaterials(
  material: Material,
  findings: Findings,
  kind: BounceReport["kind"],
): RecipientMaterial[] {
  const { dsn, event, headers, original, feedback } = material;
  if (feedback !== null || kind === "feedback") return complained(material).map((address) => ({ address }));
  if (event) {
    return event.recipients.map((one) => ({
      address: one.address,
      logged: { action: one.action, status: one.status, text: one.diagnostic, remoteHost: null },
    }));
  }
  const fields = dsn?.recipients ?? [];
  const named = fields.filter((one) => one.finalRecipient || one.originalRecipient);
  if (named.length > 0) return merged(named.map((one) => fromFields(one, findings)));
  if (findings.log.length > 0)
    return findings.log
      .filter(({ action }) => action !== "delivered" || kind === "delivered")
      .map((logged) => ({ address: logged.address, originalAddress: logged.originalAddress, logged }));
  const lone = fields.length === 1 ? fields[0] : undefined;
  const unnamed = findings.session.filter((one) => one.address === null);
  const refused = (address: string | null) =>
    findings.session.findLast(
      (one) => one.address !== null && address !== null && sameAddress(one.address, address),
    ) ??
    (findings.session.length === 1 || address === null
      ? findings.session[0]
      : unnamed.length === findings.session.length
        ? unnamed.at(-1)
        : undefined);
  const strong = findings.prose.filter(({ rank }) => rank >= 2);
  if (strong.length > 0)
    return strong.map((prose) => ({
      address: prose.address,
      prose,
      dsn: strong.length === 1 ? lone : undefined,
      refusal: refused(prose.address),
    }));
  const inSession = findings.session.filter(({ address }) => address !== null);
  if (inSession.length > 0)
    return merged(inSession.map((refusal) => ({ address: refusal.address, refusal })));
  const failed = headers
    ? (headers.get("x-failed-recipients") ?? []).flatMap((value) =>
        findAddresses(value).map(({ address }) => address),
      )
    : [];
  const fallback =
    failed.length > 0
      ? failed
      : (bareName(findings, headers && field(headers, "from")) ??
        findings.prose.map(({ address }) => address));
  const addresses = fallback.length > 0 ? fallback : originalRecipients(original);
  if (
    addresses.length === 0 &&
    kind === "bounce" &&
    headers &&
    /^auto-replied/i.test(field(headers, "auto-submitted") ?? "")
  )
    addresses.push(...findAddresses(field(headers, "from") ?? "").map(({ address }) => address));
  const known = addresses.length > 0 ? addresses : [null];
  return known.map((address) => ({
    address,
    dsn: known.length === 1 ? lone : undefined,
    refusal: refused(address),
    prose: findings.prose.find((one) => address !== null && sameAddress(one.address, address)),
  }));
}

/** One entry per address; the later one tells the newer outcome. */
function merged(materials: readonly RecipientMaterial[]): RecipientMaterial[] {
  const byAddress = new Map<string, RecipientMaterial>();
  for (const one of materials) {
    const key = one.address?.toLowerCase() ?? `#${byAddress.size}`;
    if (!byAddress.has(key)) byAddress.set(key, one);
  }
  return [...byAddress.values()];
}

function originalRecipients(original: Material["original"]): string[] {
  const to = findAddresses(original?.to ?? original?.envelopeTo ?? "").map(({ address }) => address);
  return to.slice(0, 1);
}

/** A list of failed recipients may hold names without a domain: they are the reporting server's own. */
function bareName({ flat, templates }: Findings, from: string | null): string[] | null {
  const domain = from ? findAddresses(from)[0]?.address.split("@")[1] : undefined;
  if (!domain) return null;
  for (const { template } of templates) {
    for (const cue of template.recipients) {
      const at = flat.folded.indexOf(cue);
      const name =
        at < 0 ? null : /^\s+([a-z0-9][\w.-]{1,63})(?:\n|$)/i.exec(flat.lined.slice(at + cue.length))?.[1];
      if (name) return [`${name}@${domain}`];
    }
  }
  return null;
}

/** RFC 5965 §3.2 names the recipient, unless the reporter hides it; then the returned message does. */
function complained({ feedback, original, headers }: Material): string[] {
  const fields =
    feedback === null ? new Map<string, string[]>() : splitHeaders(feedback.replace(/^\s+/, "")).headers;
  const named = ["original-rcpt-to", "removal-recipient"]
    .flatMap((name) => fields.get(name) ?? [])
    .flatMap((value) => findAddresses(value).map(({ address }) => address));
  if (named.length > 0) return named;
  const to = findAddresses(original?.to ?? "").map(({ address }) => address);
  return to.length > 0
    ? to
    : findAddresses((headers && field(headers, "from")) ?? "")
        .map(({ address }) => address)
        .filter((address) => !isSystemAddress(address));
}

function fromFields(dsn: DsnRecipient, { prose, session }: Findings): RecipientMaterial {
  const { address, originalAddress } = senderKnows(dsn);
  const is = (other: string | null) =>
    address !== null &&
    other !== null &&
    (sameAddress(other, address) || (originalAddress !== null && sameAddress(other, originalAddress)));
  const strong = prose.filter(({ rank }) => rank >= 2);
  return {
    address,
    originalAddress,
    dsn,
    prose: prose.find((one) => is(one.address)) ?? (strong.length === 1 ? strong[0] : undefined),
    refusal: session.findLast((one) => is(one.address)) ?? (session.length === 1 ? session[0] : undefined),
  };
}

/** Which of the two addresses the sender knows: a rewritten name of the same place is told as it was written. */
function senderKnows({ finalRecipient, originalRecipient }: DsnRecipient): {
  address: string | null;
  originalAddress: string | null;
} {
  if (!finalRecipient || !originalRecipient)
    return { address: finalRecipient ?? originalRecipient, originalAddress: null };
  if (sameAddress(finalRecipient.replaceAll('"', ""), originalRecipient.replaceAll('"', "")))
    return { address: finalRecipient, originalAddress: null };
  const final = domainOf(finalRecipient);
  const original = domainOf(originalRecipient);
  const rewritten = final === original || final.endsWith(`.${original}`) || !final.includes(".");
  return rewritten
    ? { address: originalRecipient, originalAddress: null }
    : { address: finalRecipient, originalAddress: originalRecipient };
}
