import type { Message } from "./activity.ts";
import { cardProblems } from "./validate.ts";

/** A card that Teams would refuse or show wrongly: a fault of the renderer. Its message names paths, no card text. */
export class InvalidCardError extends Error {
  constructor(problems: readonly string[]) {
    super(`a card is not valid: ${problems.slice(0, 5).join("; ")}`);
    this.name = "InvalidCardError";
  }
}

/**
 * A card as an attachment. Every card that leaves Postie is made into one here, and checked.
 * @throws {InvalidCardError}
 */
export function cardAttachment(card: object): { contentType: string; content: object } {
  const problems = cardProblems(card);
  if (problems.length > 0) throw new InvalidCardError(problems);
  return { contentType: "application/vnd.microsoft.card.adaptive", content: card };
}

/**
 * A message as the activity that carries it.
 * @throws {InvalidCardError}
 */
export function messageActivity({ summary, card }: Message) {
  return { type: "message", summary, attachments: [cardAttachment(card)] };
}
