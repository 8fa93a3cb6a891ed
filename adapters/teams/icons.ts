import { crc32, deflateSync } from "node:zlib";

/** The app's icons, drawn here: an envelope with a tick, in colour (192 px) and as a white outline (32 px). */

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];
type Point = readonly [x: number, y: number];

const BLUE: Pixel = [31, 78, 121, 255];
const WHITE: Pixel = [255, 255, 255, 255];
const NOTHING: Pixel = [255, 255, 255, 0];

/** White envelope on a blue tile. */
export function colorIcon(): Buffer {
  return png(192, ([x, y]) => {
    if (onLine([x, y], TICK, 0.035)) return BLUE;
    const flap = onLine([x, y], FLAP, 0.02);
    return inEnvelope([x, y], 0) && !flap ? WHITE : BLUE;
  });
}

/** White lines on nothing, as Teams wants its outline icons. */
export function outlineIcon(): Buffer {
  return png(32, (point) => {
    const border = inEnvelope(point, 0.03) && !inEnvelope(point, -0.035);
    return border || onLine(point, FLAP, 0.035) || onLine(point, TICK, 0.035) ? WHITE : NOTHING;
  });
}

// Coordinates run from 0 to 1, to the right and down.
const [LEFT, TOP, RIGHT, BOTTOM] = [0.18, 0.27, 0.82, 0.73];
const FLAP: readonly Point[] = [
  [LEFT, TOP + 0.02],
  [0.5, 0.5],
  [RIGHT, TOP + 0.02],
];
const TICK: readonly Point[] = [
  [0.57, 0.615],
  [0.63, 0.67],
  [0.74, 0.55],
];

function inEnvelope([x, y]: Point, grown: number): boolean {
  return x > LEFT - grown && x < RIGHT + grown && y > TOP - grown && y < BOTTOM + grown;
}

/** Whether a point lies within `width` of a line through these points. */
function onLine(point: Point, line: readonly Point[], width: number): boolean {
  return line.slice(1).some((end, index) => {
    const start = line[index];
    return start !== undefined && distance(point, start, end) < width;
  });
}

function distance([x, y]: Point, [x1, y1]: Point, [x2, y2]: Point): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}

/** Points within a pixel that are looked at, in each direction, for smooth edges. */
const SAMPLES = 4;

/** A PNG of 8-bit RGBA (RFC 2083). */
function png(size: number, colorAt: (point: Point) => Pixel): Buffer {
  const rows = Array.from({ length: size }, (_, y) => {
    const pixels = Array.from({ length: size }, (_, x) => average(samples(x, y, size).map(colorAt)));
    // Each row starts with its filter: none.
    return Buffer.from([0, ...pixels.flat()]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function samples(x: number, y: number, size: number): Point[] {
  return Array.from({ length: SAMPLES * SAMPLES }, (_, index): Point => {
    const [dx, dy] = [index % SAMPLES, Math.floor(index / SAMPLES)];
    return [(x + (dx + 0.5) / SAMPLES) / size, (y + (dy + 0.5) / SAMPLES) / size];
  });
}

function average(pixels: readonly Pixel[]): number[] {
  return [0, 1, 2, 3].map((channel) => {
    const sum = pixels.reduce((total, pixel) => total + (pixel[channel] ?? 0), 0);
    return Math.round(sum / pixels.length);
  });
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
