/** The window "Ask Postie" with room for many lines, which a slash command has not. */
import type { View } from "@slack/types";
import { z } from "zod";
import { SlackRefusal } from "./calls.ts";
import { viewProblems } from "./validate.ts";
import type { WebApi } from "./web-api.ts";

export const ASK_VIEW = "ask_postie";
/** The global shortcut that opens it. */
export const ASK_SHORTCUT = "ask_postie";
/** The field that the question is typed in; where a fault is told that keeps the window open. */
export const ASK_BLOCK = "question";
const INPUT = "text";
/** The most that Slack's field takes. */
const MAX_LENGTH = 3_000;

/** Where the answer goes: back to the command that opened the window, or as a direct message. */
const origin = z.object({ channel: z.string(), responseUrl: z.string() }).nullable();
export type Origin = z.infer<typeof origin>;

export function askView(from: Origin): View {
  const plain = (text: string) => ({ type: "plain_text" as const, text, emoji: false });
  return {
    type: "modal",
    callback_id: ASK_VIEW,
    title: plain("Ask Postie"),
    submit: plain("Ask"),
    close: plain("Cancel"),
    private_metadata: JSON.stringify(from),
    blocks: [
      {
        type: "input",
        block_id: ASK_BLOCK,
        label: plain("A bounce, a code, a domain or a question about mail"),
        hint: plain(
          `Up to ${MAX_LENGTH.toLocaleString("en")} characters; send longer texts as a file in a direct message.`,
        ),
        element: { type: "plain_text_input", action_id: INPUT, multiline: true, max_length: MAX_LENGTH },
      },
    ],
  };
}

/** Opens the window. Slack lets it open within 3 s of what the person did. */
export async function openAskView(api: WebApi, triggerId: string, from: Origin): Promise<void> {
  const view = askView(from);
  const problems = viewProblems(view);
  if (problems.length > 0) throw new SlackRefusal("invalid_view", problems.join("; "));
  await api.call("views.open", { trigger_id: triggerId, view });
}

const submission = z.object({
  user: z.object({ id: z.string() }),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({
      values: z.object({ [ASK_BLOCK]: z.object({ [INPUT]: z.object({ value: z.string().nullable() }) }) }),
    }),
  }),
});

export interface Submitted {
  user: string;
  text: string;
  from: Origin;
}

/** @returns `null` when it is not this window's */
export function parseSubmission(body: unknown): Submitted | null {
  const parsed = submission.safeParse(body);
  if (!parsed.success) return null;
  const { user, view } = parsed.data;
  const from = origin.safeParse(JSON.parse(view.private_metadata || "null"));
  return {
    user: user.id,
    text: view.state.values[ASK_BLOCK][INPUT].value ?? "",
    from: from.success ? from.data : null,
  };
}

/** A submission as Slack sends it, of what it says. */
export function submissionOf({ user, text, from }: Submitted): z.infer<typeof submission> {
  return {
    user: { id: user },
    view: {
      private_metadata: JSON.stringify(from),
      state: { values: { [ASK_BLOCK]: { [INPUT]: { value: text } } } },
    },
  };
}
