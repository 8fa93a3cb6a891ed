/** Opens the store that the settings name, and says which setting is wrong when that fails. */
import { statSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import { readEnvironment } from "./environment.ts";
import { openStore, SealError, type Store, StoreUnavailable } from "./store/index.ts";
import { readStore, type StoreConfig } from "./store-config.ts";

/** Where it is told what happens to the store; a pino logger is one. */
interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const FILE_EXAMPLE = "/var/lib/postie/postie.sqlite";

/**
 * Opens the store of a service, with all that is encrypted in it encrypted by the present secret.
 * @throws {ConfigError} when it cannot be opened
 * @throws {StoreUnavailable} when the database cannot be reached, which another start may mend
 */
export async function openServiceStore(config: StoreConfig, log: StoreLog): Promise<Store> {
  const onError = (error: Error) => log.warn({ error: error.name }, "a connection to the store was lost");
  const store = await open(config, onError);
  try {
    const { resealed, damaged } = await store.reseal();
    if (resealed > 0) log.info({ rows: resealed }, "what an older secret encrypted was encrypted anew");
    if (damaged > 0) log.warn({ rows: damaged }, "the store holds what no secret opens: it was changed");
    return store;
  } catch (error) {
    await store.close();
    if (!(error instanceof SealError)) throw error;
    const problem = "is not the secret that the store was encrypted with; give that one as POSTIE_SECRET_OLD";
    throw new ConfigError("POSTIE_SECRET", problem, "(the secret that was set before)");
  }
}

/**
 * Opens the store of a service for what its operator does beside it, by the service's settings: nothing is made where there is
 * none, and nothing needs to be opened by the secret.
 * @throws {ConfigError} when no store is set, or it is not there
 * @throws {StoreUnavailable} when the database cannot be reached
 */
export async function openOperatorStore(env: NodeJS.ProcessEnv): Promise<Store> {
  const config = readStore(readEnvironment(env));
  const { path, url } = config;
  if (url === undefined && path === undefined) {
    const problem = "is not set, nor is DATABASE_URL: give the settings of the service whose store is meant";
    throw new ConfigError("POSTIE_STORE", problem, FILE_EXAMPLE);
  }
  if (url === undefined && path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new ConfigError("POSTIE_STORE", "is not the file of a store", FILE_EXAMPLE);
  }
  return open(config);
}

function open({ path, url, secrets }: StoreConfig, onError?: (error: Error) => void): Promise<Store> {
  return openStore({ path, url, secrets, onError }).catch((error: unknown) => {
    if (error instanceof StoreUnavailable) throw error;
    const problem = `cannot be opened (${error instanceof Error ? error.message : String(error)})`;
    if (url === undefined) throw new ConfigError("POSTIE_STORE", problem, FILE_EXAMPLE);
    throw new ConfigError("DATABASE_URL", problem, "postgres://postie:…@127.0.0.1:5432/postie");
  });
}
