import { describe, expect, test } from "vitest";
import { type Knowledge, loadKnowledge, type Match } from "../../src/knowledge/index.ts";
import { folderWith, smallKnowledge } from "../support/knowledge-folder.ts";

async function small(more: Record<string, string> = {}): Promise<Knowledge> {
  return loadKnowledge({ directory: folderWith({ ...smallKnowledge, ...more }), cacheDirectory: null });
}

const told = (matches: readonly Match[]) =>
  matches.map(({ entry, matchedBy }) => `${entry.id} by ${matchedBy}`);

describe("one reply is explained", () => {
  test("by the server's literal text before anything else", async () => {
    const matches = (await small()).explainReply({
      text: "550-5.1.1 The email account that you tried to reach does not exist. User unknown",
      replyCode: "550",
      enhancedStatusCode: "5.1.1",
    });
    expect(told(matches)).toEqual([
      "gmail:no-such-user by token",
      "status:X.1.1 by enhanced-code",
      "phrase:user-unknown by phrase",
      "reply:550 by reply-code",
    ]);
    expect(matches[0]?.provider).toBe("gmail");
  });

  test("by what its provider means by the code, when the host shows the provider", async () => {
    const reply = { text: "550 5.7.30 refused", replyCode: "550", enhancedStatusCode: "5.7.30" };
    const matches = (await small()).explainReply({ ...reply, host: "gmail-smtp-in.l.google.com" });
    expect(told(matches)).toEqual([
      "gmail:5.7.30 by provider-code",
      "status:X.7.30 by enhanced-code",
      "reply:550 by reply-code",
    ]);
  });

  test("by the longest host name that fits", async () => {
    const knowledge = await small();
    expect(knowledge.providerOfHost("a.olc.protection.outlook.com")?.slug).toBe("outlook");
    expect(knowledge.providerOfHost("B.mail.PROTECTION.outlook.com.")?.slug).toBe("exchange-online");
    expect(knowledge.providerOfHost("protection.outlook.com.example.org")).toBeNull();
  });

  test("by the standard and then by what providers mean, when nobody knows who said it", async () => {
    const matches = (await small()).explainReply({ text: "5.7.30", enhancedStatusCode: "5.7.30" });
    expect(told(matches)).toEqual([
      "status:X.7.30 by enhanced-code",
      "gmail:5.7.30 by provider-code",
      "exchange-online:5.7.30 by provider-code",
    ]);
    expect(matches.map(({ conditional = false }) => conditional)).toEqual([false, true, true]);
  });

  test("by a provider's range", async () => {
    const knowledge = await small();
    const ids = (code: string) => told(knowledge.explainReply({ text: code, enhancedStatusCode: code }));
    expect(ids("5.7.620")[0]).toBe("exchange-online:5.7.606 by provider-code");
    expect(ids("5.7.650")).toEqual(["subject:X.7 by subject"]);
    expect(ids("4.7.620")).toEqual(["subject:X.7 by subject"]);
  });

  test("without guessing which of a provider's rules it is, when several share the code", async () => {
    const knowledge = await small();
    const reply = { replyCode: "421", enhancedStatusCode: "4.7.28", provider: "gmail" };
    expect(told(knowledge.explainReply({ ...reply, text: "421 4.7.28 slow down" }))[0]).toBe(
      "subject:X.7 by subject",
    );
    expect(told(knowledge.explainReply({ ...reply, text: "unusual rate of mail from your domain" }))[0]).toBe(
      "gmail:rate-b by token",
    );
  });

  test("by a general token only when its provider is known", async () => {
    const knowledge = await small();
    const reply = { text: "550 5.4.1 Recipient address rejected: Access denied", replyCode: "550" };
    expect(told(knowledge.explainReply(reply))).toEqual(["reply:550 by reply-code"]);
    expect(told(knowledge.explainReply({ ...reply, provider: "exchange-online" }))[0]).toBe(
      "exchange-online:denied by token",
    );
  });

  test("by words that tell more than the code, before the code", async () => {
    const matches = (await small()).explainReply({
      text: "550 5.1.1 <x@example.org>: Relay access denied",
      replyCode: "550",
      enhancedStatusCode: "5.1.1",
    });
    expect(told(matches)[0]).toBe("phrase:relay-denied by phrase");
  });

  test("by the code before words that name no cause", async () => {
    const matches = (await small()).explainReply({ text: "451 try again later", replyCode: "451" });
    expect(told(matches)).toEqual(["reply:451 by reply-code", "phrase:try-later by phrase"]);
  });

  test("with a note when its two codes disagree about trying again", async () => {
    const [match] = (await small()).explainReply({ text: "", replyCode: "550", enhancedStatusCode: "4.1.1" });
    expect(match).toMatchObject({
      entry: { id: "status:X.1.1" },
      note: "550 and 4.1.1 disagree; the first digit of 550 decides: it is not tried again.",
    });
  });

  test("by nothing when nothing is known", async () => {
    expect((await small()).explainReply({ text: "hello there", replyCode: "299" })).toEqual([]);
  });
});

describe("a question", () => {
  test.each<[string, string[]]>([
    ["reply:550", ["reply:550 by id"]],
    ["550", ["reply:550 by reply-code"]],
    ["471", ["reply:471 by reply-code"]],
    ["what does 5.7.1 mean?", ["status:X.7.1 by enhanced-code"]],
    ["X.7.1", ["status:X.7.1 by enhanced-code"]],
    ["550 5.7.1", ["status:X.7.1 by enhanced-code", "reply:550 by reply-code"]],
    ["4.7.99", ["subject:X.7 by subject"]],
    ["5.7.x", ["subject:X.7 by subject"]],
    ["5.7.*", ["subject:X.7 by subject"]],
    ["X.7", ["subject:X.7 by subject"]],
    ["５５０", ["reply:550 by reply-code"]],
    ["５５０ ５．７．１", ["status:X.7.1 by enhanced-code", "reply:550 by reply-code"]],
    ["error 111", ["reply:111 by reply-code"]],
    ["5.9.9", []],
    ["999", []],
    ["5.7.30 @gmail", ["gmail:5.7.30 by provider-code", "status:X.7.30 by enhanced-code"]],
    ["gmail 5.7.30", ["gmail:5.7.30 by provider-code", "status:X.7.30 by enhanced-code"]],
    [
      "office 365 550 5.7.30",
      [
        "exchange-online:5.7.30 by provider-code",
        "status:X.7.30 by enhanced-code",
        "reply:550 by reply-code",
      ],
    ],
    ["5.7.515", ["outlook:5.7.515 by provider-code", "subject:X.7 by subject"]],
    ["S3150", ["outlook:S3150 by token"]],
    ["blocked s3150 hotmail", ["outlook:S3150 by token"]],
    ["weather tomorrow", []],
    ["404 not found", []],
    ["smtp 999", []],
    ["", []],
    ["???", []],
  ])("%j is explained by %j", async (query, ids) => {
    const matches = await (await small()).search(query);
    expect(told(matches).slice(0, Math.max(1, ids.length))).toEqual(ids);
  });

  test("is understood with typing errors and in another language", async () => {
    const knowledge = await small();
    const first = async (query: string) => (await knowledge.search(query))[0]?.entry.id;
    expect(await first("gryelisting")).toBe("guide:greylisting");
    expect(await first("unkown user")).toBe("guide:user-unknown");
    expect(await first("relay acces denyed")).toBe("phrase:relay-denied");
    expect(await first("Empfanger unbekannt")).toBe("guide:user-unknown");
    expect(await first("Warum ist der Empfänger unbekannt?")).toBe("guide:user-unknown");
  });

  test("with several codes gets each explained, the most specific first", async () => {
    const text = "first 451 came and then 550 5.7.30 and once 5.7.606 from somewhere";
    expect(told(await (await small()).search(text, { provider: "exchange-online" }))).toEqual([
      "exchange-online:5.7.30 by provider-code",
      "exchange-online:5.7.606 by provider-code",
      "status:X.7.30 by enhanced-code",
      "subject:X.7 by subject",
      "reply:550 by reply-code",
      "reply:451 by reply-code",
    ]);
  });

  test("about two providers gets the standard's meaning, then both", async () => {
    expect(told(await (await small()).search("difference between 5.7.30 at gmail and m365"))).toEqual([
      "status:X.7.30 by enhanced-code",
      "gmail:5.7.30 by provider-code",
      "exchange-online:5.7.30 by provider-code",
    ]);
  });

  test("with a slip in a provider's code gets the code that the words are those of", async () => {
    const [first] = await (await small()).search("550 5.7.15 access denied outlook");
    expect(first).toMatchObject({
      entry: { id: "outlook:5.7.515" },
      note: "You asked about 5.7.15; the words are those of 5.7.515.",
    });
  });

  test("that is a whole bounce is answered by what refused the message", async () => {
    const bounce = `This is the mail system at host mail.example.org.\n\n250 2.1.5 earlier\n${"Some more words. ".repeat(30)}
<anna@example.com>: host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.1.1 The email account that you tried to
    550-5.1.1 reach does not exist. (in reply to RCPT TO command)\n`;
    expect(told(await (await small()).search(bounce))).toEqual([
      "gmail:no-such-user by token",
      "status:X.1.1 by enhanced-code",
      "reply:550 by reply-code",
    ]);
  });

  test("that corrects a common claim about a code is answered by the correction", async () => {
    const [first] = await (await small()).search("is 550 always a typing error");
    expect(first?.entry.id).toBe("myth:550-always-typo");
  });
});

describe("a provider's name", () => {
  test.each([
    ["@gmail", "gmail"],
    ["Google", "gmail"],
    ["@office 365", "exchange-online"],
    ["hotmail", "outlook"],
  ])("%s", async (name, slug) => expect((await small()).findProvider(name)?.slug).toBe(slug));

  test("that is misspelt has near ones", async () => {
    const knowledge = await small();
    expect(knowledge.findProvider("@gmial")).toBeNull();
    expect(knowledge.nearProviders("@gmial")).toContain("gmail");
    expect(knowledge.nearProviders("@zzzzzzzz")).toEqual([]);
  });
});

describe("guides", () => {
  test("are found by topic, by alias, or by the code that leads to them", async () => {
    const knowledge = await small();
    const first = async (query: string) => (await knowledge.searchGuides(query))[0]?.entry.id;
    expect(await first("grey listing")).toBe("guide:greylisting");
    expect(await first("5.1.1")).toBe("guide:user-unknown");
    expect(await first("weather")).toBeUndefined();
  });

  test("are listed by theme, the rest at the end", async () => {
    const themes = "themes:\n  - { title: First of all, guides: [user-unknown] }\n";
    const knowledge = await small({ "guide-themes.yaml": themes });
    expect(knowledge.themes().map(({ title, guides }) => [title, ...guides.map(({ key }) => key)])).toEqual([
      ["First of all", "user-unknown"],
      ["More", "greylisting"],
    ]);
  });
});
