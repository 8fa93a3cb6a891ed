import { describe, expect, test } from "vitest";
import { mailauthResolver } from "../../src/dns/index.ts";
import { serving } from "../support/resolver.ts";

const zone = {
  "a.example": {
    A: ["192.0.2.1", "192.0.2.2"],
    AAAA: "2001:db8::1",
    MX: [
      { preference: 10, exchange: "mx.example" },
      { preference: 0, exchange: "." },
    ],
    PTR: "host.example",
    TXT: [["v=DKIM1; p=", "abc\u00ff"], "other"],
  },
};

describe("mailauth's hook gives records as node:dns does", () => {
  test.each([
    ["A", ["192.0.2.1", "192.0.2.2"]],
    ["AAAA", ["2001:db8::1"]],
    [
      "MX",
      [
        { priority: 10, exchange: "mx.example" },
        { priority: 0, exchange: "" },
      ],
    ],
    ["PTR", ["host.example"]],
    ["TXT", [["v=DKIM1; p=", "abc\u00ff"], ["other"]]],
  ])("%s", async (rrtype, records) => {
    const { resolver } = await serving(zone);
    expect(await mailauthResolver(resolver)("A.example", rrtype)).toEqual(records);
  });

  test("which mailauth may change without changing what we know", async () => {
    const { resolver } = await serving(zone);
    const records = await mailauthResolver(resolver)("a.example", "TXT");
    records.length = 0;
    expect((await resolver.resolve("a.example", "TXT")).records).toHaveLength(2);
  });
});

describe("mailauth's hook fails with the codes of node:dns", () => {
  test.each([
    { name: "a.example", rrtype: "CAA", code: "ENODATA" },
    { name: "gone.example", rrtype: "TXT", code: "ENOTFOUND" },
    { name: "servfail.example", rrtype: "TXT", code: "ESERVFAIL" },
    { name: "refused.example", rrtype: "TXT", code: "EREFUSED" },
    { name: "silent.example", rrtype: "TXT", code: "ETIMEOUT" },
    { name: "garbage.example", rrtype: "TXT", code: "EBADRESP" },
    { name: "a..example", rrtype: "TXT", code: "EBADNAME" },
    { name: `${"a".repeat(64)}.example`, rrtype: "TXT", code: "EBADNAME" },
    { name: "a.example", rrtype: "HINFO", code: "ENOTIMP" },
    { name: "a.example", rrtype: "constructor", code: "ENOTIMP" },
  ])("$name $rrtype: $code", async ({ name, rrtype, code }) => {
    const { server, resolver } = await serving(zone, { tries: [0], timeout: 100 });
    server.behave({ answer: "SERVFAIL" }, { name: "servfail.example" });
    server.behave({ answer: "REFUSED" }, { name: "refused.example" });
    server.behave({ answer: "silence" }, { name: "silent.example" });
    server.behave({ answer: "garbage" }, { name: "garbage.example" });
    await expect(mailauthResolver(resolver)(name, rrtype)).rejects.toMatchObject({ code, hostname: name });
  });

  test("and with ETIMEOUT when the check is given up", async () => {
    const { server, resolver } = await serving(zone);
    server.behave({ answer: "silence" });
    const hook = mailauthResolver(resolver, { signal: AbortSignal.timeout(20) });
    await expect(hook("a.example", "TXT")).rejects.toMatchObject({ code: "ETIMEOUT" });
  });
});
