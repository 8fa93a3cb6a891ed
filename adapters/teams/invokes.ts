import type { Activity, InvokeResponse } from "./activity.ts";
import type { Context } from "./context.ts";
import { dialogNotice, openDialog, submitDialog } from "./dialogs.ts";
import { askerOf } from "./question.ts";
import { searchKnowledge, searchNotice, selectResult } from "./search-extension.ts";
import type { Task } from "./tasks.ts";
import { NOT_KEPT, STORE_AWAY } from "./told.ts";

/** The answer to an invoke, which Teams waits for and gives up on soon, so that it is there within moments. */
export async function answerInvoke(
  activity: Activity,
  task: Task | null,
  context: Context,
): Promise<InvokeResponse> {
  switch (activity.name) {
    case "adaptiveCard/action":
      return answerButton(activity, task, context);
    case "task/fetch":
    case "composeExtension/fetchTask":
      return openDialog(activity, context);
    case "task/submit":
    case "composeExtension/submitAction":
      return submitDialog(activity, context);
    case "composeExtension/query":
      return searchKnowledge(activity, context);
    case "composeExtension/selectItem":
      return selectResult(activity, context);
    default:
      return { status: 501 };
  }
}

/** Tells in the place of an answer that the store is away. */
export function storeAwayResponse({ name = "" }: Activity): InvokeResponse {
  if (name === "adaptiveCard/action") return cardError(STORE_AWAY);
  if (name === "composeExtension/query" || name === "composeExtension/selectItem") {
    return searchNotice(STORE_AWAY);
  }
  const isDialog = name.startsWith("task/") || name.startsWith("composeExtension/");
  return isDialog ? dialogNotice(STORE_AWAY) : { status: 503 };
}

/** Acknowledges the button at once; what it asks is answered in a message of its own, so that the old answer stays. */
async function answerButton(
  activity: Activity,
  task: Task | null,
  { kept, owner }: Context,
): Promise<InvokeResponse> {
  if (task?.kind === "question") {
    return cardMessage(`Asked: ${task.ask.command} ${task.ask.text}`.trim().slice(0, 200));
  }
  const isKept =
    task?.kind === "share" && (await kept.find({ owner, asker: askerOf(activity) }, task.answerKey));
  return isKept ? cardMessage("Shown to everyone here.") : cardError(NOT_KEPT);
}

/** The answer to a universal action that leaves the card as it is and shows a line of text. */
function cardMessage(value: string): InvokeResponse {
  const body = { statusCode: 200, type: "application/vnd.microsoft.activity.message", value };
  return { status: 200, body };
}

function cardError(message: string): InvokeResponse {
  const body = {
    statusCode: 400,
    type: "application/vnd.microsoft.error",
    value: { code: "BadRequest", message },
  };
  return { status: 200, body };
}
