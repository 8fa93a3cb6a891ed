/** Spam verdicts that Microsoft, SpamAssassin, Rspamd, Google and Yahoo write into a message. */
import type { HeaderField } from "./header-fields.ts";
import { type ReceiverWords, wordFor } from "./receiver-words.ts";
import type { Claim } from "./report.ts";

/** @param checker the host that SpamAssassin names in a field of its own */
export function readSpamField(field: HeaderField, words: ReceiverWords, checker: string | null): Claim[] {
  const said = verdictOf(field, words);
  if (said === null) return [];
  const host = field.key === "x-spam-status" || field.key === "x-spam-flag" ? checker : null;
  return [{ host, domain: null, field: field.name, ...said }];
}

type Said = Pick<Claim, "method" | "result" | "meaning">;

function verdictOf({ key, value }: HeaderField, words: ReceiverWords): Said | null {
  switch (key) {
    case "x-forefront-antispam-report":
    case "x-forefront-antispam-report-untrusted":
      return fromForefront(value, words);
    case "x-microsoft-antispam":
    case "x-microsoft-antispam-untrusted":
      return fromMicrosoftAntispam(value);
    case "x-ms-exchange-organization-scl":
      return spamConfidence(value.trim());
    case "x-spam-status":
      return fromSpamStatus(value);
    case "x-spam-flag":
      return yesNo("spam", value);
    case "x-gm-spam":
      return fromGoogle("spam", value);
    case "x-gm-phishy":
      return fromGoogle("phishing", value);
    case "x-yahoofilteredbulk":
      return { method: "spam", result: "bulk", meaning: "Yahoo put it into the spam folder" };
    default:
      return null;
  }
}

/** `CIP:…;SCL:1;SFV:NSPM;CAT:NONE;…` */
function fromForefront(value: string, { microsoft }: ReceiverWords): Said | null {
  const pairs = colonPairs(value);
  const verdict = pairs.get("SFV") ?? "";
  const category = pairs.get("CAT") ?? "";
  const confidence = pairs.get("SCL") ?? "";
  const tokens = [
    verdict && `SFV:${verdict}`,
    category && `CAT:${category}`,
    confidence && `SCL:${confidence}`,
  ];
  const result = tokens.filter(Boolean).join(" ");
  if (result === "") return null;
  const parts = [
    wordFor(microsoft.filterVerdicts, verdict),
    category === "NONE" ? null : wordFor(microsoft.categories, category),
    confidence === "" ? null : confidenceWords(confidence),
    wordFor(microsoft.addressVerdicts, pairs.get("IPV") ?? ""),
  ].filter((part) => part !== null);
  return { method: "spam", result, meaning: parts.join("; ") || null };
}

/** `BCL:0;…`: how many complaints its sender's bulk mail draws. */
function fromMicrosoftAntispam(value: string): Said | null {
  const level = colonPairs(value).get("BCL") ?? "";
  if (!/^\d$/.test(level)) return null;
  const number = Number(level);
  const meaning =
    number === 0
      ? "not from a sender of bulk mail"
      : number <= 3
        ? "bulk mail that draws few complaints"
        : number <= 7
          ? "bulk mail that draws some complaints"
          : "bulk mail that draws many complaints";
  return { method: "bulk", result: `BCL:${level}`, meaning };
}

function spamConfidence(level: string): Said | null {
  const meaning = confidenceWords(level);
  return meaning === null ? null : { method: "spam", result: `SCL:${level}`, meaning };
}

function confidenceWords(level: string): string | null {
  if (!/^-?\d$/.test(level)) return null;
  const number = Number(level);
  if (number < 0) return "spam filtering was skipped";
  if (number <= 1) return "the filter found it not to be spam";
  if (number <= 4) return "the filter was not sure";
  return number <= 6 ? "the filter took it for spam" : "the filter took it for spam with high confidence";
}

/** SpamAssassin's `Yes, score=7.1 required=5.0 tests=A,B`; Rspamd writes alike. */
function fromSpamStatus(value: string): Said | null {
  const answer = /^\s*(yes|no)\b/i.exec(value)?.[1]?.toLowerCase();
  if (answer === undefined) return null;
  const score = /\b(?:score|hits)=(-?\d{1,5}(?:\.\d{1,4})?)/i.exec(value)?.[1];
  const required = /\brequired=(-?\d{1,5}(?:\.\d{1,4})?)/i.exec(value)?.[1];
  const tests = /\btests=\[?([A-Za-z0-9_=.,\s-]{1,400})/i
    .exec(value)?.[1]
    ?.replace(/\s+autolearn.*$/i, "")
    .trim();
  const points =
    score === undefined ? "" : ` (${score}${required === undefined ? "" : ` of ${required}`} points)`;
  const rules = tests ? `; by the rules ${tests.replace(/\s+/g, "").split(",").slice(0, 12).join(", ")}` : "";
  return {
    method: "spam",
    result: answer,
    meaning: `${answer === "yes" ? "taken for spam" : "not spam"}${points}${rules}`,
  };
}

function yesNo(method: string, value: string): Said | null {
  const answer = /^\s*(yes|no)\b/i.exec(value)?.[1]?.toLowerCase();
  return answer === undefined
    ? null
    : { method, result: answer, meaning: answer === "yes" ? "taken for spam" : "not spam" };
}

function fromGoogle(what: string, value: string): Said | null {
  const flag = value.trim();
  if (flag !== "0" && flag !== "1") return null;
  return {
    method: what,
    result: flag,
    meaning: `Google took it ${flag === "1" ? `for ${what}` : `for no ${what}`}`,
  };
}

function colonPairs(value: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const piece of value.split(";").slice(0, 60)) {
    const colon = piece.indexOf(":");
    const key = piece.slice(0, Math.max(colon, 0)).trim().toUpperCase();
    if (key !== "" && !pairs.has(key))
      pairs.set(
        key,
        piece
          .slice(colon + 1)
          .trim()
          .slice(0, 60),
      );
  }
  return pairs;
}
