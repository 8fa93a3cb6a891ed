/** People who press buttons, honestly or not, and what they are answered. */
import type { FakeSlack } from "./fake-slack.ts";
import type { FakeChannel, FakeMessage } from "./fake-slack-state.ts";
import { said } from "./slack-app.ts";

/** The last of so many messages that the app posted in a channel. */
export async function answerIn(channel: FakeChannel, count = 1): Promise<FakeMessage> {
  const answer = (await said(channel, count)).at(-1);
  if (!answer) throw new Error("no answer");
  return answer;
}

/** A press of a button that carries what it did not get: the ids are another workspace's. */
export function forgedPress(
  slack: FakeSlack,
  value: Record<string, unknown> | string,
  actionId: string,
  channel: FakeChannel,
  user = "U0EVE",
) {
  return slack.interact(
    {
      type: "block_actions",
      user: { id: user, team_id: channel.team },
      container: { type: "message", is_ephemeral: true },
      channel: { id: channel.id },
      response_url: slack.api.responseUrl({ channel: channel.id, user }),
      actions: [
        {
          action_id: actionId,
          value: typeof value === "string" ? value : JSON.stringify(value),
          action_ts: slack.state.nextTs(),
        },
      ],
    },
    channel.team,
  );
}
