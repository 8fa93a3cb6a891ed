import { UsageError } from "../../src/bot/errors.ts";
import type { Terminal } from "./index.ts";

/** What the operator's tool needs of a service's store. */
export interface ForgetfulStore {
  /** Deletes everything of a workspace or tenant; tells how many rows that were. */
  forget(owner: { platform: "slack" | "teams"; tenant: string }): Promise<number>;
  close(): Promise<void>;
}

/** How each platform's ids are written: a workspace or organisation of Slack, a tenant of Microsoft 365. */
const IDS = {
  slack: {
    pattern: /^[TE][A-Z0-9]{2,30}$/,
    kind: "the id of a workspace, such as T0123ABCD, or of an organisation, such as E0123ABCD",
  },
  teams: {
    pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    kind: "the id of a tenant, such as 11111111-2222-3333-4444-555555555555",
  },
};

/**
 * `forget slack|teams ID`: deletes all that a service keeps of a workspace or tenant. Answers with the exit code: 0 deleted, 1 nothing
 * was there, 3 the store could not be reached.
 * @throws {UsageError} when it is not said of whom
 */
export async function forgetTenant(
  terminal: Terminal,
  words: readonly string[],
  { json, openStore }: { json: boolean; openStore(): Promise<ForgetfulStore> },
): Promise<number> {
  const owner = readOwner(words);
  try {
    const store = await openStore();
    const rows = await store.forget(owner).finally(() => store.close());
    if (json) terminal.stdout.write(`${JSON.stringify({ ...owner, rows })}\n`);
    else terminal.stdout.write(`${told(rows)} of ${owner.tenant} (${owner.platform}).\n`);
    return rows > 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Error && error.name === "StoreUnavailable")) throw error;
    terminal.stderr.write(`Nothing was deleted: ${error.message}.\n`);
    return 3;
  }
}

function told(rows: number): string {
  if (rows === 0) return "Nothing was kept";
  return rows === 1 ? "Deleted the 1 row" : `Deleted all ${rows} rows`;
}

function readOwner(words: readonly string[]) {
  const [platform, id = "", ...more] = words;
  const example = `postie forget ${platform === "teams" ? "teams 11111111-2222-3333-4444-555555555555" : "slack T0123ABCD"}`;
  if (platform !== "slack" && platform !== "teams") {
    throw new UsageError("forget", "It takes slack or teams, and whose data is to be deleted.", example);
  }
  const tenant = platform === "slack" ? id.toUpperCase() : id.toLowerCase();
  const { pattern, kind } = IDS[platform];
  if (!pattern.test(tenant) || more.length > 0) {
    throw new UsageError("forget", `After ${platform} comes ${kind}, and nothing else.`, example);
  }
  return { platform, tenant } as const;
}
