import type { TargetState, Watch } from "../../store/index.ts";
import { isLost, readBrief } from "../../watch/index.ts";
import { type Answer, code, type Inline, say, strong } from "../answer.ts";
import { cleanAnswer } from "../clean.ts";

const WEEK_MS = 7 * 24 * 60 * 60_000;
/** Changes and targets that are named; of more it says how many. */
const MAX_NAMED = 10;

/**
 * The line that a conversation gets once a week: that all is watched, what changed, and what could not be checked.
 *
 * @param now milliseconds since 1970
 */
export function weeklyLine(watches: readonly { watch: Watch; state: TargetState }[], now: number): Answer {
  const changes = watches.flatMap(({ watch, state }) =>
    (readBrief(state.known)?.told ?? []).filter(({ at }) => at > now - WEEK_MS && at >= watch.createdAt),
  );
  const unknown = watches.filter(({ state }) => isLost(state, now));
  const count = watches.length;
  const watched = `${count} ${count === 1 ? "target" : "targets"} watched`;
  const changed =
    changes.length === 0
      ? "nothing changed"
      : `${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
  return cleanAnswer({
    title: `This week: ${watched}, ${changed}`,
    status: unknown.length > 0 ? "unknown" : "info",
    summary:
      unknown.length > 0
        ? say`For three days or more ${strong(`${unknown.length} could not be checked`)}: ${nameAll(unknown.map(({ watch }) => watch.target.name))}.`
        : say`All could be checked within the last three days.`,
    sections:
      changes.length > 0
        ? [
            {
              kind: "list",
              items: [
                ...changes.slice(-MAX_NAMED).map(({ line }) => say`${line}`),
                ...more(changes.length - MAX_NAMED),
              ],
            },
          ]
        : [],
    followUps: [
      { label: "What is watched here", command: "watch", text: "list" },
      { label: "No weekly line", command: "watch", text: "weekly off" },
    ],
    sources: [],
  });
}

function nameAll(names: readonly string[]): string {
  const rest = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function more(count: number): Inline[][] {
  return count > 0 ? [say`and ${count} more, which ${code("watch list")} shows as they are now`] : [];
}
