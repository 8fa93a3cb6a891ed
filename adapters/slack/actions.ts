/** Pressed buttons: follow-ups, "Check again" and "Share in channel". */
import { z } from "zod";
import type { Answer } from "../../src/bot/answer.ts";
import { openAskView } from "./ask-view.ts";
import {
  AGAIN_ACTION,
  ASK_ACTION,
  decodeQuestion,
  OPEN_ASK_ACTION,
  type Question,
  SHARE_ACTION,
} from "./buttons.ts";
import type { Context } from "./context.ts";
import { channelOutlet, type Outlet, responseUrlOutlet, withFallback } from "./outlet.ts";
import { type Asked, type Replied, reply, show } from "./reply.ts";
import { parseMode, SETTINGS_ACTION, settingsMessage } from "./settings.ts";

const press = z.object({
  user: z.object({ id: z.string() }),
  team: z.object({ id: z.string() }).nullish(),
  channel: z.object({ id: z.string() }).nullish(),
  response_url: z.string().optional(),
  trigger_id: z.string().optional(),
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

/** Of the five messages that a response_url takes two may show progress. */
const MAX_MESSAGES = 3;

export async function handleAction(context: Context, payload: unknown): Promise<Replied> {
  const parsed = press.safeParse(payload);
  const action = parsed.data?.actions[0];
  if (!parsed.success || !action) return "silent";
  const pressed = parsed.data;
  if (action.action_ts && !context.deliveries.claim(`action:${pressed.user.id}:${action.action_ts}`))
    return "silent";
  if (action.action_id === SHARE_ACTION) return share(context, pressed, action.value);
  if (action.action_id.startsWith(SETTINGS_ACTION)) return changeSettings(context, pressed, action.value);
  if (action.action_id === OPEN_ASK_ACTION) {
    await openAskView(context.api, pressed.trigger_id ?? "", null);
    return "answered";
  }
  const question = decodeQuestion(action.value);
  if (!question) return "silent";
  if (action.action_id.startsWith(AGAIN_ACTION)) return ask(context, pressed, question, true);
  if (action.action_id.startsWith(ASK_ACTION)) return ask(context, pressed, question, false);
  return "silent";
}

async function ask(context: Context, pressed: Press, question: Question, again: boolean): Promise<Replied> {
  const onlyForAsker = pressed.container?.is_ephemeral ?? false;
  // On the Home tab there is no channel: the answer comes as a direct message.
  const channel = pressed.channel?.id ?? pressed.user.id;
  const direct = /^[DUW]/.test(channel);
  const locale = await context.locales.of(pressed.user.id);
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
      asker: { id: pressed.user.id, ...(locale === undefined ? {} : { locale }) },
    },
    outlet: outletFor(context, pressed, { channel, again, onlyForAsker, direct }),
    shareable: onlyForAsker && !direct,
    maxMessages: MAX_MESSAGES,
  });
}

interface Where {
  channel: string;
  again: boolean;
  onlyForAsker: boolean;
  direct: boolean;
}

/** Where the answer to a button belongs: with the message that holds it, and as private as that. */
function outletFor(context: Context, { message, response_url }: Press, where: Where): Outlet {
  const { api, log, signal } = context;
  const byUrl = () => responseUrlOutlet({ url: response_url ?? "", replace: where.again, log, signal });
  if (where.onlyForAsker) return byUrl();
  const threadTs = message?.thread_ts ?? (where.direct ? undefined : message?.ts);
  const inChannel = channelOutlet({
    api,
    channel: where.channel,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(where.again && message ? { replaceTs: message.ts } : {}),
    log,
    signal,
  });
  return response_url === undefined ? inChannel : withFallback(inChannel, byUrl);
}

async function changeSettings(context: Context, pressed: Press, value: string | undefined): Promise<Replied> {
  const mode = parseMode(value);
  const { channel, team, user, response_url } = pressed;
  if (!mode || !channel || !response_url) return "silent";
  context.settings.setMode(team?.id ?? context.identity.teamId, channel.id, mode);
  context.log.info({ channel: channel.id, user: user.id, mode }, "the settings of a channel were changed");
  const outlet = responseUrlOutlet({
    url: response_url,
    replace: true,
    log: context.log,
    signal: context.signal,
  });
  await outlet.show(settingsMessage(mode));
  return "answered";
}

/** Says to everybody what one person was told: the same answer while it is kept, else the same question's. */
async function share(context: Context, pressed: Press, value: string | undefined): Promise<Replied> {
  const { log, signal, kept } = context;
  const parsed = shareValue.safeParse(parseJson(value));
  if (!parsed.success || !pressed.response_url) return "silent";
  const url = pressed.response_url;
  const question = decodeQuestion(parsed.data.q);
  const asked: Asked = {
    request: {
      ...(question ?? { command: "interpret", text: "" }),
      files: [],
      place: {
        platform: "slack",
        tenant: pressed.team?.id ?? context.identity.teamId,
        conversation: pressed.channel?.id ?? "",
        private: false,
      },
      asker: { id: pressed.user.id },
    },
    outlet: responseUrlOutlet({ url, inChannel: true, log, signal }),
    maxMessages: MAX_MESSAGES,
  };
  const answer = kept.take(parsed.data.k);
  if (answer) return show(context, asked, answer);
  if (question) return reply(context, asked);
  return show(context, { ...asked, outlet: responseUrlOutlet({ url, log, signal }) }, notKept);
}

const notKept: Answer = {
  title: "This answer is no longer kept",
  status: "info",
  summary: [{ text: "It was too long for the button to remember. Ask again, then share the new answer." }],
  sections: [],
  followUps: [],
  sources: [],
};

function parseJson(value: string | undefined): unknown {
  try {
    return JSON.parse(value ?? "");
  } catch {
    return undefined;
  }
}
