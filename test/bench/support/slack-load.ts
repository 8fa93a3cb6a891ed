/** Slash commands as fast as they are answered, from many people in many channels, over signed HTTP. */
import { randomUUID } from "node:crypto";
import type { FakeSlack } from "../../support/fake-slack.ts";
import { postSigned } from "../../support/fake-slack-delivery.ts";
import type { FakeMessage } from "../../support/fake-slack-state.ts";

export interface Load {
  /** Asks for so many seconds with so many questions under way at a time, or at a pace of so many a second. */
  run(seconds: number, pace: { atOnce: number } | { perSecond: number }): Promise<Outcome>;
}

export interface Outcome {
  readonly answered: number;
  /** Not acknowledged, or not answered within ten seconds. */
  readonly unanswered: number;
  readonly seconds: number;
  /** From asking to the answer, in milliseconds, in order. */
  readonly waits: number[];
}

const QUESTIONS = ["550", "5.7.26 @gmail", "4.7.99", "421 4.7.28", "mailbox full"];
/** So that nobody's limit is reached: 120 questions a minute in a channel. */
const CHANNELS = 600;
const PATIENCE_MS = 10_000;

export function createLoad(slack: FakeSlack, url: string): Load {
  const { state, api } = slack;
  const waiting = new Map<string, () => void>();
  let count = 0;
  const channels = Array.from({ length: CHANNELS }, () => {
    const channel = slack.channel();
    // An answer is told to whoever waits for it, and let go.
    channel.messages.push = (...messages: FakeMessage[]) => {
      for (const { onlyFor = "" } of messages) waiting.get(onlyFor)?.();
      return 0;
    };
    return channel;
  });

  async function ask(): Promise<number | null> {
    count += 1;
    const user = `U${count}`;
    const channel = channels[count % CHANNELS]?.id ?? "";
    const answered = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => answered.resolve(false), PATIENCE_MS);
    waiting.set(user, () => answered.resolve(true));
    const started = performance.now();
    const { status } = await postSigned(
      url,
      state.signingSecret,
      "slash_commands",
      {
        token: "legacy",
        team_id: state.team,
        team_domain: "fake",
        channel_id: channel,
        channel_name: "support",
        user_id: user,
        user_name: "anna",
        command: "/smtp",
        text: QUESTIONS[count % QUESTIONS.length],
        api_app_id: "A0POSTIE",
        is_enterprise_install: "false",
        response_url: api.responseUrl({ channel, user }),
        trigger_id: randomUUID(),
      },
      0,
    );
    const isAnswered = status === 200 && (await answered.promise);
    clearTimeout(timer);
    waiting.delete(user);
    return isAnswered ? performance.now() - started : null;
  }

  return {
    async run(seconds, pace) {
      const started = performance.now();
      const isOver = () => performance.now() - started >= seconds * 1_000;
      const all: (number | null)[] = [];
      if ("atOnce" in pace) {
        await Promise.all(
          Array.from({ length: pace.atOnce }, async () => {
            while (!isOver()) all.push(await ask());
          }),
        );
      } else {
        const asking: Promise<void>[] = [];
        for (let index = 0; !isOver(); ) {
          for (
            const due = ((performance.now() - started) / 1_000) * pace.perSecond;
            index < due;
            index += 1
          ) {
            asking.push(ask().then((wait) => void all.push(wait)));
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await Promise.all(asking);
      }
      const waits = all.filter((wait) => wait !== null).sort((a, b) => a - b);
      // What the fake remembers is let go.
      state.calls.length = 0;
      api.expireResponseUrls();
      return {
        answered: waits.length,
        unanswered: all.length - waits.length,
        seconds: (performance.now() - started) / 1_000,
        waits,
      };
    },
  };
}
