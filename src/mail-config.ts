import { ConfigError } from "./config-error.ts";
// Not from the folder's index, which would load the whole resolver at every start.
import { parseServers, type ServerAddress } from "./dns/servers.ts";

/** What the environment says of mail checks and knowledge: all that a question in the terminal needs. */
export interface MailConfig {
  /** The resolvers to ask; the system's when `POSTIE_DNS` is not set. */
  readonly dns: readonly ServerAddress[] | undefined;
  /** A folder of local knowledge. */
  readonly knowledge: string | undefined;
}

/**
 * Reads the settings of mail checks and knowledge, without loading what only a server needs.
 * @throws {ConfigError} at the first setting that is wrong
 */
export function readMailConfig(env: NodeJS.ProcessEnv): MailConfig {
  return {
    dns: readServers(env.POSTIE_DNS?.trim() || undefined),
    knowledge: env.POSTIE_KNOWLEDGE?.trim() || undefined,
  };
}

function readServers(list: string | undefined): readonly ServerAddress[] | undefined {
  try {
    return list === undefined ? undefined : parseServers(list);
  } catch {
    throw new ConfigError(
      "POSTIE_DNS",
      "is not a list of IP addresses with an optional port",
      "127.0.0.1:53,[::1]:53",
    );
  }
}
