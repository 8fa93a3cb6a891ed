/** What to ask next about a bounce. */
import type { BounceReport } from "../../bounce/index.ts";
import type { Knowledge } from "../../knowledge/index.ts";
import type { FollowUp } from "../answer.ts";
import type { CauseGroup } from "./bounce-cause.ts";
import { findCommand } from "./index.ts";

const MAX_FOLLOW_UPS = 5;

export function followUpsOf(
  { recipients: [one], match, category }: CauseGroup,
  report: BounceReport,
  knowledge: Knowledge,
): FollowUp[] {
  const found: FollowUp[] = [];
  if (!one) return found;
  const senders = domainOf(report.original?.returnPath) ?? domainOf(report.original?.from);
  if (one.category === "authentication" && senders)
    found.push({ label: `Check ${senders}`, command: "checkdomain", text: senders });
  const sending = report.named.ipAddresses[0] ?? report.original?.sendingAddress;
  if (one.category === "reputation" && sending && findCommand("checkip"))
    found.push({ label: `Check ${sending}`, command: "checkip", text: sending });
  const codes = [one.replyCode, one.status].filter((code) => code !== null).join(" ");
  if (codes)
    found.push({
      label: `Explain ${codes}`,
      command: "smtp",
      text: one.provider ? `${codes} @${one.provider}` : codes,
    });
  const recipients = domainOf(one.address);
  if (recipients) found.push({ label: `Check ${recipients}`, command: "checkdomain", text: recipients });
  const guide = (match?.entry.guides ?? (category ? knowledge.category(category)?.guides : undefined) ?? [])
    .map((key) => knowledge.entry(`guide:${key}`))
    .find((entry) => entry !== null);
  if (guide?.kind === "guide")
    found.push({ label: `Read: ${guide.title}`, command: "mailguide", text: guide.key });
  return found.slice(0, MAX_FOLLOW_UPS);
}

function domainOf(text: string | null | undefined): string | null {
  const domain = /@([\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+)/u.exec(text ?? "")?.[1];
  return domain && /\.[\p{L}][\p{L}\p{N}-]+$/u.test(domain) ? domain.toLowerCase() : null;
}
