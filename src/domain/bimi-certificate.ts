import { X509Certificate } from "node:crypto";

export interface BimiCertificate {
  readonly organization: string | null;
  readonly issuer: string | null;
  /** ISO 8601. */
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** What keeps receivers from accepting it, in plain words. */
  readonly faults: readonly string[];
}

export interface BimiCertificateQuestion {
  /** What was found at `a=`. */
  readonly pem: Uint8Array;
  /** What was found at `l=`; null where it could not be had. */
  readonly logo: Uint8Array | null;
  /** The names of which the certificate has to bear one: the record's domain and its organizational domain. */
  readonly domains: readonly string[];
  readonly now: Date;
  /** The authorities for marks to trust, in the form of `@postalsys/vmc`; default those that it knows. */
  readonly rootStore?: unknown;
}

/** id-kp-BrandIndicatorforMessageIdentification (RFC draft-chuang-bimi-certificate §2) */
const BIMI_USAGE = "1.3.6.1.5.5.7.3.31";
const SELECTOR = "default";
const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
/** A chain has two or three. */
const MAX_CERTIFICATES = 8;

/** mailauth's codes in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  CERTIFICATE_VERIFICATION_ERROR:
    "its chain has a certificate that has expired or is not one of an authority",
  INVALID_CHAIN: "its chain does not fit together",
  SELF_SIGNED_CERT_IN_CHAIN: "its chain does not lead to a known authority for marks",
  INVALID_LOGOTYPE_EXT: "it holds no logo",
  MISSING_VMC_LOGO: "it holds no logo",
  INVALID_MEDIATYPE: "the logo in it is not SVG",
  INVALID_LOGO_HASH: "the logo in it does not fit its own digest",
  SVG_VALIDATION_FAILED: "the logo in it is not SVG Tiny PS",
};

/**
 * Looks at a mark certificate as receivers do: dates, names and purpose here, so that all faults are told; the chain up to an
 * authority for marks and the logo inside by mailauth.
 */
export async function readCertificate(question: BimiCertificateQuestion): Promise<BimiCertificate> {
  const { pem, domains, now } = question;
  const blocks = certificateBlocks(Buffer.from(pem).toString("latin1"));
  const leaf = parse(blocks[0]);
  if (leaf === null) {
    const faults = ["there is no certificate in PEM form"];
    return { organization: null, issuer: null, validFrom: null, validTo: null, faults };
  }
  const faults = [
    ...(now < leaf.validFromDate ? [`it is valid from ${day(leaf.validFromDate)} on`] : []),
    ...(now > leaf.validToDate ? [`it expired on ${day(leaf.validToDate)}`] : []),
    ...(domains.some((domain) => bears(leaf, domain)) ? [] : [`it is not for ${domains.join(" or ")}`]),
    ...(leaf.keyUsage?.includes(BIMI_USAGE) ? [] : ["it is not meant for BIMI (extended key usage)"]),
  ];
  return {
    organization: subjectPart(leaf.subject, "O"),
    issuer: subjectPart(leaf.issuer, "O") ?? subjectPart(leaf.issuer, "CN"),
    validFrom: leaf.validFromDate.toISOString(),
    validTo: leaf.validToDate.toISOString(),
    faults: faults.length > 0 ? faults : await faultsByMailauth(blocks, question),
  };
}

async function faultsByMailauth(
  blocks: readonly string[],
  question: BimiCertificateQuestion,
): Promise<string[]> {
  const { validateVMC } = await import("mailauth/lib/bimi/index.js");
  const { logo, domains, now, rootStore } = question;
  const result = await validateVMC(
    {
      // without URLs, so that it has nothing to fetch
      authorityPath: Buffer.from(blocks.join("\n")),
      locationPath: Buffer.from(logo ?? []),
      status: { result: "pass", header: { selector: SELECTOR, d: domains[0] } },
      info: "",
    },
    { now, ...(rootStore === undefined ? {} : { rootStore }) },
  );
  const authority = result === false ? undefined : result.authority;
  if (!authority?.success) {
    const { code = "", message = "it cannot be read" } = authority?.error ?? {};
    return [REFUSALS[code] ?? message];
  }
  return logo !== null && authority.hashMatch === false ? ["the logo at l= is not the one in it"] : [];
}

function bears(certificate: X509Certificate, domain: string): boolean {
  const options = { subject: "never", wildcards: false } as const;
  return [domain, `${SELECTOR}._bimi.${domain}`].some(
    (name) => certificate.checkHost(name, options) !== undefined,
  );
}

/** The blocks of a PEM file; the text between them does not count. */
function certificateBlocks(text: string): string[] {
  const blocks: string[] = [];
  for (let start = text.indexOf(BEGIN); start >= 0 && blocks.length < MAX_CERTIFICATES; ) {
    const end = text.indexOf(END, start);
    if (end < 0) break;
    blocks.push(text.slice(start, end + END.length));
    start = text.indexOf(BEGIN, end);
  }
  return blocks;
}

function parse(pem: string | undefined): X509Certificate | null {
  try {
    return pem === undefined ? null : new X509Certificate(pem);
  } catch {
    return null;
  }
}

function subjectPart(subject: string, name: string): string | null {
  const line = subject.split("\n").find((part) => part.startsWith(`${name}=`));
  return line?.slice(name.length + 1) ?? null;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
