import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openStore, type Store, StoreUnavailable } from "../../src/store/index.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { describeWith } from "../support/real-servers.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

const WORKSPACE = { platform: "slack", tenant: "T1" } as const;
const SECRET = "a secret of the tests, made of words";

describeWith(["postgres"], "a PostgreSQL in trouble", ({ postgres }) => {
  let server: Postgres;
  let proxy: TcpProxy;
  let url: string;
  let store: Store;
  let lost: string[];
  beforeAll(async () => {
    server = await startPostgres(postgres);
    proxy = await startTcpProxy(server.port);
  });
  afterAll(async () => {
    await proxy.close();
    await server.remove();
  });
  beforeEach(async () => {
    url = await server.newDatabase(proxy.port);
    lost = [];
    store = await openStore({ url, secrets: [SECRET], onError: (error) => lost.push(error.message) });
    await store.settings.set(WORKSPACE, "a", "on");
  });
  afterEach(async () => {
    proxy.mend();
    await store.close();
  });

  const read = () => store.settings.get(WORKSPACE, "a");
  /** Waits until the store is there again, by itself. */
  async function untilThere(): Promise<void> {
    while (!(await store.isReachable())) await sleep(50);
  }

  test.each(["fast", "immediate"] as const)(
    "that is stopped (%s) is told as away, and used again when it is back",
    async (how) => {
      await server.stop(how);
      await expect(read()).rejects.toThrow(StoreUnavailable);
      await expect(store.database.transaction((tx) => tx.query("SELECT 1 AS one"))).rejects.toThrow(
        StoreUnavailable,
      );
      expect(await store.isReachable()).toBe(false);
      await server.start();
      await untilThere();
      expect(await read()).toBe("on");
    },
  );

  test("that is restarted under load answers everything, or says that it cannot", async () => {
    let running = true;
    const outcomes: string[] = [];
    const load = Array.from({ length: 20 }, async (_, worker) => {
      for (let index = 0; running; index += 1) {
        await store.claims.claim(`claim ${worker} ${index}`, 60_000).then(
          (won) => outcomes.push(won ? "won" : "lost"),
          (error: unknown) => outcomes.push(error instanceof StoreUnavailable ? "away" : String(error)),
        );
        await sleep(5);
      }
    });
    await sleep(200);
    await server.stop("immediate");
    await sleep(300);
    await server.start();
    await untilThere();
    await sleep(200);
    running = false;
    await Promise.all(load);
    expect(new Set(outcomes)).toEqual(new Set(["won", "away"]));
  });

  test("whose connections are cut is told as away, and used again when they are back", async () => {
    proxy.cut();
    await expect(read()).rejects.toThrow(StoreUnavailable);
    proxy.mend();
    await untilThere();
    expect(await read()).toBe("on");
  });

  test("that is slow is waited for", async () => {
    proxy.slow(300);
    expect(await read()).toBe("on");
    expect(await store.claims.claim("slow", 60_000)).toBe(true);
  });

  test("that does not answer at all is told as away after a while, and used again when it answers", async () => {
    proxy.stall();
    const asked = await Promise.allSettled(Array.from({ length: 30 }, read));
    for (const outcome of asked) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(StoreUnavailable) });
    }
    proxy.mend();
    await untilThere();
    expect(await read()).toBe("on");
  });

  test("that ends a connection in the middle of a transaction has done none of it", async () => {
    const broken = store.database.transaction(async (tx) => {
      await tx.query("UPDATE setting SET value = 'off'");
      const [row] = await tx.query("SELECT pg_backend_pid() AS pid");
      await server.query(url, "SELECT pg_terminate_backend($1)", [row?.pid]);
      // The connection breaks while nothing is asked.
      await sleep(200);
      await tx.query("SELECT 1 AS one");
    });
    await expect(broken).rejects.toThrow(StoreUnavailable);
    expect(await read()).toBe("on");
  });

  test("whose connections are all in use is told as away to who waits for long, and is used again", async () => {
    const release = Promise.withResolvers<void>();
    const hogs = Array.from({ length: 10 }, () =>
      store.database.transaction(async (tx) => {
        await tx.query("SELECT 1 AS one");
        await release.promise;
      }),
    );
    await expect(read()).rejects.toThrow(StoreUnavailable);
    release.resolve();
    await Promise.all(hogs);
    expect(await read()).toBe("on");
  });

  test("that gives up on a statement which takes too long is told as away", async () => {
    await expect(store.database.query("SELECT 1 AS one FROM pg_sleep(20)")).rejects.toThrow(StoreUnavailable);
    expect(await read()).toBe("on");
  });

  test("leaves a transaction that others hold up to be tried again", async () => {
    await store.settings.set(WORKSPACE, "b", "on");
    const both = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() };
    const update = (name: string) => [`UPDATE setting SET value = 'x' WHERE name = '${name}'`] as const;
    const crossed = await Promise.allSettled([
      store.database.transaction(async (tx) => {
        await tx.query(...update("a"));
        both.first.resolve();
        await both.second.promise;
        await tx.query(...update("b"));
      }),
      store.database.transaction(async (tx) => {
        await tx.query(...update("b"));
        both.second.resolve();
        await both.first.promise;
        await tx.query(...update("a"));
      }),
    ]);
    const failed = crossed.filter(({ status }) => status === "rejected");
    expect(failed).toMatchObject([{ reason: expect.any(StoreUnavailable) }]);
  });

  test("that is only a copy for a while, where nothing can be written, is told as away", async () => {
    const database = new URL(url).pathname.slice(1);
    const copy = (on: boolean) =>
      server.query(url, `ALTER DATABASE ${database} SET default_transaction_read_only = ${on}`);
    const write = () => store.settings.set(WORKSPACE, "a", "off");
    await copy(true);
    await server.query(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'postie'",
    );
    await untilThere();
    await expect(write()).rejects.toThrow(StoreUnavailable);
    await expect(store.watches.stopAll({ ...WORKSPACE, conversation: "C1" })).rejects.toThrow(
      StoreUnavailable,
    );
    await server.query(
      `postgres://postie@127.0.0.1:${server.port}/postgres`,
      `ALTER DATABASE ${database} RESET default_transaction_read_only`,
    );
    await write();
    expect(await read()).toBe("off");
  });

  test("is no reason to stop counting questions", async () => {
    const limiter = store.rateLimiter({ name: "asker", points: 2, duration: 60 });
    await limiter.consume("U1");
    proxy.cut();
    const asked = await Promise.allSettled([1, 2, 3].map(() => limiter.consume("U1")));
    expect(asked.filter(({ status }) => status === "rejected")).toHaveLength(1);
  });

  test("that is not there when Postie starts is told so, without the address or the password", async () => {
    const error = await openStore({
      url: "postgres://postie:very-secret@127.0.0.1:1/postie",
      secrets: [SECRET],
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).not.toMatch(/very-secret|127\.0\.0\.1/);
  });

  test("that does not let us in is told as a mistake of the settings, not as away", async () => {
    for (const wrong of [url.replace("postie@", "nobody@"), `${url}_missing`]) {
      const error = await openStore({ url: wrong, secrets: [SECRET] }).catch((reason: unknown) => reason);
      expect(error).not.toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toMatch(/does not exist/);
    }
  });

  test("tells of connections that broke while idle, and the process lives on", async () => {
    await Promise.all(Array.from({ length: 5 }, read));
    await server.query(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'postie'",
    );
    await untilThere();
    expect(lost.length).toBeGreaterThan(0);
    expect(await read()).toBe("on");
  });
});
