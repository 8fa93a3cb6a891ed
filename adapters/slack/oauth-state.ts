import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { InstallURLOptions, StateStore } from "@slack/bolt";
import type { Claims } from "../../src/store/index.ts";

export interface OAuthStates {
  /** All instances have the same. */
  readonly clientSecret: string;
  readonly claims: Claims;
  /** What every installation asks for. */
  readonly installOptions: InstallURLOptions;
  readonly now?: () => number;
}

/** As long as the cookie of `@slack/oauth` that binds it to a browser. */
const LASTS_MS = 10 * 60_000;

/** `code` is the word of `@slack/oauth` for it. */
export class StateRefused extends Error {
  readonly code = "slack_oauth_invalid_state";

  constructor(reason: string) {
    super(`the state of an installation was refused: ${reason}`);
    this.name = "StateRefused";
  }
}

/**
 * The states of installations under way (RFC 6749 §10.12). Anybody may begin one, so that nothing is stored then: a state carries
 * its own time and a keyed hash. Each is taken once, whichever instance it comes back to.
 */
export function oauthStates({
  clientSecret,
  claims,
  installOptions,
  now = Date.now,
}: OAuthStates): StateStore {
  const key = Buffer.from(hkdfSync("sha256", clientSecret, "postie", "state of an installation", 32));
  const signature = (text: string) => createHmac("sha256", key).update(text).digest("base64url");

  return {
    async generateStateParam() {
      const text = `${now().toString(36)}.${randomBytes(18).toString("base64url")}`;
      return `${text}.${signature(text)}`;
    },
    async verifyStateParam(_now, state) {
      const [time = "", nonce = "", given = "", ...rest] = state.split(".");
      const wanted = Buffer.from(signature(`${time}.${nonce}`));
      const signed = Buffer.from(given);
      if (rest.length > 0 || signed.length !== wanted.length || !timingSafeEqual(signed, wanted))
        throw new StateRefused("it is not one of Postie's");
      if (now() - Number.parseInt(time, 36) > LASTS_MS) throw new StateRefused("it is too old");
      if (!(await claims.claim(`slack: state ${nonce}`, LASTS_MS)))
        throw new StateRefused("it was used before");
      return installOptions;
    },
  };
}
