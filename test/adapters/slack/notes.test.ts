import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../../src/store/index.ts";
import type { FakeSlack } from "../../support/fake-slack.ts";
import { aWhile, until } from "../../support/slack-app.ts";
import { type Instances, openInstances, yes } from "../../support/slack-instances.ts";

const BOUNCE = "550 5.1.1 <secret@example.org>: user unknown";

let instances: Instances;
let slack: FakeSlack;
beforeEach(async () => {
  instances = await openInstances();
  slack = instances.slack;
});
afterEach(async () => {
  await instances.close();
  expect(slack.state.complaints).toEqual([]);
});

describe("what is kept of a question for another instance", () => {
  it("holds no mail text, nor what a window can no longer be opened with", async () => {
    const store = await instances.openStore();
    const notes: unknown[] = [];
    const listening: Store = {
      ...store,
      deliveries: {
        ...store.deliveries,
        take(owner, name, note) {
          notes.push(note);
          return store.deliveries.take(owner, name, note);
        },
      },
    };
    const app = await instances.startOn(listening, yes);
    slack.deliverTo(app.url);
    const channel = slack.channel();
    const { message } = await slack.say({ channel, text: BOUNCE });
    await slack.edit(channel, message, `<@${slack.state.botUser}> ${BOUNCE} again`);
    const file = slack.file({ name: "secret.eml", filetype: "eml", bytes: Buffer.from(BOUNCE) });
    await slack.say({ channel, text: "", files: [file] });
    await slack.react(channel, message, "incoming_envelope");
    await slack.command({ command: "/bounce", text: BOUNCE, channel });
    await slack.command({ command: "/smtp", text: BOUNCE, channel });
    await slack.command({ command: "/checkdomain", text: "secret@example.org", channel });
    await slack.shortcut("explain_bounce", { channel, message });
    await slack.shortcut("ask_postie");
    await until(() => slack.state.views.opened.length === 1);
    await slack.submit(BOUNCE);
    const value = JSON.stringify({ c: "bounce", t: BOUNCE });
    const ask = { action_id: "postie_ask_0", value, action_ts: "6.6" };
    const share = {
      action_id: "postie_share",
      value: JSON.stringify({ k: "key", q: value }),
      action_ts: "7.7",
    };
    for (const action of [ask, share]) {
      await slack.interact({
        type: "block_actions",
        user: { id: "U0ANNA" },
        channel: { id: channel.id },
        response_url: slack.api.responseUrl({ channel: channel.id, user: "U0ANNA" }),
        message: { ts: message.ts, text: BOUNCE },
        actions: [action],
      });
    }
    expect(notes.length).toBeGreaterThanOrEqual(10);
    expect(JSON.stringify(notes)).not.toMatch(/secret|5\.1\.1|trigger_id/);
    await aWhile(300);
  });
});
