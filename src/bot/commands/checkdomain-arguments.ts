import ipaddr from "ipaddr.js";
import { isSelector, parseDomain } from "../../domain/index.ts";
import { UsageError } from "../errors.ts";

/** What `checkdomain` is asked. */
export interface CheckdomainArguments {
  /** Lower case A-labels. */
  readonly domain: string;
  readonly selectors: readonly string[];
  readonly ip: string | null;
}

const EXAMPLE = "checkdomain example.org";
/** More selectors than anybody has in use at once. */
const MAX_SELECTORS = 20;

/**
 * Reads `DOMAIN [selector=NAME …] [ip=ADDRESS]`, in any order. A pasted DKIM-Signature header adds its selector, and its domain
 * where none is given.
 * @throws {UsageError} when it is of another form
 */
export function readCheckdomainArguments(text: string): CheckdomainArguments {
  const pasted = readSignature(text);
  const words = pasted.rest.split(/[\s,]+/).filter((word) => word !== "");
  const settings = words.filter((word) => /^[a-z]+=/i.test(word));
  const names = words.filter((word) => !settings.includes(word));
  const [name = pasted.domain, another] = names;
  if (name === undefined) {
    throw new UsageError("no-domain", "A domain name was expected, and none was given.", EXAMPLE);
  }
  if (another !== undefined) {
    throw new UsageError(
      "one-domain",
      "One domain name at a time was expected; ask for each by itself.",
      EXAMPLE,
    );
  }
  const parsed = parseDomain(name);
  if (parsed.problem !== undefined) throw new UsageError(parsed.code, parsed.problem, EXAMPLE);
  return { domain: parsed.domain, ...readSettings(settings, pasted.selectors) };
}

function readSettings(settings: readonly string[], pasted: readonly string[]) {
  const selectors: string[] = [...pasted];
  let ip: string | null = null;
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const name = setting.slice(0, at).toLowerCase();
    const value = setting.slice(at + 1);
    if (name === "selector" || name === "selectors" || name === "s") selectors.push(...readSelectors(value));
    else if (name === "ip") ip = readIp(value);
    else
      throw new UsageError(
        "unknown-setting",
        `"${name}=" is not a setting; selector= and ip= are.`,
        `${EXAMPLE} selector=s1`,
      );
  }
  const distinct = [...new Set(selectors.map((selector) => selector.toLowerCase()))];
  if (distinct.length > MAX_SELECTORS) {
    throw new UsageError(
      "too-many-selectors",
      `At most ${MAX_SELECTORS} selectors at a time can be asked for.`,
      `${EXAMPLE} selector=s1`,
    );
  }
  return { selectors: distinct, ip };
}

function readSelectors(value: string): string[] {
  const names = value.split(";").filter((name) => name !== "");
  const wrong = names.length === 0 ? "" : names.find((name) => !isSelector(name));
  if (wrong !== undefined) {
    const message = `A DKIM selector was expected after selector=, as it stands after s= in a DKIM-Signature header; "${wrong}" cannot be one.`;
    throw new UsageError("not-a-selector", message, `${EXAMPLE} selector=s1`);
  }
  return names;
}

function readIp(value: string): string {
  const address = value.replace(/^\[(?:IPv6:)?(.*)\]$/i, "$1");
  if (ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)) return address;
  throw new UsageError(
    "not-an-address",
    `An IP address was expected after ip=; "${value}" is none.`,
    `${EXAMPLE} ip=192.0.2.1`,
  );
}

/** What a pasted header says: `d=` and `s=` of its first signature, and the text without it. */
function readSignature(text: string): { rest: string; domain?: string; selectors: string[] } {
  const start = text.search(/(?:^|\n)[ \t]*(?:[\w-]+-)?DKIM-Signature[ \t]*:/i);
  if (start < 0) return { rest: text, selectors: [] };
  const header = text.slice(start, start + 8_192);
  const tag = (name: string) =>
    new RegExp(`[;:\\s]${name}\\s*=\\s*([a-z0-9._-]{1,253})\\s*(?:;|$)`, "i").exec(header)?.[1];
  const selector = tag("s");
  const domain = tag("d");
  return {
    rest: text.slice(0, start),
    ...(domain === undefined ? {} : { domain }),
    selectors: selector !== undefined && isSelector(selector) ? [selector] : [],
  };
}
