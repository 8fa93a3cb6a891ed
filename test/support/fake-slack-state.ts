/** The workspace of the fake Slack: its channels, what was said in them, and what the app did wrong. */

export interface FakeMessage {
  ts: string;
  threadTs?: string;
  user: string;
  text: string;
  blocks: unknown[];
  /** Only this person sees it. */
  onlyFor?: string;
  /** Times at which it was edited, in milliseconds. */
  edits: number[];
  /** What it showed before each edit. */
  versions: unknown[][];
}

export interface FakeChannel {
  id: string;
  kind: "channel" | "im" | "mpim" | "group";
  botIsMember: boolean;
  messages: FakeMessage[];
}

export interface FakeFile {
  id: string;
  name: string;
  filetype: string;
  bytes: Buffer;
  mode?: string;
  plain_text?: string;
}

export interface FakeState {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly team: string;
  readonly botUser: string;
  readonly botId: string;
  readonly channels: Map<string, FakeChannel>;
  readonly files: Map<string, FakeFile>;
  readonly views: { opened: unknown[]; published: Map<string, unknown> };
  /** Calls of the Web API in order. */
  readonly calls: { method: string; args: Record<string, unknown>; at: number }[];
  /** What Slack would have refused or a person would have suffered from; a test ends with none. */
  readonly complaints: string[];
  readonly locales: Map<string, string>;
  nextTs(): string;
}

export const BOT_USER = "U0POSTIE";

export function createState(): FakeState {
  let last = 1_700_000_000_000_000;
  return {
    botToken: "xoxb-fake-token",
    appToken: "xapp-fake-token",
    signingSecret: "8f742231b10e8888abcd99yyyzzz85a5",
    team: "T0TEAM",
    botUser: BOT_USER,
    botId: "B0POSTIE",
    channels: new Map(),
    files: new Map(),
    views: { opened: [], published: new Map() },
    calls: [],
    complaints: [],
    locales: new Map(),
    nextTs: () => {
      last += 1_000;
      return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, "0")}`;
    },
  };
}
