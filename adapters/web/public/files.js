/** Files that go with the next question: chosen or dropped. */
import { make } from "./dom.js";

const most = Number(document.querySelector("#ask").dataset.most);
const MOST_FILES = 10;
let files = [];
let redraw = () => {};

export function chosenFiles() {
  return [...files];
}

export function clearFiles() {
  files = [];
  redraw();
}

export function listenForFiles({ input, list, told }) {
  redraw = () => {
    list.replaceChildren(
      ...files.map((file) => {
        const item = make("li", { text: `${file.name} ` });
        const remove = make("button", { className: "step", type: "button", text: "Remove" });
        remove.setAttribute("aria-label", `Remove ${file.name}`);
        remove.addEventListener("click", () => {
          files = files.filter((each) => each !== file);
          redraw();
          input.focus();
        });
        item.append(remove);
        return item;
      }),
    );
  };
  const add = (given) => {
    const refused = [...given].map((file) => [file, problemOf(file)]).filter(([, problem]) => problem);
    files = [...files, ...[...given].filter((file) => !problemOf(file))].slice(0, MOST_FILES);
    const [first] = refused;
    told.textContent = first ? `${first[0].name} ${first[1]}` : "";
    redraw();
  };
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
    document.querySelector("#question").focus();
  });
}

function problemOf(file) {
  if (!/\.(eml|msg|txt)$/i.test(file.name)) return "is not an .eml, .msg or .txt file.";
  const others = files.reduce((sum, { size }) => sum + size, 0);
  if (others + file.size > most)
    return `is too large: ${most / 1024 / 1024} MB is the most for one question.`;
  return "";
}

/** The files' names and bytes in base64. */
export function readFiles(given) {
  return Promise.all(given.map(async (file) => ({ name: file.name, base64: await base64Of(file) })));
}

function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(new Error(`${file.name} could not be read.`)));
    reader.readAsDataURL(file);
  });
}
