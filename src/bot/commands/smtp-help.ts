import { type Answer, code, say } from "../answer.ts";
import { commands } from "./index.ts";

/** What `smtp` alone answers. */
export function smtpHelp(): Answer {
  const examples = commands.find(({ name }) => name === "smtp")?.examples ?? [];
  return {
    title: "Which code or server text?",
    status: "info",
    summary: say`Give me a code or paste what a server said: I say what it means, who has to act and what to do.`,
    sections: [
      {
        kind: "facts",
        rows: [
          {
            label: "A reply code",
            value: say`${code("smtp 550")}: three digits, the first of them 2, 3, 4 or 5`,
          },
          {
            label: "An enhanced code",
            value: say`${code("smtp 5.7.26")}, or both: ${code("smtp 550 5.7.26")}`,
          },
          {
            label: "A provider's meaning",
            value: say`${code("smtp 5.7.30 @gmail")}, since providers use the same code for different things`,
          },
          {
            label: "A server's text",
            value: say`${code("smtp relay access denied")}, typing errors included`,
          },
        ],
      },
      { kind: "text", text: say`A whole bounce is better read with ${code("bounce")}.` },
    ],
    followUps: examples.map((text) => ({ label: `smtp ${text}`, command: "smtp", text })),
    sources: [],
  };
}
