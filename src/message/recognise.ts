/** Fields that only a message's own header section has; of talk about mail at most one or two stand at a line's start. */
const FIELDS =
  /^[ \t>]{0,4}(received|return-path|from|to|subject|date|message-id|dkim-signature|authentication-results|arc-seal|received-spf|mime-version|delivered-to|x-[a-z0-9-]{2,60}):/gim;

const MAX_LOOKED_AT = 200_000;

/** Whether a text is pasted full headers: several fields, Received and From among them. */
export function looksLikeHeaders(text: string): boolean {
  const names = new Set<string>();
  for (const [, name = ""] of text.slice(0, MAX_LOOKED_AT).matchAll(FIELDS)) names.add(name.toLowerCase());
  return names.has("from") && names.has("received") && names.size >= 4;
}
