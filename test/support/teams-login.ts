import http from "node:http";
import https from "node:https";
import { vi } from "vitest";
import type { FakeConnector } from "./fake-connector.ts";

/**
 * The SDK fetches tokens for a client secret from a fixed host by HTTPS; from now on those requests go to the fake instead,
 * unchanged otherwise. `vi.restoreAllMocks` ends it.
 * @returns the hosts that were asked for
 */
export function redirectLogin({ serviceUrl }: FakeConnector): string[] {
  const hosts: string[] = [];
  vi.spyOn(https, "request").mockImplementation(((options: http.RequestOptions) => {
    hosts.push(String(options.hostname ?? options.host));
    const { hostname, port } = new URL(serviceUrl);
    return http.request({ ...options, protocol: "http:", host: hostname, hostname, port, agent: undefined });
  }) as typeof https.request);
  return hosts;
}
