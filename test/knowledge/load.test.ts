import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkKnowledge, KnowledgeError, loadKnowledge } from "../../src/knowledge/index.ts";
import { folderWith, smallKnowledge, temporaryFolder } from "../support/knowledge-folder.ts";

const uncached = { cacheDirectory: null };

async function problemsOf(files: Record<string, string>): Promise<string[]> {
  const { problems } = await checkKnowledge(undefined, { directory: folderWith(files), ...uncached });
  return problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`);
}

describe("an entry", () => {
  test("has what it leaves out from its category and its code", async () => {
    const knowledge = await loadKnowledge({ directory: folderWith(smallKnowledge), ...uncached });
    expect(knowledge.entry("gmail:no-such-user")).toMatchObject({
      kind: "provider",
      provider: "gmail",
      permanence: "permanent",
      retry: "after-fix",
      act: ["sender"],
      remedies: { sender: "Write the address afresh.", recipientAdmin: "Create the mailbox." },
      guides: ["user-unknown"],
      local: false,
    });
    expect(knowledge.entry("reply:451")?.permanence).toBe("temporary");
    expect(knowledge.entry("status:X.7.1")?.permanence).toBe("either");
  });

  test("names its sources with their pages", async () => {
    const knowledge = await loadKnowledge({ directory: folderWith(smallKnowledge), ...uncached });
    expect(knowledge.entry("reply:550")?.sources).toEqual([
      { text: "RFC 5321 §4.2.3", href: "https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3" },
    ]);
    expect(knowledge.entry("gmail:5.7.30")?.sources).toEqual([
      { text: "Gmail errors (seen 2026-07-02)", href: "https://support.google.com/a/answer/3726730" },
    ]);
  });

  test("is found by its id in any case", async () => {
    const knowledge = await loadKnowledge({ directory: folderWith(smallKnowledge), ...uncached });
    expect(knowledge.entry("OUTLOOK:s3150")?.id).toBe("outlook:S3150");
    expect(knowledge.entry("reply:999")).toBeNull();
  });
});

describe("a mistake in a file is told with its line", () => {
  const reply = (rest: string) =>
    `replyCodes:\n  - code: "550"\n    standard: true\n    title: A title\n    meaning: Means something.\n    sources: [RFC 5321]\n${rest}`;

  test.each<[string, Record<string, string>, string]>([
    [
      "an unknown field",
      { "reply-codes.yaml": reply("    colour: red\n") },
      'reply-codes.yaml:7: replyCodes › 550: Unrecognized key: "colour"',
    ],
    [
      "a wrong type",
      { "reply-codes.yaml": reply("    causes: none\n") },
      "reply-codes.yaml:7: replyCodes › 550 › causes: Invalid input: expected array, received string",
    ],
    [
      "a code without quotes",
      {
        "reply-codes.yaml":
          "replyCodes:\n  - code: 550\n    standard: true\n    title: Abc\n    meaning: Means something.\n    sources: [RFC 5321]\n",
      },
      "reply-codes.yaml:2: replyCodes › number 1 › code: Invalid input: expected string, received number",
    ],
    [
      "no sources",
      {
        "reply-codes.yaml":
          'replyCodes:\n  - code: "550"\n    standard: true\n    title: Abc\n    meaning: Means something.\n',
      },
      "reply-codes.yaml:2: replyCodes › 550 › sources: Invalid input: expected array, received undefined",
    ],
    ["YAML that is none", { "phrases.yaml": "phrases: [a\n" }, "phrases.yaml:2: "],
    [
      "a key given twice",
      { "phrases.yaml": "phrases: []\nphrases: []\n" },
      "phrases.yaml:2: Map keys must be unique",
    ],
    [
      "an id given twice",
      { "reply-codes.yaml": reply(reply("").slice("replyCodes:\n".length)) },
      "reply-codes.yaml:7: reply:550 is already in reply-codes.yaml, line 2",
    ],
    [
      "a category that is not there",
      { "reply-codes.yaml": reply("    category: nonsense\n") },
      "reply-codes.yaml:2: reply:550: there is no category nonsense",
    ],
    [
      "a guide that is not there",
      { "reply-codes.yaml": reply("    guides: [nothing]\n") },
      "reply-codes.yaml:2: reply:550: there is no guide nothing",
    ],
    [
      "a source that is not there",
      { "reply-codes.yaml": reply("").replace("RFC 5321", "some-page") },
      "reply-codes.yaml:2: reply:550: some-page is neither",
    ],
    [
      "a provider that is not there",
      {
        "providers/acme.yaml":
          "provider: acme\nentries:\n  - { key: a1, title: Abc, meaning: Means something., sources: [RFC 5321] }\n",
      },
      "providers/acme.yaml:3: acme:a1: providers.yaml has no acme",
    ],
    [
      "a file called otherwise",
      { "providers/x.yaml": "provider: acme\nentries: []\n" },
      "providers/x.yaml:1: the file of acme must be called acme.yaml",
    ],
    [
      "a token that says nothing",
      {
        "phrases.yaml":
          "phrases:\n  - key: abc\n    tokens:\n      - good token\n      - '***'\n    title: Abc\n    meaning: Means something.\n    sources: [RFC 5321]\n",
      },
      'phrases.yaml:5: token "***": holds no literal text',
    ],
    [
      "a guide without front matter",
      { "guides/abc.md": "# Abc\n" },
      "guides/abc.md:1: expected front matter",
    ],
    [
      "a guide's front matter",
      { "guides/abc.md": "---\ntitle: Abc\nsources: [RFC 5321]\n---\ntext\n" },
      "guides/abc.md:2: summary: Invalid input: expected string, received undefined",
    ],
    [
      "a guide's text",
      {
        "guides/abc.md":
          "---\ntitle: Abc\nsummary: A summary of it.\nsources: [RFC 5321]\n---\n\n[x](http://example.org)\n",
      },
      "guides/abc.md:7: links in guides lead to https: pages",
    ],
  ])("%s", async (_, files, expected) => {
    expect((await problemsOf(files)).join("\n")).toContain(expected);
  });

  test("and all mistakes of all files are told", async () => {
    const problems = await problemsOf({
      "reply-codes.yaml": reply("    colour: red\n    causes: 7\n"),
      "myths.yaml": "myths: 1\n",
    });
    expect(problems).toHaveLength(3);
  });

  test("and a file with a wrong form is not used", async () => {
    const directory = folderWith({ "myths.yaml": "myths: 1\n" });
    await expect(loadKnowledge({ directory, ...uncached })).rejects.toThrow(KnowledgeError);
  });

  test("and a folder that is not there is told", async () => {
    const overlay = join(temporaryFolder(), "nowhere");
    await expect(loadKnowledge({ overlay, ...uncached })).rejects.toThrow(/nowhere.*cannot be read/);
  });

  test("but a reference that leads nowhere only leaves itself out", async () => {
    const directory = folderWith({ "reply-codes.yaml": reply("    guides: [nothing]\n") });
    const knowledge = await loadKnowledge({ directory, ...uncached });
    expect(knowledge.entry("reply:550")?.guides).toEqual([]);
    expect(knowledge.problems).toHaveLength(1);
  });
});

describe("a folder of local knowledge", () => {
  const local = {
    "reply-codes.yaml":
      'replyCodes:\n  - { code: "550", standard: true, title: Call the help desk, meaning: Ours to solve., sources: [RFC 5321], category: user-unknown }\n',
    "providers.yaml":
      "providers:\n  - { slug: acme-gateway, name: Our gateway, aliases: [gateway], hosts: [gw.example.org] }\n",
    "providers/acme-gateway.yaml":
      "provider: acme-gateway\nentries:\n  - { key: AC-17, tokens: [refused by AC-17], title: Our gateway found a macro, meaning: Attachments with macros are refused., sources: [intranet] }\n",
    "sources/own.yaml": "sources:\n  - { id: intranet, title: Mail rules on the intranet, seen: 2026-01 }\n",
  };

  test("replaces what has the same id and adds the rest", async () => {
    const knowledge = await loadKnowledge({
      directory: folderWith(smallKnowledge),
      overlay: folderWith(local),
      ...uncached,
    });
    expect(knowledge.entry("reply:550")).toMatchObject({ title: "Call the help desk", local: true });
    expect(knowledge.entry("reply:451")).toMatchObject({ local: false });
    expect(knowledge.counts.local).toBe(2);
    const [match] = await knowledge.search("our mail was refused by AC-17");
    expect(match).toMatchObject({ entry: { id: "acme-gateway:AC-17", local: true }, matchedBy: "token" });
    expect(knowledge.findProvider("@gateway")?.slug).toBe("acme-gateway");
    expect(knowledge.problems).toEqual([]);
  });

  test("is checked alike", async () => {
    const overlay = folderWith({ "phrases.yaml": "phrases: 5\n" });
    const { problems, counts } = await checkKnowledge(overlay, {
      directory: folderWith(smallKnowledge),
      ...uncached,
    });
    expect(problems).toMatchObject([{ file: "phrases.yaml", line: 1 }]);
    expect(counts).toBeNull();
  });
});

describe("the compiled form", () => {
  test("is made once and used while nothing changes", async () => {
    const directory = folderWith(smallKnowledge);
    const cacheDirectory = temporaryFolder();
    await loadKnowledge({ directory, cacheDirectory });
    const [name = ""] = readdirSync(cacheDirectory);
    const file = join(cacheDirectory, name);
    const [digest = "", data = ""] = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, `${digest}\n${data.replace("Not now", "From the cache")}`);
    expect((await loadKnowledge({ directory, cacheDirectory })).entry("reply:451")?.title).toBe(
      "From the cache",
    );
  });

  test("is made anew when a file changes, even with the same size and time", async () => {
    const directory = folderWith(smallKnowledge);
    const cacheDirectory = temporaryFolder();
    await loadKnowledge({ directory, cacheDirectory });
    const file = join(directory, "reply-codes.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("Not now", "Not yet"));
    expect((await loadKnowledge({ directory, cacheDirectory })).entry("reply:451")?.title).toBe("Not yet");
    expect(readdirSync(cacheDirectory)).toHaveLength(1);
  });

  test("is not believed when it is broken", async () => {
    const directory = folderWith(smallKnowledge);
    const cacheDirectory = temporaryFolder();
    await loadKnowledge({ directory, cacheDirectory });
    const [name = ""] = readdirSync(cacheDirectory);
    const file = join(cacheDirectory, name);
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 200));
    expect((await loadKnowledge({ directory, cacheDirectory })).entry("reply:451")?.title).toBe("Not now");
  });

  test("is done without where it cannot be kept", async () => {
    const directory = folderWith(smallKnowledge);
    const notAFolder = join(folderWith({ file: "x" }), "file");
    const knowledge = await loadKnowledge({ directory, cacheDirectory: join(notAFolder, "cache") });
    expect(knowledge.entry("reply:451")?.title).toBe("Not now");
  });

  test("can be read by its owner only", async () => {
    const directory = folderWith(smallKnowledge);
    const cacheDirectory = join(temporaryFolder(), "made");
    await loadKnowledge({ directory, cacheDirectory });
    const [name = ""] = readdirSync(cacheDirectory);
    const modes = [cacheDirectory, join(cacheDirectory, name)].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600]);
  });
});
