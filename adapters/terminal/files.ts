import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { type Attachment, MAX_FILE_BYTES } from "../../src/bot/request.ts";

/** Why a file that was named could not be read. */
export interface UnreadableFile {
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string; readonly example: string };
}

export type FileResult = { readonly path: string; readonly attachment: Attachment } | UnreadableFile;

const LIMIT = `${MAX_FILE_BYTES / 1024 / 1024} MiB`;

/** Reads a file of at most {@link MAX_FILE_BYTES}. Folders, devices and pipes are refused. */
export async function readFile(path: string): Promise<FileResult> {
  try {
    const info = await stat(path);
    if (!info.isFile()) return failed(path, "not-a-file", "is not a file");
    if (info.size > MAX_FILE_BYTES) return failed(path, "too-large", `is larger than ${LIMIT}`);
    const file = await open(path);
    try {
      const bytes = new Uint8Array(await file.readFile());
      return { path, attachment: { name: basename(path), bytes } };
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return failed(path, reason === "ENOENT" ? "no-such-file" : "unreadable", reasonInWords(reason));
  }
}

function reasonInWords(reason: string): string {
  if (reason === "ENOENT") return "does not exist";
  return reason === "EACCES" || reason === "EPERM" ? "may not be read" : `cannot be read (${reason})`;
}

function failed(path: string, code: string, reason: string): UnreadableFile {
  return { path, error: { code, message: `${path} ${reason}`, example: "postie bounce returned.eml" } };
}

/** Standard input to its end, at most {@link MAX_FILE_BYTES} of it; null when there is more. */
export async function readAll(input: Readable): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_FILE_BYTES) return null;
    chunks.push(bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * What a pipe holds, as text; empty for a terminal, and for a pipe on which nothing comes within `patienceMs` milliseconds
 * (a program that starts this one may leave it open).
 */
export async function readPiped(input: NodeJS.ReadStream, patienceMs: number): Promise<string> {
  if (input.isTTY) return "";
  const somethingCame = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(resolve, patienceMs, false);
    const settle = (came: boolean) => {
      clearTimeout(timer);
      resolve(came);
    };
    input.once("readable", () => settle(true));
    input.once("end", () => settle(false));
    input.once("error", () => settle(false));
  });
  if (!somethingCame) {
    input.destroy();
    return "";
  }
  const bytes = await readAll(input);
  return new TextDecoder().decode(bytes ?? new Uint8Array()).trim();
}

/** Whether the words after a command that reads files name files, rather than being pasted text. */
export async function nameFiles(words: readonly string[]): Promise<boolean> {
  if (words.some((word) => /\n/.test(word))) return false;
  if (words.some((word) => /^[^\s:<>]+\.(eml|msg|txt|log|mbox)$/i.test(word) || /^(\.{0,2}|~)\//.test(word)))
    return true;
  const found = await Promise.all(
    words.map((word) =>
      stat(word).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
