/** The app's manifest: what Slack is told about it. Its commands come from the registry. */
import type { webApi } from "@slack/bolt";
import type { Command } from "../../src/bot/commands/index.ts";
import { ASK_SHORTCUT } from "./ask-view.ts";
import { CHANNEL_ENDS, REMOVALS } from "./endings.ts";
import { REDIRECT_PATH } from "./oauth.ts";
import { EXPLAIN_SHORTCUT } from "./pointed-at.ts";
import { SCOPES } from "./scopes.ts";

// The types do not know the scope `assistant:write` yet.
type Manifest = Omit<webApi.AppsManifestCreateArguments["manifest"], "oauth_config">;

const EVENTS = [
  "app_home_opened",
  "app_mention",
  "message.channels",
  "message.groups",
  "message.im",
  "message.mpim",
  "reaction_added",
  ...CHANNEL_ENDS,
] as const;

/** Only an app for whole organisations is told that a single workspace of one is lost to it. */
const ORG_WIDE_ONLY = "team_access_revoked";

export interface ManifestOptions {
  /** Where Slack reaches Postie by HTTP, such as `https://postie.example.org`; without it the manifest is for Socket Mode. */
  readonly address?: string;
  /** For workspaces, and whole organisations, that install Postie by themselves. */
  readonly oauth?: boolean;
}

export function slackManifest(
  commands: readonly Command[],
  { address, oauth = false }: ManifestOptions = {},
) {
  const requestUrl = address === undefined ? undefined : new URL("/slack/events", address).href;
  const url = requestUrl === undefined ? {} : { url: requestUrl };
  const request = requestUrl === undefined ? {} : { request_url: requestUrl };
  const redirect = address === undefined ? {} : { redirect_urls: [new URL(REDIRECT_PATH, address).href] };
  const removals = REMOVALS.filter((event) => oauth || event !== ORG_WIDE_ONLY);
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
    oauth_config: { ...redirect, scopes: { bot: SCOPES.map(({ scope }) => scope) } },
    settings: {
      event_subscriptions: { ...request, bot_events: [...EVENTS, ...removals] },
      interactivity: { is_enabled: true, ...request },
      org_deploy_enabled: oauth,
      socket_mode_enabled: requestUrl === undefined,
      // Tokens that expire are worth less to a thief. Those that a person copies into the configuration must last.
      token_rotation_enabled: oauth,
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
export function manifestText(commands: readonly Command[], options: ManifestOptions = {}): string {
  return `${JSON.stringify(slackManifest(commands, options), null, 2)}\n`;
}
