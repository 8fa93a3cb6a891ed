import { type IncomingHttpHeaders, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpServer, type HttpServer } from "../../../adapters/http.ts";
import { addWeb } from "../../../adapters/web/index.ts";
import { createBot } from "../../../src/bot/bot.ts";
import { commands } from "../../../src/bot/commands/index.ts";
import { createLimits } from "../../../src/bot/limits.ts";
import { MAX_FILE_BYTES } from "../../../src/bot/request.ts";
import { createServices } from "../../../src/services.ts";

const services = createServices({ dns: [{ address: "127.0.0.1", port: 9 }], knowledge: undefined });
const open: HttpServer[] = [];
let page = "";

async function serve({ names = [], askerPerMinute = 1_000 }: { names?: string[]; askerPerMinute?: number }) {
  const http = createHttpServer({ host: "127.0.0.1", port: 0 });
  const limits = createLimits({ askerPerMinute, placePerMinute: 1_000 });
  addWeb({ app: http.app, bot: createBot({ commands, services, limits }), services, names });
  open.push(http);
  return http.listen();
}

beforeAll(async () => {
  page = await serve({});
});
afterAll(() => Promise.all(open.map((http) => http.close(0))));

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

interface Sent {
  base?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** As any program could ask, also with headers that `fetch` does not let be set. */
function send(
  path: string,
  { base = page, method = "GET", headers = {}, body = "" }: Sent = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}${path}`, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function ask(body: unknown, more: Sent = {}): Promise<Reply> {
  const headers = { "content-type": "application/json", ...more.headers };
  return send("/ask", {
    ...more,
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function lines({ text }: Reply) {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a question", () => {
  test("is answered as plain web, as Slack and as Teams", async () => {
    const reply = await ask({ text: "smtp 550" });
    expect(reply.headers["content-type"]).toContain("application/x-ndjson");
    const { answer } = lines(reply).at(-1);
    expect(answer.outcome).toBe("answered");
    expect(JSON.stringify(answer.plain)).toContain("550");
    expect(JSON.stringify(answer.slack)).toContain("550");
    expect(answer.teams.type).toBe("AdaptiveCard");
  });

  test("of a live check brings its progress before its answer", async () => {
    const told = lines(await ask({ command: "checkdomain", text: "partner.example" }));
    expect(told[0].progress.length).toBeGreaterThan(0);
    expect(told.at(-1).answer.title).toContain("partner.example");
  });

  test("may be a file", async () => {
    const mail = "550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown";
    const files = [{ name: "returned.txt", base64: Buffer.from(mail).toString("base64") }];
    const { answer } = lines(await ask({ text: "", files })).at(-1);
    expect(JSON.stringify(answer.plain)).toContain("anna@example.org");
  });

  test.each<[string, unknown]>([
    ["broken JSON", '{"text":'],
    ["JSON of another form", { question: "smtp 550" }],
    ["an unknown command", { command: "shutdown", text: "" }],
    ["a file that is no base64", { text: "", files: [{ name: "a.eml", base64: "<>" }] }],
    ["no object", "[1]"],
  ])("that is %s is refused in words", async (_name, body) => {
    const { status, text } = await ask(body);
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatch(/^Expected JSON/);
    expect(text).not.toContain("at ");
  });

  test("that is too large is refused", async () => {
    const { status, text } = await ask({ text: "x".repeat(MAX_FILE_BYTES * 2) });
    expect(status).toBe(413);
    expect(JSON.parse(text).error).toContain("10 MB");
  });

  test("is counted by address", async () => {
    const base = await serve({ askerPerMinute: 1 });
    await ask({ text: "smtp 550" }, { base });
    expect(lines(await ask({ text: "smtp 550" }, { base })).at(-1).answer.outcome).toBe("busy");
  });
});

describe("a request", () => {
  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:3978",
    "127.0.0.1@evil.example",
    "127.0.0.1/x",
  ])("to the name %j is refused", async (host) => {
    for (const path of ["/", "/knowledge", "/web/chat.js"]) {
      const { status, text } = await send(path, { headers: { host } });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain("<html");
    }
  });

  test.each(["localhost:1", "127.0.0.1", "[::1]:3978"])("to the name %s is served", async (host) => {
    expect((await send("/", { headers: { host } })).status).toBe(200);
  });

  test("to a name that was configured is served", async () => {
    const base = await serve({ names: ["postie.example.org"] });
    const headers = { host: "postie.example.org" };
    expect((await send("/", { base, headers })).status).toBe(200);
    expect((await send("/", { base, headers: { host: "evil.example" } })).status).toBe(403);
  });

  test.each<[string, Record<string, string>]>([
    ["another site", { origin: "http://evil.example" }],
    ["another port", { origin: "http://127.0.0.1:1" }],
    ["a sandboxed frame", { origin: "null" }],
    ["another site, as the browser tells", { "sec-fetch-site": "cross-site" }],
  ])("from %s asks nothing", async (_name, headers) => {
    expect((await ask({ text: "smtp 550" }, { headers })).status).toBe(403);
  });

  test("from the page itself asks", async () => {
    const headers = { origin: page, "sec-fetch-site": "same-origin" };
    expect((await ask({ text: "smtp 550" }, { headers })).status).toBe(200);
  });

  test("as a form of another site could send it asks nothing", async () => {
    const headers = { "content-type": "text/plain" };
    expect((await ask({ text: "smtp 550" }, { headers })).status).toBe(400);
  });
});

describe("every page", () => {
  test.each(["/", "/knowledge", "/knowledge/reply:550", "/web/chat.js", "/knowledge/nowhere"])(
    "%s lets nothing in from elsewhere",
    async (path) => {
      const { headers } = await send(path);
      const policy = headers["content-security-policy"];
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
    },
  );

  test.each(["/web/../app.ts", "/web/%2e%2e/app.ts", "/web/..%2fapp.ts", "/web/"])(
    "%s is no way to other files",
    async (path) => {
      expect((await send(path)).status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe("the knowledge base", () => {
  test("has an address for every entry and every provider", async () => {
    const knowledge = await services.knowledge();
    const ids = [...knowledge.entries.map(({ id }) => id), ...knowledge.providers.map(({ slug }) => slug)];
    const wrong: string[] = [];
    for (const id of ids) {
      const { status, text } = await send(`/knowledge/${encodeURIComponent(id)}`);
      if (status !== 200 || !text.includes("<h1")) wrong.push(id);
    }
    expect(wrong).toEqual([]);
  });

  test("tells of an entry what it is, not how it was found", async () => {
    const { text } = await send("/knowledge/reply:550");
    expect(text).toContain("What to do");
    expect(text).not.toContain("Matched by");
  });

  test("leads from its index to entries that are there", async () => {
    const { text } = await send("/knowledge");
    const addresses = [...text.matchAll(/href="(\/knowledge\/[^"]+)"/g)].map(([, address]) => address ?? "");
    expect(addresses).toEqual(
      expect.arrayContaining(["/knowledge/reply:550", "/knowledge/guide:dmarc", "/knowledge/gmail"]),
    );
    for (const address of addresses.filter((_, index) => index % 20 === 0)) {
      expect((await send(address)).status).toBe(200);
    }
  });

  test("is searched", async () => {
    expect((await send("/knowledge?q=greylisting")).text).toContain("guide:greylisting");
    expect((await send("/knowledge?q=qqxxzz")).text).toContain("Nothing fits");
  });

  test("shows a hostile search as text", async () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`;
    const { text } = await send(`/knowledge?q=${encodeURIComponent(hostile)}`);
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toMatch(/<script>|<img/);
    expect((await send(`/knowledge/${encodeURIComponent(hostile)}`)).text).not.toMatch(/<script>|<img/);
  });

  test("answers a broken address and a repeated search without a stack trace", async () => {
    expect((await send("/knowledge?q=a&q=b")).status).toBe(200);
    const { status, text } = await send("/knowledge/%E0%A4%A");
    expect(status).toBe(404);
    expect(text).not.toMatch(/node_modules|at /);
  });
});
