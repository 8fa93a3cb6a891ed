import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createHttpServer, type HttpServer } from "../../adapters/http.ts";
import { createMetrics, type MetricsOptions } from "../../src/metrics.ts";
import { createReadiness, type ReadinessOptions } from "../../src/readiness.ts";
import { openStore } from "../../src/store/index.ts";

const QUICK = { patienceMs: 100, keptMs: 50 };

let open: HttpServer | undefined;
afterEach(() => open?.close(0));

/** A server with what an operator asks for, and how to ask it. */
async function listen({
  parts = {},
  sources,
}: Partial<Pick<ReadinessOptions, "parts"> & Pick<MetricsOptions, "sources">> = {}) {
  const readiness = createReadiness({ parts, ...QUICK });
  const metrics = createMetrics({ version: "1.2.3", sources });
  const http = createHttpServer({
    host: "127.0.0.1",
    port: 0,
    ready: readiness.check,
    metrics: metrics.expose,
  });
  open = http;
  const address = await http.listen();
  return {
    http,
    metrics,
    readiness,
    get: (path: string) => fetch(`${address}${path}`),
    async scrape() {
      const response = await fetch(`${address}/metrics`);
      expect(response.status).toBe(200);
      return response.text();
    },
  };
}

/** The store of an instance that has given its first sign of life. */
async function openIn(folder: string) {
  const store = await openStore({ path: join(folder, "postie.sqlite") });
  await store.instances.beat();
  return store;
}

const yes = () => Promise.resolve(true);
const never = () => new Promise<boolean>(() => {});

describe("GET /readyz", () => {
  test("says ready when all parts can be reached", async () => {
    const { get } = await listen({ parts: { store: yes, slack: yes, teams: yes } });
    const response = await get("/readyz");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ready" });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("names what cannot be reached, and nothing else of it", async () => {
    const refused = () => Promise.reject(new Error("connect ECONNREFUSED postgres://postie:secret@10.0.0.5"));
    const { get } = await listen({
      parts: { store: refused, slack: yes, teams: () => Promise.resolve(false) },
    });
    const response = await get("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "not ready", unreachable: ["store", "teams"] });
  });

  test("does not hang with a part that hangs, and does not ask it again meanwhile", async () => {
    let asked = 0;
    const hangs = () => {
      asked += 1;
      return never();
    };
    const { get } = await listen({ parts: { store: hangs, slack: yes } });
    for (let times = 0; times < 3; times += 1) {
      const response = await get("/readyz");
      expect(await response.json()).toEqual({ status: "not ready", unreachable: ["store"] });
      await sleep(QUICK.keptMs + 10);
    }
    expect(asked).toBe(1);
  });

  test("asks a part once for many who ask at the same time, and soon again", async () => {
    let asked = 0;
    let answer = true;
    const counted = async () => {
      asked += 1;
      await sleep(20);
      return answer;
    };
    const { get } = await listen({ parts: { store: counted } });
    const responses = await Promise.all(Array.from({ length: 20 }, () => get("/readyz")));
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(asked).toBe(1);
    answer = false;
    await sleep(QUICK.keptMs + 10);
    expect((await get("/readyz")).status).toBe(503);
    expect(asked).toBe(2);
  });

  test("says that it stops, also to who waits already, while the process is alive", async () => {
    const { get, readiness } = await listen({ parts: { store: never } });
    const waiting = get("/readyz");
    await sleep(20);
    readiness.stopping();
    for (const response of [await waiting, await get("/readyz")]) {
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ status: "stopping" });
    }
    const alive = await get("/healthz");
    expect([alive.status, await alive.json()]).toEqual([200, { status: "ok" }]);
  });

  test("tells of a store that is there, and of one that was closed", async () => {
    const store = await openStore();
    const { get } = await listen({ parts: { store: store.isReachable } });
    expect((await get("/readyz")).status).toBe(200);
    await store.close();
    await sleep(QUICK.keptMs + 10);
    expect(await (await get("/readyz")).json()).toEqual({ status: "not ready", unreachable: ["store"] });
  });
});

describe("a server that stops", () => {
  test("goes on for a while where a balancer looks", async () => {
    const { http, get, readiness } = await listen();
    await get("/readyz");
    readiness.stopping();
    const turned = http.turnAway(300).then(() => "over");
    expect((await get("/readyz")).status).toBe(503);
    expect(await Promise.race([turned, sleep(100, "still there")])).toBe("still there");
    expect(await turned).toBe("over");
  });

  test("does not wait where nobody looks", async () => {
    const { http, get } = await listen();
    await get("/healthz");
    expect(await Promise.race([http.turnAway(60_000).then(() => "over"), sleep(1_000, "waits")])).toBe(
      "over",
    );
  });
});

describe("GET /metrics", () => {
  test("counts questions by command, platform and outcome, with their durations", async () => {
    const { metrics, scrape } = await listen();
    const told = { command: "smtp", platform: "slack", outcome: "answered" } as const;
    metrics.onAnswered({ ...told, ms: 4 });
    metrics.onAnswered({ ...told, ms: 700 });
    metrics.onAnswered({ ...told, outcome: "busy", ms: 0 });
    const text = await scrape();
    expect(text).toContain('postie_questions_total{command="smtp",platform="slack",outcome="answered"} 2\n');
    expect(text).toContain('postie_questions_total{command="smtp",platform="slack",outcome="busy"} 1\n');
    expect(text).toContain('postie_question_duration_seconds_bucket{le="0.005",command="smtp"} 1\n');
    expect(text).toContain('postie_question_duration_seconds_bucket{le="1",command="smtp"} 2\n');
    expect(text).toContain('postie_question_duration_seconds_count{command="smtp"} 2\n');
  });

  test("counts DNS outcomes by kind of record, and blocklists' verdicts", async () => {
    const { metrics, scrape } = await listen();
    metrics.onOutcome({ type: "AAAA", status: "nodata" }, { uncached: false });
    metrics.onOutcome({ type: "A", status: "timeout" }, { uncached: false });
    metrics.onOutcome({ type: "A", status: "nxdomain" }, { uncached: true });
    metrics.onVerdict({ verdict: "clean", reason: null });
    metrics.onVerdict({ verdict: "unchecked", reason: "silent" });
    const text = await scrape();
    expect(text).toContain('postie_dns_outcomes_total{type="address",status="nodata"} 1\n');
    expect(text).toContain('postie_dns_outcomes_total{type="address",status="timeout"} 1\n');
    expect(text).toContain('postie_dns_outcomes_total{type="blocklist",status="nxdomain"} 1\n');
    expect(text).toContain('postie_dnsbl_verdicts_total{verdict="clean",reason="none"} 1\n');
    expect(text).toContain('postie_dnsbl_verdicts_total{verdict="unchecked",reason="silent"} 1\n');
  });

  test("counts deliveries that were taken, repeated and taken over", async () => {
    const { metrics, scrape } = await listen();
    const folder = mkdtempSync(join(tmpdir(), "postie-metrics-"));
    const [store, dying] = await Promise.all([openIn(folder), openIn(folder)]);
    const deliveries = metrics.counting(store.deliveries);
    const owner = { platform: "slack", tenant: "T0PRIVATE" } as const;
    expect(await deliveries.take(owner, "Ev1", {})).not.toBeNull();
    expect(await deliveries.take(owner, "Ev1", {})).toBeNull();
    expect(await dying.deliveries.take(owner, "Ev2", {})).not.toBeNull();
    await dying.instances.leave();
    expect(await deliveries.takeOver("slack")).toHaveLength(1);
    const text = await scrape();
    for (const what of ["taken", "repeated", "taken over"]) {
      expect(text).toContain(`postie_deliveries_total{platform="slack",what="${what}"} 1\n`);
    }
    expect(text).not.toContain("T0PRIVATE");
    await Promise.all([store.close(), dying.close()]);
    rmSync(folder, { recursive: true });
  });

  test("reads watches and jobs when it is asked, and leaves out what cannot be read", async () => {
    let away = false;
    const watches = async () => {
      if (away) throw new Error("the store cannot be reached");
      return { watches: 12, targets: 7, notices: 1, overdueMs: 2_500 };
    };
    const { scrape } = await listen({
      sources: { watches, jobs: async () => ({ waiting: 3, lagMs: 1_500 }) },
    });
    const text = await scrape();
    for (const line of [
      "postie_store_reachable 1",
      "postie_watches 12",
      "postie_watch_targets 7",
      "postie_notices_waiting 1",
      "postie_watch_overdue_seconds 2.5",
      "postie_jobs_waiting 3",
      "postie_job_lag_seconds 1.5",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    away = true;
    await sleep(1_100);
    const later = await scrape();
    expect(later).toContain("postie_store_reachable 0\n");
    expect(later).not.toMatch(/^postie_watches /m);
    expect(later).toContain("postie_jobs_waiting 3\n");
  });

  test("does not hang with a store that hangs", async () => {
    const { scrape } = await listen({ sources: { watches: () => new Promise(() => {}) } });
    expect(await scrape()).toContain("postie_store_reachable 0\n");
  });

  test("tells of the process and of the build, in Prometheus' format", async () => {
    const { get } = await listen();
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toContain(`postie_build_info{version="1.2.3",node="${process.versions.node}"} 1\n`);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  test("makes no series from words that Postie has not chosen", async () => {
    const { metrics, scrape } = await listen();
    for (let count = 0; count < 50; count += 1) {
      const word = `partner${count}.example` as never;
      metrics.onAnswered({ command: word, platform: word, outcome: word, ms: 1 });
      metrics.onOutcome({ type: word, status: word }, { uncached: false });
      metrics.onVerdict({ verdict: word, reason: word });
    }
    const text = await scrape();
    expect(text).not.toContain("partner");
    expect(text).toContain('postie_questions_total{command="other",platform="other",outcome="other"} 50\n');
    expect(text).toContain('postie_dns_outcomes_total{type="other",status="other"} 50\n');
  });
});
