import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { checkMessage } from "../../src/message/index.ts";
import { serving } from "../support/resolver.ts";
import { RECEIVED_FROM_SENDER, signedMail, zone } from "./support/mail.ts";

const require = createRequire(import.meta.url);
const { burn } = require("@kenjiuno/msgreader/lib/Burner") as {
  burn(entries: object[]): Uint8Array;
};

/** An Outlook file with these strings by property id (MS-OXMSG §2.4). */
function msgFile(strings: Record<string, string>): Uint8Array {
  const streams = Object.entries(strings).map(([id, text]) => ({
    name: `__substg1.0_${id}001F`,
    // The writer looks past a Buffer's own part of its pool.
    bytes: Uint8Array.from(Buffer.from(text, "utf16le")),
  }));
  const properties = { name: "__properties_version1.0", bytes: new Uint8Array(32) };
  const documents = [properties, ...streams];
  return burn([
    { name: "Root Entry", type: 5, length: 0, children: documents.map((_one, index) => index + 1) },
    ...documents.map(({ name, bytes }) => ({
      name,
      type: 2,
      length: bytes.length,
      binaryProvider: () => bytes,
    })),
  ]);
}

const HEADERS = "007d";
const SUBJECT = "0037";

async function check(bytes: Uint8Array) {
  const { resolver } = await serving(zone, { timeout: 200, tries: [0] });
  return checkMessage(bytes, { resolver, signal: AbortSignal.timeout(5_000) });
}

test("an Outlook file is checked by its header fields, and its body is told as not given", async () => {
  const signed = await signedMail({ received: RECEIVED_FROM_SENDER.replace("192.0.2.10", "203.0.113.66") });
  const headers = signed.slice(0, signed.indexOf("\r\n\r\n") + 2);
  expect(await check(msgFile({ [HEADERS]: headers, [SUBJECT]: "Offer 4711" }))).toMatchObject({
    form: "msg",
    from: "anna@sender.example",
    trusted: "unknown",
    spf: { result: "fail", domain: "sender.example" },
    dkim: [{ result: "neutral", cause: "body-not-given", reason: expect.stringContaining("Outlook") }],
  });
});

test("an Outlook file that never travelled is told as such", async () => {
  expect(await check(msgFile({ [SUBJECT]: "Draft" }))).toEqual({ problem: "msg-without-headers" });
});
