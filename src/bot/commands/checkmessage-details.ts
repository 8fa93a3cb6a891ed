/** The evidence behind a message's verdict, folded: its trail, what receivers claim, and how it was checked. */
import { type Claim, type Hop, inWords, type MessageReport, slowestHop } from "../../message/index.ts";
import { code, type Inline, type Section, say, strong } from "../answer.ts";

const MAX_HOPS = 20;
const MAX_CLAIMS = 25;

export function messageDetails(report: MessageReport): Section[] {
  return [...claimsSection(report), ...trailSection(report), ...smallThings(report), checkedSection(report)];
}

function claimsSection({ claims, form }: MessageReport): Section[] {
  if (claims.length === 0) return [];
  const intro = say`Written into the message by the named servers. These are ${strong("their claims")}: nobody can check them afterwards, and anybody can write such a line below the receiver's own.`;
  const items = claims.slice(0, MAX_CLAIMS).map(claimItem);
  const more = claims.length - items.length;
  if (more > 0) items.push(say`and ${more} more`);
  const sections: Section[] = [
    { kind: "text", text: intro },
    { kind: "list", items },
  ];
  const title = "What the receivers say";
  // Where only header fields are given, this is what there is to go by.
  return form === "headers" || form === "msg"
    ? [{ kind: "heading", text: title }, ...sections]
    : [{ kind: "details", title, sections }];
}

function claimItem({ host, method, result, domain, field, meaning }: Claim): Inline[] {
  const whose = host ?? "a server that does not name itself";
  const about = domain === null ? "" : ` for ${domain}`;
  return say`${whose} says ${code(`${method}=${result}`)}${about}${meaning === null ? "" : ` (${meaning})`}, in ${field}`;
}

function trailSection({ trail }: MessageReport): Section[] {
  if (trail.length === 0) return [];
  const slowest = slowestHop(trail);
  const first = trail.find(({ at }) => at !== null)?.at;
  const last = trail.findLast(({ at }) => at !== null)?.at;
  const total = first && last ? Math.round((Date.parse(last) - Date.parse(first)) / 1000) : null;
  const whole = total === null || total < 0 ? "" : ` It took ${inWords(total)} in all.`;
  const slow = slowest
    ? ` Longest: ${inWords(slowest.delaySeconds ?? 0)} to ${slowest.by ?? "a server"}.`
    : "";
  return [
    {
      kind: "details",
      title: `The way it took (${trail.length} ${trail.length === 1 ? "server" : "servers"})`,
      sections: [
        {
          kind: "text",
          text: say`The oldest first. Lines before the receiver's own can be made up.${whole}${slow}`,
        },
        { kind: "list", ordered: true, items: trail.slice(0, MAX_HOPS).map(hopItem) },
      ],
    },
  ];
}

function hopItem(hop: Hop): Inline[] {
  const { from, address, by, at, delaySeconds, tls } = hop;
  const client = [from ?? "?", address === null || address === from ? "" : `[${address}]`]
    .filter(Boolean)
    .join(" ");
  const when = at === null ? "" : `, ${at.replace("T", " ").replace(".000Z", " UTC")}`;
  const encrypted = tls === null ? "" : tls ? ", encrypted" : ", not encrypted";
  return say`${client} → ${by ?? "?"}${when}${delayWords(delaySeconds)}${encrypted}`;
}

function delayWords(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 0 ? ` (clock ${-seconds} s behind the one before)` : ` (+${inWords(seconds)})`;
}

/** Usual oddities, which are told to whoever looks for them. */
function smallThings({ findings }: MessageReport): Section[] {
  const advice = findings.filter(({ severity }) => severity === "advice");
  if (advice.length === 0) return [];
  return [
    {
      kind: "details",
      title: "Also noticed",
      sections: [{ kind: "list", items: advice.map(({ evidence, why }) => say`${evidence}: ${why}`) }],
    },
  ];
}

function checkedSection({ spf, dmarc, form, subject }: MessageReport): Section {
  const client =
    spf.client === null
      ? "not known"
      : `${spf.client.address}${spf.client.helo ? ` (${spf.client.helo})` : ""}, ${spf.client.from === "given" ? "as given" : "from the receiver's Received line"}`;
  const read = {
    message: "the whole message",
    pasted: "pasted header fields and text",
    headers: "header fields only",
    msg: "the header fields of an Outlook file",
    cut: "the first 10 MiB of the message",
  }[form];
  const facts: [string, string | null][] = [
    ["Read", read],
    ["Subject", subject],
    ["Sending server", client],
    ["SPF was asked for", spf.domain],
    ["DMARC record", dmarc.record],
    ["Found at", dmarc.policyDomain === null ? null : `_dmarc.${dmarc.policyDomain}`],
    ["Alignment", dmarc.record === null ? null : `SPF ${dmarc.alignment.spf}, DKIM ${dmarc.alignment.dkim}`],
  ];
  const rows = facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value: say`${value}` }]));
  return { kind: "details", title: "How it was checked", sections: [{ kind: "facts", rows }] };
}
