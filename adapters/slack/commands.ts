/** Slash commands. The answer goes to the person who asked, who may share it. */
import { z } from "zod";
import { findCommand } from "../../src/bot/commands/index.ts";
import { openAskView } from "./ask-view.ts";
import type { Context } from "./context.ts";
import { takesMailText } from "./mail-text.ts";
import { responseUrlOutlet } from "./outlet.ts";
import { type Replied, reply } from "./reply.ts";
import { settingsMessage } from "./settings.ts";
import { decodeText, tidyQuestion } from "./text-in.ts";

const slashCommand = z.object({
  command: z.string(),
  text: z.string().default(""),
  team_id: z.string(),
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
  const { team_id, channel_id, user_id, response_url, trigger_id } = parsed.data;
  const command = commandName(parsed.data.command);
  const text = tidyQuestion(decodeText(parsed.data.text));
  const outlet = responseUrlOutlet({ url: response_url, log: context.log, signal: context.signal });
  if (command === "mailhelp" && text === "settings" && !channel_id.startsWith("D")) {
    await outlet.show(settingsMessage(context.settings.mode(team_id, channel_id)));
    return "answered";
  }
  if (
    takesMailText(command) &&
    !text &&
    (await windowOpened(context, trigger_id, channel_id, response_url))
  ) {
    return "answered";
  }
  const locale = await context.locales.of(user_id);
  return reply(context, {
    request: {
      command,
      text,
      files: [],
      place: { platform: "slack", tenant: team_id, conversation: channel_id, private: true },
      asker: { id: user_id, ...(locale === undefined ? {} : { locale }) },
    },
    outlet,
    shareable: !channel_id.startsWith("D"),
    maxMessages: MAX_MESSAGES,
  });
}

/** Who asks for a bounce to be read without giving one gets a window with room for it. */
async function windowOpened({ api, log }: Context, triggerId: string, channel: string, responseUrl: string) {
  try {
    await openAskView(api, triggerId, { channel, responseUrl });
    return true;
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.message : "" }, "the window could not be opened");
    return false;
  }
}

/** A workspace may have had to rename a command: `/postie-smtp` is `smtp` too. What is unknown is read as free text. */
function commandName(slash: string) {
  const name = slash.replace(/^\//, "");
  return (findCommand(name) ?? findCommand(name.slice(name.lastIndexOf("-") + 1)))?.name ?? "interpret";
}
