import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { ConfigError } from "../src/config-error.ts";

const slack = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s3cret" };
const teams = { TEAMS_APP_ID: "id", TEAMS_APP_PASSWORD: "p", TEAMS_TENANT_ID: "t" };
const database = { DATABASE_URL: "postgres://postie:p@127.0.0.1/postie", POSTIE_SECRET: "s".repeat(44) };
const install = {
  ...database,
  SLACK_CLIENT_ID: "1.2",
  SLACK_CLIENT_SECRET: "c",
  SLACK_SIGNING_SECRET: "s3cret",
  POSTIE_URL: "https://postie.example.org/",
};

describe("the environment", () => {
  test("may be empty", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 3978,
      logLevel: "info",
      store: { path: undefined, url: undefined, secrets: [] },
      watches: 200,
      dns: undefined,
      knowledge: undefined,
      slack: undefined,
      teams: undefined,
    });
  });

  test("configures Slack over HTTP, by Socket Mode, and both", () => {
    expect(readConfig(slack).slack).toMatchObject({ signingSecret: "s3cret", appToken: undefined });
    expect(readConfig({ SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" }).slack).toMatchObject({
      appToken: "xapp-1",
    });
    expect(readConfig({ ...slack, SLACK_APP_TOKEN: "xapp-1" }).slack).toMatchObject({
      signingSecret: "s3cret",
      appToken: "xapp-1",
    });
  });

  test("points Slack at another Web API, always with the final slash", () => {
    expect(readConfig({ ...slack, SLACK_API_URL: "http://127.0.0.1:9/api" }).slack?.apiUrl).toBe(
      "http://127.0.0.1:9/api/",
    );
  });

  test("serves the page on this machine only, or under the names that are given", () => {
    expect(readConfig({ POSTIE_WEB: "1" }).web).toEqual([]);
    expect(readConfig({ POSTIE_WEB: "postie.example.org,192.0.2.7" }).web).toEqual([
      "postie.example.org",
      "192.0.2.7",
    ]);
    expect(() => readConfig({ POSTIE_WEB: "https://postie.example.org/" })).toThrow(ConfigError);
  });

  test("configures Teams, where a single tenant is the default", () => {
    expect(readConfig(teams).teams).toEqual({
      appId: "id",
      password: "p",
      type: "SingleTenant",
      tenantId: "t",
      tenants: ["t"],
      endpoints: {},
    });
    expect(
      readConfig({ TEAMS_APP_ID: "id", TEAMS_APP_TYPE: "UserAssignedMsi", TEAMS_TENANT_ID: "t" }).teams,
    ).toMatchObject({
      password: undefined,
    });
    expect(readConfig({ TEAMS: "local" }).teams).toBe("local");
  });

  test("serves the tenants of a list with Teams for many tenants, or all of them", () => {
    const many = { ...teams, TEAMS_APP_TYPE: "MultiTenant" };
    expect(readConfig({ ...many, TEAMS_TENANTS: "AAAA-1, bbbb-2" }).teams).toMatchObject({
      tenants: ["aaaa-1", "bbbb-2"],
    });
    expect(readConfig({ ...many, TEAMS_TENANTS: "*" }).teams).toMatchObject({ tenants: "all" });
  });

  test("lets workspaces install Postie by themselves", () => {
    expect(readConfig(install).slack).toMatchObject({
      botToken: undefined,
      oauth: { clientId: "1.2", clientSecret: "c", publicUrl: "https://postie.example.org" },
    });
  });

  test("keeps what must last in a file or in PostgreSQL", () => {
    expect(readConfig({ POSTIE_STORE: "/var/lib/postie.sqlite" }).store).toEqual({
      path: "/var/lib/postie.sqlite",
      url: undefined,
      secrets: [],
    });
    const old = "o".repeat(32);
    expect(readConfig({ ...database, POSTIE_SECRET_OLD: old }).store).toEqual({
      path: undefined,
      url: database.DATABASE_URL,
      secrets: [database.POSTIE_SECRET, old],
    });
  });

  test("holds the keys of blocklists that want one", () => {
    const keys = { POSTIE_DQS_KEY: " abc123 ", POSTIE_SPAMRATS_KEY: "x-y" };
    expect(readConfig(keys).blocklistKeys).toEqual({ dqs: "abc123", spamrats: "x-y" });
    expect(readConfig({}).blocklistKeys).toBeUndefined();
  });

  test("counts an empty variable as not set", () => {
    expect(readConfig({ SLACK_BOT_TOKEN: "", TEAMS_APP_ID: " ", PORT: "" })).toEqual(readConfig({}));
  });
});

describe("a setting that is wrong or half given", () => {
  test.each<[string, NodeJS.ProcessEnv]>([
    ["PORT", { PORT: "70000" }],
    ["PORT", { PORT: "http" }],
    ["HOST", { HOST: "nowhere" }],
    ["LOG_LEVEL", { LOG_LEVEL: "loud" }],
    ["POSTIE_DNS", { POSTIE_DNS: "dns.example.org" }],
    ["POSTIE_DQS_KEY", { POSTIE_DQS_KEY: "two words" }],
    ["POSTIE_ABUSIX_KEY", { POSTIE_ABUSIX_KEY: "a.b" }],
    ["SLACK_BOT_TOKEN", { SLACK_SIGNING_SECRET: "s" }],
    ["SLACK_BOT_TOKEN", { ...slack, SLACK_BOT_TOKEN: "xapp-1" }],
    ["SLACK_SIGNING_SECRET", { SLACK_BOT_TOKEN: "xoxb-1" }],
    ["SLACK_SIGNING_SECRET", { ...slack, SLACK_SIGNING_SECRET: "xoxb-1" }],
    ["SLACK_APP_TOKEN", { ...slack, SLACK_APP_TOKEN: "xoxb-1" }],
    ["SLACK_API_URL", { ...slack, SLACK_API_URL: "http://example.org/api/" }],
    ["SLACK_API_URL", { ...slack, SLACK_API_URL: "nonsense" }],
    ["SLACK_REACTION", { ...slack, SLACK_REACTION: ":envelope:" }],
    ["SLACK_BOT_TOKEN", { SLACK_REACTION: "envelope" }],
    ["POSTIE_KNOWLEDGE", { POSTIE_KNOWLEDGE: "/no/such/folder" }],
    ["TEAMS", { TEAMS: "yes" }],
    ["TEAMS", { TEAMS: "local", TEAMS_APP_ID: "id" }],
    ["HOST", { TEAMS: "local", HOST: "0.0.0.0" }],
    ["TEAMS_APP_ID", { TEAMS_APP_PASSWORD: "p" }],
    ["TEAMS_APP_PASSWORD", { TEAMS_APP_ID: "id", TEAMS_TENANT_ID: "t" }],
    ["TEAMS_TENANT_ID", { TEAMS_APP_ID: "id", TEAMS_APP_PASSWORD: "p" }],
    ["TEAMS_APP_TYPE", { ...teams, TEAMS_APP_TYPE: "Tenant" }],
    ["TEAMS_TENANTS", { ...teams, TEAMS_APP_TYPE: "MultiTenant" }],
    ["TEAMS_TENANTS", { ...teams, TEAMS_TENANTS: "a" }],
    ["TEAMS_TENANTS", { ...teams, TEAMS_APP_TYPE: "MultiTenant", TEAMS_TENANTS: "a b" }],
    ["TEAMS_LOGIN_URL", { ...teams, TEAMS_LOGIN_URL: "http://127.0.0.1:9/" }],
    ["TEAMS_OPENID_METADATA", { ...teams, TEAMS_OPENID_METADATA: "http://login.example.org" }],
    ["DATABASE_URL", { ...database, DATABASE_URL: "mysql://127.0.0.1/postie" }],
    ["POSTIE_STORE", { ...database, POSTIE_STORE: "/tmp/postie.sqlite" }],
    ["POSTIE_SECRET", { DATABASE_URL: database.DATABASE_URL }],
    ["POSTIE_SECRET", { POSTIE_SECRET: "too short" }],
    ["POSTIE_SECRET", { POSTIE_SECRET_OLD: "o".repeat(32) }],
    ["POSTIE_SECRET_OLD", { ...database, POSTIE_SECRET_OLD: "too short" }],
    ["POSTIE_URL", { ...install, POSTIE_URL: "http://postie.example.org" }],
    ["POSTIE_URL", { ...install, POSTIE_URL: "https://postie.example.org/bot" }],
    ["POSTIE_URL", { ...install, POSTIE_URL: "" }],
    ["POSTIE_STORE", { ...install, DATABASE_URL: "" }],
    ["POSTIE_WATCHES", { POSTIE_WATCHES: "many" }],
    ["SLACK_BOT_TOKEN", { ...install, SLACK_BOT_TOKEN: "xoxb-1" }],
    ["SLACK_CLIENT_ID", { ...install, SLACK_CLIENT_ID: "" }],
    ["SLACK_CLIENT_SECRET", { ...install, SLACK_CLIENT_SECRET: "" }],
    ["SLACK_SIGNING_SECRET", { ...install, SLACK_SIGNING_SECRET: "" }],
  ])("%s is named in one line with an example: %j", (variable, env) => {
    const error = catchError(() => readConfig(env));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).variable).toBe(variable);
    expect((error as ConfigError).message).toMatch(new RegExp(`^${variable} .*Example: ${variable}=\\S`));
    expect((error as ConfigError).message).not.toContain("\n");
  });

  test("is told without its value, which may be a secret", () => {
    const error = catchError(() =>
      readConfig({ SLACK_BOT_TOKEN: "xapp-very-secret", SLACK_SIGNING_SECRET: "s" }),
    );
    expect(String(error)).not.toContain("very-secret");
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
