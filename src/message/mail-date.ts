/** Dates of mail (RFC 5322 §3.3, §4.3), read leniently. */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Hours east of UTC of the zones that RFC 5322 §4.3 names. */
const ZONES: Readonly<Record<string, number>> = {
  UT: 0,
  UTC: 0,
  GMT: 0,
  Z: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

const DATE =
  /(?:^|[\s,;])(\d{1,2})[\s-]{1,3}([A-Za-z]{3})[a-z]{0,6}[\s-]{1,3}(\d{2,4})\s{1,3}(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s{0,3}([+-]\d{4}|[A-Za-z]{1,4})?/;

/** The time in ISO 8601, UTC; null where the text holds no date with a zone that is known. */
export function readMailDate(text: string): string | null {
  const found = DATE.exec(text.slice(0, 200));
  if (!found) return null;
  const [, day, monthName = "", yearText = "", hour, minute, second = "0", zone = ""] = found;
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const offset = minutesEast(zone);
  if (month < 0 || offset === null) return null;
  const year = fullYear(yearText);
  const time = Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second));
  const sound = Number(day) <= 31 && Number(hour) <= 24 && Number(minute) < 60 && Number(second) <= 60;
  if (!sound || year < 1980 || year > 2200) return null;
  return new Date(time - offset * 60_000).toISOString();
}

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return text.length === 3 ? year + 1900 : year;
  return year < 50 ? year + 2000 : year + 1900;
}

function minutesEast(zone: string): number | null {
  const numeric = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (numeric) {
    const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
    return numeric[1] === "-" ? -minutes : minutes;
  }
  const hours = ZONES[zone.toUpperCase()];
  return hours === undefined ? null : hours * 60;
}
