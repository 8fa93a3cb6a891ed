/**
 * Every way in which a blocklist answers, good and bad, for each kind of list: what a real server has to hold, and what has to
 * be made of it. `listed` is what must be said of the subject that the list has on it, `clean` of another.
 */
import { questionName } from "../../src/blocklist/question-name.ts";
import type { UncheckedReason, Verdict } from "../../src/blocklist/verdict.ts";
import type { Code, SubjectKind, Zone } from "../../src/blocklist/zones.ts";
import { aBlocklist } from "./blocklist-zones.ts";
import type { RbldnsdZone } from "./rbldnsd.ts";

export type Expected = Exclude<Verdict, "unchecked"> | UncheckedReason;

export interface MatrixCase {
  readonly name: string;
  readonly zone: Zone;
  /** The server that has it: rbldnsd's data sets, or records for knot; neither for a zone that is refused. */
  readonly rbldnsd?: readonly RbldnsdZone[];
  readonly knot?: string;
  readonly listed: Expected;
  readonly clean: Expected;
  /** Where the server is asked with no recursive resolver between that makes SERVFAIL of it. */
  readonly asked?: Expected;
  /** What the listing's text must be. */
  readonly text?: RegExp;
}

interface Kind {
  readonly kind: SubjectKind;
  readonly on: string;
  readonly off: string;
  readonly points: { listed: string; unlisted: string };
  readonly set: "ip4set" | "ip6trie" | "dnset";
  readonly world: Pick<RbldnsdZone, "type" | "data"> | null;
}

export const KINDS: readonly Kind[] = [
  {
    kind: "ip4",
    on: "8.8.4.200",
    off: "8.8.4.201",
    points: { listed: "127.0.0.2", unlisted: "127.0.0.1" },
    set: "ip4set",
    world: { type: "ip4trie", data: "0.0.0.0/0 :127.0.0.2:world" },
  },
  {
    kind: "ip6",
    on: "2a00:1450::77",
    off: "2a00:1450::78",
    points: { listed: "::ffff:7f00:2", unlisted: "::ffff:7f00:1" },
    set: "ip6trie",
    world: { type: "ip6trie", data: "::/0 :127.0.0.2:world" },
  },
  {
    kind: "domain",
    on: "listed.mail.test",
    off: "clean.mail.test",
    points: { listed: "test", unlisted: "invalid" },
    set: "dnset",
    world: null,
  },
];

const TABLE: Code[] = [
  { match: "127.0.0.2", kind: "listed", meaning: "a source of spam" },
  { match: "127.0.0.4", kind: "listed", meaning: "an infected machine" },
  { match: "127.0.0.10", kind: "policy", meaning: "an end-user range" },
  { match: "127.0.0.20", kind: "allow", meaning: "trusted" },
];
const BITS: Code[] = [
  { match: "bit:1", kind: "error", meaning: "refused" },
  { match: "bit:4", kind: "policy", meaning: "disposable" },
  { match: "bit:16", kind: "listed", meaning: "malware" },
  { match: "bit:64", kind: "listed", meaning: "abuse" },
];
const DNSWL: Code[] = [
  { match: "127.0.10.3", kind: "error", meaning: "asked too often" },
  { match: "127.0.*.3", kind: "allow", meaning: "trust: high" },
  { match: "127.0.*.0", kind: "allow", meaning: "trust: none" },
];
const HOSTKARMA: Code[] = [
  { match: "127.0.0.1", kind: "allow", meaning: "white" },
  { match: "127.0.0.2", kind: "listed", meaning: "black" },
  { match: "127.0.1.1", kind: "policy", meaning: "uses QUIT" },
];

/** As an attacker would write it: markup, control characters, an escape sequence, a change of direction. */
const HOSTILE = "<!channel> <b>*x*</b> [a](http://evil.example) \\027[31m\\000\\013\\226\\128\\174";

export function matrix(): MatrixCase[] {
  return KINDS.flatMap((kind) => casesOf(kind));
}

function casesOf({ kind, on, points, set, world }: Kind): MatrixCase[] {
  const named = (name: string) => `${name}.${kind}.bl.test`;
  const list = (name: string, given: Partial<Zone> = {}) =>
    aBlocklist({ zone: named(name), lists: [kind], test: points, codes: TABLE, ...given });
  const data = (name: string, lines: string): RbldnsdZone => ({ zone: named(name), type: set, data: lines });
  const entry = (subject: string, code: string) => `${subject} :${code}:listed as ${code}`;
  const point = entry(points.listed, "127.0.0.2");
  const failing = (name: string, acl: string): RbldnsdZone[] => [
    data(name, `${point}\n${entry(on, "127.0.0.2")}`),
    { zone: named(name), type: "acl", data: `0/0 :${acl}` },
  ];
  const at = (subject: string, name: string, record: string) =>
    `${questionName(subject, named(name))}. ${record}`;
  const records = (name: string, ...lines: string[]) =>
    [at(points.listed, name, "A 127.0.0.2"), ...lines].join("\n");
  const good = (name: string, code: string, listed: Expected, given: Partial<Zone> = {}): MatrixCase => ({
    name: `${kind}: ${name}`,
    zone: list(name, given),
    rbldnsd: [data(name, `${point}\n${entry(on, code)}`)],
    listed,
    clean: "clean",
    text: new RegExp(`^listed as ${code}$`),
  });
  const bad = (
    name: string,
    acl: string,
    reason: UncheckedReason,
    given: Partial<MatrixCase> = {},
  ): MatrixCase => ({
    name: `${kind}: ${name}`,
    zone: list(name),
    rbldnsd: failing(name, acl),
    listed: reason,
    clean: reason,
    ...given,
  });
  const ofKnot = (
    name: string,
    lines: string,
    [listed, clean]: readonly [Expected, Expected],
    given: Partial<Zone> = {},
  ): MatrixCase => ({ name: `${kind}: ${name}`, zone: list(name, given), knot: lines, listed, clean });
  const big = Array.from({ length: 120 }, (_, index) => at(on, "truncated", `A 127.0.3.${index + 1}`));

  return [
    good("one-code", "127.0.0.2", "listed"),
    good("policy-code", "127.0.0.10", "policy"),
    good("allow-list", "127.0.0.20", "allow", { role: "allow" }),
    good("whole-range", "127.0.0.2", "policy", { scope: "range" }),
    good("whole-network", "127.0.0.2", "policy", { scope: "asn" }),
    good("informing", "127.0.0.2", "policy", { role: "info" }),
    {
      ...good("no-test-points", "127.0.0.2", "listed", { test: {} }),
      rbldnsd: [data("no-test-points", entry(on, "127.0.0.2"))],
    },
    {
      ...good("several-codes", "127.0.0.10", "listed"),
      rbldnsd: [
        data("several-codes", `${point}\n${entry(on, "127.0.0.10")}`),
        data("several-codes", entry(on, "127.0.0.4")),
        data("several-codes", entry(on, "127.0.0.20")),
      ],
      text: /listed as 127\.0\.0\.4/,
    },
    {
      ...good("allow-and-policy", "127.0.0.10", "allow"),
      rbldnsd: [
        data("allow-and-policy", `${point}\n${entry(on, "127.0.0.10")}`),
        data("allow-and-policy", entry(on, "127.0.0.20")),
      ],
      text: /listed as 127\.0\.0\.20/,
    },
    bitmask("bit-mask", "127.0.0.80", "listed", "clean"),
    bitmask("bit-mask-policy", "127.0.0.4", "policy", "clean"),
    bitmask("bit-mask-255", "127.0.0.255", "blocked", "clean"),
    bitmask("bit-mask-unknown", "127.0.0.2", "unknown-code", "clean"),
    bad("silent", "ignore", "silent"),
    bad("refused", "refuse", "servfail", { asked: "refused" }),
    {
      name: `${kind}: not-served`,
      zone: list("not-served"),
      listed: "servfail",
      clean: "servfail",
      asked: "refused",
    },
    bad("resolver-blocked", "127.255.255.254:open resolver", "blocked"),
    bad("too-many-questions", "127.255.255.255:too many", "blocked"),
    bad("says-127.0.0.1", "127.0.0.1:refused", "blocked"),
    {
      name: `${kind}: emptied`,
      zone: list("emptied"),
      rbldnsd: [data("emptied", "")],
      listed: "empty",
      clean: "empty",
    },
    ...(world
      ? [
          {
            name: `${kind}: lists-the-world`,
            zone: list("lists-the-world"),
            rbldnsd: [{ zone: named("lists-the-world"), ...world }],
            listed: "lists-all",
            clean: "lists-all",
          } satisfies MatrixCase,
        ]
      : []),
    ofKnot("wildcard", "* A 127.0.0.2", ["lists-all", "lists-all"]),
    ofKnot("wildcard-no-test-points", "* A 127.0.0.2", ["lists-all", "lists-all"], { test: {} }),
    ofKnot("wildcard-allow", "* A 127.0.0.20", ["lists-all", "lists-all"], { role: "allow" }),
    ofKnot("parked", "* A 91.195.240.117", ["not-127", "not-127"]),
    ofKnot(
      "one-outside",
      records("one-outside", at(on, "one-outside", "A 127.0.0.2"), at(on, "one-outside", "A 10.0.0.1")),
      ["not-127", "clean"],
    ),
    ofKnot(
      "one-error",
      records("one-error", at(on, "one-error", "A 127.0.0.2"), at(on, "one-error", "A 127.255.255.255")),
      ["blocked", "clean"],
    ),
    ofKnot("unknown-code", records("unknown-code", at(on, "unknown-code", "A 127.0.0.99")), [
      "unknown-code",
      "clean",
    ]),
    ofKnot(
      "dnswl",
      `${at(points.listed, "dnswl", "A 127.0.10.0")}\n${at(on, "dnswl", "A 127.0.5.3")}`,
      ["allow", "clean"],
      { codes: DNSWL, role: "allow" },
    ),
    ofKnot("dnswl-over-quota", "* A 127.0.10.3", ["blocked", "blocked"], { codes: DNSWL, role: "allow" }),
    ofKnot(
      "hostkarma-white",
      records(
        "hostkarma-white",
        at(on, "hostkarma-white", "A 127.0.0.1"),
        at(on, "hostkarma-white", "A 127.0.1.1"),
      ),
      ["allow", "clean"],
      { codes: HOSTKARMA, test: { listed: points.listed } },
    ),
    {
      ...ofKnot(
        "hostile-text",
        records(
          "hostile-text",
          at(on, "hostile-text", "A 127.0.0.2"),
          at(on, "hostile-text", `TXT "${HOSTILE}" ${`"${"x".repeat(200)}" `.repeat(10)}`),
        ),
        ["listed", "clean"],
      ),
      text: /^<!channel> <b>\*x\*<\/b> \[a\]\(http:\/\/evil\.example\) \[31m x+$/,
    },
    {
      ...ofKnot("truncated", records("truncated", ...big), ["listed", "clean"], {
        codes: [...TABLE, { match: "127.0.3.*", kind: "listed", meaning: "one of many" }],
      }),
    },
  ];

  function bitmask(name: string, code: string, listed: Expected, clean: Expected): MatrixCase {
    return {
      ...good(name, code, listed, { bitmask: true, codes: BITS }),
      rbldnsd: [data(name, `${entry(points.listed, "127.0.0.254")}\n${entry(on, code)}`)],
      clean,
    };
  }
}
