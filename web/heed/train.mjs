// <heed-train>: a network learns in a worker, and this shows what the worker says of it. All that is decided is
// decided there (wasm/learn); here are the controls, the curves and the address. It is a script of its own, train.js,
// so that a page which only shows networks does not load it.
import { trainer } from "./go.mjs";
import { kept } from "./kept.mjs";
import { create, page, source, url } from "./page.mjs";
import { amount, say } from "./text.mjs";
import { curve, lengths } from "./curves.mjs";

const words = {
  play: "Play", pause: "Pause", step: "Step", again: "Start again", more: "Settings", pairs: "Your own pairs", use: "Learn these",
  download: "Download the model", keep: "Open in the playground", table: "The weights as a table",
  hidden: "Paused, because the page is hidden. It goes on when you come back.",
  over: (steps) => `All ${steps} steps are made. More steps go on from here.`,
  loading: (done, total) => `Loading what trains: ${amount(done, total)}`,
  ended: (why) => `Training stopped because of an internal error: ${why}. Start again to begin anew.`,
  once: "Use your own pairs: a line each, the source, a tab, the target. At most 2 MB; they stay on this device.",
  large: "That file is larger than 2 MB.",
  none: "none", best: "the one that does most", now: "now",
  saved: (name) => `${name}.zip holds the model. Unpack it and open it in a terminal: heed run -model ${name} -text "…"`,
  keeping: "Copying the model into this browser’s storage…",
  kept: (title) => `This browser keeps “${title}” as it is now. `,
  playground: "Open it in the playground",
  keepsNone: "The playground cannot be handed the model here: this browser keeps no files for it. Download the model, and open it there.",
};

const labels = {
  task: "Task", arch: "Architecture", compare: "Beside it", layers: "Layers", heads: "Heads", width: "Width", positions: "Positions",
  causal: "Causal mask", residuals: "Residual connections", norms: "Layer norms", ffn: "Feed-forward networks", dropout: "Dropout",
  decay: "Weight decay", rate: "Learning rate", batch: "Examples a step", steps: "Steps", optimizer: "Optimiser", seed: "Seed",
};
const architectures = {
  context: "Recurrent, one context vector", additive: "Recurrent, additive attention", dot: "Recurrent, dot attention", general: "Recurrent, general attention",
  "encoder-decoder": "Transformer, encoder and decoder", decoder: "Transformer, decoder alone", encoder: "Transformer, encoder alone",
};
const called = (name, value) => (name === "arch" || name === "compare" ? architectures[value] : { 1: "on", 0: "off" }[value]) ?? value;

const settings = Object.keys(labels).filter((name) => name !== "compare");
const node = (tag, properties = {}, ...children) => {
  const element = create(tag, properties);
  element.append(...children);
  return element;
};
let ids = 0;

// free is an id under which no other network is kept than the one of this setting.
async function free(id, setting) {
  const others = new Map((await kept.all()).map((about) => [about.id, about.setting]));
  let name = id;
  for (let n = 2; others.has(name) && others.get(name) !== setting; n++) name = `${id}-${n}`;
  return name;
}

export class HeedTrain extends HTMLElement {
  static observedAttributes = [...settings, "compare", "text"];
  #worker; #screen; #parts; #stop = []; #hidden = false; #saving; #starting; #fields = {}; #own = ""; #told = "";

  connectedCallback() {
    if (this.#parts) return;
    if (!this.shadowRoot) this.attachShadow({ mode: "open" });
    this.#build();
    const near = new IntersectionObserver(([entry]) => {
      if (entry.isIntersecting) near.disconnect(), this.#start();
    }, { rootMargin: "200px" });
    near.observe(this);
    const on = (target, event, listener) => {
      target.addEventListener(event, listener);
      this.#stop.push(() => target.removeEventListener(event, listener));
    };
    on(page, "visibilitychange", () => this.#visible());
    const dark = matchMedia("(prefers-color-scheme: dark)");
    on(dark, "change", () => this.#theme());
    let width = 0;
    const size = new ResizeObserver(() => {
      if (width !== this.#parts?.runs.clientWidth) width = this.#parts?.runs.clientWidth, this.#theme();
    });
    size.observe(this);
    this.#stop.push(() => size.disconnect());
    if (this.hasAttribute("address")) on(window, "hashchange", () => location.hash !== this.#hash && this.#begin());
    this.#stop.push(() => near.disconnect());
  }

  disconnectedCallback() {
    queueMicrotask(() => { // it may only have been moved
      if (this.isConnected) return;
      for (const stop of this.#stop.splice(0)) stop();
      this.#worker?.terminate();
      this.#worker = this.#parts = this.#screen = this.#starting = undefined;
    });
  }

  attributeChangedCallback(name, before, value) {
    if (before === value || !this.#worker) return;
    if (name === "compare" || name === "text") this.#ask({ do: name, value: value ?? "", text: value ?? "" });
    else this.#ask({ do: "set", name, value: value ?? "" });
  }

  get #dark() { return matchMedia("(prefers-color-scheme: dark)").matches; }
  get #hash() { return "#" + this.#address(); }

  #address() {
    const { setting, compare, text, example } = this.#screen;
    const all = new URLSearchParams(setting);
    const out = new URLSearchParams({ train: all.get("task") ?? "reverse" });
    for (const [name, value] of all) if (name !== "task") out.set(name, value);
    if (compare) out.set("compare", compare);
    if (text !== example) out.set("text", text);
    return String(out);
  }

  // #said is what the attributes say, and over them the address.
  #said() {
    const said = {};
    for (const name of HeedTrain.observedAttributes) if (this.hasAttribute(name)) said[name] = this.getAttribute(name);
    if (this.hasAttribute("address") && location.hash.includes("=")) {
      const given = new URLSearchParams(location.hash.slice(1));
      if (given.has("train")) given.set("task", given.get("train"));
      for (const name of HeedTrain.observedAttributes) {
        if (given.has(name)) said[name] = given.get(name);
        else if (name !== "text") delete said[name];
      }
    }
    return said;
  }

  #begin() {
    const { compare = "", text = "", ...said } = this.#said();
    const known = said.task !== "pairs" || this.#own;
    if (!known) delete said.task;
    this.#ask({ do: "begin", said, compare, text, pairs: this.#own, dark: this.#dark, width: this.#parts.runs.clientWidth });
    if (!known) this.#say(words.once);
    if (this.hasAttribute("autoplay") && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.#ask({ do: "play" });
  }

  #theme() { this.#ask({ do: "theme", dark: this.#dark, width: this.#parts?.runs.clientWidth }); }
  #ask(request) { this.#worker?.postMessage({ type: "train", header: JSON.stringify(request) }); }
  #say(text) { this.#parts.message.textContent = text; }

  async #start() {
    if (this.#starting) return;
    this.#starting = true;
    try {
      const worker = await trainer((done, total) => this.#parts && this.#say(words.loading(done, total)));
      if (!this.#parts) return worker.terminate();
      this.#worker = worker;
      worker.addEventListener("message", ({ data }) => {
        if (!this.#parts || worker !== this.#worker) return;
        const header = JSON.parse(data.header ?? "{}");
        if (data.type === "screen") this.#show(header);
        if (data.type === "archive") this.#download(header, data.data);
        if (data.type === "keep") this.#keep(header, data.files);
        if (data.type === "exit") this.#end(header.error);
      });
      this.#say("");
      this.#begin();
    } catch (error) {
      this.#starting = false;
      this.#say(error.message);
      this.#parts.play.disabled = false;
      this.dispatchEvent(new CustomEvent("heed-error", { bubbles: true, composed: true, detail: { message: error.message } }));
    }
  }

  #end(why) {
    this.#worker = undefined;
    this.#starting = false;
    this.#say(words.ended(why.split("\n")[0]));
  }

  #visible() {
    if (page.hidden && this.#screen?.playing) {
      this.#hidden = true;
      this.#ask({ do: "pause" });
      this.#say(words.hidden);
    } else if (!page.hidden && this.#hidden) {
      this.#hidden = false;
      this.#say("");
      this.#ask({ do: "play" });
    }
  }

  #download({ name, problem }, data) {
    if (problem) return this.#say(problem);
    const address = URL.createObjectURL(new Blob([data], { type: "application/zip" }));
    const link = create("a", { href: address, download: `${name}.zip` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    this.#say(words.saved(name));
  }

  // #keep has the browser keep the model, as the playground keeps those that are opened there, and leads to it.
  async #keep({ name, title, setting, begin, problem }, files) {
    if (problem) return this.#say(problem);
    try {
      const id = await free(`file:${name}`, setting);
      await kept.keep({ id, name, title, setting, files, bytes: files.reduce((sum, { blob }) => sum + blob.size, 0) });
      this.#say(words.kept(title));
      const link = create("a", { href: `${url("../index.html")}#${new URLSearchParams({ model: id, text: begin })}`, target: "_blank", textContent: words.playground });
      this.#parts.message.append(link);
      link.focus();
    } catch (error) {
      this.#say(error.message);
    }
  }

  // labelled is a control under its label.
  #labelled(text, control, hint) {
    control.id ||= `c${++ids}`;
    const label = node("label", { htmlFor: control.id }, text);
    const parts = [label, control];
    if (hint) {
      const note = node("small", { id: control.id + "-hint" }, hint);
      control.setAttribute("aria-describedby", note.id);
      parts.push(note);
    }
    return node("div", { className: "field" }, ...parts);
  }

  #build() {
    const root = this.shadowRoot;
    const link = create("link", { rel: "stylesheet", ...(source && { href: url("train.css") }) });
    const button = (text, act, properties = {}) => node("button", { type: "button", onclick: act, ...properties }, text);
    const play = button(words.play, () => (this.#worker ? this.#ask({ do: this.#screen?.playing ? "pause" : "play" }) : this.#start()), { className: "main" });
    const speed = node("select", { onchange: () => this.#ask({ do: "speed", n: Number(speed.value) }) },
      ...[["0", "as fast as it goes"], ["20", "20 steps a second"], ["2", "2 steps a second"]].map(([value, text]) => node("option", { value }, text)));
    const bar = node("div", { className: "bar" }, play, button(words.step, () => this.#ask({ do: "step", n: 1 })), button(words.again, () => this.#ask({ do: "again" })),
      this.#labelled("Speed", speed));
    const chosen = node("div", { className: "settings" });
    const more = node("details", {}, node("summary", {}, words.more), node("div", { className: "settings" }));
    const pairs = node("textarea", { rows: 4, spellcheck: false, placeholder: "source\ttarget" });
    const file = node("input", { type: "file", accept: ".tsv,.txt,text/*", onchange: () => this.#read(file.files[0], pairs) });
    const own = node("details", {}, node("summary", {}, words.pairs), node("p", {}, words.once), this.#labelled("Pairs", pairs), this.#labelled("Or a file", file),
      button(words.use, () => {
        this.#own = pairs.value;
        this.#ask({ do: "pairs", pairs: this.#own });
      }));
    own.ondragover = (event) => event.preventDefault();
    own.ondrop = (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) this.#read(event.dataTransfer.files[0], pairs);
    };
    const text = node("input", { type: "text", autocomplete: "off", spellcheck: false, maxLength: 400, oninput: () => this.#ask({ do: "text", text: text.value }) });
    const moment = node("input", { type: "range", min: 0, max: 0, value: 0, oninput: () => this.#ask({ do: "moment", n: Number(moment.value) }) });
    const at = node("output", { htmlFor: "moment" });
    const view = node("select", { onchange: () => this.#look() }), head = node("select", { onchange: () => this.#look() });
    const past = this.#labelled("The past", moment);
    past.append(at);
    this.#parts = {
      play, more: more.lastChild, chosen, speed, text, moment, at, view, head,
      look: node("p", { className: "look" }), message: node("p", { className: "message" }), progress: node("p", { className: "progress" }),
      curves: node("div", { className: "curves" }), runs: node("div", { className: "runs" }),
    };
    this.#parts.message.setAttribute("role", "status");
    const { look, message, progress, curves, runs } = this.#parts;
    root.replaceChildren(link, node("div", { className: "train" }, chosen, look, bar, message, progress,
      node("div", { className: "probe" }, this.#labelled("Try it on", text), this.#labelled("View", view), this.#labelled("Head", head), past),
      runs, curves, more, own, node("div", { className: "bar" },
        button(words.keep, () => {
          const possible = kept.possible() && new URL(source).origin === location.origin;
          this.#say(possible ? words.keeping : words.keepsNone);
          if (possible) this.#ask({ do: "keep" });
        }),
        button(words.download, () => this.#ask({ do: "archive" })))));
  }

  async #read(file, into) {
    if (!file) return;
    if (file.size > 2e6) return this.#say(words.large);
    into.value = await file.text();
  }

  #look() {
    const [kind = "", layer = 0, h = -1] = this.#parts.head.value ? this.#parts.head.value.split(" ") : [];
    this.#ask({ do: "look", view: this.#parts.view.value, kind, layer: Number(layer), head: Number(h) });
  }

  // #field shows an option, in a control that is made once: what somebody types there is theirs until they leave it.
  #field(option) {
    const { name, value, choices, hint, again, applies } = option;
    let field = this.#fields[name];
    if (!field) {
      const control = choices?.length
        ? node("select", {}, ...choices.map((choice) => node("option", { value: choice }, called(name, choice))))
        : node("input", { type: "text", inputMode: "decimal", autocomplete: "off" });
      control.onchange = () => this.#ask(name === "compare" ? { do: name, value: control.value } : { do: "set", name, value: control.value });
      const tell = name === "task" || name === "arch" || name === "compare" ? "" : `${choices?.length ? "" : hint + "; "}${again ? "starts again" : "goes on"}`;
      field = this.#fields[name] = { control, box: this.#labelled(labels[name], control, tell) };
      (["task", "arch", "compare"].includes(name) ? this.#parts.chosen : this.#parts.more).append(field.box);
    }
    field.box.hidden = !applies;
    if (this.shadowRoot.activeElement !== field.control || field.control.tagName === "SELECT") field.control.value = value;
  }

  #options(select, list, value) {
    const key = JSON.stringify(list);
    if (select.dataset.list !== key) {
      select.dataset.list = key;
      select.replaceChildren(...list.map(([v, text]) => node("option", { value: v }, text)));
    }
    if (this.shadowRoot.activeElement !== select) select.value = value;
  }

  #show(screen) {
    const parts = this.#parts;
    this.#screen = screen;
    if (!screen.runs.length) return this.#say(screen.refused || words.none);
    for (const option of screen.options) {
      this.#field(option);
      if (option.name === "arch") {
        this.#field({ name: "compare", value: screen.compare, choices: ["", ...option.choices], applies: true });
        this.#fields.compare.control.options[0].textContent = words.none;
      }
    }
    for (const [name, title] of screen.tasks) this.#fields.task.control.querySelector(`[value="${name}"]`).textContent = title;
    this.#fields.task.control.querySelector("[value=pairs]").disabled = !this.#own;
    parts.look.textContent = screen.look;
    parts.play.textContent = screen.playing ? words.pause : words.play;
    parts.play.disabled = screen.done || screen.failed !== "";
    const message = screen.refused || screen.failed || screen.notices.join(" ") || (screen.done ? words.over(screen.steps) : "");
    if (!this.#hidden && message !== this.#told) this.#say(this.#told = message);
    const last = (run) => `${(100 * run.exact.at(-1)).toFixed(1)} % exactly right`;
    parts.progress.textContent = `Step ${screen.step} of ${screen.steps}. ` + screen.runs.map((run) => (screen.runs.length > 1 ? `${architectures[run.arch]}: ` : "") + last(run)).join("; ") + ".";
    this.#curves(screen);
    if (this.shadowRoot.activeElement !== parts.text) parts.text.value = screen.text;
    Object.assign(parts.moment, { max: screen.moments.length - 1, value: screen.moment });
    const when = screen.moment === screen.moments.length - 1 ? words.now : `step ${screen.moments[screen.moment]}`;
    parts.at.textContent = when;
    parts.moment.setAttribute("aria-valuetext", when);
    this.#options(parts.view, screen.views.map((v) => [v, v]), screen.view || "heatmap");
    this.#options(parts.head, [["", words.best], ...screen.runs[0].stacks.flatMap(({ kind, layers, heads }) =>
      Array.from({ length: layers * heads }, (_, i) => [`${kind} ${Math.floor(i / heads)} ${i % heads}`, `${kind} ${Math.floor(i / heads)}.${i % heads}`]))], parts.head.value);
    this.#runs(screen);
    this.toggleAttribute("playing", screen.playing);
    this.dispatchEvent(new CustomEvent("heed-train", { bubbles: true, composed: true, detail: {
      step: screen.step, playing: screen.playing, exact: screen.runs.map((run) => run.exact.at(-1)) } }));
    if (this.hasAttribute("address")) {
      clearTimeout(this.#saving);
      this.#saving = setTimeout(() => this.#parts && location.hash !== this.#hash && history.replaceState(null, "", this.#hash), 300);
    }
  }

  #curves({ runs }) {
    const named = (key, of = runs) => of.map((run) => ({ name: architectures[run.arch], x: run.at, y: run[key] }));
    const marks = runs.flatMap((run) => run.formed);
    const heads = [["alignment", "Alignment"], ["prefix", "Prefix matching"], ["previous", "Previous token"]]
      .filter(([key]) => runs.some((run) => run[key].some((v) => v > 0)))
      .map(([key, title]) => curve(title + " of the best head", named(key, runs.filter((run) => run.stacks.length > 0)), { top: 1, marks: key === "previous" ? [] : marks }));
    this.#parts.curves.replaceChildren(
      curve("Loss on unseen examples", named("unseen"), {}), curve("Right tokens", named("accuracy"), { top: 1 }), curve("Exactly right", named("exact"), { top: 1 }),
      ...heads, curve("Norm of the gradient", named("norm"), {}),
      ...(runs[0].lengths.length ? [lengths("Exactly right, by length", runs.map((run) => ({ name: architectures[run.arch], x: run.lengths, y: run.byLength })))] : []));
  }

  #runs({ runs, playing }) {
    const box = this.#parts.runs;
    while (box.children.length > runs.length) box.lastChild.remove();
    while (box.children.length < runs.length) {
      box.append(node("section", {}, node("h2"), node("p", { className: "written" }), node("img"), node("p", { className: "problem" }),
        node("details", {}, node("summary", {}, words.table), node("div", { className: "scroll" }))));
    }
    runs.forEach((run, i) => {
      const [title, written, picture, problem, table] = box.children[i].children;
      title.textContent = `${architectures[run.arch]}, ${run.weights.toLocaleString("en")} weights` + (run.kind ? `, head ${run.kind} ${run.layer}.${run.head}` : "");
      written.replaceChildren(node("span", {}, run.reads), " → ", node("strong", {}, run.output || "…"));
      problem.textContent = run.problem;
      picture.hidden = !run.picture;
      if (run.picture) Object.assign(picture, { src: "data:image/svg+xml," + encodeURIComponent(run.picture), alt: run.caption });
      table.hidden = playing || !run.cells?.length;
      if (!table.hidden) {
        table.lastChild.replaceChildren(node("table", {}, node("tr", {}, node("td"), ...run.keys.map((key) => node("th", { scope: "col" }, key))),
          ...run.queries.map((query, row) => node("tr", {}, node("th", { scope: "row" }, query),
            ...run.keys.map((_, col) => node("td", {}, run.cells[row * run.keys.length + col].toFixed(2)))))));
      }
    });
  }
}

if (!customElements.get("heed-train")) customElements.define("heed-train", HeedTrain);
