import { describe, expect, test } from "vitest";
import type { FetchOutcome } from "../../src/domain/fetch.ts";
import { recordingFetcher, replayingFetcher } from "../../src/domain/fetch-snapshot.ts";

const FILE: FetchOutcome = {
  status: "ok",
  url: "https://www.example.org/after-a-redirect",
  contentType: "text/plain",
  body: new Uint8Array([0, 200, 255, 10]),
};
const MISSING: FetchOutcome = {
  status: "http-status",
  url: "https://www.example.org/b",
  reason: "status 404",
};
const LATE: FetchOutcome = {
  status: "timeout",
  url: "https://www.example.org/a",
  reason: "no answer in time",
};

describe("a snapshot of HTTPS answers", () => {
  test("gives back what was fetched, through JSON", async () => {
    const answers = new Map<string, FetchOutcome>([
      ["https://www.example.org/a", FILE],
      ["https://www.example.org/b", MISSING],
    ]);
    const recorder = recordingFetcher(async (url) => answers.get(url) ?? LATE);
    for (const url of answers.keys()) await recorder.fetch(url);
    const replayed = replayingFetcher(JSON.parse(JSON.stringify(recorder.snapshot())));
    for (const [url, outcome] of answers) expect(await replayed(url)).toEqual(outcome);
  });

  test("keeps an answer when a later try has none", async () => {
    const outcomes = [LATE, FILE, LATE];
    const recorder = recordingFetcher(async () => outcomes.shift() ?? LATE);
    for (let i = 0; i < 3; i++) await recorder.fetch("https://www.example.org/a");
    expect(await replayingFetcher(recorder.snapshot())("https://www.example.org/a")).toEqual(FILE);
  });

  test("knows nothing of what is not in it", async () => {
    expect(await replayingFetcher([])("https://www.example.org/")).toEqual({
      status: "timeout",
      url: "https://www.example.org/",
      reason: "the snapshot holds no answer to this request",
    });
  });

  test.each([[{}], [[{ asked: "x", status: "ok" }]], [[{ ...MISSING, asked: "x", status: "fine" }]]])(
    "of another form is refused: %j",
    (snapshot) => {
      expect(() => replayingFetcher(snapshot)).toThrow();
    },
  );
});
