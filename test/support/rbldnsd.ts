import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunningServer } from "./knot.ts";
import { freePort, startProgram, temporaryFolder, untilAnswering } from "./real-servers.ts";

/** A data set of a zone in rbldnsd's own form. */
export interface RbldnsdZone {
  zone: string;
  type: "ip4set" | "ip4trie" | "ip6trie" | "dnset" | "acl" | "generic";
  /** The data file's lines; a zone of type `acl` needs another of another type beside it. */
  data: string;
}

/**
 * Starts rbldnsd, the server that most blocklists run. It knows UDP only.
 * @param zones several data sets of one zone are answered from together
 */
export async function startRbldnsd(rbldnsd: string, zones: readonly RbldnsdZone[]): Promise<RunningServer> {
  const ready: RbldnsdZone = { zone: "ready.test", type: "generic", data: "@ A 127.0.0.2" };
  const sets = [...zones, ready];
  const head = (zone: string) =>
    `$SOA 3600 ns.${zone}. hostmaster.${zone}. 1 3600 900 604800 60\n$NS 3600 ns.${zone}.\n`;
  const folder = await temporaryFolder();
  for (const [index, { zone, type, data }] of sets.entries()) {
    const file = join(folder.path, `${index}.zone`);
    await writeFile(file, type === "acl" ? `${data}\n` : `${head(zone)}${data}\n`);
    await chmod(file, 0o644);
  }
  const port = await freePort();
  const args = sets.map(({ zone, type }, index) => `${zone}:${type}:${index}.zone`);
  const program = startProgram(rbldnsd, ["-n", "-b", `127.0.0.1/${port}`, "-w", folder.path, ...args]);
  const stop = async () => {
    await program.stop();
    await folder.remove();
  };
  const address = { address: "127.0.0.1", port };
  try {
    await untilAnswering(address, program, { name: ready.zone, type: "A" });
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}
