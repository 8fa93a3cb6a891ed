import type { Logger } from "pino";
import { type Answer, say } from "../../src/bot/answer.ts";
import type { Poster } from "../../src/bot/watching.ts";
import type { Settings } from "../../src/store/index.ts";
import type { BotFramework } from "./botframework.ts";
import { describeFault } from "./faults.ts";
import { fitAnswer } from "./fit.ts";
import { noteTeam } from "./removal.ts";
import { DeliveryError } from "./send.ts";
import type { Tenants } from "./tenants.ts";
import { readWayBack } from "./way-back.ts";

/**
 * By which Teams tells that the conversation is not there any more, or that Postie was removed from it or blocked in it. All other
 * refusals may end: an administrator allows the app again, an address or a secret is put right. Source: Microsoft, "Status codes
 * from bot conversational APIs".
 */
const GONE = new Set(["BotNotInConversationRoster", "ConversationBlockedByUser"]);
/** Teams also says so of conversations that are there, for a while (github.com/MicrosoftDocs/msteams-docs, issue 9425). */
const PERHAPS_GONE = "ConversationNotFound";
/** Whoever is still told so of a notice that waits for so long, in milliseconds, is believed. */
const BELIEVED_AFTER_MS = 24 * 60 * 60_000;

export interface PosterOptions {
  readonly framework: BotFramework;
  readonly tenants: Tenants;
  readonly settings: Settings;
  readonly log: Logger;
}

/** Posts in Teams on Postie's own initiative. */
export function createPoster({ framework, tenants, settings, log }: PosterOptions): Poster {
  return {
    platform: "teams",
    async reach(place, wayBack) {
      const activity = readWayBack(wayBack);
      if (!activity) return { ok: false, how: "Ask me for it in the chat or channel that is to be told." };
      await noteTeam(settings, place, activity);
      return { ok: true };
    },
    async post(place, wayBack, answer, { id, maybePosted, createdAt }) {
      const activity = readWayBack(wayBack);
      if (!activity || !tenants.serves(place.tenant)) {
        const reason = activity ? "its tenant is not served" : "its way back cannot be read";
        log.warn({ notice: id, reason }, "a notice cannot be posted");
        return "later";
      }
      const message = fitAnswer(maybePosted ? toldAgain(answer) : answer);
      try {
        // Once: whoever has something to say tries again later, and for much longer.
        await framework.converse(activity, async (channel) => void (await channel.send(message)), {
          tries: 1,
        });
        return "posted";
      } catch (error) {
        log.warn({ notice: id, ...describeFault(error) }, "a notice could not be posted");
        if (!(error instanceof DeliveryError)) return "later";
        // Without an answer of Teams nobody knows whether it is there.
        if (error.maybeTaken) throw error;
        const isBelieved = Date.now() - createdAt > BELIEVED_AFTER_MS;
        const isGone = GONE.has(error.code ?? "") || (isBelieved && error.code === PERHAPS_GONE);
        return isGone ? "gone" : "later";
      }
    },
  };
}

/** Teams lets nobody look whether a message is there, and a repeat is better than a change that nobody hears of. */
function toldAgain(answer: Answer): Answer {
  const note = say`This may have been shown here already: Postie was interrupted while it posted it.`;
  return { ...answer, sections: [{ kind: "text", text: note }, ...answer.sections] };
}
