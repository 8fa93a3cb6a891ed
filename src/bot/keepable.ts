import { findCommand } from "./commands/index.ts";
import type { Request } from "./request.ts";

/** Longer than any domain with its arguments. */
const MAX_LENGTH = 200;

/**
 * Whether a question holds no mail text and nobody's address, so that it may be stored: to be asked again by another instance, or
 * kept with its answer. When in doubt it is not.
 */
export function isKeepable({ command, text, files }: Pick<Request, "command" | "text" | "files">): boolean {
  const asked = text.trim();
  if (files.length > 0 || asked.length > MAX_LENGTH || /[\r\n\u2028\u2029]/.test(asked)) return false;
  if (/[^\s@]@[^\s@]/.test(asked)) return false;
  switch (command) {
    case "checkdomain":
    case "checkip":
    case "watch":
      return isTarget(asked);
    case "mailguide":
      return isTopic(asked);
    case "mailhelp":
      return asked === "" || asked === "settings" || findCommand(asked) !== undefined;
    case "smtp":
      return isCode(asked);
    case "interpret":
      return isKeepableText(asked);
    default:
      return false;
  }
}

/** A free text: one of these commands by its name, or nothing but a code, a domain or an address. */
function isKeepableText(text: string): boolean {
  const [first = ""] = text.split(/\s/, 1);
  const command = findCommand(first)?.name;
  if (command !== undefined) return isKeepable({ command, text: text.slice(first.length), files: [] });
  return isCode(text) || (/^\S+$/.test(text) && /[.:]/.test(text) && isTarget(text));
}

/** What may stand beside a name or address: what `watch` is told, and a blocklist's name in a word or two. */
const WATCH_WORD = /^(?:list|show|stop|unwatch|remove|all|weekly|on|off|hourly|daily)$/i;
const MOST_OTHERS = 2;

/**
 * Names, addresses and settings such as `selector=s1`, with few words beside them; neither headers, nor a web address with what may
 * be secret in it, nor prose.
 */
function isTarget(text: string): boolean {
  if (!/^[\p{L}\p{M}\p{N}._:=;,[\]\s-]*$/u.test(text) || /dkim-signature|:\s/i.test(text)) return false;
  const words = text.split(/[\s;]+/).filter((word) => word !== "" && !WATCH_WORD.test(word));
  const [settings, others] = [words.filter((word) => word.includes("=")), words.filter(isPlainWord)];
  if (!settings.every((word) => /^(?:selectors?|s|ip)=/i.test(word))) return false;
  return others.length <= MOST_OTHERS && (others.length === 0 || others.length < words.length);
}

function isPlainWord(word: string): boolean {
  return !/[.:=]/.test(word);
}

/** A few words, such as `spf too many lookups`. */
function isTopic(text: string): boolean {
  return /^[\p{L}\p{M}\p{N} ?'’/_-]{0,60}$/u.test(text);
}

/** `550`, `5.7.26`, `421 4.7.28`, with a provider after it or not. */
function isCode(text: string): boolean {
  return /^(?:[2-5]\d\d|(?:[2-5]\d\d[ -])?[245x]\.[\dx]{1,3}\.[\dx]{1,3})(?:\s+@?[a-z][a-z\d-]{1,20})?$/i.test(
    text,
  );
}
