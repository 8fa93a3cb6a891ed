import { describe, expect, test } from "vitest";
import { borderLine, clientOf } from "../../src/message/client.ts";
import { readMailDate } from "../../src/message/mail-date.ts";
import { readReceived, trailOf } from "../../src/message/received.ts";
import { inWords, slowestHop, trailFindings } from "../../src/message/trail-findings.ts";

const at = "Tue, 3 Nov 2026 09:00:05 +0000";
const AT = "2026-11-03T09:00:05.000Z";

describe("a Received field", () => {
  test.each([
    [
      "Postfix",
      `from mail.example.org (mail.example.org [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) by mx.example.net (Postfix) with ESMTPS id 4X for <b@example.net>; ${at}`,
      {
        from: "mail.example.org",
        reverseName: "mail.example.org",
        address: "192.0.2.1",
        by: "mx.example.net",
        protocol: "ESMTPS",
        tls: true,
        at: AT,
      },
    ],
    [
      "Postfix, no reverse name",
      `from helo.example.org (unknown [192.0.2.1]) by mx.example.net (Postfix) with ESMTP id 4X; ${at} (UTC)`,
      { from: "helo.example.org", reverseName: null, address: "192.0.2.1", tls: false, at: AT },
    ],
    [
      "Postfix, IPv6",
      `from mail.example.org (mail.example.org [IPv6:2001:db8::1]) by mx.example.net with ESMTPS; ${at}`,
      { address: "2001:db8::1" },
    ],
    [
      "Exim",
      `from mail.example.org ([192.0.2.1]:52044) by mx.example.net with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <a@example.org>) id 1r-0; ${at}`,
      {
        from: "mail.example.org",
        address: "192.0.2.1",
        by: "mx.example.net",
        tls: true,
        envelopeFrom: "a@example.org",
      },
    ],
    [
      "Exim, a name that was claimed",
      `from [192.0.2.1] (helo=bank.example) by mx.example.net with esmtp (Exim 4.96) id 1r-0; ${at}`,
      { address: "192.0.2.1", reverseName: null, tls: false },
    ],
    [
      "Gmail",
      `from mail.example.org (mail.example.org. [192.0.2.1]) by mx.google.com with ESMTPS id a1-20020a.2026.11.03.01.00.05 for <b@gmail.example> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Tue, 03 Nov 2026 01:00:05 -0800 (PST)`,
      { reverseName: "mail.example.org", by: "mx.google.com", tls: true, at: AT },
    ],
    [
      "Gmail, within",
      `by 2002:a05:6022:1234:b0:5e:abcd with SMTP id x1csp1; ${at}`,
      { from: null, address: null, by: "2002:a05:6022:1234:b0:5e:abcd" },
    ],
    [
      "Exchange Online",
      `from VE1EUR01FT001.eop-EUR01.prod.protection.outlook.com (2603:10a6:10::cafe) by DB9PR05CA0012.outlook.office365.com (2603:10a6:10::20) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA) id 15.20.1; ${at}`,
      { address: "2603:10a6:10::cafe", byAddress: "2603:10a6:10::20", tls: true },
    ],
    [
      "sendmail",
      `from mail.example.org (mail.example.org [192.0.2.1]) by mx.example.net (8.17.1/8.17.1) with ESMTP id 3A; ${at}`,
      { by: "mx.example.net", address: "192.0.2.1" },
    ],
    ["qmail", "(qmail 12345 invoked by uid 89); 3 Nov 2026 09:00:05 -0000", { from: null, by: null, at: AT }],
    [
      "LMTP",
      `from mx.example.net by store.example.net with LMTP id 8F; ${at}`,
      { protocol: "LMTP", tls: null },
    ],
    ["no date", "from mail.example.org by mx.example.net with ESMTP", { at: null }],
    ["nothing", "", { from: null, by: null, address: null, at: null, tls: null }],
    ["nonsense", ";;;((((", { from: null, at: null }],
  ])("of %s is read", (_what, value, expected) => {
    expect(readReceived([value])[0]).toMatchObject(expected);
  });
});

describe("a date", () => {
  test.each([
    [at, AT],
    ["Tue, 03 Nov 2026 10:00:05 +0100 (CET)", AT],
    ["3 Nov 2026 09:00 GMT", "2026-11-03T09:00:00.000Z"],
    ["Tue, 3 Nov 26 04:00:05 EST", AT],
    ["03-Nov-2026 09:00:05 +0000", AT],
    ["Tue, 3 Nov 2026 09:00:05.123456 +0000", AT],
    ["Tue, 3 Nov 2026 09:00:05", null],
    ["Tue, 3 Nov 2026 09:00:05 CEST", null],
    ["Tue, 33 Nov 2026 09:00:05 +0000", null],
    ["3 Nov 1812 09:00:05 +0000", null],
    ["yesterday", null],
    ["", null],
  ])("%s is %s", (text, expected) => {
    expect(readMailDate(text)).toBe(expected);
  });
});

const hop = (from: string, by: string, time: string, how = "ESMTPS") =>
  `from ${from} (${from} [192.0.2.1]) by ${by} with ${how}; Tue, 3 Nov 2026 ${time} +0000`;

describe("the trail", () => {
  const trail = trailOf(
    readReceived([
      hop("relay.example.net", "store.example.net", "09:20:30"),
      hop("mail.example.org", "relay.example.net", "09:20:00", "ESMTP"),
      hop("pc.example.org", "mail.example.org", "09:00:00"),
    ]),
  );

  test("is the oldest first, with the time that each hop took", () => {
    expect(trail.map(({ by, delaySeconds }) => [by, delaySeconds])).toEqual([
      ["mail.example.org", null],
      ["relay.example.net", 1200],
      ["store.example.net", 30],
    ]);
  });

  test("tells its slowest hop and the one that was not encrypted", () => {
    expect(slowestHop(trail)?.by).toBe("relay.example.net");
    expect(trailFindings(trail).map(({ id, evidence }) => [id, evidence])).toEqual([
      ["trail.slow-hop", "20 min from mail.example.org to relay.example.net"],
      ["trail.unencrypted", "mail.example.org to relay.example.net with ESMTP"],
    ]);
  });

  test("tells clocks that disagree", () => {
    const skewed = trailOf(
      readReceived([hop("b.example", "c.example", "08:50:00"), hop("a.example", "b.example", "09:00:00")]),
    );
    expect(skewed[1]?.delaySeconds).toBe(-600);
    expect(trailFindings(skewed).map(({ id }) => id)).toEqual(["trail.clock-skew"]);
    expect(slowestHop(skewed)).toBeNull();
  });

  test("goes on over a hop without a date", () => {
    const gap = trailOf(
      readReceived([
        hop("b.example", "c.example", "09:10:00"),
        "by b.example with LMTP",
        hop("a.example", "b.example", "09:00:00"),
      ]),
    );
    expect(gap.map(({ delaySeconds }) => delaySeconds)).toEqual([null, null, 600]);
  });

  test("has sixty hops at most", () => {
    expect(
      readReceived(Array.from({ length: 500 }, () => hop("a.example", "b.example", "09:00:00"))),
    ).toHaveLength(60);
  });

  test.each([
    [40, "40 s"],
    [600, "10 min"],
    [11_100, "3 h 5 min"],
    [187_200, "2 d 4 h"],
  ])("writes %i seconds as %s", (seconds, words) => {
    expect(inWords(seconds)).toBe(words);
  });
});

describe("the server that handed the message over", () => {
  const border = (...values: string[]) => borderLine(readReceived(values))?.address ?? null;
  const from = (text: string) => `from ${text} with ESMTPS; ${at}`;
  const sender = from("mail.sender.example (mail.sender.example [192.0.2.10]) by mx.receiver.example");

  test.each([
    ["the topmost line", [sender], "192.0.2.10"],
    [
      "below private hops",
      [from("filter (filter [10.0.0.5]) by store.receiver.example"), sender],
      "192.0.2.10",
    ],
    ["below lines without an address", [`by store.receiver.example with LMTP; ${at}`, sender], "192.0.2.10"],
    [
      "below loopback",
      [from("localhost (localhost [127.0.0.1]) by mx.receiver.example"), sender],
      "192.0.2.10",
    ],
    [
      "below the receiver's own names, as it looked them up",
      [from("mx.receiver.example (mx.receiver.example [198.51.100.1]) by store.receiver.example"), sender],
      "192.0.2.10",
    ],
    [
      "below the receiver's own network",
      [from("a.outlook.example (2603:10a6:10::cafe) by b.outlook.example (2603:10a6:10::20)"), sender],
      "192.0.2.10",
    ],
    [
      "not below a name that the client only claimed",
      [from("mx.receiver.example (unknown [203.0.113.66]) by mx.receiver.example"), sender],
      "203.0.113.66",
    ],
    [
      "between two customers of one provider",
      [
        from("mail-1.google.com (mail-1.google.com. [198.51.100.41]) by mx.google.com"),
        from("[192.168.0.5] (dsl.example [203.0.113.9]) by smtp.gmail.com"),
      ],
      "198.51.100.41",
    ],
    [
      "above what somebody who logged in handed over",
      [
        from("out.provider.example (out.provider.example [198.51.100.41]) by mx.provider.example"),
        `from pc (dsl.example [203.0.113.9]) by out.provider.example with ESMTPSA; ${at}`,
      ],
      "198.51.100.41",
    ],
    [
      "not below another customer of one cloud",
      [
        from("a.compute.amazonaws.com (a.compute.amazonaws.com [203.0.113.66]) by b.compute.amazonaws.com"),
        sender,
      ],
      "203.0.113.66",
    ],
    ["nowhere where all is inside", [from("a (a [10.0.0.5]) by b.example")], null],
    ["nowhere without lines", [], null],
  ])("is found %s", (_what, values, address) => {
    expect(border(...values)).toBe(address);
  });

  test("by the asker's word has the name of its line", () => {
    expect(clientOf(readReceived([sender]), "192.0.2.10")).toEqual({
      address: "192.0.2.10",
      helo: "mail.sender.example",
      from: "given",
    });
    expect(clientOf(readReceived([sender]), "192.0.2.99")?.helo).toBeNull();
  });
});
