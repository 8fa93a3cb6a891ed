/** Whether a text that nobody handed over, such as a channel's message, is a bounce: sparing, and cheap. */
import { findAddresses } from "./addresses.ts";
import { cleanText, unwrapChat } from "./clean-text.ts";
import { readDsnFields } from "./dsn.ts";
import { flatten } from "./flat-text.ts";
import { matchTemplates } from "./prose.ts";
import { findReplies } from "./replies.ts";

/** Words without which no text is a bounce: most messages are done with here. */
const HINT = /@|\b[45]\d\d\b|-recipient|diagnostic|undeliver/i;

/** True when the text holds what only a delivery notification, a mail log or a server's refusal holds. */
export function recognisesBounce(text: string): boolean {
  if (!HINT.test(text)) return false;
  const clean = unwrapChat(cleanText(text.slice(0, 100_000)));
  const dsn = readDsnFields(clean);
  if (
    dsn?.recipients.some(
      (one) => (one.finalRecipient || one.originalRecipient) && (one.status || one.action || one.diagnostic),
    )
  )
    return true;
  const flat = flatten(clean);
  const named = findAddresses(flat.text).length > 0;
  const replies = findReplies(flat.text).filter((reply) => reply.replyCode && reply.enhancedStatusCode);
  if (matchTemplates(flat).length > 0 && (named || replies.length > 0)) return true;
  return replies.length > 0 && flat.startsLine(replies[0]?.start ?? -1) && named;
}
