/** What `smtp` answers when nothing is known that fits: why, and what would work. */
import type { Knowledge } from "../../knowledge/index.ts";
import { findCodes, isHttpStatus, outcomeOf, parseEnhancedStatusCode, topicOf } from "../../smtp/index.ts";
import { type Answer, code, type FollowUp, type Inline, say } from "../answer.ts";

export function explainNothing(query: string, knowledge: Knowledge): Answer {
  return webStatus(query) ?? notACode(query) ?? unknownCode(query, knowledge) ?? nothingFits(query);
}

function webStatus(query: string): Answer | null {
  if (!isHttpStatus(query)) return null;
  return answer(
    "That is a web server's status, not one of mail",
    say`HTTP and SMTP codes look alike and mean different things. Codes of mail are such as ${code("smtp 550")} or ${code("smtp 421")}.`,
    [],
  );
}

/** A number in place of a code that cannot be one. */
function notACode(query: string): Answer | null {
  const words = query.split(/\s+/);
  if (words.length > 4) return null;
  const number = words.find((word) => /^#?\d{1,6}$/.test(word) && !/^[2-5]\d\d$/.test(word));
  if (number !== undefined) {
    return answer(
      `${number} is not an SMTP reply code`,
      say`A reply code has three digits, and the first is 2 (done), 3 (go on), 4 (not now) or 5 (refused): ${code("smtp 550")}.`,
      [],
    );
  }
  const dotted = words.find((word) => /^#?\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(word));
  if (dotted !== undefined && parseEnhancedStatusCode(dotted) === null) {
    return answer(
      `${dotted} is not an enhanced status code`,
      say`Its first number, the class, is 2, 4 or 5; after it come subject and detail: ${code("smtp 5.7.1")}.`,
      [],
    );
  }
  return null;
}

/** A code of the right form that nobody has defined. */
function unknownCode(query: string, knowledge: Knowledge): Answer | null {
  const [mention] = findCodes(query, { limit: 1 });
  if (!mention || query.length > 60) return null;
  const outcome = tellOutcome(mention.code);
  if (mention.kind === "enhanced") {
    const subject = mention.code.split(".")[1] ?? "";
    return answer(
      `${mention.code}: no standard defines it`,
      say`There is no subject ${subject}: the second number is 0 to 7 (RFC 3463 §3). ${outcome} Matched by: class.`,
      nearCodes(`X.7.1`, knowledge, []),
    );
  }
  const topic = topicOf(mention.code);
  const about = topic === null ? "" : `The second digit would mean: ${topic}.`;
  return answer(
    `${mention.code}: neither a standard nor a server that I know uses it`,
    say`${outcome} ${about} Matched by: first digit. If it stands in a bounce, its words tell more: paste the whole line.`,
    nearCodes(mention.code, knowledge, ["0", "1", "2", "3", "4"]),
  );
}

function tellOutcome(codeText: string): string {
  switch (outcomeOf(codeText)) {
    case "success":
      return "The first digit 2 says that it worked.";
    case "intermediate":
      return "The first digit 3 says that the server waits for more.";
    case "temporary":
      return "The first digit 4 says that it is temporary: the sending server tries again by itself.";
    case "permanent":
      return "The first digit 5 says that it is permanent: sending it again unchanged will fail again.";
    default:
      return "";
  }
}

/** Known codes that differ in the last digit. */
function nearCodes(wanted: string, knowledge: Knowledge, digits: readonly string[]): FollowUp[] {
  return digits
    .map((digit) => wanted.slice(0, 2) + digit)
    .filter((near) => knowledge.entry(`reply:${near}`))
    .slice(0, 3)
    .map((near) => ({ label: `Explain ${near}`, command: "smtp", text: near }));
}

function nothingFits(query: string): Answer {
  const asked = query.replace(/\s+/g, " ");
  const short = asked.length > 60 ? `${asked.slice(0, 59)}…` : asked;
  return answer(
    `Nothing in my knowledge matches "${short}"`,
    say`I explain SMTP codes (${code("smtp 550")}), server texts (${code("smtp greylisted")}), bounces (paste one), topics (${code("mailguide dmarc")}) and domains (${code("checkdomain example.org")}).`,
    [{ label: "What can you do?", command: "mailhelp", text: "" }],
  );
}

function answer(title: string, summary: Inline[], followUps: FollowUp[]): Answer {
  return { title, status: "unknown", summary, sections: [], followUps, sources: [] };
}
