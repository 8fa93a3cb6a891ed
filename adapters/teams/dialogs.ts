import { z } from "zod";
import { isKeepable } from "../../src/bot/keepable.ts";
import type { Activity, InvokeResponse, Message } from "./activity.ts";
import { askOf } from "./ask.ts";
import type { Action, Ask, Card, Submit } from "./card.ts";
import { rich, run } from "./card.ts";
import type { Context } from "./context.ts";
import { cardAttachment } from "./outgoing.ts";
import { withinPatience } from "./patience.ts";
import { answerOf, askerOf, requestOf } from "./question.ts";
import { htmlToText } from "./text-in.ts";

/**
 * Dialogs: "Explain this bounce" on any message, and a field to paste into where Teams gives no files to apps. A dialog is
 * answered within moments; an answer that takes longer is shown by its button "Show the answer".
 */

/** The message extension's command, which the manifest names. */
export const EXPLAIN_BOUNCE = "explainBounce";
/** The one of the compose box. */
export const PASTE_BOUNCE = "pasteBounce";

/** A button in a message that opens the dialog to paste into. */
export function pasteButton(title: string): Submit {
  return { type: "Action.Submit", title, data: { msteams: { type: "task/fetch" } } };
}

const messageSchema = z.looseObject({
  messagePayload: z.looseObject({
    body: z.looseObject({ contentType: z.string().optional(), content: z.string() }),
  }),
});

/** Opens a dialog: on a message, its explanation; otherwise a field to paste into. */
export async function openDialog(activity: Activity, context: Context): Promise<InvokeResponse> {
  const message = messageSchema.safeParse(activity.value);
  if (!message.success) return dialog(pasteForm());
  const { contentType, content } = message.data.messagePayload.body;
  const text = contentType === "text" ? content : htmlToText(content);
  if (text === "")
    return dialog(pasteForm("That message has no text that I can read. Paste the bounce here."));
  return explainInDialog({ command: "bounce", text }, activity, context);
}

const submitSchema = z.looseObject({ data: z.unknown().optional() });
const pastedSchema = z.looseObject({ verb: z.literal("paste"), pasted: z.string().optional() });
const keptSchema = z.looseObject({ verb: z.enum(["look", "post"]), answerKey: z.string() });
const comingSchema = z.looseObject({ comingSince: z.number() });

/** The key of the answer that a dialog's button posts, or null for any other data. */
export function postOf(value: unknown): string | null {
  const kept = keptSchema.safeParse(dataOf(value));
  return kept.success && kept.data.verb === "post" ? kept.data.answerKey : null;
}

function dataOf(value: unknown): unknown {
  const parsed = submitSchema.safeParse(value);
  return parsed.success ? parsed.data.data : undefined;
}

/** Takes what a dialog's button sent on. */
export async function submitDialog(activity: Activity, context: Context): Promise<InvokeResponse> {
  const data = dataOf(activity.value);
  const pasted = pastedSchema.safeParse(data);
  if (pasted.success) {
    const text = pasted.data.pasted?.trim() ?? "";
    if (text === "") return dialog(pasteForm("There was nothing in it. Paste the bounce here."));
    return explainInDialog({ command: "interpret", text }, activity, context);
  }
  const ask = askOf(data);
  if (ask) return explainInDialog(ask, activity, context);

  const wanted = keptSchema.safeParse(data);
  if (!wanted.success) return dialog(gone());
  const { verb, answerKey } = wanted.data;
  const kept = await context.kept.find({ owner: context.owner, asker: askerOf(activity) }, answerKey);
  if (!kept) return dialog(mayStillCome(data) ? stillWorking(answerKey, data) : gone());
  const answer = verb === "post" ? await withinPatience(kept.answer) : null;
  return answer ? toChat(activity, answer) : showInDialog(kept.answer, answerKey);
}

async function explainInDialog(ask: Ask, activity: Activity, context: Context): Promise<InvokeResponse> {
  const answer = answerOf(requestOf(activity, ask, context, { seenByAskerOnly: true }), context);
  const keepable = isKeepable({ ...ask, files: [] });
  const key = context.kept.keep({ owner: context.owner, asker: askerOf(activity) }, answer, keepable);
  return showInDialog(answer, key, keepable ? { comingSince: Date.now() } : {});
}

async function showInDialog(answer: Promise<Message>, key: string, coming = {}): Promise<InvokeResponse> {
  const message = await withinPatience(answer);
  return dialog(message ? dialogCard(message.card, key) : stillWorking(key, coming));
}

/** The longest that any check takes, in milliseconds, and some more. */
const COMING_MS = 60_000;

/** Whether another instance may still be at work on an answer, which will be found in the store. */
function mayStillCome(data: unknown): boolean {
  const coming = comingSchema.safeParse(data);
  return coming.success && Math.abs(Date.now() - coming.data.comingSince) < COMING_MS;
}

/**
 * From a message extension the card goes into the compose box, since Postie may not be a member of that chat; from a dialog of
 * its own message, Postie posts it.
 */
function toChat({ name }: Activity, { card }: Message): InvokeResponse {
  if (name !== "composeExtension/submitAction") {
    return { status: 200, body: { task: { type: "message", value: "The answer is in the chat." } } };
  }
  const result = { type: "result", attachmentLayout: "list", attachments: [cardAttachment(card)] };
  return { status: 200, body: { composeExtension: result } };
}

/** Tells in a dialog why there is no answer. */
export function dialogNotice(text: string): InvokeResponse {
  return dialog(notice(text));
}

/** The answer with buttons that a dialog understands, which are `Action.Submit` only. */
function dialogCard(card: Card, key: string): Card {
  const followUps = (card.actions ?? []).map((action): Action => {
    return action.type === "Action.Execute" ? action.fallback : action;
  });
  const post: Submit = {
    type: "Action.Submit",
    title: "Post to chat",
    data: { verb: "post", answerKey: key },
  };
  return { ...card, actions: [post, ...followUps.slice(0, 5)] };
}

function pasteForm(note?: string): Card {
  return {
    type: "AdaptiveCard",
    version: "1.5",
    fallbackText: "Paste the bounce",
    body: [
      ...(note ? [rich([run(note)])] : []),
      {
        type: "Input.Text",
        id: "pasted",
        label: "The bounce, or any text of a mail server",
        placeholder: "550 5.1.1 <anna@example.org>: Recipient address rejected",
        isMultiline: true,
        isRequired: true,
        errorMessage: "Paste the text of the bounce here.",
      },
    ],
    actions: [{ type: "Action.Submit", title: "Explain it", data: { verb: "paste" } }],
  };
}

/** @param coming what the button before carried, if any, of when the work began */
function stillWorking(key: string, coming: unknown): Card {
  const since = comingSchema.safeParse(coming);
  const data = {
    verb: "look",
    answerKey: key,
    ...(since.success ? { comingSince: since.data.comingSince } : {}),
  };
  return {
    ...notice("Still working on it. It will be there in a moment."),
    actions: [{ type: "Action.Submit", title: "Show the answer", data }],
  };
}

function gone(): Card {
  return notice("This answer is not kept any more. Close this and ask again.");
}

function notice(text: string): Card {
  return { type: "AdaptiveCard", version: "1.5", fallbackText: text, body: [rich([run(text)])] };
}

function dialog(card: Card): InvokeResponse {
  const value = { title: "Postie", width: "large", height: "large", card: cardAttachment(card) };
  return { status: 200, body: { task: { type: "continue", value } } };
}
