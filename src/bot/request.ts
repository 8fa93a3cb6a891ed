/**
 * What somebody asks, as an adapter hands it to the bot. An adapter has already undone its platform's escaping and
 * links, so that `text` is what the person typed or pasted.
 */

/** The commands of the registry in `commands/index.ts`. */
export type CommandName =
  | "smtp"
  | "bounce"
  | "checkdomain"
  | "checkip"
  | "checkmessage"
  | "mailguide"
  | "watch"
  | "mailhelp";

/** A file that came with the question (`.eml`, `.msg`, `.txt`); the adapter has limited its size. */
export interface Attachment {
  /** The file name as the platform gave it: untrusted text. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where a question was asked. Rate limits and settings count per place. */
export interface Place {
  readonly platform: "terminal" | "slack" | "teams" | "web";
  /** Slack's team id, Teams' tenant id; a fixed word where the platform has none. */
  readonly tenant: string;
  readonly conversation: string;
  readonly thread?: string;
  /** True where only the asker reads the answer (direct message, ephemeral answer, terminal). */
  readonly private: boolean;
}

export interface Asker {
  readonly id: string;
  /** A BCP 47 language tag, when the platform tells it. */
  readonly locale?: string;
}

export interface Request {
  /** By which the log tells of this question, and which an error answer shows; made up by the bot where it is not given. */
  readonly id?: string;
  /** A command, or `interpret` for free text: a bounce? a code? a domain? an address? a question? */
  readonly command: CommandName | "interpret";
  /** The command's arguments, or the whole text for `interpret`. */
  readonly text: string;
  readonly files: readonly Attachment[];
  readonly place: Place;
  readonly asker: Asker;
  /**
   * True for text that was not addressed to Postie (a message in a channel that it may read). Then only a bounce is
   * answered, and {@link Bot.answer} ends without any update for everything else.
   */
  readonly overheard?: boolean;
  /**
   * How the adapter finds the way back into this conversation later, on Postie's own initiative: its own JSON data. Left out
   * where it cannot; then nothing can be watched from here.
   */
  readonly wayBack?: unknown;
}

/** The most of a question's text that is read, in UTF-16 code units; what is longer is cut and the answer says so. */
export const MAX_TEXT_LENGTH = 1024 * 1024;

/** The largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** The most files of one question that are read. */
export const MAX_FILES = 10;
