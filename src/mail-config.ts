import { statSync } from "node:fs";
// Not from the folders' indexes, which would load all of the resolver and the blocklists at every start.
import { type BlocklistKeys, isKey, KEY_VARIABLES, type KeyName } from "./blocklist/keys.ts";
import { ConfigError } from "./config-error.ts";
import { parseServers, type ServerAddress } from "./dns/servers.ts";

/** What the environment says of mail checks and knowledge: all that a question in the terminal needs. */
export interface MailConfig {
  /** The resolvers to ask; the system's when `POSTIE_DNS` is not set. */
  readonly dns: readonly ServerAddress[] | undefined;
  /** A folder of local knowledge. */
  readonly knowledge: string | undefined;
  /** By which blocklists that want a key are asked; secret. */
  readonly blocklistKeys?: BlocklistKeys | undefined;
}

/**
 * Reads the settings of mail checks and knowledge, without loading what only a server needs.
 * @throws {ConfigError} at the first setting that is wrong
 */
export function readMailConfig(env: NodeJS.ProcessEnv): MailConfig {
  return {
    dns: readServers(env.POSTIE_DNS?.trim() || undefined),
    knowledge: readFolder(env.POSTIE_KNOWLEDGE?.trim() || undefined),
    blocklistKeys: readKeys(env),
  };
}

function readFolder(path: string | undefined): string | undefined {
  if (path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new ConfigError("POSTIE_KNOWLEDGE", "is not a folder", "/etc/postie/knowledge");
}

function readKeys(env: NodeJS.ProcessEnv): BlocklistKeys | undefined {
  const keys: BlocklistKeys = {};
  for (const [name, variable] of Object.entries(KEY_VARIABLES) as [KeyName, string][]) {
    const key = env[variable]?.trim();
    if (!key) continue;
    if (!isKey(key)) {
      const problem = "is not a key of letters, digits and hyphens, as the list's own pages show it";
      throw new ConfigError(variable, problem, "abcdefgh12345678…");
    }
    keys[name] = key;
  }
  return Object.keys(keys).length > 0 ? keys : undefined;
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
