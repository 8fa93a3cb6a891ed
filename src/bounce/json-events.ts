/** Delivery events as JSON: Amazon SES notifications, as SNS mails them or a log shows them (SES developer guide). */
import type { Action } from "./report.ts";

export interface DeliveryEvent {
  readonly kind: "bounce" | "delay" | "delivered" | "feedback";
  readonly recipients: readonly {
    address: string;
    action: Action | null;
    status: string | null;
    diagnostic: string | null;
  }[];
  readonly reportingHost: string | null;
}

type Json = Record<string, unknown>;

/** The event that the text holds, or `null`. */
export function readDeliveryEvent(text: string): DeliveryEvent | null {
  const at = text.search(/\{\s*"(?:notificationType|eventType|Type)"\s*:/);
  if (at < 0) return null;
  const outer = parseObject(text, at);
  if (!outer) return null;
  const event = typeof outer.Message === "string" ? (parseObject(outer.Message, 0) ?? outer) : outer;
  const type = event.notificationType ?? event.eventType;
  if (type === "Bounce") return bounced(object(event.bounce));
  if (type === "Complaint") return addressed("feedback", object(event.complaint).complainedRecipients, null);
  if (type === "DeliveryDelay")
    return addressed("delay", object(event.deliveryDelay).delayedRecipients, null);
  if (type === "Delivery") {
    const delivery = object(event.delivery);
    const recipients = array(delivery.recipients).flatMap((address) =>
      typeof address === "string"
        ? [
            {
              address,
              action: "delivered" as const,
              status: null,
              diagnostic: string(delivery.smtpResponse),
            },
          ]
        : [],
    );
    return { kind: "delivered", recipients, reportingHost: string(delivery.reportingMTA) };
  }
  return null;
}

function bounced(bounce: Json): DeliveryEvent {
  return addressed("bounce", bounce.bouncedRecipients, string(bounce.reportingMTA));
}

function addressed(kind: DeliveryEvent["kind"], list: unknown, reportingMta: string | null): DeliveryEvent {
  const recipients = array(list).flatMap((one) => {
    const entry = object(one);
    const address = string(entry.emailAddress);
    if (!address) return [];
    const action: Action | null = kind === "bounce" ? "failed" : kind === "delay" ? "delayed" : null;
    const diagnostic = string(entry.diagnosticCode)?.replace(/^smtp;\s*/i, "") ?? null;
    return [{ address, action, status: string(entry.status), diagnostic }];
  });
  return { kind, recipients, reportingHost: reportingMta?.replace(/^dsn;\s*|^dns;\s*/i, "") ?? null };
}

/** The JSON object that begins at `at`; what follows it does not matter. */
function parseObject(text: string, at: number): Json | null {
  let depth = 0;
  let quoted = false;
  for (let index = at; index < text.length; index += 1) {
    const char = text[index];
    if (quoted) {
      if (char === "\\") index += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{") depth += 1;
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return parsed(text.slice(at, index + 1));
    }
  }
  return null;
}

function parsed(text: string): Json | null {
  try {
    return object(JSON.parse(text.replace(/\n/g, " ")));
  } catch {
    return null;
  }
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, 500) : [];
}

function string(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
