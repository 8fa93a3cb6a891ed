/** What Slack gave out when Postie was installed: one installation for a workspace, or one for a whole organisation. */
import type { Installation, InstallationQuery, InstallationStore } from "@slack/bolt";
import { z } from "zod";
import { type Owner, SealError, type Store } from "../../src/store/index.ts";
import type { Source } from "./source.ts";
import { untilStored } from "./store-patience.ts";

const bot = z.object({
  token: z.string(),
  /** Of tokens that expire, and when that is, in seconds since 1970. */
  refreshToken: z.string().optional(),
  expiresAt: z.number().optional(),
  id: z.string(),
  userId: z.string(),
  scopes: z.array(z.string()),
});
const named = z.object({ id: z.string(), name: z.string().optional() });

/** An installation as it is stored: Bolt's own, of which a user's token is left out, since Postie never acts for a person. */
const installed = z.object({
  authVersion: z.literal("v2"),
  isEnterpriseInstall: z.boolean(),
  team: named.optional(),
  enterprise: named.optional(),
  enterpriseUrl: z.string().optional(),
  appId: z.string().optional(),
  tokenType: z.literal("bot").optional(),
  user: z.object({ id: z.string() }),
  bot,
  /** Milliseconds since 1970; stays the same when tokens are renewed. */
  installedAt: z.number(),
});
export type Installed = z.infer<typeof installed>;

/** What stands in the store for a workspace that is served by the installation of its organisation. */
const servedBy = z.object({ servedBy: z.string() });

/** An installation with whom it belongs to: a workspace, or an organisation. */
export interface Found {
  readonly owner: Owner;
  readonly installed: Installed;
}

export interface Installations {
  /**
   * The installation that serves a workspace; `null` when there is none.
   * @throws {StoreUnavailable}
   * @throws {SealError} when what is stored was changed, or encrypted with a secret that is not known
   */
  find(source: Source): Promise<Found | null>;
  /** The installation of a workspace or organisation itself. */
  of(owner: Owner): Promise<Installed | null>;
  /** The workspaces that the installation of an organisation has served. */
  workspacesOf(enterprise: string): Promise<Owner[]>;
  /** The store as Bolt wants it. */
  readonly forBolt: InstallationStore;
}

export interface InstallationsOptions {
  readonly store: Store;
  /** Ends waiting for a store that is away. */
  readonly signal: AbortSignal;
  /** Told of each new installation, which may be one that takes the place of another. */
  readonly onInstalled: (owner: Owner) => void;
}

/**
 * A token that was renewed must get into the store: the one before is used up. This is waited for as long as nobody else tries
 * to renew it.
 */
export const SAVING_MS = 2 * 60_000;

/** Somebody waits in front of a browser, and can do it again. */
const INSTALLING_MS = 8_000;

export function createInstallations({ store, signal, onInstalled }: InstallationsOptions): Installations {
  const { installations } = store;

  async function of(owner: Owner): Promise<Installed | null> {
    return parsed(installed, await installations.get(owner));
  }

  async function findOrgWide(enterprise: string): Promise<Found | null> {
    const owner = slackOwner(enterprise);
    const found = await of(owner);
    return found && { owner, installed: found };
  }

  /** So that it can be found by the workspace alone, and deleted with the organisation's. */
  async function noteServed(team: string, enterprise: string): Promise<void> {
    if (team === enterprise) return;
    const link: z.infer<typeof servedBy> = { servedBy: enterprise };
    await installations.putIfAbsent(slackOwner(team), link);
  }

  return {
    of,
    async find({ team, enterprise, orgWide }) {
      if (orgWide && enterprise !== null) {
        const found = await findOrgWide(enterprise);
        if (found) {
          await noteServed(team, enterprise);
          return found;
        }
      }
      const owner = slackOwner(team);
      const stored = await installations.get(owner);
      const own = parsed(installed, stored);
      if (own) return { owner, installed: own };
      const link = parsed(servedBy, stored);
      return link ? findOrgWide(link.servedBy) : null;
    },
    async workspacesOf(enterprise) {
      const owners: Owner[] = [];
      for (const owner of await installations.all("slack")) {
        // What cannot be opened any more is nobody's, and is left to whom it belongs.
        const stored = await installations.get(owner).catch(unlessAway);
        if (parsed(servedBy, stored)?.servedBy === enterprise) owners.push(owner);
      }
      return owners;
    },
    forBolt: {
      async storeInstallation(given: Installation) {
        const { owner, kept, isNew } = toStore(given);
        const patienceMs = isNew ? INSTALLING_MS : SAVING_MS;
        await untilStored(() => installations.put(owner, kept), { signal, patienceMs });
        if (isNew) onInstalled(owner);
      },
      async fetchInstallation(query: InstallationQuery<boolean>) {
        const id = query.isEnterpriseInstall ? query.enterpriseId : query.teamId;
        const found = id === undefined ? null : await of(slackOwner(id));
        if (!found) throw new Error("Postie is not installed there");
        return forBolt(found);
      },
    },
  };
}

export function slackOwner(tenant: string): Owner {
  return { platform: "slack", tenant };
}

/** Bolt's type knows installations of workspaces and of organisations only apart. */
function forBolt(found: Installed): Installation {
  return { ...found, user: { ...found.user, token: undefined, scopes: undefined } } as Installation;
}

function unlessAway(error: unknown): null {
  if (error instanceof SealError) return null;
  throw error;
}

function toStore(given: Installation): { owner: Owner; kept: Installed; isNew: boolean } {
  const id = given.isEnterpriseInstall ? given.enterprise?.id : given.team?.id;
  const before = z.object({ installedAt: z.number() }).safeParse(given);
  const kept = parsed(installed, {
    ...given,
    isEnterpriseInstall: given.isEnterpriseInstall ?? false,
    user: { id: given.user.id },
    installedAt: before.success ? before.data.installedAt : Date.now(),
  });
  if (id === undefined || !kept) throw new Error("Slack gave out no token of a bot");
  return { owner: slackOwner(id), kept, isNew: !before.success };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T | null {
  const result = schema.safeParse(value);
  return result.success ? result.data : null;
}
