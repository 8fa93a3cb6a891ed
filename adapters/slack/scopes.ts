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
  {
    scope: "channels:read",
    reason:
      "to know whether Postie may post in the public channel that `/watch` is used in, and when that has ended",
  },
  { scope: "groups:read", reason: "the same in private channels" },
  { scope: "reactions:read", reason: "to see the reaction 📨, which asks to explain a message" },
  {
    scope: "files:read",
    reason: "to read .eml, .msg and text files, and the snippets that Slack makes of long pastes",
  },
  { scope: "users:read", reason: "to know the asker's language" },
  { scope: "assistant:write", reason: "to appear as an agent with suggested questions in the Messages tab" },
] as const;
