import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { EXPLAIN_BOUNCE } from "../../../adapters/teams/dialogs.ts";
import { colorIcon, outlineIcon } from "../../../adapters/teams/icons.ts";
import { manifestText, teamsManifest, UNSET } from "../../../adapters/teams/manifest.ts";
import { type Command, commands } from "../../../src/bot/commands/index.ts";

const require = createRequire(import.meta.url);
const project = new URL("../../../", import.meta.url);
const inManifest = (name: string) => new URL(`adapters/teams/manifest/${name}`, project);

/** What Microsoft's own schema finds wrong. */
function schemaProblems(manifest: object): unknown[] {
  const { default: Ajv } = require("ajv-draft-04");
  const folder = require.resolve("@microsoft/app-manifest").replace(/build[/\\].*$/, "build/json-schemas");
  const schema = require(join(folder, "teams/v1.29/MicrosoftTeams.schema.json"));
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { uri: URL.canParse } });
  ajv.validate(schema, manifest);
  return ajv.errors ?? [];
}

test("the manifest is what the command registry gives (else run `npx node adapters/teams/write-manifest.ts`)", async () => {
  expect(await readFile(inManifest("manifest.json"), "utf8")).toBe(manifestText(commands, UNSET));
});

test("the manifest fits Microsoft's schema, which finds mistakes", () => {
  const manifest = teamsManifest(commands, UNSET);
  expect(schemaProblems(manifest)).toEqual([]);
  expect(schemaProblems({ ...manifest, accentColor: "blue" })).not.toEqual([]);
  expect(schemaProblems({ ...manifest, bots: [{ botId: "x", scopes: [] }] })).not.toEqual([]);
});

test("every command is offered at a mention and a slash, also when there are many", () => {
  const [bot] = teamsManifest(commands, UNSET).bots;
  expect(bot?.commandLists.flatMap((list) => list.commands.map(({ title }) => title))).toEqual(
    commands.map(({ name }) => name),
  );
  for (const { triggers } of bot?.commandLists ?? []) expect(triggers).toEqual(["mention", "slash"]);
  expect(bot?.supportsTargetedMessages).toBe(true);
  const many = Array.from({ length: 30 }, () => commands[0] as Command);
  expect(schemaProblems(teamsManifest(many, UNSET))).toEqual([]);
});

test("'Explain this bounce' is offered on messages", () => {
  const [extension] = teamsManifest(commands, UNSET).composeExtensions;
  const command = extension?.commands.find(({ id }) => id === EXPLAIN_BOUNCE);
  expect(command).toMatchObject({
    id: "explainBounce",
    type: "action",
    context: ["message"],
    fetchTask: true,
  });
});

test.each([
  ["color.png", 192, colorIcon],
  ["outline.png", 32, outlineIcon],
])("the icon %s is drawn at %i pixels", async (name, size, draw) => {
  const file = await readFile(inManifest(name));
  expect(file.equals(draw())).toBe(true);
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([size, size]);
});

const run = (args: string[], env: object = {}) =>
  promisify(execFile)(process.execPath, ["adapters/teams/package.ts", ...args], {
    cwd: project,
    env: { ...process.env, ...env },
  });

test("the package holds the manifest with one's own values, and the icons", async () => {
  const folder = await mkdtemp(join(tmpdir(), "postie-"));
  try {
    const out = join(folder, "app.zip");
    const appId = "11111111-2222-3333-4444-555555555555";
    await run(["--out", out, "--developer", "Example Ltd", "--website", "https://mail.example.org"], {
      TEAMS_APP_ID: appId,
    });
    const files = unzipSync(await readFile(out));
    expect(Object.keys(files).sort()).toEqual(["color.png", "manifest.json", "outline.png"]);
    const manifest = JSON.parse(strFromU8(files["manifest.json"] ?? new Uint8Array()));
    expect(schemaProblems(manifest)).toEqual([]);
    expect([manifest.id, manifest.bots[0].botId, manifest.composeExtensions[0].botId]).toEqual([
      appId,
      appId,
      appId,
    ]);
    expect(manifest.developer).toMatchObject({ name: "Example Ltd", privacyUrl: "https://mail.example.org" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [[], { TEAMS_APP_ID: "" }, "TEAMS_APP_ID"],
  [["--app-id", "nonsense"], {}, "is not an app id such as"],
  [
    ["--app-id", "11111111-2222-3333-4444-555555555555", "--website", "http://x.org"],
    {},
    "--website is not an https address",
  ],
  [["--colour", "red"], {}, "--colour"],
])("a package cannot be made with %j, and it is said why", async (args, env, reason) => {
  await expect(run(args, env)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
});
