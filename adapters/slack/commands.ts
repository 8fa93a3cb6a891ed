/** Slash commands. The answer goes to the person who asked, who may share it. */
import { z } from "zod";
import { findCommand } from "../../src/bot/commands/index.ts";
import type { Context } from "./context.ts";
import { responseUrlOutlet } from "./outlet.ts";
import { type Replied, reply } from "./reply.ts";
import { decodeText, tidyQuestion } from "./text-in.ts";

const slashCommand = z.object({
  command: z.string(),
  text: z.string().optional(),
  team_id: z.string(),
  channel_id: z.string(),
  user_id: z.string(),
  response_url: z.string(),
});

/** One message of the five is left for the progress note, one in reserve. */
const MAX_MESSAGES = 3;

export async function handleCommand(context: Context, payload: unknown): Promise<Replied> {
  const parsed = slashCommand.safeParse(payload);
  if (!parsed.success) return "silent";
  const { command, text = "", team_id, channel_id, user_id, response_url } = parsed.data;
  return reply(context, {
    request: {
      command: commandName(command),
      text: tidyQuestion(decodeText(text)),
      files: [],
      place: { platform: "slack", tenant: team_id, conversation: channel_id, private: true },
      asker: { id: user_id },
    },
    outlet: responseUrlOutlet({ url: response_url, log: context.log, signal: context.signal }),
    shareable: true,
    maxMessages: MAX_MESSAGES,
  });
}

/** A workspace may have had to rename a command: `/postie-smtp` is `smtp` too. What is unknown is read as free text. */
function commandName(slash: string) {
  const name = slash.replace(/^\//, "");
  return (findCommand(name) ?? findCommand(name.slice(name.lastIndexOf("-") + 1)))?.name ?? "interpret";
}
