/** Pressed buttons: follow-ups, "Check again" and "Share in channel". */
import { z } from "zod";
import { isKeepable } from "../../src/bot/keepable.ts";
import { openAskView } from "./ask-view.ts";
import {
  AGAIN_ACTION,
  ASK_ACTION,
  decodeQuestion,
  OPEN_ASK_ACTION,
  type Question,
  SHARE_ACTION,
} from "./buttons.ts";
import { answersIn } from "./channel-outlet.ts";
import type { Context } from "./context.ts";
import { type Outlet, withFallback } from "./outlet.ts";
import { requestOf } from "./question.ts";
import { type Asked, type Replied, reply, showOnce } from "./reply.ts";
import { responseUrlOutlet } from "./response-url.ts";
import { parseMode, SETTINGS_ACTION, settingsMessage } from "./settings.ts";
import { untilStored } from "./store-patience.ts";
import { interrupted, notKept } from "./told.ts";

const press = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).nullish(),
  response_url: z.string().optional(),
  trigger_id: z.string().optional(),
  container: z.object({ is_ephemeral: z.boolean().nullish() }).nullish(),
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
  if (action.action_id === SHARE_ACTION) return share(context, pressed, action.value);
  if (action.action_id.startsWith(SETTINGS_ACTION)) return changeSettings(context, pressed, action.value);
  if (action.action_id === OPEN_ASK_ACTION) return openWindow(context, pressed);
  const again = action.action_id.startsWith(AGAIN_ACTION);
  if (!again && !action.action_id.startsWith(ASK_ACTION)) return "silent";
  const lost = context.turn.again?.textLost ?? false;
  const question = lost ? ({ command: "interpret", text: "" } as const) : decodeQuestion(action.value);
  return question ? ask(context, pressed, question, { again, lost }) : "silent";
}

/** By which repeats are known, and what another instance needs to go on: without the question where that may be mail text. */
export function keepAction(payload: unknown): { name?: string; kept: unknown; textLost: boolean } | null {
  const parsed = press.safeParse(payload);
  const action = parsed.data?.actions[0];
  if (!parsed.success || !action) return null;
  const { trigger_id: _, ...given } = parsed.data;
  const { kept, textLost } = keepValue(action);
  return {
    ...(action.action_ts && { name: `${given.user.id}:${action.action_ts}` }),
    kept: { ...given, actions: [{ ...action, value: kept }] },
    textLost,
  };
}

function keepValue({ action_id, value }: Press["actions"][number]): { kept?: string; textLost: boolean } {
  if (value === undefined || action_id.startsWith(SETTINGS_ACTION)) {
    return { ...(value === undefined ? {} : { kept: value }), textLost: false };
  }
  const shared = action_id === SHARE_ACTION ? shareValue.safeParse(parseJson(value)) : null;
  const question = decodeQuestion(shared ? shared.data?.q : value);
  return question && isKeepable({ ...question, files: [] })
    ? { kept: value, textLost: false }
    : { textLost: true };
}

function ask(
  context: Context,
  pressed: Press,
  { command, text }: Question,
  { again, lost }: { again: boolean; lost: boolean },
): Promise<Replied> {
  const onlyForAsker = pressed.container?.is_ephemeral ?? false;
  // On the Home tab there is no channel: the answer comes as a direct message.
  const user = pressed.user.id;
  const channel = pressed.channel?.id ?? user;
  const direct = /^[DUW]/.test(channel);
  return context.locales.of(user).then((locale) =>
    reply(context, {
      request: requestOf(context, { command, text, channel, private: onlyForAsker || direct, user }, locale),
      outlet: outletFor(context, pressed, { channel, again, onlyForAsker, direct }),
      shareable: onlyForAsker && !direct,
      maxMessages: MAX_MESSAGES,
      lost,
    }),
  );
}

interface Where {
  channel: string;
  again: boolean;
  onlyForAsker: boolean;
  direct: boolean;
}

/** Where the answer to a button belongs: with the message that holds it, and as private as that. */
function outletFor(context: Context, { message, response_url }: Press, where: Where): Outlet {
  const { log, signal } = context;
  const byUrl = () => responseUrlOutlet({ url: response_url ?? "", replace: where.again, log, signal });
  if (where.onlyForAsker) return byUrl();
  const inChannel = answersIn(context, {
    channel: where.channel,
    threadTs: message?.thread_ts ?? (where.direct ? undefined : message?.ts),
    replaceTs: where.again ? message?.ts : undefined,
  });
  return response_url === undefined ? inChannel : withFallback(inChannel, byUrl);
}

async function openWindow(context: Context, { user, trigger_id = "" }: Press): Promise<Replied> {
  if (context.turn.again) return sayInterrupted(context, user.id);
  await openAskView(context.api, trigger_id, null);
  return "answered";
}

/** What somebody wanted opened is too late to open. */
export async function sayInterrupted(context: Context, user: string): Promise<Replied> {
  const request = requestOf(context, { command: "interpret", text: "", channel: user, private: true, user });
  return showOnce(context, { request, outlet: answersIn(context, { channel: user }) }, interrupted);
}

async function changeSettings(context: Context, pressed: Press, value: string | undefined): Promise<Replied> {
  const { tenant, settings, log, signal, turn } = context;
  const mode = parseMode(value);
  const { channel, user, response_url } = pressed;
  if (!mode || !channel || !response_url) return "silent";
  await settings.setMode(tenant, channel.id, mode);
  log.info({ channel: channel.id, user: user.id, mode }, "the settings of a channel were changed");
  // Shown twice it is the same.
  if (await turn.begin())
    await responseUrlOutlet({ url: response_url, replace: true, log, signal }).show(settingsMessage(mode));
  return "answered";
}

/** Says to everybody what one person was told: the same answer while it is kept, else the same question's. */
async function share(context: Context, pressed: Press, value: string | undefined): Promise<Replied> {
  const { log, signal, kept, tenant, turn } = context;
  const lost = turn.again?.textLost ?? false;
  const parsed = shareValue.safeParse(lost ? { k: "" } : parseJson(value));
  if (!parsed.success || !pressed.response_url) return "silent";
  const url = pressed.response_url;
  const question = decodeQuestion(parsed.data.q);
  const user = pressed.user.id;
  const channel = pressed.channel?.id ?? "";
  const aside = responseUrlOutlet({ url, log, signal });
  const asked: Asked = {
    request: requestOf(context, {
      ...(question ?? { command: "interpret", text: "" }),
      channel,
      private: false,
      user,
    }),
    outlet: responseUrlOutlet({ url, inChannel: true, log, signal }),
    aside,
    maxMessages: MAX_MESSAGES,
    lost,
  };
  const answer = await untilStored(() => kept.find(tenant, user, parsed.data.k), { signal });
  if (answer) return showOnce(context, asked, answer);
  return question ? reply(context, asked) : showOnce(context, { ...asked, outlet: aside }, notKept);
}

function parseJson(value: string | undefined): unknown {
  try {
    return JSON.parse(value ?? "");
  } catch {
    return undefined;
  }
}
