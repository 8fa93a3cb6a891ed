/** Slash commands. The answer goes to the person who asked, who may share it. */
import { z } from "zod";
import { findCommand } from "../../src/bot/commands/index.ts";
import { isKeepable } from "../../src/bot/keepable.ts";
import { openAskView } from "./ask-view.ts";
import type { Question } from "./buttons.ts";
import type { Context } from "./context.ts";
import { describeFault } from "./faults.ts";
import { takesMailText } from "./mail-text.ts";
import { requestOf } from "./question.ts";
import { type Replied, reply } from "./reply.ts";
import { responseUrlOutlet } from "./response-url.ts";
import { settingsMessage } from "./settings.ts";
import { decodeText, tidyQuestion } from "./text-in.ts";

const slashCommand = z.object({
  command: z.string(),
  text: z.string().default(""),
  channel_id: z.string(),
  user_id: z.string(),
  response_url: z.string(),
  trigger_id: z.string().default(""),
});

/** One message of the five is left for the progress note, one in reserve. */
const MAX_MESSAGES = 3;

export async function handleCommand(context: Context, payload: unknown): Promise<Replied> {
  const parsed = slashCommand.safeParse(payload);
  if (!parsed.success) return "silent";
  const { channel_id: channel, user_id: user, response_url, trigger_id } = parsed.data;
  const { log, signal, turn } = context;
  const { command, text } = questionOf(parsed.data);
  const outlet = responseUrlOutlet({ url: response_url, log, signal });
  if (command === "mailhelp" && text === "settings" && !channel.startsWith("D")) {
    const mode = await context.settings.mode(context.tenant, channel);
    if (await turn.begin()) await outlet.show(settingsMessage(mode));
    return "answered";
  }
  // A window opens within 3 s of what the person did, or never.
  if (takesMailText(command) && !text && !turn.again) {
    if (await windowOpened(context, trigger_id, channel, response_url)) return "answered";
  }
  const locale = await context.locales.of(user);
  return reply(context, {
    request: requestOf(context, { command, text, channel, private: true, user }, locale),
    outlet,
    shareable: !channel.startsWith("D"),
    maxMessages: MAX_MESSAGES,
    lost: turn.again?.textLost ?? false,
  });
}

/** What another instance needs to go on with a command: without its text where that may be mail. */
export function keepCommand(payload: unknown): { kept: unknown; textLost: boolean } | null {
  const parsed = slashCommand.safeParse(payload);
  if (!parsed.success) return null;
  const { trigger_id: _, ...given } = parsed.data;
  const textLost = given.text.trim() !== "" && !isKeepable({ ...questionOf(given), files: [] });
  return { kept: textLost ? { ...given, text: "" } : given, textLost };
}

function questionOf({ command, text }: { command: string; text: string }): Question {
  return { command: commandName(command), text: tidyQuestion(decodeText(text)) };
}

/** Who asks for a bounce to be read without giving one gets a window with room for it. */
async function windowOpened({ api, log }: Context, triggerId: string, channel: string, responseUrl: string) {
  try {
    await openAskView(api, triggerId, { channel, responseUrl });
    return true;
  } catch (error) {
    log.warn(describeFault(error), "the window could not be opened");
    return false;
  }
}

/** A workspace may have had to rename a command: `/postie-smtp` is `smtp` too. What is unknown is read as free text. */
function commandName(slash: string) {
  const name = slash.replace(/^\//, "");
  return (findCommand(name) ?? findCommand(name.slice(name.lastIndexOf("-") + 1)))?.name ?? "interpret";
}
