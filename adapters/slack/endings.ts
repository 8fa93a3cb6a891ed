/** The ends of things: of the app in a workspace, and of channels. What belongs to them is deleted. */
import type { Logger } from "pino";
import { z } from "zod";
import type { Watching } from "../../src/bot/watching.ts";
import { type Owner, SealError, type Store } from "../../src/store/index.ts";
import { wait } from "./calls.ts";
import type { Context } from "./context.ts";
import { describeFault } from "./faults.ts";
import { type Installations, slackOwner } from "./installations.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import { isRefusal } from "./outlet.ts";
import type { Recent } from "./recent.ts";
import type { Replied } from "./reply.ts";
import type { Source } from "./source.ts";
import { untilStored } from "./store-patience.ts";
import type { Workspaces } from "./workspaces.ts";

/** Events that the app was removed. */
export const REMOVALS = ["app_uninstalled", "tokens_revoked", "team_access_revoked"] as const;

/** Events that a channel has ended, or is not the bot's any more. */
export const CHANNEL_ENDS = [
  "channel_archive",
  "channel_deleted",
  "channel_left",
  "group_archive",
  "group_deleted",
  "group_left",
  "member_left_channel",
] as const;

const removal = z.object({
  /** In seconds since 1970. */
  event_time: z.number().optional(),
  event: z.object({
    type: z.enum(REMOVALS),
    tokens: z.object({ bot: z.array(z.string()).nullish() }).nullish(),
    team_ids: z.array(z.string()).nullish(),
  }),
});

/** What of a removal is to be worked on; `null` when it is about a person's token only. */
export function keepRemoval(body: unknown): unknown {
  const parsed = removal.safeParse(body);
  if (!parsed.success) return null;
  const { type, tokens } = parsed.data.event;
  return type === "tokens_revoked" && !tokens?.bot?.length ? null : parsed.data;
}

export interface Removing {
  readonly store: Store;
  /** Where each workspace has its own installation. */
  readonly installations: Installations | undefined;
  readonly workspaces: Workspaces;
  readonly kept: KeptAnswers;
  readonly recent: Recent;
  readonly watching: Watching | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** After how many milliseconds it is deleted once more; default {@link ONCE_MORE_MS}. */
  readonly onceMoreMs?: number;
}

/** What was under way in some instance when Postie was removed is over by then. */
const ONCE_MORE_MS = 60_000;

/**
 * Deletes everything of a workspace, or of an organisation and the workspaces that its installation served, when Postie was removed
 * there. A removal that is older than the installation is of the one before, for Slack repeats events and keeps no order.
 */
export async function handleRemoval(removing: Removing, source: Source, kept: unknown): Promise<Replied> {
  const parsed = removal.safeParse(kept);
  if (!parsed.success) return "silent";
  const { event, event_time } = parsed.data;
  const { signal, log } = removing;
  const patiently = <T>(work: () => Promise<T>) => untilStored(work, { signal });
  if (event.type === "team_access_revoked") {
    for (const team of event.team_ids ?? []) await patiently(() => forgetServed(removing, slackOwner(team)));
    return "answered";
  }
  const owner = slackOwner(source.orgWide ? (source.enterprise ?? source.team) : source.team);
  if (await patiently(() => isOfBefore(removing, owner, event_time))) {
    log.info({ tenant: owner.tenant }, "a removal was of an earlier installation");
    return "answered";
  }
  if (event.type === "tokens_revoked" && (await stillSpeaks(removing, source))) return "answered";
  const served = (await patiently(async () => removing.installations?.workspacesOf(owner.tenant))) ?? [];
  for (const each of [...served, owner]) await patiently(() => forget(removing, each));
  forgetOnceMore(removing, [...served, owner]);
  return "answered";
}

async function isOfBefore({ installations }: Removing, owner: Owner, eventTime: number | undefined) {
  if (!installations || eventTime === undefined) return false;
  const installed = await installations.of(owner).catch((error: unknown) => {
    // What cannot be opened is deleted all the same.
    if (error instanceof SealError) return null;
    throw error;
  });
  return installed !== null && Math.floor(installed.installedAt / 1_000) > eventTime;
}

/** Slack's words for a token that will never be good again. */
const REVOKED = /^(invalid_auth|not_authed|token_revoked|account_inactive)$/;
/** How often Slack is asked whether it is, and the pause after the first time, which doubles. */
const TRIES = 8;
const FIRST_PAUSE_MS = 1_000;

/**
 * A token that has expired or was replaced may be told of as revoked, while Postie has a good one. Nothing is deleted before that is
 * known.
 */
async function stillSpeaks({ workspaces, log, signal }: Removing, source: Source): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      const workspace = await untilStored(() => workspaces.find(source), { signal });
      await workspace?.api.call("auth.test", {});
      return workspace !== null;
    } catch (error) {
      if (error instanceof SealError || isRefusal(error, REVOKED)) return false;
      log.warn(
        { tenant: source.team, ...describeFault(error) },
        "it could not be seen whether a token is good",
      );
    }
    await wait(FIRST_PAUSE_MS * 2 ** (tries - 1), signal);
  }
  return true;
}

/** A workspace may have an installation of its own besides, which stays. */
async function forgetServed(removing: Removing, owner: Owner): Promise<void> {
  const own = await removing.installations?.of(owner);
  if (!own) await forget(removing, owner);
}

async function forget(removing: Removing, owner: Owner): Promise<void> {
  const { store, workspaces, kept, recent, watching, log } = removing;
  await watching?.ended(owner);
  const rows = await store.forget(owner);
  workspaces.drop(owner);
  kept.forget(owner.tenant);
  recent.forget(owner.tenant);
  log.info({ tenant: owner.tenant, rows }, "Postie was removed: everything of the workspace was deleted");
}

/** What was under way may have been written after the deletion, such as a setting. A workspace that is back by then keeps its own. */
function forgetOnceMore(removing: Removing, owners: readonly Owner[]): void {
  const { store, installations, signal, log, onceMoreMs = ONCE_MORE_MS } = removing;
  const again = async () => {
    await wait(onceMoreMs, signal);
    for (const owner of owners) {
      if (await installations?.of(owner)) continue;
      const rows = await untilStored(() => store.forget(owner), { signal });
      if (rows > 0) log.info({ tenant: owner.tenant, rows }, "what was written meanwhile was deleted, too");
    }
  };
  again().catch((error: unknown) => {
    if (!signal.aborted) log.warn(describeFault(error), "it was not looked once more for what is left");
  });
}

const channelEnd = z.object({
  type: z.enum(CHANNEL_ENDS),
  channel: z.string(),
  user: z.string().nullish(),
});

/** Of a channel's end what is to be worked on; `null` when somebody else left it. */
export function keepChannelEnd(event: unknown, botUserId: string | undefined): unknown {
  const parsed = channelEnd.safeParse(event);
  if (!parsed.success) return null;
  const { type, user } = parsed.data;
  return type === "member_left_channel" && user !== botUserId ? null : parsed.data;
}

/** Nothing is watched any more where nothing can be told. */
export async function handleChannelEnd(context: Context, event: unknown): Promise<Replied> {
  const parsed = channelEnd.safeParse(event);
  if (!parsed.success) return "silent";
  const { tenant, watching, settings, signal, log } = context;
  const { type, channel } = parsed.data;
  await untilStored(async () => watching?.ended({ ...slackOwner(tenant), conversation: channel }), {
    signal,
  });
  if (type.endsWith("_deleted")) await settings.forget(tenant, channel);
  log.info({ channel, type }, "a channel ended");
  return "answered";
}
