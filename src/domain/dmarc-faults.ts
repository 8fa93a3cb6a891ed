/** What can be wrong with a DMARC policy record, and the record without the fault. */
import {
  ADDRESS,
  type DmarcRecord,
  type DmarcTag,
  isPolicy,
  OBSOLETE_SIZE,
  readUris,
  withTags,
  writeTags,
} from "./dmarc-record.ts";

/** A fault of a record. `fatal`: receivers read the record as if it were not there. */
export interface DmarcFault {
  readonly kind: "syntax" | "policy" | "removed-tag" | "report-uri";
  readonly fatal: boolean;
  /** What is wrong, as a sentence without its full stop. Quotes outside text. */
  readonly text: string;
  /** The record without the fault, where that is clear. */
  readonly repaired: string | null;
}

const REMOVED = ["pct", "rf", "ri"];
const KNOWN = ["v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "t", "psd", ...REMOVED];

/** Everything that is wrong with a record. */
export function findFaults(
  entries: readonly string[],
  tags: readonly DmarcTag[],
  policy: DmarcRecord["policy"],
  repeated: string | null,
): DmarcFault[] {
  return [
    ...(repeated === null ? [] : [repeatedTag(tags, repeated)]),
    ...entries.filter((entry) => entry.indexOf("=") <= 0).map((entry) => notATag(entry, tags)),
    ...tags.flatMap((tag) => tagFaults(tag, tags)),
    ...policyFaults(tags, policy, repeated !== null),
    ...removedTags(tags),
    ...["rua", "ruf"].flatMap((name) => uriFaults(name, tags)),
  ];
}

function repeatedTag(tags: readonly DmarcTag[], name: string): DmarcFault {
  const same = tags.filter((tag) => tag.name === name);
  const alike = same.every(({ value }) => value === same[0]?.value);
  const first = tags.indexOf(same[0] ?? { name, value: "" });
  const repaired = alike
    ? writeTags(tags.filter((tag, index) => tag.name !== name || index === first))
    : null;
  return {
    kind: "syntax",
    fatal: true,
    text: `the tag "${name}" stands there ${same.length} times`,
    repaired,
  };
}

function notATag(entry: string, tags: readonly DmarcTag[]): DmarcFault {
  return { kind: "syntax", fatal: false, text: `"${entry}" is not a tag`, repaired: writeTags(tags) };
}

const VALUES: Readonly<Record<string, RegExp>> = {
  adkim: /^[rs]$/i,
  aspf: /^[rs]$/i,
  t: /^[yn]$/i,
  psd: /^[ynu]$/i,
  fo: /^[01ds](\s*:\s*[01ds])*$/i,
};

function tagFaults({ name, value }: DmarcTag, tags: readonly DmarcTag[]): DmarcFault[] {
  const lower = name.toLowerCase();
  // Beside the tag in its right spelling, the other one has no effect: renamed it would make the record void.
  const renamed = tags.some((tag) => tag.name === lower)
    ? tags.filter((tag) => tag.name !== name)
    : tags.map((tag) => (tag.name === name ? { name: lower, value: tag.value } : tag));
  if (name !== lower && KNOWN.includes(lower)) {
    const text = `tag names are case-sensitive, so "${name}" is ignored`;
    return [{ kind: "syntax", fatal: false, text, repaired: writeTags(renamed) }];
  }
  const comma = /^[^,]*,\s*(p|sp|np|rua|ruf|pct|adkim|aspf|fo|t)\s*=/i.test(value);
  if (comma) {
    const repaired = writeTags(tags).replace(/,\s*(?=(?:p|sp|np|rua|ruf|pct|adkim|aspf|fo|t)\s*=)/gi, "; ");
    return [
      { kind: "syntax", fatal: false, text: `"${name}" ends in a comma where a semicolon belongs`, repaired },
    ];
  }
  if (VALUES[name] === undefined || VALUES[name].test(value)) return [];
  const text = `"${name}=${value}" is not a value that ${name} can have, so the default applies`;
  return [
    { kind: "syntax", fatal: false, text, repaired: writeTags(tags.filter((tag) => tag.name !== name)) },
  ];
}

function policyFaults(
  tags: readonly DmarcTag[],
  policy: DmarcRecord["policy"],
  discarded: boolean,
): DmarcFault[] {
  if (discarded) return [];
  const wrong = tags.filter(
    ({ name, value }) => ["p", "sp", "np"].includes(name) && !isPolicy(value.toLowerCase()),
  );
  const missing = !tags.some(({ name }) => name === "p");
  const fatal = policy === null;
  const faults: DmarcFault[] = wrong.map(({ name, value }) => ({
    kind: "policy",
    fatal,
    text: `"${name}=${value}" is not a policy (none, quarantine or reject)`,
    repaired: repairedPolicy(tags, name, value),
  }));
  if (!missing) return faults;
  const repaired = withTags({ tags }, { p: "none" });
  return [{ kind: "policy", fatal, text: "there is no policy (p)", repaired }, ...faults];
}

/** Only a slip of the pen is repaired; what policy was meant otherwise, a person must say. */
function repairedPolicy(tags: readonly DmarcTag[], name: string, value: string): string | null {
  const letters = value.toLowerCase().replace(/[^a-z]/g, "");
  const meant = (["none", "quarantine", "reject"] as const).find(
    (policy) => letters.length > 2 && (policy.startsWith(letters) || letters.startsWith(policy.slice(0, 5))),
  );
  return meant ? withTags({ tags }, { [name]: meant }) : null;
}

function removedTags(tags: readonly DmarcTag[]): DmarcFault[] {
  const removed = tags.filter(({ name }) => REMOVED.includes(name));
  if (removed.length === 0) return [];
  const repaired = writeTags(tags.filter((tag) => !removed.includes(tag)));
  return [
    { kind: "removed-tag", fatal: false, text: `${writeTags(removed)} means nothing any more`, repaired },
  ];
}

function uriFaults(name: string, tags: readonly DmarcTag[]): DmarcFault[] {
  const list = tags.find((tag) => tag.name === name)?.value;
  const uris = readUris(list);
  const faults: DmarcFault[] = [];
  const bad = uris.filter(({ address }) => address === null);
  if (bad.length > 0) {
    const repairedUris = uris.map(({ uri, address }) => (address === null ? repairedUri(uri) : uri));
    const repaired = repairedUris.every((uri) => uri !== null)
      ? withTags({ tags }, { [name]: repairedUris.join(",") })
      : null;
    const text = `${name}: ${bad.map(({ uri }) => `"${uri}"`).join(", ")} is not the address of a mailbox in the form mailto:name@domain`;
    faults.push({ kind: "report-uri", fatal: false, text, repaired });
  }
  if (bad.length === 0 && uris.some(({ uri }) => OBSOLETE_SIZE.test(uri))) {
    const repaired = withTags(
      { tags },
      { [name]: uris.map(({ uri }) => uri.replace(OBSOLETE_SIZE, "")).join(",") },
    );
    faults.push({
      kind: "removed-tag",
      fatal: false,
      text: `the size limit in ${name} means nothing any more`,
      repaired,
    });
  }
  return faults;
}

function repairedUri(uri: string): string | null {
  const address = uri.replace(/^mail-?to[:=]?\/*/i, "").replace(OBSOLETE_SIZE, "");
  return ADDRESS.test(address) ? `mailto:${address}` : null;
}
