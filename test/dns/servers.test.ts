import { describe, expect, test } from "vitest";
import { createResolver, formatServer, parseServers, systemServers } from "../../src/dns/index.ts";

describe("the list of servers", () => {
  test("takes IPv4 and IPv6 addresses, with and without a port", () => {
    const servers = parseServers(" 127.0.0.1:5301, [::1]:53,192.0.2.53 ,2001:db8::53,[2001:db8::54],");
    expect(servers).toEqual([
      { address: "127.0.0.1", port: 5301 },
      { address: "::1", port: 53 },
      { address: "192.0.2.53", port: 53 },
      { address: "2001:db8::53", port: 53 },
      { address: "2001:db8::54", port: 53 },
    ]);
    expect(parseServers(servers.map(formatServer).join(","))).toEqual(servers);
  });

  test.each([
    "",
    " , ",
    "localhost",
    "dns.example.org:53",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:",
    "127.0.0.1:dns",
    "127.0.0.256",
    "[127.0.0.1]:53",
    "[::1",
    "https://192.0.2.1/dns-query",
    "127.0.0.1;192.0.2.1",
    "127.0.0.1,nonsense",
  ])("%j is refused with an example", (text) => {
    expect(() => parseServers(text)).toThrow(/^Expected DNS servers.*such as 127\.0\.0\.1:5301/);
  });

  test("of the system is of the same form", () => {
    for (const server of systemServers()) expect(parseServers(formatServer(server))).toEqual([server]);
  });

  test("must not be empty", () => {
    expect(() => createResolver({ servers: [] })).toThrow(/at least one server/);
  });
});
