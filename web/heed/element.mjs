// The class of <heed-view>. Go cannot subclass HTMLElement, so it fills what this class owns.
import { host, page, past } from "./page.mjs";
import { looked, night } from "./night.mjs";
import { blank, go, hide, near, settled, show, views } from "./show.mjs";
import { say } from "./text.mjs";

// Each attribute is a property as well, top-k as topK: null without the attribute. What is set is
// written as an attribute would say it.
const attributes = [
  "model", "text", "target", "view", "kind", "layer", "head", "token", "key", "compare", "ablate", "with", "patch", "at", "attribute", "words", "special",
  "threshold", "layout", "lens", "roles", "off", "force", "patched", "from", "replace", "steer", "toward", "away", "attention-temperature", "temperature", "top-k", "top-p", "weights", "threads", "present", "step", "theme", "controls", "loading", "record", "lang",
];

// prose is what a reader would read in an element: no pictures with their titles, no scripts, nothing hidden.
// Blocks part words as they do on the page.
const unread = "svg, math annotation, picture, img, figure, video, audio, canvas, iframe, object, embed, script, style, template, noscript, " +
  "title, link, meta, button, input, select, textarea, datalist, rp, rt, dialog:not([open]), [hidden], [aria-hidden=true]";
const inline = "a, abbr, b, bdi, bdo, cite, code, data, del, dfn, em, font, i, ins, kbd, label, mark, math, q, ruby, s, samp, small, span, strong, " +
  "sub, sup, time, tt, u, var, wbr";
function prose(node) {
  const said = Array.from(past(node, "childNodes"), (child) => {
    const type = past(child, "nodeType"), matches = (selector) => past(child, "matches")(selector);
    if (type === Node.TEXT_NODE || type === Node.CDATA_SECTION_NODE) return child.data;
    if (type !== Node.ELEMENT_NODE || matches(unread)) return "";
    return matches(inline) || past(child, "localName").includes("-") ? prose(child) : ` ${prose(child)} `;
  });
  return said.join("");
}

// filled resolves once an element's content is there: it may be set in the same task, or be what the parser reads next,
// which has not passed the element while nothing follows it. What is there, and stays as it is, is taken after two seconds.
async function filled(view) {
  await null;
  const follows = () => {
    for (let e = view; e; e = past(e, "parentNode") ?? host(e)) if (past(e, "nextSibling")) return true;
    return false;
  };
  let before = "";
  for (let still = 0; page.readyState === "loading" && !follows() && still < 40; still++) {
    await new Promise((next) => setTimeout(next, 50));
    if (view.text === "" || view.text !== before) still = 0;
    before = view.text;
  }
}

const known = new Set(); // all elements on the page, in shadow roots too

let printing = false;
const written = (value) => (typeof value === "boolean" ? Number(value) : value);

class HeedView extends HTMLElement {
  static observedAttributes = [...attributes, "editable"];

  static {
    looked(() => known.forEach((view) => view.#dress()));
  }

  // Paper is light. What nobody has come near yet is too late for this print, and begins to load for another.
  static {
    for (const event of ["beforeprint", "afterprint"]) {
      addEventListener(event, () => {
        printing = event === "beforeprint";
        for (const view of views.keys()) view.#dress();
        if (printing) known.forEach(show);
      });
    }
  }

  #internals = this.attachInternals();
  #told = null; // the event of the last Record, which may be made as it is read
  #overtake = () => {}; // tells the promise of run that another text came first

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    blank(this);
    this.addEventListener("heed-record", (event) => { // its own, not that of a preview within
      if (event.composedPath()[0] === this) this.#told = event;
    });
    for (const type of ["heed-load", "heed-error"]) { // now there is something better to see than the poster
      this.addEventListener(type, (event) => event.composedPath()[0] === this && settled(this));
    }
    // What is typed here, or walks from cell to cell, is no command of the page around it: slides turn at
    // a space or an arrow. The page of full controls has keys of its own.
    this.addEventListener("keydown", (event) => {
      if (this.controls === "full" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.defaultPrevented || /^(.|Arrow.+|Home|End|Enter|Backspace|Delete)$/su.test(event.key)) event.stopPropagation();
    });
    this.shadowRoot.addEventListener("transitionend", ({ target, propertyName }) => {
      if (target.localName === "link" && propertyName === "color") this.#dress();
    });
  }

  // dress takes the theme that is asked for, or the one that goes with the text around.
  #dress() {
    const { theme } = this;
    const dark = !printing && (theme === "dark" || (theme !== "light" && night(this)));
    const { states } = this.#internals;
    if (states.has("dark") === dark) return;
    states[dark ? "add" : "delete"]("dark");
    if (go && views.has(this)) go.attribute(views.get(this), "theme", theme);
  }

  connectedCallback() {
    for (const name of properties) { // those that were set before the element was defined
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    if (!this.hasAttribute("translate")) this.translate = false; // a translated sentence would be another one
    known.add(this);
    this.#dress();
    this.#begin();
  }

  async #begin() {
    await filled(this);
    if (!this.isConnected) return;
    if (this.loading === "eager") show(this);
    else near.observe(this);
  }

  disconnectedCallback() {
    known.delete(this);
    near.unobserve(this);
    setTimeout(() => { // an element that only moved is back by now
      if (!this.isConnected && views.has(this)) hide(this);
    });
  }

  attributeChangedCallback(name, old, value) {
    if (name === "editable" && value === "false") return this.removeAttribute(name); // as some frameworks write it
    if (name === "theme" && this.isConnected) return this.#dress();
    if (name === "loading" && value === "eager" && this.isConnected) this.#begin();
    if (go && views.has(this)) go.attribute(views.get(this), name, value);
  }

  get editable() { return this.hasAttribute("editable"); }
  set editable(value) { this.toggleAttribute("editable", Boolean(value)); }

  get text() { return this.getAttribute("text") ?? prose(this).trim().replace(/\s+/g, " "); }

  // record is what the model saw of the last text; what is set is where to find another.
  get record() { return this.#told?.detail ?? null; }

  // run shows a text, wherever the element stands, and resolves to its Record.
  async run(text) {
    if (this.hasAttribute("record")) throw new Error(say.hasRecord);
    return this.#next(text);
  }

  // next resolves to the next Record: of a text, or of what there is to show.
  #next(text) {
    this.#overtake();
    return new Promise((resolve, reject) => {
      const stop = new AbortController();
      const end = (settle, value) => {
        stop.abort();
        settle(value);
      };
      this.#overtake = () => end(reject, new DOMException(say.overtaken, "AbortError"));
      if (!this.isConnected) return end(reject, new Error(say.notConnected));
      if (text !== undefined) this.text = text;
      show(this);
      go?.run(views.get(this));
      this.addEventListener("heed-record", ({ detail }) => {
        if (detail.text === this.text || this.hasAttribute("record")) end(resolve, detail);
        else this.#overtake();
      }, stop);
      this.addEventListener("heed-error", ({ detail }) => end(reject, new Error(detail.message)), stop);
    });
  }

  // toSVG resolves to the text of the picture that is shown, toPNG to its Blob; both wait for the first.
  toSVG() { return this.#picture("svg"); }
  toPNG() { return this.#picture("png"); }

  // heap resolves to the bytes that Go holds for all elements of the page, after a collection.
  static heap() { return new Promise((resolve) => (go ? go.heap(resolve) : resolve(0))); }

  async #picture(kind) {
    if (!this.#told) await this.#next();
    return new Promise((resolve, reject) => go.picture(views.get(this), kind, resolve, reject));
  }
}
const camel = (name) => name.replace(/-./, (match) => match[1].toUpperCase());
for (const name of attributes) {
  if (name === "lang") continue; // which every element has
  const own = Object.getOwnPropertyDescriptor(HeedView.prototype, camel(name));
  Object.defineProperty(HeedView.prototype, camel(name), {
    configurable: true,
    enumerable: true,
    get: own?.get ?? function () { return this.getAttribute(name); },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, written(value));
    },
  });
}
const properties = [...attributes.map(camel), "editable"];
customElements.define("heed-view", HeedView);
