import type { Settings, WatchPlace } from "../../src/store/index.ts";
import { type Activity, splitThread } from "./activity.ts";
import type { Context } from "./context.ts";

/**
 * Where Postie was removed from a team, Teams names the team and not its channels. So each channel that watches something has a
 * setting that names its team.
 */
function teamSetting(conversation: string): string {
  return `team of ${conversation}`;
}

/** Notes which team a channel belongs to, so that its watches end with the team. */
export async function noteTeam(
  settings: Settings,
  { platform, tenant, conversation }: WatchPlace,
  { channelData }: Activity,
): Promise<void> {
  const team = channelData?.team?.id;
  if (team) await settings.set({ platform, tenant }, teamSetting(conversation), team);
}

/** Ends the watches of what an activity says is gone: a chat, a channel, or all channels of a team. */
export async function endWatches(activity: Activity, context: Context): Promise<void> {
  const { owner, log, watching } = context;
  if (!watching) return;
  for (const conversation of await goneConversations(activity, context)) {
    await watching.ended({ ...owner, conversation });
    await context.settings.delete(owner, teamSetting(conversation));
  }
  log.info(
    { event: activity.channelData?.eventType ?? activity.action },
    "Postie was removed: watches there ended",
  );
}

async function goneConversations(activity: Activity, context: Context): Promise<string[]> {
  const { type, conversation, channelData } = activity;
  const channel = channelData?.channel?.id;
  const team = channelData?.team?.id;
  // An event that names a channel is of that channel; an installation names the one that was chosen then, and is of the team.
  if (channel && channel !== team && type === "conversationUpdate") return [channel];
  const own = splitThread(conversation.id).id;
  if (!team) return [own];
  return [...new Set([own, team, ...(await watchingChannels(team, context))])];
}

const PAGE = 200;

/** The channels of a team that watch something. */
async function watchingChannels(team: string, { owner, settings, watches }: Context): Promise<string[]> {
  const channels: string[] = [];
  let after: WatchPlace = { ...owner, conversation: "" };
  for (;;) {
    const places = await watches.places(owner.platform, after, PAGE);
    for (const place of places) {
      if (place.tenant !== owner.tenant) return channels;
      if ((await settings.get(owner, teamSetting(place.conversation))) === team)
        channels.push(place.conversation);
    }
    const last = places.at(-1);
    if (!last || places.length < PAGE) return channels;
    after = last;
  }
}
