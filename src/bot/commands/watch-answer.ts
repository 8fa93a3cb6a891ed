/** What `watch` answers: what is watched here, how often, and what it looks like. */
import type { WatchTarget } from "../../store/index.ts";
import { type Brief, readBrief } from "../../watch/index.ts";
import { type Answer, type CheckRow, code, type FollowUp, type Status, say } from "../answer.ts";
import type { ListedWatch, WatchAdded } from "../watching.ts";
import type { WatchArguments } from "./watch-arguments.ts";

export function addedAnswer(target: WatchTarget, added: WatchAdded): Answer {
  const { name } = target;
  switch (added.kind) {
    case "unreachable":
      return plain("Postie cannot post here yet, so nothing is watched", "warning", {
        summary: say`${added.how}`,
        followUps: [{ label: `Watch ${name}`, command: "watch", text: name }],
      });
    case "conversation-full":
    case "tenant-full":
      return full(added);
    default:
      return watchedAnswer(target, added);
  }
}

type Watched = Extract<WatchAdded, { kind: "added" | "changed" | "same" }>;

function watchedAnswer(target: WatchTarget, { kind, every, state }: Watched): Answer {
  const { name } = target;
  const title = {
    added: `${name} is watched, ${every}`,
    changed: `${name} is watched ${every} from now on`,
    same: `${name} is watched here already, ${every}`,
  }[kind];
  const known = readBrief(state?.known ?? null);
  const now = known
    ? say`As seen ${timeInWords(known.at)}: ${briefInWords(known.brief)}.`
    : say`It is looked at for the first time now; what changes from then on is told.`;
  const other = every === "daily" ? "hourly" : "daily";
  return plain(title, "ok", {
    summary: say`It is checked ${every === "daily" ? "every day" : "every hour"}. A change is told here, in this conversation, once a second check has confirmed it; otherwise you hear nothing.`,
    sections: [
      { kind: "text", text: now },
      { kind: "text", text: say`${TOLD[target.kind]}` },
    ],
    followUps: [
      { label: "Stop", command: "watch", text: `stop ${name}` },
      { label: other === "hourly" ? "Hourly" : "Daily", command: "watch", text: `${name} ${other}` },
      checkNow(target),
    ],
  });
}

const TOLD = {
  domain:
    "Told are: mail servers, SPF, DMARC, DKIM keys that go, MTA-STS, new problems and mended ones, and listings of the domain or its mail servers. What could not be checked is never told as a change.",
  address:
    "Told is when a blocklist that receivers refuse or mark mail by lists it, or no longer does. A list that does not answer is never told as a change.",
} as const;

function full({ kind, limit }: Extract<WatchAdded, { limit: number }>): Answer {
  const where = kind === "conversation-full" ? "This conversation" : "This workspace";
  const way =
    kind === "conversation-full"
      ? say`Stop one that is no longer needed (${code("watch list")} shows them), or watch it from another conversation.`
      : say`Stop some that are no longer needed, here (${code("watch list")}) or in other conversations. Whoever runs Postie can allow more: ${code("POSTIE_WATCHES")}.`;
  return plain(`${where} watches ${limit} already, which is the most`, "warning", {
    summary: say`Nothing was added. `.concat(way),
    followUps: [{ label: "What is watched here", command: "watch", text: "list" }],
  });
}

export function stoppedAnswer({ name }: WatchTarget, wasWatched: boolean): Answer {
  return wasWatched
    ? plain(`${name} is no longer watched here`, "ok", {
        summary: say`Other conversations that watch it still do.`,
        followUps: [{ label: "Watch it again", command: "watch", text: name }],
      })
    : plain(`${name} was not watched here`, "info", {
        summary: say`So there is nothing to stop.`,
        followUps: [{ label: "What is watched here", command: "watch", text: "list" }],
      });
}

export function stoppedAllAnswer(stopped: number): Answer {
  return stopped > 0
    ? plain(`Nothing is watched here any more`, "ok", {
        summary: say`${stopped} ${stopped === 1 ? "watch has" : "watches have"} ended, and the weekly line with ${stopped === 1 ? "it" : "them"}.`,
      })
    : plain("Nothing was watched here", "info", { summary: say`So there is nothing to stop.` });
}

export function weeklyAnswer(on: boolean): Answer {
  return on
    ? plain("A weekly line comes here on Monday mornings (UTC)", "ok", {
        summary: say`It says how many are watched, what changed in the week, and what could not be checked.`,
        followUps: [{ label: "No weekly line", command: "watch", text: "weekly off" }],
      })
    : plain("No weekly line comes here any more", "ok", {
        summary: say`Changes are still told as they come.`,
      });
}

export function listAnswer(watches: readonly ListedWatch[], weekly: boolean): Answer {
  const switchWeekly: FollowUp = weekly
    ? { label: "No weekly line", command: "watch", text: "weekly off" }
    : { label: "Weekly line", command: "watch", text: "weekly on" };
  if (watches.length === 0) {
    return plain("Nothing is watched here", "info", {
      summary: say`Type ${code("watch example.org")}, or ${code("watch example.org hourly")}: what changes is then told in this conversation.`,
    });
  }
  const name = watches[0]?.watch.target.name ?? "";
  const title =
    watches.length === 1
      ? `${name} is watched here`
      : `${watches.length} domains and addresses are watched here`;
  return plain(title, "info", {
    summary: say`Changes are told in this conversation${weekly ? ", with a line every Monday" : ""}. To end one: ${code(`watch stop ${name}`)}.`,
    sections: [{ kind: "checks", rows: watches.map(rowOf) }],
    followUps: [switchWeekly],
  });
}

function rowOf({ watch: { target, every }, state, isLost }: ListedWatch): CheckRow {
  const known = readBrief(state.known);
  const label = `${target.name}, ${every}`;
  const { unknownSince } = state;
  if (isLost || (unknownSince !== null && !known)) {
    const since = unknownSince === null ? "" : ` since ${timeInWords(unknownSince)}`;
    return { status: "unknown", label, detail: say`could not be checked${since}` };
  }
  if (!known) return { status: "unknown", label, detail: say`not checked yet` };
  return {
    status: statusOf(known.brief),
    label,
    detail: say`${briefInWords(known.brief)}; seen ${timeInWords(known.at)}`,
  };
}

function statusOf(brief: Brief): Status {
  if ("answered" in brief) return brief.listed.length > 0 ? "problem" : "ok";
  if (brief.exists === false || brief.problems > 0) return "problem";
  return brief.warnings > 0 || brief.listed.length > 0 ? "warning" : "ok";
}

/** `can receive mail, 1 problem, 2 warnings, on Spamhaus DBL`. */
function briefInWords(brief: Brief): string {
  const listed = brief.listed.length > 0 ? `on ${brief.listed.join(", ")}` : null;
  if ("answered" in brief) return listed ?? `on none of ${brief.answered} lists that answered`;
  if (brief.exists === false) return "does not exist";
  const counted = (count: number, what: string) =>
    count === 0 ? null : `${count} ${what}${count === 1 ? "" : "s"}`;
  const receives = {
    yes: "can receive mail",
    no: "receives no mail",
    unknown: "whether it receives mail could not be checked",
  }[brief.receives];
  const found = [counted(brief.problems, "problem"), counted(brief.warnings, "warning")].filter(
    (one) => one !== null,
  );
  return [receives, ...(found.length > 0 ? found : ["no problem found"]), listed]
    .filter((one) => one !== null)
    .join(", ");
}

/** In the terminal and on the page. */
export function nowhereAnswer(asked: WatchArguments): Answer {
  const name = asked.action === "watch" ? asked.target.name : "example.org";
  return plain("Watching works in Slack and Teams", "info", {
    summary: say`Here nobody could be told later, so nothing is watched. In a channel or chat with Postie type ${code(`/watch ${name}`)}.`,
    sections: [
      {
        kind: "text",
        text: say`To see by yourself what changed, keep audits and compare them: ${code(`postie checkdomain ${name} --save before.json`)}, another day ${code("--save after.json")}, then ${code("postie diff before.json after.json")}.`,
      },
    ],
    followUps:
      asked.action === "watch"
        ? [
            {
              label: `Check ${name}`,
              command: asked.target.kind === "domain" ? "checkdomain" : "checkip",
              text: name,
            },
          ]
        : [],
  });
}

export function storeAwayAnswer(): Answer {
  return plain("Postie cannot reach its store right now", "unknown", {
    summary: say`So nothing was changed; what is watched stays watched. Ask again in a minute.`,
  });
}

export function checkNow({ kind, name }: WatchTarget): FollowUp {
  return { label: "Check now", command: kind === "domain" ? "checkdomain" : "checkip", text: name };
}

/** `3 November 2026, 09:10 UTC`. */
export function timeInWords(at: number): string {
  const date = new Date(at);
  const day = date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

function plain(
  title: string,
  status: Status,
  rest: Pick<Answer, "summary"> & Partial<Pick<Answer, "sections" | "followUps">>,
): Answer {
  return { title, status, sections: [], followUps: [], sources: [], ...rest };
}
