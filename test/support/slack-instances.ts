/** Several instances of the Slack adapter on one SQLite file, behind one fake Slack. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "./fake-slack.ts";
import { anAnswer, type Mode, type Say, type SlackApp, startSlackApp } from "./slack-app.ts";

export interface Instances {
  readonly slack: FakeSlack;
  /** A store of its own on the file; one that gives no sign of life counts as dead. */
  openStore(options?: { alive?: boolean }): Promise<Store>;
  /** An instance with such a store. */
  start(mode: Mode, say: Say, options?: { alive?: boolean }): Promise<SlackApp>;
  /** The same with a store that a test has changed. */
  startOn(store: Store, say: Say, options?: { alive?: boolean }): Promise<SlackApp>;
  close(): Promise<void>;
}

export async function openInstances(): Promise<Instances> {
  const slack = await startFakeSlack();
  const folder = await mkdtemp(join(tmpdir(), "postie-slack-"));
  const opened: (() => Promise<unknown>)[] = [];

  async function open({ alive = true } = {}): Promise<Store> {
    const store = await openStore({ path: join(folder, "postie.sqlite") });
    if (alive) await store.instances.beat();
    opened.push(store.close);
    return store;
  }

  async function startOn(
    store: Store,
    say: Say,
    { alive = true, mode = "HTTP" as Mode } = {},
  ): Promise<SlackApp> {
    const app = await startSlackApp(mode, say, { slack, store });
    // One that died does not wait for its answers.
    opened.push(alive ? app.close : async () => void app.close().catch(() => {}));
    return app;
  }

  return {
    slack,
    openStore: open,
    startOn,
    start: async (mode, say, options) => startOn(await open(options), say, { ...options, mode }),
    async close() {
      for (const close of opened.splice(0).reverse()) await close();
      await slack.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Says what it was asked; of what is overheard only what holds "5.1.1". */
export const yes: Say = (request) =>
  request.overheard && !request.text.includes("5.1.1") ? null : anAnswer(`About ${request.command}`);

/** Works on it for ever, as an instance that dies meanwhile does. */
export const never: Say = async function* () {
  yield { progress: [{ id: "spf", label: "SPF", state: "running" }] };
  await new Promise(() => {});
};

/** How many questions were asked of all of them. */
export function asked(...apps: readonly SlackApp[]): number {
  return apps.reduce((sum, app) => sum + app.asked.length, 0);
}
