import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createResolver, type ServerAddress } from "../../src/dns/index.ts";
import { dsRecord, isEntryPoint } from "../../src/domain/dnskey.ts";
import { type Audit, auditDomain } from "../../src/domain/index.ts";
import { type RunningServer, startKnot } from "../support/knot.ts";
import { describeWith } from "../support/real-servers.ts";
import { startUnbound } from "../support/unbound.ts";

const DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const MAIL = `
@ A 192.0.2.1
@ MX 10 mx
mx A 192.0.2.2
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject"
`;
const PROTECTED = `${MAIL}_25._tcp.mx TLSA 3 1 1 ${DIGEST}\n`;
const ZONES = {
  "signed.test": PROTECTED,
  "bare.test": MAIL,
  "plain.test": PROTECTED,
  // signed, but with the DS record of another zone's key
  "broken.test": PROTECTED,
  // signed, but the parent zone does not know
  "island.test": PROTECTED,
  // itself signed, its mail server is in an unsigned zone
  "hosted.test": '@ MX 10 mx.plain.test.\n@ TXT "v=spf1 -all"\n',
};
const SIGNED = ["signed.test", "bare.test", "broken.test", "island.test", "hosted.test"];

describeWith(["knotd", "unbound"], "DNSSEC and DANE with real servers", ({ knotd, unbound }) => {
  const running: RunningServer[] = [];
  let validating: RunningServer;
  let trusting: RunningServer;

  /** A root zone with its own keys, and below it a chain of trust as it is in the real DNS. */
  beforeAll(async () => {
    const children = await start(startKnot(knotd, ZONES, { signed: SIGNED }));
    const delegations = await Promise.all(
      Object.keys(ZONES).map(async (zone) => {
        const signer = zone === "broken.test" ? "signed.test" : zone;
        const isKnown = SIGNED.includes(zone) && zone !== "island.test";
        const records = isKnown ? await dsRecords(signer, zone, children.address) : [];
        return [`${zone}. NS ns.${zone}.`, ...records.map((ds) => `${zone}. DS ${ds}`)].join("\n");
      }),
    );
    const root = await start(startKnot(knotd, { "": delegations.join("\n") }, { signed: [""] }));
    const [anchor] = await dsRecords(".", "", root.address);
    const zones = {
      ".": root.address,
      ...Object.fromEntries(Object.keys(ZONES).map((zone) => [zone, children.address])),
    };
    validating = await start(
      startUnbound(unbound, zones, { trustAnchors: `. IN DS ${anchor}\n`, readyWhen: "plain.test" }),
    );
    trusting = await start(startUnbound(unbound, zones, { readyWhen: "plain.test" }));
  });

  afterAll(async () => {
    for (const server of running.toReversed()) await server.stop();
  });

  async function start(server: Promise<RunningServer>): Promise<RunningServer> {
    const started = await server;
    running.push(started);
    return started;
  }

  test("a signed domain with TLSA records has neither finding", async () => {
    const audit = await auditThrough(validating, "signed.test");
    expect(idsOf(audit)).toEqual([]);
    expect(audit.results).toMatchObject({
      dnssec: { state: "passed" },
      dane: { state: "passed", summary: "1 of 1 servers" },
    });
    expect(audit.records.dnssec).toMatchObject({ status: "signed", wantedDs: [] });
    expect(audit.records.dnssec.ds).toHaveLength(1);
  });

  test("a signed domain without TLSA records lacks DANE only", async () => {
    expect(idsOf(await auditThrough(validating, "bare.test"))).toEqual(["dane.missing advice"]);
  });

  test("TLSA records in an unsigned domain do not count", async () => {
    const audit = await auditThrough(validating, "plain.test");
    expect(idsOf(audit)).toEqual(["dane.unsigned advice", "dnssec.unsigned advice"]);
  });

  test("the server of a signed domain may lie in an unsigned one", async () => {
    const audit = await auditThrough(validating, "hosted.test");
    expect(idsOf(audit)).toEqual(["dane.unsigned advice"]);
    expect(audit.findings.find(({ id }) => id === "dane.unsigned")?.evidence).toBe(
      "not protected by DNSSEC: mx.plain.test A, _25._tcp.mx.plain.test TLSA",
    );
  });

  test("a domain whose DS record names another key is bogus, and its DANE unknown", async () => {
    const audit = await auditThrough(validating, "broken.test");
    expect(idsOf(audit)).toEqual(["dnssec.bogus problem", "dane.unchecked unknown"]);
    expect(audit.canReceive).toBe("unknown");
  });

  test("keys that the parent zone does not know get the DS record that is missing", async () => {
    const audit = await auditThrough(validating, "island.test");
    const finding = audit.findings.find(({ id }) => id === "dnssec.unsigned");
    const keys = await dsRecords("island.test", "island.test", running[0]?.address ?? validating.address);
    expect(finding?.fix?.record).toEqual({ name: "island.test", type: "DS", before: null, after: keys[0] });
  });

  test.each(["signed.test", "plain.test", "broken.test"])(
    "through a resolver that does not validate nothing is said of %s",
    async (domain) => {
      const audit = await auditThrough(trusting, domain);
      expect(idsOf(audit)).toEqual(["dane.unchecked unknown", "dnssec.unchecked unknown"]);
    },
  );
});

async function auditThrough({ address }: RunningServer, domain: string): Promise<Audit> {
  const resolver = createResolver({ servers: [address] });
  onTestFinished(() => resolver.close());
  return auditDomain(domain, { resolver });
}

function idsOf({ findings }: Audit): string[] {
  return findings
    .filter(({ id }) => /^(dane|dnssec)\./.test(id))
    .map(({ id, severity }) => `${id} ${severity}`);
}

/** DS records for the keys of `signer`, as if they were the keys of `owner`. */
async function dsRecords(signer: string, owner: string, server: ServerAddress): Promise<string[]> {
  const resolver = createResolver({ servers: [server] });
  const { records } = await resolver.resolve(signer, "DNSKEY");
  resolver.close();
  return records.filter(isEntryPoint).map((key) => dsRecord(owner, key));
}
