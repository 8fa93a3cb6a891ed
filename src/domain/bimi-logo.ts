import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import { MAX_BODY_BYTES } from "./fetch.ts";

export interface BimiLogo {
  readonly bytes: number;
  /** What keeps receivers from showing it, in plain words. */
  readonly faults: readonly string[];
}

/** SVG Tiny PS (draft-svg-tiny-ps-abrotman §2): what may not be in a logo, and where mailauth does not look for it. */
const FORBIDDEN: readonly [RegExp, string][] = [
  [/\s(?:xlink:)?href\s*=\s*["'](?!#)/i, "it refers to something outside the file (href)"],
  [/url\((?!\s{0,20}["']?\s{0,20}#)/i, "it refers to something outside the file (url)"],
  [/\son[a-z]{3,20}\s*=\s*["']/i, "it holds an event handler"],
  [/<image[\s/>]/i, "it holds a raster image"],
  [/<foreignObject[\s/>]/i, "it holds a foreignObject element"],
];

/** mailauth's codes in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  INVALID_XML_FILE: "it is not XML",
  INVALID_SVG_FILE: "its root is not an svg element",
  INVALID_BASE_PROFILE: 'its baseProfile is not "tiny-ps"',
  LOGO_MISSING_TITLE: "it has no title",
  LOGO_INVALID_ROOT_ATTRS: "its svg element has an x or y attribute",
  LOGO_INCLUDES_REFERENCE: "it refers to something outside the file",
  LOGO_INVALID_ELEMENT: "it holds a script or an animation",
};

/**
 * Looks at a logo as receivers do: SVG Tiny PS, as far as mailauth checks it, and some rules besides. Document types are refused
 * before anything is parsed, so no entity is ever expanded.
 */
export function readLogo(body: Uint8Array): BimiLogo {
  const text = decompressed(body);
  if (text === null) return { bytes: body.length, faults: ["it is compressed, and cannot be read"] };
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) {
    return { bytes: body.length, faults: ["it has a document type (DOCTYPE), which is not allowed"] };
  }
  const refusal = refusalByMailauth(text);
  const own = [
    ...(/\bversion\s*=\s*["']1\.2["']/.test(rootTag(text)) ? [] : ['its version is not "1.2"']),
    ...(/<\/svg\s*>\s*(?:<!--[^<]*-->\s*)?$/.test(text.slice(-2000))
      ? []
      : ["it does not end with the svg element"]),
    ...FORBIDDEN.filter(([sign]) => sign.test(text)).map(([, fault]) => fault),
  ];
  // of a file that is no logo at all, the rest need not be told
  const isNoLogo = refusal === REFUSALS.INVALID_XML_FILE || refusal === REFUSALS.INVALID_SVG_FILE;
  if (refusal !== null && isNoLogo) return { bytes: body.length, faults: [refusal] };
  return { bytes: body.length, faults: refusal === null ? own : [refusal, ...own] };
}

/** SVG or, by its first bytes, SVGZ; null when it cannot be unpacked within the limit. */
function decompressed(body: Uint8Array): string | null {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  try {
    const svg = isGzip ? gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES }) : Buffer.from(body);
    return svg.toString("utf8");
  } catch {
    return null;
  }
}

function rootTag(text: string): string {
  const start = text.indexOf("<svg");
  return start < 0 ? "" : text.slice(start, text.indexOf(">", start) + 1).slice(0, 4000);
}

function refusalByMailauth(text: string): string | null {
  // declared by no types of mailauth, which names the whole package only; loaded when a domain has a logo
  const { validateSvg }: { validateSvg(logo: Buffer): true } = createRequire(import.meta.url)(
    "mailauth/lib/bimi/validate-svg",
  );
  try {
    validateSvg(Buffer.from(text));
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return REFUSALS[code] ?? "it cannot be read";
  }
}
