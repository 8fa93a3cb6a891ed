import { z } from "zod";
import type { Activity, InvokeResponse, Message } from "./activity.ts";
import { askOf } from "./ask.ts";
import type { Action, Ask, Card, Submit } from "./card.ts";
import { rich, run } from "./card.ts";
import type { Context, Reply } from "./handle.ts";
import { cardAttachment } from "./outgoing.ts";
import { withinPatience } from "./patience.ts";
import { answerOf, requestOf } from "./question.ts";
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

/** Takes what a dialog's button sent on. */
export async function submitDialog(activity: Activity, context: Context): Promise<Reply> {
  const value = submitSchema.safeParse(activity.value);
  const data = value.success ? value.data.data : undefined;

  const pasted = pastedSchema.safeParse(data);
  if (pasted.success) {
    const text = pasted.data.pasted?.trim() ?? "";
    if (text === "")
      return { invokeResponse: dialog(pasteForm("There was nothing in it. Paste the bounce here.")) };
    return { invokeResponse: explainInDialog({ command: "interpret", text }, activity, context) };
  }
  const ask = askOf(data);
  if (ask) return { invokeResponse: explainInDialog(ask, activity, context) };

  const wanted = keptSchema.safeParse(data);
  const answer = wanted.success ? context.kept.find(activity.from.id, wanted.data.answerKey) : null;
  if (!wanted.success || !answer) return { invokeResponse: dialog(gone()) };
  if (wanted.data.verb === "look") {
    return { invokeResponse: showInDialog(answer, wanted.data.answerKey) };
  }
  return postToChat(activity, await answer);
}

async function explainInDialog(
  ask: Ask,
  activity: Activity,
  { bot, log, kept }: Context,
): Promise<InvokeResponse> {
  const answer = answerOf(bot, requestOf(activity, ask, { seenByAskerOnly: true }), log);
  return showInDialog(answer, kept.keep(activity.from.id, answer));
}

async function showInDialog(answer: Promise<Message>, key: string): Promise<InvokeResponse> {
  const message = await withinPatience(answer);
  return dialog(message ? dialogCard(message.card, key) : stillWorking(key));
}

/**
 * From a message extension the card goes into the compose box, since Postie may not be a member of that chat; from a dialog of
 * its own message, Postie posts it.
 */
function postToChat(activity: Activity, message: Message): Reply {
  if (activity.name === "composeExtension/submitAction") {
    const attachments = [cardAttachment(message.card)];
    const body = { composeExtension: { type: "result", attachmentLayout: "list", attachments } };
    return { invokeResponse: { status: 200, body } };
  }
  return {
    invokeResponse: { status: 200, body: { task: { type: "message", value: "The answer is in the chat." } } },
    afterwards: async (channel) => void (await channel.send(message)),
  };
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

function stillWorking(key: string): Card {
  return {
    type: "AdaptiveCard",
    version: "1.5",
    fallbackText: "Still working on it",
    body: [rich([run("Still working on it. It will be there in a moment.")])],
    actions: [{ type: "Action.Submit", title: "Show the answer", data: { verb: "look", answerKey: key } }],
  };
}

function gone(): Card {
  return {
    type: "AdaptiveCard",
    version: "1.5",
    fallbackText: "This answer is not kept any more",
    body: [rich([run("This answer is not kept any more. Close this and ask again.")])],
  };
}

function dialog(card: Card): InvokeResponse {
  const value = { title: "Postie", width: "large", height: "large", card: cardAttachment(card) };
  return { status: 200, body: { task: { type: "continue", value } } };
}
