/** What Slack delivers: by which name its repeats are known, what handles it, and what another instance needs to go on with it. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { keepAction } from "./actions.ts";
import { ASK_SHORTCUT, ASK_VIEW } from "./ask-view.ts";
import { keepCommand } from "./commands.ts";
import { CHANNEL_ENDS, keepChannelEnd, keepRemoval, REMOVALS } from "./endings.ts";
import { keepHome } from "./home.ts";
import { keepMessage } from "./messages.ts";
import { EXPLAIN_SHORTCUT, keepExplain, keepReaction } from "./pointed-at.ts";
import { sourceSchema } from "./source.ts";
import { keepSubmission } from "./submissions.ts";
import type { Identity } from "./workspaces.ts";

const KINDS = [
  "message",
  "reaction",
  "home",
  "command",
  "action",
  "explain",
  "ask",
  "submission",
  "removal",
  "channel end",
] as const;
export type Kind = (typeof KINDS)[number];

/** Whether Slack delivers it again when it is not acknowledged; whatever else a person did is not repeated. */
export function isEvent(kind: Kind): boolean {
  return ["message", "reaction", "home", "removal", "channel end"].includes(kind);
}

export interface Arrival {
  readonly kind: Kind;
  /** By which repeats are known in its workspace. */
  readonly name: string;
  /** What its handler reads. */
  readonly payload: unknown;
  /** The same without mail text. */
  readonly kept: unknown;
  readonly textLost: boolean;
}

const events = new Map<string, Kind>([
  ...REMOVALS.map((type) => [type, "removal"] as const),
  ...CHANNEL_ENDS.map((type) => [type, "channel end"] as const),
  ["message", "message"],
  ["app_mention", "message"],
  ["reaction_added", "reaction"],
  ["app_home_opened", "home"],
]);

const outline = z.object({
  type: z.string().nullish(),
  event: z.object({ type: z.string() }).nullish(),
  command: z.string().nullish(),
  callback_id: z.string().nullish(),
  view: z.object({ callback_id: z.string().nullish() }).nullish(),
});

/** What a delivery is; `null` for what Postie has nothing to do with. */
export function kindOf(body: unknown): Kind | null {
  const parsed = outline.safeParse(body);
  if (!parsed.success) return null;
  const { type, event, command, callback_id, view } = parsed.data;
  if (event) return events.get(event.type) ?? null;
  if (command) return "command";
  if (type === "block_actions") return "action";
  if (type === "message_action") return callback_id === EXPLAIN_SHORTCUT ? "explain" : null;
  if (type === "shortcut") return callback_id === ASK_SHORTCUT ? "ask" : null;
  if (type === "view_submission") return view?.callback_id === ASK_VIEW ? "submission" : null;
  return null;
}

const named = z.object({
  event: z.unknown().optional(),
  event_id: z.string().nullish(),
  trigger_id: z.string().nullish(),
  user: z.object({ id: z.string() }).nullish(),
});

/**
 * @param identity `null` where there is no installation (any more), which concerns all but removals
 * @param reaction the name of the reaction that asks for an explanation
 * @returns `null` when there is nothing to do about it, which is not worth keeping
 */
export function arrivalOf(
  kind: Kind,
  body: unknown,
  { identity, reaction }: { identity: Identity | null; reaction: string },
): Arrival | null {
  const parsed = named.safeParse(body);
  if (!parsed.success) return null;
  const { event, event_id, trigger_id, user } = parsed.data;
  // What has no name of its own is taken for a new one.
  const name = event_id || trigger_id || randomUUID();
  const whole = (payload: unknown, kept: unknown): Arrival | null =>
    kept === null ? null : { kind, name: `${kind}:${name}`, payload, kept, textLost: false };
  const partly = (found: { name?: string; kept: unknown; textLost: boolean } | null): Arrival | null =>
    found && { ...found, kind, name: `${kind}:${found.name ?? name}`, payload: body };
  // Its text can be read again; and it is one, whether it comes as itself, as a mention or by a reaction.
  const message = (found: { name: string; kept: unknown } | null): Arrival | null =>
    found && { ...found, kind, name: `message:${found.name}`, payload: event, textLost: false };
  switch (kind) {
    case "message":
      return identity && message(keepMessage(event, identity));
    case "reaction":
      return message(keepReaction(event, reaction));
    case "home":
      return whole(event, keepHome(event));
    case "removal":
      return whole(body, keepRemoval(body));
    case "channel end":
      return whole(event, keepChannelEnd(event, identity?.botUserId));
    case "ask":
      return whole(body, user ? { user: { id: user.id } } : null);
    case "command":
      return partly(keepCommand(body));
    case "action":
      return partly(keepAction(body));
    case "explain":
      return partly(keepExplain(body));
    case "submission":
      return partly(keepSubmission(body));
  }
}

/** A delivery as it is kept for another instance. */
const note = z.object({
  kind: z.enum(KINDS),
  id: z.string(),
  source: sourceSchema,
  /** When it came, in milliseconds since 1970. */
  at: z.number(),
  kept: z.unknown().optional(),
  textLost: z.boolean(),
});
export type Note = z.infer<typeof note>;

/** @returns `null` for what this version does not know */
export function parseNote(value: unknown): Note | null {
  const parsed = note.safeParse(value);
  return parsed.success ? parsed.data : null;
}
