import { StoreUnavailable, type WatchPlace } from "../../store/index.ts";
import { readBrief } from "../../watch/index.ts";
import type { Place, Request } from "../request.ts";
import type { Watching } from "../watching.ts";
import type { CommandContext, CommandResult, RunCommand } from "./command.ts";
import {
  addedAnswer,
  listAnswer,
  nowhereAnswer,
  stoppedAllAnswer,
  stoppedAnswer,
  storeAwayAnswer,
  weeklyAnswer,
} from "./watch-answer.ts";
import { readWatchArguments, type WatchArguments } from "./watch-arguments.ts";

/**
 * `watch`: tells a conversation when a domain or an address changes.
 *
 * Report: `{"watch": {"action", "result", …}}`:
 * - `watch`: `target`, `every`; result `added`, `changed` (how often), `same`, `conversation-full`, `tenant-full` or `unreachable`
 * - `stop`: `target`; result `stopped` or `not-watched`
 * - `stop-all`: `stopped`, the number of watches that ended
 * - `list`: `weekly` and `watches`, each `{"target", "kind", "every", "checkedAt", "unknownSince", "nextCheckAt", "state"}` with
 *   times in ISO 8601 or null, and as `state` what the last check saw or null
 * - `weekly`: `weekly`
 *
 * Where nobody could be told later, and while the store is away, the result is `unavailable`.
 */
export const watch: RunCommand = async (context) => {
  const { request, services } = context;
  const asked = readWatchArguments(request.text, await zonesOf(context));
  const watching = services.watching?.();
  const place = placeOf(request.place);
  if (!watching || !place || request.wayBack === undefined) {
    return refused(asked, nowhereAnswer(asked), "unavailable");
  }
  try {
    return await run(asked, { watching, place, request });
  } catch (error) {
    if (error instanceof StoreUnavailable) return refused(asked, storeAwayAnswer(), "unavailable");
    throw error;
  }
};

/** Broken knowledge is told by `checkip`; here it only means that no list is known by its name. */
async function zonesOf({ services }: CommandContext) {
  const blocklists = await services.blocklists().catch(() => null);
  return blocklists?.zones ?? [];
}

function placeOf({ platform, tenant, conversation }: Place): WatchPlace | null {
  return platform === "slack" || platform === "teams" ? { platform, tenant, conversation } : null;
}

interface Surroundings {
  watching: Watching;
  place: WatchPlace;
  request: Request;
}

function run(asked: WatchArguments, surroundings: Surroundings): Promise<CommandResult> {
  switch (asked.action) {
    case "watch":
      return add(asked, surroundings);
    case "stop":
      return stop(asked, surroundings);
    case "stop-all":
      return stopAll(surroundings);
    case "list":
      return list(surroundings);
    case "weekly":
      return weekly(asked.on, surroundings);
  }
}

async function add(
  { target, every }: Extract<WatchArguments, { action: "watch" }>,
  { watching, place, request }: Surroundings,
): Promise<CommandResult> {
  const { wayBack, asker } = request;
  const added = await watching.add({ place, wayBack, target, every, askedBy: asker.id });
  const isWatched = added.kind === "added" || added.kind === "changed" || added.kind === "same";
  return {
    answer: addedAnswer(target, added),
    report: {
      watch: {
        action: "watch",
        target: target.name,
        every: isWatched ? added.every : null,
        result: added.kind,
      },
    },
    outcome: isWatched ? "answered" : "nothing",
  };
}

async function stop(
  { target }: Extract<WatchArguments, { action: "stop" }>,
  { watching, place }: Surroundings,
): Promise<CommandResult> {
  const wasWatched = await watching.remove(place, target);
  return {
    answer: stoppedAnswer(target, wasWatched),
    report: {
      watch: { action: "stop", target: target.name, result: wasWatched ? "stopped" : "not-watched" },
    },
    outcome: wasWatched ? "answered" : "nothing",
  };
}

async function stopAll({ watching, place }: Surroundings): Promise<CommandResult> {
  const stopped = await watching.removeAll(place);
  return {
    answer: stoppedAllAnswer(stopped),
    report: { watch: { action: "stop-all", stopped } },
    outcome: stopped > 0 ? "answered" : "nothing",
  };
}

async function list({ watching, place }: Surroundings): Promise<CommandResult> {
  const [watches, isWeekly] = await Promise.all([watching.list(place), watching.weekly(place)]);
  return {
    answer: listAnswer(watches, isWeekly),
    report: {
      watch: {
        action: "list",
        weekly: isWeekly,
        watches: watches.map(({ watch: { target, every }, state }) => ({
          target: target.name,
          kind: target.kind,
          every,
          checkedAt: isoTime(readBrief(state.known)?.at ?? null),
          unknownSince: isoTime(state.unknownSince),
          nextCheckAt: isoTime(state.nextCheckAt),
          state: readBrief(state.known)?.brief ?? null,
        })),
      },
    },
    outcome: watches.length > 0 ? "answered" : "nothing",
  };
}

async function weekly(on: boolean, { watching, place }: Surroundings): Promise<CommandResult> {
  await watching.setWeekly(place, on);
  return {
    answer: weeklyAnswer(on),
    report: { watch: { action: "weekly", weekly: on } },
    outcome: "answered",
  };
}

function refused({ action }: WatchArguments, answer: CommandResult["answer"], result: string): CommandResult {
  return { answer, report: { watch: { action, result } }, outcome: "nothing" };
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
