/** A person's browser that installs Postie in the fake Slack, by real HTTP. */
import type { FakeSlack } from "./fake-slack.ts";
import type { Consent } from "./fake-slack-oauth.ts";
import type { SlackApp } from "./slack-app.ts";

/** What the configuration of an app that workspaces install by themselves holds. */
export function oauthOf({ oauth }: FakeSlack) {
  const { clientId, clientSecret, redirectUri } = oauth;
  return { clientId, clientSecret, publicUrl: new URL(redirectUri).origin };
}

export interface Page {
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
}

export interface Browser {
  /** Opens `/slack/install` and follows its button through Slack's consent: the address that Slack leads back to. */
  consent(app: SlackApp, consent: Consent): Promise<URL>;
  /** Follows that address. */
  comeBack(app: SlackApp, address: URL): Promise<Page>;
}

export function openBrowser(slack: FakeSlack): Browser {
  let cookie = "";
  const at = (app: SlackApp, path: string) => new URL(path, app.url);
  return {
    async consent(app, consent) {
      const page = await fetch(at(app, "/slack/install"));
      cookie = page.headers.get("set-cookie")?.split(";")[0] ?? "";
      const href = /href="([^"]*)"/.exec(await page.text())?.[1] ?? "";
      const url = href.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
      slack.oauth.consent = consent;
      const redirected = await fetch(url, { redirect: "manual" });
      const location = redirected.headers.get("location");
      if (!location) throw new Error(`Slack refused ${url} with ${redirected.status}`);
      return new URL(location);
    },
    async comeBack(app, { pathname, search }) {
      const response = await fetch(at(app, pathname + search), { headers: { cookie } });
      return { status: response.status, html: await response.text(), headers: response.headers };
    },
  };
}

/** Installs it, in a workspace or in an organisation. */
export async function install(app: SlackApp, consent: Consent): Promise<Page> {
  const browser = openBrowser(app.slack);
  return browser.comeBack(app, await browser.consent(app, consent));
}
