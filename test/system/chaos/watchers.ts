/** Who watches what while the storm goes on, and what they are told. */
import type { FakeChannel } from "../../support/fake-slack-state.ts";
import type { Storm } from "./storm.ts";
import type { TeamsAskers } from "./teams-askers.ts";

export interface Watchers {
  /** How many watches there should be. */
  readonly count: number;
  /** Begins all watches, and waits until all is known of what is watched. */
  begin(): Promise<void>;
  /** Watches that there are in the store. */
  stored(): Promise<number>;
  /** What was told of the change in each place where the domain that changes is watched. */
  changesTold(): string[][];
  /** What was told where nothing changed. */
  otherwiseTold(): string[];
  /** The time of all checks has come. */
  checkNow(): Promise<void>;
}

/**
 * @param changing the domain that will change its DMARC record, watched in three channels of Slack and two chats of Teams
 * @param steady domains that do not, each watched in a channel of its own
 */
export function createWatchers(
  storm: Storm,
  teams: TeamsAskers,
  changing: string,
  steady: readonly string[],
): Watchers {
  const { slack, server, url } = storm;
  const channels = Array.from({ length: 3 }, () => slack.channel());
  const chats = ["a:watch-1", "a:watch-2"];
  const quiet = steady.map(() => slack.channel());
  const count = channels.length + chats.length + quiet.length;

  const watch = (channel: FakeChannel, name = "") =>
    slack.command({ command: "/watch", text: name, channel });
  const counted = async (sql: string) => Number((await server.query(url, sql))[0]?.count);
  const stored = () => counted("SELECT COUNT(*) AS count FROM watch");
  const known = () => counted("SELECT COUNT(*) AS count FROM watch_target WHERE known IS NOT NULL");
  const texts = (channel: FakeChannel) => channel.messages.map(({ text }) => text);

  return {
    count,
    stored,
    async begin() {
      for (const channel of channels) await watch(channel, changing);
      for (const [index, channel] of quiet.entries()) await watch(channel, steady[index]);
      for (const chat of chats) await teams.say(chat, `watch ${changing}`);
      await until(async () => (await stored()) === count, 20_000);
      await until(async () => (await known()) === 1 + steady.length, 40_000);
    },
    changesTold: () =>
      [...channels.map(texts), ...chats.map((chat) => teams.seen(chat).map(({ text }) => text))].map((told) =>
        told.filter((text) => /DMARC/i.test(text) && !/is watched/.test(text)),
      ),
    otherwiseTold: () =>
      quiet
        .flatMap(({ messages }) => messages)
        .filter(({ user, text }) => user === slack.state.botUser && !/watched/.test(text))
        .map(({ text }) => text),
    async checkNow() {
      await server.query(url, "UPDATE watch_target SET next_check_at = 1").catch(() => {});
    },
  };
}

export async function until(condition: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition()) && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 100));
}
