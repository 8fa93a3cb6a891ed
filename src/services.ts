import { UsageError } from "./bot/errors.ts";
import type { Services } from "./bot/services.ts";
import type { MailConfig } from "./mail-config.ts";

/** The services of one process, each made on first use. */
export function createServices({ dns, knowledge }: MailConfig): Services {
  return {
    knowledge: once(async () => {
      const { KnowledgeError, loadKnowledge } = await import("./knowledge/index.ts");
      try {
        return await loadKnowledge({ overlay: knowledge });
      } catch (error) {
        if (!(error instanceof KnowledgeError)) throw error;
        throw new UsageError(
          "knowledge",
          `The knowledge files are not right: ${error.message}`,
          "postie knowledge check DIR",
        );
      }
    }),
    resolver: once(async () => {
      const { createResolver, systemServers } = await import("./dns/index.ts");
      return createResolver({ servers: dns ?? systemServers() });
    }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
