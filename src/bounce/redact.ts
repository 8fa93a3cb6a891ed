import { findAddresses } from "./addresses.ts";

/** The text with the local part of every mail address masked: `anna.meier@example.org` → `a***@example.org`. */
export function redactLocalParts(text: string): string {
  let masked = "";
  let at = 0;
  for (const { address, start, end, bracketed } of findAddresses(text)) {
    const from = bracketed ? start + 1 : start;
    const domain = address.lastIndexOf("@");
    masked += `${text.slice(at, from)}${address.slice(0, 1)}***${address.slice(domain)}${bracketed && text[end - 1] === ">" ? ">" : ""}`;
    at = end;
  }
  return masked + text.slice(at);
}
