import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerAddress } from "../../src/dns/index.ts";
import type { RunningServer } from "./knot.ts";
import { freePort, startProgram, temporaryFolder, untilAnswering } from "./real-servers.ts";

/**
 * Starts unbound, a recursive resolver that validates DNSSEC.
 *
 * @param zones where the servers of each zone are
 * @param options.trustAnchors DNSKEY or DS records, one a line, in the form of zone files
 * @param options.readyWhen a zone that has to be reachable, so that unbound can be waited for
 */
export async function startUnbound(
  unbound: string,
  zones: Record<string, ServerAddress>,
  { trustAnchors = "", readyWhen }: { trustAnchors?: string; readyWhen: string },
): Promise<RunningServer> {
  const folder = await temporaryFolder({ "anchors.zone": trustAnchors });
  const port = await freePort();
  const stubs = Object.entries(zones).map(
    ([zone, { address, port }]) => `stub-zone:\n    name: "${zone}"\n    stub-addr: ${address}@${port}`,
  );
  const configuration = `
server:
    interface: 127.0.0.1@${port}
    access-control: 127.0.0.0/8 allow
    do-daemonize: no
    do-not-query-localhost: no
    do-ip6: no
    use-syslog: no
    logfile: ""
    verbosity: 0
    num-threads: 1
    username: ""
    chroot: ""
    directory: "${folder.path}"
    pidfile: "${join(folder.path, "unbound.pid")}"
    module-config: "validator iterator"
    trust-anchor-file: "${join(folder.path, "anchors.zone")}"
    ede: yes
    # unbound answers "test." by itself otherwise (RFC 6761)
    local-zone: "test." nodefault
remote-control:
    control-enable: no
${stubs.join("\n")}
`;
  const file = join(folder.path, "unbound.conf");
  await writeFile(file, configuration);
  const program = startProgram(unbound, ["-d", "-c", file]);
  const stop = async () => {
    await program.stop();
    await folder.remove();
  };
  const address = { address: "127.0.0.1", port };
  try {
    await untilAnswering(address, program, { name: readyWhen, type: "SOA" });
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}
