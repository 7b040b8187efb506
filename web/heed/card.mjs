// The card of a model that a reader brought, or that was trained in a page: the file of that name in its folder. It is
// Markdown, of which headings, paragraphs, code and tables are known here; all else is shown as it stands.
import { curve } from "./curves.mjs";
import { create } from "./page.mjs";
import { say } from "./text.mjs";

export const cardName = "MODEL_CARD.md";

// A card that somebody brings may be any file: so many characters of it are shown.
const longestCard = 50_000;

const row = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

// line is a paragraph or a heading, with what stands between backquotes as code.
function line(tag, text) {
  const element = create(tag);
  text.split("`").forEach((part, i) => element.append(i % 2 ? create("code", { textContent: part }) : part));
  return element;
}

// table shows the rows of a table, of which the first names the columns. One over the steps of a training is drawn too.
function table([head, , ...rows]) {
  const cells = (tag, all) => {
    const element = create("tr");
    element.append(...all.map((text) => create(tag, { textContent: text })));
    return element;
  };
  const element = create("table");
  element.append(cells("th", head), ...rows.map((all) => cells("td", all)));
  if (head[0] !== "step" || rows.length < 2) return element;
  const curves = create("div", { className: "curves" }), numbers = create("details");
  const column = (i) => rows.map((all) => parseFloat(all[i]));
  curves.append(...head.slice(1).map((name, i) => curve(name, [{ name, x: column(0), y: column(i + 1) }], { top: rows[0][i + 1]?.endsWith("%") ? 100 : undefined })));
  numbers.append(create("summary", { textContent: say.numbers }), element);
  curves.append(numbers);
  return curves;
}

// render makes elements of a card's text.
export function render(text) {
  return text.trim().split(/\n\s*\n/).map((block) => {
    const lines = block.split("\n");
    if (lines.length > 2 && lines.every((l) => l.startsWith("|"))) return table(lines.map(row));
    const heading = /^#+ (.*)$/.exec(block);
    return heading ? line("h2", heading[1]) : line("p", block);
  });
}

// showCard shows the card of a model with those files, in a dialog within an element's shadow root.
export async function showCard(root, files) {
  const { blob } = files.find(({ name }) => name === cardName);
  const dialog = create("dialog", { className: "keys card" }), body = create("div");
  dialog.setAttribute("aria-label", say.card);
  body.append(...render(await blob.slice(0, longestCard).text()), create("button", { type: "button", textContent: say.close, onclick: () => dialog.close() }));
  dialog.append(body);
  dialog.onclose = () => dialog.remove();
  root.append(dialog);
  dialog.showModal();
}
