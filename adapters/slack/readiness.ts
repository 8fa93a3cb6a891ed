import type { webApi as slackWebApi } from "@slack/bolt";
import type { Connection } from "./receivers.ts";

/** What Slack said is believed for so long: shorter when it said nothing. */
const GOOD_FOR_MS = 30_000;
const BAD_FOR_MS = 5_000;

/**
 * Whether Slack is there: an open connection, or for HTTP an answer of its Web API, which is asked now and then however often
 * this is called.
 */
export function readiness(
  client: slackWebApi.WebClient,
  connections: readonly Connection[],
): () => Promise<boolean> {
  let until = 0;
  let latest: Promise<boolean> = Promise.resolve(false);

  async function ask(): Promise<boolean> {
    const isThere = await client.apiCall("api.test").then(
      ({ ok }) => ok,
      () => false,
    );
    until = Date.now() + (isThere ? GOOD_FOR_MS : BAD_FOR_MS);
    return isThere;
  }

  return async () => {
    if (connections.length > 0) return connections.some((connection) => connection.isOpen());
    if (Date.now() >= until) {
      until = Infinity;
      latest = ask();
    }
    return latest;
  };
}
