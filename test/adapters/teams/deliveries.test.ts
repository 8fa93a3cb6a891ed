import { expect, test } from "vitest";
import { createDeliveries } from "../../../adapters/teams/deliveries.ts";

test("a delivery is taken once, again after it was given back, and again long after", () => {
  let now = 0;
  const deliveries = createDeliveries(() => now);
  expect([deliveries.claim("a"), deliveries.claim("a"), deliveries.claim("b")]).toEqual([true, false, true]);
  deliveries.release("a");
  expect(deliveries.claim("a")).toBe(true);
  now = 14 * 60_000;
  expect(deliveries.claim("b")).toBe(false);
  now = 16 * 60_000;
  expect(deliveries.claim("b")).toBe(true);
});

test("remembers a bounded number of deliveries, the latest ones", () => {
  const deliveries = createDeliveries(() => 0);
  for (let index = 0; index < 200_000; index++) deliveries.claim(`d${index}`);
  expect(deliveries.claim("d199999")).toBe(false);
  expect(deliveries.claim("d0")).toBe(true);
});
