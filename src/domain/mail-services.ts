/** Mail services that are known by their DNS names, and the DKIM selectors worth trying: `knowledge/dkim-selectors.yaml`. */
import { readDataFile } from "../knowledge/index.ts";

export interface MailService {
  readonly name: string;
  readonly selectors: readonly string[];
  readonly patterns: readonly string[];
  /** Suffixes of the names that its customers' selectors lead to by CNAME. */
  readonly targets: readonly string[];
  /** Names, or suffixes of names, that its customers' SPF records include. */
  readonly includes: readonly string[];
  /** Suffixes of its mail servers' names. */
  readonly mx: readonly string[];
  readonly note?: string | undefined;
  readonly seen: "documented" | "listed" | "unconfirmed";
}

export interface MailServices {
  /** In the order in which they are tried. */
  readonly selectors: readonly string[];
  readonly services: readonly MailService[];
}

let loaded: Promise<MailServices> | undefined;

/** The table, read once. @throws {KnowledgeError} when the file is broken */
export function loadMailServices(): Promise<MailServices> {
  loaded ??= readDataFile({
    name: "dkim-selectors.yaml",
    schema: async () => (await import("./mail-services-form.ts")).mailServicesForm,
    schemaModule: new URL("./mail-services-form.ts", import.meta.url),
  });
  return loaded;
}

/** The service that a DNS name belongs to, by the longest suffix that fits; null when none is known. */
export function serviceOf(
  name: string,
  by: "targets" | "includes" | "mx",
  { services }: MailServices,
): MailService | null {
  let best: { service: MailService; length: number } | null = null;
  for (const service of services) {
    for (const suffix of service[by]) {
      const fits = name === suffix || name.endsWith(`.${suffix}`);
      if (fits && suffix.length > (best?.length ?? 0)) best = { service, length: suffix.length };
    }
  }
  return best?.service ?? null;
}
