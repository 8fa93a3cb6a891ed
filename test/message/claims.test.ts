import { describe, expect, test } from "vitest";
import { readClaims } from "../../src/message/claims.ts";
import { readHeaderSection } from "../../src/message/header-fields.ts";
import type { Claim } from "../../src/message/index.ts";

function claims(...lines: string[]): Promise<Claim[]> {
  return readClaims(readHeaderSection(`${lines.join("\r\n")}\r\n\r\n`, false).fields);
}

type Said = readonly [line: string, claim: Partial<Claim>, meaning: RegExp | null];

const said: readonly Said[] = [
  [
    "Received-SPF: pass (google.com: domain of anna@example.net designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1;",
    { host: "google.com", method: "spf", result: "pass", domain: "example.net" },
    /designates 192\.0\.2\.1/,
  ],
  [
    "Received-SPF: Fail (protection.outlook.com: domain of example.net does not designate 192.0.2.1 as permitted sender) receiver=protection.outlook.com; client-ip=192.0.2.1; helo=mail.example.net;",
    { host: "protection.outlook.com", result: "fail", domain: "example.net" },
    /does not designate/,
  ],
  [
    'Received-SPF: softfail (mx.example.com: transitioning domain of a@example.net does not designate 192.0.2.1 as permitted sender) receiver=mx.example.com; client-ip=192.0.2.1; envelope-from="a@example.net"; helo=mail.example.net',
    { host: "mx.example.com", result: "softfail", domain: "example.net" },
    null,
  ],
  [
    "Received-SPF: None (no SPF record) identity=helo; client-ip=192.0.2.1; helo=mail.example.net; envelope-from=<>; receiver=<UNKNOWN>",
    { host: null, result: "none", domain: "mail.example.net" },
    null,
  ],
  [
    "Received-SPF: Pass identity=mailfrom; client-ip=192.0.2.1; helo=mail.example.net; envelope-from=a@example.net; receiver=mx.example.com",
    { host: "mx.example.com", result: "pass", domain: "example.net" },
    null,
  ],
  [
    "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:DE;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:mail.example.net;PTR:mail.example.net;CAT:NONE;SFS:(13230031);DIR:INB;",
    { host: null, method: "spam", result: "SFV:NSPM CAT:NONE SCL:1" },
    /^not spam; the filter found it not to be spam; .*no reputation list$/,
  ],
  [
    "X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:9;SFV:SPM;CAT:HPHISH;",
    { method: "spam", result: "SFV:SPM CAT:HPHISH SCL:9" },
    /^spam; phishing with high confidence; .*high confidence$/,
  ],
  [
    "X-Forefront-Antispam-Report: SFV:SKA;SCL:-1;CAT:NONE",
    { result: "SFV:SKA CAT:NONE SCL:-1" },
    /allow list of the organization; spam filtering was skipped/,
  ],
  ["X-Forefront-Antispam-Report: SFV:__proto__;SCL:x", { result: "SFV:__proto__ SCL:x" }, null],
  [
    "X-Microsoft-Antispam: BCL:0;ARA:13230031;",
    { method: "bulk", result: "BCL:0" },
    /not from a sender of bulk mail/,
  ],
  ["X-Microsoft-Antispam: BCL:8;", { method: "bulk", result: "BCL:8" }, /many complaints/],
  ["X-MS-Exchange-Organization-SCL: 5", { method: "spam", result: "SCL:5" }, /took it for spam/],
  [
    "X-Spam-Status: Yes, score=7.1 required=5.0 tests=BAYES_99,DKIM_INVALID, URIBL_BLACK autolearn=no autolearn_force=no version=3.4.6",
    { method: "spam", result: "yes" },
    /^taken for spam \(7\.1 of 5\.0 points\); by the rules BAYES_99, DKIM_INVALID, URIBL_BLACK$/,
  ],
  [
    "X-Spam-Status: No, score=-1.9 required=5.0 tests=[DKIM_VALID=-0.1]",
    { result: "no" },
    /-1\.9 of 5\.0 points/,
  ],
  ["X-Spam-Status: No, hits=0.5 required=6.0", { result: "no" }, /0\.5 of 6\.0/],
  ["X-Spam-Flag: YES", { method: "spam", result: "yes" }, /taken for spam/],
  ["X-Gm-Spam: 1", { method: "spam", result: "1" }, /^Google took it for spam$/],
  ["X-Gm-Phishy: 0", { method: "phishing", result: "0" }, /^Google took it for no phishing$/],
  ["X-YahooFilteredBulk: 192.0.2.1", { method: "spam", result: "bulk" }, /^Yahoo/],
  [
    "ARC-Authentication-Results: i=1; mx.google.com; dmarc=pass (p=NONE) header.from=example.net",
    {
      host: "mx.google.com",
      method: "dmarc",
      result: "pass",
      domain: "example.net",
      field: "ARC-Authentication-Results",
    },
    /p=NONE/,
  ],
  [
    "Authentication-Results: compauth=fail reason=001",
    { host: null, method: "compauth", result: "fail" },
    /^reason 001: the sender's domain has no records/,
  ],
  ["Authentication-Results: compauth=pass reason=199", { method: "compauth" }, /^reason 199: it passed$/],
  ["Authentication-Results: compauth=none reason=987654", { method: "compauth" }, null],
  [
    "Authentication-Results: dmarc=fail action=quarantine header.from=example.net",
    { method: "dmarc", result: "fail" },
    /the receiver's action: quarantine/,
  ],
];

describe("a receiver's claim", () => {
  test.each(said)("%s", async (line, claim, meaning) => {
    const [found] = await claims(line);
    expect(found).toMatchObject(claim);
    if (meaning) expect(found?.meaning).toMatch(meaning);
  });

  test.each([
    "X-Spam-Status: perhaps",
    "X-Gm-Spam: much",
    "X-Microsoft-Antispam: BCL:many",
    "X-Forefront-Antispam-Report: nothing",
    "Received-SPF: ",
    "Subject: spf=pass",
  ])("is not made up from %s", async (line) => {
    expect(await claims(line)).toEqual([]);
  });

  test("of SpamAssassin names the host that its own field names", async () => {
    const found = await claims(
      "X-Spam-Checker-Version: SpamAssassin 3.4.6 (2021-04-09) on mail.example.org",
      "X-Spam-Status: No, score=1.0 required=5.0",
    );
    expect(found).toMatchObject([{ host: "mail.example.org", result: "no" }]);
  });

  test("comes in the order of the fields, the last writer first", async () => {
    const found = await claims(
      "Authentication-Results: b.example; spf=pass",
      "Authentication-Results: a.example; spf=fail",
    );
    expect(found.map(({ host }) => host)).toEqual(["b.example", "a.example"]);
  });

  test("is one of eighty at most", async () => {
    const line = `Authentication-Results: a.example; ${"dkim=pass; ".repeat(50)}`;
    expect(await claims(...Array.from({ length: 30 }, () => line))).toHaveLength(80);
  });
});
