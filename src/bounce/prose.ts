/**
 * Recipients and replies in a notification's own words: which of the named addresses failed, and what the server said
 * about each. Templates tell the words before the addresses; the rest is grammar that all products share.
 */
import { type FoundAddress, findAddresses, isSystemAddress, sameAddress } from "./addresses.ts";
import { loadTemplates } from "./data.ts";
import type { FlatText } from "./flat-text.ts";
import { compilePhrase, type Phrase } from "./phrases.ts";
import { findReplies, type Reply } from "./replies.ts";

export interface ProseRecipient {
  address: string;
  /** What the notification says about it, up to the next recipient. */
  segment: string;
  /** What the server said, where a reply was found. */
  reply: Reply | null;
  position: number;
}

export interface TemplateMatch {
  readonly product: string;
  readonly kind: "bounce" | "delay";
  readonly position: number;
}

interface Template {
  product: string;
  kind: "bounce" | "delay";
  marks: Phrase[];
  recipients: Phrase[];
  diagnostics: Phrase[];
}

let compiled: Template[] | undefined;

function templates(): Template[] {
  compiled ??= loadTemplates().templates.map((template) => ({
    product: template.product,
    kind: template.kind,
    marks: template.marks.map(compilePhrase),
    recipients: template.recipients.map(compilePhrase),
    diagnostics: template.diagnostics.map(compilePhrase),
  }));
  return compiled;
}

/** The templates whose marks the text holds, the earliest first. */
export function matchTemplates(flat: FlatText): TemplateMatch[] {
  const found: TemplateMatch[] = [];
  for (const { product, kind, marks } of templates()) {
    for (const mark of marks) {
      const hit = mark.find(flat.folded);
      if (!hit) continue;
      found.push({ product, kind, position: hit.start });
      break;
    }
  }
  return found.sort((a, b) => a.position - b.position);
}

/** Words right before an address that is not a failed recipient's. */
const NOT_RECIPIENT =
  /(?:\bfrom|\bsender|\bby|return-path|reply-to|\bcontact|\bcc|expanded from|generated from|copy to|mail to|send (?:a )?mail to|help(?: from)?|questions? to|report (?:it |this )?to|forward \S+ \S+ \S+ to|e-?mail us at|envelope-from|message-id|references|in-reply-to|\bid|please contact|\bvisit|addressed from|sent by)[\s:;=<"'([]*$/i;
const RECIPIENT =
  /(?:rcpt to|recipients?|delivered to|deliver(?:ing)?(?: (?:your|the|a))?(?: \w+)? to|delivery to|deliver message to|message to|mail to|mail you sent to|sent to|addressed to|addresse?e?s?(?: failed)?|undeliverable to|reach|for user|\bto|user|mailbox|account|a|à|an|til)[\s:;=<"'([*]*$/i;

/**
 * @param hint addresses that are known to be the sender's, never recipients
 */
export function findProseRecipients(flat: FlatText, hint: { senders: readonly string[] }): ProseRecipient[] {
  const addresses = findAddresses(flat.text).filter(
    ({ address }) => !/^\d+@|@localhost$/.test(address) || true,
  );
  if (addresses.length === 0) return [];
  const isSender = (address: string) => hint.senders.some((sender) => sameAddress(sender, address));
  const ranked = addresses.map((found) => ({ found, rank: rankOf(found, flat) }));
  for (const index of afterCues(flat, addresses)) {
    const one = ranked[index];
    if (one && one.rank >= 0) one.rank = Math.max(one.rank, 4);
  }
  const usable = ranked.filter(
    ({ found, rank }) =>
      rank > 0 && !(rank < 4 && isSystemAddress(found.address)) && !(rank < 4 && isSender(found.address)),
  );
  const best = Math.max(0, ...usable.map(({ rank }) => rank));
  let chosen = usable.filter(({ rank }) => rank >= Math.min(best, 3));
  if (best < 3) chosen = usable.filter(({ rank }) => rank === best);
  const distinct: FoundAddress[] = [];
  for (const { found } of chosen)
    if (!distinct.some((other) => sameAddress(other.address, found.address))) distinct.push(found);
  if (best <= 1 && distinct.length > 1) return [];
  const replies = findReplies(flat.text);
  return distinct.slice(0, 200).map((found, index) => {
    const end = distinct[index + 1]?.start ?? flat.text.length;
    const segment = flat.text.slice(found.start, end);
    return {
      address: found.address,
      segment: segment.slice(0, 4000),
      reply: replyFor(found.address, found.start, end, replies, distinct.length === 1),
      position: found.start,
    };
  });
}

/** 4: after a template's words; 3: alone at a line's start; 2: words that mean a recipient; 1: named; -1: somebody else's. */
function rankOf(found: FoundAddress, flat: FlatText): number {
  const before = flat.text.slice(Math.max(0, found.start - 48), found.start);
  const after = flat.text.slice(found.end, found.end + 40);
  if (NOT_RECIPIENT.test(before) && !/rcpt to:?\s*<?$/i.test(before)) return -1;
  if (/^\s?(?:wrote|schrieb|a écrit)/i.test(after) || /^[>:.\s]{0,5}sender/i.test(after)) return -1;
  const bullet = /(?:^|\s)[-*•·>|]{0,3}\s?(?:\(?\d{1,2}[.)]\s)?<?$/.exec(before)?.[0] ?? "";
  const lineStart =
    flat.startsLine(found.start) ||
    flat.startsLine(found.start - bullet.trimStart().length) ||
    found.start === 0;
  if (lineStart && /^\s?(?::|$|\(|\.\.\.|<|on\b|-\s|\[)/.test(after)) return 3;
  if (lineStart && flat.startsLine(found.end + 1)) return 3;
  if (found.bracketed && /^\s?:\s/.test(after) && /(?:^|\s|\))$/.test(before)) return 3;
  if (RECIPIENT.test(before)) return 2;
  if (
    /^(?:\s?\.\.\.|>?:? (?:recipient|user|address|mailbox|unknown|no such|does not|is not|not|invalid))/i.test(
      after,
    )
  )
    return 2;
  return lineStart ? 2 : 1;
}

/** The addresses that stand in a block after a template's words, by index. */
function afterCues(flat: FlatText, addresses: FoundAddress[]): number[] {
  const chosen: number[] = [];
  for (const { recipients } of templates()) {
    for (const cue of recipients) {
      for (
        let hit = cue.find(flat.folded), times = 0;
        hit && times < 20;
        hit = cue.find(flat.folded, hit.end), times += 1
      ) {
        let at = hit.end;
        let first = true;
        for (
          let index = addresses.findIndex(({ start }) => start >= at - 1);
          index >= 0 && index < addresses.length;
          index += 1
        ) {
          const found = addresses[index] as FoundAddress;
          const gap = flat.text.slice(at, found.start);
          if (
            first
              ? gap.length > 140 || /[.!?] [A-Z]/.test(gap)
              : !/^[\s,;<>()[\]*•·|"'-]*(?:(?:and|und|et|y|e|or) )?$/.test(gap) &&
                !(gap.length < 120 && flat.startsLine(found.start) && !/[.!?] [A-Z]/.test(gap))
          )
            break;
          if (NOT_RECIPIENT.test(gap)) break;
          chosen.push(index);
          at = found.end;
          first = false;
        }
      }
    }
  }
  return chosen;
}

/** The reply that belongs to a recipient: one that names it, one in its segment, or the only one there is. */
function replyFor(
  address: string,
  start: number,
  end: number,
  replies: readonly Reply[],
  only: boolean,
): Reply | null {
  const wanted = address.toLowerCase();
  const naming = replies.filter((reply) => reply.text.toLowerCase().includes(wanted));
  const inside = replies.filter((reply) => reply.start >= start && reply.start < end);
  return best(inside) ?? best(naming) ?? (only ? best(replies) : null);
}

/** Follow-up replies ("503 Need RCPT", a local "554 Service unavailable") tell less than the refusal itself. */
export function best(replies: readonly Reply[]): Reply | null {
  const weight = (reply: Reply) =>
    (reply.enhancedStatusCode ? 2 : 0) +
    (reply.enhancedStatusCode && !/\.0\.0$/.test(reply.enhancedStatusCode) ? 2 : 0) +
    (/^50[0-4]/.test(reply.replyCode ?? "") ? -3 : 0) +
    (/^(?:service unavailable|need rcpt|error: (?:need|no valid))/i.test(reply.text) ? -4 : 0);
  let chosen: Reply | null = null;
  for (const reply of replies) if (!chosen || weight(reply) > weight(chosen)) chosen = reply;
  return chosen;
}
