/**
 * Writes `manifest.json` anew from the command registry, for Socket Mode. With the address of a Postie that Slack reaches
 * by HTTP it prints the manifest for that instead:
 *
 *     node adapters/slack/write-manifest.ts
 *     node adapters/slack/write-manifest.ts https://postie.example.org > manifest.json
 */
import { writeFile } from "node:fs/promises";
import { commands } from "../../src/bot/commands/index.ts";
import { manifestText } from "./manifest.ts";

const [address] = process.argv.slice(2);
if (address === undefined) {
  await writeFile(new URL("manifest.json", import.meta.url), manifestText(commands));
} else if (URL.canParse(address) && new URL(address).protocol === "https:") {
  process.stdout.write(manifestText(commands, new URL("/slack/events", address).href));
} else {
  process.stderr.write(`${address} is not an https address. Example: https://postie.example.org\n`);
  process.exitCode = 2;
}
