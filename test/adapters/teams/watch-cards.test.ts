import { expect, test } from "vitest";
import { fitAnswer } from "../../../adapters/teams/fit.ts";
import { cardProblems } from "../../../adapters/teams/validate.ts";
import { officialCardProblems } from "../../support/official-cards.ts";
import { watchAnswers } from "../../support/teams-notices.ts";

const answers = await watchAnswers();

test.each(Object.entries(answers))("%s is a card that Teams takes, with its buttons", (_name, answer) => {
  const { card, summary } = fitAnswer(answer);
  expect([...cardProblems(card), ...officialCardProblems({ ...card })]).toEqual([]);
  expect(summary.startsWith(answer.title.slice(0, 100))).toBe(true);
  const asked = JSON.stringify([card.actions, card.body]);
  for (const followUp of answer.followUps) {
    if ("command" in followUp) expect(asked).toContain(JSON.stringify(followUp.text));
  }
});
