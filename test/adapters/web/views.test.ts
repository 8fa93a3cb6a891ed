import { describe, expect, test } from "vitest";
import { render } from "../../../adapters/slack/render.ts";
import { viewAnswer } from "../../../adapters/web/answer-view.ts";
import { askButton } from "../../../adapters/web/ask-button.ts";
import { viewBlocks } from "../../../adapters/web/slack-view.ts";
import { element, type Node, outsideLink, toHtml } from "../../../adapters/web/tree.ts";
import type { Answer } from "../../../src/bot/answer.ts";
import { sampleAnswers } from "../../support/sample-answers.ts";

function views(answer: Answer): Node[] {
  const plain = viewAnswer(answer, {
    titleTag: "h2",
    ask: (followUp) => askButton(followUp.label, followUp),
  });
  return [...plain, ...render(answer).flatMap(({ blocks }) => viewBlocks(blocks))];
}

function elementsOf(node: Node): Exclude<Node, string>[] {
  if (typeof node === "string") return [];
  return [node, ...(node.children ?? []).flatMap(elementsOf)];
}

function textOf(node: Node): string {
  return typeof node === "string" ? node : (node.children ?? []).map(textOf).join("");
}

describe.each(Object.entries(sampleAnswers))("the answer %s", (_name, answer) => {
  const shown = views(answer);
  const elements = shown.flatMap(elementsOf);

  test("is drawn whole, with no block that is not known", () => {
    expect(elements.filter(({ attributes }) => attributes?.class === "missing")).toEqual([]);
    expect(shown.map(textOf).join("\n")).toContain(answer.title);
  });

  test("holds links only where the answer has them", () => {
    const addresses = elements.flatMap(({ attributes }) => attributes?.href ?? []);
    const known = JSON.stringify(answer);
    for (const address of addresses) {
      expect(address).toMatch(/^https:/);
      expect(known).toContain(`"href":${JSON.stringify(address).replace(/\/"$/, "").replace(/"$/, "")}`);
    }
  });
});

describe("HTML", () => {
  test.each<[string, Node, string]>([
    ["text", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"],
    ["an attribute", element("input", { value: `"><script>` }), '<input value="&quot;&gt;&lt;script&gt;">'],
    ["a script address", outsideLink("here", "javascript:alert(1)"), "<span>here</span>"],
    ["a line feed that comes first", element("pre", {}, "\na"), "<pre>\n\na</pre>"],
  ])("keeps %s what it is", (_name, node, html) => {
    expect(toHtml(node)).toBe(html);
  });
});
