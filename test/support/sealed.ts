/** Starts a program as a container would: as another user, with nothing that may be written, and as the process with number 1. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Image } from "./image.ts";

export interface Sealed {
  /** The program itself, whatever started it: signals go to it. */
  signal(name: NodeJS.Signals): void;
  output(): string;
  readonly ended: Promise<number | null>;
}

/** Whether this machine lets us change users, and make file systems and process numbers of our own. */
export function whatIsAllowed(): { users: boolean; namespaces: boolean } {
  const works = (program: string, args: string[]) => spawnSync(program, args).status === 0;
  return {
    users: works("setpriv", ["--reuid=1000", "--regid=1000", "--clear-groups", "true"]),
    namespaces: works("unshare", [...NAMESPACES, "sh", "-c", "mount -o remount,bind,ro /"]),
  };
}

const NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Nothing of this machine may be written but the one folder that is a volume. */
const READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift && exec "$@"';

/** The command as the image's user, without any right beyond. */
function asUser({ user }: Image, command: readonly string[]): string[] {
  const rights = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"];
  return ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, ...rights, "--", ...command];
}

/** Starts a command of the image; `volume` is the one folder that it may write to. */
export function startSealed(
  image: Image,
  command: readonly string[],
  { env, volume, namespaces }: { env: Record<string, string>; volume: string; namespaces: boolean },
): Sealed {
  const own = asUser(image, command);
  const [program = "", ...args] = namespaces
    ? ["unshare", ...NAMESPACES, "sh", "-c", READ_ONLY, "sh", volume, ...own]
    : own;
  const child = spawn(program, args, {
    cwd: image.workdir,
    env: { ...image.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => written.push(String(text)));
  return {
    signal: (name) => process.kill(namespaces ? childOf(child) : pidOf(child), name),
    output: () => written.join(""),
    ended: new Promise((resolve) => child.once("close", resolve)),
  };
}

/** Runs a command of the image to its end and gives the exit code. */
export function runAsUser(
  image: Image,
  command: readonly string[],
  env: Record<string, string>,
): number | null {
  const [program = "", ...args] = asUser(image, command);
  return spawnSync(program, args, { cwd: image.workdir, env: { ...image.env, ...env } }).status;
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("The program did not start");
  return pid;
}

/** `unshare` passes no signals on, so that they are sent to what it started. */
function childOf(child: ChildProcess): number {
  const pid = pidOf(child);
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}
