import { isKeepable } from "../../src/bot/keepable.ts";
import type { Activity, Channel, Message } from "./activity.ts";
import { isPersonal } from "./activity.ts";
import type { Card } from "./card.ts";
import type { Context } from "./context.ts";
import { pasteButton } from "./dialogs.ts";
import { receiveFiles } from "./files.ts";
import { fitAnswer } from "./fit.ts";
import { answerInto, askerOf, requestOf } from "./question.ts";
import { endWatches } from "./removal.ts";
import { privateMessage } from "./targeted.ts";
import type { Task } from "./tasks.ts";
import { notKept } from "./told.ts";
import { welcomeMessage } from "./welcome.ts";

export interface PerformOptions {
  /** Another instance had begun it and died. */
  readonly takenOver?: boolean;
  /** What that one had shown of its work. */
  readonly shown?: string | null;
}

/**
 * Does what an activity asks for in its conversation.
 * @throws {LeftUndone}
 */
export async function perform(
  task: Task,
  activity: Activity,
  channel: Channel,
  context: Context,
  options: PerformOptions = {},
): Promise<void> {
  switch (task.kind) {
    case "question":
      return question(task, activity, channel, context, options);
    case "share":
      return share(task, activity, channel, context, options);
    case "greeting":
      return greet(activity, channel, context);
    case "removal":
      return context.hold.ask(() => endWatches(activity, context));
  }
}

/** Asks the bot, in private where the activity is. */
async function question(
  { ask, privately, files: hasFiles }: Task & { kind: "question" },
  activity: Activity,
  channel: Channel,
  context: Context,
  { shown = null }: PerformOptions,
): Promise<void> {
  const { files, problems } = hasFiles ? await receiveFiles(activity) : NO_FILES;
  if (problems.length > 0) {
    if (!(await context.hold.answering())) return;
    await channel.send(fileProblems(problems, isPersonal(activity)));
    const asksOnlyByFile = ask.text === "" || /^\/?bounce$/i.test(ask.text);
    if (files.length === 0 && asksOnlyByFile) return;
  }
  const request = requestOf(activity, ask, context, {
    files,
    isMember: true,
    ...(privately ? { seenByAskerOnly: true } : {}),
  });
  const reader = { owner: context.owner, asker: askerOf(activity) };
  const present = (message: Message) =>
    privateMessage(message, context.kept.keep(reader, Promise.resolve(message), isKeepable(request)));
  await answerInto(channel, request, context, { shown, ...(privately ? { present } : {}) });
}

const NO_FILES = { files: [], problems: [] };

function fileProblems(problems: string[], personal: boolean): Message {
  const elsewhere = personal ? "" : " I can open .eml and .msg files in a personal chat with me.";
  const message = fitAnswer({
    title: problems.length > 1 ? "Some files could not be read" : "A file could not be read",
    status: "unknown",
    summary: [{ text: `Paste the text of the bounce instead.${elsewhere}` }],
    sections: [{ kind: "list", items: problems.map((text) => [{ text }]) }],
    followUps: [],
    sources: [],
  });
  const card: Card = { ...message.card, actions: [pasteButton("Paste it here")] };
  return { ...message, card };
}

async function share(
  { answerKey }: Task & { kind: "share" },
  activity: Activity,
  channel: Channel,
  { kept, owner, hold }: Context,
  { takenOver = false }: PerformOptions,
): Promise<void> {
  const found = await hold.ask(() => kept.find({ owner, asker: askerOf(activity) }, answerKey));
  // Who pressed a button that is answered at once knows already that there is nothing to show.
  if (!found && activity.type === "invoke" && !takenOver) return;
  const message = found ? await found.answer : notKept();
  if (await hold.answering()) await channel.send(message);
}

/** Both events of one installation come within moments. */
const GREETED_MS = 15 * 60_000;

async function greet(activity: Activity, channel: Channel, { claims, owner, hold }: Context): Promise<void> {
  const name = JSON.stringify(["teams greeting", owner.tenant, activity.conversation.id]);
  const isFirst = await hold.ask(() => claims.claim(name, GREETED_MS));
  if (isFirst && (await hold.answering())) await channel.send(welcomeMessage(activity));
}
