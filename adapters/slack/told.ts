/** What is said when there is no answer to give: the person should know that nothing was checked, and what to do. */
import { type Answer, code, type Inline, say } from "../../src/bot/answer.ts";

/** In one line, for where only text can be said. */
export const STORE_AWAY =
  "Postie cannot reach its store right now, so nothing was checked. Ask again in a minute.";
export const SLACK_AWAY =
  "Postie cannot reach Slack right now, so nothing was checked. Ask again in a minute.";
export const NOT_INSTALLED =
  "Postie is not installed in this workspace (any more). Whoever manages its apps can install it again.";
export const NOT_READABLE =
  "Postie cannot read its installation in this workspace, so nothing was checked. Whoever runs Postie finds the reason in its log.";

/** The instance that worked on it ended, and the question went with it. */
export const interrupted: Answer = told(
  "Postie was interrupted",
  say`It was restarted while it worked on this, so nothing is known yet. Please ask again.`,
);

/** The instance that worked on it ended while it answered. */
export const perhapsAnswered: Answer = told(
  "Postie was interrupted while it answered",
  say`If you see no answer above, ask again.`,
);

/** Every instance that worked on it ended. */
export function givenUp(id: string): Answer {
  return told(
    "Postie could not answer this",
    say`It was stopped each time it worked on this, so nothing is known. Ask again; if it stays, tell whoever runs Postie the error id ${code(id)}.`,
  );
}

/** The answer is there, and cannot be shown. */
export function notShown(id: string): Answer {
  return told(
    "This answer could not be shown",
    say`Something went wrong on Postie's side, so this says nothing about the mail. Ask again; if it stays, tell whoever runs Postie the error id ${code(id)}.`,
  );
}

/** The answer that somebody wants to share is not there any more. */
export const notKept: Answer = {
  ...told(
    "This answer is no longer kept",
    say`It was too long for the button to remember. Ask again, then share the new answer.`,
  ),
  status: "info",
};

function told(title: string, summary: Inline[]): Answer {
  return { title, status: "unknown", summary, sections: [], followUps: [], sources: [] };
}
