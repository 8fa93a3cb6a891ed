import { execFile } from "node:child_process";
import { chown } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { freePort, type RunningProgram, startProgram, temporaryFolder } from "./real-servers.ts";

const run = promisify(execFile);

export interface Postgres {
  readonly port: number;
  /** A new, empty database; by the port of a proxy where one is given. */
  newDatabase(port?: number): Promise<string>;
  /** SQL in one of its databases, beside whoever is tested. */
  query(url: string, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends it: `fast` ends all connections and writes everything, `immediate` is as if the machine had lost its power. */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Starts it again on the same port, and waits until it takes connections. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

const USER = "postie";

/**
 * Starts a PostgreSQL server on a free port of 127.0.0.1, with its data in a temporary folder and no care for power failures.
 *
 * @param postgres the program, from `describeWith`
 */
export async function startPostgres(postgres: string): Promise<Postgres> {
  const folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const user = await whoRunsIt();
  if (user) await chown(folder.path, user.uid, user.gid);
  const quick = ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", `--username=${USER}`];
  // Its working folder must be one that its user may enter.
  const inItsFolder = { cwd: folder.path, env: { PATH: process.env.PATH }, ...user };
  await run(join(dirname(postgres), "initdb"), ["-D", data, ...quick], inItsFolder);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: "off",
    full_page_writes: "off",
    max_connections: "200",
    shared_buffers: "64MB",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let program: RunningProgram | undefined;
  let databases = 0;
  const urlOf = (database: string, at = port) => `postgres://${USER}@127.0.0.1:${at}/${database}`;

  async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {}); // told by the query that it breaks
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    program = startProgram(postgres, ["-D", data, ...args], { user, stopSignal: "SIGINT" });
    const deadline = performance.now() + 20_000;
    for (;;) {
      try {
        await Promise.race([query(urlOf("postgres"), "SELECT 1"), program.died]);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await Promise.race([sleep(50), program.died]);
      }
    }
  }

  async function stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    await program?.stop(how === "fast" ? "SIGINT" : "SIGQUIT");
    program = undefined;
  }

  async function remove(): Promise<void> {
    await stop("immediate");
    await folder.remove();
  }

  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    port,
    async newDatabase(at) {
      databases += 1;
      const name = `postie_${databases}`;
      await query(urlOf("postgres"), `CREATE DATABASE ${name}`);
      return urlOf(name, at);
    },
    query,
    start,
    stop,
    remove,
  };
}

/** PostgreSQL refuses to run as root: then Debian's user for it does. */
async function whoRunsIt(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}
