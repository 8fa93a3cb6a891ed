import type { BlocklistsOptions } from "./blocklist/index.ts";
import { UsageError } from "./bot/errors.ts";
import type { Services } from "./bot/services.ts";
import type { ResolverOptions } from "./dns/index.ts";
import type { MailConfig } from "./mail-config.ts";

/** Enough for several blocklist checks at a time, of which each asks about two hundred questions at once. */
const MAX_QUESTIONS = 1024;

/** Who is told how questions end; each may be left out. */
export type Observers = Pick<ResolverOptions, "onOutcome"> & Pick<BlocklistsOptions, "onVerdict">;

/** The services of one process, each made on first use. */
export function createServices(
  { dns, knowledge, blocklistKeys }: MailConfig,
  { onOutcome, onVerdict }: Observers = {},
): Services {
  const resolver = once(async () => {
    const { createResolver, systemServers } = await import("./dns/index.ts");
    return createResolver({ servers: dns ?? systemServers(), maxQuestions: MAX_QUESTIONS, onOutcome });
  });
  return {
    knowledge: once(() =>
      fromFiles(async () => {
        const { loadKnowledge } = await import("./knowledge/index.ts");
        return loadKnowledge({ overlay: knowledge });
      }),
    ),
    resolver,
    blocklists: once(() =>
      fromFiles(async () => {
        const { createBlocklists, loadZones } = await import("./blocklist/index.ts");
        const known = await loadZones({ overlay: knowledge });
        const keys = blocklistKeys ?? {};
        return createBlocklists({ ...known, resolver: await resolver(), keys, onVerdict });
      }),
    ),
  };
}

/** @throws {UsageError} where the knowledge files have a mistake */
async function fromFiles<T>(load: () => Promise<T>): Promise<T> {
  const { KnowledgeError } = await import("./knowledge/index.ts");
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof KnowledgeError)) throw error;
    throw new UsageError(
      "knowledge",
      `The knowledge files (Postie's own and those of POSTIE_KNOWLEDGE) are not right: ${error.message}`,
      "postie knowledge check DIR",
    );
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
