/** Writes `manifest/` anew from the command registry: `npx node adapters/teams/write-manifest.ts` */
import { writeFile } from "node:fs/promises";
import { commands } from "../../src/bot/commands/index.ts";
import { colorIcon, outlineIcon } from "./icons.ts";
import { manifestText, UNSET } from "./manifest.ts";

const folder = new URL("manifest/", import.meta.url);
await Promise.all([
  writeFile(new URL("manifest.json", folder), manifestText(commands, UNSET)),
  writeFile(new URL("color.png", folder), colorIcon()),
  writeFile(new URL("outline.png", folder), outlineIcon()),
]);
