/**
 * The one file that knows `botbuilder`: it verifies who sent what comes in, and sends what goes out. Bot Framework's classes
 * end here; the rest is written against the small types of `activity.ts`.
 */
import {
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  ConfigurationServiceClientCredentialFactory,
  type Activity as FrameworkActivity,
  TurnContext,
} from "botbuilder";
import { z } from "zod";
import type { Activity, Channel, Message } from "./activity.ts";
import { messageActivity } from "./outgoing.ts";
import { withoutConsoleErrors } from "./quiet.ts";
import { createReachability, type Reachability } from "./reachability.ts";
import { deliver } from "./send.ts";
import { asPrivate } from "./targeted.ts";

export interface Credentials {
  readonly appId: string;
  /** The app's client secret; a managed identity has none. */
  readonly password?: string | undefined;
  readonly type: "SingleTenant" | "MultiTenant" | "UserAssignedMsi";
  /** Needed for all but `MultiTenant`. */
  readonly tenantId?: string | undefined;
}

/** Where tokens are checked and fetched when it is not Microsoft's public cloud. */
export interface Endpoints {
  /** The OpenID document that names the keys of incoming tokens. */
  readonly openIdMetadata?: string;
  /** Who issues incoming tokens. */
  readonly tokenIssuer?: string;
  /** The authority that gives out outgoing tokens. */
  readonly login?: string;
}

export interface BotFramework {
  /**
   * Verifies that Teams sent this activity to this app (signature, issuer, audience, expiry, service address).
   * @param authorization the HTTP header, empty when there was none
   * @returns false for a token that is missing, expired, forged or meant for another app
   * @throws when that could not be found out, because the keys could not be fetched
   */
  isAuthentic(authorization: string, activity: Activity): Promise<boolean>;
  /**
   * Opens the way back into the conversation of a verified activity, however long ago it came, for as long as the work takes.
   * @param options.privately what is said there is for the one who sent the activity, and nobody else sees it
   * @param options.tries how often something is sent when the Bot Connector asks for that
   */
  converse(
    activity: Activity,
    work: (channel: Channel) => Promise<void>,
    options?: { privately?: boolean; tries?: number },
  ): Promise<void>;
  /**
   * Whether the last attempts to get a token to send with and the keys of incoming tokens succeeded. It does not wait; while they
   * fail, or were never made, it starts one from time to time.
   */
  isReachable(): boolean;
}

/** @param credentials null accepts whatever comes, without a token: for trials on loopback only */
export function connectBotFramework(
  credentials: Credentials | null,
  endpoints: Endpoints = {},
): BotFramework {
  const configuration = settings(credentials, endpoints);
  const factory = new ConfigurationServiceClientCredentialFactory(configuration);
  const reachability = createReachability(
    credentials
      ? {
          keys: () => fetchKeys(configuration.ToBotFromChannelOpenIdMetadataUrl),
          token: () => fetchToken(factory, configuration),
        }
      : {},
  );
  watchTokens(factory, reachability);
  const connect = (httpClient: HttpClient) =>
    new ConfigurationBotFrameworkAuthentication(configuration, factory, undefined, undefined, { httpClient });
  const authentication = connect(createHttpClient());
  const publicly = new CloudAdapter(authentication);

  return {
    async isAuthentic(authorization, activity) {
      if (credentials && issuerOf(authorization) !== configuration.ToBotFromChannelTokenIssuer) return false;
      try {
        const framework = asFramework(activity);
        await withoutConsoleErrors(() => authentication.authenticateRequest(framework, authorization));
        reachability.ended("keys", true);
        return true;
      } catch (error) {
        if (isRefusal(error)) return false;
        reachability.ended("keys", false);
        throw error;
      }
    },
    isReachable: () => reachability.isReachable(),
    async converse(activity, work, { privately = false, tries } = {}) {
      const reference = TurnContext.getConversationReference(asFramework(activity));
      const usual = !privately && tries === undefined;
      const client = () => createHttpClient(privately ? activity : undefined, tries);
      const adapter = usual ? publicly : new CloudAdapter(connect(client()));
      await adapter.continueConversationAsync(credentials?.appId ?? "", reference, (context) => {
        // The SDK makes an id up, and would send a reply to it where there is nothing to reply to.
        if (activity.id === undefined) Object.assign(context.activity, { id: undefined });
        return work(channelOf(context));
      });
    },
  };
}

const PUBLIC_CLOUD = {
  ToChannelFromBotLoginUrl: "https://login.microsoftonline.com/botframework.com",
  ToChannelFromBotOAuthScope: "https://api.botframework.com",
  ToBotFromChannelTokenIssuer: "https://api.botframework.com",
  OAuthUrl: "https://api.botframework.com",
  ToBotFromChannelOpenIdMetadataUrl: "https://login.botframework.com/v1/.well-known/openidconfiguration",
  ToBotFromEmulatorOpenIdMetadataUrl:
    "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
  CallerId: "urn:botframework:azure",
};

function settings(credentials: Credentials | null, endpoints: Endpoints) {
  return {
    ...PUBLIC_CLOUD,
    ...(endpoints.openIdMetadata ? { ToBotFromChannelOpenIdMetadataUrl: endpoints.openIdMetadata } : {}),
    ...(endpoints.tokenIssuer ? { ToBotFromChannelTokenIssuer: endpoints.tokenIssuer } : {}),
    ...(endpoints.login ? { ToChannelFromBotLoginUrl: endpoints.login } : {}),
    ...(credentials
      ? {
          MicrosoftAppId: credentials.appId,
          MicrosoftAppType: credentials.type,
          ...(credentials.password ? { MicrosoftAppPassword: credentials.password } : {}),
          ...(credentials.tenantId ? { MicrosoftAppTenantId: credentials.tenantId } : {}),
        }
      : {}),
  };
}

/**
 * Who a token says it is from, which is not verified yet. The SDK would also take tokens of emulators and other bots, of which it
 * checks less (not whether the service's address is theirs), and would fetch the keys for them whoever asks.
 */
function issuerOf(authorization: string): unknown {
  const [, payload = ""] = authorization.split(".", 2);
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).iss;
  } catch {
    return null;
  }
}

const tokenSchema = z.looseObject({ iss: z.string() });

/** Both describe the same wire format; ours names only what Postie reads, and keeps the rest. */
function asFramework(activity: Activity): FrameworkActivity {
  return activity as unknown as FrameworkActivity;
}

/** botbuilder's own refusals carry 401; those of its JWT library are known by their names. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("statusCode" in error) return error.statusCode === 401;
  return ["JsonWebTokenError", "NotBeforeError", "TokenExpiredError"].includes(error.name);
}

function channelOf(context: TurnContext): Channel {
  return {
    async send(message) {
      const sent = await context.sendActivity(messageActivity(message));
      return sent?.id || null;
    },
    async update(id: string, message: Message) {
      await context.updateActivity({ ...messageActivity(message), id });
    },
    async typing() {
      await context.sendActivity({ type: "typing" });
    },
  };
}

/** Notes of every token that is needed to send something whether it was there. */
function watchTokens(factory: ConfigurationServiceClientCredentialFactory, reachability: Reachability): void {
  const create = factory.createCredentials.bind(factory);
  factory.createCredentials = async (...given) => {
    const created = await create(...given);
    const sign = created.signRequest.bind(created);
    created.signRequest = async (request) => {
      try {
        const signed = await sign(request);
        reachability.ended("token", true);
        return signed;
      } catch (error) {
        reachability.ended("token", false);
        throw error;
      }
    };
    return created;
  };
}

async function fetchToken(
  factory: ConfigurationServiceClientCredentialFactory,
  { MicrosoftAppId, ToChannelFromBotOAuthScope, ToChannelFromBotLoginUrl }: ReturnType<typeof settings>,
): Promise<void> {
  const created = await factory.createCredentials(
    MicrosoftAppId ?? "",
    ToChannelFromBotOAuthScope,
    ToChannelFromBotLoginUrl,
    true,
  );
  await created.signRequest({} as Parameters<typeof created.signRequest>[0]);
}

const KEYS_TIMEOUT_MS = 5_000;

/** The OpenID document and the keys it names (OpenID Connect Discovery 1.0, §3), which are public. */
async function fetchKeys(document: string): Promise<void> {
  const fetchJson = async (url: string): Promise<unknown> => {
    const response = await fetch(url, { signal: AbortSignal.timeout(KEYS_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the keys cannot be fetched: ${response.status}`);
    return response.json();
  };
  const { jwks_uri: keys } = openIdSchema.parse(await fetchJson(document));
  await fetchJson(keys);
}

const openIdSchema = z.looseObject({ jwks_uri: z.url() });

type HttpClient = NonNullable<
  NonNullable<ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[4]>["httpClient"]
>;

/**
 * Our own sending in place of the SDK's, whose retries neither know 412 nor keep a time limit.
 * @param privateFor the activity whose sender alone is to see what is sent; the SDK is older than such messages
 */
function createHttpClient(privateFor?: Activity, tries?: number): HttpClient {
  return {
    async sendRequest(request) {
      const body = typeof request.body === "string" ? request.body : undefined;
      const given = {
        url: request.url,
        method: request.method,
        headers: request.headers.toJson({ preserveCase: true }),
        ...(body === undefined ? {} : { body }),
      };
      const delivery = privateFor ? asPrivate(given, privateFor) : given;
      const reply = await deliver(delivery, tries === undefined ? {} : { tries });
      const headers = request.headers.clone();
      for (const name of headers.headerNames()) headers.remove(name);
      for (const [name, value] of Object.entries(reply.headers)) headers.set(name, value);
      return { status: reply.status, headers, bodyAsText: reply.body, request };
    },
  };
}
