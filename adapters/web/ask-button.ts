import type { Request } from "../../src/bot/request.ts";
import { element, type Node } from "./tree.ts";

interface Question {
  readonly command: Request["command"];
  readonly text: string;
}

/** A button of the chat that asks this. */
export function askButton(label: string, { command, text }: Question): Node {
  return element(
    "button",
    { type: "button", class: "step", "data-command": command, "data-text": text },
    label,
  );
}

/** The address of the page that asks this. */
export function questionAddress({ command, text }: Question): string {
  const asked = command === "interpret" ? text : `${command} ${text}`;
  return `/?q=${encodeURIComponent(asked.trim())}`;
}
