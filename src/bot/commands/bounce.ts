/**
 * `bounce`: why a message came back, who must act and what to do. Reads the attached files, else the text. Report: the
 * {@link BounceReport} with the `file` name where one file was given; several files give `{"reports": […]}`.
 */
import { type BounceReport, loadCauses, readBounce } from "../../bounce/index.ts";
import type { Knowledge } from "../../knowledge/index.ts";
import type { Answer } from "../answer.ts";
import { UsageError } from "../errors.ts";
import type { Services } from "../services.ts";
import { blocklistFollowUps } from "./blocklist-follow-ups.ts";
import { tellBounces } from "./bounce-answer.ts";
import { tellNoBounce } from "./bounce-nothing.ts";
import type { CommandResult, RunCommand } from "./command.ts";
import { readRedact, redacted } from "./redact.ts";

type FileReport = BounceReport & { readonly file?: string };

export const bounce: RunCommand = async ({ request, services }) => {
  const { text, redact } = readRedact(request.text);
  if (request.files.length === 0 && text === "") {
    throw new UsageError(
      "nothing-to-read",
      "Paste a bounce, or only the line with the server's reply; or attach it as an .eml, .msg or .txt file.",
      "bounce 550 5.1.1 <anna@example.org>: user unknown",
    );
  }
  const knowledge = await services.knowledge();
  const reports =
    request.files.length > 0 ? await readFiles(request.files, knowledge) : [await read(text, knowledge)];
  const result = await answerTo(reports, knowledge, { services, files: request.files.length > 0 });
  return redact ? redacted(result) : result;
};

function read(content: string | Uint8Array, knowledge: Knowledge): Promise<BounceReport> {
  return readBounce({ content, providerOfHost: (host) => knowledge.providerOfHost(host)?.slug ?? null });
}

async function readFiles(
  files: readonly { name: string; bytes: Uint8Array }[],
  knowledge: Knowledge,
): Promise<FileReport[]> {
  const reports: FileReport[] = [];
  for (const { name, bytes } of files) reports.push({ file: name, ...(await read(bytes, knowledge)) });
  return reports;
}

async function answerTo(
  reports: readonly FileReport[],
  knowledge: Knowledge,
  { services, files }: { services: Services; files: boolean },
): Promise<CommandResult> {
  const [first] = reports;
  const report = reports.length === 1 ? first : { reports };
  const recognised = reports.filter(({ kind }) => kind !== "none");
  if (recognised.length === 0) return { answer: tellNoBounce(files), report, outcome: "nothing" };
  const answer = tellBounces(recognised, knowledge, await loadCauses());
  return { answer: await leadToBlocklist(answer, recognised, services), report, outcome: "answered" };
}

/** The most follow-ups of an answer. */
const MAX_FOLLOW_UPS = 5;

/** A refusal that names a blocklist leads first of all to that list. */
async function leadToBlocklist(
  answer: Answer,
  reports: readonly BounceReport[],
  services: Services,
): Promise<Answer> {
  const refusals = reports
    .flatMap(({ recipients }) => recipients)
    .filter(({ category }) => category === "reputation")
    .map(({ diagnostic }) => diagnostic ?? "")
    .join("\n");
  if (refusals.trim() === "") return answer;
  const address = reports[0]?.named.ipAddresses[0] ?? reports[0]?.original?.sendingAddress ?? null;
  const { zones } = await services.blocklists();
  const found = blocklistFollowUps(refusals, zones, address);
  if (found.length === 0) return answer;
  const others = answer.followUps.filter((one) => !("command" in one && one.command === "checkip"));
  return { ...answer, followUps: [...found, ...others].slice(0, MAX_FOLLOW_UPS) };
}
