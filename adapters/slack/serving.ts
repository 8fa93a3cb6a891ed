/** Which workspaces are served: the one of a configured token, or all that install Postie. */
import type { ExpressReceiver } from "@slack/bolt";
import type { Express } from "express";
import { ConfigError } from "../../src/config-error.ts";
import type { Store } from "../../src/store/index.ts";
import { patiently, SlackRefusal } from "./calls.ts";
import { createInstallations, type Installations } from "./installations.ts";
import { oauthReceiverOptions, type SlackOAuth } from "./oauth.ts";
import { fixedToken } from "./tokens.ts";
import { webApi } from "./web-api.ts";
import { manyWorkspaces, oneWorkspace, type Speaking, type Workspaces } from "./workspaces.ts";

export interface Serving {
  readonly workspaces: Workspaces;
  /** Where workspaces install Postie: what is kept of that. */
  readonly installations?: Installations;
  /** What the receiver for HTTP needs for the pages for installing. */
  readonly oauth?: ReturnType<typeof oauthReceiverOptions>;
  /** To be given the receiver, whose installer renews tokens. */
  renewWith(receiver: ExpressReceiver): void;
}

/** @throws {ConfigError} when Slack refuses the token */
export async function serveOne(token: string, speaking: Speaking): Promise<Serving> {
  const api = webApi(speaking.client, fixedToken(token));
  const { user_id, bot_id } = await patiently(() => api.call("auth.test", {}), speaking.log).catch(
    (error: unknown) => {
      if (!(error instanceof SlackRefusal)) throw error;
      throw new ConfigError("SLACK_BOT_TOKEN", `is refused by Slack (${error.code})`, "xoxb-…");
    },
  );
  if (typeof user_id !== "string" || typeof bot_id !== "string") {
    throw new ConfigError("SLACK_BOT_TOKEN", "is not the token of a bot", "xoxb-…");
  }
  const workspaces = oneWorkspace({ botUserId: user_id, botId: bot_id }, token, speaking);
  return { workspaces, renewWith: () => {} };
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
    installations,
    oauth: oauthReceiverOptions({ oauth, apiUrl, app, store, installations }),
    renewWith(receiver) {
      installer = receiver.installer;
    },
  };
}
