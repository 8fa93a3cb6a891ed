import type { Logger } from "pino";
import { z } from "zod";
import type { Bot } from "../../src/bot/bot.ts";
import type { Attachment } from "../../src/bot/request.ts";
import type { Activity, Channel, InvokeResponse, Message } from "./activity.ts";
import { askOf } from "./ask.ts";
import type { Ask, Card } from "./card.ts";
import { openDialog, pasteButton, submitDialog } from "./dialogs.ts";
import { carriesFiles, receiveFiles } from "./files.ts";
import { fitAnswer } from "./fit.ts";
import type { KeptAnswers } from "./kept.ts";
import { answerInto, isPersonal, requestOf } from "./question.ts";
import { searchKnowledge, selectResult } from "./search-extension.ts";
import { isPrivate, privateMessage, SHARE_VERB } from "./targeted.ts";
import { questionText } from "./text-in.ts";
import { tellsInstallation, welcomeMessage } from "./welcome.ts";

/** What an activity leads to. */
export interface Reply {
  /** Answers an invoke; Teams waits for it and gives up soon, so it is there within moments. */
  readonly invokeResponse?: InvokeResponse | Promise<InvokeResponse>;
  /** What is said in the conversation, which may take its time. */
  readonly afterwards?: (channel: Channel) => Promise<void>;
  /** Only the one who sent the activity may see what is said. */
  readonly privately?: boolean;
}

/** What handling an activity needs. */
export interface Context {
  readonly bot: Bot;
  readonly log: Logger;
  readonly kept: KeptAnswers;
  /** True for the first call in a while for this conversation. */
  greetOnce(activity: Activity): boolean;
}

/** Decides what an activity of any kind leads to. What Postie does not know is acknowledged and leads to nothing. */
export async function handleActivity(activity: Activity, context: Context): Promise<Reply> {
  if (activity.type === "message") return handleMessage(activity, context);
  if (activity.type === "invoke") return handleInvoke(activity, context);
  if (tellsInstallation(activity) && context.greetOnce(activity)) {
    return { afterwards: async (channel) => void (await channel.send(welcomeMessage(activity))) };
  }
  return {};
}

function handleMessage(activity: Activity, context: Context): Reply {
  if (activity.from.id === activity.recipient.id) return {};
  const button = handleButtonData(activity, activity.value, context);
  if (button) return button;
  const question: Ask = { command: "interpret", text: questionText(activity) };
  return {
    privately: isPrivate(activity),
    async afterwards(channel) {
      const { files, problems } = carriesFiles(activity) ? await receiveFiles(activity) : NO_FILES;
      const asksOnlyByFile = question.text === "" || /^\/?bounce$/i.test(question.text);
      if (problems.length > 0) await tellFileProblems(channel, problems, isPersonal(activity));
      if (problems.length > 0 && files.length === 0 && asksOnlyByFile) return;
      await ask(channel, activity, question, context, { files });
    },
  };
}

/** Asks the bot in the conversation of an activity, in private where the activity is. */
async function ask(
  channel: Channel,
  activity: Activity,
  question: Ask,
  { bot, log, kept }: Context,
  { files = [], privately = isPrivate(activity) }: { files?: Attachment[]; privately?: boolean } = {},
): Promise<void> {
  const present = (message: Message) =>
    privateMessage(message, kept.keep(activity.from.id, Promise.resolve(message)));
  const request = requestOf(activity, question, { files, ...(privately ? { seenByAskerOnly: true } : {}) });
  await answerInto(channel, request, { bot, log, ...(privately ? { present } : {}) });
}

const NO_FILES = { files: [], problems: [] };

async function tellFileProblems(channel: Channel, problems: string[], personal: boolean): Promise<void> {
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
  await channel.send({ ...message, card });
}

async function handleInvoke(activity: Activity, context: Context): Promise<Reply> {
  switch (activity.name) {
    case "adaptiveCard/action":
      return handleButton(activity, context);
    case "task/fetch":
    case "composeExtension/fetchTask":
      return { invokeResponse: openDialog(activity, context) };
    case "task/submit":
    case "composeExtension/submitAction":
      return submitDialog(activity, context);
    case "composeExtension/query":
      return { invokeResponse: searchKnowledge(activity, context) };
    case "composeExtension/selectItem":
      return { invokeResponse: selectResult(activity, context) };
    default:
      return { invokeResponse: { status: 501 } };
  }
}

const buttonSchema = z.looseObject({ action: z.looseObject({ data: z.unknown().optional() }) });

/** Acknowledges the button at once; what it asks is answered in a message of its own, so that the old answer stays. */
function handleButton(activity: Activity, context: Context): Reply {
  const button = buttonSchema.safeParse(activity.value);
  const data = button.success ? button.data.action.data : undefined;
  const reply = handleButtonData(activity, data, context);
  if (!reply) return { invokeResponse: cardError("This button is not known any more. Ask again.") };
  const asked = askOf(data);
  const told = asked
    ? `Asked: ${asked.command} ${asked.text}`.trim().slice(0, 200)
    : "Shown to everyone here.";
  return { ...reply, invokeResponse: cardMessage(told) };
}

/** What a button's data leads to, however it arrived; null for data that is not ours, or of an answer no longer kept. */
function handleButtonData(activity: Activity, data: unknown, context: Context): Reply | null {
  const question = askOf(data);
  if (question) {
    const privately = isPrivate(activity, data);
    return { privately, afterwards: (channel) => ask(channel, activity, question, context, { privately }) };
  }
  const shared = shareSchema.safeParse(data);
  const answer = shared.success ? context.kept.find(activity.from.id, shared.data.answerKey) : null;
  return answer && { afterwards: async (channel) => void (await channel.send(await answer)) };
}

const shareSchema = z.looseObject({ verb: z.literal(SHARE_VERB), answerKey: z.string() });

/** The answer to a universal action that leaves the card as it is and shows a line of text. */
function cardMessage(value: string): InvokeResponse {
  const body = { statusCode: 200, type: "application/vnd.microsoft.activity.message", value };
  return { status: 200, body };
}

function cardError(message: string): InvokeResponse {
  const body = {
    statusCode: 400,
    type: "application/vnd.microsoft.error",
    value: { code: "BadRequest", message },
  };
  return { status: 200, body };
}
