import type { Services } from "./bot/services.ts";

/**
 * The services of one process, each made on first use.
 * @param options.dns the resolvers to ask, as `POSTIE_DNS` gives them; the system's when undefined
 * @param options.knowledge a folder of local knowledge, laid over Postie's own
 */
export function createServices({
  dns,
  knowledge,
}: {
  dns: string | undefined;
  knowledge: string | undefined;
}): Services {
  return {
    knowledge: once(async () => {
      const { loadKnowledge } = await import("./knowledge/index.ts");
      return loadKnowledge({ overlay: knowledge });
    }),
    resolver: once(async () => {
      const { createResolver, parseServers, systemServers } = await import("./dns/index.ts");
      return createResolver({ servers: dns === undefined ? systemServers() : parseServers(dns) });
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
