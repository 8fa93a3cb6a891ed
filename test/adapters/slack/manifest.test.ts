import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { manifestText, SCOPES, slackManifest } from "../../../adapters/slack/manifest.ts";
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
    const http = slackManifest(commands, url);
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

  it("asks for no scope that the instructions do not give a reason for", async () => {
    const instructions = await file("docs/slack.md");
    for (const { scope, reason } of SCOPES) expect(instructions).toContain(`| \`${scope}\` | ${reason} |`);
    expect(instructions.match(/^\| `[a-z_]+(:[a-z]+)?` \|/gm)).toHaveLength(SCOPES.length);
  });
});
