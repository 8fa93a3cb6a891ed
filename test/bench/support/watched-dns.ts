/**
 * A DNS server in a process of its own, in which every blocklist that Postie knows lives and so many sound domains are served:
 * d0.test, d1.test and so on, with mail servers that are on no list. Asked for `count`, it tells how many questions came.
 */
import { soundZone } from "../../domain/support/zones.ts";
import { livingLists, ownZones } from "../../support/blocklist-zones.ts";
import { startDnsServer } from "../../support/dns-server.ts";

const [domains = "1", latency = "0"] = process.argv.slice(2);
const zones = Array.from({ length: Number(domains) }, (_, i) =>
  soundZone(`d${i}.test`, `45.${Math.floor(i / 256)}.${i % 256}`),
);
const { zones: lists } = await ownZones();
const server = await startDnsServer(Object.assign(livingLists(lists), ...zones));
server.behave({ latency: Number(latency) });
let counted = 0;
process.on("message", () => {
  counted += server.log.length;
  server.log.length = 0;
  process.send?.({ questions: counted });
});
process.send?.(server.address);
