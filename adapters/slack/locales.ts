/** The language a person has set in Slack. */
import { z } from "zod";
import { wait } from "./calls.ts";
import type { WebApi } from "./web-api.ts";

/** The languages of the people of one workspace. */
export interface Locales {
  /** A BCP 47 tag; `undefined` when Slack does not tell it at once, for an answer does not wait for it. */
  of(user: string): Promise<string | undefined>;
  /** Lets go of what is known, and keeps nothing any more. */
  drop(): void;
}

const KEPT_MS = 60 * 60_000;
const PATIENCE_MS = 400;
/** In all workspaces together: a few megabytes, however many workspaces there are. */
const MAX_USERS = 20_000;

const userInfo = z.object({ user: z.object({ locale: z.string().max(35) }) });

/** @returns what makes the languages of a workspace, of which all together keep at most so many */
export function createLocales(max = MAX_USERS): (api: WebApi) => Locales {
  const known = new Map<string, { until: number; locale: Promise<string | undefined> }>();
  let workspaces = 0;

  return (api) => {
    workspaces += 1;
    const prefix = `${workspaces} `;
    let isDropped = false;

    function find(user: string): Promise<string | undefined> {
      if (isDropped) return ask(api, user);
      const key = prefix + user;
      const kept = known.get(key);
      if (kept && kept.until >= Date.now()) return kept.locale;
      known.delete(key);
      const locale = ask(api, user);
      known.set(key, { until: Date.now() + KEPT_MS, locale });
      const [oldest] = known.keys();
      if (known.size > max && oldest !== undefined) known.delete(oldest);
      return locale;
    }

    return {
      of(user) {
        const locale = find(user);
        const patience = new AbortController();
        const late = wait(PATIENCE_MS, patience.signal).catch(() => undefined);
        return Promise.race([locale, late.then(() => undefined)]).finally(() => patience.abort());
      },
      drop() {
        isDropped = true;
        for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key);
      },
    };
  };
}

async function ask(api: WebApi, user: string): Promise<string | undefined> {
  try {
    const parsed = userInfo.safeParse(await api.call("users.info", { user, include_locale: true }));
    return parsed.success ? parsed.data.user.locale : undefined;
  } catch {
    return undefined;
  }
}
