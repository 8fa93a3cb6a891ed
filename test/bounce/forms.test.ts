import { expect, test } from "vitest";
import { readBounce } from "../../src/bounce/index.ts";
import { forms } from "./support/forms.ts";

test("there are 75 forms", () => {
  expect(forms).toHaveLength(75);
});

test.each(forms)("reads the form: $form", async ({ text, kind, addresses, status, replyCode, reason }) => {
  const report = await readBounce({ content: text });
  const [first] = report.recipients;
  expect(report.kind).toBe(kind);
  expect(report.recipients.flatMap(({ address }) => address ?? [])).toEqual(addresses);
  expect(first?.status ?? undefined).toBe(status);
  expect(first?.replyCode ?? undefined).toBe(replyCode);
  if (reason) expect(first?.reason).toBe(reason);
  if (kind === "delay") expect(first).toMatchObject({ permanence: "temporary", action: "delayed" });
});
