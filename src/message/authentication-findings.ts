/** What follows from SPF, DKIM, DMARC and ARC: why a message was not trusted, and what its sender's side can do. */
import { getDomain } from "tldts";
import type { Finding, Severity } from "../domain/finding.ts";
import type { Authentication } from "./authenticate.ts";
import type { DkimCause, DkimReport } from "./report.ts";

export function authenticationFindings({ spf, dkim, dmarc, arc }: Authentication): Finding[] {
  return [
    ...dmarcFindings(dmarc),
    ...alignmentFindings({ spf, dkim, dmarc }),
    ...dkim.flatMap(dkimFindings),
    ...spfFindings(spf),
    ...(arc.result === "fail"
      ? [
          plain(
            "arc.fail",
            "advice",
            arc.reason ?? "the chain does not hold",
            "RFC 8617 §5.2",
            "The servers that passed it on sealed what they saw, and the seals do not hold for this copy.",
          ),
        ]
      : []),
  ];
}

function dmarcFindings({ result, domain, reason }: Authentication["dmarc"]): Finding[] {
  if (result === "temperror")
    return [
      plain(
        "dmarc.unchecked",
        "unknown",
        reason ?? "DMARC could not be checked",
        "RFC 9989 §5.3",
        "Whether DMARC passes is not known, so nothing is said about the From address.",
      ),
    ];
  if (result === "permerror")
    return [
      plain(
        "dmarc.no-author",
        "problem",
        reason ?? "",
        "RFC 9989 §5.3.1",
        "Without exactly one author domain the From address cannot be verified.",
      ),
    ];
  if (result !== "none" || domain === null) return [];
  const organization = getDomain(domain) ?? domain;
  return [
    {
      id: "dmarc.missing",
      severity: "warning",
      evidence: `_dmarc.${organization}: no DMARC record`,
      reference: "RFC 9989 §4.7",
      why: "Without DMARC nothing ties the From address to SPF or DKIM, so no receiver can verify it. Only the sender's side can add it.",
      fix: {
        text: `Whoever runs DNS for ${organization} publishes a DMARC record; start by watching, then go on to quarantine and reject.`,
        record: {
          name: `_dmarc.${organization}`,
          type: "TXT",
          before: null,
          after: `v=DMARC1; p=none; rua=mailto:dmarc@${organization}`,
        },
      },
    },
  ];
}

/** Something passed, but for another domain than the one that readers see. */
function alignmentFindings({ spf, dkim, dmarc }: Pick<Authentication, "spf" | "dkim" | "dmarc">): Finding[] {
  if (dmarc.result !== "fail" || dmarc.domain === null) return [];
  const passed = [
    ...(spf.result === "pass" && spf.domain ? [`SPF for ${spf.domain}`] : []),
    ...dkim.filter(({ result }) => result === "pass").map(({ domain }) => `DKIM for ${domain}`),
  ];
  if (passed.length === 0)
    return [
      plain(
        "dmarc.fail",
        "problem",
        `neither SPF nor DKIM passed for ${dmarc.domain}`,
        "RFC 9989 §4.4",
        "The From address cannot be verified: nothing shows that the message comes from its domain.",
      ),
    ];
  return [
    {
      id: "dmarc.unaligned",
      severity: "problem",
      evidence: `${passed.join(", ")} passed; ${dmarc.domain} was needed`,
      reference: "RFC 9989 §4.4",
      why: "What passed belongs to another domain than the From address, so it does not speak for it.",
      fix: {
        text: `The service that sends for ${dmarc.domain} has to sign with DKIM for that domain (d=${dmarc.domain}), or use an envelope sender below it that SPF allows.`,
      },
    },
  ];
}

const DKIM_FINDINGS: Readonly<Record<DkimCause, readonly [Severity, string, string, string | null]>> = {
  "body-changed": [
    "warning",
    "RFC 6376 §6.1.3",
    "The message was signed by its domain, and its body was changed on the way or when this copy was saved: list footers, virus scanners, disclaimers and mail programs do that. The receiver may have seen it unchanged.",
    null,
  ],
  "headers-changed": [
    "warning",
    "RFC 6376 §6.1.3",
    "A signed header field was changed after signing, as lists do with the Subject, or the signature was made with another key than the published one.",
    "Compare the signing key with the published one; a list should leave signed fields alone.",
  ],
  "both-changed": [
    "problem",
    "RFC 6376 §6.1.3",
    "The signature does not belong to this message as it is here: it was changed in several places, or the signature is not the domain's.",
    null,
  ],
  "key-gone": [
    "warning",
    "RFC 6376 §6.1.2",
    "Domains take keys away some time after they changed them. An old message that was fine can then no longer be verified; a new one with a missing key is a fault of its sender's side.",
    "If the message is new, the sender's side has to publish the key under exactly this name.",
  ],
  "key-unusable": [
    "problem",
    "RFC 6376 §3.6.1",
    "The published key cannot be used, so no signature with it can pass.",
    "The sender's side has to publish the right key.",
  ],
  "body-not-given": [
    "unknown",
    "RFC 6376 §3.7",
    "A signature covers the body as it was sent, octet by octet. Give the message as a file (.eml) to have it checked.",
    null,
  ],
  expired: [
    "warning",
    "RFC 6376 §3.5",
    "The sender limited how long the signature counts, and that time is over. It may have passed when the message came.",
    "If the message is new, the sender's side should allow more time or none at all.",
  ],
  weak: [
    "problem",
    "RFC 8301 §3",
    "Receivers no longer accept a signature this weak.",
    "The sender's side has to sign with rsa-sha256 and a key of 2048 bits, or with ed25519 beside it.",
  ],
  malformed: [
    "problem",
    "RFC 6376 §6.1.1",
    "Receivers ignore a signature that is not written by the rules.",
    "The sender's side has to mend its signing software.",
  ],
  dns: [
    "unknown",
    "RFC 6376 §6.1.2",
    "The key could not be looked up, so nothing is known of this signature. Ask again.",
    null,
  ],
};

function dkimFindings({ cause, reason, domain, selector, unsignedOctets, result }: DkimReport): Finding[] {
  const name = `${domain ?? "?"} (selector ${selector ?? "?"})`;
  if (cause !== null) {
    const [severity, reference, why, fix] = DKIM_FINDINGS[cause];
    return [
      {
        ...plain(`dkim.${cause}`, severity, `${name}: ${reason}`, reference, why),
        fix: fix === null ? null : { text: fix },
      },
    ];
  }
  if (result !== "pass" || unsignedOctets === 0) return [];
  return [
    {
      ...plain(
        "dkim.partly-signed",
        "warning",
        `${name}: ${reason}`,
        "RFC 6376 §8.2",
        "Anybody on the way could have added what the signature does not cover.",
      ),
      fix: { text: "The sender's side should sign without l=." },
    },
  ];
}

function spfFindings({ result, domain, reason }: Authentication["spf"]): Finding[] {
  const evidence = reason ?? result;
  switch (result) {
    case "fail":
    case "softfail":
      return [
        {
          ...plain(
            `spf.${result}`,
            "warning",
            evidence,
            "RFC 7208 §8.4",
            "The server that handed it over is not one that the domain names. So it is after every forwarding, too.",
          ),
          fix: { text: `If that server sends for ${domain}, its SPF record has to name it.` },
        },
      ];
    case "permerror":
      return [
        plain(
          "spf.permerror",
          "problem",
          evidence,
          "RFC 7208 §4.6",
          "Receivers count a broken record as no proof. Checking the domain tells what to mend.",
        ),
      ];
    case "temperror":
      return [
        plain(
          "spf.unchecked",
          "unknown",
          evidence,
          "RFC 7208 §2.6.6",
          "SPF could not be asked, so nothing is known of it.",
        ),
      ];
    case "none":
      return domain === null
        ? []
        : [
            plain(
              "spf.missing",
              "advice",
              evidence,
              "RFC 7208 §2.6.1",
              "The domain does not say which servers may send for it.",
            ),
          ];
    default:
      return [];
  }
}

function plain(id: string, severity: Severity, evidence: string, reference: string, why: string): Finding {
  return { id, severity, evidence, reference, why, fix: null };
}
