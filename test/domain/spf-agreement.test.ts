import { existsSync } from "node:fs";
import { spf } from "mailauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResolver, mailauthResolver, type Resolver } from "../../src/dns/index.ts";
import { evaluateSpf } from "../../src/domain/spf-verdict.ts";
import { PROBE_ADDRESS, walkSpf } from "../../src/domain/spf-walk.ts";
import { type DnsServer, startDnsServer } from "../support/dns-server.ts";
import { playScenario, readSpfSuite } from "../support/spf-suite.ts";

// Our walk explains what mailauth decides, so on every domain of both suites the two must say the same of the policy,
// seen from an address that it does not name.
const suites = ["rfc7208-pyspf-2025.json", "rfc4408-pyspf.json"];

describe.each(suites)("our SPF walk and mailauth's strict verdict on %s", (file) => {
  const url = new URL(`../../../shared/spf-suite/${file}`, import.meta.url);
  if (!existsSync(url)) {
    console.warn(`Skipped: the SPF test suite, since ../shared/spf-suite/${file} is not there`);
    test.skip("is not there");
    return;
  }

  describe.each(readSpfSuite(url))("$description", (scenario) => {
    const { zone, behaviours } = playScenario(scenario);
    const domains = [...new Set(Object.keys(zone).map((name) => name.toLowerCase()))];
    let server: DnsServer;
    let resolver: Resolver;

    beforeAll(async () => {
      server = await startDnsServer(zone);
      for (const { behaviour, ...questions } of behaviours) server.behave(behaviour, questions);
      resolver = createResolver({ servers: [server.address], tries: [0, 60], timeout: 150, failureTtl: 30 });
    });

    afterAll(async () => {
      resolver.close();
      await server.close();
    });

    test.concurrent.each(domains)("agree about %s", async (domain) => {
      const walked = evaluateSpf(await walkSpf(domain, resolver)).verdict;
      const { status } = await spf({
        sender: `postmaster@${domain}`,
        helo: domain,
        ip: PROBE_ADDRESS,
        mta: "receiver.example",
        resolver: mailauthResolver(resolver),
        strict: true,
      });
      const isError = ["permerror", "temperror", "none"].includes(status.result);
      expect(walked).toBe(isError ? status.result : "valid");
    });
  });
});
