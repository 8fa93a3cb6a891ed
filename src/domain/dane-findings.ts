import type { DaneHost, DaneRecords } from "./dane.ts";
import type { Finding } from "./finding.ts";

/** What is wrong with DANE. */
export function daneFindings(domain: string, records: DaneRecords): Finding[] {
  const hosts = records.hosts ?? [];
  const takesMail = records.hosts === null || hosts.length > 0;
  const syntaxFindings = hosts.flatMap(syntax);
  if (records.resolver.validates !== true) {
    return takesMail ? [unchecked(records.resolver.evidence), ...syntaxFindings] : [];
  }
  return [
    ...records.unanswered.slice(0, 5).map(unchecked),
    ...missing(domain, records),
    ...unsigned(domain, records),
    ...syntaxFindings,
  ];
}

function unchecked(evidence: string): Finding {
  return {
    id: "dane.unchecked",
    severity: "unknown",
    evidence,
    reference: "RFC 7672 §2.1",
    why: "Whether DANE protects this domain's mail could not be learned. Senders that use DANE hold mail back as long as they get no answer either.",
    fix: null,
  };
}

function missing(domain: string, { hosts, mxSigned }: DaneRecords): Finding[] {
  const bare = (hosts ?? []).filter(({ tlsa }) => tlsa?.length === 0);
  const [first] = bare;
  if (first === undefined) return [];
  const unsignedHost = bare.find(({ addressesSigned }) => addressesSigned === false);
  const isOwn = first.name === domain || first.name.endsWith(`.${domain}`);
  const preparations = [
    ...(mxSigned === false ? [`Sign ${domain} with DNSSEC first.`] : []),
    ...(unsignedHost
      ? [`The zone of ${unsignedHost.name} has to be signed${mxSigned === false ? " too" : " first"}.`]
      : []),
  ];
  const steps = [
    ...preparations,
    isOwn
      ? `Publish for each server a record of the form "3 1 1 DIGEST". This prints the digest: openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256. When the server's key changes, publish the new record first.`
      : "Ask whoever runs the servers whether they offer names with DANE.",
  ];
  return [
    {
      id: "dane.missing",
      severity: "advice",
      evidence: bare.map(({ name }) => `_25._tcp.${name}: no TLSA record`).join("; "),
      reference: "RFC 7672 §3",
      why: "Servers that send to this domain use TLS only if nobody on the way prevents it, and do not check whom they talk to. DANE makes both a must.",
      fix: { text: steps.join(" ") },
    },
  ];
}

function unsigned(domain: string, { hosts, mxSigned }: DaneRecords): Finding[] {
  const withRecords = (hosts ?? []).filter(({ tlsa }) => (tlsa ?? []).length > 0);
  const open = [
    ...(mxSigned === false && withRecords.length > 0 ? [`${domain} MX`] : []),
    ...withRecords.flatMap(({ name, addressesSigned, tlsaSigned }) => [
      ...(addressesSigned === false ? [`${name} A`] : []),
      ...(tlsaSigned === false ? [`_25._tcp.${name} TLSA`] : []),
    ]),
  ];
  if (open.length === 0) return [];
  return [
    {
      id: "dane.unsigned",
      severity: "advice",
      evidence: `not protected by DNSSEC: ${open.join(", ")}`,
      reference: "RFC 7672 §2.2",
      why: "TLSA records count only where DNSSEC protects them and the way to them; senders otherwise deliver as if there were none.",
      fix: {
        text: `Sign the ${open.length === 1 ? "zone" : "zones"} of ${open.map((name) => name.split(" ")[0]).join(", ")} with DNSSEC.`,
      },
    },
  ];
}

function syntax({ name, tlsa }: DaneHost): Finding[] {
  const owner = `_25._tcp.${name}`;
  const others = (tlsa ?? []).filter(({ fault }) => fault === null).length;
  return (tlsa ?? []).flatMap(({ text, fault, mended }) => {
    if (fault === null) return [];
    const canChange = mended !== null || others > 0;
    return [
      {
        id: "dane.syntax",
        severity: "warning" as const,
        evidence: `${owner} TLSA ${text}: ${fault}`,
        reference: "RFC 7672 §3.1",
        why:
          others > 0
            ? "Senders pass over this record; another one of the server still counts."
            : "With no record that counts, senders that use DANE do not check whom they talk to, or hold the mail back.",
        fix: {
          text:
            mended !== null
              ? "Publish it with the usage that is meant for mail, if the rest fits the certificate that the server shows."
              : others > 0
                ? "Delete it, or publish it correctly."
                : `Make the record anew from the server's certificate, of the form "3 1 1 DIGEST".`,
          ...(canChange
            ? { record: { name: owner, type: "TLSA" as const, before: text, after: mended } }
            : {}),
        },
      },
    ];
  });
}
