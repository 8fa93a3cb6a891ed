import { createServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isConnectable } from "../../src/domain/connectable-address.ts";
import { createFetcher, type FetcherOptions, fetchPresence, MAX_BODY_BYTES } from "../../src/domain/fetch.ts";
import type { Zone } from "../support/dns-zone.ts";
import { type Page, serveHttps, tlsFile } from "../support/https-server.ts";
import { serving } from "../support/resolver.ts";

const FILE = { headers: { "content-type": "text/plain" }, body: "hello" };
const HERE: Zone = { "www.example.org": { A: "127.0.0.1" }, "other.example.net": { A: "127.0.0.1" } };

/** A fetcher that trusts the test's authority and takes 127.0.0.1 for a public address, as only tests can have it. */
async function fetching(
  pages: Record<string, Page>,
  { zone = HERE, ...options }: Partial<FetcherOptions> & { zone?: Zone } = {},
) {
  const { resolver, server: dns } = await serving(zone, { timeout: 300, tries: [0] });
  const web = await serveHttps(pages);
  const mayConnect = (address: string) => address === "127.0.0.1" || isConnectable(address);
  const fetch = createFetcher({ resolver, mayConnect, port: web.port, ca: tlsFile("ca.pem"), ...options });
  return { fetch, web, dns };
}

describe("a file", () => {
  test("is fetched over TLS from the looked-up address, by name", async () => {
    const { fetch, web } = await fetching({ "www.example.org/a?b=c": FILE });
    const outcome = await fetch("https://www.example.org/a?b=c#part");
    expect(outcome).toEqual({
      status: "ok",
      url: "https://www.example.org/a?b=c",
      contentType: "text/plain",
      body: new Uint8Array(Buffer.from("hello")),
    });
    expect(web.serverNames).toEqual(["www.example.org"]);
  });

  test("is asked for without credentials, cookies or compression", async () => {
    const { fetch, web } = await fetching({ "www.example.org/": FILE });
    await fetch("https://www.example.org/");
    expect(web.requests.map(({ method }) => method)).toEqual(["GET"]);
    expect(Object.keys(web.requests[0]?.headers ?? {}).sort()).toEqual([
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    expect(web.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("is fetched without the proxy that the environment names", async () => {
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { fetch } = await fetching({ "www.example.org/": FILE });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "ok" });
  });

  test("may have exactly as many bytes as the limit allows", async () => {
    const body = new Uint8Array(MAX_BODY_BYTES);
    const { fetch } = await fetching({ "www.example.org/": { body } });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "ok", contentType: null, body });
  });
});

describe("URLs that are not asked", () => {
  test.each([
    ["http://www.example.org/", "https://"],
    ["ftp://www.example.org/", "https://"],
    ["https://user:secret@www.example.org/", "password"],
    ["https://user@www.example.org/", "user name"],
    ["https://www.example.org:8443/", "port"],
    ["https://127.0.0.1/", "address"],
    ["https://0x7f.1/", "address"],
    ["https://2130706433/", "address"],
    ["https://[::1]/", "address"],
    ["https://[::ffff:127.0.0.1]/", "address"],
    ["www.example.org", "not a URL"],
    ["https://", "not a URL"],
    ["", "not a URL"],
  ])("%s", async (url, reason) => {
    const { fetch, web, dns } = await fetching({});
    const outcome = await fetch(url);
    expect(outcome).toMatchObject({ status: "invalid-url", reason: expect.stringContaining(reason) });
    expect([...web.log, ...dns.log]).toEqual([]);
  });
});

describe("addresses", () => {
  test.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "127.1",
    "not an address",
    "",
  ])("%j may not be connected to", (address) => {
    expect(isConnectable(address)).toBe(false);
  });

  test.each(["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001::1"])(
    "%s may be connected to",
    (address) => {
      expect(isConnectable(address)).toBe(true);
    },
  );

  test("of the host's own network are not connected to", async () => {
    const { fetch, web } = await fetching({ "www.example.org/": FILE }, { mayConnect: undefined });
    expect(await fetch("https://www.example.org/")).toMatchObject({
      status: "not-public",
      reason: "www.example.org has no address in the public Internet (127.0.0.1)",
    });
    expect(web.log).toEqual([]);
  });

  test("that are not public are left out where there are others", async () => {
    const zone = { "www.example.org": { A: ["10.0.0.1", "127.0.0.1"], AAAA: "fd00::1" } };
    const { fetch } = await fetching({ "www.example.org/": FILE }, { zone });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "ok" });
  });

  test("that do not exist are told apart from those that could not be looked up", async () => {
    const { fetch, dns } = await fetching({}, { zone: { "empty.example.org": { TXT: "x" } } });
    expect(await fetch("https://gone.example.org/")).toMatchObject({
      status: "no-address",
      reason: "gone.example.org does not exist",
    });
    expect(await fetch("https://empty.example.org/")).toMatchObject({
      status: "no-address",
      reason: "empty.example.org has no address",
    });
    dns.behave({ answer: "SERVFAIL" }, { name: "broken.example.org" });
    expect(await fetch("https://broken.example.org/")).toMatchObject({ status: "dns" });
  });
});

describe("TLS", () => {
  test("needs a certificate of a known authority", async () => {
    const { fetch } = await fetching({ "www.example.org/": FILE }, { ca: undefined });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "tls" });
  });

  test("is verified even where the environment turns that off", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { fetch } = await fetching({ "www.example.org/": FILE }, { ca: undefined });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "tls" });
  });

  test("needs a certificate for the host", async () => {
    const zone = { "www.example.com": { A: "127.0.0.1" } };
    const { fetch, web } = await fetching({ "www.example.com/": FILE }, { zone });
    expect(await fetch("https://www.example.com/")).toMatchObject({
      status: "tls",
      reason: expect.stringContaining("www.example.com"),
    });
    expect(web.log).toEqual([]);
  });

  test("is not spoken by every server", async () => {
    const port = await plainServer((socket) => socket.end("220 mail.example.org ESMTP\r\n"));
    const { fetch } = await fetching({}, { port });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "tls" });
  });
});

describe("redirects", () => {
  const to = (location: string, status = 302): Page => ({ status, headers: { location } });

  test("are not followed unless that is asked for", async () => {
    const { fetch, web } = await fetching({
      "www.example.org/": to("/other"),
      "www.example.org/other": FILE,
    });
    expect(await fetch("https://www.example.org/")).toEqual({
      status: "redirect",
      url: "https://www.example.org/",
      reason: expect.stringContaining("redirect (302) to https://www.example.org/other"),
    });
    expect(web.log).toEqual(["www.example.org/"]);
  });

  test.each([301, 302, 303, 307, 308])("of status %i lead to other hosts", async (status) => {
    const { fetch } = await fetching({
      "www.example.org/": to("https://other.example.net/file", status),
      "other.example.net/file": FILE,
    });
    expect(await fetch("https://www.example.org/", { redirects: 1 })).toMatchObject({
      status: "ok",
      url: "https://other.example.net/file",
    });
  });

  test("are followed as often as was asked for", async () => {
    const { fetch, web } = await fetching({ "www.example.org/": to("/") });
    expect(await fetch("https://www.example.org/", { redirects: 3 })).toMatchObject({ status: "redirect" });
    expect(web.log).toHaveLength(4);
  });

  test.each([
    ["http://other.example.net/", "invalid-url"],
    ["https://127.0.0.1/", "invalid-url"],
    ["https://inside.example.org/", "not-public"],
    ["https://gone.example.org/", "no-address"],
  ])("to %s end there: %s", async (location, status) => {
    const zone = { ...HERE, "inside.example.org": { A: "127.0.0.2", AAAA: "::1" } };
    const { fetch } = await fetching({ "www.example.org/": to(location) }, { zone });
    expect(await fetch("https://www.example.org/", { redirects: 3 })).toMatchObject({
      status,
      url: location,
    });
  });
});

describe("answers that are no file", () => {
  test.each([204, 304, 403, 404, 500])("status %i", async (code) => {
    const { fetch } = await fetching({ "www.example.org/": { status: code } });
    expect(await fetch("https://www.example.org/")).toMatchObject({
      status: "http-status",
      reason: expect.stringContaining(String(code)),
    });
  });

  test.each<[string, string, Page]>([
    ["too large, as announced", "too-large", { body: new Uint8Array(MAX_BODY_BYTES + 1) }],
    ["without an end", "too-large", (_, response) => pour(response)],
    [
      "compressed",
      "encoded",
      { headers: { "content-encoding": "gzip" }, body: new Uint8Array(gzipSync("hello")) },
    ],
    [
      "broken off",
      "connection",
      (_, response) => response.writeHead(200, { "content-length": "9" }).end("half"),
    ],
    ["hung up", "connection", (request) => request.socket.destroy()],
    ["not HTTP", "connection", (request) => request.socket.end("nonsense\r\n\r\n")],
  ])("%s: %s", async (_, status, page) => {
    const { fetch } = await fetching({ "www.example.org/": page });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status });
  });

  test("a closed port", async () => {
    const { fetch } = await fetching({}, { port: await closedPort() });
    expect(await fetch("https://www.example.org/")).toMatchObject({ status: "connection" });
  });
});

describe("time", () => {
  test.each<[string, Page]>([
    ["never answers", () => {}],
    ["never ends its answer", (_, response) => response.writeHead(200).write("a")],
  ])("is up when a server %s", async (_, page) => {
    const { fetch } = await fetching({ "www.example.org/": page }, { timeout: 200 });
    const outcome = await fetch("https://www.example.org/");
    expect(outcome).toMatchObject({ status: "timeout" });
    expect(fetchPresence(outcome)).toBe("unknown");
  });

  test("is up when the asker says so", async () => {
    const { fetch } = await fetching({ "www.example.org/": () => {} });
    const signal = AbortSignal.timeout(50);
    expect(await fetch("https://www.example.org/", { signal })).toMatchObject({ status: "timeout" });
  });

  test("is up when DNS is silent", async () => {
    const { fetch, dns } = await fetching({}, { timeout: 100 });
    dns.behave({ answer: "silence" });
    expect(fetchPresence(await fetch("https://www.example.org/"))).toBe("unknown");
  });
});

function pour(response: NodeJS.WritableStream): void {
  const more = () => {
    while (response.writable && response.write("x".repeat(10_000)));
  };
  response.on("drain", more);
  more();
}

async function plainServer(answer: (socket: import("node:net").Socket) => void): Promise<number> {
  const server = createServer(answer);
  onTestFinished(() => {
    server.close();
  });
  return portOf(server);
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return address.port;
}
