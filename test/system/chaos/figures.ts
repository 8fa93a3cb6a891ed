import { type Asked, KINDS, outcomeOf } from "./asked.ts";

/** What happened to instances and to the database, by the clock of `performance.now`. */
export interface Blow {
  readonly what: string;
  readonly at: number;
  /** The port of the instance that was killed. */
  readonly killed?: number;
}

export interface Figures {
  /** By kind of question. */
  readonly table: Record<string, Record<string, number | string>>;
  /** Questions that were neither answered nor told as failed. */
  readonly lost: Asked[];
  readonly twice: Asked[];
  readonly unfinished: Asked[];
  readonly toldAndAnswered: Asked[];
  /** For each killed instance: how long after its death what it had acknowledged was answered or told, in seconds, in order. */
  readonly recoveries: { what: string; seconds: number[] }[];
}

/** @param takenBy the ports of the instances that acknowledged a question, with when */
export function figuresOf(
  all: readonly Asked[],
  blows: readonly Blow[],
  takenBy: (asked: Asked) => { port: number; at: number }[],
): Figures {
  const table: Figures["table"] = {};
  const outcomes = new Map(all.map((asked) => [asked, outcomeOf(asked)]));
  const where = (matches: (outcome: ReturnType<typeof outcomeOf>, asked: Asked) => boolean) =>
    all.filter((asked) => {
      const outcome = outcomes.get(asked);
      return outcome !== undefined && matches(outcome, asked);
    });
  const lost = where(({ answers, told }, { failed }) => answers === 0 && told === 0 && !failed);
  const twice = where(({ answers }) => answers > 1);
  const unfinished = where((outcome) => outcome.unfinished > 0);
  for (const kind of KINDS) {
    const mine = (asked: Asked) => asked.kind === kind;
    const waits = all
      .filter(mine)
      .flatMap((asked) => {
        const at = outcomes.get(asked)?.at;
        return at == null ? [] : [(at - asked.sentAt) / 1_000];
      })
      .sort((a, b) => a - b);
    const share = (part: number) => (waits[Math.ceil(waits.length * part) - 1] ?? 0).toFixed(1);
    table[kind] = {
      asked: all.filter(mine).length,
      "answered once": where(({ answers, told }) => answers === 1 && told === 0).filter(mine).length,
      "told as failed": where(({ answers, told }) => answers === 0 && told > 0).filter(mine).length,
      "failed at the platform": where(
        ({ answers, told }, { failed }) => answers === 0 && told === 0 && failed,
      ).filter(mine).length,
      "told and answered": where(({ answers, told }) => answers > 0 && told > 0).filter(mine).length,
      twice: twice.filter(mine).length,
      lost: lost.filter(mine).length,
      "progress left": where(({ leftBehind }) => leftBehind > 0).filter(mine).length,
      "p50 s": share(0.5),
      "p95 s": share(0.95),
      "worst s": share(1),
    };
  }
  const recoveries = blows.flatMap(({ what, at: diedAt, killed }) => {
    if (killed === undefined) return [];
    const seconds = all.flatMap((asked) => {
      const { at } = outcomes.get(asked) ?? {};
      if (at == null || at < diedAt) return [];
      const taken = takenBy(asked).findLast((one) => one.at <= diedAt && one.port === killed);
      return taken ? [(at - diedAt) / 1_000] : [];
    });
    return [{ what, seconds: seconds.sort((a, b) => a - b) }];
  });
  const toldAndAnswered = where(({ answers, told }) => answers > 0 && told > 0);
  return { table, lost, twice, unfinished, toldAndAnswered, recoveries };
}
