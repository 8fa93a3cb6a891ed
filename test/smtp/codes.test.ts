import { describe, expect, test } from "vitest";
import {
  formatEnhancedStatusCode,
  isHttpStatus,
  isReplyCode,
  outcomeOf,
  parseEnhancedStatusCode,
  registeredForm,
  topicOf,
  undottedStatusCode,
} from "../../src/smtp/index.ts";

describe("an enhanced status code", () => {
  test.each([
    ["5.7.26", { class: "5", subject: 7, detail: 26 }],
    ["#5.1.1", { class: "5", subject: 1, detail: 1 }],
    ["x.7.1", { class: "X", subject: 7, detail: 1 }],
    ["4.999.999", { class: "4", subject: 999, detail: 999 }],
  ])("%s", (text, code) => expect(parseEnhancedStatusCode(text)).toEqual(code));

  test.each(["1.2.3", "3.1.1", "5.1", "5.1.1.1", "5.1.1000", "5.1.1 no", ""])("not %j", (text) =>
    expect(parseEnhancedStatusCode(text)).toBeNull(),
  );

  test("is written as it was read, and registered without its class", () => {
    const code = parseEnhancedStatusCode("5.7.26");
    expect(code && [formatEnhancedStatusCode(code), registeredForm(code)]).toEqual(["5.7.26", "X.7.26"]);
  });

  test("stands behind some three-digit codes, without its dots", () => {
    expect(undottedStatusCode("471")).toEqual({ class: "4", subject: 7, detail: 1 });
    expect(undottedStatusCode("354")).toBeNull();
  });
});

describe("a reply code", () => {
  test.each(["211", "250", "354", "421", "554", "599"])("%s", (code) => expect(isReplyCode(code)).toBe(true));
  test.each(["101", "600", "999", "55", "5500", "5.5"])("not %s", (code) =>
    expect(isReplyCode(code)).toBe(false),
  );

  test("tells by its first digit how it went", () => {
    expect(["250", "354", "4.7.1", "550", "999"].map(outcomeOf)).toEqual([
      "success",
      "intermediate",
      "temporary",
      "permanent",
      null,
    ]);
  });

  test("tells by its second digit what it is about", () => {
    expect(topicOf("502")).toContain("syntax");
    expect(topicOf("421")).toContain("connection");
    expect(topicOf("599")).toBeNull();
  });
});

describe("a web server's status", () => {
  test.each(["404 not found", "error 403 Forbidden", "429 Too Many Requests"])("%s", (text) =>
    expect(isHttpStatus(text)).toBe(true),
  );
  test.each(["502 bad gateway", "550 not found", "403", "403 4.7.0 TLS handshake failed"])("not %s", (text) =>
    expect(isHttpStatus(text)).toBe(false),
  );
});
