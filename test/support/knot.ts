import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerAddress } from "../../src/dns/index.ts";
import { freePort, startProgram, temporaryFolder, untilAnswering } from "./real-servers.ts";

export interface RunningServer {
  readonly address: ServerAddress;
  stop(): Promise<void>;
}

/**
 * Starts knot, an authoritative server.
 *
 * @param zones zone files (RFC 1035 §5) by origin ("" is the root), without SOA record: that is added
 * @param options.signed the origins that knot signs (DNSSEC)
 */
export async function startKnot(
  knotd: string,
  zones: Record<string, string>,
  { signed = [] }: { signed?: readonly string[] } = {},
): Promise<RunningServer> {
  const origins = Object.keys(zones);
  const files = Object.entries(zones).map(([origin, records]) => [
    `${origin}.zone`,
    `${soa(origin)}\n${records}\n`,
  ]);
  const folder = await temporaryFolder(Object.fromEntries(files));
  const port = await freePort();
  const configuration = `
server:
    listen: 127.0.0.1@${port}
    rundir: ${folder.path}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: ${folder.path}
template:
  - id: default
    storage: ${folder.path}
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
zone:
${origins.map((origin) => `  - domain: "${origin || "."}"\n    dnssec-signing: ${signed.includes(origin) ? "on" : "off"}`).join("\n")}
`;
  const file = join(folder.path, "knot.conf");
  await writeFile(file, configuration);
  const program = startProgram(knotd, ["-c", file]);
  const stop = async () => {
    await program.stop();
    await folder.remove();
  };
  const address = { address: "127.0.0.1", port };
  try {
    for (const origin of origins) {
      const type = signed.includes(origin) ? "DNSKEY" : "SOA";
      await untilAnswering(address, program, { name: origin || ".", type });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

function soa(origin: string): string {
  return `$ORIGIN ${origin}.\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 127.0.0.1`;
}
