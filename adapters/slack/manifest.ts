/** The app's manifest: what Slack is told about it. Its commands come from the registry. */
import type { webApi } from "@slack/bolt";
import type { Command } from "../../src/bot/commands/index.ts";
import { ASK_SHORTCUT } from "./app.ts";
import { EXPLAIN_SHORTCUT } from "./pointed-at.ts";

// The types do not know the scope `assistant:write` yet.
type Manifest = Omit<webApi.AppsManifestCreateArguments["manifest"], "oauth_config">;

/** Every scope that is asked for, with its reason. */
export const SCOPES = [
  { scope: "commands", reason: "slash commands and the shortcuts “Explain this bounce” and “Ask Postie”" },
  { scope: "chat:write", reason: "to answer" },
  { scope: "app_mentions:read", reason: "to hear mentions in channels" },
  { scope: "im:history", reason: "to read what is asked in direct messages" },
  {
    scope: "channels:history",
    reason:
      "to recognise bounces pasted into public channels that Postie was invited to, and to read a message somebody reacts to",
  },
  { scope: "groups:history", reason: "the same in private channels" },
  { scope: "mpim:history", reason: "the same in group conversations" },
  { scope: "reactions:read", reason: "to see the reaction 📨, which asks to explain a message" },
  {
    scope: "files:read",
    reason: "to read .eml, .msg and text files, and the snippets that Slack makes of long pastes",
  },
  { scope: "users:read", reason: "to know the asker's language" },
  { scope: "assistant:write", reason: "to appear as an agent with suggested questions in the Messages tab" },
] as const;

const EVENTS = [
  "app_home_opened",
  "app_mention",
  "message.channels",
  "message.groups",
  "message.im",
  "message.mpim",
  "reaction_added",
] as const;

/**
 * @param requestUrl where Slack reaches Postie by HTTP; without it the manifest is for Socket Mode
 */
export function slackManifest(commands: readonly Command[], requestUrl?: string) {
  const url = requestUrl === undefined ? {} : { url: requestUrl };
  const request = requestUrl === undefined ? {} : { request_url: requestUrl };
  return {
    _metadata: { major_version: 1 },
    display_information: {
      name: "Postie",
      description: "Explains mail: error codes, bounces, and whether a domain can be reached and trusted",
      long_description:
        "Postie is a bot for everyone who has to do with mail. Ask it what an SMTP code means, paste a bounce, or let it check a domain before you write to a partner: it says what happened, who has to act, and exactly what to do, and shows what it based that on.",
      background_color: "#1f4e79",
    },
    features: {
      agent_view: {
        agent_description: "Explains SMTP codes and bounces, and checks domains live",
        suggested_prompts: suggestedPrompts(commands),
      },
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: "Postie", always_online: true },
      shortcuts: [
        {
          name: "Explain this bounce",
          type: "message" as const,
          callback_id: EXPLAIN_SHORTCUT,
          description: "Says why mail came back, who must act and how; only you see the answer",
        },
        {
          name: "Ask Postie",
          type: "global" as const,
          callback_id: ASK_SHORTCUT,
          description: "Opens a window for a bounce, a code, a domain or a question about mail",
        },
      ],
      slash_commands: commands.map(({ name, summary, usage }) => ({
        command: `/${name}`,
        ...url,
        description: summary,
        ...(usage ? { usage_hint: usage } : {}),
        should_escape: false,
      })),
    },
    oauth_config: { scopes: { bot: SCOPES.map(({ scope }) => scope) } },
    settings: {
      event_subscriptions: { ...request, bot_events: [...EVENTS] },
      interactivity: { is_enabled: true, ...request },
      org_deploy_enabled: false,
      socket_mode_enabled: requestUrl === undefined,
      token_rotation_enabled: false,
    },
  } satisfies Manifest;
}

/** Slack shows four questions at most. */
function suggestedPrompts(commands: readonly Command[]) {
  return commands
    .flatMap(({ name, summary, examples: [example] }) =>
      example ? [{ title: summary, message: `${name} ${example}` }] : [],
    )
    .slice(0, 4);
}

/** The manifest as the file holds it. */
export function manifestText(commands: readonly Command[], requestUrl?: string): string {
  return `${JSON.stringify(slackManifest(commands, requestUrl), null, 2)}\n`;
}
