/** One person's question in the storm, and what became of it. */
export interface Asked {
  readonly number: number;
  readonly kind: Kind;
  /** Milliseconds of `performance.now`. */
  readonly sentAt: number;
  /** When its first delivery was acknowledged. */
  acknowledgedAt: number | null;
  /** The platform told the person that nothing came of it: what is not repeated was not acknowledged. */
  failed: boolean;
  /** All messages that the person sees now, with when each was posted or last changed. */
  seen(): Seen[];
}

export const KINDS = [
  "slash command",
  "slash live check",
  "button",
  "direct message",
  "mention",
  "Teams message",
  "Teams live check",
] as const;
export type Kind = (typeof KINDS)[number];

export interface Seen {
  readonly text: string;
  /** Milliseconds of `performance.now`. */
  readonly at: number;
}

export interface Outcome {
  readonly answers: number;
  readonly told: number;
  /** Messages that say that the work goes on, with nothing else. */
  readonly unfinished: number;
  /**
   * Messages that say so beside the answer: of an instance that died before it had noted the message, or while it answered. Those of
   * slash commands, which Slack cannot replace, are not counted.
   */
  readonly leftBehind: number;
  /** When the first answer, or the first word that there is none, was there. */
  readonly at: number | null;
}

export const CODE = "550 5.1.1";
/** A domain that nobody asked about before, so that it has to be looked up. */
export const domainOf = (number: number) => `c${number}.example`;
/** Whether a direct message or mention asks for a live check. */
export const isLive = (number: number) => number % 20 >= 5;
/** What the first message of every answer to these says. */
const ANSWER = /mailbox does not exist|\b(?:c\d+|changes)\.example/i;
const GOING_ON = /^Checking\b/i;
/** The further messages of a long answer. */
const FURTHER = /\((?:[2-9]) of \d+\)/;
const TOLD =
  /was interrupted|cannot reach its store|could not answer|could not be answered|could not be shown|If you see no answer above/i;

export function outcomeOf(asked: Asked): Outcome {
  const seen = asked.seen();
  const told = seen.filter(({ text }) => TOLD.test(text));
  const said = seen.filter(({ text }) => !TOLD.test(text));
  const answers = said.filter(({ text }) => ANSWER.test(text) && !GOING_ON.test(text) && !FURTHER.test(text));
  const others = said.filter(({ text }) => GOING_ON.test(text) || !ANSWER.test(text));
  const times = [...answers, ...told].map(({ at }) => at);
  return {
    answers: answers.length,
    told: told.length,
    unfinished: answers.length + told.length === 0 ? others.length : 0,
    leftBehind: answers.length + told.length > 0 && !/slash/.test(asked.kind) ? others.length : 0,
    at: times.length > 0 ? Math.min(...times) : null,
  };
}

/** Whether nothing more is to be waited for. */
export function isSettled(asked: Asked): boolean {
  const { answers, told, unfinished } = outcomeOf(asked);
  return (answers > 0 || told > 0 || asked.failed) && unfinished === 0;
}
