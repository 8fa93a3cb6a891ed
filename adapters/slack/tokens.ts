/** The token that a workspace is served with. One that expires is renewed in time, by one instance for all. */
import type { Logger } from "pino";
import type { Owner, Store } from "../../src/store/index.ts";
import { wait } from "./calls.ts";
import { describeFault } from "./faults.ts";
import { type Installations, type Installed, SAVING_MS } from "./installations.ts";

export interface Tokens {
  /** The token to use now. */
  current(): Promise<string>;
  /** Slack refused this token: whether there is another by now, such as after a new installation. */
  replaced(token: string): Promise<boolean>;
}

/** The token of the one workspace, as it was configured. */
export function fixedToken(token: string): Tokens {
  return { current: async () => token, replaced: async () => false };
}

/** Renews the tokens of an installation in the store, when they are about to expire: `InstallProvider.authorize` of `@slack/oauth`. */
export type Renew = (owner: Owner, installed: Installed) => Promise<void>;

export interface RotatingTokens {
  readonly owner: Owner;
  readonly installed: Installed;
  readonly installations: Installations;
  readonly store: Store;
  readonly renew: Renew;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** As in `@slack/oauth`: a token is renewed once it lasts no longer than this. Until then both are good. */
const RENEWED_BEFORE_MS = 2 * 60 * 60_000;
/** A token that lasts for less than this may expire on its way. */
const ABOUT_TO_EXPIRE_MS = 60_000;
/** Whoever renews it has so long: longer than Slack's answer and its way into the store take. */
const CLAIMED_MS = SAVING_MS + 60_000;
/** After a failure it is tried again no sooner. */
const PAUSE_MS = 30_000;
/** How often it is looked whether another instance has renewed it, and for how long. */
const LOOK_EVERY_MS = 250;
const LOOK_FOR_MS = 15_000;

/** The tokens of one installation, as the store has them. */
export function rotatingTokens(options: RotatingTokens): Tokens {
  const { owner, installations, store, renew, log, signal } = options;
  const claim = `slack: renewing the token of ${owner.tenant}`;
  let { installed } = options;
  let renewing: Promise<void> | undefined;
  let notBefore = 0;

  const lastsMs = () =>
    installed.bot.expiresAt === undefined ? Infinity : installed.bot.expiresAt * 1_000 - Date.now();

  async function readAgain(): Promise<void> {
    installed = (await installations.of(owner)) ?? installed;
  }

  async function renewed(): Promise<void> {
    if (!(await store.claims.claim(claim, CLAIMED_MS))) return renewedByAnother();
    const before = installed.bot.token;
    try {
      await renew(owner, installed);
      await readAgain();
    } finally {
      await store.claims.release(claim).catch(() => {});
    }
    // The library tells of a refusal in the log only.
    if (installed.bot.token === before) throw new Error("Slack did not renew it");
  }

  /** Only who is left without a token waits for it. */
  async function renewedByAnother(): Promise<void> {
    for (let waited = 0; waited < LOOK_FOR_MS; waited += LOOK_EVERY_MS) {
      await readAgain();
      if (lastsMs() > ABOUT_TO_EXPIRE_MS) return;
      await wait(LOOK_EVERY_MS, signal);
    }
  }

  function renewInTime(): Promise<void> {
    if (Date.now() < notBefore) return Promise.resolve();
    renewing ??= renewed()
      .catch((error: unknown) => {
        notBefore = Date.now() + PAUSE_MS;
        log.error({ tenant: owner.tenant, ...describeFault(error) }, "a token was not renewed");
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  }

  return {
    async current() {
      const lasts = lastsMs();
      if (lasts <= RENEWED_BEFORE_MS && installed.bot.refreshToken !== undefined) {
        const done = renewInTime();
        if (lasts <= ABOUT_TO_EXPIRE_MS) await done;
      }
      return installed.bot.token;
    },
    async replaced(token) {
      if (installed.bot.token === token) await readAgain();
      return installed.bot.token !== token;
    },
  };
}
