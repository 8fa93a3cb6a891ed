/**
 * `checkmessage`: why a message was or was not trusted. Reads the attached files, else the text. Report: from, trusted, spf,
 * dkim, dmarc, arc, trail, claims and findings; several files give `{"reports": […]}`.
 */
import { isIP } from "node:net";
import { checkMessage, type MessageReport, type NoMessage } from "../../message/index.ts";
import { UsageError } from "../errors.ts";
import { tellMessages } from "./checkmessage-answer.ts";
import { messageJson } from "./checkmessage-json.ts";
import type { CommandContext, CommandResult, RunCommand } from "./command.ts";
import { readRedact, redacted } from "./redact.ts";

const EXAMPLE = "checkmessage message.eml ip=192.0.2.1";

interface Checked {
  readonly file: string | null;
  readonly report: MessageReport;
}

export const checkmessage: RunCommand = async (context) => {
  const { text, ip, redact } = readOptions(context.request.text);
  const checked = await checkAll(context, text, ip);
  const result = answerTo(checked);
  return redact ? redacted(result) : result;
};

/** `ip=ADDRESS` and `redact`, in any order, before the text or beside a file. */
function readOptions(whole: string): { text: string; ip: string | null; redact: boolean } {
  let rest = whole.trim();
  let ip: string | null = null;
  let redact = false;
  for (let found = true; found; ) {
    const address = /^ip=(\S{0,100})\s*/i.exec(rest);
    const option = readRedact(rest);
    found = address !== null || option.redact;
    if (address) {
      ip = readAddress(address[1] ?? "");
      rest = rest.slice(address[0].length);
    } else if (option.redact) {
      redact = true;
      rest = option.text;
    }
  }
  return { text: rest, ip, redact };
}

function readAddress(text: string): string {
  const address = text.replace(/^\[(?:IPv6:)?|\]$/gi, "");
  if (isIP(address) !== 0) return address;
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  throw new UsageError(
    "not-an-address",
    `ip= takes the IPv4 or IPv6 address of the server that handed the message over; "${shown}" is none.`,
    EXAMPLE,
  );
}

async function checkAll(
  { request, services, signal, progress }: CommandContext,
  text: string,
  ip: string | null,
): Promise<Checked[]> {
  const { files } = request;
  if (files.length === 0 && text === "") throw nothingToRead();
  const resolver = await services.resolver();
  const step = { id: "message", label: "Checking SPF, DKIM and DMARC" };
  progress([{ ...step, state: "running" }]);
  const check = (content: Uint8Array | string) => checkMessage(content, { resolver, signal, ip });
  const checked: Checked[] = [];
  let problem: NoMessage["problem"] = "no-headers";
  if (files.length === 0) {
    const report = await check(text);
    if ("problem" in report) throw noMessage(report.problem);
    checked.push({ file: null, report });
  }
  for (const { name, bytes } of files) {
    const report = await check(bytes);
    if ("problem" in report) problem = report.problem;
    else checked.push({ file: name, report });
  }
  if (checked.length === 0) throw noMessage(problem);
  progress([{ ...step, state: "done" }]);
  return checked;
}

function nothingToRead(): UsageError {
  return new UsageError(
    "nothing-to-read",
    "Attach the message as an .eml or .msg file, or paste its full headers (in Gmail “Show original”, in Outlook “View message details”).",
    EXAMPLE,
  );
}

function noMessage(problem: NoMessage["problem"]): UsageError {
  const message = {
    "no-headers":
      "No header fields of a mail were found. Attach the message as an .eml or .msg file, or paste its full headers: the lines that begin with “Received:”, “From:”, “Authentication-Results:” and so on.",
    "unreadable-msg":
      "The .msg file is damaged and cannot be read. Save the message again, or paste its full headers.",
    "msg-without-headers":
      "The .msg file holds no internet headers, so the message never travelled (a draft or a sent one). Ask the recipient for it as an .eml or .msg file.",
  }[problem];
  return new UsageError(problem, message, EXAMPLE);
}

function answerTo(checked: readonly Checked[]): CommandResult {
  const reports = checked.map(({ file, report }) =>
    file === null ? messageJson(report) : { file, ...messageJson(report) },
  );
  const [first] = reports;
  return {
    answer: tellMessages(checked),
    report: reports.length === 1 ? first : { reports },
    outcome: checked.some(({ report }) => report.trusted === "no") ? "problem" : "answered",
  };
}
