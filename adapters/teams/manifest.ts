/** The app's manifest: what Teams is told about it. Its commands come from the registry. */
import type { Command } from "../../src/bot/commands/index.ts";
import { EXPLAIN_BOUNCE, PASTE_BOUNCE } from "./dialogs.ts";
import { SEARCH_KNOWLEDGE, SEARCH_PARAMETER } from "./search-extension.ts";

export interface ManifestOptions {
  /** The app id of the Azure Bot. */
  readonly appId: string;
  /** Of this package; Teams takes an update only with a higher one. */
  readonly version: string;
  /** Who runs Postie, as the app's page names them. */
  readonly developer: string;
  /** Their page about it, which also stands for privacy and terms where these are not given. */
  readonly website: string;
  readonly privacy?: string;
  readonly terms?: string;
}

/** Stands in the manifest of the repository; `npm run teams:package` puts the real values in its place. */
export const UNSET: ManifestOptions = {
  appId: "00000000-0000-0000-0000-000000000000",
  version: "1.0.0",
  developer: "Postie",
  website: "https://postie.example.org",
};

/** Teams takes three lists of twelve commands. */
const MOST_COMMANDS = 12;

/** A manifest of version 1.29, the first one with slash commands. */
export function teamsManifest(commands: readonly Command[], options: ManifestOptions) {
  const { appId, version, developer, website, privacy = website, terms = website } = options;
  const everywhere = ["personal", "team", "groupChat"];
  return {
    $schema: "https://developer.microsoft.com/en-us/json-schemas/teams/v1.29/MicrosoftTeams.schema.json",
    manifestVersion: "1.29",
    version,
    id: appId,
    developer: { name: developer, websiteUrl: website, privacyUrl: privacy, termsOfUseUrl: terms },
    name: { short: "Postie", full: "Postie, the bot for mail support" },
    description: {
      short: "Explains mail errors and bounces, and checks domains live",
      full: "Postie says why mail does not get through. Ask it what an SMTP code means, paste a bounce, or let it check a domain before you write to a partner: it says what happened, who has to act, and exactly what to do, and shows what it based that on. Postie keeps nothing of your mail.",
    },
    icons: { color: "color.png", outline: "outline.png" },
    accentColor: "#1F4E79",
    defaultInstallScope: "personal",
    defaultGroupCapability: { team: "bot", groupchat: "bot" },
    bots: [
      {
        botId: appId,
        scopes: everywhere,
        supportsFiles: true,
        isNotificationOnly: false,
        // Slash commands in groups arrive as private messages to the app, and are answered privately.
        supportsTargetedMessages: true,
        commandLists: listsOfTwelve(commands).map((list) => ({
          scopes: everywhere,
          triggers: ["mention", "slash"],
          commands: list.map(({ name, summary, usage }) => ({
            title: name,
            description: usage ? `${summary} (${usage})` : summary,
          })),
        })),
      },
    ],
    composeExtensions: [
      {
        botId: appId,
        commands: [
          {
            id: EXPLAIN_BOUNCE,
            type: "action",
            title: "Explain this bounce",
            description: "Says why mail came back, who must act and how; only you see it until you post it",
            context: ["message"],
            fetchTask: true,
          },
          {
            id: PASTE_BOUNCE,
            type: "action",
            title: "Paste a bounce",
            description: "Explains a bounce, or any text of a mail server",
            context: ["compose", "commandBox"],
            fetchTask: true,
          },
          {
            id: SEARCH_KNOWLEDGE,
            type: "query",
            title: "Search",
            description: "Finds what an SMTP code or a server's words mean, and guides about mail",
            context: ["compose", "commandBox"],
            initialRun: true,
            parameters: [
              {
                name: SEARCH_PARAMETER,
                title: "Code, words or topic",
                description: "Such as 550, mailbox full or DMARC",
                inputType: "text",
              },
            ],
          },
        ],
      },
    ],
    permissions: ["identity", "messageTeamMembers"],
    validDomains: [],
  };
}

function listsOfTwelve(commands: readonly Command[]): Command[][] {
  const lists = Math.ceil(commands.length / MOST_COMMANDS);
  return Array.from({ length: lists }, (_, index) => {
    return commands.slice(index * MOST_COMMANDS, (index + 1) * MOST_COMMANDS);
  });
}

/** The manifest as its file holds it. */
export function manifestText(commands: readonly Command[], options: ManifestOptions): string {
  return `${JSON.stringify(teamsManifest(commands, options), null, 2)}\n`;
}
