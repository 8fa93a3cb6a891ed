import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { officialCardProblems } from "./official-cards.ts";

/** An activity that the bot sent, as it came over the wire. */
export interface SentActivity {
  type: string;
  summary?: string;
  text?: string;
  replyToId?: string;
  recipient?: { id: string; isTargeted?: boolean };
  entities?: object[];
  attachments?: { contentType: string; content: Record<string, unknown> }[];
}

/** One request that the connector took or refused. */
export interface Call {
  method: string;
  conversation: string;
  /** The activity that is replied to or edited. */
  activityId?: string;
  activity: SentActivity;
  /** The id it was given, for new ones. */
  id?: string;
  status: number;
  /** Only its receiver would see it. */
  targeted: boolean;
  at: number;
}

export interface FakeConnector {
  readonly appId: string;
  /** What activities name as `serviceUrl`. */
  readonly serviceUrl: string;
  readonly openIdMetadata: string;
  readonly calls: Call[];
  /** Tokens that were fetched with a client secret. */
  readonly logins: { tenant: string; secret: string }[];
  /**
   * Answers the next requests with these statuses instead of taking them, and with these bodies, as a proxy in between would; 0 ends
   * the connection without an answer.
   */
  refuseNext(...refusals: Refusal[]): void;
  /** From now on refuses whatever is sent into a conversation, as where the app was removed; `null` takes it again. */
  refuseIn(conversation: string, refusal: { status: number; code: string } | null): void;
  /** Whether tokens to send with are given out, and the keys of incoming ones. */
  readonly gives: { tokens: boolean; keys: boolean };
  /** A token as Teams sends it to the app. */
  token(claims?: TokenClaims): Promise<string>;
  /** Resolves once so many calls match. */
  waitFor(matches: (call: Call) => boolean, count?: number, ms?: number): Promise<Call[]>;
  /** Forgets calls and refusals. */
  reset(): void;
  stop(): Promise<void>;
}

export interface Refusal {
  status: number;
  retryAfter?: string;
  delayMs?: number;
  body?: string;
}

export interface TokenClaims {
  audience?: string;
  issuer?: string;
  serviceUrl?: string;
  /** Relative to now, such as `-1h`. */
  expires?: string;
  /** Signs with a key that the OpenID document does not name. */
  forged?: boolean;
}

const ISSUER = "https://api.botframework.com";

/** The most that Teams takes of one activity, in bytes. */
const MAX_ACTIVITY_BYTES = 28 * 1024;

/**
 * A Bot Connector on loopback that is as strict as Teams': it takes only activities that carry a token for it, of at most 28 KB,
 * with cards that the official library can show. It also plays the OpenID document that incoming tokens are verified with and
 * the endpoints that give out tokens to send with. The Azure SDK finds that once in the life of a process, so a test file
 * starts one connector for all its tests.
 * @param options.anonymous takes sends without a token, as trial clients do
 */
export async function startFakeConnector({ anonymous = false } = {}): Promise<FakeConnector> {
  const appId = randomUUID();
  const signing = await generateKeyPair("RS256");
  const unknown = await generateKeyPair("RS256");
  const endorsements = ["msteams", "directline"];
  const key = { ...(await exportJWK(signing.publicKey)), kid: "k1", use: "sig", endorsements };
  const calls: Call[] = [];
  const logins: { tenant: string; secret: string }[] = [];
  const refusals: Refusal[] = [];
  const waiting = new Set<() => void>();
  const closed = new Map<string, { status: number; code: string }>();
  const gives = { tokens: true, keys: true };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      response.statusCode = 500;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serviceUrl = `${base}/teams/`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", base);
    if (url.pathname === "/openid" && !gives.keys) return json(response, 503, {});
    if (url.pathname === "/openid") return json(response, 200, { issuer: ISSUER, jwks_uri: `${base}/keys` });
    if (url.pathname === "/keys") return json(response, 200, { keys: [key] });
    if (!gives.tokens && /^\/identity$|\/token$/.test(url.pathname)) {
      return json(response, 400, { error: "invalid_client" });
    }
    if (url.pathname === "/identity") return giveIdentityToken(request, response, url);
    if (url.pathname.endsWith("/oauth2/v2.0/token")) return giveLoginToken(request, response, url);
    const path = /^\/teams\/v3\/conversations\/([^/]+)\/activities(?:\/([^/]+))?$/.exec(url.pathname);
    if (!path) return json(response, 404, { error: { code: "NotFound" } });
    const body = await readBody(request);
    const call: Call = {
      method: request.method ?? "",
      conversation: decodeURIComponent(path[1] ?? ""),
      ...(path[2] ? { activityId: decodeURIComponent(path[2]) } : {}),
      activity: JSON.parse(body.toString()),
      status: 0,
      targeted: url.searchParams.get("isTargetedActivity") === "true",
      at: performance.now(),
    };
    await take(call, request, body, response);
    for (const wake of waiting) wake();
  }

  async function take(call: Call, request: IncomingMessage, body: Buffer, response: ServerResponse) {
    const refusal = refusals.shift();
    if (refusal?.delayMs) await new Promise((resolve) => setTimeout(resolve, refusal.delayMs));
    const code = refusal ? null : await refusalCode(call, request, body);
    call.status = refusal?.status ?? code?.status ?? (call.method === "POST" ? 201 : 200);
    if (call.status < 300 && call.method === "POST") call.id = randomUUID();
    calls.push(call);
    if (refusal?.status === 0) return void response.destroy();
    if (refusal?.retryAfter) response.setHeader("Retry-After", refusal.retryAfter);
    if (refusal?.body !== undefined) {
      response.statusCode = refusal.status;
      return void response.end(refusal.body);
    }
    json(response, call.status, call.status < 300 ? { id: call.id ?? call.activityId } : { error: code });
  }

  async function refusalCode(call: Call, request: IncomingMessage, body: Buffer) {
    if (!anonymous && !(await maySend(request.headers.authorization)))
      return { status: 401, code: "Unauthorized" };
    const refused = closed.get(call.conversation);
    if (refused) return refused;
    if (body.length > MAX_ACTIVITY_BYTES) return { status: 413, code: "MessageSizeTooBig" };
    // A private message names its receiver when it is new, and never when it is edited.
    if (call.targeted && (call.method === "POST") !== Boolean(call.activity.recipient?.id)) {
      return { status: 400, code: "BadArgument" };
    }
    if (call.method === "PUT" && !calls.some(({ id }) => id !== undefined && id === call.activityId)) {
      return { status: 404, code: "ActivityNotFoundInConversation" };
    }
    for (const { contentType, content } of call.activity.attachments ?? []) {
      if (contentType !== "application/vnd.microsoft.card.adaptive") continue;
      const problems = officialCardProblems(content);
      if (problems.length > 0) return { status: 400, code: "BadSyntax", message: problems.join("; ") };
    }
    return null;
  }

  async function giveIdentityToken(request: IncomingMessage, response: ServerResponse, url: URL) {
    if (request.headers["x-identity-header"] !== "secret") return json(response, 401, {});
    if (url.searchParams.get("client_id") !== appId)
      return json(response, 400, { error: "unknown identity" });
    const resource = url.searchParams.get("resource") ?? "";
    const token = await accessToken(resource);
    const expires = Math.floor(Date.now() / 1000) + 3600;
    json(response, 200, { access_token: token, expires_on: `${expires}`, resource, token_type: "Bearer" });
  }

  /** Plays `login.microsoftonline.com` for apps with a client secret. */
  async function giveLoginToken(request: IncomingMessage, response: ServerResponse, url: URL) {
    const form = new URLSearchParams((await readBody(request)).toString());
    const [, tenant = ""] = url.pathname.split("/");
    logins.push({ tenant, secret: form.get("client_secret") ?? "" });
    if (form.get("client_id") !== appId) return json(response, 401, { error: "invalid_client" });
    const resource = (form.get("scope") ?? "").replace(/\/\.default.*$/, "");
    json(response, 200, {
      token_type: "Bearer",
      expires_in: 3600,
      access_token: await accessToken(resource),
    });
  }

  function accessToken(audience: string): Promise<string> {
    return new SignJWT({ appid: appId })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .setIssuer(base)
      .setAudience(audience)
      .setExpirationTime("1h")
      .sign(signing.privateKey);
  }

  async function maySend(authorization: string | undefined): Promise<boolean> {
    const [scheme, token] = (authorization ?? "").split(" ");
    if (scheme !== "Bearer" || !token) return false;
    try {
      const { payload } = await jwtVerify(token, signing.publicKey, { audience: ISSUER, issuer: base });
      return payload.appid === appId;
    } catch {
      return false;
    }
  }

  process.env.IDENTITY_ENDPOINT = `${base}/identity`;
  process.env.IDENTITY_HEADER = "secret";

  return {
    appId,
    serviceUrl,
    openIdMetadata: `${base}/openid`,
    calls,
    logins,
    refuseNext: (...more) => void refusals.push(...more),
    refuseIn(conversation, refusal) {
      if (refusal) closed.set(conversation, refusal);
      else closed.delete(conversation);
    },
    gives,
    token: (claims = {}) =>
      new SignJWT({ serviceurl: claims.serviceUrl ?? serviceUrl })
        .setProtectedHeader({ alg: "RS256", kid: "k1" })
        .setIssuer(claims.issuer ?? ISSUER)
        .setAudience(claims.audience ?? appId)
        .setIssuedAt()
        .setExpirationTime(claims.expires ?? "1h")
        .sign(claims.forged ? unknown.privateKey : signing.privateKey),
    waitFor: (matches, count = 1, ms = 8_000) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = calls.filter(matches);
          if (found.length < count) return;
          end();
          resolve(found);
        };
        const timer = setTimeout(() => {
          end();
          const seen = calls.map(({ method, status, activity }) => `${method} ${activity.type} ${status}`);
          reject(new Error(`the connector saw only: ${seen.join(", ") || "nothing"}`));
        }, ms);
        const end = () => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        waiting.add(check);
        check();
      }),
    reset() {
      calls.length = 0;
      refusals.length = 0;
      closed.clear();
      gives.tokens = true;
      gives.keys = true;
    },
    stop: () => stopServer(server),
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
