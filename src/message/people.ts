/** The addresses that a message shows: From, Reply-To, To and their like (RFC 5322 §3.4). */
import { addressParser } from "postal-mime";
import { readableValue } from "../bounce/mime.ts";
import { domainIn } from "./authentication-results.ts";
import type { HeaderField } from "./header-fields.ts";
import { valuesOf } from "./header-fields.ts";

export interface Person {
  /** The words beside the address; empty where there are none. */
  readonly name: string;
  readonly address: string;
  /** In lower case; null where the address has none. */
  readonly domain: string | null;
}

export interface People {
  readonly from: readonly Person[];
  readonly sender: readonly Person[];
  readonly replyTo: readonly Person[];
  /** To and Cc. */
  readonly to: readonly Person[];
}

const MAX_PEOPLE = 50;
const MAX_VALUE = 4_000;

export function peopleOf(fields: readonly HeaderField[]): People {
  const of = (...keys: string[]) =>
    keys.flatMap((key) => valuesOf(fields, key).slice(0, 3).flatMap(readPeople));
  return { from: of("from"), sender: of("sender"), replyTo: of("reply-to"), to: of("to", "cc") };
}

function readPeople(value: string): Person[] {
  const entries = addressParser(value.slice(0, MAX_VALUE), { flatten: true });
  return entries.slice(0, MAX_PEOPLE).map(({ name, address = "" }) => ({
    name: readableValue(name ?? "").slice(0, 300),
    address: readableValue(address).slice(0, 320),
    domain: domainIn(readableValue(address)),
  }));
}
