/** Words as they are compared: without the endings that only grammar asks for. */

/**
 * The stem of an English word, near enough for comparing questions with titles: "rejected", "rejection" and "rejects" are one.
 * Words of other languages lose little by it.
 */
export function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  for (const [ending, replacement] of ENDINGS) {
    if (!word.endsWith(ending)) continue;
    const rest = word.slice(0, -ending.length) + replacement;
    if (rest.length >= 3) return rest.replace(/([bdfgmnprt])\1$/, "$1").replace(/e$/, "");
  }
  return word;
}

const ENDINGS: readonly (readonly [string, string])[] = [
  ["ies", "y"],
  ["ied", "y"],
  ["tions", "t"],
  ["tion", "t"],
  ["sions", "s"],
  ["sion", "s"],
  ["sses", "ss"],
  ["ings", ""],
  ["ing", ""],
  ["ed", ""],
  ["ss", "ss"],
  ["us", "us"],
  ["is", "is"],
  ["s", ""],
  ["e", ""],
];

/** Words that a question holds whatever it asks about, in the languages that questions come in. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about after all also always am an and any anyone are as at be been but by can cannot could did do does doing done
  every explain explanation for from get gets getting give given gives good got had has have he hello help her hey hi here him his how i if in into
  is it its just keep keeps know let like may me mean meaning means meant might morning my need no not of off on one only or our out please
  question really say saying says she should so some somebody someone something still take takes taking tell than thanks that the their them then there these they
  thing this those to today too up us use want was we were what whats when where which while who why will with would you your
  aber alle als am auch auf aus bedeutet bei bin bitte da das dass dem den der des die dies diese dieser doch ein eine
  einem einen einer er es fur habe haben hat heisst ich ihr im ist kann kein keine man mein meine mich mir mit nach nicht oder sein sich sie
  sind und uns von vom vor war warum was weil wenn wer werden wie wieso wir wird wo zu zum zur
  au aux avec ce cela ces cette comment dans de des dire du elle en est et il ils je la le les leur ma mais mes mon ne nous ou
  par pas pour pourquoi qu que quel quelle qui sa se ses signifie son sont sur un une veut vous
  al como con cual del donde el ella es esta este ha hay los las lo mi muy para pero por porque quiere decir se significa si su sus tengo un una y
  che chi ci come cosa da della di gli il io mia mio nel non per perche piu quando questo sono
  af at bedyder betyder betekent bij dat de denne der det dit een eller en er et for fra geen hvad hvor hvordan hvorfor ik jeg med mig mijn min niet og
  om op pa som til van voor waarom wat zijn`.split(/\s+/),
);

/** Stems that say nothing of mail by themselves: an entry must account for another word of the question too. */
export const generalWords: ReadonlySet<string> = new Set(
  `broken buy car close colour cost cup date day film football friend hour joke key kitchen laptop last leave life long love lunch
  match meet minute monday mouse office paper party people phone pizza price print read room score see sing slow song
  spat spate start stop story summer table tel telephone time town train water weather week weekend window work world year
  leben spiel uhr zeit zug wetter temps heure vie hora tiempo vida tren`.split(/\s+/),
);
