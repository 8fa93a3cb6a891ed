/** Tells why a message was or was not trusted: the verdict, a row per standard, what to do, the evidence folded. */
import type { MessageReport } from "../../message/index.ts";
import {
  type Answer,
  type FollowUp,
  type Inline,
  type Section,
  type Status,
  say,
  strong,
} from "../answer.ts";
import { messageDetails } from "./checkmessage-details.ts";
import { messageRows } from "./checkmessage-rows.ts";

interface Checked {
  readonly file: string | null;
  readonly report: MessageReport;
}

/** @param checked at least one */
export function tellMessages(checked: readonly Checked[]): Answer {
  const [first, ...others] = checked;
  if (!first) throw new TypeError("there is no message to tell");
  if (others.length === 0) return tellMessage(first.report);
  return {
    title: `${checked.length} messages were checked`,
    status: "info",
    summary: say`${checked.filter(({ report }) => report.trusted === "yes").length} of them have a From address that can be verified.`,
    sections: checked.flatMap(({ file, report }): Section[] => [
      { kind: "heading", text: `${file ?? "message"}: ${titleOf(report)}` },
      { kind: "checks", rows: messageRows(report) },
    ]),
    followUps: [],
    sources: [],
  };
}

function tellMessage(report: MessageReport): Answer {
  return {
    title: titleOf(report),
    status: statusOf(report),
    summary: summaryOf(report),
    sections: [
      { kind: "checks", rows: messageRows(report) },
      ...whyNot(report),
      ...forTheSender(report),
      ...pointedOut(report),
      ...messageDetails(report),
    ],
    followUps: followUpsOf(report),
    sources: [],
  };
}

function titleOf({ trusted, from }: MessageReport): string {
  const address = from ?? "this message";
  switch (trusted) {
    case "yes":
      return `The From address ${address} is verified`;
    case "no":
      return from === null
        ? "The message has no From address that could be verified"
        : `The From address ${address} cannot be verified`;
    case "unknown":
      return `Whether the From address ${address} is genuine could not be checked`;
  }
}

function statusOf({ trusted, dmarc, findings }: MessageReport): Status {
  if (trusted === "unknown") return "unknown";
  if (trusted === "yes") return findings.some(({ severity }) => severity === "warning") ? "warning" : "ok";
  return dmarc.result === "none" ? "warning" : "problem";
}

function summaryOf({ trusted, dmarc, form }: MessageReport): Inline[] {
  const given = form === "headers" || form === "msg" ? " Only the header fields could be looked at." : "";
  const not = strong("does not count as a trusted sender");
  switch (trusted) {
    case "yes":
      return say`DMARC passed for ${dmarc.domain ?? "its domain"}, so it ${strong("counts as a trusted sender")} and is given its full spam weight as one. This says who sent the message, not that what it says is true.${given}`;
    case "no":
      return dmarc.result === "none"
        ? say`DMARC is not available for ${dmarc.domain ?? "the From domain"}: the address ${not} and is not given its full spam weight as one. ${strong("The sender's side")} can add DMARC; you cannot.${given}`
        : say`${failure(dmarc)}: the address ${not} and is not given its full spam weight as one. ${policyWords(dmarc)}${given}`;
    case "unknown":
      return say`${capital(dmarc.reason ?? "DMARC could not be checked")}, so nothing is said for or against the sender.${given}`;
  }
}

function failure({ result, domain, reason }: MessageReport["dmarc"]): string {
  return result === "fail"
    ? `DMARC failed for ${domain ?? "the From domain"}`
    : capital(reason ?? "DMARC cannot be evaluated");
}

function policyWords({ policy }: MessageReport["dmarc"]): string {
  if (policy === "reject") return "The domain asks receivers to refuse such mail.";
  if (policy === "quarantine") return "The domain asks receivers to treat such mail as spam.";
  return policy === "none" ? "The domain asks receivers only to report it." : "";
}

/** What broke, for the standards that could have made it pass. */
function whyNot({ trusted, findings }: MessageReport): Section[] {
  if (trusted === "yes") return [];
  const telling = findings.filter(
    ({ id, severity }) =>
      /^(dmarc|dkim|spf|arc)\./.test(id) && id !== "dmarc.missing" && severity !== "advice",
  );
  if (telling.length === 0) return [];
  return [
    { kind: "heading", text: "Why" },
    {
      kind: "list",
      items: telling.slice(0, 5).map(({ evidence, why }) => say`${strong(capital(evidence))}. ${why}`),
    },
  ];
}

/** Only the sender's side can change how its mail is authenticated. */
function forTheSender({ trusted, findings }: MessageReport): Section[] {
  if (trusted === "yes") return [];
  const fixes = findings.filter(({ id, fix }) => fix !== null && /^(dmarc|dkim|spf)\./.test(id)).slice(0, 4);
  if (fixes.length === 0) return [];
  return [
    { kind: "heading", text: "What the sender's side can do" },
    { kind: "list", items: fixes.map(({ fix }) => say`${fix?.text ?? ""}`) },
    ...fixes.flatMap(({ fix }): Section[] =>
      fix?.record?.after
        ? [
            {
              kind: "code",
              caption: `Publish at ${fix.record.name}, type ${fix.record.type}:`,
              text: fix.record.after,
            },
          ]
        : [],
    ),
  ];
}

/** Mismatches and look-alikes: said, not judged. */
function pointedOut({ findings }: MessageReport): Section[] {
  const seen = findings.filter(
    ({ id, severity }) => !/^(dmarc|dkim|spf|arc)\./.test(id) && severity !== "advice",
  );
  if (seen.length === 0) return [];
  return [
    { kind: "heading", text: "Worth a look" },
    { kind: "list", items: seen.slice(0, 6).map(({ evidence, why }) => say`${strong(evidence)}: ${why}`) },
  ];
}

function followUpsOf({ dmarc, spf, trusted }: MessageReport): FollowUp[] {
  const followUps: FollowUp[] = [];
  if (dmarc.domain)
    followUps.push({ label: `Check ${dmarc.domain}`, command: "checkdomain", text: dmarc.domain });
  if (spf.client) followUps.push({ label: "Blocklists", command: "checkip", text: spf.client.address });
  if (trusted !== "yes") followUps.push({ label: "What is DMARC?", command: "mailguide", text: "dmarc" });
  return followUps;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
