/** Three real instances on one real PostgreSQL behind a bad network, people who ask in Slack and Teams, and blows to all of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { soundZone } from "../../domain/support/zones.ts";
import { type Balancer, startBalancer } from "../../support/balancer.ts";
import { livingLists, ownZones } from "../../support/blocklist-zones.ts";
import { type DnsServer, startDnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { type FakeConnector, startFakeConnector } from "../../support/fake-connector.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import { type Postgres, startPostgres } from "../../support/postgres.ts";
import { createPostieProcess, type PostieProcess } from "../../support/postie-process.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { TENANT } from "../../support/teams-activity.ts";
import type { Blow } from "./figures.ts";

export interface Storm {
  readonly slack: FakeSlack;
  readonly connector: FakeConnector;
  readonly dns: DnsServer;
  readonly server: Postgres;
  /** The database, not by way of the bad network. */
  readonly url: string;
  readonly proxy: TcpProxy;
  readonly instances: PostieProcess[];
  readonly balancer: Balancer;
  readonly blows: Blow[];
  /** Memory of each instance over time, in MB. */
  readonly memory: { name: string; at: number; mb: number }[];
  kill(index: number): Promise<void>;
  strike(what: string, blow: () => unknown): Promise<void>;
  /** Other records in place of some. */
  publish(change: Zone): void;
  end(): Promise<void>;
}

/** The number of a question, wherever it stands in a delivery. */
const NUMBER = /UCHAOS(\d+)X/;
const DNS_LATENCY = 500;

/** @param names the domains that there are */
export async function brew(postgres: string, names: readonly string[]): Promise<Storm> {
  const { zones: lists } = await ownZones();
  const domains = names.map((name, index) => soundZone(name, `45.${Math.floor(index / 250)}.${index % 250}`));
  const zone: Zone = Object.assign(livingLists(lists), ...domains);
  const dns = await startDnsServer(zone);
  dns.behave({ latency: DNS_LATENCY });
  const [slack, connector, server] = await Promise.all([
    startFakeSlack(),
    startFakeConnector(),
    startPostgres(postgres),
  ]);
  const proxy = await startTcpProxy(server.port);
  const url = await server.newDatabase(server.port);
  const env = {
    DATABASE_URL: url.replace(`:${server.port}/`, `:${proxy.port}/`),
    POSTIE_SECRET: "a-secret-of-the-storm-made-of-words-only",
    POSTIE_DNS: `${dns.address.address}:${dns.address.port}`,
    SLACK_BOT_TOKEN: slack.state.botToken,
    SLACK_SIGNING_SECRET: slack.state.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    TEAMS_APP_ID: connector.appId,
    TEAMS_APP_TYPE: "UserAssignedMsi",
    TEAMS_TENANT_ID: TENANT,
    TEAMS_OPENID_METADATA: connector.openIdMetadata,
    IDENTITY_ENDPOINT: process.env.IDENTITY_ENDPOINT,
    IDENTITY_HEADER: process.env.IDENTITY_HEADER,
  };
  const instances = await Promise.all(["A", "B", "C"].map((name) => createPostieProcess(name, env)));
  const balancer = await startBalancer(
    instances.map(({ port }) => port),
    (body) => NUMBER.exec(body)?.[1] ?? null,
  );
  slack.deliverTo(`${balancer.url}/slack/events`);
  const blows: Blow[] = [];
  const memory: Storm["memory"] = [];
  const measuring = setInterval(async () => {
    for (const instance of instances) {
      const mb = await instance.memory();
      if (mb > 0) memory.push({ name: `${instance.name} ${instance.pid}`, at: performance.now(), mb });
    }
  }, 1_000);

  return {
    slack,
    connector,
    dns,
    server,
    url,
    proxy,
    instances,
    balancer,
    blows,
    memory,
    async kill(index) {
      const instance = instances[index];
      if (!instance) return;
      blows.push({ what: `${instance.name} is killed`, at: performance.now(), killed: instance.port });
      await instance.kill();
    },
    async strike(what, blow) {
      blows.push({ what, at: performance.now() });
      await blow();
    },
    publish(change) {
      dns.serve({ ...zone, ...change });
    },
    async end() {
      clearInterval(measuring);
      await Promise.all(instances.map((instance) => instance.kill()));
      await balancer.close();
      await Promise.all([slack.close(), connector.stop(), dns.close(), proxy.close()]);
      await server.remove();
      // The log of what just ended.
      await sleep(50);
    },
  };
}
