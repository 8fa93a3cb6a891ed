import { type Answer, code, say } from "../../src/bot/answer.ts";
import type { Message } from "./activity.ts";
import { fitAnswer } from "./fit.ts";

/** What is told when a question cannot be answered for reasons of Postie's own. */

export const STORE_AWAY =
  "Postie cannot reach its store right now, so nothing was checked. Ask again in a minute.";

export function storeAway(): Message {
  return told("Nothing was checked", say`${STORE_AWAY}`);
}

/** The instance that worked on it ended. */
export function interrupted(): Message {
  return told(
    "Postie was interrupted",
    say`It was stopped while it worked on this, so there is no answer. Please ask again.`,
  );
}

/** The instance that worked on it ended while it posted the answer. */
export function maybeAnswered(): Message {
  return told("Postie was interrupted", say`If you see no answer above, ask again.`);
}

export function givenUp(requestId: string): Message {
  return told(
    "This could not be answered",
    say`Postie was stopped each time it worked on this, so nothing is known. Ask again; if it stays, tell whoever runs Postie the error id ${code(requestId)}.`,
  );
}

export const NOT_KEPT = "This button is not known any more. Ask again.";

export function notKept(): Message {
  return told("There is nothing to show", say`${NOT_KEPT}`);
}

function told(title: string, summary: Answer["summary"]): Message {
  return fitAnswer({ title, status: "unknown", summary, sections: [], followUps: [], sources: [] });
}
