import { expect, test } from "vitest";
import { readBounce, recognisesBounce } from "../../src/bounce/index.ts";
import { forms } from "./support/forms.ts";
import { ordinaryMail, ordinaryTexts } from "./support/ordinary-texts.ts";

const texts = ordinaryTexts(2_600);

test("no ordinary text is taken for a bounce, submitted or overheard", async () => {
  expect(new Set(texts).size).toBeGreaterThanOrEqual(2_000);
  const taken: string[] = [];
  for (const text of texts) {
    if ((await readBounce({ content: text })).kind !== "none") taken.push(`submitted: ${text}`);
    if (await recognisesBounce(text)) taken.push(`overheard: ${text}`);
  }
  expect(taken).toEqual([]);
});

test("no ordinary message is taken for a bounce", async () => {
  const taken: string[] = [];
  for (const mail of ordinaryMail(600))
    if ((await readBounce({ content: Buffer.from(mail) })).kind !== "none") taken.push(mail);
  expect(taken).toEqual([]);
});

test("most forms are recognised also when nobody asked", async () => {
  const silent: string[] = [];
  for (const { form, text } of forms) if (!(await recognisesBounce(text))) silent.push(form);
  // Too little to disturb a channel with: no address, or nothing but one sentence.
  expect(silent.length).toBeLessThanOrEqual(forms.length / 5);
});
