/** The Home tab: what Postie can do, and what this person asked last. */
import type { RichTextSection, View } from "@slack/types";
import { z } from "zod";
import { code, type Inline, say, strong } from "../../src/bot/answer.ts";
import { type Command, commands } from "../../src/bot/commands/index.ts";
import { ASK_ACTION, actions, button, encodeQuestion, OPEN_ASK_ACTION } from "./buttons.ts";
import { SlackRefusal } from "./calls.ts";
import type { Context } from "./context.ts";
import type { Asked } from "./recent.ts";
import type { Replied } from "./reply.ts";
import { inlineElements, paragraph, richText, statusEmoji } from "./rich-text.ts";
import { viewProblems } from "./validate.ts";

const opened = z.object({ user: z.string(), tab: z.string().nullish() });

/** Who opened it; `null` when it was another tab. */
export function keepHome(event: unknown): unknown {
  const parsed = opened.safeParse(event);
  return parsed.success && parsed.data.tab !== "messages" ? parsed.data : null;
}

export async function handleHomeOpened(context: Context, event: unknown): Promise<Replied> {
  const parsed = opened.safeParse(event);
  if (!parsed.success) return "silent";
  const { user } = parsed.data;
  const view = homeView(context.recent.of(context.tenant, user));
  const problems = viewProblems(view);
  if (problems.length > 0) throw new SlackRefusal("invalid_view", problems.join("; "));
  await context.api.call("views.publish", { user_id: user, view });
  return "answered";
}

export function homeView(recent: readonly Asked[]): View {
  return {
    type: "home",
    blocks: [
      { type: "header", text: { type: "plain_text", text: "Postie explains mail", emoji: false } },
      text(
        say`Why did a mail come back, what does a code mean, can a domain's mail be trusted? Ask here, in a direct message, with a slash command, or by mentioning Postie in a channel. A bounce that is pasted into a channel is answered in its thread; ${code("/mailhelp settings")} changes that for a channel.`,
      ),
      ...actions([{ ...button("Ask Postie", OPEN_ASK_ACTION), style: "primary" }]),
      { type: "divider" },
      richText([{ type: "rich_text_list", style: "bullet", elements: commands.flatMap(describe) }]),
      ...actions(examples()),
      ...(recent.length === 0 ? [] : lastAnswers(recent)),
    ],
  };
}

function text(inlines: Inline[]) {
  return richText([paragraph(inlines)].filter((part) => part !== null));
}

function describe({ name, summary }: Command): RichTextSection[] {
  const line = paragraph([strong(`/${name}`), { text: `  ${summary}` }]);
  return line ? [line] : [];
}

/** One button for each command that has an example; the answer comes as a direct message. */
function examples() {
  return commands.flatMap(({ name, examples: [example] }, index) => {
    const value = example ? encodeQuestion({ command: name, text: example }) : null;
    return example && value ? [button(`${name} ${example}`, `${ASK_ACTION}_home_${index}`, value)] : [];
  });
}

function lastAnswers(recent: readonly Asked[]): View["blocks"] {
  const buttons = recent.flatMap(({ question }, index) => {
    const value = question && encodeQuestion(question);
    return value ? [button(label(question), `${ASK_ACTION}_last_${index}`, value)] : [];
  });
  const lines = recent.map(
    ({ status, at, question }): RichTextSection => ({
      type: "rich_text_section",
      elements: [
        { type: "emoji", name: statusEmoji[status] },
        ...inlineElements({ text: ` ${question ? label(question) : "A bounce or message"}  ` }),
        // Shown in the reader's own time zone.
        {
          type: "date",
          timestamp: Math.floor(at.getTime() / 1_000),
          format: "{date_short_pretty}, {time}",
          fallback: at.toISOString(),
        },
      ],
    }),
  );
  return [
    { type: "divider" },
    { type: "header", text: { type: "plain_text", text: "Your last questions", emoji: false } },
    richText([{ type: "rich_text_list", style: "bullet", elements: lines }]),
    ...actions(buttons),
  ];
}

function label({ command, text: asked }: { command: string; text: string }): string {
  return command === "interpret" ? asked || "help" : `${command} ${asked}`.trim();
}
