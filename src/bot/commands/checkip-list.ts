/** Tells about a blocklist that was asked for by its name: whether it lives, what it means, how to get off. */
import type { Blocklists, Zone } from "../../blocklist/index.ts";
import { type Answer, code, type Inline, type Section, say, strong } from "../answer.ts";

export function explainList(zone: Zone, { zones, sources }: Blocklists): Answer {
  return {
    ...verdictOf(zone),
    sections: [
      ...(zone.note ? [text(say`${zone.note}`)] : []),
      ...instead(zone, zones),
      ...(isAlive(zone) ? describe(zone) : []),
    ],
    followUps: [
      ...(isAlive(zone) && zone.removal?.page?.startsWith("https:")
        ? [{ label: `Removal from ${zone.name}`, href: zone.removal.page }]
        : []),
      { label: "What blocklists are", command: "mailguide", text: "dnsbl" },
      { label: "How to get off a list", command: "mailguide", text: "blocklist-removal" },
    ],
    sources: zone.sources
      .flatMap((id) => {
        const source = sources.get(id);
        return source ? [{ text: source.title, ...(source.href && { href: source.href }) }] : [];
      })
      .slice(0, 5),
  };
}

function isAlive({ status, fraud }: Zone): boolean {
  return (status === "active" || status === "keyed") && !fraud;
}

function verdictOf(zone: Zone): Pick<Answer, "title" | "status" | "summary"> {
  const { name, status, closedSince, fraud, needs } = zone;
  if (fraud) {
    const summary = say`${strong("Do not pay.")} No list with this name is worth anything, and Postie never asks it.`;
    return { title: `${name} is a fraud`, status: "warning", summary };
  }
  if (status === "closed") {
    const since = closedSince ? ` on ${closedSince}` : "";
    return {
      title: `${name} ended${closedSince && closedSince.length < 10 ? ` in ${closedSince}` : since}`,
      status: "info",
      summary: say`Nobody can be listed there any more. ${strong("Whoever still asks it")} (the receiver's mail administrator, or an old checking tool) must take it out: what a dead list answers means nothing.`,
    };
  }
  // the literal <key> is hard to type
  const typed = zone.zone.includes("<") ? name : zone.zone;
  const summary = say`Give an address or a name with it: ${code(`checkip mail.example.org ${typed}`)}.`;
  const wants = needs ? say` It wants ${needs}.` : [];
  return { title: `${name}: ${whatItIs(zone)}`, status: "info", summary: summary.concat(wants) };
}

function whatItIs({ role, lists, operator }: Zone): string {
  const what = lists.includes("domain") ? (lists.length > 1 ? "addresses and names" : "names") : "addresses";
  const kind = { block: "a blocklist", allow: "an allow list", info: "a list of facts" }[role];
  return `${kind} of ${what}, run by ${operator}`;
}

function describe(zone: Zone): Section[] {
  const { how, takes, page } = zone.removal ?? {};
  const rows = [
    ...(zone.effect ? [{ label: "Weight", value: say`${zone.effect}` }] : []),
    ...(how ? [{ label: "Getting off", value: say`${how}` }] : []),
    ...(page && !page.startsWith("https:") ? [{ label: "Page", value: [code(page)] }] : []),
    ...(takes ? [{ label: "Takes", value: say`${takes}` }] : []),
  ];
  const codes = zone.codes.map(({ match, part, meaning }) => [
    [code(match)],
    say`${part ? `${part}: ` : ""}${meaning}`,
  ]);
  return [
    ...(rows.length > 0 ? [{ kind: "facts" as const, rows }] : []),
    ...(codes.length > 0
      ? [{ kind: "details" as const, title: "What its answers mean", sections: [table(codes)] }]
      : []),
  ];
}

function table(rows: Inline[][][]): Section {
  return { kind: "table", header: ["answer", "meaning"], rows };
}

/** The list that is asked in its place, or that has its data now. */
function instead({ partOf, aliasOf, replacedBy }: Zone, zones: readonly Zone[]): Section[] {
  const whole = zones.find(({ zone }) => zone === (partOf ?? aliasOf));
  const heir = zones.find(({ zone }) => zone === replacedBy);
  return [
    ...(whole
      ? [text(say`Postie asks ${whole.name} (${code(whole.zone)}) instead, which has its data.`)]
      : []),
    ...(heir ? [text(say`Its data went to ${heir.name} (${code(heir.zone)}).`)] : []),
  ];
}

function text(inlines: Inline[]): Section {
  return { kind: "text", text: inlines };
}
