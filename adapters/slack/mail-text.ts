import type { Request } from "../../src/bot/request.ts";

/** Whether a command is asked with the text of mail rather than with a word or two. */
export function takesMailText(command: Request["command"]): boolean {
  return command === "bounce" || command === "checkmessage";
}
