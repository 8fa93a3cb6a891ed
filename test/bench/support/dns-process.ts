/** A DNS server in a process of its own, with 101 sound domains, d0.test to d100.test; the argument is its latency. */
import { soundZone } from "../../domain/support/zones.ts";
import { startDnsServer } from "../../support/dns-server.ts";

const zones = Array.from({ length: 101 }, (_, i) => soundZone(`d${i}.test`, `203.0.${i}`));
const server = await startDnsServer(Object.assign({}, ...zones));
server.behave({ latency: Number(process.argv[2]) });
process.send?.(server.address);
