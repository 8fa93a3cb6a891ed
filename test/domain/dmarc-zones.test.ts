import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { DNSResolver } from "mailauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { createResolver, mailauthResolver, type Resolver } from "../../src/dns/index.ts";
import { checkDmarc } from "../../src/domain/dmarc.ts";
import { type DnsServer, startDnsServer } from "../support/dns-server.ts";
import type { Zone } from "../support/dns-zone.ts";
import { contextFor } from "./support/context.ts";

const policy = z.enum(["none", "quarantine", "reject", "absent", "unknown"]);
const form = z.array(
  z.strictObject({
    group: z.string(),
    name: z.string(),
    section: z.string(),
    domain: z.string(),
    txt: z.record(z.string(), z.union([z.string(), z.array(z.union([z.string(), z.array(z.string())]))])),
    hosts: z.array(z.string()).optional(),
    fails: z.record(z.string(), z.enum(["SERVFAIL", "REFUSED", "garbage"])).default({}),
    record: z.string().nullable(),
    org: z.string().nullable(),
    here: policy,
    subdomains: policy,
    nonexistent: policy,
    findings: z.array(z.string()),
  }),
);
type DmarcZone = z.infer<typeof form>[number];

const zones = form.parse(parse(readFileSync(new URL("dmarc-zones.yaml", import.meta.url), "utf8")));

/** mailauth's own reading of RFC 9989, strict. */
const mailauth: {
  createRecordLookup(resolver: DNSResolver, options: { strict: boolean }): unknown;
  discoverPolicy(
    domain: string,
    lookup: unknown,
  ): Promise<{ recordDomain: string | null; orgDomain: string | null }>;
} = createRequire(import.meta.url)("mailauth/lib/dmarc/get-dmarc-record");
const verifyDmarc: (options: {
  headerFrom: string;
  resolver: DNSResolver;
  strict: boolean;
}) => Promise<{ status: { result: string }; policy?: string }> = createRequire(import.meta.url)(
  "mailauth/lib/dmarc/verify",
);

function zoneOf({ txt, hosts, domain }: DmarcZone, more: string[] = []): Zone {
  const zone: Zone = {};
  for (const host of [...(hosts ?? [domain]), ...more]) zone[host] = { A: "192.0.2.1" };
  for (const [name, records] of Object.entries(txt)) zone[name] = { ...zone[name], TXT: records };
  return zone;
}

/** The policy that mailauth applies to a message from a domain whose SPF and DKIM say nothing. */
async function mailauthPolicy(domain: string, resolver: Resolver): Promise<string | undefined> {
  const answer = await verifyDmarc({
    headerFrom: `postmaster@${domain}`,
    resolver: mailauthResolver(resolver),
    strict: true,
  });
  if (answer.status.result === "temperror") return "unknown";
  return answer.status.result === "none" ? "absent" : answer.policy;
}

describe("DMARC zones", () => {
  let server: DnsServer;

  beforeAll(async () => {
    server = await startDnsServer({});
  });
  afterAll(() => server.close());

  async function asking<T>(
    zone: Zone,
    fails: DmarcZone["fails"],
    ask: (resolver: Resolver) => Promise<T>,
  ): Promise<T> {
    server.serve(zone);
    server.behaveWell();
    for (const [name, answer] of Object.entries(fails)) server.behave({ answer }, { name });
    const resolver = createResolver({
      servers: [server.address],
      tries: [0, 100],
      timeout: 400,
      failureTtl: 30,
    });
    try {
      return await ask(resolver);
    } finally {
      resolver.close();
    }
  }

  test("are at least 150, each with a name of its own", () => {
    expect(zones.length).toBeGreaterThanOrEqual(150);
    expect(new Set(zones.map(({ group, name }) => `${group}: ${name}`)).size).toBe(zones.length);
  });

  describe.each(zones)("$group: $name ($section)", (zone) => {
    test("mean what the RFC says", async () => {
      const result = await asking(zoneOf(zone), zone.fails, (resolver) =>
        checkDmarc(contextFor(zone.domain, resolver)),
      );
      const { recordDomain, organizationalDomain, policy: applied } = result.records;
      expect({ record: recordDomain, org: organizationalDomain, ...applied }).toEqual({
        record: zone.record,
        org: zone.org,
        here: zone.here,
        subdomains: zone.subdomains,
        nonexistent: zone.nonexistent,
      });
      expect([...new Set(result.findings.map(({ id }) => id))].toSorted()).toEqual(zone.findings.toSorted());
    });

    test("mean the same to mailauth", async () => {
      const { domain, here, subdomains, nonexistent } = zone;
      const ofThisName = await asking(zoneOf(zone), zone.fails, async (resolver) => {
        const lookup = mailauth.createRecordLookup(mailauthResolver(resolver), { strict: true });
        const found = await mailauth.discoverPolicy(domain, lookup).catch(() => null);
        return {
          record: found?.recordDomain ?? null,
          org: found?.orgDomain ?? null,
          here: await mailauthPolicy(domain, resolver),
        };
      });
      expect(ofThisName).toEqual({ record: zone.record, org: zone.org, here });

      const below = await asking(zoneOf(zone, [`exists.${domain}`]), zone.fails, async (resolver) => ({
        subdomains: await mailauthPolicy(`exists.${domain}`, resolver),
        nonexistent: await mailauthPolicy(`missing.${domain}`, resolver),
      }));
      expect(below).toEqual({ subdomains, nonexistent });
    });
  });
});
