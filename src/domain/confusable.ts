/** Names that look like others: letters of several scripts in one label, or a label that can be read as Latin (UTS 39). */
import { domainToUnicode } from "node:url";
import type { Finding } from "./finding.ts";

/** Scripts that are told apart; a letter of any other counts as "other". */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["Latin", /\p{Script=Latin}/u],
  ["Cyrillic", /\p{Script=Cyrillic}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["Armenian", /\p{Script=Armenian}/u],
  ["Hebrew", /\p{Script=Hebrew}/u],
  ["Arabic", /\p{Script=Arabic}/u],
  ["Cherokee", /\p{Script=Cherokee}/u],
  ["Georgian", /\p{Script=Georgian}/u],
  ["Han", /\p{Script=Han}/u],
  ["Hiragana", /\p{Script=Hiragana}/u],
  ["Katakana", /\p{Script=Katakana}/u],
  ["Bopomofo", /\p{Script=Bopomofo}/u],
  ["Hangul", /\p{Script=Hangul}/u],
  ["Thai", /\p{Script=Thai}/u],
  ["Devanagari", /\p{Script=Devanagari}/u],
];

/** Scripts that are written together (UTS 39 §5.2, highly restrictive). */
const TOGETHER: readonly (readonly string[])[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];

/** Small letters that look like an ASCII one in usual typefaces (from the Unicode table of confusables). */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  а: "a",
  с: "c",
  ԁ: "d",
  е: "e",
  һ: "h",
  і: "i",
  ј: "j",
  ӏ: "l",
  о: "o",
  р: "p",
  ԛ: "q",
  ѕ: "s",
  ѵ: "v",
  ԝ: "w",
  х: "x",
  у: "y",
  ѐ: "e",
  ё: "e",
  ї: "i",
  ӧ: "o",
  ӓ: "a",
  ӱ: "y",
  ѓ: "r",
  г: "r",
  п: "n",
  ո: "n",
  ս: "u",
  օ: "o",
  հ: "h",
  ց: "g",
  զ: "q",
  ѡ: "w",
  α: "a",
  ο: "o",
  ρ: "p",
  ν: "v",
  υ: "u",
  ι: "i",
  κ: "k",
  χ: "x",
  γ: "y",
  τ: "t",
  ω: "w",
  η: "n",
  σ: "o",
  ϲ: "c",
  ϳ: "j",
  ɑ: "a",
  ɡ: "g",
  ɩ: "i",
  ɪ: "i",
  ı: "i",
  ʟ: "l",
  ᴏ: "o",
  ʀ: "r",
  ꜱ: "s",
  ᴜ: "u",
  ᴠ: "v",
  ᴡ: "w",
  ᴢ: "z",
  ʏ: "y",
  ᴄ: "c",
};

/** @param domain in A-labels */
export function findConfusables(domain: string): Finding[] {
  if (!domain.includes("xn--")) return [];
  const shown = domainToUnicode(domain);
  const labels = shown.split(".");
  const mixed = labels.find((label) => isMixed(scriptsOf(label)));
  const latin = labels.map(readAsLatin);
  const disguised = latin.some((reading, index) => reading !== null && reading !== labels[index]);
  if (mixed === undefined && !disguised) return [];
  const looksLike = latin.map((reading, index) => reading ?? labels[index]).join(".");
  const scripts = mixed === undefined ? "" : `; "${mixed}" mixes ${scriptsOf(mixed).join(" and ")}`;
  return [
    {
      id: "domain.confusable",
      severity: "warning",
      evidence: `${shown} (${domain})${disguised ? `, which looks like ${looksLike}` : ""}${scripts}`,
      reference: "UTS 39 §4, §5",
      why: "The name has letters of another script that look like usual ones. Such names are made to be mistaken for somebody else's.",
      fix: { text: "Make sure that this is the name you mean: type it yourself rather than follow a link." },
    },
  ];
}

function scriptsOf(label: string): string[] {
  const letters = [...label].filter((character) => /\p{L}/u.test(character));
  const scripts = letters.map(
    (letter) => SCRIPTS.find(([, pattern]) => pattern.test(letter))?.[0] ?? "another script",
  );
  return [...new Set(scripts)];
}

function isMixed(scripts: readonly string[]): boolean {
  if (scripts.length < 2) return false;
  return !TOGETHER.some((family) => scripts.every((script) => family.includes(script)));
}

/** The label as a hasty reader takes it; null where a letter cannot be taken for a Latin one, so that nobody is deceived. */
function readAsLatin(label: string): string | null {
  const read = [...label].map(
    (character) => LOOKS_LIKE[character] ?? (/[a-z0-9-]/.test(character) ? character : null),
  );
  return read.includes(null) ? null : read.join("");
}
