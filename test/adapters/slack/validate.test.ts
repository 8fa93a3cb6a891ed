import { describe, expect, it } from "vitest";
import { messageProblems, viewProblems } from "../../../adapters/slack/validate.ts";

const text = (value: string) => ({ type: "text", text: value });
const section = (...elements: unknown[]) => ({ type: "rich_text_section", elements });
const rich = (...elements: unknown[]) => ({ type: "rich_text", elements });
const button = (more: object = {}) => ({
  type: "button",
  text: { type: "plain_text", text: "Go", emoji: false },
  action_id: "a",
  ...more,
});
const table = { type: "table", rows: [[{ type: "raw_text", text: "a" }]] };

describe("what Slack would refuse", () => {
  it.each<[string, unknown[]]>([
    ["an unknown block", [{ type: "callout" }]],
    ["no blocks", []],
    ["51 blocks", Array.from({ length: 51 }, () => ({ type: "divider" }))],
    ["an empty text", [rich(section(text("")))]],
    ["an empty paragraph", [rich(section())]],
    ["an empty block", [rich()]],
    ["an unknown field", [{ type: "divider", colour: "red" }]],
    ["a misspelt style", [rich(section({ ...text("x"), style: { strong: true } }))]],
    ["a link that is not https", [rich(section({ type: "link", url: "http://example.org" }))]],
    ["a mention", [rich(section({ type: "user", user_id: "U1" }))]],
    ["markup", [{ type: "section", text: { type: "mrkdwn", text: "*x*" } }]],
    [
      "a header of 151 characters",
      [{ type: "header", text: { type: "plain_text", text: "x".repeat(151), emoji: false } }],
    ],
    [
      "a button value of 2001 characters",
      [{ type: "actions", elements: [button({ value: "x".repeat(2_001) })] }],
    ],
    [
      "26 buttons",
      [
        {
          type: "actions",
          elements: Array.from({ length: 26 }, (_, index) => button({ action_id: `a${index}` })),
        },
      ],
    ],
    ["an action id that stands twice", [{ type: "actions", elements: [button(), button()] }]],
    [
      "a block id that stands twice",
      [
        { type: "divider", block_id: "b" },
        { type: "divider", block_id: "b" },
      ],
    ],
    ["two tables", [table, table]],
    ["101 rows", [{ type: "table", rows: Array.from({ length: 101 }, () => table.rows[0]) }]],
    [
      "rows of different length",
      [
        {
          type: "table",
          rows: [
            [...(table.rows[0] ?? [])],
            [
              { type: "raw_text", text: "a" },
              { type: "raw_text", text: "b" },
            ],
          ],
        },
      ],
    ],
    [
      "more than 12,000 characters in all",
      Array.from({ length: 5 }, () => rich(section(text("x".repeat(3_000))))),
    ],
    [
      "a task that is completed instead of complete",
      [
        {
          type: "plan",
          title: "p",
          tasks: [{ type: "task_card", task_id: "1", title: "t", status: "completed" }],
        },
      ],
    ],
    [
      "11 blocks in a container",
      [
        {
          type: "container",
          title: { type: "plain_text", text: "t", emoji: false },
          child_blocks: Array.from({ length: 11 }, () => ({ type: "divider" })),
        },
      ],
    ],
  ])("is named: %s", (_, blocks) => {
    expect(messageProblems({ text: "fallback", blocks })).not.toEqual([]);
  });

  it("is named: no fallback text", () => {
    expect(messageProblems({ text: "", blocks: [{ type: "divider" }] })).not.toEqual([]);
  });

  it("says where it is", () => {
    expect(messageProblems({ text: "x", blocks: [rich(section(text("")))] })[0]).toMatch(
      /^blocks\.0\.elements\.0\.elements\.0\.text/,
    );
  });

  it("is named in views: a title of 25 characters, 101 blocks", () => {
    const view = {
      type: "modal",
      title: { type: "plain_text", text: "Ask Postie", emoji: false },
      blocks: [{ type: "divider" }],
    };
    expect(viewProblems(view)).toEqual([]);
    expect(viewProblems({ ...view, title: { ...view.title, text: "x".repeat(25) } })).not.toEqual([]);
    expect(
      viewProblems({ ...view, blocks: Array.from({ length: 101 }, () => ({ type: "divider" })) }),
    ).not.toEqual([]);
  });
});

it("what Slack takes has no problems", () => {
  const blocks = [
    { type: "header", text: { type: "plain_text", text: "x".repeat(150), emoji: false } },
    rich(
      section(
        text("x"),
        { type: "link", url: "https://example.org/", text: "y" },
        { type: "emoji", name: "x" },
      ),
    ),
    table,
    { type: "actions", elements: [button({ value: "x".repeat(2_000) })] },
  ];
  expect(messageProblems({ text: "fallback", blocks })).toEqual([]);
});
