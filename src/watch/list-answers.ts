/** What blocklists answered, kept as they said it, so that it can be judged by the tables of a later day. */
import * as z from "zod";
import { judge, type Verdict, type Zone, type ZoneFinding } from "../blocklist/index.ts";

/** The A records of each list that answered, by subject and zone; none: it is not listed there. */
export type ListAnswers = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export const listAnswersForm = z.record(z.string(), z.record(z.string(), z.array(z.string())));

/** Addresses and names that are remembered: mail servers with many addresses show others at each check. */
const MAX_SUBJECTS = 12;

/** What the lists that could be checked answered. */
export function answersOf(findings: readonly ZoneFinding[]): ListAnswers {
  const answers: Record<string, Record<string, readonly string[]>> = {};
  for (const { subject, zone, verdict, answers: records } of findings) {
    if (verdict === "unchecked") continue;
    answers[subject] = { ...answers[subject], [zone.zone]: records.toSorted() };
  }
  return answers;
}

/** Answers with those that are missing taken from earlier or later ones. */
export function fillAnswers(answers: ListAnswers, from: ListAnswers): ListAnswers {
  const subjects = [...Object.keys(answers), ...Object.keys(from).filter((subject) => !(subject in answers))];
  return Object.fromEntries(
    subjects.slice(0, MAX_SUBJECTS).map((subject) => [subject, { ...from[subject], ...answers[subject] }]),
  );
}

/** Without lists that are not known any more. */
export function onlyOf(zones: readonly Zone[], answers: ListAnswers): ListAnswers {
  const names = new Set(zones.map(({ zone }) => zone));
  return Object.fromEntries(
    Object.entries(answers).map(([subject, answered]) => [
      subject,
      Object.fromEntries(Object.entries(answered).filter(([name]) => names.has(name))),
    ]),
  );
}

/** What an answer means today. Null where its table does not say, or the list is not asked any more. */
export function judgeAnswer(
  records: readonly string[],
  zone: Zone,
): { verdict: Exclude<Verdict, "unchecked">; codes: Zone["codes"] } | null {
  if (records.length === 0) return { verdict: "clean", codes: [] };
  const judged = judge(zone, records);
  return judged.verdict === "unchecked" ? null : { verdict: judged.verdict, codes: [...judged.codes] };
}
