import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Owner, KeptAnswers as StoredAnswers } from "../../src/store/index.ts";
import type { Message } from "./activity.ts";
import type { Card } from "./card.ts";

/** Who may see an answer again: one person in one tenant. */
export interface Reader {
  readonly owner: Owner;
  readonly asker: string;
}

/**
 * Answers that somebody may still want to see again or to post, such as one that came too late for its dialog, kept for a short
 * time. Those without mail text are in the store, where any instance finds them; the others in this process's memory only.
 */
export interface KeptAnswers {
  /**
   * Keeps an answer, which may still be on its way, and gives the key that a button carries.
   * @param keepable whether neither question nor answer hold mail text
   */
  keep(reader: Reader, answer: Promise<Message>, keepable: boolean): string;
  /** The answer of that key, for whoever was given it and nobody else; it may still be on its way. */
  find(reader: Reader, key: string): Promise<{ answer: Promise<Message> } | null>;
}

const KEPT_MS = 30 * 60_000;

/** With at most 27 KB each, some 14 MB. */
const MOST_KEPT = 500;

/** @param onError told when an answer could not be stored: then only this instance finds it */
export function createKeptAnswers(stored: StoredAnswers, onError: (error: unknown) => void): KeptAnswers {
  const kept = new Map<string, { reader: string; answer: Promise<Message>; until: number }>();

  async function store({ owner, asker }: Reader, answer: Promise<Message>, key: string): Promise<void> {
    await stored.keep(owner, asker, JSON.stringify(await answer), key);
  }

  return {
    keep(reader, answer, keepable) {
      for (const [key, { until }] of kept) {
        if (until > Date.now() && kept.size < MOST_KEPT) break;
        kept.delete(key);
      }
      const key = randomBytes(16).toString("hex");
      kept.set(key, { reader: readerKey(reader), answer, until: Date.now() + KEPT_MS });
      if (keepable) store(reader, answer, key).catch(onError);
      return key;
    },
    async find(reader, key) {
      const found = kept.get(key);
      if (found && found.until > Date.now()) {
        return found.reader === readerKey(reader) ? { answer: found.answer } : null;
      }
      const text = await stored.find(reader.owner, reader.asker, key);
      return text === null ? null : { answer: Promise.resolve(readMessage(text)) };
    },
  };
}

function readerKey({ owner, asker }: Reader): string {
  return JSON.stringify([owner.tenant, asker]);
}

const messageSchema = z.object({
  summary: z.string(),
  card: z.looseObject({ type: z.literal("AdaptiveCard") }),
});

function readMessage(text: string): Message {
  const { summary, card } = messageSchema.parse(JSON.parse(text));
  // Written by this file; every card is checked again before it is sent.
  return { summary, card: card as unknown as Card };
}
