import { describe, expect, test } from "vitest";
import type { Resolver } from "../../src/dns/index.ts";
import { isConnectable } from "../../src/domain/connectable-address.ts";
import { createFetcher } from "../../src/domain/fetch.ts";
import { type Audit, auditDomain, replayAudit } from "../../src/domain/index.ts";
import type { Zone } from "../support/dns-zone.ts";
import { type Page, serveHttps, tlsFile } from "../support/https-server.ts";
import { serving } from "../support/resolver.ts";

const OPTIONAL = /^(mta-sts|tls-rpt|dane|dnssec|bimi)\./;
const BASIC: Zone = {
  "example.org": {
    MX: { preference: 10, exchange: "mx.example.org" },
    TXT: "v=spf1 mx -all",
    SOA: { minimum: 60 },
  },
  "mx.example.org": { A: "192.0.2.1" },
  "1.2.0.192.in-addr.arpa": { PTR: "mx.example.org" },
  "_dmarc.example.org": { TXT: "v=DMARC1; p=reject; rua=mailto:dmarc@example.org" },
};
const COMPLETE: Zone = {
  ...BASIC,
  "_mta-sts.example.org": { TXT: "v=STSv1; id=1;" },
  "mta-sts.example.org": { A: "127.0.0.1" },
  "_smtp._tls.example.org": { TXT: "v=TLSRPTv1; rua=mailto:tls@example.org" },
  "_25._tcp.mx.example.org": { TLSA: { usage: 3, selector: 1, matchingType: 1, data: Buffer.alloc(32, 1) } },
  "default._bimi.example.org": { TXT: "v=BIMI1; l=https://www.example.org/logo.svg;" },
  "www.example.org": { A: "127.0.0.1" },
};
const PAGES: Record<string, Page> = {
  "mta-sts.example.org/.well-known/mta-sts.txt": {
    headers: { "content-type": "text/plain" },
    body: "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 604800\n",
  },
  "www.example.org/logo.svg": { body: tlsFile("logo.svg") },
};

/** Through a resolver that validates, unless `authenticated` is false. */
async function audit(zone: Zone, { authenticated = true, domain = "example.org" } = {}): Promise<Audit> {
  const { resolver, server } = await serving(zone);
  server.behave({ authenticated });
  const { port } = await serveHttps(PAGES);
  const mayConnect = (address: string) => address === "127.0.0.1" || isConnectable(address);
  const makeFetcher = (through: Resolver) =>
    createFetcher({ resolver: through, mayConnect, port, ca: tlsFile("ca.pem") });
  return auditDomain(domain, { resolver, makeFetcher });
}

function optional({ findings }: Audit): string[] {
  return findings.filter(({ id }) => OPTIONAL.test(id)).map(({ id, severity }) => `${id} ${severity}`);
}

describe("the optional standards in an audit", () => {
  test("of a domain that has them all are no problem and no warning", async () => {
    const complete = await audit(COMPLETE);
    expect(complete.findings.filter(({ severity }) => severity !== "advice")).toEqual([]);
    expect(optional(complete)).toEqual(["bimi.certificate advice"]);
    for (const name of ["mtaSts", "tlsRpt", "dane", "dnssec", "bimi"] as const) {
      expect(complete.results[name].state).toBe("passed");
    }
  });

  test("of a domain that has none are advice", async () => {
    const basic = await audit(BASIC);
    expect(optional(basic)).toEqual([
      "mta-sts.missing advice",
      "dane.missing advice",
      "tls-rpt.missing advice",
      "bimi.missing advice",
    ]);
  });

  test("are not asked of a parked domain", async () => {
    const parked = await audit({
      "example.org": { MX: { preference: 0, exchange: "" }, TXT: "v=spf1 -all" },
      "_dmarc.example.org": { TXT: "v=DMARC1; p=reject" },
    });
    expect(optional(parked)).toEqual([]);
  });

  test("are unknown, not missing, where nothing answers for them", async () => {
    const { resolver, server } = await serving(BASIC, { timeout: 200, tries: [0] });
    for (const name of ["_mta-sts", "_smtp._tls", "default._bimi"]) {
      server.behave({ answer: "SERVFAIL" }, { name: `${name}.example.org` });
    }
    server.behave({ answer: "SERVFAIL" }, { name: "_25._tcp.mx.example.org" });
    const blind = await auditDomain("example.org", { resolver });
    expect(optional(blind).sort()).toEqual([
      "bimi.unchecked unknown",
      "dane.unchecked unknown",
      "dnssec.unchecked unknown",
      "mta-sts.unchecked unknown",
      "tls-rpt.unchecked unknown",
    ]);
  });

  test("come out the same from a snapshot, with policy and logo", async () => {
    const live = await audit(COMPLETE);
    const replayed = await replayAudit(JSON.parse(JSON.stringify(live.snapshot())));
    expect(replayed.findings).toEqual(live.findings);
    expect(replayed.records).toEqual(live.records);
    expect(replayed.records.mtaSts.policy).toMatchObject({ mode: "enforce" });
    expect(replayed.records.bimi.logo).toMatchObject({ faults: [] });
  });
});
