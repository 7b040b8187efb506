// Curves as SVG: of a training, in <heed-train> and in the card of what was trained.
import { page } from "./page.mjs";

const svg = (tag, attributes, ...children) => {
  const element = page.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const width = 260, height = 120, left = 34, right = 8, above = 8, below = 18;

// ceiling is a round number above all of y, for the end of an axis.
export function ceiling(y) {
  const most = Math.max(0, ...y.filter(Number.isFinite)) || 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= most);
}

const spell = (v) => String(Number(v.toPrecision(2)));

// path is the line through points, which passes over what is no number.
export function path(x, y, scale) {
  return x.flatMap((at, i) => (Number.isFinite(y[i]) ? [scale(at, y[i]).map((v) => v.toFixed(1)).join(" ")] : []))
    .map((point, i, { length }) => (i ? "L" : "M") + point + (length === 1 ? "h0" : "")).join(""); // one alone is a dot
}

// curve draws lines over x from 0 on: {name, x, y} each. top is the end of the y axis, marks are {step, title} to point out,
// then is the step of the past that is looked at.
export function curve(title, lines, { top, then, marks = [], from = 0, unit = "step" }) {
  top ??= ceiling(lines.flatMap(({ y }) => y));
  const end = Math.max(from + 1, ...lines.flatMap(({ x }) => x));
  const scale = (x, y) => [left + ((x - from) / (end - from)) * (width - left - right), above + (1 - Math.min(y, top) / top) * (height - above - below)];
  const label = (x, y, text, anchor) => svg("text", { x, y, "text-anchor": anchor }, text);
  const last = lines.map(({ name, x, y }) => `${lines.length > 1 ? name + ": " : ""}${y.length ? `${spell(y.at(-1))} at ${unit} ${x.at(-1)}` : "–"}`).join("; ");
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${last}` },
    svg("path", { class: "axis", d: `M${left} ${above}V${height - below}H${width - right}` }),
    label(left - 4, above + 8, spell(top), "end"), label(left - 4, height - below, "0", "end"),
    label(left, height - 4, String(from), "start"), label(width - right, height - 4, String(end), "end"),
    ...marks.map(({ step, title: text }) => svg("g", { class: "mark" }, svg("title", {}, text),
      svg("path", { d: `M${scale(step, 0)[0].toFixed(1)} ${above}V${height - below}` }))),
    ...(then === undefined ? [] : [svg("path", { class: "then", d: `M${scale(then, 0)[0].toFixed(1)} ${above}V${height - below}` })]),
    ...lines.map(({ name, x, y }, i) => svg("path", { class: `line line-${i}`, d: path(x, y, scale) }, svg("title", {}, name))));
  const figure = page.createElement("figure"), caption = page.createElement("figcaption");
  caption.append(title);
  figure.append(caption, picture);
  return figure;
}

// lengths is a curve over the lengths of texts.
export const lengths = (title, lines) => curve(title, lines, { top: 1, from: Math.min(...lines.flatMap(({ x }) => x)), unit: "length" });
