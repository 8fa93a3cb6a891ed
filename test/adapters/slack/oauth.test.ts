import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { oauthStates } from "../../../adapters/slack/oauth-state.ts";
import { openStore, type Store } from "../../../src/store/index.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import { anAnswer, aWhile, type SlackApp, said, startSlackApp, until } from "../../support/slack-app.ts";
import { install, oauthOf, openBrowser } from "../../support/slack-install.ts";
import { openStoreThatGoesAway } from "../../support/teams-store.ts";

const SECRET = "a secret of thirty-two characters";

let slack: FakeSlack;
let store: Store;
let apps: SlackApp[];

beforeEach(async () => {
  slack = await startFakeSlack();
  slack.workspace("T2");
  store = await openStore({ secrets: [SECRET] });
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await store.close();
  await slack.close();
});

async function start(on: Store = store): Promise<SlackApp> {
  const app = await startSlackApp(
    "HTTP",
    (request) => anAnswer("yes", { summary: [{ text: request.place.tenant }] }),
    { slack, store: on, oauth: oauthOf(slack) },
  );
  apps.push(app);
  slack.deliverTo(apps.map(({ url }) => url));
  return app;
}

const stored = async () => JSON.stringify(await store.database.query("SELECT * FROM installation"));

describe("an installation", () => {
  it("is made by consent at Slack, and the workspace is answered from then on", async () => {
    const app = await start();
    const channel = slack.channel("im", true, "T2");
    await slack.say({ channel, text: "550" });
    await aWhile();
    expect(app.asked).toEqual([]);

    const page = await install(app, { team: "T2" });
    expect(page.status).toBe(200);
    expect(page.html).toContain("Postie is installed");
    await slack.say({ channel, text: "550" });
    const [answer] = await said(channel);
    expect(answer?.text).toBe("yes. T2");
    expect(app.asked).toMatchObject([{ place: { tenant: "T2" } }]);
    expect(slack.state.complaints).toEqual([]);
  });

  it("is kept encrypted, and without any token of a person", async () => {
    await install(await start(), { team: "T2" });
    expect(await stored()).not.toMatch(/xox|token|scope/);
    const [token] = [...slack.state.tokens].find(([, { tenant }]) => tenant === "T2") ?? [];
    const installed = await store.installations.get({ platform: "slack", tenant: "T2" });
    expect(installed).toMatchObject({ team: { id: "T2" }, bot: { token }, user: { id: "U0ADMIN" } });
    expect(JSON.stringify(installed)).not.toContain('scopes":null');
  });

  it("shows the workspace's name as text, on a page that runs and loads nothing and keeps its address to itself", async () => {
    const { html, headers } = await install(await start(), { team: "T2" });
    expect(html).toContain("Workspace T2 &#60;b&#62;&#38;amp;");
    expect(html).not.toContain("<b>");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(html).not.toMatch(/xox|<script|<img/);
  });

  it("takes the place of the one before, whose token is no good any more", async () => {
    const app = await start();
    await install(app, { team: "T2" });
    const channel = slack.channel("im", true, "T2");
    await slack.say({ channel, text: "550" });
    await said(channel);
    slack.oauth.revoke("T2");
    await install(app, { team: "T2" });
    await slack.say({ channel, text: "550" });
    expect(await said(channel, 2)).toHaveLength(2);
  });

  it("anew is noticed by an instance that knows the one before, when Slack refuses its token", async () => {
    const first = await start();
    const second = await start();
    await install(first, { team: "T2" });
    const channel = slack.channel("im", true, "T2");
    slack.deliverTo(second.url);
    await slack.say({ channel, text: "550" });
    await said(channel);
    slack.oauth.revoke("T2");
    await install(first, { team: "T2" });
    await slack.say({ channel, text: "550" });
    expect(await said(channel, 2)).toHaveLength(2);
    expect(second.asked).toHaveLength(2);
  });
});

describe("an installation is refused", () => {
  it("with a state that was used before, at any instance", async () => {
    const [first, second] = [await start(), await start()];
    const browser = openBrowser(slack);
    const address = await browser.consent(first, { team: "T2" });
    expect((await browser.comeBack(second, address)).status).toBe(200);
    const installed = await stored();
    for (const app of [first, second]) {
      // With a code that would be good.
      address.searchParams.set(
        "code",
        (await openBrowser(slack).consent(app, { team: "T2" })).searchParams.get("code") ?? "",
      );
      const again = await browser.comeBack(app, address);
      expect(again.status).toBe(400);
      expect(again.html).toContain("has been used or is too old");
    }
    expect(await stored()).toBe(installed);
  });

  it.each([
    ["in another browser", async (address: URL) => address, true],
    [
      "with a state that somebody made up",
      async (address: URL) => {
        address.searchParams.set("state", `${Date.now().toString(36)}.made.up`);
        return address;
      },
      false,
    ],
    [
      "without a code",
      async (address: URL) => {
        address.searchParams.delete("code");
        return address;
      },
      false,
    ],
  ])("%s", async (_, change, other) => {
    const app = await start();
    const browser = openBrowser(slack);
    const address = await change(await browser.consent(app, { team: "T2" }));
    const page = await (other ? openBrowser(slack) : browser).comeBack(app, address);
    expect(page.status).toBe(400);
    expect(await stored()).toBe("[]");
  });

  it("when the person does not consent, which is told as that", async () => {
    const page = await install(await start(), null);
    expect(page.html).toContain("You did not give your consent");
    expect(await stored()).toBe("[]");
  });

  it("when Slack does not exchange the code, without showing what Slack or the address said", async () => {
    const app = await start();
    const browser = openBrowser(slack);
    const address = await browser.consent(app, { team: "T2" });
    address.searchParams.set("code", "<script>alert(1)</script>");
    const page = await browser.comeBack(app, address);
    expect(page.status).toBe(502);
    expect(page.html).not.toMatch(/alert|invalid_code/);
  });

  it("while the store is away, and can be begun again", async () => {
    const away = await openStoreThatGoesAway();
    const app = await start(away.store);
    const browser = openBrowser(slack);
    const address = await browser.consent(app, { team: "T2" });
    away.goAway();
    const page = await browser.comeBack(app, address);
    expect(page.status).toBe(503);
    away.comeBack();
    expect((await install(app, { team: "T2" })).status).toBe(200);
    await away.store.close();
  });

  it("begins without anything in the store, however often somebody opens the page", async () => {
    const app = await start();
    for (let index = 0; index < 5; index += 1) await fetch(new URL("/slack/install", app.url));
    expect(await store.database.query("SELECT * FROM claim")).toEqual([]);
  });
});

describe("the state of an installation", () => {
  const installOptions = { scopes: [] };
  it("is good for ten minutes, and for the app whose secret it was made with", async () => {
    let time = Date.now();
    const { claims } = store;
    const states = oauthStates({ clientSecret: "one", claims, installOptions, now: () => time });
    const others = oauthStates({ clientSecret: "other", claims, installOptions });
    const verify = (state: string, by = states) => by.verifyStateParam(new Date(), state);
    const [state, late] = [
      await states.generateStateParam(installOptions, new Date()),
      await states.generateStateParam(installOptions, new Date()),
    ];
    await expect(verify(state, others)).rejects.toThrow("not one of Postie's");
    await expect(verify(`${state}x`)).rejects.toThrow("not one of Postie's");
    await expect(verify("")).rejects.toThrow("not one of Postie's");
    const [timeOf, nonce, mac] = state.split(".");
    await expect(verify(`${(Date.now() + 9e6).toString(36)}.${nonce}.${mac}`)).rejects.toThrow();
    expect(timeOf).toBe(time.toString(36));
    expect(await verify(state)).toBe(installOptions);
    await expect(verify(state)).rejects.toThrow("used before");
    time += 10 * 60_000 + 1;
    await expect(verify(late)).rejects.toThrow("too old");
  });
});

describe("what is stored of an installation", () => {
  async function installBoth(): Promise<SlackApp> {
    const app = await start();
    slack.workspace("T3");
    await install(app, { team: "T2" });
    await install(app, { team: "T3" });
    // What an instance knows already it does not read again at once.
    const fresh = await start();
    slack.deliverTo(fresh.url);
    return fresh;
  }

  const changes: [string, string][] = [
    [
      "was changed",
      "UPDATE installation SET installation_sealed = SUBSTR(installation_sealed, 1, LENGTH(installation_sealed) - 4) || 'AAAA' WHERE tenant = 'T2'",
    ],
    [
      "is another workspace's",
      "UPDATE installation SET installation_sealed = (SELECT installation_sealed FROM installation WHERE tenant = 'T3') WHERE tenant = 'T2'",
    ],
  ];
  it.each(changes)(
    "is refused when it %s: nobody is served with it, and the asker is told",
    async (_, sql) => {
      const app = await installBoth();
      await store.database.query(sql);
      const channel = slack.channel("channel", true, "T2");
      const delivered = await slack.command({ command: "/smtp", text: "550", channel });
      expect(delivered.body).toContain("cannot read its installation");
      await slack.say({ channel, text: `<@${slack.state.workspaces.get("T2")?.botUser}> 550` });
      await aWhile();
      expect(app.asked).toEqual([]);
      expect(slack.state.calls.filter(({ method }) => method === "chat.postMessage")).toEqual([]);
      expect(app.logged.some(({ msg }) => msg === "an installation cannot be opened")).toBe(true);

      const other = slack.channel("im", true, "T3");
      await slack.say({ channel: other, text: "550" });
      await said(other);
    },
  );

  it("is nothing where Postie is not installed: a person is told so, an event is dropped", async () => {
    const app = await start();
    const channel = slack.channel("channel", true, "T2");
    const delivered = await slack.command({ command: "/smtp", text: "550", channel });
    expect(delivered.body).toContain("not installed in this workspace");
    expect((await slack.say({ channel, text: "550" })).deliveries).toMatchObject([
      { status: 200, attempts: 1 },
    ]);
    expect(app.asked).toEqual([]);
    expect(await store.database.query("SELECT * FROM delivery")).toEqual([]);
  });
});

describe("an installation in a whole organisation", () => {
  beforeEach(() => {
    for (const team of ["T10", "T11"]) slack.workspace(team, "E1");
  });

  it("serves all its workspaces, each with settings of its own", async () => {
    const app = await start();
    const page = await install(app, { enterprise: "E1" });
    expect(page.html).toContain("The Organisation");
    for (const team of ["T10", "T11"]) {
      const channel = slack.channel("im", true, team);
      await slack.say({ channel, text: "550" });
      const [answer] = await said(channel);
      expect(answer?.text).toBe(`yes. ${team}`);
      const delivered = await slack.command({ command: "/smtp", text: "550", channel });
      expect(delivered.body).toBe("");
    }
    await until(() => app.asked.length === 4);
    expect(app.asked.map(({ place }) => place.tenant)).toEqual(["T10", "T10", "T11", "T11"]);
    expect(slack.state.complaints).toEqual([]);
  });

  it("does not take the place of a workspace's own, made at the same time", async () => {
    const owner = { platform: "slack", tenant: "T10" } as const;
    const own = { bot: { token: "xoxb-own" } };
    /** Just before something is written for the workspace, it installs Postie by itself. */
    const installedMeanwhile = new Proxy(store.installations, {
      get(target, name, receiver) {
        const work = Reflect.get(target, name, receiver) as (...given: unknown[]) => unknown;
        return async (...given: unknown[]) => {
          const [{ tenant }] = given as [{ tenant?: string }];
          if (String(name).startsWith("put") && tenant === owner.tenant) await target.put(owner, own);
          return work.apply(target, given);
        };
      },
    });
    const app = await start({ ...store, installations: installedMeanwhile });
    await install(app, { enterprise: "E1" });
    const channel = slack.channel("im", true, "T10");
    await slack.say({ channel, text: "550" });
    await said(channel);
    expect(await store.installations.get(owner)).toEqual(own);
  });

  it("does not serve workspaces of other organisations", async () => {
    slack.workspace("T20", "E2");
    const app = await start();
    await install(app, { enterprise: "E1" });
    const channel = slack.channel("im", true, "T20");
    await slack.say({ channel, text: "550" });
    const delivered = await slack.command({ command: "/smtp", text: "550", channel });
    expect(delivered.body).toContain("not installed");
    expect(app.asked).toEqual([]);
  });
});
