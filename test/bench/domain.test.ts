import { fork } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { createResolver, type ResolverOptions, type ServerAddress } from "../../src/dns/index.ts";
import { type Audit, auditDomain } from "../../src/domain/index.ts";
import { soundZone } from "../domain/support/zones.ts";
import type { DnsServer } from "../support/dns-server.ts";
import { aServer } from "../support/resolver.ts";

// Each domain has eight SPF includes, two mail servers whose reverse names are their own, a DKIM key and DMARC.
const LATENCY = 50;
const DOMAIN = "example.test";

async function audit(servers: DnsServer[], options: Partial<ResolverOptions> = {}) {
  const resolver = createResolver({ servers: servers.map(({ address }) => address), ...options });
  try {
    const start = performance.now();
    const result = await auditDomain(DOMAIN, { resolver });
    return { result, time: performance.now() - start };
  } finally {
    resolver.close();
  }
}

test(`a whole audit at ${LATENCY} ms a question`, async () => {
  const server = await aServer(soundZone(DOMAIN));
  await audit([server]);
  server.behave({ latency: LATENCY });
  const times: number[] = [];
  for (let round = 0; round < 15; round++) {
    const { result, time } = await audit([server]);
    expect(result.records.dkim.tried).toBeGreaterThanOrEqual(150);
    expect(result.results.spf.state).toBe("passed");
    times.push(time);
  }
  tell("a whole audit", times);
  expect(median(times)).toBeLessThanOrEqual(180);
});

test("a whole audit takes three rounds", async () => {
  // With a second a question everything else is lost in the noise: three rounds are three seconds and little more.
  const server = await aServer(soundZone(DOMAIN));
  server.behave({ latency: 1_000 });
  const { time } = await audit([server], { tries: [0], timeout: 5_000 });
  tell("a whole audit at 1,000 ms a question", [time]);
  expect(time / 1_000).toBeLessThan(3.9);
});

test("one of two resolvers is dead", async () => {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const [dead, alive] = [await aServer({}), await aServer(soundZone(DOMAIN))];
    dead.behave({ answer: "silence" });
    alive.behave({ latency: LATENCY });
    const { result, time } = await audit([dead, alive]);
    expect(result).toMatchObject({ canReceive: "yes", senderTrust: "enforced" });
    times.push(time);
  }
  tell("one of two resolvers dead", times);
  expect(Math.max(...times)).toBeLessThanOrEqual(1_000);
});

test("everything is silent", async () => {
  const server = await aServer(soundZone(DOMAIN));
  server.behave({ answer: "silence" });
  const { result, time } = await audit([server]);
  tell("everything silent", [time]);
  expect(time).toBeLessThanOrEqual(8_400);
  expect(Object.values(result.results).map(({ state }) => state)).toEqual(
    Object.keys(result.results).map(() => "unknown"),
  );
});

test("5 % of the packets are lost: the same findings in 200 runs", async () => {
  const server = await aServer(soundZone(DOMAIN), { seed: 2026 });
  const { result: undisturbed } = await audit([server]);
  server.behave({ loss: 0.05, latency: 5 });
  const others: string[] = [];
  const times: number[] = [];
  for (let run = 0; run < 200; run++) {
    const { result, time } = await audit([server]);
    times.push(time);
    if (ids(result) !== ids(undisturbed)) others.push(ids(result));
  }
  tell("5 % loss", times);
  expect(others).toEqual([]);
});

test("100 audits of different domains at once", async () => {
  const address = await serverInOwnProcess();
  // as many questions at a time as the program allows itself
  const resolver = createResolver({ servers: [address], maxQuestions: 1_024 });
  onTestFinished(() => resolver.close());
  await auditDomain("d100.test", { resolver });
  global.gc?.();
  const usual = process.memoryUsage().rss;
  let most = usual;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const start = performance.now();
  const audits = await Promise.all(
    Array.from({ length: 100 }, (_, i) => auditDomain(`d${i}.test`, { resolver })),
  );
  const time = performance.now() - start;
  clearInterval(watch);
  tell("100 audits at once", [time]);
  console.log(`memory: ${inMb(usual)} before, ${inMb(most)} at most`);
  expect(
    audits.filter(({ canReceive, senderTrust }) => canReceive !== "yes" || senderTrust !== "enforced"),
  ).toEqual([]);
  expect(time).toBeLessThanOrEqual(2_000);
  expect(most - usual, "bytes more than before").toBeLessThanOrEqual(200 * 2 ** 20);
});

/** So that the server's work is not counted as ours. */
async function serverInOwnProcess(): Promise<ServerAddress> {
  const child = fork(new URL("support/dns-process.ts", import.meta.url), [String(LATENCY)], { execArgv: [] });
  onTestFinished(() => {
    child.kill();
  });
  return new Promise((resolve, reject) => {
    child.once("message", (address) => resolve(address as ServerAddress));
    child.once("error", reject);
  });
}

function ids({ findings }: Audit): string {
  return findings.map(({ id, severity }) => `${id} ${severity}`).join(", ");
}

function inMb(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function median(times: number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function tell(what: string, times: number[]): void {
  const [least, most] = [Math.min(...times), Math.max(...times)].map((time) => time.toFixed(0));
  console.log(`${what}: ${median(times).toFixed(0)} ms (${least} to ${most})`);
}
