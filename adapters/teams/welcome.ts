import { code, say } from "../../src/bot/answer.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { type Activity, isPersonal, type Message } from "./activity.ts";
import { fitAnswer } from "./fit.ts";

/** What Postie can do, with examples that work when they are clicked; made from the command registry. */
export function welcomeMessage(activity: Activity): Message {
  const examples = commands.flatMap(({ name, examples: [first] }) => (first ? [{ name, first }] : []));
  const how = isPersonal(activity)
    ? say`Paste a bounce, type a code or name a domain. You can also send me an ${code(".eml")}, ${code(".msg")} or ${code(".txt")} file.`
    : say`Mention me with a code, a domain or a bounce, such as ${code("@Postie smtp 550")}. On any message, choose ${code("Explain this bounce")} from its menu.`;
  return fitAnswer({
    title: "Hello, I am Postie: I say why mail does not get through",
    status: "info",
    summary: how,
    sections: [
      {
        kind: "facts",
        rows: commands.map(({ name, summary }) => ({ label: name, value: say`${summary}` })),
      },
    ],
    followUps: examples.map(({ name, first }) => ({ label: `${name} ${first}`, command: name, text: first })),
    sources: [],
  });
}
