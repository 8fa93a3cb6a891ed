import { z } from "zod";
import type { Card } from "./card.ts";

/**
 * The part of a Bot Framework activity that Postie reads, parsed once at the edge. Everything in it but the service's own
 * fields is untrusted text. Source: Bot Framework Activity schema 3.x, and Microsoft's Teams developer pages on
 * conversation events.
 */

const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

const accountSchema = z.looseObject({
  id: z.string(),
  name: optional(z.string()),
  aadObjectId: optional(z.string()),
});

const conversationSchema = z.looseObject({
  id: z.string().min(1),
  /** `personal`, `groupChat` or `channel`; left out by some test clients. */
  conversationType: optional(z.string()),
  tenantId: optional(z.string()),
  isGroup: optional(z.boolean()),
});

const attachmentSchema = z.looseObject({
  contentType: optional(z.string()),
  name: optional(z.string()),
  content: z.unknown().optional(),
});

const idSchema = z.looseObject({ id: optional(z.string()) });

const entitySchema = z.looseObject({
  type: optional(z.string()),
  text: optional(z.string()),
  mentioned: optional(z.looseObject({ id: optional(z.string()), name: optional(z.string()) })),
});

export const activitySchema = z.looseObject({
  type: z.string().min(1),
  id: optional(z.string()),
  /** What kind of invoke or event this is, such as `composeExtension/fetchTask`. */
  name: optional(z.string()),
  text: optional(z.string()),
  locale: optional(z.string()),
  channelId: z.string().min(1),
  serviceUrl: z.url({ protocol: /^https?$/ }),
  from: accountSchema,
  /** Targeted: a private message to Postie within a group, as every slash command there is one. */
  recipient: accountSchema.extend({ isTargeted: optional(z.boolean()) }),
  conversation: conversationSchema,
  attachments: optional(z.array(attachmentSchema)),
  entities: optional(z.array(entitySchema)),
  /** What a button, a dialog or a message extension sends along. */
  value: z.unknown().optional(),
  channelData: optional(
    z.looseObject({
      tenant: optional(idSchema),
      team: optional(idSchema),
      channel: optional(idSchema),
      /** What happened to a team or channel, such as `channelDeleted`. */
      eventType: optional(z.string()),
    }),
  ),
  deliveryMode: optional(z.string()),
  action: optional(z.string()),
  membersAdded: optional(z.array(accountSchema)),
  membersRemoved: optional(z.array(accountSchema)),
});

/** An activity as Teams delivers it. */
export type Activity = z.infer<typeof activitySchema>;

/** The tenants that an activity names, each once; more than one is a sign of forgery. */
export function tenantsOf({ conversation, channelData }: Activity): string[] {
  const named = [conversation.tenantId, channelData?.tenant?.id];
  return [...new Set(named.flatMap((tenant) => (tenant ? [tenant.toLowerCase()] : [])))];
}

/** A conversation without the thread in it: a channel's id ends in the message that the thread hangs on. */
export function splitThread(conversationId: string): { id: string; thread?: string } {
  const [id, thread] = conversationId.split(";messageid=");
  return { id: id || conversationId, ...(thread ? { thread } : {}) };
}

/** A chat with one person. Clients that do not tell the kind of a conversation are trial clients with a personal chat. */
export function isPersonal({ conversation }: Activity): boolean {
  return conversation.conversationType
    ? conversation.conversationType === "personal"
    : conversation.isGroup !== true;
}

/** A message that Postie sends: an Adaptive Card with its summary, which is what notifications and chat lists show. */
export interface Message {
  readonly summary: string;
  readonly card: Card;
}

/** What answers an invoke; Teams reads `body` by the kind of the invoke. */
export interface InvokeResponse {
  readonly status: number;
  readonly body?: unknown;
}

/** The way back into the conversation that an activity came from. */
export interface Channel {
  /** Posts a message and gives its id, or null where it is handed over later with others (`expectReplies`). */
  send(message: Message): Promise<string | null>;
  /** Replaces a message that {@link send} posted. */
  update(id: string, message: Message): Promise<void>;
  /** Shows that Postie is at work. */
  typing(): Promise<void>;
}
