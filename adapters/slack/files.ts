/** Files of a message: which are read, and how they are fetched. */
import type { Logger } from "pino";
import { type Attachment, MAX_FILE_BYTES, MAX_FILES } from "../../src/bot/request.ts";
import { describeFault } from "./faults.ts";
import type { SlackFile } from "./payloads.ts";
import type { Tokens } from "./tokens.ts";
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

export interface FileFetcher {
  /** Fetches what can be read of a message's files. It never throws: what cannot be had is in the notes. */
  fetch(files: readonly SlackFile[]): Promise<Fetched>;
}

export interface FileSource {
  readonly api: WebApi;
  /** A file is fetched with the bot's token. */
  readonly tokens: Tokens;
  /** The Web API's address, when it is not Slack's. */
  readonly apiUrl: string | undefined;
  readonly log: Logger;
  readonly inTurn: InTurn;
}

/** Messages whose files are fetched at the same time; the others wait, so that memory stays bounded. */
const AT_ONCE = 4;
/** The most bytes of one message's files. */
const MAX_TOTAL_BYTES = 2 * MAX_FILE_BYTES;

export function createFileFetcher(source: FileSource): FileFetcher {
  return {
    fetch: (files) => source.inTurn(() => fetchAll(source, files.filter(isReadable))),
  };
}

async function fetchAll(source: FileSource, files: readonly SlackFile[]): Promise<Fetched> {
  const fetched: Fetched = { files: [], notes: [] };
  if (files.length > MAX_FILES) fetched.notes.push(`Only the first ${MAX_FILES} files were read.`);
  let left = MAX_TOTAL_BYTES;
  for (const file of files.slice(0, MAX_FILES)) {
    const result = await fetchFile(source, file, left);
    if ("note" in result) fetched.notes.push(result.note);
    else {
      fetched.files.push(result);
      left -= result.bytes.length;
    }
  }
  return fetched;
}

/** Runs work when its turn has come. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs so many at a time, in the order in which they came. */
export function createTurns(atOnce = AT_ONCE): InTurn {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < atOnce) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

type Result = Attachment | { note: string };

async function fetchFile(source: FileSource, file: SlackFile, left: number): Promise<Result> {
  const name = file.name ?? file.title ?? "file";
  // A mail that was sent to a channel: Slack gives its text, and its download is a page to look at.
  if (file.mode === "email" && file.plain_text) {
    return { name: `${name}.txt`, bytes: Buffer.from(file.plain_text, "utf8").subarray(0, MAX_FILE_BYTES) };
  }
  const unread = (why: string): Result => ({ note: `The file ${name} was not read: ${why}.` });
  if ((file.size ?? 0) > MAX_FILE_BYTES) return unread(tooLarge);
  if ((file.size ?? 0) > left)
    return unread("the files together are too large; send it in a message of its own");
  try {
    const url = file.url_private_download ?? (await downloadUrl(source.api, file.id));
    if (url === null || !mayHaveToken(url, source.apiUrl))
      return unread("Slack gives no address to fetch it from");
    const bytes = await download(url, await source.tokens.current());
    return typeof bytes === "string" ? unread(bytes) : { name, bytes };
  } catch (error) {
    source.log.warn(describeFault(error), "a file could not be fetched");
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
