import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkBimi } from "../../src/domain/bimi.ts";
import type { Finding } from "../../src/domain/finding.ts";
import { checking } from "../support/check-context.ts";
import type { DnsServer } from "../support/dns-server.ts";
import type { Zone } from "../support/dns-zone.ts";
import { type Page, tlsFile } from "../support/https-server.ts";

const RECORD = "v=BIMI1; l=https://www.example.org/logo.svg; a=https://www.example.org/mark.pem";
const ENFORCED = "v=DMARC1; p=reject";
const LOGO = tlsFile("logo.svg");
/** `bimi` may be a text, several, or none. */
function zone(bimi: string | string[] | null, dmarc: string | null = ENFORCED, more: Zone = {}): Zone {
  return {
    "example.org": { A: "192.0.2.1" },
    ...(bimi === null ? {} : { "default._bimi.example.org": { TXT: bimi } }),
    ...(dmarc === null ? {} : { "_dmarc.example.org": { TXT: dmarc } }),
    ...more,
  };
}

function pages({
  logo = { body: LOGO },
  mark = { body: tlsFile("mark.pem") },
}: {
  logo?: Page;
  mark?: Page;
} = {}) {
  return { "www.example.org/logo.svg": logo, "www.example.org/mark.pem": mark };
}

/** The test's own authority for marks, in the form of mailauth's library. */
function rootStore(): unknown {
  const { RootStore } = createRequire(createRequire(import.meta.url).resolve("mailauth"))("@postalsys/vmc");
  const store = RootStore.create();
  store.addCert(tlsFile("mark-ca.pem"));
  return store;
}

interface Setting {
  domain?: string;
  set?: (dns: DnsServer) => void;
  trust?: boolean;
}

async function check(
  records: Zone,
  served: Record<string, Page> = pages(),
  { domain = "example.org", set = () => {}, trust = true }: Setting = {},
) {
  const { context, dns, web } = await checking(domain, records, served);
  set(dns);
  const result = await checkBimi(context, trust ? { rootStore: rootStore() } : {});
  return { ...result, web };
}

function ids(findings: readonly Finding[]): string[] {
  return findings.map(({ id, severity }) => `${id} ${severity}`);
}

describe("a sound BIMI record", () => {
  test("with logo and certificate has no findings", async () => {
    const { state, summary, findings, records } = await check(zone(RECORD));
    expect({ state, summary, findings }).toEqual({
      state: "passed",
      summary: "a logo with certificate",
      findings: [],
    });
    expect(records).toMatchObject({
      recordDomain: "example.org",
      record: { location: "https://www.example.org/logo.svg", authority: "https://www.example.org/mark.pem" },
      logo: { bytes: LOGO.length, faults: [] },
      certificate: { issuer: "Postie test mark-ca", faults: [] },
    });
    expect(JSON.parse(JSON.stringify(records))).toEqual(records);
  });

  test("without certificate gets the advice to have one", async () => {
    const { state, findings } = await check(zone("v=BIMI1; l=https://www.example.org/logo.svg; a=;"));
    expect(state).toBe("passed");
    expect(ids(findings)).toEqual(["bimi.certificate advice"]);
  });

  test("that declines is left alone", async () => {
    const { state, findings, web } = await check(zone("v=BIMI1; l=; a=;"));
    expect({ state, findings }).toEqual({ state: "absent", findings: [] });
    expect(web.log).toEqual([]);
  });

  test("of the organizational domain counts for a name that has none", async () => {
    const records = zone(RECORD, ENFORCED, { "news.example.org": { A: "192.0.2.2" } });
    const { state, records: read, findings } = await check(records, pages(), { domain: "news.example.org" });
    expect({ state, findings }).toEqual({ state: "passed", findings: [] });
    expect(read.recordDomain).toBe("example.org");
  });

  test("may lead over redirects, but not over too many", async () => {
    const to = (path: string): Page => ({ status: 302, headers: { location: path } });
    const served = { ...pages({ logo: to("/1") }), "www.example.org/1": { body: LOGO } };
    expect(await check(zone(RECORD), served)).toMatchObject({ state: "passed" });
    const endless = await check(zone(RECORD), pages({ logo: to("/logo.svg") }));
    expect(ids(endless.findings)).toEqual(["bimi.logo warning"]);
    expect(endless.web.log.filter((place) => place.endsWith("logo.svg"))).toHaveLength(4);
  });
});

describe("the BIMI record", () => {
  test("is missing: advice", async () => {
    const { state, findings } = await check(zone(null));
    expect(state).toBe("absent");
    expect(ids(findings)).toEqual(["bimi.missing advice"]);
  });

  test.each([
    ["v=BIMI1;", /l=/],
    ["v=BIMI1; a=https://www.example.org/mark.pem", /l=/],
    ["v=BIMI1; l=http://www.example.org/logo.svg", /not an https: URL/],
    ["v=BIMI1; l=logo.svg", /not an https: URL/],
    ["v=BIMI1; l=https://www.example.org/logo.svg; a=mark.pem", /a=mark\.pem/],
    ["v=BIMI1; l=https://www.example.org/logo.svg; oops", /"oops"/],
    ["v=BIMI; l=https://www.example.org/logo.svg", /begin/],
    ["v=BIMI1 l=https://www.example.org/logo.svg", /begin/],
  ])("%j is not well-formed", async (txt, evidence) => {
    const { state, findings, web } = await check(zone(txt));
    expect(state).toBe("failed");
    expect(ids(findings)).toEqual(["bimi.syntax warning"]);
    expect(findings[0]?.evidence).toMatch(evidence);
    expect(web.log).toEqual([]);
  });

  test("must be the only one", async () => {
    const { state, findings } = await check(zone([RECORD, "v=BIMI1; l=https://www.example.org/b.svg"]));
    expect(state).toBe("failed");
    expect(ids(findings)).toEqual(["bimi.syntax warning"]);
  });
});

describe("without an enforced DMARC policy", () => {
  test.each<[string | null, RegExp]>([
    [null, /no DMARC record/],
    ["v=DMARC1; p=none", /policy is none/],
    ["v=DMARC1; p=reject; t=y", /testing/],
    ["v=DMARC1; p=reject; sp=none", /sp=none/],
    ["v=DMARC1; p=quarantine; pct=50", /pct=50/],
  ])("(%s) no logo is shown", async (dmarc, evidence) => {
    const { state, findings } = await check(zone(RECORD, dmarc));
    expect(state).toBe("failed");
    expect(ids(findings)).toEqual(["bimi.dmarc-not-enforced warning"]);
    expect(findings[0]?.evidence).toMatch(evidence);
  });

  test("a missing record is not told as DMARC's fault", async () => {
    expect(ids((await check(zone(null, null))).findings)).toEqual(["bimi.missing advice"]);
  });
});

describe("the logo", () => {
  const without = (part: string | RegExp, replacement = "") => LOGO.replace(part, replacement);
  const withInside = (text: string) => LOGO.replace("<rect", `${text}<rect`);

  test.each<[string, string, RegExp]>([
    ["a picture", "\u0089PNG\r\n", /not an svg element|not XML|cannot be read/],
    ["nothing", "", /not XML|not an svg element/],
    ["a web page", "<!doctype html><svg></svg>", /DOCTYPE/],
    ["another root", LOGO.replaceAll("svg xmlns", "sgv xmlns").replaceAll("</svg>", "</sgv>"), /\broot\b/],
    ["no profile", without(' baseProfile="tiny-ps"'), /baseProfile/],
    ["another profile", without("tiny-ps", "tiny"), /baseProfile/],
    ["another version", without('version="1.2"', 'version="1.1"'), /version/],
    ["no title", without(/<title>.*<\/title>/), /title/],
    ["a place", without("viewBox", 'x="0" y="0" viewBox'), /x or y/],
    ["a script", withInside("<script>alert(1)</script>"), /script/],
    ["an animation", withInside('<g><animate attributeName="x"/></g>'), /animation/],
    ["an event handler", withInside('<g onload="x()"/>'), /event handler/],
    ["a link", withInside('<use xlink:href="https://tracker.example/x.svg"/>'), /outside the file/],
    ["a link of SVG 2", withInside('<use href="//tracker.example/x.svg"/>'), /outside the file \(href\)/],
    ["a picture inside", withInside('<image width="1"/>'), /raster image/],
    ["a font from elsewhere", withInside('<rect fill="url(https://tracker.example/a)"/>'), /\(url\)/],
    ["HTML inside", withInside("<foreignObject/>"), /foreignObject/],
    ["a missing end", without("</svg>"), /not end|not XML/],
    ["a broken end", LOGO.trimEnd().slice(0, -20), /not XML/],
    ["entities", LOGO.replace("<svg", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg'), /DOCTYPE/],
    [
      "entities that explode",
      LOGO.replace(
        "<svg",
        `<!DOCTYPE svg [<!ENTITY a "a">${[..."bcdefghij"].map((name, i) => `<!ENTITY ${name} "${`&${"abcdefghij"[i]};`.repeat(10)}">`).join("")}]><svg`,
      ).replace("Example", "&j;"),
      /DOCTYPE/,
    ],
  ])("with %s is refused", async (_, body, evidence) => {
    const { state, findings } = await check(
      zone("v=BIMI1; l=https://www.example.org/logo.svg"),
      pages({ logo: { body } }),
    );
    expect(state).toBe("failed");
    expect(findings[0]).toMatchObject({
      id: "bimi.logo",
      severity: "warning",
      evidence: expect.stringMatching(evidence),
    });
  });

  test.each<[string, string]>([
    [
      "gradients of its own",
      withInside('<rect fill="url(#a)"/><rect fill="url( #a )"/><use xlink:href="#a"/>'),
    ],
    ["a comment at its end", `${LOGO}<!-- made by hand -->\n`],
  ])("may have %s", async (_, body) => {
    const { records } = await check(zone(RECORD), pages({ logo: { body } }));
    expect(records.logo?.faults).toEqual([]);
  });

  test("may be packed, but not a bomb", async () => {
    const packed = await check(zone(RECORD), pages({ logo: { body: new Uint8Array(gzipSync(LOGO)) } }));
    expect(packed.records.logo?.faults).toEqual([]);
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(10_000_000)));
    const { records } = await check(zone(RECORD), pages({ logo: { body: bomb } }));
    expect(records.logo?.faults).toEqual(["it is compressed, and cannot be read"]);
  });

  test("should not be larger than 32 KiB", async () => {
    const body = withInside(`<desc>${"x".repeat(33_000)}</desc>`);
    const { state, findings } = await check(
      zone("v=BIMI1; l=https://www.example.org/logo.svg"),
      pages({ logo: { body } }),
    );
    expect(state).toBe("passed");
    expect(ids(findings)).toEqual(["bimi.logo advice", "bimi.certificate advice"]);
  });

  test.each<[string, string]>([
    ["nested deeply", "<g>".repeat(20_000)],
    ["full of tags", "<svg ".repeat(12_000)],
    ["full of attributes", ' href="'.repeat(8_000)],
    ["full of spaces", `href${" ".repeat(60_000)}`],
    ["full of spaces before its own gradient", `url(${" ".repeat(60_000)}#a)`],
    ["full of comments", "<!--".repeat(15_000)],
    ["an endless CDATA", "<![CDATA[".repeat(6_000)],
    ["named like a prototype", "<__proto__><constructor/></__proto__>".repeat(100)],
  ])("%s is read without harm", async (_, hostile) => {
    const body = LOGO.replace("<rect", `${hostile}<rect`);
    const { findings } = await check(zone(RECORD), pages({ logo: { body } }));
    expect(findings.length).toBeGreaterThan(0);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("that is not to be had is told with the reason", async () => {
    const { state, findings } = await check(zone(RECORD), pages({ logo: { status: 404 } }));
    expect(state).toBe("failed");
    expect(ids(findings)).toEqual(["bimi.logo warning"]);
    expect(findings[0]?.evidence).toContain("status 404");
  });

  test("inside a private network is not fetched", async () => {
    const records = zone("v=BIMI1; l=https://intra.example.org/logo.svg", ENFORCED, {
      "intra.example.org": { A: "10.0.0.1" },
    });
    const { findings, web } = await check(records, { "intra.example.org/logo.svg": { body: LOGO } });
    expect(findings[0]).toMatchObject({
      id: "bimi.logo",
      evidence: expect.stringContaining("public Internet"),
    });
    expect(web.log).toEqual([]);
  });
});

describe("the certificate", () => {
  const mark = (name: string) => pages({ mark: { body: tlsFile(name) } });

  test.each<[string, Record<string, Page>, RegExp]>([
    ["has expired", mark("mark-expired.pem"), /expired on 2021-01-01/],
    ["is for another domain", mark("mark-other-domain.pem"), /not for example\.org/],
    ["is meant for something else", mark("mark-without-usage.pem"), /extended key usage/],
    ["is not PEM", pages({ mark: { body: "hello" } }), /PEM/],
    [
      "is broken",
      pages({ mark: { body: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" } }),
      /PEM/,
    ],
    ["has no end", pages({ mark: { body: "-----BEGIN CERTIFICATE-----\n".repeat(2_000) } }), /PEM/],
    ["is full of dashes", pages({ mark: { body: "-".repeat(60_000) } }), /PEM/],
    ["is not there", pages({ mark: { status: 410 } }), /status 410/],
    [
      "is for another logo",
      pages({ logo: { body: LOGO.replace("#246", "#642") } }),
      /the logo at l= is not the one in it/,
    ],
  ])("%s", async (_, served, evidence) => {
    const { state, findings } = await check(zone(RECORD), served);
    expect(state).toBe("failed");
    expect(ids(findings)).toEqual(["bimi.certificate warning"]);
    expect(findings[0]?.evidence).toMatch(evidence);
  });

  test("comes from no known authority for marks", async () => {
    const { findings } = await check(zone(RECORD), pages(), { trust: false });
    expect(ids(findings)).toEqual(["bimi.certificate warning"]);
    expect(findings[0]?.evidence).toContain("known authority for marks");
  });
});

describe("what could not be checked is unknown", () => {
  test.each<[string, (dns: DnsServer) => void, Record<string, Page>]>([
    [
      "the record",
      (dns) => dns.behave({ answer: "SERVFAIL" }, { name: "default._bimi.example.org" }),
      pages(),
    ],
    ["DMARC", (dns) => dns.behave({ answer: "SERVFAIL" }, { name: "_dmarc.example.org" }), pages()],
    ["the logo", () => {}, pages({ logo: () => {} })],
    ["the certificate", () => {}, pages({ mark: () => {} })],
  ])("%s", async (_, set, served) => {
    const { state, findings } = await check(zone(RECORD), served, { set });
    expect(state).toBe("unknown");
    expect(ids(findings)).toEqual(["bimi.unchecked unknown"]);
  });
});
