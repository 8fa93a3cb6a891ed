/** Which workspaces are served: the one of a configured token, or all that install Postie. */
import type { ExpressReceiver } from "@slack/bolt";
import type { Express } from "express";
import type { Store } from "../../src/store/index.ts";
import { type IdentityOptions, learnIdentity } from "./identity.ts";
import { createInstallations, type Installations } from "./installations.ts";
import { oauthReceiverOptions, type SlackOAuth } from "./oauth.ts";
import { fixedToken } from "./tokens.ts";
import { webApi } from "./web-api.ts";
import { manyWorkspaces, oneWorkspace, type Speaking, type Workspaces } from "./workspaces.ts";

export interface Serving {
  readonly workspaces: Workspaces;
  /** Whether Slack has told whom there is to serve. */
  isKnown(): boolean;
  /** Where workspaces install Postie: what is kept of that. */
  readonly installations?: Installations;
  /** What the receiver for HTTP needs for the pages for installing. */
  readonly oauth?: ReturnType<typeof oauthReceiverOptions>;
  /** To be given the receiver, whose installer renews tokens. */
  renewWith(receiver: ExpressReceiver): void;
}

export interface ServeOne extends Omit<IdentityOptions, "api" | "log"> {
  readonly token: string;
  readonly speaking: Speaking;
}

/** @throws {ConfigError} when Slack refuses the token */
export async function serveOne({ token, speaking, signal, onAway }: ServeOne): Promise<Serving> {
  const { client, log } = speaking;
  const identity = await learnIdentity({ api: webApi(client, fixedToken(token)), log, signal, onAway });
  const workspaces = oneWorkspace(identity, token, speaking);
  return { workspaces, isKnown: () => identity() !== null, renewWith: () => {} };
}

export interface ServeMany {
  readonly oauth: SlackOAuth;
  readonly app: Express;
  readonly store: Store;
  readonly speaking: Speaking;
  readonly onDropped: (tenants: readonly string[]) => void;
  readonly signal: AbortSignal;
}

export function serveMany({ oauth, app, store, speaking, onDropped, signal }: ServeMany): Serving {
  const { apiUrl, log } = speaking;
  let installer: ExpressReceiver["installer"];
  const installations = createInstallations({
    store,
    signal,
    onInstalled(owner) {
      log.info({ tenant: owner.tenant }, "Postie was installed in a workspace");
      workspaces.drop(owner);
    },
  });
  const workspaces = manyWorkspaces({
    ...speaking,
    store,
    installations,
    async renew({ tenant }, { isEnterpriseInstall }) {
      if (!installer) throw new TypeError("there is no receiver for HTTP");
      await installer.authorize(
        isEnterpriseInstall
          ? { isEnterpriseInstall, enterpriseId: tenant, teamId: undefined }
          : { isEnterpriseInstall, enterpriseId: undefined, teamId: tenant },
      );
    },
    onDropped,
    signal,
  });
  return {
    workspaces,
    // The store tells.
    isKnown: () => true,
    installations,
    oauth: oauthReceiverOptions({ oauth, apiUrl, app, store, installations }),
    renewWith(receiver) {
      installer = receiver.installer;
    },
  };
}
