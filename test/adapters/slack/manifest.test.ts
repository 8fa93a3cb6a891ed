import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { manifestText, slackManifest } from "../../../adapters/slack/manifest.ts";
import { SCOPES } from "../../../adapters/slack/scopes.ts";
import { commands } from "../../../src/bot/commands/index.ts";

const file = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("the manifest", () => {
  it("is what the command registry gives (else run `npx node adapters/slack/write-manifest.ts`)", async () => {
    expect(await file("adapters/slack/manifest.json")).toBe(manifestText(commands));
  });

  it("has each command with its words, within Slack's lengths", () => {
    const { features, display_information } = slackManifest(commands);
    expect(features.slash_commands.map(({ command }) => command)).toEqual(
      commands.map(({ name }) => `/${name}`),
    );
    for (const { command, description, usage_hint } of features.slash_commands) {
      expect(command).toMatch(/^\/[a-z0-9_-]{1,31}$/);
      expect(description.length).toBeLessThanOrEqual(2_000);
      expect((usage_hint ?? "").length).toBeLessThanOrEqual(1_000);
    }
    for (const { name, description } of features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
    }
    expect(features.agent_view.suggested_prompts.length).toBeLessThanOrEqual(4);
    expect(display_information.description.length).toBeLessThanOrEqual(140);
    expect(display_information.long_description.length).toBeGreaterThanOrEqual(174);
  });

  it("points everything at one address for HTTP, and at none for Socket Mode", () => {
    const url = "https://postie.example.org/slack/events";
    const http = slackManifest(commands, { address: "https://postie.example.org" });
    expect(http.settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: url },
      interactivity: { request_url: url },
    });
    expect(http.features.slash_commands.every((command) => "url" in command && command.url === url)).toBe(
      true,
    );
    expect(manifestText(commands)).not.toContain("https:");
  });

  it("lets whole organisations install it, with tokens that expire, only where workspaces install it by themselves", () => {
    const address = "https://postie.example.org";
    const redirect_urls = [`${address}/slack/oauth_redirect`];
    const one = slackManifest(commands, { address });
    const many = slackManifest(commands, { address, oauth: true });
    expect(one.oauth_config).toMatchObject({ redirect_urls });
    expect(one.settings).toMatchObject({ org_deploy_enabled: false, token_rotation_enabled: false });
    expect(many.oauth_config).toEqual(one.oauth_config);
    expect(many.settings).toMatchObject({ org_deploy_enabled: true, token_rotation_enabled: true });
  });

  it("is told of every end: of the app in a workspace, and of channels", () => {
    const { bot_events } = slackManifest(commands, {
      address: "https://postie.example.org",
      oauth: true,
    }).settings.event_subscriptions;
    expect(bot_events).toEqual(
      expect.arrayContaining(["app_uninstalled", "tokens_revoked", "team_access_revoked", "channel_archive"]),
    );
    expect(new Set(bot_events).size).toBe(bot_events.length);
  });

  it("asks for no scope that the instructions do not give a reason for", async () => {
    const instructions = await file("docs/slack.md");
    for (const { scope, reason } of SCOPES) expect(instructions).toContain(`| \`${scope}\` | ${reason} |`);
    expect(instructions.match(/^\| `[a-z_]+(:[a-z]+)?` \|/gm)).toHaveLength(SCOPES.length);
  });
});
