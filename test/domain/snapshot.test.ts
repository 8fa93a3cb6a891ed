import { describe, expect, test } from "vitest";
import {
  auditDomain,
  compareSnapshots,
  fillAudit,
  replayAudit,
  SnapshotError,
} from "../../src/domain/index.ts";
import { serving } from "../support/resolver.ts";
import { soundZone } from "./support/zones.ts";

const DOMAIN = "example.test";

async function snapshotOf(zone: Parameters<typeof serving>[0]) {
  const { server, resolver } = await serving(zone);
  const audit = await auditDomain(DOMAIN, { resolver, selectors: ["s9"], senderIp: "192.0.2.1" });
  return { audit, server, text: JSON.stringify(audit.snapshot()) };
}

describe("a snapshot", () => {
  test("gives the same audit again with no network", async () => {
    const { audit, server, text } = await snapshotOf(soundZone(DOMAIN));
    const asked = server.count();
    const again = await replayAudit(JSON.parse(text));
    expect(server.count()).toBe(asked);
    const { elapsedMs: _one, snapshot: _snapshot, ...before } = audit;
    const { elapsedMs: _other, snapshot: _again, ...after } = again;
    expect(after).toEqual(before);
    expect(again.records.spf.sender?.result).toBe("fail");
  });

  test("without an answer leaves that part unchecked, not absent", async () => {
    const { audit } = await snapshotOf(soundZone(DOMAIN));
    const { dns, ...rest } = audit.snapshot();
    const outcomes = dns.outcomes.filter(({ name }) => !name.startsWith("_dmarc."));
    const again = await replayAudit({ ...rest, dns: { outcomes } });
    expect(again.senderTrust).toBe("unknown");
    expect(again.findings.map(({ id }) => id)).toContain("dmarc.unchecked");
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["a list", []],
    ["another file", { name: "postie", version: "0.1.0" }],
    ["another version", { format: "postie-audit", version: 2 }],
    [
      "a broken part",
      {
        format: "postie-audit",
        version: 1,
        domain: "example.test",
        askedAt: "2026-11-01T00:00:00Z",
        selectors: [],
        senderIp: null,
        dns: { outcomes: [{ type: "A" }] },
        https: [],
      },
    ],
    [
      "a local name",
      {
        format: "postie-audit",
        version: 1,
        domain: "localhost",
        askedAt: "2026-11-01T00:00:00Z",
        selectors: [],
        senderIp: null,
        dns: { outcomes: [] },
        https: [],
      },
    ],
  ])("that is %s is refused with a reason", async (_name, snapshot) => {
    await expect(replayAudit(snapshot)).rejects.toThrow(SnapshotError);
    await expect(replayAudit(snapshot)).rejects.toThrow(/^This is not a snapshot of an audit: .+\.$/);
  });
});

describe("two snapshots", () => {
  test("of the same state differ in nothing, even in another order", async () => {
    const zone = soundZone(DOMAIN);
    const [one, other] = [
      await snapshotOf(zone),
      await snapshotOf({ ...zone, [DOMAIN]: { ...zone[DOMAIN], NS: [`ns2.${DOMAIN}`, `ns1.${DOMAIN}`] } }),
    ];
    const comparison = await compareSnapshots(JSON.parse(one.text), JSON.parse(other.text));
    expect(comparison).toMatchObject({ verdicts: [], appeared: [], gone: [], records: [] });
  });

  test("tell what changed: verdicts, findings and records", async () => {
    const before = await snapshotOf(soundZone(DOMAIN));
    const changed = soundZone(DOMAIN);
    changed[`_dmarc.${DOMAIN}`] = { TXT: [`v=DMARC1; p=none; rua=mailto:dmarc@${DOMAIN}`] };
    changed[DOMAIN] = { ...changed[DOMAIN], MX: { preference: 10, exchange: `mx1.${DOMAIN}` } };
    const after = await snapshotOf(changed);
    const comparison = await compareSnapshots(JSON.parse(before.text), JSON.parse(after.text));
    expect(comparison.verdicts).toEqual([{ path: "senderTrust", before: "enforced", after: "monitored" }]);
    expect(comparison.appeared.map(({ id }) => id)).toEqual(["dmarc.policy-none"]);
    expect(comparison.gone).toEqual([]);
    expect(comparison.records).toEqual(
      expect.arrayContaining([
        { path: "dmarc.tags.p", before: "reject", after: "none" },
        { path: `mx.hosts[mx2.${DOMAIN}]`, before: `mx2.${DOMAIN}`, after: null },
      ]),
    );
    expect(comparison.records.some(({ path }) => path.startsWith(`mx.hosts[mx1.${DOMAIN}]`))).toBe(false);
  });
});

describe("a snapshot that is filled from another one", () => {
  test("knows what only the other one could learn, and keeps what it knows itself", async () => {
    const good = await snapshotOf(soundZone(DOMAIN));
    const { server, resolver } = await serving(
      { ...soundZone(DOMAIN), [`_dmarc.${DOMAIN}`]: { TXT: ["v=DMARC1; p=none"] } },
      { tries: [0, 40], timeout: 150 },
    );
    server.behave({ answer: "SERVFAIL" }, { name: DOMAIN, type: "MX" });
    const lame = await auditDomain(DOMAIN, { resolver });
    expect([lame.canReceive, lame.senderTrust]).toEqual(["unknown", "monitored"]);
    const filled = await replayAudit(fillAudit(lame.snapshot(), JSON.parse(good.text)));
    expect([filled.canReceive, filled.senderTrust]).toEqual(["yes", "monitored"]);
    const other = await replayAudit(fillAudit(JSON.parse(good.text), lame.snapshot()));
    expect([other.canReceive, other.senderTrust]).toEqual(["yes", "enforced"]);
  });

  test("leaves out what neither knows, and has its records in one order", async () => {
    const zone = soundZone(DOMAIN);
    const { audit } = await snapshotOf(zone);
    const snapshot = audit.snapshot();
    const outcomes = snapshot.dns.outcomes.map((outcome) =>
      outcome.type === "MX"
        ? { ...outcome, records: outcome.records.toReversed() }
        : outcome.name.startsWith("_dmarc.")
          ? { ...outcome, status: "timeout" as const, records: [] }
          : outcome,
    );
    const turned = { ...snapshot, dns: { outcomes } };
    const filled = fillAudit(turned, turned);
    expect(filled.dns.outcomes.some(({ name }) => name.startsWith("_dmarc."))).toBe(false);
    const mx = (of: typeof filled) => of.dns.outcomes.find(({ type }) => type === "MX")?.records;
    expect(mx(filled)).toEqual(mx(fillAudit(snapshot, snapshot)));
  });

  test("is refused with a reason when one of them is none", async () => {
    const { audit } = await snapshotOf(soundZone(DOMAIN));
    expect(() => fillAudit(audit.snapshot(), {})).toThrow(SnapshotError);
    expect(() => fillAudit({ ...audit.snapshot(), dns: { outcomes: [{}] } }, audit.snapshot())).toThrow(
      SnapshotError,
    );
  });
});
