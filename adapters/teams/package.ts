/**
 * Makes the package that is uploaded to Teams, from `manifest/` and your own values:
 *
 *     npm run teams:package -- --website https://postie.example.org --developer "Example Ltd"
 *
 * The app id is taken from TEAMS_APP_ID, or `--app-id`. The package is `postie-teams.zip`, or what `--out` names.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { strToU8, zipSync } from "fflate";
import { z } from "zod";
import { commands } from "../../src/bot/commands/index.ts";
import { manifestText, UNSET } from "./manifest.ts";

const address = (name: string) =>
  z.url({ protocol: /^https$/, error: `${name} is not an https address` }).max(2048);

const optionsSchema = z.object({
  "app-id": z.guid({
    error: "TEAMS_APP_ID (or --app-id) is not an app id such as 11111111-2222-3333-4444-555555555555",
  }),
  "package-version": z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, "--package-version is not a version such as 1.0.1")
    .default(UNSET.version),
  developer: z.string().min(1).max(32, "--developer has more than 32 characters").default(UNSET.developer),
  website: address("--website").default(UNSET.website),
  privacy: address("--privacy").optional(),
  terms: address("--terms").optional(),
  out: z.string().default("postie-teams.zip"),
});

const text = { type: "string" } as const;
const options = {
  "app-id": { ...text, default: process.env.TEAMS_APP_ID ?? "" },
  "package-version": text,
  developer: text,
  website: text,
  privacy: text,
  terms: text,
  out: text,
};

try {
  const given = optionsSchema.parse(parseArgs({ options }).values);
  const { "app-id": appId, "package-version": version, developer, website, privacy, terms, out } = given;
  const manifest = manifestText(commands, {
    appId,
    version,
    developer,
    website,
    ...(privacy ? { privacy } : {}),
    ...(terms ? { terms } : {}),
  });
  const icon = (name: string) => readFile(new URL(`manifest/${name}`, import.meta.url));
  const files = {
    "manifest.json": strToU8(manifest),
    "color.png": await icon("color.png"),
    "outline.png": await icon("outline.png"),
  };
  await writeFile(out, zipSync(files, { level: 9 }));
  process.stdout.write(`${out}: upload it in Teams under Apps, Manage your apps, Upload an app\n`);
} catch (error) {
  const reason =
    error instanceof z.ZodError ? error.issues.map(({ message }) => message).join("; ") : String(error);
  process.stderr.write(`${reason}\n`);
  process.exitCode = 2;
}
