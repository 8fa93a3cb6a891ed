/** Damage that texts and messages suffer on their way, for fuzzing. */
import { generator } from "./ordinary-texts.ts";

type Mutation = (bytes: Buffer, next: () => number) => Buffer;

const at = (length: number, next: () => number) => Math.floor(next() * length);

const mutations: readonly Mutation[] = [
  function truncated(bytes, next) {
    return bytes.subarray(0, at(bytes.length, next));
  },
  function beheaded(bytes, next) {
    return bytes.subarray(at(bytes.length, next));
  },
  function bytesFlipped(bytes, next) {
    const damaged = Buffer.from(bytes);
    for (let count = 1 + at(40, next); count > 0 && damaged.length > 0; count -= 1)
      damaged[at(damaged.length, next)] = at(256, next);
    return damaged;
  },
  function linesJoined(bytes, next) {
    return Buffer.from(
      bytes.toString("latin1").replace(/\r?\n/g, (end) => (next() < 0.7 ? " " : end)),
      "latin1",
    );
  },
  function headersDoubled(bytes) {
    const text = bytes.toString("latin1");
    const end = text.search(/\r?\n\r?\n/);
    return Buffer.from(`${text.slice(0, end < 0 ? 200 : end)}\n${text}`, "latin1");
  },
  function charsetSwapped(bytes, next) {
    const charsets = [
      "utf-8",
      "iso-2022-jp",
      "shift_jis",
      "gb18030",
      "utf-16le",
      "no-such-charset",
      "iso-8859-1",
    ];
    return Buffer.from(
      bytes
        .toString("latin1")
        .replace(/charset="?[\w-]+"?/gi, () => `charset=${charsets[at(charsets.length, next)]}`),
      "latin1",
    );
  },
  function boundariesLost(bytes) {
    return Buffer.from(
      bytes.toString("latin1").replace(/boundary="?[^"\n;]+"?/gi, "boundary=lost"),
      "latin1",
    );
  },
  function carriageReturnsOnly(bytes) {
    return Buffer.from(bytes.toString("latin1").replace(/\r?\n/g, "\r"), "latin1");
  },
  function pieceRepeated(bytes, next) {
    const start = at(bytes.length, next);
    const piece = bytes.subarray(start, start + 1 + at(60, next));
    return Buffer.concat([
      bytes.subarray(0, start),
      ...Array.from({ length: at(400, next) }, () => piece),
      bytes.subarray(start),
    ]);
  },
  function signsPoured(bytes, next) {
    const signs = ["<", "@", "\n", " ", "=?", "550 ", "(", '"', "<<<", "{", "to=<", "&lt;", "\u0000", "--"];
    const sign = signs[at(signs.length, next)] ?? "";
    const start = at(bytes.length, next);
    return Buffer.concat([
      bytes.subarray(0, start),
      Buffer.from(sign.repeat(at(3_000, next))),
      bytes.subarray(start),
    ]);
  },
];

/** `count` damaged copies of the samples, always the same ones for a seed. */
export function* mutated(samples: readonly Buffer[], count: number, seed: number): Generator<Buffer> {
  const next = generator(seed);
  for (let index = 0; index < count; index += 1) {
    let bytes: Buffer = samples[index % samples.length] ?? Buffer.alloc(0);
    for (let times = 1 + at(2, next); times > 0; times -= 1)
      bytes = (mutations[at(mutations.length, next)] as Mutation)(bytes, next);
    yield bytes;
  }
}
