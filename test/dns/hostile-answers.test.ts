import { createSocket } from "node:dgram";
import dnsPacket from "dns-packet";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { createResolver, type RecordType } from "../../src/dns/index.ts";
import { readAnswer } from "../../src/dns/message.ts";

// Answers that no library would write, byte by byte: what a server sends after the header and the question.
const NAME = "a.example";
const QUESTION = Buffer.from("\u0001a\u0007example\u0000", "latin1");
const TYPE = { A: 1, CNAME: 5, MX: 15, TXT: 16, TLSA: 52, CAA: 257 };
const OWN_NAME = [0xc0, 12];

describe("a broken answer is told as such and nothing of it is used", () => {
  const cases: { what: string; type: keyof typeof TYPE; body: number[]; count?: number }[] = [
    { what: "an address of three octets", type: "A", body: record("A", [192, 0, 2]) },
    { what: "an address of five octets", type: "A", body: record("A", [192, 0, 2, 1, 9]) },
    { what: "an end inside a record", type: "A", body: record("A", [192, 0, 2, 1]).slice(0, -1) },
    { what: "an end before a record", type: "A", body: record("A", [192, 0, 2, 1]), count: 2 },
    { what: "sixty thousand records that are not there", type: "A", body: [], count: 60_000 },
    { what: "a string longer than its record", type: "TXT", body: record("TXT", [5, 0x61, 0x62]) },
    { what: "a name that points to itself", type: "MX", body: [0xc0, 12 + QUESTION.length + 4, 0, 15, 0, 1] },
    { what: "a name that points forward", type: "MX", body: record("MX", [0, 1, 0xc0, 0xff]) },
    { what: "a name that leaves its record", type: "MX", body: record("MX", [0, 1, 20, 0x61]) },
    { what: "a name with something after it", type: "CNAME", body: record("CNAME", [1, 0x62, 0, 7]) },
    { what: "a label of a kind that does not exist", type: "CNAME", body: record("CNAME", [0x80, 0x62, 0]) },
    { what: "a name of more than 255 octets", type: "CNAME", body: record("CNAME", longName(5)) },
    { what: "association data of two octets", type: "TLSA", body: record("TLSA", [3, 1]) },
    { what: "a tag longer than its record", type: "CAA", body: record("CAA", [0, 9, 0x61]) },
  ];
  test.each(cases)("$what", async ({ type, body, count = 1 }) => {
    expect(await resolveFrom(type, (id) => answer(id, type, count, body))).toMatchObject({
      status: "invalid",
      records: [],
      reason: expect.stringContaining("broken answer"),
    });
  });
});

describe("an answer that says nothing is not told as absence", () => {
  const own = record("A", [192, 0, 2, 1]);
  const referral = [...OWN_NAME, 0, 2, 0, 1, 0, 0, 0, 60, 0, 2, ...OWN_NAME];
  test.each([
    {
      what: "a referral",
      bytes: (id: number) => answer(id, "A", 0, referral, { authorities: 1 }),
      status: "refused",
    },
    {
      what: "records of a name that does not exist",
      bytes: (id: number) => answer(id, "A", 1, own, { rcode: 3 }),
      status: "invalid",
    },
    {
      what: "no question and no error",
      bytes: (id: number) => answer(id, "A", 0, []).fill(0, 4, 6),
      status: "timeout",
    },
    {
      what: "a question that is none of ours",
      bytes: (id: number) => answer(id, "TXT", 0, []),
      status: "timeout",
    },
    { what: "an update", bytes: (id: number) => answer(id, "A", 0, []).fill(0xa8, 2, 3), status: "timeout" },
  ])("$what: $status", async ({ bytes, status }) => {
    expect(await resolveFrom("A", bytes)).toMatchObject({ status, records: [] });
  });

  test("a failure without its question is taken for one", async () => {
    const bytes = (id: number) => answer(id, "A", 0, [], { rcode: 5 }).fill(0, 4, 6).subarray(0, 12);
    expect(await resolveFrom("A", bytes)).toMatchObject({ status: "refused" });
  });
});

describe("an odd answer is read as it is", () => {
  test("names with octets that are no characters, and dots inside labels, are written with escapes", async () => {
    const exchange = [3, 0x61, 0x2e, 0x62, 3, 0xc3, 0xbc, 0x00, 0];
    const outcome = await resolveFrom("MX", (id) => answer(id, "MX", 1, record("MX", [0, 5, ...exchange])));
    expect(outcome.records).toEqual([{ preference: 5, exchange: "a\\046b.\\195\\188\\000" }]);
  });

  test("a CNAME to such a name is not asked for as something else", async () => {
    const target = [3, 0x61, 0x2e, 0x62, ...OWN_NAME];
    const outcome = await resolveFrom("A", (id) => answer(id, "A", 1, record("CNAME", target)));
    expect(outcome).toMatchObject({ status: "invalid", reason: expect.stringContaining("cannot be asked") });
  });

  test("records of another name, type or class do not count", async () => {
    const other = [1, 0x62, ...OWN_NAME, ...record("A", [203, 0, 113, 1]).slice(2)];
    const text = record("TXT", [0]);
    const chaos = record("A", [203, 0, 113, 2]).with(5, 3);
    const own = record("A", [192, 0, 2, 1]);
    const outcome = await resolveFrom("A", (id) => answer(id, "A", 4, [...other, ...text, ...chaos, ...own]));
    expect(outcome.records).toEqual(["192.0.2.1"]);
  });

  test("an answer for the name in capitals is for the name", async () => {
    const capitals = (id: number) => {
      const bytes = answer(id, "A", 1, record("A", [192, 0, 2, 1]));
      bytes.write("\u0001A\u0007EXAMPLE", 12, "latin1");
      return bytes;
    };
    expect((await resolveFrom("A", capitals)).records).toEqual(["192.0.2.1"]);
  });
});

test("no bytes whatever make the reader fail or hang", () => {
  const question = { name: NAME, type: "TXT" } as const;
  const sound = answer(7, "TXT", 2, [
    ...record("TXT", [2, 0x61, 0x62]),
    ...record("CNAME", [1, 0x62, ...OWN_NAME]),
  ]);
  const change = fc.record({ at: fc.nat({ max: sound.length - 1 }), to: fc.nat({ max: 255 }) });
  const changed = fc.array(change, { maxLength: 12 }).map((changes) => {
    const bytes = Buffer.from(sound);
    for (const { at, to } of changes) bytes[at] = to;
    return bytes;
  });
  const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(changed, random), fc.nat({ max: 600 }), (bytes, length) => {
      const { kind } = readAnswer(bytes.subarray(0, length), 7, question);
      expect(["answer", "foreign", "malformed"]).toContain(kind);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  { pointers: 100, kind: "answer" },
  { pointers: 200, kind: "malformed" },
  { pointers: 8000, kind: "malformed" },
])("a name behind $pointers pointers: $kind", ({ pointers, kind }) => {
  const start = 12 + QUESTION.length + 4 + 12;
  const chain = Array.from({ length: pointers }, (_, i) =>
    pointer(i === 0 ? 12 : start + 2 * (i - 1)),
  ).flat();
  // the chain is the data of a TXT record, and the owner of a second record is a pointer to its end
  const second = [...pointer(start + 2 * (pointers - 1)), ...record("MX", [0, 0, 0]).slice(2)];
  const bytes = answer(7, "MX", 2, [...record("TXT", chain), ...second]);
  expect(readAnswer(bytes, 7, { name: NAME, type: "MX" }).kind).toBe(kind);
});

test("a SOA record from elsewhere does not say how long to keep an answer", async () => {
  const soa = (owner: number[]) => [
    ...owner,
    0,
    6,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    22,
    0,
    0,
    ...Array<number>(19).fill(0),
    60,
  ];
  const nodata = (owner: number[]) => (id: number) => answer(id, "A", 0, soa(owner), { authorities: 1 });
  expect(await resolveFrom("A", nodata(OWN_NAME))).toMatchObject({ status: "nodata", ttl: 60 });
  expect(await resolveFrom("A", nodata([1, 0x62, ...OWN_NAME]))).toMatchObject({ status: "nodata", ttl: 0 });
});

function pointer(offset: number): number[] {
  return [0xc0 | (offset >> 8), offset & 0xff];
}

/** A record of the asked name, class IN, TTL 60. */
function record(type: keyof typeof TYPE, rdata: number[]): number[] {
  const code = TYPE[type];
  return [
    ...OWN_NAME,
    code >> 8,
    code & 0xff,
    0,
    1,
    0,
    0,
    0,
    60,
    rdata.length >> 8,
    rdata.length & 0xff,
    ...rdata,
  ];
}

function answer(
  id: number,
  type: keyof typeof TYPE,
  count: number,
  body: number[],
  { authorities = 0, rcode = 0 } = {},
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x8180 | rcode, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(count, 6);
  header.writeUInt16BE(authorities, 8);
  return Buffer.concat([header, QUESTION, Buffer.from([TYPE[type] >> 8, TYPE[type] & 0xff, 0, 1, ...body])]);
}

function longName(labels: number): number[] {
  return [...Array.from({ length: labels }, () => [63, ...Array<number>(63).fill(0x61)]).flat(), 0];
}

/** What the resolver makes of an answer with these bytes. */
async function resolveFrom(type: RecordType, bytes: (id: number) => Buffer) {
  const socket = createSocket("udp4");
  onTestFinished(() => {
    socket.close();
  });
  socket.on("message", (query, { port, address }) => {
    socket.send(bytes(dnsPacket.decode(query).id ?? 0), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const servers = [{ address: "127.0.0.1", port: socket.address().port }];
  const resolver = createResolver({ servers, tries: [0, 30], timeout: 100 });
  onTestFinished(() => resolver.close());
  return resolver.resolve(NAME, type);
}
