import { ConfigError } from "./config-error.ts";
import { type Environment, isLoopback, isSafeUrl } from "./environment.ts";

export interface TeamsConfig {
  readonly appId: string;
  readonly password: string | undefined;
  readonly type: "SingleTenant" | "MultiTenant" | "UserAssignedMsi";
  readonly tenantId: string | undefined;
  /** The tenants that an app of many tenants serves. */
  readonly tenants: readonly string[] | "all";
  /** Where tokens are checked and fetched in another cloud than Microsoft's public one. */
  readonly endpoints: TeamsEndpoints;
}

export interface TeamsEndpoints {
  readonly openIdMetadata?: string;
  readonly tokenIssuer?: string;
  readonly login?: string;
}

const EXAMPLE = "11111111-2222-3333-4444-555555555555";

/** @throws {ConfigError} when it is half given */
export function readTeams(given: Environment, host: string): TeamsConfig | "local" | undefined {
  const { TEAMS_APP_ID: appId, TEAMS_APP_PASSWORD: password, TEAMS_TENANT_ID: tenantId } = given;
  if (given.TEAMS === "local") return readLocal(given, host);
  if (!appId) {
    const names = ["TEAMS_APP_PASSWORD", "TEAMS_APP_TYPE", "TEAMS_TENANT_ID", "TEAMS_TENANTS"] as const;
    const set = names.find((name) => given[name]);
    if (set) throw new ConfigError("TEAMS_APP_ID", `is missing, though ${set} is set`, EXAMPLE);
    return undefined;
  }
  const type = given.TEAMS_APP_TYPE ?? "SingleTenant";
  if (type !== "UserAssignedMsi" && !password) {
    const problem = `is missing, though TEAMS_APP_ID is set and TEAMS_APP_TYPE is ${type}`;
    throw new ConfigError("TEAMS_APP_PASSWORD", problem, "the client secret's value");
  }
  if (type !== "MultiTenant" && !tenantId) {
    throw new ConfigError("TEAMS_TENANT_ID", `is missing, though TEAMS_APP_TYPE is ${type}`, EXAMPLE);
  }
  return {
    appId,
    password,
    type,
    tenantId,
    tenants: readTenants(given, type),
    endpoints: readEndpoints(given),
  };
}

function readLocal(given: Environment, host: string): "local" {
  if (given.TEAMS_APP_ID) {
    const problem =
      "is local, which accepts unsigned messages, though TEAMS_APP_ID is set; unset one of them";
    throw new ConfigError("TEAMS", problem, "local");
  }
  if (!isLoopback(host)) {
    const problem = "must be a loopback address while TEAMS=local accepts unsigned messages";
    throw new ConfigError("HOST", problem, "127.0.0.1");
  }
  return "local";
}

/** Whose messages are answered: nobody's by oversight. */
function readTenants({ TEAMS_TENANTS: list, TEAMS_TENANT_ID: own }: Environment, type: TeamsConfig["type"]) {
  if (type !== "MultiTenant") {
    if (list) {
      const problem = `is set, though TEAMS_APP_TYPE is ${type}, which serves TEAMS_TENANT_ID only`;
      throw new ConfigError("TEAMS_TENANTS", problem, `${EXAMPLE} with TEAMS_APP_TYPE=MultiTenant`);
    }
    return own ? [own] : [];
  }
  if (!list) {
    const problem =
      "is missing, though TEAMS_APP_TYPE is MultiTenant: which tenants are served, or * for all";
    throw new ConfigError("TEAMS_TENANTS", problem, `${EXAMPLE},66666666-7777-8888-9999-000000000000`);
  }
  return list === "*" ? "all" : list.split(",").map((tenant) => tenant.trim().toLowerCase());
}

function readEndpoints(given: Environment): TeamsEndpoints {
  const examples = {
    TEAMS_OPENID_METADATA: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    TEAMS_TOKEN_ISSUER: "https://api.botframework.us",
    TEAMS_LOGIN_URL: "https://login.microsoftonline.us/botframework.com",
  } as const;
  for (const [variable, example] of Object.entries(examples)) {
    const value = given[variable as keyof typeof examples];
    // Who gives out tokens is only ever asked by https.
    const isLogin = variable === "TEAMS_LOGIN_URL";
    if (value === undefined || (isSafeUrl(value) && !(isLogin && value.startsWith("http:")))) continue;
    const problem = `is not an https address${isLogin ? "" : " (http on this machine only)"}`;
    throw new ConfigError(variable, problem, example);
  }
  const { TEAMS_OPENID_METADATA, TEAMS_TOKEN_ISSUER, TEAMS_LOGIN_URL } = given;
  return {
    ...(TEAMS_OPENID_METADATA ? { openIdMetadata: TEAMS_OPENID_METADATA } : {}),
    ...(TEAMS_TOKEN_ISSUER ? { tokenIssuer: TEAMS_TOKEN_ISSUER } : {}),
    ...(TEAMS_LOGIN_URL ? { login: TEAMS_LOGIN_URL } : {}),
  };
}
