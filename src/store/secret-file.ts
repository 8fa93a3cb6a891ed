import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

/**
 * The secret of a store in a file, which lies beside it as `FILE.key`, readable by its owner only: who gets hold of the store's
 * file alone, such as in a backup, cannot read its tokens. It is made when there is none.
 */
export async function secretBeside(path: string): Promise<string> {
  const file = `${path}.key`;
  try {
    // Fails where it exists, so that of two processes that start at once only one makes it.
    await writeFile(file, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const secret = (await readFile(file, "utf8")).trim();
  if (secret.length < 32) throw new Error(`${file} holds no secret`);
  return secret;
}
