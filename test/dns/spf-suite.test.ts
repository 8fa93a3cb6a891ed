import { existsSync } from "node:fs";
import { spf } from "mailauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResolver, mailauthResolver, type Resolver } from "../../src/dns/index.ts";
import { type DnsServer, startDnsServer } from "../support/dns-server.ts";
import { playScenario, readSpfSuite } from "../support/spf-suite.ts";

// The suites are kept beside the project. Every test goes over the wire: mailauth asks our resolver, and that asks a
// server on loopback.
const suites = [
  { file: "rfc7208-pyspf-2025.json", count: 203 },
  // the suite of RFC 4408; where the two RFCs differ, mailauth follows RFC 7208 (appendix B)
  { file: "rfc4408-pyspf.json", count: 191 },
];

describe.each(suites)("the SPF test suite $file, by mailauth on our resolver", ({ file, count }) => {
  const url = new URL(`../../../shared/spf-suite/${file}`, import.meta.url);
  if (!existsSync(url)) {
    console.warn(`Skipped: the SPF test suite, since ../shared/spf-suite/${file} is not there`);
    test.skip("is not there");
    return;
  }
  const scenarios = readSpfSuite(url);

  test(`has ${count} tests`, () => {
    expect(scenarios.flatMap(({ tests }) => tests)).toHaveLength(count);
  });

  describe.each(scenarios)("$description", (scenario) => {
    let server: DnsServer;
    let resolver: Resolver;

    beforeAll(async () => {
      const { zone, behaviours } = playScenario(scenario);
      server = await startDnsServer(zone);
      for (const { behaviour, ...questions } of behaviours) server.behave(behaviour, questions);
      resolver = createResolver({ servers: [server.address], tries: [0, 150], timeout: 300 });
    });

    afterAll(async () => {
      resolver.close();
      await server.close();
    });

    test.concurrent.each(scenario.tests)("$id", async ({ mailfrom, helo, host, result: expected }) => {
      const { status } = await spf({
        sender: mailfrom,
        helo,
        ip: host,
        mta: "receiver.example",
        resolver: mailauthResolver(resolver),
        strict: true,
      });
      expect([expected].flat()).toContain(status.result);
    });

    test("asks for no record of type SPF (RFC 7208 §3.1)", () => {
      expect(server.log.map(({ type }) => type)).not.toContain("SPF");
    });
  });
});
