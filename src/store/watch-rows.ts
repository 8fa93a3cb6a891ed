import { type Row, text } from "./database.ts";
import { platformOf } from "./installations.ts";
import type { Owner } from "./settings.ts";

/** What is watched: a domain in lower case A-labels, or an IP address in its usual short form. */
export interface WatchTarget {
  readonly kind: "domain" | "address";
  readonly name: string;
}

/** A channel, group or chat. */
export interface WatchPlace extends Owner {
  readonly conversation: string;
}

/** The condition on a row of a place, with {@link ofPlace} for its values. */
export const WHERE_PLACE = "platform = $1 AND tenant = $2 AND conversation = $3";

export function ofPlace({ platform, tenant, conversation }: WatchPlace): [string, string, string] {
  return [platform, tenant, conversation];
}

export function placeOf(row: Row): WatchPlace {
  return {
    platform: platformOf(text(row, "platform")),
    tenant: text(row, "tenant"),
    conversation: text(row, "conversation"),
  };
}

/** What the ciphertext of a way back is bound to. */
export function wayBackContext({ platform, tenant, conversation }: WatchPlace): string[] {
  return ["way back", platform, tenant, conversation];
}
