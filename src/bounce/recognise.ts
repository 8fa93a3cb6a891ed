/** Whether a text that nobody handed over, such as a channel's message, is a bounce: sparing, and cheap for all other text. */
import { gather } from "./gather.ts";
import { kindOf, signs } from "./kind.ts";
import { examine } from "./read.ts";
import { loadRules } from "./rules.ts";

/** Without one of these no text is a bounce: most messages are done with here. */
const HINT = /@|\b[45]\d\d\b|-recipient\b|diagnostic/i;
const MAX_OVERHEARD = 100_000;
/** One sign more than a text needs that somebody asked about. */
const SIGNS_WANTED = 4;

/** True when the text holds what only a delivery notification, a mail log or a server's refusal holds. */
export async function recognisesBounce(text: string): Promise<boolean> {
  if (text.length < 20 || !HINT.test(text)) return false;
  const rules = await loadRules();
  const material = await gather(rules, text.slice(0, MAX_OVERHEARD));
  const findings = examine(rules, material);
  const kind = kindOf(material, findings);
  if (kind !== "bounce" && kind !== "delay") return false;
  const recipient = findings.prose.length > 0 || findings.session.length > 0 || findings.log.length > 0;
  if (
    material.event ||
    material.dsn?.recipients.some(
      (one) => (one.finalRecipient || one.originalRecipient) && (one.status || one.action || one.diagnostic),
    )
  )
    return true;
  return findings.log.length > 0 || (recipient && signs(findings) >= SIGNS_WANTED);
}
