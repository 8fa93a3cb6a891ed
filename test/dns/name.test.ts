import { describe, expect, test } from "vitest";
import { normalizeName, reverseName } from "../../src/dns/index.ts";

describe("a name that is asked", () => {
  test.each([
    ["Example.ORG.", "example.org"],
    [".", ""],
    ["_dmarc.example.org", "_dmarc.example.org"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["_DMARC.Bücher.example", "_dmarc.xn--bcher-kva.example"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    // what SPF macros make of local parts
    ["foo:bar/baz.example.com", "foo:bar/baz.example.com"],
    ["macro%percent  space%20url-space.example.com", "macro%percent  space%20url-space.example.com"],
    ['"quoted\\"part"._spf.example', '"quoted\\"part"._spf.example'],
    [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
    [`${"a.".repeat(126)}a`, `${"a.".repeat(126)}a`],
  ])("%j is asked as %j", (text, name) => {
    expect(normalizeName(text)).toEqual({ name });
  });

  test.each([
    ["", "empty"],
    ["..", "empty label"],
    ["a..example", "empty label"],
    [".example", "empty label"],
    [`${"a".repeat(64)}.example`, "longer than 63"],
    [`${"ü".repeat(60)}.example`, "longer than 63"],
    [`${"a.".repeat(127)}a`, "longer than 253"],
    ["x".repeat(100_000), "longer than 253"],
    ["a\nb.example", "not a printable character"],
    ["a\u0000.example", "not a printable character"],
    ["a\u0085.example", "not a printable character"],
    ["a\\195b.example", "not a printable character"],
    ["ü b.example", "A-label"],
    ["\u00ad.example", "A-label"],
    ["１２７.example", "A-label"],
    ["\ud800.example", "A-label"],
  ])("%j cannot be asked: %s", (text, problem) => {
    expect(normalizeName(text).problem).toContain(problem);
  });
});

describe("the reverse name of an address", () => {
  test.each([
    ["192.0.2.1", undefined, "1.2.0.192.in-addr.arpa"],
    ["192.0.2.1", "zen.example", "1.2.0.192.zen.example"],
    ["2001:db8::1", undefined, `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ["2001:db8::1", "bl.example", `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.bl.example`],
    ["::ffff:192.0.2.1", undefined, "1.2.0.192.in-addr.arpa"],
  ])("of %s below %s", (address, suffix, name) => {
    expect(reverseName(address, suffix)).toBe(name);
  });

  test.each([
    "",
    "example.org",
    "192.0.2",
    "192.0.2.256",
    "0x7f.1",
    "1.2.3.4.5",
    "192.0.2.1/24",
    "2001:db8::g",
  ])("%j is no address", (address) => {
    expect(reverseName(address)).toBeNull();
  });
});
