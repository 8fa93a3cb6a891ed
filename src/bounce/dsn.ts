/**
 * Delivery status fields (RFC 3464), wherever they stand: in their own part, in a broken message's text, or pasted with
 * the line ends gone. A field is found by its name, its value ends where the next field begins.
 */
import { fieldAddress } from "./addresses.ts";
import type { Action } from "./report.ts";

export interface DsnRecipient {
  finalRecipient: string | null;
  originalRecipient: string | null;
  action: Action | null;
  /** The first code of Status, when it is an RFC 3463 one. */
  status: string | null;
  /** What follows the code in Status, often in parentheses. */
  statusText: string | null;
  diagnostic: string | null;
  /** The type before the `;`, such as `smtp` or `x-unix`, in lower case. */
  diagnosticType: string | null;
  remoteMta: string | null;
  willRetryUntil: string | null;
}

export interface DsnFields {
  readonly reportingMta: string | null;
  readonly arrivalDate: string | null;
  readonly recipients: DsnRecipient[];
  /** Where the first and the last field stand in the text. */
  readonly start: number;
  readonly end: number;
}

const NAMES =
  "Original-Envelope-Id|Reporting-MTA|DSN-Gateway|Received-From-MTA|Arrival-Date|Original-Recipient|Final-Recipient|Action|Status|Remote-MTA|Diagnostic-Code|Last-Attempt-Date|Final-Log-ID|Will-Retry-Until|X-Actual-Recipient|X-Display-Name|X-[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){1,4}";
const STOPS =
  "Return-Path|Received|DKIM-Signature|From|To|Subject|Message-ID|Date|Content-Type|Content-Description|MIME-Version";
const FIELD = new RegExp(`(?<=^|[\\s>*|"'\`,;)])(${NAMES}|${STOPS})[ \\t]?:`, "gi");
const MAX_FIELDS = 4000;

interface Field {
  name: string;
  value: string;
  start: number;
  end: number;
  afterBlank: boolean;
}

/** The delivery status fields of the text, or `null` when it holds none that name a recipient's fate. */
export function readDsnFields(text: string): DsnFields | null {
  if (!/recipient|diagnostic-code|reporting-mta/i.test(text)) return null;
  const fields = findFields(text);
  const own = fields.filter((field) => !isStop(field.name));
  if (
    !own.some((field) =>
      /^(final-recipient|original-recipient|diagnostic-code|reporting-mta)$/.test(field.name),
    )
  )
    return null;
  const recipients = group(own);
  const value = (name: string) => own.find((field) => field.name === name)?.value ?? null;
  return {
    reportingMta: hostOf(value("reporting-mta")),
    arrivalDate: value("arrival-date"),
    recipients,
    start: own[0]?.start ?? 0,
    end: own.at(-1)?.end ?? 0,
  };
}

/** The host of an MTA-name field: `dns; mx.example.org (192.0.2.1)` → `mx.example.org`. */
export function hostOf(value: string | null): string | null {
  if (!value) return null;
  const host =
    value
      .replace(/^\s*[\w-]{1,12}\s*;\s*/, "")
      .trim()
      .split(/[\s(,]/)[0] ?? "";
  return host ? host.replace(/\.$/, "") : null;
}

function isStop(name: string): boolean {
  return /^(return-path|received|dkim-signature|from|to|subject|message-id|date|content-.*|mime-version)$/.test(
    name,
  );
}

function findFields(text: string): Field[] {
  const heads: { name: string; start: number; valueStart: number }[] = [];
  FIELD.lastIndex = 0;
  for (let match = FIELD.exec(text); match && heads.length < MAX_FIELDS; match = FIELD.exec(text))
    heads.push({ name: (match[1] ?? "").toLowerCase(), start: match.index, valueStart: FIELD.lastIndex });
  return heads.map((head, index) => {
    const next = heads[index + 1]?.start ?? text.length;
    const end = valueEnd(text, head.valueStart, Math.min(next, head.valueStart + 6000), head.name);
    const before = text.slice(Math.max(0, head.start - 4), head.start);
    return {
      name: head.name,
      value: text.slice(head.valueStart, end).replace(/\s+/g, " ").trim(),
      start: head.start,
      end,
      afterBlank: /\n[ \t>]*\n[ \t>]*$/.test(before),
    };
  });
}

/** A value ends at a blank line, unless the same reply goes on behind it. */
function valueEnd(text: string, start: number, limit: number, name: string): number {
  if (name !== "diagnostic-code") {
    const blank = text.indexOf("\n\n", start);
    return blank >= 0 && blank < limit ? blank : limit;
  }
  let at = start;
  for (;;) {
    const blank = text.indexOf("\n\n", at);
    if (blank < 0 || blank >= limit) return limit;
    if (!/^\s*[45]\d\d[ -]/.test(text.slice(blank, blank + 8)) && text.slice(start, blank).trim() !== "")
      return blank;
    at = blank + 2;
  }
}

function group(fields: Field[]): DsnRecipient[] {
  const groups: DsnRecipient[] = [];
  let current = emptyRecipient();
  let seen = new Set<string>();
  const flush = () => {
    if (
      current.finalRecipient ||
      current.originalRecipient ||
      current.diagnostic ||
      (current.status && current.action)
    )
      groups.push(current);
    current = emptyRecipient();
    seen = new Set();
  };
  for (const field of fields) {
    const relevant =
      /^(final-recipient|original-recipient|action|status|remote-mta|diagnostic-code|will-retry-until)$/.test(
        field.name,
      );
    if (!relevant) continue;
    const hasRecipient = seen.has("final-recipient") || seen.has("original-recipient");
    if (seen.has(field.name) || (field.afterBlank && hasRecipient && field.name.endsWith("-recipient")))
      flush();
    seen.add(field.name);
    assign(current, field);
  }
  flush();
  return groups;
}

function emptyRecipient(): DsnRecipient {
  return {
    finalRecipient: null,
    originalRecipient: null,
    action: null,
    status: null,
    statusText: null,
    diagnostic: null,
    diagnosticType: null,
    remoteMta: null,
    willRetryUntil: null,
  };
}

function assign(recipient: DsnRecipient, { name, value }: Field): void {
  if (name === "final-recipient") recipient.finalRecipient = fieldAddress(value);
  else if (name === "original-recipient") recipient.originalRecipient = fieldAddress(value);
  else if (name === "remote-mta") recipient.remoteMta = hostOf(value);
  else if (name === "will-retry-until") recipient.willRetryUntil = value.slice(0, 80) || null;
  else if (name === "action") recipient.action = actionOf(value);
  else if (name === "status") {
    recipient.status = /^[245]\.\d{1,3}\.\d{1,3}(?![.\d])/.exec(value)?.[0] ?? null;
    recipient.statusText =
      value
        .slice(recipient.status?.length ?? 0)
        .trim()
        .slice(0, 500) || null;
  } else if (name === "diagnostic-code") {
    const type = /^([A-Za-z][A-Za-z0-9-]{0,20})\s*;\s*/.exec(value);
    recipient.diagnosticType = type?.[1]?.toLowerCase() ?? null;
    recipient.diagnostic = value.slice(type?.[0].length ?? 0).trim() || null;
  }
}

function actionOf(value: string): Action | null {
  const word = /^[a-z]+/i.exec(value)?.[0].toLowerCase() ?? "";
  if (word === "failed" || word === "failure") return "failed";
  if (word === "delayed" || word === "delivered" || word === "relayed" || word === "expanded") return word;
  return null;
}
