/** Pressed buttons: follow-ups, "Check again" and "Share in channel". */
import { z } from "zod";
import { AGAIN_ACTION, ASK_ACTION, decodeQuestion, type Question, SHARE_ACTION } from "./buttons.ts";
import type { Context } from "./context.ts";
import { channelOutlet, type Outlet, responseUrlOutlet } from "./outlet.ts";
import { render } from "./render.ts";
import { type Replied, reply, showAll } from "./reply.ts";

const press = z.object({
  user: z.object({ id: z.string() }),
  team: z.object({ id: z.string() }).nullish(),
  channel: z.object({ id: z.string() }).nullish(),
  response_url: z.string().optional(),
  container: z.looseObject({ is_ephemeral: z.boolean().nullish() }).nullish(),
  message: z.object({ ts: z.string(), thread_ts: z.string().nullish() }).nullish(),
  actions: z
    .array(
      z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string().optional() }),
    )
    .min(1),
});
type Press = z.infer<typeof press>;

const shareValue = z.object({ k: z.string(), q: z.string().optional() });

/** One message of the five that a response_url takes is left in reserve. */
const MAX_MESSAGES = 4;

export async function handleAction(context: Context, payload: unknown): Promise<Replied> {
  const parsed = press.safeParse(payload);
  const action = parsed.data?.actions[0];
  if (!parsed.success || !action) return "silent";
  const claim = context.deliveries.claim(
    `action:${parsed.data.user.id}:${action.action_id}:${action.action_ts ?? ""}`,
  );
  if (action.action_ts !== undefined && !claim) return "silent";
  if (action.action_id === SHARE_ACTION) return share(context, parsed.data, action.value);
  const question = decodeQuestion(action.value);
  if (!question) return "silent";
  if (action.action_id === AGAIN_ACTION) return ask(context, parsed.data, question, true);
  if (action.action_id.startsWith(ASK_ACTION)) return ask(context, parsed.data, question, false);
  return "silent";
}

function ask(context: Context, pressed: Press, question: Question, again: boolean): Promise<Replied> {
  const onlyForAsker = pressed.container?.is_ephemeral ?? false;
  const channel = pressed.channel?.id ?? "";
  const direct = channel.startsWith("D");
  return reply(context, {
    request: {
      ...question,
      files: [],
      place: {
        platform: "slack",
        tenant: pressed.team?.id ?? context.identity.teamId,
        conversation: channel,
        private: onlyForAsker || direct,
      },
      asker: { id: pressed.user.id },
    },
    outlet: outletFor(context, pressed, { again, onlyForAsker, direct }),
    shareable: onlyForAsker && !direct,
    maxMessages: MAX_MESSAGES,
  });
}

/** Where the answer to a button belongs: with the message that holds it, and as private as that. */
function outletFor(
  context: Context,
  { channel, message, response_url }: Press,
  { again, onlyForAsker, direct }: { again: boolean; onlyForAsker: boolean; direct: boolean },
): Outlet {
  const { api, log, signal } = context;
  if (onlyForAsker || !channel || !message) {
    return responseUrlOutlet({ url: response_url ?? "", replace: again, log, signal });
  }
  const threadTs = message.thread_ts ?? (direct ? undefined : message.ts);
  return channelOutlet({
    api,
    channel: channel.id,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(again ? { replaceTs: message.ts } : {}),
    log,
    signal,
  });
}

/** Says to everybody what one person was told. */
async function share(context: Context, pressed: Press, value: string | undefined): Promise<Replied> {
  const { log, signal, kept } = context;
  const parsed = shareValue.safeParse(parseJson(value));
  if (!parsed.success || !pressed.response_url) return "silent";
  const outlet = responseUrlOutlet({ url: pressed.response_url, inChannel: true, log, signal });
  const answer = kept.take(parsed.data.k);
  if (answer) {
    await showAll(outlet, render(answer, { fold: context.folds, maxMessages: MAX_MESSAGES }));
    return "answered";
  }
  const question = decodeQuestion(parsed.data.q);
  if (question) {
    return reply(context, {
      request: {
        ...question,
        files: [],
        place: {
          platform: "slack",
          tenant: pressed.team?.id ?? context.identity.teamId,
          conversation: pressed.channel?.id ?? "",
          private: false,
        },
        asker: { id: pressed.user.id },
      },
      outlet,
      maxMessages: MAX_MESSAGES,
    });
  }
  const tell = responseUrlOutlet({ url: pressed.response_url, log, signal });
  await showAll(
    tell,
    render({
      title: "This answer is no longer kept",
      status: "info",
      summary: [
        { text: "It was too long for the button to remember. Ask again, then share the new answer." },
      ],
      sections: [],
      followUps: [],
      sources: [],
    }),
  );
  return "answered";
}

function parseJson(value: string | undefined): unknown {
  try {
    return JSON.parse(value ?? "");
  } catch {
    return undefined;
  }
}
