const DAY = 24 * 60 * 60 * 1000;

/** Counts the questions to each zone in a day (UTC), so that no operator is asked more than the zone's policy allows. */
export interface Budget {
  /** Takes that many questions from the zone's budget of today; false when they are more than is left. */
  spend(zone: string, questions: number, perDay: number): boolean;
}

/** @param now milliseconds since 1970, as `Date.now` */
export function budget(now: () => number = Date.now): Budget {
  let today = Number.NaN;
  const spent = new Map<string, number>();
  return {
    spend: (zone, questions, perDay) => {
      const day = Math.floor(now() / DAY);
      if (day !== today) spent.clear();
      today = day;
      const sum = (spent.get(zone) ?? 0) + questions;
      if (sum > perDay) return false;
      spent.set(zone, sum);
      return true;
    },
  };
}
