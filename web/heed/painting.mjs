// What would be slow across the border between Go and JavaScript, a call for each mark, cell or number, is
// done here in one. Package wasm/bridge has the other side of each function.
import { create } from "./page.mjs";

// The steps of a painting, in the order of the constants in wasm/bridge/painting.go (a test compares the two).
// Each takes its numbers from n and its text from t.
export const steps = {
  Transform: (c, n) => c.setTransform(n(), n(), n(), n(), n(), n()),
  Clear: (c, n) => c.clearRect(n(), n(), n(), n()),
  Alpha: (c, n) => { c.globalAlpha = n(); },
  LineWidth: (c, n) => { c.lineWidth = n(); },
  BeginPath: (c) => c.beginPath(),
  Curve: (c, n) => {
    c.moveTo(n(), n());
    c.bezierCurveTo(n(), n(), n(), n(), n(), n());
  },
  Line: (c, n) => {
    c.moveTo(n(), n());
    c.lineTo(n(), n());
  },
  Stroke: (c) => c.stroke(),
  FillRect: (c, n) => c.fillRect(n(), n(), n(), n()),
  StrokeRect: (c, n) => c.strokeRect(n(), n(), n(), n()),
  Disc: (c, n) => {
    c.beginPath();
    c.arc(n(), n(), n(), 0, 2 * Math.PI);
    c.fill();
  },
  Tile: (c, n, t, tile) => c.drawImage(tile, n(), n(), n(), n(), n(), n(), n(), n()),
  FillText: (c, n, t) => c.fillText(t(), n(), n()),
  FillStyle: (c, n, t) => { c.fillStyle = t(); },
  StrokeStyle: (c, n, t) => { c.strokeStyle = t(); },
  Font: (c, n, t) => { c.font = t(); },
  Align: (c, n, t) => { c.textAlign = t(); },
  Direction: (c, n, t) => { c.direction = t(); },
};
const byCode = Object.values(steps);

// paint does on a canvas's context what a list says. The tile is another canvas.
export function paint(context, tile, bytes, texts) {
  const numbers = new Float32Array(bytes.buffer), words = texts.split("\0");
  let i = 0, word = 0;
  const n = () => numbers[i++], t = () => words[word++];
  context.imageSmoothingEnabled = false;
  while (i < numbers.length) byCode[numbers[i++]](context, n, t, tile);
}

// children makes an element's children as many as count, and labels those from one on.
export function children(parent, role, number, count, from, labels) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  for (let i = parent.childElementCount; i < count;) {
    const child = create("div", { tabIndex: -1 });
    child.setAttribute("role", role);
    child.setAttribute(number, ++i);
    parent.append(child);
  }
  let child = parent.children[from];
  for (const label of labels.split("\0").slice(0, -1)) {
    if (child.hidden === (label !== "")) child.hidden = label === "";
    if (label && child.getAttribute("aria-label") !== label) child.setAttribute("aria-label", label);
    child = child.nextElementSibling;
  }
}

// choices adds to an element an input of a kind with a text for each value.
export function choices(parent, type, name, values, texts) {
  const text = texts.split("\0");
  parent.append(...values.split("\0").slice(0, -1).map((value, i) => {
    const label = create("label");
    label.append(create("input", { type, name, value }), create("span", { textContent: text[i] }));
    return label;
  }));
}

// places puts an element's children where four numbers for each say; without numbers, back into the flow.
export function places(parent, bytes) {
  const n = new Float32Array(bytes.buffer);
  Array.from(parent.children, ({ style }, i) => {
    for (const [j, side] of ["left", "top", "width", "height"].entries()) style[side] = n.length ? `${n[4 * i + j]}px` : "";
    style.position = n.length ? "absolute" : "";
  });
}

// lazily gives an object a property whose value is made when somebody first reads it.
function lazily(object, name, make) {
  const is = (what) => Object.defineProperty(object, name, { enumerable: true, configurable: true, ...what });
  const to = (value) => is({ value, writable: true });
  is({ get: () => to(make())[name], set: to });
}

// later tells of an event whose detail is made when somebody first reads it.
export function later(target, type, make) {
  const event = new CustomEvent(type, { bubbles: true, composed: true });
  lazily(event, "detail", make);
  target.dispatchEvent(event);
}

export function numbers(object, name, buffer) {
  lazily(object, name, () => Array.from(new Float32Array(buffer)));
}

// predictions takes five numbers a candidate: the first is not used, then position, piece, id, probability.
export function predictions(object, pieces, buffer) {
  lazily(object, "predictions", () => {
    const all = [], n = new Float32Array(buffer);
    for (let i = 0; i < n.length; i += 5) {
      if (all.at(-1)?.position !== n[i + 1]) all.push({ position: n[i + 1], top: [] });
      all.at(-1).top.push({ text: pieces[n[i + 2]], id: n[i + 3], p: n[i + 4] });
    }
    return all;
  });
}

export function causal(object, rows, cols) {
  lazily(object, "mask", () => Array.from({ length: rows * cols }, (_, i) => Number(i % cols <= Math.floor(i / cols))));
}

// rgba resolves a colour, written in any of CSS's ways, to four numbers from 0 to 255.
let pixel;
export function rgba(color) {
  pixel ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  pixel.clearRect(0, 0, 1, 1); // the colour may be half transparent
  pixel.fillStyle = color;
  pixel.fillRect(0, 0, 1, 1);
  return pixel.getImageData(0, 0, 1, 1).data;
}
