import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { checkBlocklists } from "../../src/blocklist/check.ts";
import { createBlocklists, type ZoneFinding } from "../../src/blocklist/index.ts";
import { readTarget } from "../../src/blocklist/target.ts";
import { createResolver, type Resolver, type ServerAddress } from "../../src/dns/index.ts";
import { type Expected, KINDS, type MatrixCase, matrix } from "../support/blocklist-matrix.ts";
import { knownZones } from "../support/blocklist-zones.ts";
import { type RunningServer, startKnot } from "../support/knot.ts";
import { startRbldnsd } from "../support/rbldnsd.ts";
import { describeWith } from "../support/real-servers.ts";
import { startUnbound } from "../support/unbound.ts";

/** Hosts and reverse names, so that nothing is asked that no server here has. */
const MAIL = "host A 8.8.4.200\nhost A 8.8.4.201\nhost AAAA 2a00:1450::77\nlisted TXT x\nclean TXT x";
const REVERSE = { "8.8.in-addr.arpa": "200.4 PTR host.mail.test.", "0.a.2.ip6.arpa": "" };

describeWith(["rbldnsd", "knotd", "unbound"], "blocklists on real servers", ({ rbldnsd, knotd, unbound }) => {
  const cases = matrix();
  const running: RunningServer[] = [];
  let servers: { rbldnsd: ServerAddress; knot: ServerAddress; unbound: ServerAddress };

  beforeAll(async () => {
    const knotZones = Object.fromEntries(
      cases.flatMap(({ zone, knot }) => (knot ? [[zone.zone, knot]] : [])),
    );
    const lists = await startRbldnsd(
      rbldnsd,
      cases.flatMap((one) => one.rbldnsd ?? []),
    );
    running.push(lists);
    const knot = await startKnot(knotd, { ...knotZones, "mail.test": MAIL, ...REVERSE });
    running.push(knot);
    const stubs = {
      ...Object.fromEntries(cases.map((one) => [one.zone.zone, one.rbldnsd ? lists.address : knot.address])),
      "mail.test": knot.address,
      ...Object.fromEntries(Object.keys(REVERSE).map((zone) => [zone, knot.address])),
    };
    const recursor = await startUnbound(unbound, stubs, { readyWhen: "mail.test" });
    running.push(recursor);
    servers = { rbldnsd: lists.address, knot: knot.address, unbound: recursor.address };
  });

  afterAll(async () => {
    for (const server of running.reverse()) await server.stop();
  });

  /** What was said, by zone, of a subject that is on the lists or of one that is not. */
  async function check(resolver: Resolver, text: string): Promise<ReadonlyMap<string, ZoneFinding>> {
    const known = knownZones(cases.map(({ zone }) => zone));
    const target = readTarget(text, known.zones);
    if ("problem" in target) throw new Error(target.problem);
    const { findings } = await checkBlocklists(target, {
      blocklists: createBlocklists({ ...known, resolver }),
    });
    return new Map(findings.map((finding) => [finding.zone.zone, finding]));
  }

  /** A resolver behind unbound, and one that asks each list's own server. */
  const paths = {
    "behind unbound": () => asking(servers.unbound),
    "asked directly": () => direct(cases, asking(servers.rbldnsd), asking(servers.knot)),
  };

  test.each(
    KINDS.flatMap(({ kind, on, off }) =>
      (["behind unbound", "asked directly"] as const).flatMap((path) => [
        { kind, path, subject: on, is: "listed" as const },
        { kind, path, subject: off, is: "clean" as const },
      ]),
    ),
  )("$kind lists $path say the truth about one that is $is", async ({ kind, path, subject, is }) => {
    const findings = await check(paths[path](), subject);
    const those = cases.filter(({ zone }) => zone.lists.includes(kind));
    const expected = those.map((one) => [one.name, expectedOf(one, is, path === "asked directly")]);
    const found = those.map((one) => [one.name, said(findings.get(one.zone.zone))]);
    expect(found).toEqual(expected);
    tell(`${kind} ${path}, ${is}`, those, findings, is);
  });

  test("the text of a listing is one harmless line", async () => {
    for (const { kind, on } of KINDS) {
      const findings = await check(paths["behind unbound"](), on);
      for (const { zone, text } of cases.filter((one) => one.zone.lists.includes(kind) && one.text)) {
        const finding = findings.get(zone.zone);
        if (finding?.verdict === "unchecked") continue;
        expect(finding?.text, zone.zone).toMatch(text ?? /never/);
        expect(finding?.text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(finding?.text?.length).toBeLessThanOrEqual(1024);
      }
    }
  });

  test("a host is asked about with all its addresses, and its name on the lists of names", async () => {
    const known = knownZones(cases.filter(({ name }) => name.endsWith("one-code")).map(({ zone }) => zone));
    const target = readTarget("host.mail.test", known.zones);
    if ("problem" in target) throw new Error(target.problem);
    const resolver = asking(servers.unbound);
    const check = await checkBlocklists(target, { blocklists: createBlocklists({ ...known, resolver }) });
    expect(check.findings.map(({ subject, verdict }) => [subject, verdict])).toEqual([
      ["8.8.4.200", "listed"],
      ["8.8.4.201", "clean"],
      ["2a00:1450::77", "listed"],
      ["host.mail.test", "clean"],
    ]);
    expect(check.addresses).toMatchObject([
      { address: "8.8.4.200", ptr: ["host.mail.test"], forwardConfirmed: true },
      { address: "8.8.4.201", ptr: [], forwardConfirmed: false },
      { address: "2a00:1450::77", ptr: [], forwardConfirmed: false },
    ]);
  });
});

function expectedOf(one: MatrixCase, is: "listed" | "clean", asked: boolean): Expected {
  return (asked ? one.asked : undefined) ?? one[is];
}

function said(finding: ZoneFinding | undefined): string {
  return finding?.reason ?? finding?.verdict ?? "not asked";
}

/** The figures of the matrix, for whoever reads the test's output. */
function tell(
  what: string,
  those: readonly MatrixCase[],
  findings: ReadonlyMap<string, ZoneFinding>,
  is: "listed" | "clean",
) {
  const verdicts = those.map((one) => ({ one, verdict: findings.get(one.zone.zone)?.verdict }));
  const falseListed = verdicts.filter(
    ({ one, verdict }) => verdict === "listed" && one[is] !== "listed",
  ).length;
  const falseClean = verdicts.filter(({ one, verdict }) => verdict === "clean" && one[is] !== "clean").length;
  console.log(`${what}: ${those.length} cases, ${falseListed} falsely listed, ${falseClean} falsely clean`);
}

function asking(server: ServerAddress): Resolver {
  const resolver = createResolver({ servers: [server] });
  onTestFinished(() => resolver.close());
  return resolver;
}

/** Sends each question to the server that has the list, and what no list has to knot. */
function direct(cases: readonly MatrixCase[], rbldnsd: Resolver, knot: Resolver): Resolver {
  const ofRbldnsd = cases.filter((one) => one.rbldnsd).map(({ zone }) => zone.zone);
  return {
    resolve: (name, type, options) =>
      (ofRbldnsd.some((zone) => name.endsWith(`.${zone}`)) ? rbldnsd : knot).resolve(name, type, options),
    close: () => {},
  };
}
