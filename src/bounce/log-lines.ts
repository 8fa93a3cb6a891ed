/**
 * Lines of mail logs: Postfix, Sendmail and OpenSMTPD (`to=<…> … dsn=… status=…`), Exim (`**`, `==`), ZoneMTA, Exchange
 * message tracking, qmail. What lies between `to=` and the outcome is read as `key=value`, whatever the product.
 */
import { fieldAddress, findAddresses } from "./addresses.ts";
import type { Action } from "./report.ts";

export interface LoggedDelivery {
  readonly address: string | null;
  readonly originalAddress: string | null;
  readonly action: Action;
  readonly status: string | null;
  /** What the log says about it, with the server's reply. */
  readonly text: string;
  readonly remoteHost: string | null;
  readonly product: string;
}

const MAX_LINE = 8_000;
const MAX_LINES = 2_000;

/** What says that a piece of text is a log record, and where the next one begins. */
const RECORD_START =
  /(?:^|\s)(?=(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d)[\s.,+Z\d:-]*\s)/g;

/** The deliveries that log lines in the text tell of, the last word about each recipient. */
export function readLogLines(text: string): LoggedDelivery[] {
  if (
    !/\b(?:to=|status=|stat=|dsn=|T=|LED=|defer \(|delivery \d+:|result=)|\s(?:\*\*|==) \S+@|(?:DEFERRED|REJECTED)\[/.test(
      text,
    )
  )
    return [];
  const found = new Map<string, LoggedDelivery>();
  for (const record of records(text)) {
    const delivery = keyed(record) ?? exim(record) ?? zoneMta(record) ?? exchange(record) ?? qmail(record);
    if (delivery) found.set(delivery.address?.toLowerCase() ?? `#${found.size}`, delivery);
  }
  return [...found.values()];
}

/** Lines, with lines that were broken put together and lines that were joined taken apart. */
function records(text: string): string[] {
  const joined: string[] = [];
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (!trimmed) continue;
    const begins =
      /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:|\[?\d{4}-\d\d-\d\d|<\d{1,3}>|\d{1,2}\/\d{1,2}\/\d{2,4} |\d{10}\.|@4[0-9a-f]{23})/.test(
        trimmed,
      );
    if (!begins && joined.length > 0 && (joined.at(-1) ?? "").length < MAX_LINE)
      joined[joined.length - 1] += ` ${trimmed}`;
    else joined.push(trimmed);
    if (joined.length >= MAX_LINES) break;
  }
  return joined
    .flatMap((line) => line.slice(0, 64_000).split(RECORD_START))
    .map((line) => line.slice(0, MAX_LINE));
}

/** Postfix: `status=bounced (…)`; Sendmail: `stat=…`; OpenSMTPD: `result="PermFail" … stat="…"`. */
function keyed(record: string): LoggedDelivery | null {
  const to = /(?:^|[\s,;(])(?:to|rcpt)=(<[^<>\s]{0,320}>|[^\s,;<>()"]{1,320}@[^\s,;<>()"]{1,255})/i.exec(
    record,
  );
  if (!to?.[1]) return null;
  const dsn = /\bdsn="?([245]\.\d{1,3}\.\d{1,3})/i.exec(record)?.[1] ?? null;
  const outcome = /\b(?:status|result)="?([A-Za-z]{2,12})/.exec(record)?.[1]?.toLowerCase() ?? null;
  const stat = /\bstat="?([^"]*)/i.exec(record)?.[1] ?? null;
  const rejected = /\breject: [A-Z]+ from\b/.test(record);
  if (!dsn && stat === null && !(outcome && OUTCOMES[outcome]) && !rejected) return null;
  const action =
    (outcome ? OUTCOMES[outcome] : undefined) ??
    sendmailOutcome(stat) ??
    (rejected ? "failed" : byStatus(dsn));
  const text =
    (stat && !/^(?:ok|sent)\b/i.test(stat) ? stat : null) ??
    /\bstatus=[a-z]+ \((.*)\)\s*$/i.exec(record)?.[1] ??
    /\bstatus=[a-z]+ (.*)$/i.exec(record)?.[1] ??
    (rejected
      ? record.replace(/^.*?\breject: [A-Z]+ from [^:]{1,300}: /, "").replace(/;? from=<.*$/, "")
      : null) ??
    stat ??
    record;
  return {
    address: fieldAddress(to[1]),
    originalAddress: fieldAddress(/\borig_to=(<[^<>\s]{0,320}>)/.exec(record)?.[1] ?? ""),
    action,
    status: dsn,
    text,
    remoteHost:
      /\brelay="?([\w.-]{3,255}?)\.?(?:\[|,|\s|"|$)/.exec(record)?.[1]?.replace(/^none$/, "") || null,
    product: /postfix/.test(record)
      ? "postfix"
      : /result="/.test(record)
        ? "opensmtpd"
        : stat !== null
          ? "sendmail"
          : "postfix",
  };
}

const OUTCOMES: Record<string, Action> = {
  bounced: "failed",
  undeliverable: "failed",
  expired: "failed",
  softbounce: "delayed",
  deferred: "delayed",
  sent: "delivered",
  deliverable: "delivered",
  permfail: "failed",
  tempfail: "delayed",
  ok: "delivered",
  delivered: "delivered",
};

function sendmailOutcome(stat: string | null): Action | undefined {
  if (stat === null) return undefined;
  if (/^sent\b/i.test(stat)) return "delivered";
  if (/^(?:deferred|queued)\b/i.test(stat) || /^4\d\d/.test(stat)) return "delayed";
  return "failed";
}

function byStatus(status: string | null): Action {
  return status?.startsWith("2") ? "delivered" : status?.startsWith("4") ? "delayed" : "failed";
}

/** `1abcDE-… ** a@b R=dnslookup T=remote_smtp: …`, `… == a@b R=… defer (-53): …`. */
function exim(record: string): LoggedDelivery | null {
  const match =
    /(?:^|\s)(\*\*|==|=>|->) (\S{1,320}@[^\s:<>]{1,255})(?: <([^<>\s]{1,320}@[^<>\s]{1,255})>)?/.exec(record);
  const sign = match?.[1];
  if (!match?.[2] || !sign) return null;
  const rest = record.slice(match.index + match[0].length);
  const log =
    /\b[RT]=\w+/.test(rest) ||
    /[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4} (?:\*\*|==|=>|->)/.test(record);
  if (!log) return null;
  const colon = rest.indexOf(": ");
  const text = colon < 0 ? rest : rest.slice(colon + 2);
  return {
    address: match[2],
    originalAddress: null,
    action: sign === "**" ? "failed" : sign === "==" ? "delayed" : "delivered",
    status: null,
    text: text.trim(),
    remoteHost: /\bH=([\w.-]{3,255})/.exec(rest)?.[1] ?? /\bhost ([\w.-]{3,255})/.exec(rest)?.[1] ?? null,
    product: "exim",
  };
}

/** `DEFERRED[network] from=a@b to=c@d mx=… (…)`. */
function zoneMta(record: string): LoggedDelivery | null {
  const kind = /\b(DEFERRED|REJECTED|ACCEPTED)\[[\w-]{1,20}\]/.exec(record)?.[1];
  if (!kind) return null;
  const open = record.indexOf("(");
  return {
    address: fieldAddress(/\bto=(\S{3,320})/.exec(record)?.[1] ?? ""),
    originalAddress: null,
    action: kind === "REJECTED" ? "failed" : kind === "DEFERRED" ? "delayed" : "delivered",
    status: null,
    text: open < 0 ? record : record.slice(open + 1, record.lastIndexOf(")")),
    remoteHost: /\bmx=([\w.-]{3,255})/.exec(record)?.[1] ?? null,
    product: "zone-mta",
  };
}

/** Message tracking: `[{LRT=…};{LED=550 5.7.1 …};{FQDN=…};{IP=…}]`. */
function exchange(record: string): LoggedDelivery | null {
  const led = /\{?LED=([^{}]*)/.exec(record)?.[1];
  if (led === undefined) return null;
  const addresses = findAddresses(record.replace(/\[\{.*?\}\]/g, " "));
  const inLed = findAddresses(led)[0];
  return {
    address:
      inLed?.address ??
      /Recipients?[:=]\s*\{?([^\s;,{}"]+@[^\s;,{}"]+)/i.exec(record)?.[1] ??
      addresses[0]?.address ??
      null,
    originalAddress: null,
    action: /^\s*4/.test(led) ? "delayed" : "failed",
    status: null,
    text: led.trim(),
    remoteHost: /\bFQDN=([\w.-]{3,255})/.exec(record)?.[1] ?? null,
    product: "exchange",
  };
}

/** `delivery 12: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_…/`. */
function qmail(record: string): LoggedDelivery | null {
  const match = /\bdelivery \d+: (failure|deferral|success): (\S+)/.exec(record);
  if (!match?.[2]) return null;
  const text = match[2].replaceAll("_", " ").replaceAll("/", "\n");
  const to = /\bto remote (\S{1,320}@[^\s<>]{1,255})/.exec(record)?.[1];
  return {
    address: to ?? findAddresses(text)[0]?.address ?? null,
    originalAddress: null,
    action: match[1] === "failure" ? "failed" : match[1] === "deferral" ? "delayed" : "delivered",
    status: null,
    text,
    remoteHost: null,
    product: "qmail",
  };
}
