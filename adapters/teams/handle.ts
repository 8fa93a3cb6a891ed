import type { Logger } from "pino";
import { z } from "zod";
import type { Bot } from "../../src/bot/bot.ts";
import { findCommand } from "../../src/bot/commands/index.ts";
import type { Activity, Channel, InvokeResponse } from "./activity.ts";
import { ASK_VERB, type Ask } from "./card.ts";
import { answerInto, requestOf } from "./question.ts";
import { questionText } from "./text-in.ts";

/** What an activity leads to. */
export interface Reply {
  /** Answers an invoke; Teams waits for it and gives up soon, so it is there within moments. */
  readonly invokeResponse?: InvokeResponse | Promise<InvokeResponse>;
  /** What is said in the conversation, which may take its time. */
  readonly afterwards?: (channel: Channel) => Promise<void>;
}

export interface Context {
  readonly bot: Bot;
  readonly log: Logger;
}

/** Decides what an activity of any kind leads to. What Postie does not know is acknowledged and leads to nothing. */
export function handleActivity(activity: Activity, context: Context): Reply {
  switch (activity.type) {
    case "message":
      return handleMessage(activity, context);
    case "invoke":
      return handleInvoke(activity, context);
    default:
      return {};
  }
}

function handleMessage(activity: Activity, { bot, log }: Context): Reply {
  if (activity.from.id === activity.recipient.id) return {};
  const ask = askOf(activity.value) ?? { command: "interpret", text: questionText(activity) };
  return { afterwards: (channel) => answerInto(channel, bot, requestOf(activity, ask), log) };
}

function handleInvoke(activity: Activity, context: Context): Reply {
  if (activity.name === "adaptiveCard/action") return handleButton(activity, context);
  return { invokeResponse: { status: 501 } };
}

const buttonSchema = z.looseObject({ action: z.looseObject({ data: z.unknown() }) });

/** Acknowledges the button at once; what it asks is answered in a message of its own, so that the old answer stays. */
function handleButton(activity: Activity, { bot, log }: Context): Reply {
  const button = buttonSchema.safeParse(activity.value);
  const ask = button.success ? askOf(button.data.action.data) : null;
  if (!ask) return { invokeResponse: cardError("This button is not known any more. Ask again.") };
  return {
    invokeResponse: cardMessage(`Asked: ${ask.command} ${ask.text}`.trim().slice(0, 200)),
    afterwards: (channel) => answerInto(channel, bot, requestOf(activity, ask), log),
  };
}

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

const askSchema = z.looseObject({ verb: z.literal(ASK_VERB), command: z.string(), text: z.string() });

/** What a button of ours asks, or null for any other data. Anybody can forge it, so the command is looked up. */
function askOf(data: unknown): Ask | null {
  const parsed = askSchema.safeParse(data);
  if (!parsed.success) return null;
  const command = findCommand(parsed.data.command);
  return command ? { command: command.name, text: parsed.data.text } : null;
}
