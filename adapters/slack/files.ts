/** Files of a message: which are read, and how they are fetched. */
import type { Logger } from "pino";
import { type Attachment, MAX_FILE_BYTES, MAX_FILES } from "../../src/bot/request.ts";
import type { SlackFile } from "./payloads.ts";
import type { WebApi } from "./web-api.ts";

const TIMEOUT_MS = 20_000;

/** Slack's own words for files of text and mail (docs.slack.dev, file types), and the ends of names. */
const readableType = /^(email|eml|msg|text|plain|log|markdown|post|snippet)$/;
const readableName = /\.(eml|msg|txt|text|log|mbox|headers?)$/i;

/** Whether a file may be a bounce, a message or a pasted text. */
export function isReadable({ name, filetype, mode }: SlackFile): boolean {
  return (
    readableName.test(name ?? "") ||
    readableType.test(filetype ?? "") ||
    mode === "snippet" ||
    mode === "email"
  );
}

export interface Fetched {
  files: Attachment[];
  /** Why files were not read, in whole sentences. */
  notes: string[];
}

export interface FileSource {
  readonly api: WebApi;
  readonly botToken: string;
  /** The Web API's address, when it is not Slack's. */
  readonly apiUrl: string | undefined;
  readonly log: Logger;
}

/** Fetches what can be read of a message's files. It never throws: what cannot be had is in the notes. */
export async function fetchFiles(source: FileSource, files: readonly SlackFile[]): Promise<Fetched> {
  const readable = files.filter(isReadable);
  const notes = readable.length > MAX_FILES ? [`Only the first ${MAX_FILES} files were read.`] : [];
  const results = await Promise.all(readable.slice(0, MAX_FILES).map((file) => fetchFile(source, file)));
  return {
    files: results.flatMap((result) => ("bytes" in result ? [result] : [])),
    notes: [...notes, ...results.flatMap((result) => ("note" in result ? [result.note] : []))],
  };
}

type Result = Attachment | { note: string };

async function fetchFile(source: FileSource, file: SlackFile): Promise<Result> {
  const name = file.name ?? file.title ?? "file";
  // A mail that was sent to a channel: Slack gives its text, and its download is a page to look at.
  if (file.mode === "email" && file.plain_text) {
    return { name: `${name}.txt`, bytes: Buffer.from(file.plain_text, "utf8").subarray(0, MAX_FILE_BYTES) };
  }
  const unread = (why: string): Result => ({ note: `The file ${name} was not read: ${why}.` });
  if ((file.size ?? 0) > MAX_FILE_BYTES) return unread(tooLarge);
  try {
    const url = file.url_private_download ?? (await downloadUrl(source.api, file.id));
    if (url === null || !mayHaveToken(url, source.apiUrl))
      return unread("Slack gives no address to fetch it from");
    const bytes = await download(url, source.botToken);
    return typeof bytes === "string" ? unread(bytes) : { name, bytes };
  } catch (error) {
    source.log.warn({ error: error instanceof Error ? error.message : "" }, "a file could not be fetched");
    return unread("Slack did not hand it out; paste its text instead");
  }
}

const tooLarge = `it is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB`;

/** Files of other workspaces come without their address (`file_access: check_file_info`). */
async function downloadUrl(api: WebApi, file: string): Promise<string | null> {
  const { file: info } = await api.call("files.info", { file });
  const url =
    typeof info === "object" && info !== null && "url_private_download" in info
      ? info.url_private_download
      : null;
  return typeof url === "string" ? url : null;
}

/** The bot's token is shown to Slack only. */
function mayHaveToken(url: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, hostname } = new URL(url);
  if (apiUrl !== undefined && host === new URL(apiUrl).host) return true;
  return protocol === "https:" && (hostname === "slack.com" || hostname.endsWith(".slack.com"));
}

/** The bytes, or why there are none. */
async function download(url: string, token: string): Promise<Uint8Array | string> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Who may not have a file gets the page to sign in instead, with status 200.
  const page = (response.headers.get("content-type") ?? "").startsWith("text/html");
  if (!response.ok || page || !response.body) {
    await response.body?.cancel();
    return "Postie may not fetch files here (scope files:read); paste its text instead";
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) return tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
