import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { type Child, startChild } from "../../support/child-process.ts";
import { startFakeSlack } from "../../support/fake-slack.ts";
import { said, until } from "../../support/slack-app.ts";

const INSTANCE = join(import.meta.dirname, "..", "..", "support", "slack-instance.ts");
const started = z.object({ url: z.string() });

it("what a process was working on when it was killed is answered by another on the same file, and once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "postie-killed-"));
  const slack = await startFakeSlack();
  const start = async (answers: "never" | "yes"): Promise<{ child: Child; url: string }> => {
    const child = startChild(INSTANCE, [join(folder, "postie.sqlite"), slack.apiUrl, answers]);
    return { child, url: started.parse(await child.message()).url };
  };
  const first = await start("never");
  const others = [await start("yes"), await start("yes")];
  try {
    slack.deliverTo(first.url);
    const direct = slack.channel("im");
    const channel = slack.channel("channel", false);
    await slack.say({ channel: direct, text: "example.org" });
    await slack.command({ command: "/checkdomain", text: "example.org", channel });
    const [progress] = await said(direct);
    await said(channel);
    await first.child.kill();
    await until(() => progress?.text.startsWith("About") ?? false, 15_000);
    const answers = () => channel.messages.filter(({ text }) => text.startsWith("About"));
    await until(() => answers().length > 0, 15_000);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(answers()).toHaveLength(1);
    expect(await said(direct)).toHaveLength(1);
    expect(slack.state.complaints).toEqual([]);
  } finally {
    for (const { child } of others) await child.kill();
    await slack.close();
    await rm(folder, { recursive: true });
  }
}, 60_000);
