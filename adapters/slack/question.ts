/** A question as it is handed to the bot. */
import type { Request } from "../../src/bot/request.ts";
import type { Context } from "./context.ts";

export interface Question extends Pick<Request, "command" | "text"> {
  readonly files?: Request["files"];
  readonly channel: string;
  readonly thread?: string | undefined;
  readonly private: boolean;
  readonly user: string;
  readonly overheard?: boolean;
}

/**
 * The data by which Postie finds the way into a conversation later: a channel's id, or that of the person whose direct messages
 * it is to be.
 */
export interface WayBack {
  readonly channel: string;
}

/** @param locale of the asker, where it is known */
export function requestOf(
  { id, tenant }: Context,
  { command, text, files = [], channel, thread, private: isPrivate, user, overheard }: Question,
  locale?: string,
): Request {
  return {
    id,
    command,
    text,
    files,
    place: {
      platform: "slack",
      tenant,
      conversation: channel,
      ...(thread === undefined ? {} : { thread }),
      private: isPrivate,
    },
    asker: { id: user, ...(locale === undefined ? {} : { locale }) },
    ...(overheard ? { overheard } : {}),
    wayBack: { channel } satisfies WayBack,
  };
}
