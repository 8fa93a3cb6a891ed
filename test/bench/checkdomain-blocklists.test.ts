/** How long blocklists that say nothing may keep the answer of a domain's audit. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createBlocklists } from "../../src/blocklist/index.ts";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { soundZone } from "../domain/support/zones.ts";
import { listing, livingLists, ownZones } from "../support/blocklist-zones.ts";
import { finalOf, request } from "../support/requests.ts";
import { serving } from "../support/resolver.ts";

test("silent blocklists cost at most 1.5 s more than the audit", async () => {
  const known = await ownZones();
  const { server, resolver } = await serving({
    ...livingLists(known.zones),
    ...soundZone("partner.example", "8.8.4"),
  });
  for (const zone of known.zones) {
    for (const subject of ["partner.example", "8.8.4.1", "8.8.4.2"]) {
      const [name = ""] = Object.keys(listing(zone, subject, {}));
      server.behave({ answer: "silence" }, { name });
    }
  }
  const blocklists = createBlocklists({ ...known, resolver });
  const unused = () => Promise.reject(new Error("not used here"));
  const services = {
    knowledge: unused,
    resolver: async () => resolver,
    // what they know is read late as well, so that waiting for each would take longer than is allowed
    blocklists: () => sleep(1_000, blocklists),
  };
  const started = performance.now();
  const { report } = await finalOf(
    createBot({ commands, services }),
    request({ command: "checkdomain", text: "partner.example" }),
  );
  const time = performance.now() - started;
  const { elapsedMs } = report as { elapsedMs: number };
  console.log(`silent lists: ${time.toFixed(0)} ms, of which the audit ${elapsedMs} ms`);
  expect(JSON.stringify(report)).toContain('"reason":"silent"');
  expect(time - elapsedMs).toBeLessThanOrEqual(1_700);
});
