/**
 * The inner parts of mailauth that the audit uses, with the types that it does not declare. Its version is pinned exactly, since
 * these are not its public interface. Import this file only when it is used: mailauth is large.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

type LookUp = (name: string, rrtype: string) => Promise<unknown[]>;

interface PublicKey {
  readonly keyType: string;
  readonly modulusLength?: number;
}

interface MacroValues {
  readonly sender: string;
  readonly ip: string;
  readonly helo: string;
  readonly mta: string;
  readonly domain: string;
  readonly p?: string;
}

interface Tools {
  getPublicKey(
    type: "DKIM",
    name: string,
    minBitLength: number,
    resolver: LookUp,
    options: { strict: boolean },
  ): Promise<PublicKey>;
}

interface SpfSyntax {
  /** The first syntax error, or false. */
  validateTerms(terms: readonly string[]): string | false;
  normalizeTargetName(name: string): string;
  isValidTargetName(name: string): boolean;
}

export const { getPublicKey }: Tools = require("mailauth/lib/tools");
export const {
  validateTerms,
  normalizeTargetName,
  isValidTargetName,
}: SpfSyntax = require("mailauth/lib/spf/syntax");
/** Expands the macros of RFC 7208 §7. */
export const expandMacros: (text: string, values: MacroValues) => string = require("mailauth/lib/spf/macro");
