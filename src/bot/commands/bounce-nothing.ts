import { type Answer, code, say } from "../answer.ts";

/** What to give, where no bounce was found. */
export function tellNoBounce(files: boolean): Answer {
  return {
    title: "This does not look like a bounce",
    status: "unknown",
    summary: say`I found no delivery failure in ${files ? "this file" : "this text"}.`,
    sections: [
      { kind: "heading", text: "What I can read" },
      {
        kind: "list",
        items: [
          say`the whole notification, as it is or as an ${code(".eml")}, ${code(".msg")} or ${code(".txt")} file`,
          say`only its fields (${code("Final-Recipient: … Status: … Diagnostic-Code: …")})`,
          say`a line of a mail server's log, an SMTP session, a mail program's error message`,
          say`only what the server said, beginning with its code`,
        ],
      },
      { kind: "code", text: "550 5.1.1 <anna@example.org>: user unknown", caption: "For example" },
    ],
    followUps: [{ label: "Explain 550", command: "smtp", text: "550" }],
    sources: [],
  };
}
