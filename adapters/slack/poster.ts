/** Posts on Postie's own initiative: what a watch has to say. */
import type { Logger } from "pino";
import { z } from "zod";
import type { Answer } from "../../src/bot/answer.ts";
import type { PostedNotice, Poster } from "../../src/bot/watching.ts";
import { SealError, StoreUnavailable, type WatchPlace } from "../../src/store/index.ts";
import { MaybePosted, patiently, SlackRefusal } from "./calls.ts";
import { channelOutlet } from "./channel-outlet.ts";
import { describeFault } from "./faults.ts";
import { isRefusal } from "./outlet.ts";
import { present } from "./present.ts";
import type { WayBack } from "./question.ts";
import type { WebApi } from "./web-api.ts";
import type { Workspace, Workspaces } from "./workspaces.ts";

const wayBackSchema: z.ZodType<WayBack> = z.object({ channel: z.string() });

export interface PosterOptions {
  readonly workspaces: Workspaces;
  /** Whether Slack takes blocks that open on a click; false from the first refusal on. */
  readonly blocks: { folds: boolean };
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Slack's words for a conversation that is gone, or that Postie is not in any more, and for a workspace that removed it. */
const GONE =
  /^(channel_not_found|is_archived|not_in_channel|user_not_found|user_disabled|cannot_dm_bot|account_inactive|token_revoked|team_not_found|team_access_not_granted)$/;

const INVITE = "Postie is not in this channel. Invite it with /invite @Postie, then ask again.";
const ARCHIVED = "This channel is archived, so nothing can be posted in it.";
const NOT_OURS =
  "Postie cannot post in a conversation between others. Ask in a channel that it is in, or in a direct message with it.";
const NOT_NOW = "Slack did not tell whether Postie may post here. Ask again in a minute.";

export function createPoster({ workspaces, blocks, log, signal }: PosterOptions): Poster {
  const workspaceOf = ({ tenant }: WatchPlace) =>
    workspaces.find({ team: tenant, enterprise: null, orgWide: false });

  return {
    platform: "slack",
    async reach(place, wayBack) {
      const channel = channelOf(place, wayBack);
      // Direct messages with a person are always open.
      if (/^[UW]/.test(channel)) return { ok: true };
      try {
        const workspace = await workspaceOf(place);
        const how = workspace ? await whyNot(workspace.api, channel, log) : NOT_OURS;
        return how === null ? { ok: true } : { ok: false, how };
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        log.warn(describeFault(error), "it could not be seen whether Postie may post");
        return { ok: false, how: NOT_NOW };
      }
    },
    async post(place, wayBack, answer, notice) {
      try {
        const workspace = await workspaceOf(place);
        if (!workspace) return "gone";
        return await post(workspace, channelOf(place, wayBack), answer, notice);
      } catch (error) {
        if (isRefusal(error, GONE)) return "gone";
        // Nobody knows whether it is there.
        if (error instanceof MaybePosted) throw error;
        log.warn({ notice: notice.id, ...describeFault(error) }, "a notice could not be posted yet");
        if (error instanceof SealError)
          log.error({ tenant: place.tenant }, "an installation cannot be opened");
        return "later";
      }
    },
  };

  async function post(
    { api }: Workspace,
    channel: string,
    answer: Answer,
    { id, maybePosted, createdAt }: PostedNotice,
  ): Promise<"posted"> {
    const outlet = channelOutlet({
      api,
      channel,
      mark: { event_type: "postie_notice", event_payload: { notice: id } },
      since: String(Math.floor(createdAt / 1_000) - 60),
      log,
      signal,
    });
    // Where Slack does not tell, it is posted: rather twice than never.
    if (maybePosted && (await outlet.isAnswered())) return "posted";
    let begun = false;
    const noting = {
      ...outlet,
      async show(message: Parameters<typeof outlet.show>[0]) {
        await outlet.show(message);
        begun = true;
      },
    };
    await present(noting, answer, { blocks, log }).catch((error: unknown) => {
      // What is missing below is not worth posting it all again.
      if (!begun) throw error;
      log.warn({ notice: id, ...describeFault(error) }, "a notice was posted in part");
    });
    return "posted";
  }
}

function channelOf(place: WatchPlace, wayBack: unknown): string {
  const parsed = wayBackSchema.safeParse(wayBack);
  return parsed.success ? parsed.data.channel : place.conversation;
}

const conversation = z.object({
  channel: z.object({
    is_member: z.boolean().nullish(),
    is_archived: z.boolean().nullish(),
    is_im: z.boolean().nullish(),
    is_mpim: z.boolean().nullish(),
  }),
});

/** Why Postie may not post in a channel and how to make it so; `null` when it may. */
async function whyNot(api: WebApi, channel: string, log: Logger): Promise<string | null> {
  try {
    const info = conversation.parse(await patiently(() => api.call("conversations.info", { channel }), log));
    const { is_member, is_archived, is_im, is_mpim } = info.channel;
    if (is_archived) return ARCHIVED;
    return is_member || is_im || is_mpim ? null : INVITE;
  } catch (error) {
    if (!isRefusal(error, /^(missing_scope|channel_not_found|method_not_supported_for_channel_type)$/))
      throw error;
  }
  // Of direct messages Slack tells nothing without a scope for that alone, but it hands out what may be read.
  return whyNotRead(api, channel, log);
}

async function whyNotRead(api: WebApi, channel: string, log: Logger): Promise<string | null> {
  try {
    await patiently(() => api.call("conversations.history", { channel, limit: 1 }), log);
    return null;
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return channel.startsWith("D") ? NOT_OURS : INVITE;
  }
}
