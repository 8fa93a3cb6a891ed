/** Where DMARC reports go, and whether those who would get them agreed: RFC 9990, external destinations. */
import { presence, type Resolver } from "../dns/index.ts";
import { isDmarcRecord, type ReportUri } from "./dmarc-record.ts";
import { textsOf, walkTree } from "./dmarc-walk.ts";
import { unansweredEvidence } from "./finding.ts";

export interface ReportAddress {
  readonly tag: "rua" | "ruf";
  readonly address: string;
  /** At another organizational domain, which then has to agree. null: could not be checked. */
  readonly external: boolean | null;
  /** Whether it agreed, where it has to. null: it does not have to, or could not be checked. */
  readonly authorised: boolean | null;
  /** The name of the record by which it agrees. */
  readonly authorisation: string;
  readonly unanswered: string | null;
}

interface Destinations {
  /** Where the record was found. */
  readonly recordDomain: string;
  /** null: could not be checked. */
  readonly organizationalDomain: string | null;
  readonly rua: readonly ReportUri[];
  readonly ruf: readonly ReportUri[];
}

/** More report addresses than any receiver serves. */
const MAX_ADDRESSES = 10;

/** Looks at each report address; the questions about all of them go out at once. */
export function checkReportAddresses(
  { recordDomain, organizationalDomain, rua, ruf }: Destinations,
  resolver: Resolver,
): Promise<ReportAddress[]> {
  const all = [
    ...rua.map((uri) => ({ ...uri, tag: "rua" as const })),
    ...ruf.map((uri) => ({ ...uri, tag: "ruf" as const })),
  ];
  const addresses = all.flatMap(({ tag, address }) => (address === null ? [] : [{ tag, address }]));
  return Promise.all(
    addresses.slice(0, MAX_ADDRESSES).map(async ({ tag, address }) => {
      const host = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
      return { tag, address, ...(await checkHost(host, recordDomain, organizationalDomain, resolver)) };
    }),
  );
}

async function checkHost(
  host: string,
  recordDomain: string,
  organizationalDomain: string | null,
  resolver: Resolver,
): Promise<Omit<ReportAddress, "tag" | "address">> {
  const authorisation = `${recordDomain}._report._dmarc.${host}`;
  if (host === recordDomain) return { external: false, authorised: null, authorisation, unanswered: null };
  const [walk, outcome] = await Promise.all([
    walkTree(host, resolver),
    resolver.resolve(authorisation, "TXT"),
  ]);
  const unanswered = presence(outcome.status) === "unknown" ? unansweredEvidence(outcome) : null;
  const authorised = unanswered === null ? textsOf(outcome).some(isDmarcRecord) : null;
  if (organizationalDomain === null || walk.organizationalDomain === null) {
    // An agreement settles it, whatever the organizational domains are.
    const open = authorised === true ? null : walk.unanswered;
    return { external: null, authorised: authorised || null, authorisation, unanswered: open };
  }
  const external = walk.organizationalDomain !== organizationalDomain;
  return external
    ? { external, authorised, authorisation, unanswered }
    : { external, authorised: null, authorisation, unanswered: null };
}
