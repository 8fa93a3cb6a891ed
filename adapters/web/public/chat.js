/** The chat: sends questions, shows progress and answers. */
import { build, make } from "./dom.js";
import { chosenFiles, clearFiles, listenForFiles, readFiles } from "./files.js";
import { drawCard, onThemeChange } from "./teams.js";

const log = document.querySelector("#log");
const form = document.querySelector("#ask");
const input = document.querySelector("#question");
const told = document.querySelector("#told");

/** A question up to this many characters has a link of its own. */
const LONGEST_LINK = 300;

let asking = null;

function ask({ command = "interpret", text, files = [] }) {
  asking?.abort();
  const stop = new AbortController();
  asking = stop;
  const shown = command === "interpret" ? text : `${command} ${text}`.trim();
  log.append(viewQuestion(shown, files));
  const place = make("section", { className: "answer", "aria-label": "Postie" });
  place.append(make("p", { className: "waiting", text: "Looking …" }));
  log.append(place);
  place.scrollIntoView({ block: "end" });
  keepAddress(shown, files);
  answer(place, { command, text, files }, shown, stop.signal).catch((error) => {
    const reason = stop.signal.aborted
      ? "Another question was asked before this was answered."
      : error.message;
    place.replaceChildren(make("p", { className: "trouble", text: reason }));
  });
}

async function answer(place, { command, text, files }, shown, signal) {
  const body = JSON.stringify({ command, text, files: await readFiles(files) });
  const headers = { "Content-Type": "application/json" };
  const response = await fetch("/ask", { method: "POST", headers, body, signal }).catch((error) => {
    throw signal.aborted ? error : new Error("Postie could not be reached. Is it still running?");
  });
  if (!response.ok) {
    const { error } = await response.json().catch(() => ({}));
    throw new Error(error ?? `Postie refused this (${response.status}).`);
  }
  for await (const line of linesOf(response.body)) {
    const update = JSON.parse(line);
    if (update.progress) showProgress(place, update.progress);
    else showAnswer(place, update.answer, shown, files);
  }
  if (!place.querySelector(".views")) throw new Error("Postie ended without an answer. Ask again.");
}

async function* linesOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (kept + value).split("\n");
    kept = lines.pop();
    yield* lines;
  }
}

const STEP_SIGNS = { running: "…", done: "✓", failed: "?" };

function showProgress(place, steps) {
  const list = make("ul", { className: "progress", "aria-label": "Progress" });
  for (const { label, state } of steps) {
    list.append(make("li", { className: state, text: `${STEP_SIGNS[state] ?? ""} ${label}` }));
  }
  place.replaceChildren(make("p", { className: "waiting", text: "Checking …" }), list);
}

function showAnswer(place, { title, plain, slack, teams }, shown, files) {
  const views = make("div", { className: "views" });
  const web = make("div", { className: "as-plain" });
  web.append(...plain.map(build));
  const blocks = make("div", { className: "as-slack" });
  for (const message of slack) {
    const drawn = make("div", { className: "slack-message" });
    drawn.append(...message.map(build));
    blocks.append(drawn);
  }
  const card = make("div", { className: "as-teams" });
  const draw = () => drawCard(card, teams, ask);
  draw();
  onThemeChange(draw);
  views.append(named("Web", web), named("Slack", blocks), named("Teams", card));
  place.setAttribute("aria-label", `Postie: ${title}`);
  place.replaceChildren(views);
  if (hasLink(shown, files)) {
    const link = make("a", { className: "link", text: "Link to this answer", href: addressOf(shown) });
    place.append(link);
  }
  place.previousElementSibling?.scrollIntoView({ block: "start" });
}

function named(name, view) {
  const box = make("div", { className: `view ${view.className}` });
  view.className = "inner";
  box.append(make("p", { className: "view-name", text: name }), view);
  return box;
}

function viewQuestion(text, files) {
  const box = make("section", { className: "question", "aria-label": "You" });
  if (text) box.append(make("pre", { text, tabindex: "0" }));
  for (const { name } of files) box.append(make("p", { text: `File: ${name}` }));
  return box;
}

function hasLink(text, files) {
  return files.length === 0 && text !== "" && text.length <= LONGEST_LINK && !text.includes("\n");
}

function addressOf(text) {
  return `/?q=${encodeURIComponent(text)}`;
}

/** The address bar shows what was asked; a pasted mail is kept out of the browser's history. */
function keepAddress(text, files) {
  const address = hasLink(text, files) ? addressOf(text) : "/";
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
}

function askFromAddress() {
  const text = new URLSearchParams(location.search).get("q")?.trim();
  if (text) ask({ text });
}

function send() {
  const text = input.value.trim();
  const files = chosenFiles();
  if (text === "" && files.length === 0) {
    told.textContent = "Type a question first, for example: smtp 550";
    return;
  }
  told.textContent = "";
  input.value = "";
  clearFiles();
  grow();
  ask({ text, files });
  input.focus();
}

function grow() {
  input.rows = Math.min(10, Math.max(2, input.value.split("\n").length));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
input.addEventListener("input", grow);
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});
log.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-command]");
  if (button) ask({ command: button.dataset.command, text: button.dataset.text ?? "" });
});
addEventListener("popstate", askFromAddress);

const views = document.querySelector("#views");
views.addEventListener("change", () => {
  log.dataset.view = views.querySelector(":checked").value;
});
log.dataset.view = views.querySelector(":checked").value;

listenForFiles({ input: document.querySelector("#file"), list: document.querySelector("#files"), told });
input.focus();
askFromAddress();
