/** What the fake Slack knows: workspaces with their channels and what was said in them, and what the app did wrong. */

export interface FakeMessage {
  ts: string;
  threadTs?: string;
  user: string;
  text: string;
  blocks: unknown[];
  /** Only this person sees it. */
  onlyFor?: string;
  /** What it carries unseen. */
  metadata?: unknown;
  /** More that Slack tells of it, such as its files. */
  more?: Record<string, unknown>;
  /** Times at which it was edited, in milliseconds. */
  edits: number[];
  /** What it showed before each edit. */
  versions: unknown[][];
}

export interface FakeChannel {
  id: string;
  /** The workspace that it is in. */
  team: string;
  kind: "channel" | "im" | "mpim" | "group";
  botIsMember: boolean;
  isArchived?: boolean;
  messages: FakeMessage[];
}

export interface FakeFile {
  id: string;
  /** The workspace that it is in; the first one when not given. */
  team?: string;
  name: string;
  filetype: string;
  bytes: Buffer;
  mode?: string;
  plain_text?: string;
}

/** A workspace, with the app's bot as it would be there. */
export interface FakeWorkspace {
  readonly team: string;
  readonly name: string;
  /** The organisation that it is part of. */
  readonly enterprise?: string;
  readonly botUser: string;
  readonly botId: string;
}

/** A token of the app's bot: in one workspace, or in all of an organisation. */
export interface FakeToken {
  readonly tenant: string;
  readonly orgWide: boolean;
  readonly botUser: string;
  readonly botId: string;
  /** Milliseconds since 1970. */
  expiresAt?: number;
  revoked?: boolean;
}

export interface FakeState {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** The first workspace, in which the app has {@link botToken}. */
  readonly team: string;
  readonly botUser: string;
  readonly botId: string;
  readonly workspaces: Map<string, FakeWorkspace>;
  readonly tokens: Map<string, FakeToken>;
  readonly channels: Map<string, FakeChannel>;
  readonly files: Map<string, FakeFile>;
  /** Views by the person who sees them. */
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
  // Slack's times are those of its clock.
  let last = Date.now() * 1_000;
  const state: FakeState = {
    botToken: "xoxb-fake-token",
    appToken: "xapp-fake-token",
    signingSecret: "8f742231b10e8888abcd99yyyzzz85a5",
    team: "T0TEAM",
    botUser: BOT_USER,
    botId: "B0POSTIE",
    workspaces: new Map(),
    tokens: new Map(),
    channels: new Map(),
    files: new Map(),
    views: { opened: [], published: new Map() },
    calls: [],
    complaints: [],
    locales: new Map(),
    nextTs: () => {
      last = Math.max(last + 1_000, Date.now() * 1_000);
      return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, "0")}`;
    },
  };
  const { team, botUser, botId } = state;
  state.workspaces.set(team, { team, name: "Fake", botUser, botId });
  state.tokens.set(state.botToken, { tenant: team, orgWide: false, botUser, botId });
  return state;
}

/** Whether a token reaches a workspace. */
export function reaches(state: FakeState, { tenant, orgWide }: FakeToken, team: string): boolean {
  return orgWide ? state.workspaces.get(team)?.enterprise === tenant : tenant === team;
}
