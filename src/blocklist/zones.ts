/** The blocklists that Postie knows, from `knowledge/blocklists.yaml` and the local file laid over it. */
import { KnowledgeError, readDataFile } from "../knowledge/index.ts";
import type { BlocklistKeys } from "./keys.ts";
import type { BlocklistsFile, Zone } from "./zones-form.ts";

export type { Code, Zone } from "./zones-form.ts";

/** Which of a list's kinds a question is about. */
export type SubjectKind = "ip4" | "ip6" | "domain";

/** What the files say. */
export interface KnownZones {
  readonly zones: readonly Zone[];
  /** Questions a day and zone where the zone names no limit of its own. */
  readonly dailyQuestions: number;
  readonly sources: ReadonlyMap<string, { title: string; href?: string | undefined }>;
}

const FILE = "blocklists.yaml";

/**
 * @param options.overlay a folder of local knowledge whose `blocklists.yaml` adds, replaces, changes or switches off zones
 * @throws {KnowledgeError} when a file is missing or wrong: file, line and reason
 */
export async function loadZones(
  options: { directory?: string; overlay?: string | undefined; cacheDirectory?: string | null } = {},
): Promise<KnownZones> {
  const file = await readDataFile<BlocklistsFile>({
    ...options,
    name: FILE,
    schema: async () => (await import("./zones-form.ts")).blocklistsForm,
    schemaModule: new URL("./zones-form.ts", import.meta.url),
    merge: layOver,
  });
  return {
    zones: file.blocklists,
    dailyQuestions: file.dailyQuestions ?? 20_000,
    sources: new Map(file.sources.map(({ id, title, href }) => [id, { title, href }])),
  };
}

function layOver(own: BlocklistsFile, local: BlocklistsFile): BlocklistsFile {
  const zones = new Map(own.blocklists.map((zone) => [zone.zone.toLowerCase(), zone]));
  for (const zone of local.blocklists) zones.set(zone.zone.toLowerCase(), zone);
  for (const change of local.changes) {
    const changed = zones.get(change.zone.toLowerCase());
    if (!changed) {
      const reason = `changes: there is no zone ${change.zone} to change`;
      throw new KnowledgeError([{ file: FILE, line: 1, reason }]);
    }
    zones.set(change.zone.toLowerCase(), { ...changed, ...givenFields(change), zone: changed.zone });
  }
  return {
    dailyQuestions: local.dailyQuestions ?? own.dailyQuestions,
    sources: [...own.sources, ...local.sources],
    blocklists: [...zones.values()],
    changes: [],
  };
}

/** Without the fields that are not given, so that those of the zone stay. */
function givenFields<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * The zones to ask about a kind of subject: not those that are closed, contained in another, an alias, a fraud or switched off;
 * of a public zone and its keyed twin, the one that can be asked.
 */
export function zonesFor(kind: SubjectKind, zones: readonly Zone[], keys: BlocklistKeys): Zone[] {
  const replaced = new Set(
    zones.filter((zone) => zone.insteadOf && hasKey(zone, keys)).map((zone) => zone.insteadOf),
  );
  return zones.filter(
    (zone) =>
      zone.lists.includes(kind) &&
      (zone.status === "active" || zone.status === "keyed") &&
      !(zone.partOf || zone.aliasOf || zone.fraud) &&
      !replaced.has(zone.zone) &&
      !(zone.insteadOf && !hasKey(zone, keys)),
  );
}

function hasKey({ key }: Zone, keys: BlocklistKeys): boolean {
  return key !== undefined && keys[key] !== undefined;
}

/** What a question's name ends in, with the key in it; null when the key is missing. It is a secret where the zone is keyed. */
export function apexOf(zone: Zone, keys: BlocklistKeys): string | null {
  const apex = zone.apex ?? zone.zone;
  if (zone.status !== "keyed") return apex;
  const key = zone.key && keys[zone.key];
  return key ? apex.replace("<key>", key) : null;
}
