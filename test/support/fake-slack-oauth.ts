/** The fake Slack's side of installations: consent, codes, tokens that may expire, and removals. */
import { randomUUID } from "node:crypto";
import type { ApiResult } from "./fake-slack-api.ts";
import type { FakeState, FakeToken, FakeWorkspace } from "./fake-slack-state.ts";

type Args = Record<string, unknown>;

/** Where a person installs the app: in a workspace or in a whole organisation; `null` when they do not consent. */
export type Consent = { team: string } | { enterprise: string } | null;

export interface FakeOAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The address that Slack leads back to. */
  redirectUri: string;
  /** What the person at the browser decides. */
  consent: Consent;
  /** How long tokens last, in seconds; `null` for those that do not expire. */
  tokensLast: number | null;
  /** A refresh that takes a while. */
  refreshMs: number;
  /** How often tokens were renewed. */
  readonly refreshed: string[];
  /** Slack's page that asks for consent: where it leads the browser. */
  authorize(query: URLSearchParams): { status: number; location?: string };
  access(args: Args): Promise<ApiResult>;
  /** Revokes the tokens of a workspace or organisation. */
  revoke(tenant: string): void;
}

export function createFakeOAuth(state: FakeState): FakeOAuth {
  const codes = new Map<string, { where: NonNullable<Consent>; redirectUri: string }>();
  const refreshTokens = new Map<string, { tenant: string; used: boolean }>();
  const refuse = (error: string): ApiResult => ({ status: 200, body: { ok: false, error } });

  function newToken(tenant: string, orgWide: boolean, bot: Pick<FakeWorkspace, "botUser" | "botId">) {
    const accessToken = `xoxb-${randomUUID()}`;
    const token: FakeToken = { tenant, orgWide, botUser: bot.botUser, botId: bot.botId };
    state.tokens.set(accessToken, token);
    if (oauth.tokensLast === null) return { access_token: accessToken };
    token.expiresAt = Date.now() + oauth.tokensLast * 1_000;
    const refreshToken = `xoxe-1-${randomUUID()}`;
    refreshTokens.set(refreshToken, { tenant, used: false });
    return { access_token: accessToken, refresh_token: refreshToken, expires_in: oauth.tokensLast };
  }

  function exchange({ code, redirect_uri }: Args): ApiResult {
    const granted = codes.get(String(code));
    codes.delete(String(code));
    if (!granted) return refuse("invalid_code");
    if (granted.redirectUri !== redirect_uri) return refuse("bad_redirect_uri");
    const { where } = granted;
    const orgWide = "enterprise" in where;
    const tenant = orgWide ? where.enterprise : where.team;
    const workspace = [...state.workspaces.values()].find((each) =>
      orgWide ? each.enterprise === tenant : each.team === tenant,
    );
    if (!workspace) return refuse("fatal_error");
    const { enterprise, botUser, name } = workspace;
    return {
      status: 200,
      body: {
        ok: true,
        app_id: "A0POSTIE",
        authed_user: { id: "U0ADMIN" },
        scope: "commands,chat:write",
        token_type: "bot",
        bot_user_id: botUser,
        team: orgWide ? null : { id: tenant, name },
        enterprise: enterprise === undefined ? null : { id: enterprise, name: "The Organisation" },
        is_enterprise_install: orgWide,
        ...newToken(tenant, orgWide, workspace),
      },
    };
  }

  async function refresh({ refresh_token }: Args): Promise<ApiResult> {
    const found = refreshTokens.get(String(refresh_token));
    if (!found || found.used) {
      state.complaints.push("a refresh token was used twice, or is none");
      return refuse("invalid_refresh_token");
    }
    found.used = true;
    oauth.refreshed.push(found.tenant);
    await new Promise((resolve) => setTimeout(resolve, oauth.refreshMs));
    const before = [...state.tokens.values()].find(({ tenant }) => tenant === found.tenant);
    if (!before || before.revoked) return refuse("invalid_refresh_token");
    return {
      status: 200,
      body: {
        ok: true,
        app_id: "A0POSTIE",
        scope: "commands,chat:write",
        token_type: "bot",
        bot_user_id: before.botUser,
        is_enterprise_install: before.orgWide,
        ...newToken(found.tenant, before.orgWide, before),
      },
    };
  }

  const oauth: FakeOAuth = {
    clientId: "1234567890.9876543210",
    clientSecret: "fake-client-secret-0123456789",
    redirectUri: "https://postie.example.org/slack/oauth_redirect",
    consent: null,
    tokensLast: null,
    refreshMs: 0,
    refreshed: [],
    authorize(query) {
      if (query.get("client_id") !== oauth.clientId || query.get("redirect_uri") !== oauth.redirectUri)
        return { status: 400 };
      if (!query.get("state") || !query.get("scope")) return { status: 400 };
      const back = new URL(oauth.redirectUri);
      back.searchParams.set("state", query.get("state") ?? "");
      if (oauth.consent === null) back.searchParams.set("error", "access_denied");
      else {
        const code = randomUUID();
        codes.set(code, { where: oauth.consent, redirectUri: oauth.redirectUri });
        back.searchParams.set("code", code);
      }
      return { status: 302, location: back.href };
    },
    async access(args) {
      if (args.client_id !== oauth.clientId || args.client_secret !== oauth.clientSecret)
        return refuse("bad_client_secret");
      return args.grant_type === "refresh_token" ? refresh(args) : exchange(args);
    },
    revoke(tenant) {
      for (const token of state.tokens.values()) if (token.tenant === tenant) token.revoked = true;
    },
  };
  return oauth;
}
