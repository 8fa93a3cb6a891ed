import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type BounceReport, readBounce } from "../../src/bounce/index.ts";
import { forms } from "./support/forms.ts";
import { wrappings } from "./support/wrappings.ts";

const directory = new URL("../../../shared/bounces/paste/", import.meta.url);
const pasted = existsSync(directory)
  ? readdirSync(directory)
      .filter((name) => name.endsWith(".txt"))
      .map((name) => ({ name, text: readFileSync(new URL(name, directory), "utf8") }))
  : [];
const own = forms.map(({ form, text }) => ({ name: form, text }));

/** What must stay the same: the kind and, per recipient, address, status, reply code and reason. */
const essence = ({ kind, recipients }: BounceReport) =>
  JSON.stringify([
    kind,
    recipients.map(({ address, status, replyCode, reason }) => [address, status, replyCode, reason]),
  ]);

async function readDifferently(
  texts: readonly { name: string; text: string }[],
  wrap: (text: string) => string,
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, text } of texts) {
    const raw = essence(await readBounce({ content: text }));
    if (essence(await readBounce({ content: wrap(text) })) !== raw) names.push(name);
  }
  return names;
}

test.each(wrappings)("at least $share of the forms are read the same through $name", async (wrapping) => {
  const names = await readDifferently(own, wrapping.wrap);
  expect(names.length, names.join(", ")).toBeLessThanOrEqual(own.length * (1 - wrapping.share));
});

test.skipIf(pasted.length === 0)(
  "pasted samples are read the same however they are wrapped (needs ../shared/bounces)",
  async () => {
    const rows: string[] = [];
    const short: string[] = [];
    for (const { name, share, wrap } of wrappings) {
      const names = await readDifferently(pasted, wrap);
      const same = 1 - names.length / pasted.length;
      rows.push(`${(100 * same).toFixed(1).padStart(5)} % of ${pasted.length}  ${name}`);
      if (same < share) short.push(`${name}: ${names.join(", ")}`);
    }
    console.log(rows.join("\n"));
    expect(short).toEqual([]);
  },
);

test("lines that the mail system ended at the same length are not run together", async () => {
  const line = (name: string) => `    (reason: 552-5.7.0 The ${name} was blocked because of what it says)`;
  const text = `   ----- The following addresses had permanent fatal errors -----\n<anna@partner.example>\n${line("mail")}\n<ben@partner.example>\n${line("mail")}\n`;
  const { recipients } = await readBounce({ content: text });
  expect(recipients.map(({ address }) => address)).toEqual(["anna@partner.example", "ben@partner.example"]);
});

test("an address that was broken after a hyphen is whole again", async () => {
  const text =
    "The following message to <a-name-with-a-\nhyphen@partner.example> was undeliverable.\nThe reason for the problem:\n550 5.1.1 unknown user";
  const { recipients } = await readBounce({ content: text });
  expect(recipients.map(({ address }) => address)).toEqual(["a-name-with-a-hyphen@partner.example"]);
});
