import { z } from "zod";
import { type Attachment, MAX_FILE_BYTES, MAX_FILES } from "../../src/bot/request.ts";
import type { Activity } from "./activity.ts";
import { isLoopbackUrl } from "./loopback.ts";

/** What became of the files that came with a message. */
export interface ReceivedFiles {
  readonly files: Attachment[];
  /** What could not be read, in sentences for the asker. */
  readonly problems: string[];
}

/** Files that Teams lets an app download; it does so in personal chats only. */
const DOWNLOAD = "application/vnd.microsoft.teams.file.download.info";

const downloadSchema = z.looseObject({ downloadUrl: z.url() });

const READABLE = /\.(eml|msg|txt)$/i;
const DOWNLOAD_TIMEOUT_MS = 15_000;

/** Where Teams keeps files: OneDrive and SharePoint of all of Microsoft's clouds. */
const FILE_HOSTS =
  /\.(sharepoint\.com|sharepoint\.us|sharepoint-mil\.us|sharepoint\.cn|sharepoint-df\.com|svc\.ms)$/i;

/** True when a message carries a file or picture, whether or not an app can read it. */
export function carriesFiles(activity: Activity): boolean {
  return fileAttachments(activity).length > 0;
}

function fileAttachments({ attachments = [] }: Activity) {
  return attachments.filter(({ contentType = "" }) => {
    return contentType === DOWNLOAD || contentType === "reference" || contentType.startsWith("image/");
  });
}

/** Fetches the mail files of a message. */
export async function receiveFiles(activity: Activity): Promise<ReceivedFiles> {
  const files: Attachment[] = [];
  const problems: string[] = [];
  const given = fileAttachments(activity);
  for (const { contentType, name = "a file", content } of given.slice(0, MAX_FILES)) {
    const download = contentType === DOWNLOAD ? downloadSchema.safeParse(content) : null;
    if (!download?.success) {
      problems.push(`Teams gives me no way to open ${name} here.`);
    } else if (!READABLE.test(name)) {
      problems.push(`I read .eml, .msg and .txt files; ${name} is none of these.`);
    } else {
      const bytes = await downloadFile(download.data.downloadUrl, activity.serviceUrl);
      if (typeof bytes === "string") problems.push(`${name} ${bytes}`);
      else files.push({ name, bytes });
    }
  }
  if (given.length > MAX_FILES) problems.push(`Of ${given.length} files I read the first ${MAX_FILES}.`);
  return { files, problems };
}

/** The bytes, or why there are none. The address carries its own right to download, so no token is sent. */
async function downloadFile(url: string, serviceUrl: string): Promise<Uint8Array | string> {
  if (!mayDownload(url, serviceUrl)) return "is not kept where Teams keeps files.";
  try {
    const signal = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
    const response = await fetch(url, { redirect: "error", signal });
    if (!response.ok) return `could not be downloaded: the answer was ${response.status}.`;
    return await readBounded(response);
  } catch {
    return "could not be downloaded.";
  }
}

/** Only Microsoft's file hosts, or this machine where the whole platform is on it (a trial client). */
function mayDownload(url: string, serviceUrl: string): boolean {
  const { protocol, hostname } = new URL(url);
  if (isLoopbackUrl(url)) return isLoopbackUrl(serviceUrl);
  return protocol === "https:" && FILE_HOSTS.test(hostname);
}

async function readBounded(response: Response): Promise<Uint8Array | string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_FILE_BYTES) return `is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB.`;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
