/** People in Teams who ask, each in a chat of their own. */
import type { FakeConnector } from "../../support/fake-connector.ts";
import { TENANT, teamsMessage } from "../../support/teams-activity.ts";
import { cardText } from "../../support/teams-app.ts";
import { type Asked, CODE, domainOf, type Kind, type Seen } from "./asked.ts";

/** Longer than Teams waits for a bot. */
const PATIENCE_MS = 15_000;

export interface TeamsAskers {
  ask(
    kind: Kind,
    number: number,
    options: { duplicate: boolean },
  ): { asked: Asked; delivered: Promise<void> };
  /** Says something in a chat, and resolves with the status of the answer. */
  say(conversation: string, text: string): Promise<number>;
  /** What Postie says in a chat now. */
  seen(conversation: string): Seen[];
}

export function createTeamsAskers(connector: FakeConnector, url: string): TeamsAskers {
  async function post(activity: object): Promise<number> {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${await connector.token()}` },
        body: JSON.stringify(activity),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.text();
      return response.status;
    } catch {
      return 0;
    }
  }

  function message(conversation: string, person: string, text: string): object {
    return teamsMessage(connector, text, {
      from: { id: `29:${person}`, name: "Anna", aadObjectId: `0000-${person}` },
      conversation: { id: conversation, conversationType: "personal", tenantId: TENANT },
    });
  }

  function seen(conversation: string): Seen[] {
    const messages = new Map<string, Seen>();
    for (const call of connector.calls) {
      if (call.conversation !== conversation || call.status >= 300 || call.activity.type !== "message")
        continue;
      const id = call.method === "PUT" ? call.activityId : call.id;
      const { summary = "", text = "", attachments = [] } = call.activity;
      const card = attachments.map(({ content }) => cardText(content)).join("\n");
      if (id)
        messages.set(id, { text: [summary, text, card].join("\n").replaceAll("\u2060", ""), at: call.at });
    }
    return [...messages.values()];
  }

  return {
    seen,
    say: (conversation, text) => post(message(conversation, "anna", text)),
    ask(kind, number, { duplicate }) {
      const conversation = `a:chaos-${number}`;
      const text = kind === "Teams live check" ? `checkdomain ${domainOf(number)}` : `smtp ${CODE}`;
      const activity = message(conversation, `UCHAOS${number}X`, text);
      const asked: Asked = {
        number,
        kind,
        sentAt: performance.now(),
        acknowledgedAt: null,
        failed: false,
        seen: () => seen(conversation),
      };
      const delivered = Promise.all(Array.from({ length: duplicate ? 2 : 1 }, () => post(activity))).then(
        (statuses) => {
          // Teams says at the message that it was not sent.
          if (statuses.some((status) => status >= 200 && status < 300))
            asked.acknowledgedAt = performance.now();
          else asked.failed = true;
        },
      );
      return { asked, delivered };
    },
  };
}
