import { MAX_FILE_BYTES } from "../../src/bot/request.ts";
import { htmlPage } from "./layout.ts";
import { element, type Node } from "./tree.ts";

const EXAMPLES = ["smtp 550 5.7.26 @gmail", "mailguide dmarc", "what is greylisting", "mailhelp"];

const VIEWS: readonly [value: string, label: string][] = [
  ["plain", "Web"],
  ["slack", "Slack"],
  ["teams", "Teams"],
  ["all", "Side by side"],
];

/** The chat; `public/chat.js` brings it to life. */
export function chatPage(): string {
  return htmlPage({
    title: "Ask",
    kind: "chat",
    scripts: ["adaptivecards.js", "chat.js"],
    main: [
      element("h1", { class: "unseen" }, "Ask Postie"),
      chooseView(),
      element("div", { id: "log", role: "log", "aria-label": "Conversation", tabindex: "0" }, greeting()),
      form(),
    ],
  });
}

function chooseView(): Node {
  return element(
    "fieldset",
    { id: "views" },
    element("legend", {}, "Answers as"),
    ...VIEWS.map(([value, label]) =>
      element(
        "label",
        {},
        element("input", {
          type: "radio",
          name: "view",
          value,
          ...(value === "plain" ? { checked: "" } : {}),
        }),
        element("span", {}, label),
      ),
    ),
  );
}

function greeting(): Node {
  return element(
    "section",
    { class: "answer", "aria-label": "Postie" },
    element("h2", {}, "Why does the mail not get through?"),
    element(
      "p",
      {},
      "Type a code, a domain, an address or a question, paste a whole bounce, or drop an .eml, .msg or .txt file here.",
    ),
    element(
      "div",
      { class: "steps", role: "group", "aria-label": "Examples" },
      ...EXAMPLES.map((example) =>
        element(
          "button",
          { type: "button", class: "step", "data-command": "interpret", "data-text": example },
          example,
        ),
      ),
    ),
  );
}

function form(): Node {
  return element(
    "form",
    { id: "ask", "data-most": String(MAX_FILE_BYTES) },
    element("div", { id: "told", role: "status" }),
    element("ul", { id: "files", "aria-label": "Files that go with the question" }),
    element("label", { for: "question", class: "unseen" }, "Your question, or a pasted bounce"),
    element("textarea", {
      id: "question",
      rows: "2",
      placeholder: "550 5.7.26, partner.example, a pasted bounce …",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": "hint",
    }),
    element(
      "div",
      { class: "send" },
      element("span", { id: "hint" }, "Enter asks, Shift+Enter begins a new line"),
      element(
        "label",
        { class: "step", for: "file" },
        "Add a file",
        element("input", {
          id: "file",
          type: "file",
          multiple: "",
          accept: ".eml,.msg,.txt",
          class: "unseen",
        }),
      ),
      element("button", { type: "submit", class: "step main" }, "Ask"),
    ),
  );
}
