import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** One HTTP request to the Bot Connector. */
export interface Delivery {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

export interface DeliveryReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The Bot Connector did not take a request, for good. Its message holds no text of the request. */
export class DeliveryError extends Error {
  /** The HTTP status, or null when there was no answer at all. */
  readonly status: number | null;
  /** By which Teams tells why, such as `ConversationNotFound`; null when the answer names none, as one of a proxy in between. */
  readonly code: string | null;
  /** There was no answer after the request had been sent, so that it may have had its effect. */
  readonly maybeTaken: boolean;

  constructor(
    reason: string,
    { status = null, code = null, maybeTaken = false }: Partial<Omit<DeliveryError, keyof Error>>,
  ) {
    super(reason);
    this.name = "DeliveryError";
    this.status = status;
    this.code = code;
    this.maybeTaken = maybeTaken;
  }
}

export interface DeliveryOptions {
  /** The time for one try, in milliseconds. */
  timeoutMs?: number;
  /** The wait before the second try, in milliseconds; it doubles with each further one. */
  firstWaitMs?: number;
  tries?: number;
}

/** What the Bot Connector asks to try again: Microsoft, "Send messages to a bot: throttling and retries". */
const RETRIED = new Set([412, 429, 502, 504]);

/** Tries that surely had no effect, as no connection came about. */
const NOT_CONNECTED = new Set(["ECONNREFUSED", "EAI_AGAIN", "ENOTFOUND"]);

/** The longest wait that `Retry-After` may ask for, in milliseconds. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Sends a request and repeats it when the Bot Connector asks for that, waiting longer each time and at least as long as
 * `Retry-After` says.
 * @throws {DeliveryError} when it was refused, or the tries are used up
 */
export async function deliver(delivery: Delivery, options: DeliveryOptions = {}): Promise<DeliveryReply> {
  const { timeoutMs = 10_000, firstWaitMs = 500, tries = 5 } = options;
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(delivery, timeoutMs);
    if ("status" in outcome && outcome.status < 300) return outcome;
    const retried = "status" in outcome ? RETRIED.has(outcome.status) : NOT_CONNECTED.has(outcome.code);
    if (!retried || attempt >= tries) throw failure(outcome, attempt);
    // Jitter, so that requests that were refused together do not come again together.
    const backOff = firstWaitMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
    await sleep(Math.max(backOff, "status" in outcome ? retryAfterMs(outcome.headers) : 0));
  }
}

async function tryOnce(
  { url, method, headers, body }: Delivery,
  timeoutMs: number,
): Promise<DeliveryReply | { code: string }> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await readText(response),
    };
  } catch (error) {
    return { code: errorCode(error) };
  }
}

/** The most that is read of an answer, in characters: ids and codes are short. */
const MOST_TEXT = 65_536;

/** The text of an answer; what is longer than any of Teams is cut off. */
async function readText({ body }: Response): Promise<string> {
  let text = "";
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > MOST_TEXT) break;
  }
  return text.slice(0, MOST_TEXT);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return "timeout";
  const cause: unknown = error.cause;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return error.name;
}

function failure(outcome: DeliveryReply | { code: string }, attempts: number): DeliveryError {
  const times = attempts > 1 ? ` after ${attempts} tries` : "";
  if ("status" in outcome) {
    const { status, body } = outcome;
    const code = refusalCode(body);
    const named = code ? ` (${code})` : "";
    return new DeliveryError(`the Bot Connector answered ${status}${named}${times}`, { status, code });
  }
  const reason = `the Bot Connector could not be reached (${outcome.code})${times}`;
  return new DeliveryError(reason, { maybeTaken: !NOT_CONNECTED.has(outcome.code) });
}

/** Bot Connector REST API, "ErrorResponse object". Only what looks like a code is taken for one: it gets into the log. */
const refusalSchema = z.looseObject({
  error: z.looseObject({ code: z.string().regex(/^[A-Za-z]{1,64}$/) }),
});

function refusalCode(body: string): string | null {
  try {
    return refusalSchema.parse(JSON.parse(body)).error.code;
  } catch {
    return null;
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterMs(headers: Record<string, string>): number {
  const value = headers["retry-after"];
  if (value === undefined) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : 0;
}
