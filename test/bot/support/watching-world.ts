import { onTestFinished } from "vitest";
import { createBlocklists } from "../../../src/blocklist/index.ts";
import type { Answer } from "../../../src/bot/answer.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import type { Request } from "../../../src/bot/request.ts";
import type { Services } from "../../../src/bot/services.ts";
import { createWatchChecks } from "../../../src/bot/watch-checks.ts";
import { createWatchPosting } from "../../../src/bot/watch-posting.ts";
import { createWatching, type PostedNotice, type Poster, type Watching } from "../../../src/bot/watching.ts";
import type { Resolver } from "../../../src/dns/index.ts";
import type { Jobs } from "../../../src/jobs/index.ts";
import { openStore, type Store, type WatchPlace, type WatchTarget } from "../../../src/store/index.ts";
import { knownZones, livingLists } from "../../support/blocklist-zones.ts";
import type { DnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { finalOf, request } from "../../support/requests.ts";
import { aServer, asking } from "../../support/resolver.ts";
import { PATIENCE, ZONES } from "../../watch/support/watched.ts";

export const HOUR = 60 * 60_000;
export const DAY = 24 * HOUR;

export interface Posted extends PostedNotice {
  readonly place: string;
  readonly wayBack: unknown;
  readonly title: string;
  readonly answer: Answer;
}

/** A platform that keeps what is posted, and ends as it is told to. */
export interface FakePoster extends Poster {
  readonly posted: Posted[];
  /** What the next posts end in; `posted` after these. A function may take its time, or throw. */
  next: ("posted" | "later" | "gone" | (() => Promise<"posted" | "later" | "gone">))[];
  reachable: { ok: true } | { ok: false; how: string };
}

export function fakePoster(platform: Poster["platform"]): FakePoster {
  const poster: FakePoster = {
    platform,
    posted: [],
    next: [],
    reachable: { ok: true },
    reach: async () => poster.reachable,
    async post({ tenant, conversation }, wayBack, answer, notice) {
      const end = poster.next.shift() ?? "posted";
      const place = `${platform} ${tenant} ${conversation}`;
      if (end === "posted") poster.posted.push({ ...notice, place, wayBack, title: answer.title, answer });
      return typeof end === "function" ? end() : end;
    },
  };
  return poster;
}

/** Jobs that wait until a test runs them. */
export interface HandJobs extends Pick<Jobs, "add" | "work"> {
  readonly waiting: Map<string, object>;
  /** Runs all that wait; how many there were. */
  run(): Promise<number>;
}

export function handJobs(): HandJobs {
  const waiting = new Map<string, object>();
  let handle: Parameters<Jobs["work"]>[1] | undefined;
  return {
    waiting,
    async add(queue, key, data) {
      if (!waiting.has(`${queue} ${key}`)) waiting.set(`${queue} ${key}`, data);
    },
    async work(_queue, handler) {
      handle = handler;
    },
    async run() {
      const jobs = [...waiting];
      for (const [key, data] of jobs) {
        await handle?.(JSON.parse(JSON.stringify(data)), { signal: new AbortController().signal });
        waiting.delete(key);
      }
      return jobs.length;
    },
  };
}

export interface WatchingWorld {
  readonly server: DnsServer;
  /** How often a question such as `MX example.org` was asked, whatever the resolver sent for it. */
  looks(question: string): number;
  readonly services: Services;
  readonly store: Store;
  readonly slack: FakePoster;
  readonly teams: FakePoster;
  readonly jobs: HandJobs;
  readonly watching: Watching;
  readonly logged: { message: string; fields: object }[];
  now: number;
  publish(zone: Zone): void;
  /** Asks the bot in a conversation of Slack or Teams. */
  ask(text: string, part?: Partial<Request>): Promise<Awaited<ReturnType<typeof finalOf>>>;
  /** Goes on to the next check of a target, makes it, and posts what there is to say. */
  step(target?: WatchTarget): Promise<void>;
  checks(store?: Store): ReturnType<typeof createWatchChecks>;
  posting(posters?: readonly FakePoster[], store?: Store): ReturnType<typeof createWatchPosting>;
}

export const DOMAIN_TARGET: WatchTarget = { kind: "domain", name: "partner.example" };
export const CHANNEL: WatchPlace = { platform: "slack", tenant: "T1", conversation: "C1" };

export interface WorldOptions {
  /** A file or a PostgreSQL database for the store, else memory. */
  readonly path?: string;
  readonly url?: string;
  readonly limits?: { tenant?: number; conversation?: number };
}

/** A bot with a store, a DNS server that holds lists beside what is published, and platforms to post to. */
export async function watchingWorld(zone: Zone, options: WorldOptions = {}): Promise<WatchingWorld> {
  const alive = livingLists(ZONES);
  const server = await aServer({ ...alive, ...zone });
  const patient = asking([server], PATIENCE);
  const asked: string[] = [];
  const resolver: Resolver = {
    ...patient,
    resolve: (name, type, options) => {
      asked.push(`${type} ${name}`);
      return patient.resolve(name, type, options);
    },
  };
  const store = await openStore({ now: () => world.now, path: options.path, url: options.url });
  onTestFinished(() => store.close());
  const [slack, teams] = [fakePoster("slack"), fakePoster("teams")];
  const logged: WatchingWorld["logged"] = [];
  const log = {
    info: (fields: object, message: string) => void logged.push({ fields, message }),
    warn: (fields: object, message: string) => void logged.push({ fields, message }),
    error: (fields: object, message: string) => void logged.push({ fields, message }),
  };
  const blocklists = createBlocklists({ ...knownZones(ZONES), resolver, clock: () => world.now });
  const services: Services = {
    knowledge: () => Promise.reject(new Error("not used here")),
    resolver: async () => resolver,
    blocklists: async () => blocklists,
    watching: () => watching,
  };
  const jobs = handJobs();
  const random = () => 0.5;
  const watching = createWatching({
    store,
    services,
    jobs,
    log,
    now: () => world.now,
    random,
    ...(options.limits && { limits: options.limits }),
  });
  watching.addPoster(slack);
  watching.addPoster(teams);
  const bot = createBot({ commands, services });

  const world: WatchingWorld = {
    server,
    looks: (name) => asked.filter((question) => question === name).length,
    services,
    store,
    slack,
    teams,
    jobs,
    watching,
    logged,
    now: Date.UTC(2026, 10, 3, 9),
    publish: (other) => server.serve({ ...alive, ...other }),
    ask: (text, part = {}) =>
      finalOf(
        bot,
        request({
          command: "watch",
          text,
          place: { ...CHANNEL, private: true },
          asker: { id: "U1" },
          wayBack: { channel: "C1" },
          ...part,
        }),
      ),
    async step(target = DOMAIN_TARGET) {
      const due = await store.watches.state(target);
      world.now = Math.max(world.now, due?.state.nextCheckAt ?? 0);
      await world.checks().check(target, new AbortController().signal);
      await world.posting().postDue();
    },
    checks: (other = store) =>
      createWatchChecks({ store: other, services, log, now: () => world.now, random }),
    posting: (posters = [slack, teams], other = store) =>
      createWatchPosting({
        store: other,
        posters: new Map(posters.map((poster) => [poster.platform, poster])),
        log,
        now: () => world.now,
        random,
      }),
  };
  return world;
}
