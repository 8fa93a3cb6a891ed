/**
 * Writes `manifest.json` anew from the command registry, for Socket Mode. With the address of a Postie that Slack reaches
 * by HTTP it prints the manifest for that instead, and with `--oauth` the one for workspaces that install Postie by themselves:
 *
 *     node adapters/slack/write-manifest.ts
 *     node adapters/slack/write-manifest.ts https://postie.example.org > manifest.json
 *     node adapters/slack/write-manifest.ts https://postie.example.org --oauth > manifest.json
 */
import { writeFile } from "node:fs/promises";
import { commands } from "../../src/bot/commands/index.ts";
import { manifestText } from "./manifest.ts";

const [address, option, ...others] = process.argv.slice(2);
const isAddress = address !== undefined && URL.canParse(address) && new URL(address).protocol === "https:";
if (address === undefined) {
  await writeFile(new URL("manifest.json", import.meta.url), manifestText(commands));
} else if (isAddress && (option === undefined || option === "--oauth") && others.length === 0) {
  process.stdout.write(manifestText(commands, { address, oauth: option === "--oauth" }));
} else {
  process.stderr.write(
    isAddress
      ? "Only --oauth can follow the address.\n"
      : `${address} is not an https address. Example: https://postie.example.org\n`,
  );
  process.exitCode = 2;
}
