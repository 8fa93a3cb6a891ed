/** A BIMI assertion record (draft-brand-indicators-for-message-identification §4.3): a list of tags as DKIM has it. */
export interface BimiRecord {
  readonly text: string;
  /** `l=`: where the logo is; "" when the domain declines to show one. */
  readonly location: string;
  /** `a=`: where the certificate for the logo is; "" when there is none. */
  readonly authority: string;
  /** The domain says that it takes no part (§4.3.1): both are empty. */
  readonly declined: boolean;
  /** What is wrong with its form, in plain words. */
  readonly faults: readonly string[];
}

const VERSION = /^v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/i;
const MEANT = /^\s*v\s*=\s*"?BIMI/i;

/** Whether receivers take a text for a BIMI record; others are passed over (§7.2). */
export function isBimiRecord(text: string): boolean {
  return VERSION.test(text.trim());
}

/** Whether a text was meant as a BIMI record but does not begin as it must. */
export function isMeantAsBimi(text: string): boolean {
  return !isBimiRecord(text) && MEANT.test(text);
}

/** Reads a record whose version has been looked at before. */
export function readBimiRecord(text: string): BimiRecord {
  const tags = new Map<string, string>();
  const faults: string[] = [];
  for (const part of text.split(";").slice(1)) {
    const tag = part.trim();
    const equals = tag.indexOf("=");
    if (tag === "") continue;
    if (equals < 1) faults.push(`"${tag}" is not of the form name=value`);
    else tags.set(tag.slice(0, equals).trim().toLowerCase(), tag.slice(equals + 1).trim());
  }
  const location = tags.get("l") ?? "";
  const authority = tags.get("a") ?? "";
  const declined = tags.get("l") === "" && authority === "";
  if (!declined && location === "") faults.push("it does not say where the logo is (l=)");
  if (location !== "" && !isHttps(location)) faults.push(`"l=${location}" is not an https: URL`);
  if (authority !== "" && !isHttps(authority)) faults.push(`"a=${authority}" is not an https: URL`);
  return { text, location, authority, declined, faults };
}

function isHttps(url: string): boolean {
  return /^https:\/\//i.test(url) && URL.canParse(url);
}
