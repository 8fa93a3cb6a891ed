import { expect, test } from "vitest";
import { findConfusables } from "../../src/domain/confusable.ts";
import { isSelector, parseDomain } from "../../src/domain/target.ts";

test.each([
  ["example.org", "example.org"],
  ["EXAMPLE.Org.", "example.org"],
  ["  example.org  ", "example.org"],
  ["anna@example.org", "example.org"],
  ["<anna@example.org>", "example.org"],
  ["mailto:anna@example.org?subject=x", "example.org"],
  ["https://www.example.org/path?x=1#y", "www.example.org"],
  ["http://user:secret@example.org:8080/", "example.org"],
  ["example.org/path", "example.org"],
  ["example.org:25", "example.org"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
  ["a.test", "a.test"],
  ["a.example", "a.example"],
  ["a.invalid", "a.invalid"],
  ["3com.com", "3com.com"],
])("%j is the domain %s", (text, domain) => {
  expect(parseDomain(text)).toEqual({ domain });
});

test.each([
  ["", "no-domain"],
  ["localhost", "local-name"],
  ["printer.local", "local-name"],
  ["db.internal", "local-name"],
  ["nas.lan", "local-name"],
  ["router.home.arpa", "local-name"],
  ["example", "single-label"],
  ["192.0.2.1", "an-address"],
  ["[192.0.2.1]", "an-address"],
  ["anna@[192.0.2.1]", "an-address"],
  ["2001:db8::1", "an-address"],
  ["https://[2001:db8::1]/", "an-address"],
  ["192.0.2.1:25", "an-address"],
  ["0x7f.1", "not-a-domain"],
  ["3221225985", "not-a-domain"],
  ["a..b.org", "not-a-domain"],
  ["-a.org", "not-a-domain"],
  ["a_b.org", "not-a-domain"],
  ["a b.org", "not-a-domain"],
  ["*.example.org", "not-a-domain"],
  ["xn--a.org", "not-a-domain"],
  [`${"a".repeat(64)}.org`, "not-a-domain"],
  [`${"a.".repeat(130)}org`, "not-a-domain"],
  ["a".repeat(100_000), "not-a-domain"],
  ["s1._domainkey.example.org", "not-a-domain"],
  ["_dmarc.example.org", "not-a-domain"],
  ["example.org\u0000", "not-a-domain"],
  ["$(id).org", "not-a-domain"],
])("%j is no domain (%s), and the reason is a sentence", (text, code) => {
  const parsed = parseDomain(text);
  expect(parsed).toMatchObject({ code });
  expect(parsed.problem).toMatch(/^.{10,400}\.$/s);
});

test.each(["s1", "20230601", "selector1-azurecomm-prod-net", "aweber_key_a", "a.b"])(
  "%s is a selector",
  (text) => {
    expect(isSelector(text)).toBe(true);
  },
);

test.each(["", "a b", ".a", "a..b", "-a", "a;b", "x".repeat(64)])("%j is no selector", (text) => {
  expect(isSelector(text)).toBe(false);
});

test.each([
  ["xn--80ak6aa92e.com", "аррӏе.com (xn--80ak6aa92e.com), which looks like apple.com"],
  ["xn--pypl-53dc.com", 'which looks like paypal.com; "pаypаl" mixes Latin and Cyrillic'],
  ["xn--googl-3we.com", "mixes Latin and Cyrillic"],
])("%s is told as confusable", (domain, evidence) => {
  expect(findConfusables(domain)).toMatchObject([{ id: "domain.confusable", severity: "warning" }]);
  expect(findConfusables(domain)[0]?.evidence).toContain(evidence);
});

test.each([
  "example.org",
  "xn--bcher-kva.example",
  "xn--r8jz45g.xn--zckzah",
  "xn--e1afmkfd.xn--p1ai",
  "xn--mgba3gch31f060k.com",
  "xn--fsqu00a.com",
])("%s is not confusable", (domain) => {
  expect(findConfusables(domain)).toEqual([]);
});
