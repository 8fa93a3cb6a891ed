/** Installations by the workspaces themselves: OAuth 2.0 as `@slack/oauth` does it, with Postie's own store, states and pages. */
import type { ServerResponse } from "node:http";
import type { ExpressReceiverOptions, Installation } from "@slack/bolt";
import type { Express, NextFunction, Request, Response } from "express";
import { type Store, StoreUnavailable } from "../../src/store/index.ts";
import type { Installations } from "./installations.ts";
import {
  type Failure,
  failurePage,
  INSTALL_PATH,
  installedPage,
  installPage,
  PAGE_HEADERS,
} from "./oauth-pages.ts";
import { oauthStates, StateRefused } from "./oauth-state.ts";
import { SCOPES } from "./scopes.ts";
import { clientOptions } from "./web-api.ts";

export interface SlackOAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The address under which browsers reach Postie, without a final slash. */
  readonly publicUrl: string;
}

export const REDIRECT_PATH = "/slack/oauth_redirect";

export interface OAuthOptions {
  readonly oauth: SlackOAuth;
  readonly apiUrl: string | undefined;
  readonly app: Express;
  readonly store: Store;
  readonly installations: Installations;
}

/** What Bolt's receiver needs for `GET /slack/install` and the way back from Slack. */
export function oauthReceiverOptions({
  oauth: { clientId, clientSecret, publicUrl },
  apiUrl,
  app,
  store,
  installations,
}: OAuthOptions) {
  const scopes = SCOPES.map(({ scope }) => scope);
  const redirectUri = publicUrl + REDIRECT_PATH;
  app.use([INSTALL_PATH, REDIRECT_PATH], withPageHeaders);
  return {
    clientId,
    clientSecret,
    scopes,
    redirectUri,
    installationStore: installations.forBolt,
    installerOptions: {
      stateStore: oauthStates({
        clientSecret,
        claims: store.claims,
        installOptions: { scopes, redirectUri },
      }),
      installPath: INSTALL_PATH,
      redirectUriPath: REDIRECT_PATH,
      renderHtmlForInstallPath: installPage,
      clientOptions: clientOptions(apiUrl),
      callbackOptions: {
        success: (installation, _options, _request, response) => tellInstalled(installation, response),
        failure: (error, _options, _request, response) => tellFailure(error, response),
      },
      // Consent is asked for where the Web API is, such as at GovSlack.
      ...(apiUrl === undefined ? {} : { authorizationUrl: new URL("/oauth/v2/authorize", apiUrl).href }),
    },
  } satisfies Partial<ExpressReceiverOptions>;
}

function withPageHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.set(PAGE_HEADERS);
  next();
}

function tellInstalled(installation: Installation, response: ServerResponse): void {
  const { team, enterprise, isEnterpriseInstall = false } = installation;
  const name = isEnterpriseInstall ? enterprise?.name : team?.name;
  send(response, 200, installedPage(name, isEnterpriseInstall, team?.id));
}

function tellFailure(error: Error, response: ServerResponse): void {
  const { status, html } = failurePage(failureOf(error));
  send(response, status, html);
}

/** The words of `@slack/oauth` (its errors.js). What Slack or the address says is not shown. */
function failureOf(error: Error & { code?: string }): Failure {
  if (error instanceof StoreUnavailable) return "store";
  if (error instanceof StateRefused) return "state";
  switch (error.code) {
    case "slack_oauth_missing_state":
    case "slack_oauth_invalid_state":
    case "slack_oauth_missing_code":
      return "state";
    case "slack_oauth_installer_authorization_error":
      return "cancelled";
    default:
      return "slack";
  }
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
  response.end(html);
}
