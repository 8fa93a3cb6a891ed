/** Buttons and what their values carry: a button must work after a restart, so it carries its question itself. */
import type { ActionsBlock, Button } from "@slack/types";
import { z } from "zod";
import type { FollowUp } from "../../src/bot/answer.ts";
import { cleanText } from "../../src/bot/clean.ts";
import { findCommand } from "../../src/bot/commands/index.ts";
import type { CommandName, Request } from "../../src/bot/request.ts";
import { shorten } from "./fit.ts";
import { LIMITS } from "./message.ts";

/** The start of the action ids of buttons that ask a question; Slack wants each id once per message. */
export const ASK_ACTION = "postie_ask";
export const AGAIN_ACTION = "postie_again";
export const SHARE_ACTION = "postie_share";
/** Opens the window "Ask Postie". */
export const OPEN_ASK_ACTION = "postie_open_ask";
export const LINK_ACTION = "postie_link";

/** The label of the follow-up that repeats a check: its answer takes the place of the one it stands below. */
export const CHECK_AGAIN = "Check again";

export interface Question {
  command: Request["command"];
  text: string;
}

const questionValue = z.object({ c: z.string().max(40), t: z.string().max(LIMITS.buttonValue) });

/** The value of a button that asks this question; `null` when it is too long for a button. */
export function encodeQuestion({ command, text }: Question): string | null {
  const value = JSON.stringify({ c: command, t: text });
  return value.length <= LIMITS.buttonValue ? value : null;
}

/** The question of a pressed button; `null` when the value is not one that this version knows. */
export function decodeQuestion(value: string | undefined): Question | null {
  if (value === undefined) return null;
  try {
    const parsed = questionValue.safeParse(JSON.parse(value));
    if (!parsed.success) return null;
    const command: CommandName | undefined = findCommand(parsed.data.c)?.name;
    if (command) return { command, text: parsed.data.t };
    return parsed.data.c === "interpret" ? { command: "interpret", text: parsed.data.t } : null;
  } catch {
    return null;
  }
}

export function button(label: string, actionId: string, value?: string, url?: string): Button {
  return {
    type: "button",
    text: { type: "plain_text", text: shorten(cleanText(label) || "…", LIMITS.buttonText), emoji: false },
    action_id: actionId,
    ...(value === undefined ? {} : { value }),
    ...(url === undefined ? {} : { url }),
  };
}

/** What the values of all follow-ups may take of a message's characters. */
const FOLLOW_UPS_BUDGET = 2_500;

/** More are clutter, and the buttons after them need room too. */
const MAX_FOLLOW_UPS = 20;

/** The next steps as buttons. A step whose text is too long for a button is left out: it can still be typed. */
export function followUpButtons(followUps: readonly FollowUp[]): Button[] {
  let left = FOLLOW_UPS_BUDGET;
  return followUps
    .slice(0, MAX_FOLLOW_UPS)
    .flatMap(followUpButton)
    .filter(({ value = "", url = "", text }) => {
      left -= value.length + url.length + text.text.length;
      return left >= 0;
    });
}

function followUpButton(followUp: FollowUp, index: number): Button[] {
  if ("href" in followUp) {
    const https = URL.canParse(followUp.href) && new URL(followUp.href).protocol === "https:";
    return https && followUp.href.length <= LIMITS.url
      ? [button(followUp.label, `${LINK_ACTION}_${index}`, undefined, followUp.href)]
      : [];
  }
  const value = encodeQuestion(followUp);
  if (value === null) return [];
  const action = followUp.label === CHECK_AGAIN ? `${AGAIN_ACTION}_${index}` : `${ASK_ACTION}_${index}`;
  return [button(followUp.label, action, value)];
}

export function actions(buttons: Button[]): ActionsBlock[] {
  return buttons.length > 0 ? [{ type: "actions", elements: buttons.slice(0, LIMITS.actionElements) }] : [];
}
