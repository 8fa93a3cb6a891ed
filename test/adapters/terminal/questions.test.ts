import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { bursts, splitQuestions } from "../../../adapters/terminal/questions.ts";

/** As the bot would judge: here a text is a bounce when it says so. */
const saysBounce = async (text: string) => text.includes("could not be delivered");

describe("lines that arrive together", () => {
  test.each<[string, string[], string[]]>([
    ["are a question each", ["smtp 550", "", "5.7.26 gmail"], ["smtp 550", "5.7.26 gmail"]],
    [
      "with commands are never taken for a paste",
      ["/smtp 550", "checkdomain example.org"],
      ["/smtp 550", "checkdomain example.org"],
    ],
    [
      "that hold a bounce are one question",
      ["Your message to", "", "anna@example.org could not be delivered:", "550 no such user"],
      ["Your message to\n\nanna@example.org could not be delivered:\n550 no such user"],
    ],
    [
      "that begin like a mail are one question, even where a line begins like a command",
      ["Return-Path: <>", "Subject: failure", "", "smtp server said 550"],
      ["Return-Path: <>\nSubject: failure\n\nsmtp server said 550"],
    ],
    [
      "after a lone bounce belong to it",
      ["bounce", "whatever it says", "on two lines"],
      ["bounce whatever it says\non two lines"],
    ],
    [
      "may hold a question, then a paste, then a question",
      ["smtp 550", "A mail could not be delivered", "to bob@example.org", "mailhelp"],
      ["smtp 550", "A mail could not be delivered\nto bob@example.org", "mailhelp"],
    ],
    ["may be empty", ["", "  "], []],
  ])("%s", async (_name, lines, questions) => {
    expect(await splitQuestions(lines, saysBounce)).toEqual(questions);
  });
});

describe("bursts", () => {
  test("part where the input pauses, and end with it", async () => {
    async function* typed() {
      yield "one";
      yield "two";
      await wait(120);
      yield "three";
    }
    const got: string[][] = [];
    for await (const burst of bursts(typed(), 30)) got.push(burst);
    expect(got).toEqual([["one", "two"], ["three"]]);
  });

  test("of an empty input are none", async () => {
    async function* nothing(): AsyncIterable<string> {}
    const got: string[][] = [];
    for await (const burst of bursts(nothing(), 30)) got.push(burst);
    expect(got).toEqual([]);
  });
});
