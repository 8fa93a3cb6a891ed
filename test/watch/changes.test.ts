/** What is told when a watched target changes: once, after a second check has confirmed it. */
import { describe, expect, test } from "vitest";
import { createFetcher } from "../../src/domain/fetch.ts";
import { KEY, soundZone } from "../domain/support/zones.ts";
import type { Zone } from "../support/dns-zone.ts";
import { type Page, serveHttps, tlsFile } from "../support/https-server.ts";
import { DOMAIN, LISTS, listed, SOUND, watched } from "./support/watched.ts";

const HOME = SOUND[DOMAIN] ?? {};
const DMARC = `_dmarc.${DOMAIN}`;
const GOOGLE = `google._domainkey.${DOMAIN}`;
const MAIL = `mx1.${DOMAIN}, mx2.${DOMAIN}`;
const REJECT = `v=DMARC1; p=reject; rua=mailto:dmarc@${DOMAIN}`;
const SPF = [HOME.TXT].flat(2).join("");

const without = (zone: Zone, name: string): Zone =>
  Object.fromEntries(Object.entries(zone).filter(([key]) => key !== name));
const home = (part: Zone[string]): Zone => ({ ...SOUND, [DOMAIN]: { ...HOME, ...part } });

describe("a change that stays is told once, after the second check", () => {
  test.each<[string, Zone, Zone, string[]]>([
    [
      "another mail server",
      SOUND,
      home({ MX: { preference: 10, exchange: `mx2.${DOMAIN}` } }),
      [`mx ${MAIL} → mx2.${DOMAIN}`],
    ],
    [
      "mail servers of nobody",
      SOUND,
      home({ MX: { preference: 0, exchange: "." } }),
      ["receives no", `mx ${MAIL} → null MX`],
    ],
    [
      "another SPF record",
      SOUND,
      home({ TXT: ["v=spf1 ip4:198.51.100.1 -all"] }),
      [`spf ${SPF} → v=spf1 ip4:198.51.100.1 -all`],
    ],
    [
      "an SPF record that lets anyone send",
      SOUND,
      home({ TXT: ["v=spf1 +all"] }),
      [`spf ${SPF} → v=spf1 +all`, "+spf.all-pass"],
    ],
    ["an SPF record that is gone", SOUND, home({ TXT: [] }), [`spf ${SPF} → null`, "+spf.missing"]],
    [
      "a policy of what a name includes that is gone",
      SOUND,
      { ...SOUND, [`s3.${DOMAIN}`]: { A: "192.0.2.9" } },
      ["+spf.include-missing"],
    ],
    [
      "DMARC that only watches",
      SOUND,
      { ...SOUND, [DMARC]: { TXT: [`v=DMARC1; p=none; rua=mailto:dmarc@${DOMAIN}`] } },
      [
        "trust enforced → monitored",
        `dmarc ${REJECT} → v=DMARC1; p=none; rua=mailto:dmarc@${DOMAIN}`,
        "+dmarc.policy-none",
      ],
    ],
    [
      "DMARC that is gone",
      SOUND,
      without(SOUND, DMARC),
      ["trust enforced → none", `dmarc ${REJECT} → null`, "+dmarc.missing"],
    ],
    [
      "DMARC that is there now",
      without(SOUND, DMARC),
      SOUND,
      ["trust none → enforced", `dmarc null → ${REJECT}`, "-dmarc.missing"],
    ],
    ["a DKIM key that is gone", SOUND, without(SOUND, GOOGLE), ["-dkim google"]],
    [
      "a DKIM key that is withdrawn",
      SOUND,
      { ...SOUND, [GOOGLE]: { TXT: ["v=DKIM1; k=ed25519; p="] } },
      ["-dkim google"],
    ],
    ["a domain that is gone", SOUND, { example: {} }, ["exists false"]],
    ["a domain that is back", { example: {} }, SOUND, ["exists true"]],
    ["a mail server's name without an address", SOUND, without(SOUND, `mx1.${DOMAIN}`), ["+mx.unresolvable"]],
    [
      "the domain on a list",
      SOUND,
      { ...SOUND, ...listed(LISTS.names, DOMAIN) },
      [`${DOMAIN} Names no → listed`],
    ],
    [
      "a mail server on a list",
      SOUND,
      { ...SOUND, ...listed(LISTS.heavy, "8.8.4.2") },
      ["8.8.4.2 Heavy no → listed"],
    ],
    [
      "a mail server off a list",
      { ...SOUND, ...listed(LISTS.heavy, "8.8.4.2") },
      SOUND,
      ["8.8.4.2 Heavy listed → no"],
    ],
    [
      "a mail server in a range of end users",
      SOUND,
      { ...SOUND, ...listed(LISTS.heavy, "8.8.4.1", "127.0.0.10") },
      ["8.8.4.1 Heavy no → policy"],
    ],
  ])("%s", async (_name, before, after, told) => {
    const world = await watched(before);
    expect(await world.check()).toEqual([]);
    expect(await world.check()).toEqual([]);
    world.publish(after);
    expect(await world.check()).toEqual([]);
    expect((await world.check()).toSorted()).toEqual(told.toSorted());
    expect(await world.check()).toEqual([]);
    expect(await world.check()).toEqual([]);
  });
});

describe("of an address is told", () => {
  const address = { kind: "address", name: "8.8.4.7" } as const;
  const [heavy, middling, light] = [LISTS.heavy, LISTS.middling, LISTS.light].map((list) =>
    listed(list, address.name),
  );

  test.each<[string, Zone, Zone, string[]]>([
    ["a weighty list", {}, { ...heavy }, ["8.8.4.7 Heavy no → listed"]],
    ["that it is off again", { ...heavy }, {}, ["8.8.4.7 Heavy listed → no"]],
    ["a list of some weight", {}, { ...middling }, ["8.8.4.7 Middling no → listed"]],
    ["a list of little weight: not by itself", {}, { ...light }, []],
    [
      "a list of little weight beside others",
      {},
      { ...light, ...heavy },
      ["8.8.4.7 Heavy no → listed", "8.8.4.7 Light no → listed"],
    ],
    [
      "a range that becomes an accusation",
      listed(LISTS.heavy, address.name, "127.0.0.10"),
      { ...heavy },
      ["8.8.4.7 Heavy policy → listed"],
    ],
  ])("%s", async (_name, before, after, told) => {
    const world = await watched(before, address);
    await world.check();
    world.publish(after);
    expect(await world.check()).toEqual([]);
    expect((await world.check()).toSorted()).toEqual(told);
    expect(await world.check()).toEqual([]);
  });

  test("an IPv6 address too", async () => {
    const world = await watched({}, { kind: "address", name: "2a00::7" });
    expect(await world.check()).toEqual([]);
    world.publish(listed(LISTS.heavy, "2a00::7"));
    expect([await world.check(), await world.check()]).toEqual([[], ["2a00::7 Heavy no → listed"]]);
  });
});

describe("what means nothing to people is never told", () => {
  test.each<[string, Zone]>([
    [
      "other TTLs",
      Object.fromEntries(Object.entries(SOUND).map(([name, node]) => [name, { ...node, ttl: 7 }])),
    ],
    ["another order of the mail servers", home({ MX: [HOME.MX ?? []].flat().toReversed() })],
    [
      "other preferences of the same mail servers",
      home({ MX: [HOME.MX ?? []].flat().map((mx, index) => ({ ...mx, preference: 5 + index })) }),
    ],
    ["other addresses of a mail server", { ...SOUND, [`mx1.${DOMAIN}`]: { A: ["8.8.4.77", "8.8.4.78"] } }],
    [
      "another serial number and other name servers",
      home({ SOA: { minimum: 300, serial: 4711 }, NS: ["ns9.example"] }),
    ],
    ["another TXT record beside SPF", home({ TXT: [[HOME.TXT ?? []].flat(), ["token=8a7f"]].flat() })],
    ["more blanks in a record", { ...SOUND, [DMARC]: { TXT: [REJECT.replace("; ", ";   ")] } }],
    ["another key under the same selector", { ...SOUND, [GOOGLE]: { TXT: [KEY.replace("11qY", "21qY")] } }],
    ["advice, such as a reverse name that is gone", without(SOUND, "1.4.8.8.in-addr.arpa")],
  ])("%s", async (_name, after) => {
    const world = await watched(SOUND);
    await world.check();
    for (const zone of [after, after, SOUND, after]) {
      world.publish(zone);
      expect(await world.check()).toEqual([]);
      expect(world.state.suspected).toBeNull();
    }
  });

  test("a new DKIM key, which takes nothing away", async () => {
    const world = await watched(SOUND);
    await world.check();
    world.publish({ ...SOUND, [`s1._domainkey.${DOMAIN}`]: { TXT: [KEY] } });
    expect([await world.check(), await world.check(), world.state.suspected]).toEqual([[], [], null]);
  });

  test("the order of several SPF records, which makes another one the first", async () => {
    const two = ["v=spf1 ip4:198.51.100.1 -all", "v=spf1 +all"];
    const world = await watched(home({ TXT: two }));
    await world.check();
    world.publish(home({ TXT: two.toReversed() }));
    expect([await world.check(), await world.check(), world.state.suspected]).toEqual([[], [], null]);
  });
});

describe("MTA-STS", () => {
  const domain = "example.org";
  const zone = (id: string): Zone => ({
    ...soundZone(domain, "8.8.4"),
    [`_mta-sts.${domain}`]: { TXT: [`v=STSv1; id=${id}`] },
    [`mta-sts.${domain}`]: { A: "8.8.4.9" },
  });
  const policy = (mode: string): Page => ({
    headers: { "content-type": "text/plain" },
    body: `version: STSv1\r\nmode: ${mode}\r\nmx: *.${domain}\r\nmax_age: 604800\r\n`,
  });
  const place = `mta-sts.${domain}/.well-known/mta-sts.txt`;

  async function world(pages: Record<string, Page>) {
    const web = await serveHttps(pages);
    const toServer = { mayConnect: () => true, port: web.port, ca: tlsFile("ca.pem") };
    const dns = zone("1");
    const target = { kind: "domain", name: domain } as const;
    return watched({ ...dns, [`mta-sts.${domain}`]: { A: "127.0.0.1" } }, target, {
      makeFetcher: (resolver) => createFetcher({ resolver, timeout: 400, ...toServer }),
    });
  }

  test("its mode is told, its id is not", async () => {
    const pages: Record<string, Page> = { [place]: policy("enforce") };
    const watching = await world(pages);
    await watching.check();
    pages[place] = policy("testing");
    expect(await watching.check()).toEqual([]);
    expect(await watching.check()).toEqual(["mta-sts enforce → testing"]);
    watching.publish({ ...zone("2"), [`mta-sts.${domain}`]: { A: "127.0.0.1" } });
    expect([await watching.check(), await watching.check()]).toEqual([[], []]);
  });

  test("a policy that is not there any more is told, one that does not come in time is not", async () => {
    const pages: Record<string, Page> = { [place]: policy("enforce") };
    const watching = await world(pages);
    await watching.check();
    pages[place] = () => {};
    expect([await watching.check(), await watching.check()]).toEqual([[], []]);
    expect(watching.state.suspected).toBeNull();
    delete pages[place];
    expect([await watching.check(), await watching.check()]).toEqual([[], ["+mta-sts.policy-unreachable"]]);
  });
});

test("wrong signatures are told when the resolver says so itself, and when they are mended", async () => {
  const DS = { keyTag: 4711, algorithm: 13, digestType: 2, digest: Buffer.alloc(32) };
  const world = await watched(home({ DS }));
  world.server.behave({ authenticated: true });
  await world.check();
  world.server.behave({ answer: "SERVFAIL", extendedError: { code: 6, text: "bogus" } }, { name: DOMAIN });
  expect([await world.check(), await world.check(), await world.check()]).toEqual([
    [],
    ["+dnssec.bogus"],
    [],
  ]);
  // a resolver that does not validate knows nothing of it
  world.server.behaveWell();
  expect([await world.check(), await world.check()]).toEqual([[], []]);
  world.server.behave({ authenticated: true });
  expect([await world.check(), await world.check()]).toEqual([[], ["-dnssec.bogus"]]);
});
