/**
 * Performs the steps of a Dockerfile in a folder of this machine, where no container engine is needed: the same commands in the
 * same order, on what the build context would hold. The image's own folders lie below the given one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Dockerfile, Step } from "./dockerfile.ts";

export interface Image {
  /** The folder that stands for the image's root. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Record<string, string>;
  readonly user: { uid: number; gid: number };
}

/** What npm needs to know to reach its registry. */
const PASSED_ON =
  /^(?:HOME|(?:https?|no|all)_proxy|npm_config_(?:registry|cache|cafile|.*proxy)|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;

export function buildImage(
  { stages }: Dockerfile,
  { checkout, folder }: { checkout: string; folder: string },
): Image {
  const root = join(folder, "root");
  const bin = programs(folder);
  const context = contextOf(checkout);
  let image: Image | undefined;
  for (const [index, { steps }] of stages.entries()) {
    // A later stage has the same paths, which the compiled knowledge is found by.
    if (index > 0) renameSync(root, join(folder, `stage-${stages[index - 1]?.name}`));
    mkdirSync(root, { recursive: true });
    image = { root, workdir: root, env: { PATH: `${bin}:${SYSTEM_PATH}` }, user: { uid: 0, gid: 0 } };
    for (const step of steps) image = perform(step, image, { checkout, folder, context });
  }
  if (!image) throw new Error("The Dockerfile has no stage");
  return image;
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The Node that runs this, where every user can start it, as the image has it. */
function programs(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  copyFileSync(process.execPath, join(bin, "node"));
  return bin;
}

function perform(
  step: Step,
  image: Image,
  { checkout, folder, context }: { checkout: string; folder: string; context: readonly string[] },
): Image {
  const inImage = (path: string) => (isAbsolute(path) ? join(image.root, path) : join(image.workdir, path));
  switch (step.kind) {
    case "workdir":
      mkdirSync(inImage(step.path), { recursive: true });
      return { ...image, workdir: inImage(step.path) };
    case "env":
      return { ...image, env: { ...image.env, ...step.values } };
    case "user":
      return { ...image, user: { uid: step.uid, gid: step.gid } };
    case "run":
      run(step.script, image);
      return image;
    case "copy":
      if (step.from !== null) {
        for (const source of step.sources) {
          const from = join(folder, `stage-${step.from}`, source);
          execFileSync("cp", ["-aT", from, inImage(step.target)]);
        }
        return image;
      }
      for (const source of step.sources) copyFromContext(source, inImage(step.target), context, checkout);
      return image;
  }
}

/** A folder's contents go into the target, a file into it under its own name. */
function copyFromContext(source: string, target: string, context: readonly string[], checkout: string): void {
  const files = context.filter((file) => file === source || file.startsWith(`${source}/`));
  if (files.length === 0) throw new Error(`COPY ${source}: the build context does not hold it`);
  for (const file of files) {
    const to = file === source ? join(target, file) : join(target, file.slice(source.length + 1));
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(checkout, file), to);
  }
}

function run(script: string, { root, workdir, env }: Image): void {
  // The image's own folders, which are none of this machine's.
  const here = script.replace(/(?<=\s)\/(?=(?:app|var\/lib\/postie)\b)/g, `${root}/`);
  const elsewhere = here.replaceAll(root, "").match(/\s\/(?!app|var\/lib\/postie)\S*/);
  if (elsewhere) throw new Error(`RUN ${script}: it writes where this machine's own files may be`);
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", here], {
    cwd: workdir,
    env: { ...Object.fromEntries(passed), ...env },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`RUN ${script}: exit code ${status}\n${stdout}\n${stderr}`);
}

/** The tracked files that `.dockerignore` lets into the build context. */
function contextOf(checkout: string): string[] {
  const ignored = readDockerignore(readFileSync(join(checkout, ".dockerignore"), "utf8"));
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: checkout, encoding: "utf8" });
  return tracked.split("\0").filter((file) => file !== "" && !ignored(file));
}

/** Whether a path is kept out: of all patterns that match it or a folder above it, the last one tells. */
export function readDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => ({ kept: line.startsWith("!"), pattern: toPattern(line.replace(/^!/, "")) }));
  return (path) => {
    const parts = path.split("/");
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    const last = rules.findLast(({ pattern }) => paths.some((one) => pattern.test(one)));
    return last !== undefined && !last.kept;
  };
}

/** As Docker reads them: an asterisk also stands for a dot at the beginning, and two for folders. */
function toPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const source = escaped.replace(/\*\*\/|\*|\?/g, (wild) =>
    wild === "**/" ? "(?:.*/)?" : wild === "*" ? "[^/]*" : "[^/]",
  );
  return new RegExp(`^${source}$`);
}
