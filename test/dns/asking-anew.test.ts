import { expect, test } from "vitest";
import { askingAnew } from "../../src/dns/index.ts";
import { serving } from "../support/resolver.ts";

const never = new AbortController().signal;

test("what the resolver has kept is asked anew, and each question once by one check", async () => {
  const { server, resolver } = await serving({ "example.org": { A: "192.0.2.1" } });
  await resolver.resolve("example.org", "A");
  server.serve({ "example.org": { A: "192.0.2.2" } });
  expect((await resolver.resolve("example.org", "A")).records).toEqual(["192.0.2.1"]);
  const anew = askingAnew(resolver, never);
  const answers = await Promise.all(
    ["example.org", "EXAMPLE.org.", "example.org"].map((name) => anew.resolve(name, "A")),
  );
  expect(answers.map(({ records }) => records)).toEqual([["192.0.2.2"], ["192.0.2.2"], ["192.0.2.2"]]);
  expect((await anew.resolve("example.org", "A")).records).toEqual(["192.0.2.2"]);
  expect(server.count("example.org", "A")).toBe(2);
  server.serve({ "example.org": { A: "192.0.2.3" } });
  expect((await askingAnew(resolver, never).resolve("example.org", "A")).records).toEqual(["192.0.2.3"]);
});

test("what was not answered may be asked again", async () => {
  const { server, resolver } = await serving({ "example.org": { A: "192.0.2.1" } });
  const anew = askingAnew(resolver, never);
  server.behave({ answer: "SERVFAIL" });
  expect((await anew.resolve("example.org", "A")).status).toBe("servfail");
  server.behaveWell();
  expect((await anew.resolve("example.org", "A")).status).toBe("ok");
});

test("all waiting ends with the signal", async () => {
  const { server, resolver } = await serving({});
  server.behave({ answer: "silence" });
  const ending = new AbortController();
  const anew = askingAnew(resolver, ending.signal);
  const asked = anew.resolve("example.org", "A");
  ending.abort();
  expect((await asked).status).toBe("timeout");
});
