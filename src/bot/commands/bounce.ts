import type { BounceReport } from "../../bounce/index.ts";
import { readBounce } from "../../bounce/index.ts";
import { bounceAnswer, nothingAnswer } from "./bounce-answer.ts";
import type { CommandResult, RunCommand } from "./command.ts";

/**
 * `bounce`: why a message came back, who must act and what to do. Reads the attached files first, else the text. Report: the
 * {@link BounceReport}, with the `file` name where one file was given; several files give `{"reports": […]}`.
 */
export const bounce: RunCommand = async ({ request, services }) => {
  const given =
    request.files.length > 0
      ? request.files.map(({ name, bytes }) => ({ name, content: bytes as Uint8Array | string }))
      : [{ name: undefined, content: request.text as Uint8Array | string }];
  const reports: (BounceReport & { file?: string })[] = [];
  for (const { name, content } of given) {
    const report = await readBounce(name === undefined ? { content } : { content, name });
    reports.push(name === undefined ? report : { file: name, ...report });
  }
  const recognised = reports.filter(({ kind }) => kind !== "none");
  const report = reports.length === 1 ? reports[0] : { reports };
  if (recognised.length === 0) {
    return {
      answer: nothingAnswer(request.files.length > 0),
      report,
      outcome: "nothing",
    } satisfies CommandResult;
  }
  const { categories } = await services.knowledge();
  return { answer: bounceAnswer(recognised, categories), report, outcome: "answered" };
};
