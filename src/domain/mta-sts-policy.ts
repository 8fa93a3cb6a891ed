import { createHash } from "node:crypto";
import type { FetchedFile } from "./fetch.ts";

/** An MTA-STS policy (RFC 8461 §3.2), as far as it could be read. */
export interface MtaStsPolicy {
  readonly mode: "enforce" | "testing" | "none" | null;
  /** Seconds that senders keep the policy. */
  readonly maxAge: number | null;
  /** Host names, or `*.` and a name, in lower case. */
  readonly mx: readonly string[];
  /** What makes the policy invalid, in plain words. Senders use no policy that has a fault. */
  readonly faults: readonly string[];
}

const KEY = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const MX_PATTERN = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`, "i");
/** RFC 8461 §3.2: a year and a bit. */
const LONGEST_AGE = 31_557_600;
/** RFC 8461 §3.2 wants weeks or more, so that an attacker cannot wait until the policy is forgotten. */
const GOOD_AGE = 604_800;
/** Wrong patterns that are told; a hostile policy has thousands. */
const MAX_TOLD = 10;

/** Reads a policy as strict senders do: exact words, the first of repeated keys, unknown keys passed over. */
export function readPolicy({ contentType, body }: FetchedFile): MtaStsPolicy {
  const values = new Map<string, string>();
  const patterns: string[] = [];
  for (const line of Buffer.from(body).toString("utf8").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(colon, 0));
    if (!KEY.test(key)) continue;
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (key === "mx") patterns.push(value);
    else if (!values.has(key)) values.set(key, value);
  }
  const mode = values.get("mode");
  const age = values.get("max_age");
  const knownMode = mode === "enforce" || mode === "testing" || mode === "none" ? mode : null;
  const maxAge = age !== undefined && /^\d{1,10}$/.test(age) ? Number(age) : null;
  const wrongPatterns = patterns.filter((pattern) => !MX_PATTERN.test(pattern));
  const faults = [
    ...(isPlainText(contentType)
      ? []
      : [`it is served as ${contentType ?? "no media type"} instead of text/plain`]),
    ...wordFault("version", values.get("version"), ["STSv1"]),
    ...wordFault("mode", mode, ["enforce", "testing", "none"]),
    ...(maxAge !== null && maxAge <= LONGEST_AGE ? [] : [ageFault(age)]),
    ...wrongPatterns.slice(0, MAX_TOLD).map((pattern) => `"mx: ${pattern}" is no host name`),
    ...(patterns.length === 0 && knownMode !== "none" ? ["it names no mail server (mx)"] : []),
  ];
  const mx = patterns.filter((pattern) => MX_PATTERN.test(pattern)).map((pattern) => pattern.toLowerCase());
  return { mode: knownMode, maxAge, mx: [...new Set(mx)], faults };
}

/** Whether the policy lets mail go to a server: `*.` stands for exactly one label (RFC 8461 §4.1). */
export function coversHost({ mx }: Pick<MtaStsPolicy, "mx">, host: string): boolean {
  return mx.some((pattern) => {
    if (!pattern.startsWith("*.")) return pattern === host;
    const parent = host.slice(host.indexOf(".") + 1);
    return host.includes(".") && parent === pattern.slice(2);
  });
}

/** The text of a policy file (RFC 8461 §3.2), with lines ended by CRLF as the section wants it. */
export function writePolicy({
  mode,
  mx,
  maxAge,
}: {
  mode: "enforce" | "testing";
  mx: readonly string[];
  maxAge: number | null;
}): string {
  const kept = maxAge !== null && maxAge >= GOOD_AGE && maxAge <= LONGEST_AGE ? maxAge : GOOD_AGE;
  const lines = ["version: STSv1", `mode: ${mode}`, ...mx.map((host) => `mx: ${host}`), `max_age: ${kept}`];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** An id for the record that is another one for every other policy (RFC 8461 §3.1: 1 to 32 letters and digits). */
export function policyId(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function isPlainText(contentType: string | null): boolean {
  return /^\s*text\/plain\s*(;|$)/i.test(contentType ?? "");
}

function wordFault(key: string, value: string | undefined, words: readonly string[]): string[] {
  if (value === undefined) return [`it has no ${key}`];
  return words.includes(value) ? [] : [`"${key}: ${value}" is not ${words.join(", ")}`];
}

function ageFault(age: string | undefined): string {
  return age === undefined
    ? "it has no max_age"
    : `"max_age: ${age}" is not a number of seconds up to ${LONGEST_AGE}`;
}
