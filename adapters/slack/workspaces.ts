/** The workspaces that Postie serves: the one that it was given a token for, or all that have installed it. */
import type { webApi as slackWebApi } from "@slack/bolt";
import type { Logger } from "pino";
import type { Owner, Store } from "../../src/store/index.ts";
import { SlackAway } from "./calls.ts";
import { createFileFetcher, type FileFetcher, type InTurn } from "./files.ts";
import type { Found, Installations } from "./installations.ts";
import type { Locales } from "./locales.ts";
import type { Source } from "./source.ts";
import { fixedToken, type Renew, rotatingTokens, type Tokens } from "./tokens.ts";
import { type WebApi, webApi } from "./web-api.ts";

/** Who the bot is in a workspace. */
export interface Identity {
  readonly botUserId: string;
  readonly botId: string;
}

/** One installation with what it takes to speak there. Nothing of it is shared with another. */
export interface Workspace {
  readonly identity: Identity;
  readonly api: WebApi;
  readonly files: FileFetcher;
  readonly locales: Locales;
}

export interface Workspaces {
  /**
   * @returns `null` where Postie is not installed
   * @throws {StoreUnavailable}
   * @throws {SlackAway} where it takes Slack to know, which was never reached
   * @throws {SealError} when the installation cannot be opened
   */
  find(source: Source): Promise<Workspace | null>;
  /** What is known without asking the store. */
  known(source: Source): Workspace | null;
  /** Lets go of what is known of a workspace or organisation, such as after a new installation. */
  drop(owner: Owner): void;
  /** Looks whether installations that are known are still there; to be called often, and does it now and then. */
  refresh(): Promise<void>;
}

export interface Speaking {
  /** Without a token of its own. */
  readonly client: slackWebApi.WebClient;
  /** Another Web API than Slack's, with a final slash. */
  readonly apiUrl: string | undefined;
  /** Messages whose files are fetched wait for each other, whatever workspace they are of. */
  readonly inTurn: InTurn;
  /** The languages that are known are counted for all workspaces together. */
  readonly localesOf: (api: WebApi) => Locales;
  readonly log: Logger;
}

function speaking(
  identity: Identity,
  tokens: Tokens,
  { client, apiUrl, inTurn, localesOf, log }: Speaking,
): Workspace {
  const api = webApi(client, tokens);
  return {
    identity,
    api,
    files: createFileFetcher({ api, tokens, apiUrl, log, inTurn }),
    locales: localesOf(api),
  };
}

/**
 * The workspace, or organisation, of one configured token.
 * @param identity `null` until Slack has told it
 */
export function oneWorkspace(identity: () => Identity | null, token: string, options: Speaking): Workspaces {
  let workspace: Workspace | null = null;
  function known(): Workspace | null {
    const who = identity();
    if (who) workspace ??= speaking(who, fixedToken(token), options);
    return workspace;
  }
  return {
    known,
    async find() {
      const found = known();
      if (!found) throw new SlackAway();
      return found;
    },
    drop: () => {},
    refresh: async () => {},
  };
}

export interface ManyWorkspaces extends Speaking {
  readonly store: Store;
  readonly installations: Installations;
  readonly renew: Renew;
  readonly signal: AbortSignal;
  /** Told of the tenants of which nothing may be kept in memory any more. */
  readonly onDropped: (tenants: readonly string[]) => void;
}

/** A few kilobytes each: people's languages are kept in a place that all share. */
const MOST_KNOWN = 500;
/** After this it is read anew: another instance may have been told that it is gone. */
const KNOWN_FOR_MS = 5 * 60_000;
const REFRESH_EVERY_MS = 60_000;

interface Known {
  readonly owner: Owner;
  readonly installedAt: number;
  readonly workspace: Workspace;
  readAt: number;
}

function isRecent(at: number): boolean {
  return Date.now() - at < KNOWN_FOR_MS;
}

/** All workspaces that have installed Postie. */
export function manyWorkspaces(options: ManyWorkspaces): Workspaces {
  const { store, installations, renew, log, signal, onDropped } = options;
  // By the tenant of the installation, the one that was used last at the end; and which workspaces an organisation's serves.
  const known = new Map<string, Known>();
  const servedBy = new Map<string, { readonly by: string; readonly notedAt: number }>();
  let refreshedAt = Date.now();

  function lookUp({ team, enterprise, orgWide }: Source): Known | undefined {
    const tenant = orgWide && enterprise !== null ? enterprise : (servedBy.get(team)?.by ?? team);
    return known.get(tenant);
  }

  /**
   * That an organisation's installation serves a workspace is noted with its first delivery; and now and then again, since another
   * instance may have been told that it is not served any more, before it was served anew.
   */
  function isNoted({ team }: Source, { owner }: Known): boolean {
    const served = servedBy.get(team);
    return owner.tenant === team || (served?.by === owner.tenant && isRecent(served.notedAt));
  }

  function used(entry: Known): Workspace {
    known.delete(entry.owner.tenant);
    known.set(entry.owner.tenant, entry);
    return entry.workspace;
  }

  function remember({ owner, installed }: Found, { team }: Source): Workspace {
    let entry = known.get(owner.tenant);
    if (entry?.installedAt !== installed.installedAt) {
      if (entry) drop(owner);
      const { id: botId, userId: botUserId } = installed.bot;
      const tokens = rotatingTokens({ owner, installed, installations, store, renew, log, signal });
      const workspace = speaking({ botId, botUserId }, tokens, options);
      entry = { owner, installedAt: installed.installedAt, workspace, readAt: 0 };
    }
    entry.readAt = Date.now();
    if (owner.tenant !== team) servedBy.set(team, { by: owner.tenant, notedAt: Date.now() });
    used(entry);
    const [oldest] = known.values();
    if (known.size > MOST_KNOWN && oldest) drop(oldest.owner);
    return entry.workspace;
  }

  function drop({ tenant }: Owner): void {
    const served = [...servedBy].filter(([, { by }]) => by === tenant).map(([team]) => team);
    for (const team of [tenant, ...served]) servedBy.delete(team);
    known.get(tenant)?.workspace.locales.drop();
    known.delete(tenant);
    onDropped([tenant, ...served]);
  }

  return {
    known: (source) => lookUp(source)?.workspace ?? null,
    async find(source) {
      const entry = lookUp(source);
      if (entry && isRecent(entry.readAt) && isNoted(source, entry)) return used(entry);
      const found = await installations.find(source);
      if (found) return remember(found, source);
      if (entry) drop(entry.owner);
      return null;
    },
    drop,
    async refresh() {
      if (Date.now() - refreshedAt < REFRESH_EVERY_MS) return;
      refreshedAt = Date.now();
      for (const entry of [...known.values()]) {
        if (isRecent(entry.readAt)) continue;
        const installed = await installations.of(entry.owner);
        if (installed?.installedAt === entry.installedAt) entry.readAt = Date.now();
        else drop(entry.owner);
      }
    },
  };
}
