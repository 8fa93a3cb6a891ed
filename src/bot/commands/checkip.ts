/**
 * `checkip`: is an address, host or domain on a blocklist? Report: {@link BlocklistReport}. The outcome is a problem when
 * something is listed.
 */
import {
  type Blocklists,
  checkBlocklists,
  findBlocklist,
  readQuestionName,
  readTarget,
  summarize,
  type Target,
  toReport,
  type Zone,
  type ZoneFinding,
} from "../../blocklist/index.ts";
import { parseDomain } from "../../domain/index.ts";
import type { Step } from "../answer.ts";
import { UsageError } from "../errors.ts";
import { checkipAnswer } from "./checkip-answer.ts";
import type { RunCommand } from "./command.ts";

const EXAMPLE = "checkip mail.example.org";

export const checkip: RunCommand = async ({ request, services, signal, progress }) => {
  const blocklists = await services.blocklists();
  const { target, only } = readQuestion(request.text, blocklists);
  const check = await checkBlocklists(target, {
    blocklists,
    signal,
    ...(only && { only: [only] }),
    onVerdict: (sofar, asked) => progress(stepsOf(sofar, asked)),
  });
  return {
    answer: checkipAnswer(check, blocklists),
    report: toReport(check),
    outcome: summarize(check.findings).listed > 0 ? "problem" : "answered",
  };
};

/** A target, then perhaps the one list that is to be asked; a list's name may be of several words. A log has both in one name. */
function readQuestion(text: string, blocklists: Blocklists): { target: Target; only: Zone | null } {
  const named = findBlocklist(text.trim(), blocklists.zones);
  if (named) return { target: { kind: "list", text: text.trim(), zone: named }, only: null };
  const asked = readQuestionName(text.trim(), blocklists.zones);
  const [first = "", ...rest] = asked ? [asked.address, asked.zone.zone] : text.trim().split(/\s+/);
  const target = readTarget(first, blocklists.zones);
  if ("problem" in target) throw new UsageError("not-a-target", target.problem, EXAMPLE);
  if (target.kind === "domain") refuseLocalName(first);
  if (rest.length === 0 || target.kind === "list") return { target, only: null };
  const only = findBlocklist(rest.join(" "), blocklists.zones);
  if (!only) {
    const problem = `After the address or name may stand one blocklist, and I know none called "${rest.join(" ").slice(0, 60)}".`;
    throw new UsageError("unknown-list", problem, "checkip mail.example.org zen.spamhaus.org");
  }
  return askable(target, only, blocklists)
    ? { target, only: blocklists.zones.find(({ zone }) => zone === only.partOf) ?? only }
    : { target: { kind: "list", text: rest.join(" "), zone: only }, only: null };
}

/** Names of a private network are nobody's business outside of it. */
function refuseLocalName(name: string): void {
  const parsed = parseDomain(name);
  if (parsed.problem !== undefined) throw new UsageError(parsed.code, parsed.problem, EXAMPLE);
}

/** Whether the list, or the one that contains it, is asked about such a target; a closed one is only told about. */
function askable(target: Exclude<Target, { kind: "list" }>, list: Zone, blocklists: Blocklists): boolean {
  const kinds = target.kind === "domain" ? (["ip4", "ip6", "domain"] as const) : ([target.kind] as const);
  const asked = kinds.flatMap((kind) => blocklists.zonesFor(kind));
  return asked.some(({ zone }) => zone === list.zone || zone === list.partOf);
}

function stepsOf(sofar: readonly ZoneFinding[], asked: number): Step[] {
  const { listed } = summarize(sofar);
  const found = listed > 0 ? `, listed on ${listed}` : "";
  return [
    {
      id: "lists",
      label: `${sofar.length} of ${asked} blocklists${found}`,
      state: sofar.length < asked ? "running" : "done",
    },
  ];
}
