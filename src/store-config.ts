import { ConfigError } from "./config-error.ts";
import type { Environment } from "./environment.ts";

/** Where what must last is kept: in the file, in the database, or in memory when neither is set. */
export interface StoreConfig {
  readonly path: string | undefined;
  /** `postgres://…`; secret, since it may hold a password. */
  readonly url: string | undefined;
  /** The secret that tokens are encrypted with, then the one before it. */
  readonly secrets: readonly string[];
}

/** @throws {ConfigError} when it is half given */
export function readStore(given: Environment): StoreConfig {
  const { POSTIE_STORE: path, DATABASE_URL: url, POSTIE_SECRET: secret, POSTIE_SECRET_OLD: old } = given;
  const example = "$(openssl rand -base64 33)";
  if (url !== undefined && !isPostgres(url)) {
    const problem = "is not the address of a PostgreSQL database";
    throw new ConfigError("DATABASE_URL", problem, "postgres://postie:…@127.0.0.1:5432/postie");
  }
  if (url !== undefined && path !== undefined) {
    const problem = "is set beside DATABASE_URL; unset one of them";
    throw new ConfigError("POSTIE_STORE", problem, "/var/lib/postie/postie.sqlite");
  }
  if (url !== undefined && secret === undefined) {
    throw new ConfigError(
      "POSTIE_SECRET",
      "is missing, though DATABASE_URL is set: tokens are encrypted with it",
      example,
    );
  }
  if (old !== undefined && secret === undefined) {
    throw new ConfigError("POSTIE_SECRET", "is missing, though POSTIE_SECRET_OLD is set", example);
  }
  return { path, url, secrets: [secret, old].filter((one) => one !== undefined) };
}

function isPostgres(url: string): boolean {
  return URL.canParse(url) && /^postgres(?:ql)?:$/.test(new URL(url).protocol);
}
