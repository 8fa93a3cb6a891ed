/** The language a person has set in Slack. */
import { z } from "zod";
import { wait } from "./calls.ts";
import type { WebApi } from "./web-api.ts";

export interface Locales {
  /** A BCP 47 tag; `undefined` when Slack does not tell it at once, for an answer does not wait for it. */
  of(user: string): Promise<string | undefined>;
}

const KEPT_MS = 60 * 60_000;
const PATIENCE_MS = 400;
const MAX_USERS = 10_000;

const userInfo = z.object({ user: z.object({ locale: z.string().max(35) }) });

export function createLocales(api: WebApi): Locales {
  const known = new Map<string, { until: number; locale: Promise<string | undefined> }>();

  async function ask(user: string): Promise<string | undefined> {
    try {
      const parsed = userInfo.safeParse(await api.call("users.info", { user, include_locale: true }));
      return parsed.success ? parsed.data.user.locale : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    of(user) {
      let entry = known.get(user);
      if (!entry || entry.until < Date.now()) {
        known.delete(user);
        entry = { until: Date.now() + KEPT_MS, locale: ask(user) };
        known.set(user, entry);
        const [oldest] = known.keys();
        if (known.size > MAX_USERS && oldest !== undefined) known.delete(oldest);
      }
      const patience = new AbortController();
      const late = wait(PATIENCE_MS, patience.signal).catch(() => undefined);
      return Promise.race([entry.locale, late.then(() => undefined)]).finally(() => patience.abort());
    },
  };
}
