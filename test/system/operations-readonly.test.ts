import { execFileSync } from "node:child_process";
import { chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDockerfile } from "../support/dockerfile.ts";
import { buildImage, type Image, readDockerignore } from "../support/image.ts";
import { freePort } from "../support/real-servers.ts";
import { runAsUser, type Sealed, startSealed, whatIsAllowed } from "../support/sealed.ts";

/**
 * The Dockerfile without a container engine: its own steps on what its build context would hold, then its command as its user
 * where nothing may be written. Needs root, to become another user.
 */
const checkout = join(import.meta.dirname, "../..");
const dockerfile = readDockerfile(readFileSync(join(checkout, "Dockerfile"), "utf8"));
const ignored = readDockerignore(readFileSync(join(checkout, ".dockerignore"), "utf8"));
const { users, namespaces } = whatIsAllowed();
const reason = "the Dockerfile's steps need root, and setpriv of util-linux, to become another user";
if (!users && process.env.CI !== "true") console.warn(`Skipped: ${reason}`);
if (!namespaces) console.warn("No namespaces here: the read-only tree is one of another user's, not a mount");

describe("the build context", () => {
  test.each([
    ".env",
    ".git/config",
    "node_modules/pg/index.js",
    "postie.sqlite",
    "src/.env",
    "test/bot/bot.test.ts",
  ])("does not hold %s", (path) => {
    expect(ignored(path)).toBe(true);
  });

  test.each([
    "src/main.ts",
    "src/store/migrations/001.do.first.sql",
    "adapters/web/public/style.css",
    "package.json",
  ])("holds %s", (path) => {
    expect(ignored(path)).toBe(false);
  });
});

describe("the Dockerfile", () => {
  test("takes the Node that all is tested with", () => {
    const manifest = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    for (const { base } of dockerfile.stages) expect(base).toBe(`node:${manifest.devDependencies.node}-slim`);
  });

  test("starts Node itself, as no root, and tells the port", () => {
    expect(dockerfile.command[0]).toBe("node");
    expect(dockerfile.ports).toEqual([3978]);
    const user = dockerfile.stages.at(-1)?.steps.findLast(({ kind }) => kind === "user");
    expect(user).toEqual({ kind: "user", uid: 1000, gid: 1000 });
  });
});

describe.skipIf(!users && process.env.CI !== "true")("an image", () => {
  let folder: string;
  let image: Image;
  let service: Sealed | undefined;
  let env: Record<string, string>;
  let address: string;
  let before: string[];

  beforeAll(async () => {
    if (!users) throw new Error(reason);
    folder = mkdtempSync(join(tmpdir(), "postie-image-"));
    execFileSync("chmod", ["755", folder]);
    image = buildImage(dockerfile, { checkout, folder });
    before = everything(image.root);
    const volume = join(image.root, "var/lib/postie");
    // Where there are no namespaces, temporary files go where they cannot be written either.
    const port = await freePort();
    env = {
      PORT: String(port),
      TMPDIR: join(image.root, "tmp"),
      POSTIE_STORE: join(volume, "postie.sqlite"),
      POSTIE_DNS: "127.0.0.1:9",
      POSTIE_WEB: "1",
    };
    address = `http://127.0.0.1:${port}`;
    service = startSealed(image, dockerfile.command, { env, volume, namespaces });
    await untilAlive(service);
  }, 300_000);

  afterAll(async () => {
    if (service) {
      try {
        service.signal("SIGKILL");
      } catch {
        // It has ended.
      }
      await service.ended;
    }
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function untilAlive({ ended, output }: Sealed): Promise<void> {
    let gone: string | undefined;
    ended.then((code) => {
      gone = `It ended with ${code}`;
    });
    while (gone === undefined) {
      const response = await fetch(`${address}/healthz`).catch(() => null);
      if (response?.ok) return;
      await sleep(50);
    }
    throw new Error(`${gone}: ${output()}`);
  }

  test("is alive and ready, by its own health check too", async () => {
    expect(await (await fetch(`${address}/readyz`)).json()).toEqual({ status: "ready" });
    expect(runAsUser(image, dockerfile.healthcheck, env)).toBe(0);
    expect(runAsUser(image, dockerfile.healthcheck, { ...env, PORT: String(await freePort()) })).toBe(1);
  });

  test("answers a question and counts it", async () => {
    const response = await fetch(`${address}/ask`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: "smtp 550 5.1.1" }),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("5.1.1");
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toContain('postie_questions_total{command="smtp",platform="web",outcome="answered"} 1\n');
    expect(metrics).toContain("postie_store_reachable 1\n");
  });

  test("leaves nothing behind but the store in its volume", () => {
    const changed = everything(image.root).filter((line) => !before.includes(line));
    expect(changed.filter((line) => !line.startsWith("/var/lib/postie"))).toEqual([]);
    expect(changed.some((line) => line.startsWith("/var/lib/postie/postie.sqlite "))).toBe(true);
  });

  test("finds its knowledge compiled", () => {
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    chownSync(temporary, image.user.uid, image.user.gid);
    // Where something could be written, nothing is compiled anew.
    expect(runAsUser(image, ["node", "src/main.ts", "smtp", "550"], { TMPDIR: temporary })).toBe(0);
    expect(readdirSync(join(temporary, `postie-cache-${image.user.uid}`))).toEqual([]);
  });

  test("has every library that Postie needs, as far as it is read", async () => {
    const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    // One is for browsers, which get it as a file.
    const { adaptivecards, ...libraries } = dependencies;
    expect(adaptivecards && (await fetch(`${address}/web/adaptivecards.js`)).status).toBe(200);
    const imports = Object.keys(libraries).map((name) => `await import(${JSON.stringify(name)});`);
    const script = ["node", "--input-type=module", "-e", imports.join("\n")];
    expect(runAsUser(image, script, { TMPDIR: join(image.root, "tmp") })).toBe(0);
  });

  test("has nothing that its user could write but the volume", () => {
    const { uid, gid } = image.user;
    const found = execFileSync(
      "setpriv",
      [
        `--reuid=${uid}`,
        `--regid=${gid}`,
        "--clear-groups",
        "find",
        image.root,
        "-writable",
        "!",
        "-type",
        "l",
      ],
      { encoding: "utf8", cwd: image.root },
    );
    const volume = join(image.root, "var/lib/postie");
    expect(
      found
        .trim()
        .split("\n")
        .filter((path) => !path.startsWith(volume)),
    ).toEqual([]);
  });

  test("ends at SIGTERM in good order", async () => {
    service?.signal("SIGTERM");
    expect(await service?.ended).toBe(0);
    expect(service?.output()).toContain('"msg":"stopping"');
  }, 10_000);
});

/** Every file below a folder with its size, mode and time. */
function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => {
      const found = lstatSync(join(folder, name));
      return `/${name} ${found.mode.toString(8)} ${found.mtimeMs} ${found.isDirectory() ? "" : found.size}`;
    })
    .sort();
}
