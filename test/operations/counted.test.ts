import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { createLimits } from "../../src/bot/limits.ts";
import { createMetrics } from "../../src/metrics.ts";
import { createServices } from "../../src/services.ts";
import { type DnsServer, startDnsServer } from "../support/dns-server.ts";
import { finalOf, request } from "../support/requests.ts";

const ZONE = {
  "secret-partner.example": {
    NS: "ns.secret-partner.example",
    MX: { preference: 10, exchange: "mx.secret-partner.example" },
    TXT: "v=spf1 mx -all",
  },
  "mx.secret-partner.example": { A: "203.0.114.5" },
};

describe("a question that is asked", () => {
  let dns: DnsServer;
  beforeAll(async () => {
    dns = await startDnsServer(ZONE);
  });
  afterAll(() => dns.close());

  /** A bot whose parts are counted, and what was counted so far. */
  function countedBot(limits = createLimits()) {
    const metrics = createMetrics();
    const services = createServices({ dns: [dns.address], knowledge: undefined }, metrics);
    const bot = createBot({ commands, services, limits, onAnswered: metrics.onAnswered });
    return {
      ask: (text: string) =>
        finalOf(
          bot,
          request({
            text,
            place: { platform: "slack", tenant: "T0SECRET", conversation: "C0SECRET", private: false },
          }),
        ),
      async value(series: string) {
        const { body } = await metrics.expose();
        const line = body.split("\n").find((one) => one.startsWith(`${series} `));
        return line ? Number(line.slice(series.length + 1)) : 0;
      },
      text: async () => (await metrics.expose()).body,
    };
  }

  test("is counted with its DNS outcomes, and names nobody", async () => {
    const { ask, value, text } = countedBot();
    const { outcome } = await ask("checkdomain secret-partner.example");
    const answered = `postie_questions_total{command="checkdomain",platform="slack",outcome="${outcome}"}`;
    expect(await value(answered)).toBe(1);
    expect(await value('postie_question_duration_seconds_count{command="checkdomain"}')).toBe(1);
    expect(await value('postie_dns_outcomes_total{type="mx",status="ok"}')).toBeGreaterThan(0);
    expect(await text()).not.toMatch(/secret|203\.0\.114|T0|C0/i);
  });

  test("is counted with what each blocklist said", async () => {
    const { ask, value, text } = countedBot();
    await ask("checkip 203.0.114.5");
    const asked = await value('postie_dns_outcomes_total{type="blocklist",status="nxdomain"}');
    expect(asked).toBeGreaterThan(10);
    // Test points are missing here, so that the lists that should have one are not believed.
    expect(await value('postie_dnsbl_verdicts_total{verdict="unchecked",reason="empty"}')).toBeGreaterThan(
      10,
    );
    expect(await text()).not.toMatch(/203\.0\.114|5\.114\.0\.203/);
  });

  test("is counted as busy when there were too many", async () => {
    const { ask, value } = countedBot(createLimits({ askerPerMinute: 1 }));
    await ask("smtp 550");
    await ask("smtp 550");
    expect(await value('postie_questions_total{command="smtp",platform="slack",outcome="answered"}')).toBe(1);
    expect(await value('postie_questions_total{command="smtp",platform="slack",outcome="busy"}')).toBe(1);
    expect(await value('postie_question_duration_seconds_count{command="smtp"}')).toBe(1);
  });

  test("that is known from before asks no resolver and counts no outcome", async () => {
    const { ask, value } = countedBot();
    await ask("checkdomain secret-partner.example");
    const before = await value('postie_dns_outcomes_total{type="mx",status="ok"}');
    await ask("checkdomain secret-partner.example");
    expect(await value('postie_dns_outcomes_total{type="mx",status="ok"}')).toBe(before);
  });
});
