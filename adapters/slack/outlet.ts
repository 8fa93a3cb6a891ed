/** Where an answer goes, and what all outlets share: nothing is sent unchecked. */
import { SlackRefusal } from "./calls.ts";
import { escapeText } from "./fallback.ts";
import { LIMITS, type Message } from "./message.ts";
import { messageProblems } from "./validate.ts";

/** One answer's place in Slack. The first message shown is the one that later ones replace, where that can be done. */
export interface Outlet {
  /** Whether a message that was shown can be replaced by the next. */
  readonly replaces: boolean;
  /** Shows what goes on until the answer is there. */
  progress(message: Message): Promise<void>;
  /** Shows the answer, or its first message, in place of what this outlet has shown before. */
  show(message: Message): Promise<void>;
  /** Adds a message below. */
  add(message: Message): Promise<void>;
  /** Whether the answer is there already, shown by an instance that died meanwhile; `null` where that cannot be known. */
  isAnswered(): Promise<boolean | null>;
}

/**
 * An outlet with another for where the bot may not speak.
 * @param otherwise what to use when Slack says that the bot is not in the channel
 */
export function withFallback(outlet: Outlet, otherwise: () => Outlet): Outlet {
  let current = outlet;

  async function orElse(send: (to: Outlet) => Promise<void>): Promise<void> {
    try {
      await send(current);
    } catch (error) {
      if (current !== outlet || !isRefusal(error, MAY_NOT_SPEAK)) throw error;
      current = otherwise();
      await send(current);
    }
  }

  return {
    get replaces() {
      return current.replaces;
    },
    progress: (message) => orElse((to) => to.progress(message)),
    show: (message) => orElse((to) => to.show(message)),
    add: (message) => current.add(message),
    isAnswered: () => current.isAnswered(),
  };
}

const MAY_NOT_SPEAK = /not_in_channel|channel_not_found|is_archived|restricted_action/;

// What people pasted must not unfold into previews, nor be read for mentions.
export const asWritten = { unfurl_links: false, unfurl_media: false, link_names: false, parse: "none" };

/**
 * The message as it may be sent.
 * @throws {SlackRefusal} `invalid_blocks` as Slack would say, but with what is wrong
 */
export function checked(message: Message): Message {
  const problems = messageProblems(message);
  if (problems.length > 0)
    throw new SlackRefusal("our own check", `invalid_blocks (${problems.slice(0, 5).join("; ")})`);
  return message;
}

export function isRefusal(error: unknown, codes: RegExp): boolean {
  return error instanceof SlackRefusal && codes.test(error.code);
}

/** Whether Slack did not take the form of a message, so that a plainer one may do. */
export function refusedForm(error: unknown): boolean {
  return (
    error instanceof SlackRefusal &&
    /invalid_blocks|invalid_attachments|msg_blocks_too_long|only_one_table/.test(error.message)
  );
}

/** A message of text alone, for when its blocks were refused. */
export function textMessage(text: string): Message {
  return {
    text: escapeText(text, LIMITS.fallbackText),
    blocks: [
      { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] },
    ],
  };
}
