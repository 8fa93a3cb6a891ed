import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./real-servers.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

/** One instance of Postie, a process of its own, that can be killed and started again. */
export interface PostieProcess {
  readonly name: string;
  readonly port: number;
  /** 0 while it does not run. */
  readonly pid: number;
  readonly isRunning: boolean;
  /** Starts it, and waits until it says that it is ready. */
  start(): Promise<void>;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. @returns its exit code */
  stop(): Promise<number | null>;
  /** The memory that it holds now, in MB; 0 while it does not run. */
  memory(): Promise<number>;
  /** Lines of its log that are warnings or worse, over all its lives. */
  readonly troubles: Record<string, unknown>[];
  /** What it wrote that is no line of its log, such as a crash. */
  readonly strange: string[];
}

/** @param env all of its environment but where it listens */
export async function createPostieProcess(name: string, env: NodeJS.ProcessEnv): Promise<PostieProcess> {
  const port = await freePort();
  const troubles: Record<string, unknown>[] = [];
  const strange: string[] = [];
  let child: ChildProcess | null = null;
  let exited: Promise<number | null> = Promise.resolve(null);

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [MAIN, "serve"], {
      env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: String(port), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    exited = once(started, "exit").then(([code]) => {
      if (child === started) child = null;
      return code as number | null;
    });
    const ready = Promise.withResolvers<void>();
    readLines(started.stdout, (line) => {
      const entry = parse(line);
      if (!entry) return void strange.push(line);
      if (Number(entry.level) >= 40) troubles.push({ instance: name, ...entry });
      if (entry.msg === "Postie is ready") ready.resolve();
    });
    readLines(started.stderr, (line) => void strange.push(line));
    await Promise.race([
      ready.promise,
      exited.then((code) => {
        throw new Error(`${name} ended (${code}) before it was ready: ${strange.join("\n")}`);
      }),
    ]);
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    child?.kill(signal);
    return exited;
  }

  return {
    name,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    get isRunning() {
      return child !== null;
    },
    start,
    async kill() {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
    async memory() {
      const status = child ? await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "") : "";
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
    },
    troubles,
    strange,
  };
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) onLine(line);
  });
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
