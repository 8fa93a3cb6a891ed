import { statSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import { readEnvironment } from "./environment.ts";
import { openStore, type Store } from "./store/index.ts";
import { readStore } from "./store-config.ts";

/**
 * Opens the store of a service, for what its operator does beside it, by the settings of the service alone: nothing is made where
 * there is none.
 * @throws {ConfigError} when no store is set, or it is not there
 * @throws {StoreUnavailable} when the database cannot be reached
 */
export async function openConfiguredStore(env: NodeJS.ProcessEnv): Promise<Store> {
  const { path, url, secrets } = readStore(readEnvironment(env));
  const example = "/var/lib/postie/postie.sqlite";
  if (url === undefined && path === undefined) {
    const problem = "is not set, nor is DATABASE_URL: give the settings of the service whose store is meant";
    throw new ConfigError("POSTIE_STORE", problem, example);
  }
  if (url === undefined && path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new ConfigError("POSTIE_STORE", "is not the file of a store", example);
  }
  return openStore({ path, url, secrets });
}
