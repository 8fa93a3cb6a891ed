/** How the fake Slack sends: signed requests, and the buttons that people press. */
import { createHmac } from "node:crypto";

export type DeliveryKind = "events_api" | "slash_commands" | "interactive";

export interface Delivered {
  /** The HTTP status of the acknowledgement; 0 when it did not come within 3 s. */
  status: number;
  body: string;
  ms: number;
  attempts: number;
}

export interface Acknowledged {
  /** 0 when nothing came within 3 s. */
  status: number;
  body: string;
}

/** A signed request as Slack sends it; waits 3 s for the acknowledgement. */
export async function postSigned(
  url: string,
  secret: string,
  kind: DeliveryKind,
  payload: Record<string, unknown>,
  retry: number,
): Promise<Acknowledged> {
  const json = kind === "events_api";
  const body = json
    ? JSON.stringify(payload)
    : new URLSearchParams(
        kind === "interactive" ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>),
      ).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": json ? "application/json" : "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": slackSignature(secret, timestamp, body),
        ...(retry > 0 ? { "x-slack-retry-num": String(retry), "x-slack-retry-reason": "http_timeout" } : {}),
      },
      body,
      signal: AbortSignal.timeout(3_000),
    });
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 0, body: "" };
  }
}

export function slackSignature(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

/** The pressed button's part of the payload. */
export function findButton(value: unknown, label: string): Record<string, unknown> | null {
  if (Array.isArray(value)) {
    for (const each of value) {
      const found = findButton(each, label);
      if (found) return found;
    }
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const record = value as Record<string, unknown>;
  if (record.type === "button" && (record.text as { text?: string }).text === label) {
    const { type, action_id, value: carried } = record;
    return { type, action_id, ...(carried === undefined ? {} : { value: carried }) };
  }
  return findButton(Object.values(record), label);
}
