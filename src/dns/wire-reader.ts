/** The bytes are not a DNS message. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** Reads the parts of a DNS message (RFC 1035 §4.1) in order and never past its end. */
export interface WireReader {
  uint8(): number;
  uint16(): number;
  uint32(): number;
  bytes(length: number): Buffer;
  /** What is left, up to the reader's end. */
  rest(): Buffer;
  /** A length octet and as many octets, each as one code unit (Latin-1). */
  characterString(): string;
  /** A name, compressed or not, in the form of `readName`. */
  name(): string;
  /** A reader of the next `length` bytes only; names in it may point to what stands before it in the message. */
  part(length: number): WireReader;
  atEnd(): boolean;
  /** @throws MalformedMessage when something is left */
  expectEnd(): void;
}

/** Every method throws MalformedMessage where the bytes do not hold what it reads. */
export function wireReader(message: Buffer, start = 0, end = message.length): WireReader {
  let at = start;
  const take = (length: number): number => {
    if (at + length > end) throw new MalformedMessage("the message ends too early");
    const from = at;
    at += length;
    return from;
  };
  const bytes = (length: number): Buffer => {
    const from = take(length);
    return message.subarray(from, from + length);
  };
  return {
    uint8: () => message.readUInt8(take(1)),
    uint16: () => message.readUInt16BE(take(2)),
    uint32: () => message.readUInt32BE(take(4)),
    bytes,
    rest: () => bytes(end - at),
    characterString: () => bytes(message.readUInt8(take(1))).toString("latin1"),
    name: () => {
      const { name, length } = readName(message, at, end);
      at += length;
      return name;
    },
    part: (length) => {
      const from = take(length);
      return wireReader(message, from, from + length);
    },
    atEnd: () => at === end,
    expectEnd: () => {
      if (at !== end) throw new MalformedMessage("a record is longer than its data");
    },
  };
}

/** A name of 255 octets has at most 127 labels, so more pointers than that cannot be honest. */
const MAX_POINTERS = 127;
const MAX_NAME_OCTETS = 255;

/**
 * A name in lower case without the final dot (RFC 1035 §4.1.4). What is no printable ASCII character, and a dot inside a
 * label, is written `\DDD` (RFC 1035 §5.1): such a name can be shown, and `normalizeName` refuses to ask it.
 *
 * @returns the name, and the bytes that it takes at `start`
 */
function readName(message: Buffer, start: number, end: number): { name: string; length: number } {
  const labels: string[] = [];
  let at = start;
  let limit = end;
  let octets = 1;
  let pointers = 0;
  let length = 0;
  for (;;) {
    if (at >= limit) throw new MalformedMessage("a name runs past its end");
    const size = message.readUInt8(at);
    if (size === 0) return { name: labels.join("."), length: length || at + 1 - start };
    if (size >= 0xc0) {
      if (at + 2 > limit) throw new MalformedMessage("a name runs past its end");
      const target = message.readUInt16BE(at) & 0x3fff;
      length ||= at + 2 - start;
      if (++pointers > MAX_POINTERS) throw new MalformedMessage("a name of pointers to pointers");
      // what a name points to stands before it, so it cannot lead in a circle
      limit = at;
      at = target;
      continue;
    }
    if (size > 63) throw new MalformedMessage("a label of an unknown kind");
    octets += size + 1;
    if (octets > MAX_NAME_OCTETS) throw new MalformedMessage("a name of more than 255 octets");
    if (at + 1 + size > limit) throw new MalformedMessage("a name runs past its end");
    labels.push(labelText(message, at + 1, at + 1 + size));
    at += 1 + size;
  }
}

function labelText(message: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (!isPlain(message[at])) return escaped(message.subarray(start, end));
  }
  return message.toString("latin1", start, end).toLowerCase();
}

function escaped(label: Buffer): string {
  let text = "";
  for (const octet of label) {
    text += isPlain(octet) ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, "0")}`;
  }
  return text.toLowerCase();
}

function isPlain(octet = 0): boolean {
  return octet >= 0x20 && octet < 0x7f && octet !== 0x2e;
}
