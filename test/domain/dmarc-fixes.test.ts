import { describe, expect, test } from "vitest";
import { checkDmarc } from "../../src/domain/dmarc.ts";
import { withoutContradictions } from "../../src/domain/findings.ts";
import type { Zone } from "../support/dns-zone.ts";
import { serving } from "../support/resolver.ts";
import { contextFor } from "./support/context.ts";
import { fixed } from "./support/findings.ts";

const DOMAIN = "example.test";
const RUA = "rua=mailto:d@example.test";

async function audit(zone: Zone, domain = DOMAIN) {
  const { resolver } = await serving({ [domain]: { A: "192.0.2.1" }, ...zone });
  return checkDmarc(contextFor(domain, resolver));
}

const at = (...records: string[]): Zone => ({ [`_dmarc.${DOMAIN}`]: { TXT: records } });

/** A record, the finding, and the record that mends it; undefined where a person must decide what is meant. */
const cases: [string[], string, string | null | undefined][] = [
  [[], "dmarc.missing", "v=DMARC1; p=none; rua=mailto:dmarc@example.test"],
  [[`v=DMARC1; p=none; ${RUA}`], "dmarc.policy-none", `v=DMARC1; p=quarantine; ${RUA}`],
  [[`v=DMARC1; p=reject; sp=none; ${RUA}`], "dmarc.subdomain-weaker", `v=DMARC1; p=reject; ${RUA}`],
  [[`v=DMARC1; p=reject; np=none; ${RUA}`], "dmarc.np-weaker", `v=DMARC1; p=reject; np=reject; ${RUA}`],
  [[`v=DMARC1; p=reject; t=y; ${RUA}`], "dmarc.testing", `v=DMARC1; p=reject; ${RUA}`],
  [["v=DMARC1; p=reject"], "dmarc.no-rua", "v=DMARC1; p=reject; rua=mailto:dmarc@example.test"],
  [[`v=DMARC1; p=reject; pct=10; ri=60; ${RUA}`], "dmarc.removed-tag", `v=DMARC1; p=reject; ${RUA}`],
  [
    ["v=DMARC1; p=reject; rua=mailto:d@example.test!10m"],
    "dmarc.removed-tag",
    "v=DMARC1; p=reject; rua=mailto:d@example.test",
  ],
  [
    ["v=DMARC1; p=reject; rua=d@example.test"],
    "dmarc.rua-invalid",
    "v=DMARC1; p=reject; rua=mailto:d@example.test",
  ],
  [
    ["v=DMARC1; p=reject; rua=mailto://d@example.test"],
    "dmarc.rua-invalid",
    "v=DMARC1; p=reject; rua=mailto:d@example.test",
  ],
  [["v=DMARC1; p=reject; rua=https://reports.example.test/"], "dmarc.rua-invalid", undefined],
  [[`v=DMARC1; p=quarantene; ${RUA}`], "dmarc.policy-missing", `v=DMARC1; p=quarantine; ${RUA}`],
  [[`v=DMARC1; p=block; ${RUA}`], "dmarc.policy-missing", undefined],
  [[`v=DMARC1; p=rejected; ${RUA}`], "dmarc.policy-missing", `v=DMARC1; p=reject; ${RUA}`],
  [[`v=DMARC1; ${RUA}`], "dmarc.policy-missing", `v=DMARC1; p=none; ${RUA}`],
  [[`v=DMARC1; P=reject; ${RUA}`], "dmarc.syntax", `v=DMARC1; p=reject; ${RUA}`],
  [[`v=DMARC1; p=reject; hello; ${RUA}`], "dmarc.syntax", `v=DMARC1; p=reject; ${RUA}`],
  [[`v=DMARC1; p=reject, ${RUA}`], "dmarc.syntax", `v=DMARC1; p=reject; ${RUA}`],
  [[`v=DMARC1; p=reject; p=reject; ${RUA}`], "dmarc.syntax", `v=DMARC1; p=reject; ${RUA}`],
  [[`v=DMARC1; p=reject; p=none; ${RUA}`], "dmarc.syntax", undefined],
  [[`v=dmarc1; p=reject; ${RUA}`], "dmarc.syntax", `v=DMARC1; p=reject; ${RUA}`],
  [[`DMARC1; p=reject; ${RUA}`], "dmarc.syntax", `v=DMARC1; p=reject; ${RUA}`],
  [["v=DMARC1; p=reject", "v=DMARC1; p=reject"], "dmarc.multiple", "v=DMARC1; p=reject"],
  [["v=DMARC1; p=reject", "v=DMARC1; p=none"], "dmarc.multiple", undefined],
];

describe("what mends a DMARC record", () => {
  test.each(cases)("%j has %s", async (records, id, after) => {
    const result = await audit(records.length > 0 ? at(...records) : {});
    expect(result.findings.map((finding) => finding.id)).toContain(id);
    expect(fixed(result, id)).toBe(after);
  });

  test.each(cases.filter(([, , after]) => typeof after === "string"))(
    "once %j is mended, %s is gone",
    async (_records, id, after) => {
      const again = await audit(at(after ?? ""));
      expect(again.findings.map((finding) => finding.id)).not.toContain(
        id === "dmarc.policy-missing" ? "dmarc.policy-missing" : id,
      );
    },
  );

  test("is never a weaker policy than before", async () => {
    const strength = ["none", "quarantine", "reject"];
    for (const [records] of cases) {
      const before = await audit(at(...records));
      for (const { fix } of before.findings) {
        if (fix?.record?.name !== `_dmarc.${DOMAIN}` || typeof fix.record.after !== "string") continue;
        const { policy } = (await audit(at(fix.record.after))).records;
        const was = strength.indexOf(before.records.policy.here);
        expect(strength.indexOf(policy.here), `${records} → ${fix.record.after}`).toBeGreaterThanOrEqual(was);
      }
    }
  });

  test("by a first record stands at the registrable domain, so that it covers every name below", async () => {
    const result = await audit({}, "mail.dept.example.test");
    expect(result.findings[0]?.fix?.record).toMatchObject({ name: "_dmarc.example.test", before: null });
  });

  test("by an agreement of another organisation is published there", async () => {
    const result = await audit(at("v=DMARC1; p=reject; rua=mailto:d@reports.other.test"));
    expect(result.findings[0]).toMatchObject({
      id: "dmarc.rua-unauthorised",
      fix: {
        record: { name: "example.test._report._dmarc.reports.other.test", before: null, after: "v=DMARC1;" },
      },
    });
  });
});

/** Records, the misplaced record if any, and the one record that all findings together propose at `_dmarc`; null: a person must decide. */
const wholes: [string[], string | null, string | null][] = [
  [[`v=DMARC1; p=reject; sp=foo; ${RUA}`], null, null],
  [[`v=DMARC1; p=reject; np=foo; pct=50; ${RUA}`], null, null],
  [[`v=DMARC1; p=rejct; ${RUA}`], null, null],
  [[`v=DMARC1; p=reject; pct=50; ${RUA}!10m`], null, `v=DMARC1; p=reject; ${RUA}`],
  [["v=DMARC1; p=none"], null, "v=DMARC1; p=none; rua=mailto:dmarc@example.test"],
  [[`v=DMARC1; p=none; pct=50; ${RUA}`], null, `v=DMARC1; p=none; ${RUA}`],
  [[`v=DMARC1; ${RUA}`], null, `v=DMARC1; p=none; ${RUA}`],
  [["v=DMARC1; P=REJECT; RUA=mailto:d@example.test"], null, `v=DMARC1; p=REJECT; ${RUA}`],
  [[`v=DMARC1; p=reject; P=none; ${RUA}`], null, `v=DMARC1; p=reject; ${RUA}`],
  [[], `v=DMARC1; p=reject; ${RUA}`, `v=DMARC1; p=reject; ${RUA}`],
];

describe("all findings together", () => {
  test.each(wholes)("propose one record for %j (misplaced: %j)", async (records, misplaced, after) => {
    const { findings } = await audit({
      ...(records.length > 0 ? at(...records) : {}),
      ...(misplaced === null ? {} : { [DOMAIN]: { TXT: [misplaced] } }),
    });
    const proposed = findings.flatMap(({ fix }) =>
      fix?.record?.name === `_dmarc.${DOMAIN}` ? [fix.record.after] : [],
    );
    expect([...new Set(proposed)]).toEqual(after === null ? [] : [after]);
  });

  test("write a record in the way of the first of them, where they would write it differently", async () => {
    const { findings } = await audit(at(`v=DMARC1; p=reject; sp=none; t=y; ${RUA}`));
    const records = withoutContradictions(findings).flatMap(({ fix }) => fix?.record ?? []);
    expect(records).toHaveLength(1);
    const texts = withoutContradictions(findings).map(({ fix }) => fix?.text);
    expect(texts.filter((text) => text?.includes("the same record as dmarc."))).toHaveLength(1);
  });
});

test("a record without end is read in no time", async () => {
  for (const text of [
    `v=DMARC1; ${"p=reject; ".repeat(6000)}`,
    `v=DMARC1; rua=${"a@b.c,".repeat(10_000)}`,
    `v=DMARC1;${"=".repeat(60_000)}`,
  ]) {
    const start = performance.now();
    await audit(at(text.slice(0, 30_000)));
    expect(performance.now() - start).toBeLessThan(1_000);
  }
});
