import { findBlocklist, readTarget, specialAddress, type Zone } from "../../blocklist/index.ts";
import { parseDomain } from "../../domain/index.ts";
import type { Every, WatchTarget } from "../../store/index.ts";
import { UsageError } from "../errors.ts";
import { specialInWords } from "./checkip-address.ts";

/** What `watch` is asked. */
export type WatchArguments =
  | { readonly action: "watch"; readonly target: WatchTarget; readonly every: Every | null }
  | { readonly action: "stop"; readonly target: WatchTarget }
  | { readonly action: "list" | "stop-all" }
  | { readonly action: "weekly"; readonly on: boolean };

const EXAMPLE = "watch example.org";

/**
 * Reads `DOMAIN or ADDRESS [hourly|daily]`, `list`, `stop DOMAIN|ADDRESS|all` and `weekly on|off`; nothing at all means `list`.
 *
 * @param zones the blocklists, whose names are no targets
 * @throws {UsageError} when it is of another form
 */
export function readWatchArguments(text: string, zones: readonly Zone[]): WatchArguments {
  const words = text
    .trim()
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  const [first = "list", ...rest] = words;
  switch (first.toLowerCase()) {
    case "list":
    case "show":
      if (rest.length === 0) return { action: "list" };
      throw new UsageError("list", "After list nothing else was expected.", "watch list");
    case "stop":
    case "unwatch":
    case "remove":
      return readStop(rest, zones);
    case "weekly":
      return { action: "weekly", on: readSwitch(rest) };
    default:
      return readWish(text, words, zones);
  }
}

function readStop(words: readonly string[], zones: readonly Zone[]): WatchArguments {
  const [name, another] = words;
  if (name === undefined || another !== undefined) {
    throw new UsageError(
      "stop-what",
      "After stop one domain or address was expected, or all.",
      "watch stop example.org",
    );
  }
  if (name.toLowerCase() === "all") return { action: "stop-all" };
  return { action: "stop", target: readName(name, zones, "watch stop example.org") };
}

function readSwitch(words: readonly string[]): boolean {
  const [word = "", more] = words;
  const isSwitch = /^(on|off)$/i.test(word) && more === undefined;
  if (isSwitch) return word.toLowerCase() === "on";
  throw new UsageError("weekly-switch", "After weekly either on or off was expected.", "watch weekly on");
}

function readWish(text: string, words: readonly string[], zones: readonly Zone[]): WatchArguments {
  const list = findBlocklist(text.trim(), zones);
  if (list) throw aList(list);
  const isInterval = (word: string) => /^(hourly|daily)$/i.test(word);
  const names = words.filter((word) => !isInterval(word));
  const [interval, ...others] = words.filter(isInterval);
  const [name, another] = names;
  if (name === undefined) {
    throw new UsageError("no-target", "A domain or an address was expected, and none was given.", EXAMPLE);
  }
  if (others.some((word) => word.toLowerCase() !== interval?.toLowerCase())) {
    throw new UsageError(
      "one-interval",
      "Either hourly or daily was expected, not both.",
      `${EXAMPLE} hourly`,
    );
  }
  if (another !== undefined) throw wrongSecond(another);
  const every = interval === undefined ? null : interval.toLowerCase() === "hourly" ? "hourly" : "daily";
  return { action: "watch", target: readName(name, zones, EXAMPLE), every };
}

function wrongSecond(word: string): UsageError {
  if (/^weekly$/i.test(word)) {
    return new UsageError(
      "no-interval",
      "A target is checked hourly or daily; weekly on switches on one line a week about all of them.",
      "watch weekly on",
    );
  }
  const shown = word.length > 40 ? `${word.slice(0, 39)}…` : word;
  return new UsageError(
    "one-target",
    `One domain or address at a time was expected, with hourly or daily after it; "${shown}" is too much.`,
    `${EXAMPLE} hourly`,
  );
}

/** A domain, also out of an e-mail or web address, or a public IP address. */
function readName(word: string, zones: readonly Zone[], example: string): WatchTarget {
  const asAddress = readTarget(word, zones);
  if ("problem" in asAddress && /[/]\d{1,3}$/.test(word)) {
    throw new UsageError("a-network", "One address can be watched, not a whole network.", example);
  }
  if (!("problem" in asAddress)) {
    if (asAddress.kind === "list") throw aList(asAddress.zone);
    if (asAddress.kind !== "domain") return ofAddress(asAddress.address);
  }
  if (/^\d+(?:\.\d+){3}$/.test(word)) {
    const message = `"${word.slice(0, 40)}" is no IP address: it has four numbers from 0 to 255.`;
    throw new UsageError("not-an-address", message, example);
  }
  const parsed = parseDomain(word);
  if (parsed.problem !== undefined) throw new UsageError(parsed.code, parsed.problem, example);
  return { kind: "domain", name: parsed.domain };
}

function ofAddress(address: string): WatchTarget {
  const special = specialAddress(address);
  if (special === null) return { kind: "address", name: address };
  throw new UsageError(
    "not-public",
    `${address} is ${specialInWords(special)}: no blocklist can know it. Give the address by which your mail server is seen from outside.`,
    EXAMPLE,
  );
}

function aList({ name }: Zone): UsageError {
  return new UsageError(
    "a-list",
    `${name} is a blocklist. Give the domain or address that you want to know about, and all lists are watched for it.`,
    EXAMPLE,
  );
}
