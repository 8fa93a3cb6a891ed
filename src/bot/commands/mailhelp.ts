import { type Answer, code, type Inline, say } from "../answer.ts";
import { UsageError } from "../errors.ts";
import type { Command, RunCommand } from "./command.ts";
import { commands, findCommand } from "./index.ts";

/** `mailhelp`: what Postie can do, made from the registry. Report: `{"commands": [{name, summary, usage, examples}]}`. */
export const mailhelp: RunCommand = async ({ request }) => {
  const wanted = request.text.trim();
  const command = wanted === "" ? undefined : findCommand(wanted);
  if (wanted !== "" && !command) {
    const names = commands.map(({ name }) => name).join(", ");
    throw new UsageError(
      "no-such-command",
      `There is no such command; the commands are ${names}.`,
      "mailhelp smtp",
    );
  }
  const told = command ? [command] : commands;
  return {
    answer: command ? helpOn(command) : overview(),
    report: {
      commands: told.map(({ name, summary, usage, examples }) => ({ name, summary, usage, examples })),
    },
    outcome: "answered",
  };
};

function overview(): Answer {
  return {
    title: "Ask me why mail does not get through",
    status: "info",
    summary: say`Paste a bounce, type a code, or name a domain: I say what happened, who has to act and what to do.`,
    sections: [
      {
        kind: "facts",
        rows: commands.map((command) => ({ label: command.name, value: describe(command) })),
      },
      {
        kind: "text",
        text: say`A bounce can be pasted as it is, or sent as an ${code(".eml")}, ${code(".msg")} or ${code(".txt")} file. In a direct message or mention the words work without a slash.`,
      },
    ],
    followUps: commands.flatMap((command) => {
      const [first] = examplesToPress(command);
      return first
        ? [{ label: `${command.name} ${first}`.slice(0, 60), command: command.name, text: first }]
        : [];
    }),
    sources: [],
  };
}

function describe({ name, summary, examples }: Command): Inline[] {
  const [first] = examples.filter((example) => example !== "");
  return first ? say`${summary} ${code(`${name} ${first}`)}` : say`${summary}`;
}

/** A button that only shows how something is asked must not begin to watch anything. */
function examplesToPress({ name, examples }: Command): readonly string[] {
  return name === "watch" ? examples.filter((text) => text === "list") : examples;
}

function helpOn(command: Command): Answer {
  const { name, summary, usage, examples } = command;
  return {
    title: `${name}: ${summary}`,
    status: "info",
    summary: usage ? say`It takes ${code(usage)}.` : say`It takes no arguments.`,
    sections: [
      { kind: "heading", text: "For example" },
      { kind: "list", items: examples.map((example) => [code(`${name} ${example}`.trim())]) },
    ],
    followUps: examplesToPress(command).map((text) => ({
      label: `${name} ${text}`.trim().slice(0, 60),
      command: name,
      text,
    })),
    sources: [],
  };
}
