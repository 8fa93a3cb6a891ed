/** When targets are checked. */
import { describe, expect, test } from "vitest";
import type { Every, WatchTarget } from "../../src/store/index.ts";
import { isLost, nextConfirmation, nextRegular } from "../../src/watch/schedule.ts";

const MINUTE = 60_000;
const INTERVALS: [Every, number][] = [
  ["hourly", 60 * MINUTE],
  ["daily", 24 * 60 * MINUTE],
];
const NOW = Date.UTC(2026, 10, 3, 9);
const targets: WatchTarget[] = Array.from({ length: 10_000 }, (_, index) => ({
  kind: index % 4 === 0 ? "address" : "domain",
  name: index % 4 === 0 ? `8.${index >> 8}.${index & 255}.1` : `d${index}.example`,
}));

/** How many fall into each of twenty parts of an interval. */
function spread(times: readonly number[], interval: number): number[] {
  const parts = Array<number>(20).fill(0);
  for (const time of times) {
    const part = Math.floor((20 * (time % interval)) / interval);
    parts[part] = (parts[part] ?? 0) + 1;
  }
  return parts;
}

describe.each(INTERVALS)("regular checks, %s", (every, interval) => {
  test("are spread evenly, also when all were checked at the same time, as after an outage", () => {
    const times = targets.map((target) => nextRegular(target, every, NOW));
    for (const count of spread(times, interval)) {
      expect(count).toBeGreaterThan(400);
      expect(count).toBeLessThan(600);
    }
  });

  test("come once an interval, at the same time of it, whenever the one before was made", () => {
    for (const target of targets.slice(0, 200)) {
      const first = nextRegular(target, every, NOW);
      expect(first - NOW).toBeGreaterThanOrEqual(interval / 4);
      expect(first - NOW).toBeLessThanOrEqual(1.25 * interval);
      for (const late of [0, 1, interval / 10, interval / 2]) {
        const next = nextRegular(target, every, first + late);
        expect(next - first).toBe(interval);
      }
      // one that is later than that gives the next one up
      expect(nextRegular(target, every, first + 0.9 * interval) - first).toBe(2 * interval);
    }
  });

  test("are checked again soon to confirm a change, not all together", () => {
    const times = [0, 0.25, 0.5, 0.75, 1].map((random) => nextConfirmation(every, NOW, random) - NOW);
    const usual = every === "daily" ? 10 * MINUTE : 5 * MINUTE;
    expect(times).toEqual([0.8, 0.9, 1, 1.1, 1.2].map((part) => part * usual));
  });
});

test("a target counts as lost after three days in which nothing could be checked", () => {
  const unknownSince = NOW;
  expect(isLost({ unknownSince }, NOW + 3 * 24 * 60 * MINUTE - 1)).toBe(false);
  expect(isLost({ unknownSince }, NOW + 3 * 24 * 60 * MINUTE)).toBe(true);
  expect(isLost({ unknownSince: null }, NOW)).toBe(false);
});
