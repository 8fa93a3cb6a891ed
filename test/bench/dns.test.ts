import { expect, test } from "vitest";
import type { Resolver } from "../../src/dns/index.ts";
import { aServer, asking } from "../support/resolver.ts";

const LATENCY = 30;

test(`60 names at ${LATENCY} ms latency, all at once`, async () => {
  const server = await aServer({ "*.bl.example": { A: "127.0.0.2" } });
  server.behave({ latency: LATENCY });
  await ask(asking([server]), 5, "warm-up");
  const times = [];
  for (let round = 0; round < 10; round++) times.push(await ask(asking([server]), 60, `round${round}`));
  tell("60 names", times);
  expect(median(times)).toBeLessThan(60);
});

test("one of two servers is dead: the first question, and those after it", async () => {
  const first: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < 5; round++) {
    const [dead, alive] = [await aServer({}), await aServer({ "*.bl.example": { A: "127.0.0.2" } })];
    dead.behave({ answer: "silence" });
    alive.behave({ latency: LATENCY });
    const resolver = asking([dead, alive]);
    first.push(await ask(resolver, 60, "first"));
    later.push(await ask(resolver, 60, "later"));
  }
  tell("60 names, dead server not known", first);
  tell("60 names, dead server known", later);
  expect(Math.max(...first)).toBeLessThan(1000);
  expect(median(later)).toBeLessThan(60);
});

test("no outcome of 1,000 questions is lost at 5 % packet loss", async () => {
  const server = await aServer({ "*.bl.example": { A: "127.0.0.2" } }, { seed: 2026 });
  server.behave({ loss: 0.05, latency: 1 });
  const time = await ask(asking([server]), 1000, "lossy");
  tell("1,000 names at 5 % loss", [time]);
  expect(server.count(), "some questions were lost").toBeGreaterThan(1000);
});

test("what is in the cache costs next to nothing", async () => {
  const server = await aServer({ "*.bl.example": { A: "127.0.0.2" } });
  const resolver = asking([server]);
  await ask(resolver, 1000, "cached");
  const time = await ask(resolver, 1000, "cached");
  tell("1,000 names from the cache", [time]);
  expect(server.count()).toBe(1000);
  expect(time).toBeLessThan(100);
});

/** Asks for so many names at once, holds that all are found, and gives the milliseconds that it took. */
async function ask(resolver: Resolver, count: number, label: string): Promise<number> {
  const start = performance.now();
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, i) => resolver.resolve(`n${i}.${label}.bl.example`, "A")),
  );
  const time = performance.now() - start;
  expect(outcomes.filter(({ status }) => status !== "ok")).toEqual([]);
  return time;
}

function median(times: number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function tell(what: string, times: number[]): void {
  const [least, most] = [Math.min(...times), Math.max(...times)].map((time) => time.toFixed(0));
  console.log(`${what}: ${median(times).toFixed(0)} ms (${least} to ${most})`);
}
