import { randomBytes } from "node:crypto";
import { link, readFile, unlink, writeFile } from "node:fs/promises";

/**
 * The secret of a store in a file, which lies beside it as `FILE.key`, readable by its owner only: who gets hold of the store's
 * file alone, such as in a backup, cannot read its tokens.
 * @param options.make makes it when there is none
 * @returns null when there is none
 */
export async function secretBeside(path: string, { make }: { make: boolean }): Promise<string | null> {
  const file = `${path}.key`;
  if (make) await writeOnce(file, `${randomBytes(32).toString("base64url")}\n`);
  const secret = await readFile(file, "utf8").catch((error: unknown) => {
    if (!make && isError(error, "ENOENT")) return null;
    throw error;
  });
  if (secret === null) return null;
  if (secret.trim().length < 32) throw new Error(`${file} holds no secret`);
  return secret.trim();
}

/** Of two processes that start at once only one makes the file, and the other finds it whole. */
async function writeOnce(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, content, { flag: "wx", mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!isError(error, "EEXIST")) throw error;
  } finally {
    await unlink(draft);
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
