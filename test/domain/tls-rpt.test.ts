import { describe, expect, test } from "vitest";
import { checkTlsRpt } from "../../src/domain/tls-rpt.ts";
import { checking } from "../support/check-context.ts";

const MX = { preference: 10, exchange: "mx1.example.org" };

async function check(txt?: string | (string | string[])[]) {
  const { context } = await checking("example.org", {
    "example.org": { MX },
    ...(txt === undefined ? {} : { "_smtp._tls.example.org": { TXT: txt } }),
  });
  return checkTlsRpt(context);
}

describe("a sound TLS-RPT record", () => {
  test.each([
    ["v=TLSRPTv1; rua=mailto:tls@example.org", ["mailto:tls@example.org"]],
    ["v=TLSRPTv1;rua=mailto:tls@example.org;", ["mailto:tls@example.org"]],
    [
      "v=TLSRPTv1; rua=mailto:tls@example.net , https://reports.example.net/tls?a=b",
      ["mailto:tls@example.net", "https://reports.example.net/tls?a=b"],
    ],
    ["v=TLSRPTv1; later=new; rua=mailto:tls@example.org", ["mailto:tls@example.org"]],
    [[["v=TLSRPTv1; rua=mail", "to:tls@example.org"]], ["mailto:tls@example.org"]],
    [["v=spf1 -all", "v=TLSRPTv1; rua=mailto:tls@example.org"], ["mailto:tls@example.org"]],
  ])("%j", async (txt, addresses) => {
    const result = await check(txt);
    expect(result).toMatchObject({ state: "passed", findings: [], records: { addresses } });
    expect(result.summary).toContain(addresses[0]);
  });
});

describe("a TLS-RPT record that cannot be used", () => {
  test.each([
    ["v=TLSRPTv1;", /names no address/, "v=TLSRPTv1; rua=mailto:tls-reports@example.org"],
    ["v=TLSRPTv1; rua=", /"rua" has no value/, "v=TLSRPTv1; rua=mailto:tls-reports@example.org"],
    [
      "v=TLSRPTv1; rua=tls@example.org",
      /"tls@example.org" is neither/,
      "v=TLSRPTv1; rua=mailto:tls@example.org",
    ],
    [
      "v=TLSRPTv1; rua=mailto:tls@example.org!10m",
      /!10m" is neither/,
      "v=TLSRPTv1; rua=mailto:tls@example.org",
    ],
    ["v=TLSRPTv1; rua=http://example.org/tls", /neither/, "v=TLSRPTv1; rua=mailto:tls-reports@example.org"],
    ["v=TLSRPTv1; rua=mailto:tls", /neither/, "v=TLSRPTv1; rua=mailto:tls-reports@example.org"],
    [
      "v=TLSRPTv1; rua=https://, mailto:tls@example.org",
      /"https:\/\/" is neither/,
      "v=TLSRPTv1; rua=mailto:tls@example.org",
    ],
    ["v=TLSRPTv1; rua=mailto:tls@example.org; oops", /"oops"/, "v=TLSRPTv1; rua=mailto:tls@example.org"],
    ["v=TLSRPTv1", /begin/, "v=TLSRPTv1; rua=mailto:tls-reports@example.org"],
    ["v=TLSRPTv1 rua=mailto:tls@example.org", /begin/, "v=TLSRPTv1; rua=mailto:tls@example.org"],
    ["v=tlsrptv1; rua=mailto:tls@example.org", /begin/, "v=TLSRPTv1; rua=mailto:tls@example.org"],
  ])("%j", async (txt, evidence, after) => {
    const result = await check(txt);
    expect(result.state).toBe("failed");
    expect(result.findings).toMatchObject([
      {
        id: "tls-rpt.syntax",
        severity: "warning",
        evidence: expect.stringMatching(evidence),
        fix: { record: { name: "_smtp._tls.example.org", type: "TXT", before: txt, after } },
      },
    ]);
    expect((await check(after)).findings).toEqual([]);
  });

  test("is one of several", async () => {
    const result = await check(["v=TLSRPTv1; rua=mailto:a@example.org", "v=TLSRPTv1; rua=b@example.org"]);
    expect(result.state).toBe("failed");
    expect(result.findings).toMatchObject([{ id: "tls-rpt.multiple", severity: "warning" }]);
    expect(result.findings[0]?.fix?.record?.after).toMatch(
      /^v=TLSRPTv1; rua=mailto:[ab]@example.org,mailto:[ab]@example.org$/,
    );
  });
});

describe("no TLS-RPT record", () => {
  test("is advice, with the record to publish", async () => {
    const result = await check();
    expect(result).toMatchObject({ state: "absent", summary: "" });
    expect(result.findings).toMatchObject([
      {
        id: "tls-rpt.missing",
        severity: "advice",
        fix: { record: { before: null, after: "v=TLSRPTv1; rua=mailto:tls-reports@example.org" } },
      },
    ]);
  });

  test.each(["v=DMARC1; p=none", "v=TLSRPTv11; rua=mailto:a@example.org"])("is what %j is", async (txt) => {
    expect((await check(txt)).findings).toMatchObject([{ id: "tls-rpt.missing" }]);
  });

  test("is right for a domain that takes no mail", async () => {
    const { context } = await checking("example.org", {
      "example.org": { MX: { preference: 0, exchange: "" } },
    });
    expect(await checkTlsRpt(context)).toMatchObject({ state: "absent", findings: [] });
  });

  test.each(["SERVFAIL", "REFUSED", "silence", "garbage"] as const)("is not what %s says", async (answer) => {
    const { context, dns } = await checking("example.org", { "example.org": { MX } });
    dns.behave({ answer }, { name: "_smtp._tls.example.org" });
    expect(await checkTlsRpt(context)).toMatchObject({
      state: "unknown",
      findings: [{ id: "tls-rpt.unchecked", severity: "unknown" }],
    });
  });
});
