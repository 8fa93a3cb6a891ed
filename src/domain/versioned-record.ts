import type { DnsOutcome } from "../dns/index.ts";

/**
 * The form that the records of MTA-STS (RFC 8461 §3.1) and TLS-RPT (RFC 8460 §3) share: `v=VERSION; name=value; …`, case
 * counting, where senders pass over every record that does not begin with exactly that version.
 */
export interface VersionedRecord {
  readonly text: string;
  /** By name; of a repeated field the first. */
  readonly fields: ReadonlyMap<string, string>;
  /** What is wrong with its form, in plain words. */
  readonly faults: readonly string[];
}

const FIELD_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/** Which texts senders take for records of this version, and which only look as if they were meant to be. */
export function recordsOfVersion(
  outcome: DnsOutcome<"TXT">,
  version: string,
): { records: string[]; meant: string[] } {
  const texts = outcome.records.map((strings) => strings.join(""));
  const begin = new RegExp(`^v=${version}[ \\t]*;`);
  const meantBegin = new RegExp(`^\\s*v\\s*=\\s*${version}(?![A-Za-z0-9])`, "i");
  return {
    records: texts.filter((text) => begin.test(text)),
    meant: texts.filter((text) => !begin.test(text) && meantBegin.test(text)),
  };
}

/** Reads the fields after the version, which has been looked at before. */
export function readVersionedRecord(text: string): VersionedRecord {
  const fields = new Map<string, string>();
  const faults: string[] = [];
  const parts = text.split(";").slice(1);
  // a final delimiter is allowed
  if (parts.at(-1)?.trim() === "") parts.pop();
  for (const part of parts) {
    const field = part.trim();
    const equals = field.indexOf("=");
    const name = field.slice(0, Math.max(equals, 0));
    const value = field.slice(equals + 1);
    if (field === "") faults.push("there is an empty field between two semicolons");
    else if (equals < 0) faults.push(`"${field}" is not of the form name=value`);
    else if (name !== name.trim()) faults.push(`there is a space before the equals sign of "${name.trim()}"`);
    else if (!FIELD_NAME.test(name)) faults.push(`"${name}" is not a field name`);
    else if (value === "") faults.push(`"${name}" has no value`);
    else if (!fields.has(name)) fields.set(name, value);
  }
  return { text, fields, faults };
}
