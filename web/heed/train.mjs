// <heed-train>: a network learns in a worker, and this shows what the worker says of it. All that is decided is
// decided there (wasm/learn); here are the controls, the curves and the address. It is a script of its own, train.js,
// so that a page which only shows networks does not load it.
import { trainer } from "./go.mjs";
import { kept } from "./kept.mjs";
import { looked, night } from "./night.mjs";
import { create, page, source, url } from "./page.mjs";
import { draw } from "./picture.mjs";
import { curve, lengths } from "./curves.mjs";
import { leftovers } from "./leftovers.mjs";
import { architectures, called, labels, sentence, titles, words } from "./train-text.mjs";

const settings = Object.keys(labels).filter((name) => name !== "compare");
const node = (tag, properties = {}, ...children) => {
  const element = create(tag, properties);
  element.append(...children);
  return element;
};
let ids = 0;

// place is what the value of a choice of heads says: kind, layer and head, -1 for what is left open.
const place = (value) => {
  const [kind = "", layer = 0, head = -1] = value ? value.split(" ") : [];
  return { kind, layer: Number(layer), head: Number(head) };
};

// free is an id under which no other network is kept than the one of this setting.
async function free(id, setting) {
  const others = new Map((await kept.all()).map((about) => [about.id, about.setting]));
  let name = id;
  for (let n = 2; others.has(name) && others.get(name) !== setting; n++) name = `${id}-${n}`;
  return name;
}

export class HeedTrain extends HTMLElement {
  static observedAttributes = [...settings, "compare", "text"];
  #internals = this.attachInternals();
  #worker; #screen; #parts; #stop = []; #hidden = false; #saving; #starting; #fields = {}; #own = ""; #told = ""; #died = 0; #set; #saves = Promise.resolve();

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
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.#dress());
    this.#stop.push(looked(() => this.#dress()));
    this.#dress();
    let width = 0;
    const size = new ResizeObserver(() => {
      if (width !== this.#parts?.runs.clientWidth) width = this.#parts?.runs.clientWidth, this.#theme();
    });
    size.observe(this.#parts.runs);
    this.#stop.push(() => size.disconnect());
    if (this.hasAttribute("address")) on(window, "hashchange", () => {
      if (location.hash === (this.#screen && this.#hash)) return;
      this.#set = undefined;
      this.#begin();
    });
    this.#stop.push(() => near.disconnect());
  }

  disconnectedCallback() {
    queueMicrotask(() => { // it may only have been moved
      if (this.isConnected) return;
      for (const stop of this.#stop.splice(0)) stop();
      this.#worker?.terminate();
      clearTimeout(this.#saving);
      this.#worker = this.#parts = this.#screen = this.#starting = this.#set = undefined; // and what was shown in parts that are gone
      for (const name of ["playing", "left"]) this.removeAttribute(name);
      this.#fields = {};
      this.#told = "";
      this.#hidden = false;
    });
  }

  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    if (this.#set) this.#set[name] = value ?? "";
    if (!this.#worker) return;
    if (name === "compare" || name === "text") this.#ask({ do: name, value: value ?? "", text: value ?? "" });
    else this.#ask({ do: "set", name, value: value ?? "" });
  }

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

  // #given is what the attributes have, and over them the address.
  #given() {
    const given = {};
    for (const name of HeedTrain.observedAttributes) if (this.hasAttribute(name)) given[name] = this.getAttribute(name);
    if (this.hasAttribute("address") && location.hash.includes("=")) {
      const address = new URLSearchParams(location.hash.slice(1));
      if (address.has("train")) address.set("task", address.get("train"));
      for (const name of HeedTrain.observedAttributes) {
        if (address.has(name)) given[name] = address.get(name);
        else if (name !== "text") delete given[name];
      }
    }
    return given;
  }

  // #begin has the worker begin from what was set before another one died, else from what is given.
  #begin() {
    const { compare = "", text = "", ...given } = this.#set ?? this.#given();
    const known = given.task !== "pairs" || this.#own;
    if (!known) delete given.task;
    this.#ask({ do: "begin", given, compare, text, pairs: this.#own, ...this.#paper, keep: this.hasAttribute("address") });
    if (!known) this.#say(words.once);
    this.#offer();
    if (this.hasAttribute("autoplay") && !this.#set && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.#ask({ do: "play" });
  }

  // #dress takes what goes with the text and the ground around.
  #dress() {
    const { states } = this.#internals, dark = night(this);
    if (states.has("dark") === dark) return;
    states[dark ? "add" : "delete"]("dark");
    this.#theme();
  }

  get #paper() { return { dark: this.#internals.states.has("dark"), width: this.#parts?.runs.clientWidth }; }
  #theme() { this.#ask({ do: "theme", ...this.#paper }); }
  #ask(request, data) { this.#worker?.postMessage({ type: "train", header: JSON.stringify(request), data }); }
  #say(text) { if (this.#parts) this.#parts.message.textContent = text; }

  // #offer asks whether to go on where training was left in this browser.
  async #offer() {
    const found = this.hasAttribute("address") && await leftovers.get(location.pathname);
    const { left } = this.#parts ?? {};
    if (!found || !left || this.#screen?.step) return;
    let was;
    try {
      was = JSON.parse(found.header);
      if (!Number.isSafeInteger(was.runs[0].step) || !(found.data instanceof ArrayBuffer)) throw new TypeError();
    } catch { // of another version, or written over by another script of this site
      return leftovers.remove(location.pathname);
    }
    const { title, steps, pairs, runs } = was;
    const answer = (text, act) => node("button", { type: "button", onclick: () => {
      left.hidden = true;
      act();
      this.#parts.play.focus();
    } }, text);
    left.replaceChildren(words.left(title, runs[0].step, steps), answer(words.goOn, () => {
      this.#own = pairs;
      this.#ask({ do: "begin", left: was, ...this.#paper, keep: true }, found.data);
    }), " ", answer(words.forget, () => leftovers.remove(location.pathname)));
    left.hidden = false;
  }

  // #leave keeps where training is, one after the other, in place of what was left before.
  #leave(header, data) {
    this.#parts.left.hidden = true;
    this.#saves = this.#saves.then(() => leftovers.put(location.pathname, { header, data })).then(() => this.setAttribute("left", JSON.parse(header).runs[0].step));
  }

  // #start brings up the worker. After a death it says so.
  async #start(said = "") {
    if (this.#starting) return;
    this.#starting = true;
    const parts = this.#parts, gone = () => this.#parts !== parts; // the element was removed, and put back perhaps
    try {
      const worker = await trainer((done, total) => !gone() && this.#say(words.loading(done, total)));
      if (gone()) return worker.terminate();
      this.#worker = worker;
      worker.addEventListener("message", ({ data }) => {
        if (!this.#parts || worker !== this.#worker) return;
        const header = JSON.parse(data.header ?? "{}");
        if (data.type === "screen") this.#show(header);
        if (data.type === "left") this.#leave(data.header, data.data);
        if (data.type === "archive") this.#download(header, data.data);
        if (data.type === "keep") this.#keep(header, data.files);
        if (data.type === "exit") this.#end(header.error);
      });
      this.#say(said);
      this.#begin();
    } catch (error) {
      if (gone()) return;
      this.#starting = false;
      this.#say(error.message);
      parts.play.disabled = false;
      this.dispatchEvent(new CustomEvent("heed-error", { bubbles: true, composed: true, detail: { message: error.message } }));
    }
  }

  // #end has another worker in the place of one that died, unless that was no long life: then a reader says when.
  #end(why) {
    if (this.#screen) {
      const { setting, compare, text } = this.#screen;
      this.#set = { ...Object.fromEntries(new URLSearchParams(setting)), compare, text };
    }
    const said = words.ended(why.split("\n")[0]), again = Date.now() - this.#died > 10_000;
    this.#died = Date.now();
    this.#worker = this.#screen = undefined;
    this.#starting = this.#hidden = false;
    this.#told = "";
    Object.assign(this.#parts.play, { textContent: words.play, disabled: false });
    this.toggleAttribute("playing", false);
    this.#say(said);
    if (again) this.#start(said);
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

  // #link copies an address under which others train the same network.
  async #link() {
    if (!this.#screen) return;
    const hash = this.#hash, address = `${url("train.html")}${hash}`; // more may be set before it is copied
    const copied = await Promise.resolve(navigator.clipboard?.writeText(address).then(() => true)).catch(() => false); // without HTTPS there is none
    const own = hash.startsWith("#train=pairs");
    this.#say(`${copied ? words.linked : words.linkIs(address)} ${own ? words.notPairs : words.same}`);
  }

  // #keep has the browser keep the model, as the playground keeps those that are opened there, and leads to it.
  async #keep({ name, title, setting, step, begin, problem }, files) {
    if (problem) return this.#say(problem);
    try {
      const id = await free(`file:${name}`, setting);
      await kept.keep({ id, name, title, setting, files, bytes: files.reduce((sum, { blob }) => sum + blob.size, 0) });
      if (!this.#parts) return;
      this.#say(words.kept(title, step));
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

  // #build lays out the element; what changes later is in #parts. Controls come first, then what is seen, then what takes it away; on
  // wide pages the controls, with what takes it away under them, stand on the left.
  #build() {
    const link = create("link", { rel: "stylesheet", ...(source && { href: url("train.css") }) });
    const box = (className, ...children) => node("div", { className }, ...children);
    const line = (className, properties = {}) => node("p", { className, ...properties });
    const parts = this.#parts = { more: box("settings"), chosen: box("settings chosen"), look: line("look"), left: line("left", { hidden: true }), message: line("message"),
      progress: line("progress"), formed: line("formed"), runs: box("runs"), keys: line("keys", { hidden: true }), curves: box("curves"), all: box("train") };
    parts.message.setAttribute("role", "status");
    parts.all.append(
      box("controls", parts.chosen, box("folds", node("details", {}, node("summary", {}, words.more), parts.more), this.#ownPairs()),
        parts.look, parts.left, this.#playBar(), parts.message, this.#probeBar()),
      box("seen", parts.runs, box("measured", parts.keys, parts.formed, parts.curves)), this.#takeBar());
    this.shadowRoot.replaceChildren(link, parts.all);
  }

  #button(text, act, properties = {}) { return node("button", { type: "button", onclick: act, ...properties }, text); }

  // #ownPairs is where readers give pairs of their own.
  #ownPairs() {
    const pairs = node("textarea", { rows: 4, spellcheck: false, placeholder: "source\ttarget" });
    const file = node("input", { type: "file", accept: ".tsv,.txt,text/*", onchange: () => this.#read(file.files[0], pairs) });
    const use = this.#button(words.use, () => {
      this.#own = pairs.value;
      this.#ask({ do: "pairs", pairs: this.#own });
    });
    const own = node("details", {}, node("summary", {}, words.pairs), node("p", {}, words.once), this.#labelled(words.pasted, pairs), this.#labelled(words.file, file), use);
    own.ondragover = (event) => event.preventDefault();
    own.ondrop = (event) => {
      event.preventDefault();
      this.#read(event.dataTransfer.files[0], pairs);
    };
    return own;
  }

  // #playBar has what starts and stops training.
  #playBar() {
    const ask = (request) => (this.#worker ? this.#ask(request) : this.#start());
    const play = this.#button(words.play, () => ask({ do: this.#screen?.playing ? "pause" : "play" }), { className: "main" });
    const speed = node("select", { onchange: () => this.#ask({ do: "speed", n: Number(speed.value) }) },
      ...[["0", words.fast], ["20", words.slow(20)], ["2", words.slow(2)]].map(([value, text]) => node("option", { value }, text)));
    const pace = this.#labelled(words.speed, speed);
    pace.classList.add("pace");
    this.#parts.play = play;
    return node("div", {}, node("div", { className: "bar" }, play, this.#button(words.step, () => ask({ do: "step", n: 1 })), this.#button(words.again, () => ask({ do: "again" }))),
      node("div", { className: "bar going" }, this.#parts.progress, pace));
  }

  // #probeBar has what is tried, how it is seen, and when.
  #probeBar() {
    const text = node("textarea", { rows: 1, autocomplete: "off", spellcheck: false, maxLength: 400, oninput: () => this.#ask({ do: "text", text: text.value }) });
    const view = node("select", { onchange: () => this.#look() }), head = node("select", { onchange: () => this.#look() });
    const off = node("select", { onchange: () => this.#ask({ do: "off", ...place(off.value) }) });
    const moment = node("input", { type: "range", min: 0, max: 0, value: 0, oninput: () => this.#ask({ do: "moment", n: Number(moment.value) }) });
    const tried = this.#labelled(words.text, text, " "), past = this.#labelled(words.past, moment);
    const at = node("output", { htmlFor: moment.id }), remembered = node("small", { id: moment.id + "-hint" });
    moment.setAttribute("aria-describedby", remembered.id);
    past.classList.add("past");
    past.append(at, remembered);
    Object.assign(this.#parts, { text, texts: tried.lastChild, view, head, off, moment, at, remembered });
    return node("div", { className: "probe" }, tried, this.#labelled(words.view, view), this.#labelled(words.head, head), this.#labelled(words.off, off), past);
  }

  // #takeBar has what takes the network elsewhere.
  #takeBar() {
    const keep = () => {
      if (!this.#screen) return;
      const here = new URL(source).origin === location.origin;
      this.#say(!here ? words.elsewhere : kept.possible() ? words.keeping : words.keepsNone);
      if (!here) this.#parts.message.append(create("a", { href: `${url("train.html")}${this.#hash}`, target: "_blank", textContent: words.there }));
      else if (kept.possible()) this.#ask({ do: "keep", n: Number(which.value) });
    };
    const which = this.#parts.which = node("select"), whose = this.#labelled(words.which, which);
    whose.hidden = true;
    const takes = this.#parts.takes = node("p", { className: "takes", hidden: true });
    return node("div", { className: "bar" }, whose, this.#button(words.keep, keep), this.#button(words.download, () => this.#ask({ do: "archive", n: Number(which.value) })),
      this.#button(words.link, () => this.#link()), takes);
  }

  async #read(file, into) {
    if (!file) return;
    if (file.size > 2e6) return this.#say(words.large);
    into.value = await file.text();
  }

  #look() {
    this.#ask({ do: "look", view: this.#parts.view.value, ...place(this.#parts.head.value) });
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
      const tell = name === "task" || name === "arch" || name === "compare" ? "" : `${choices?.length ? "" : hint + "; "}${again ? words.startsAgain : words.goesOn}`;
      field = this.#fields[name] = { control, box: this.#labelled(labels[name], control, tell) };
      (["task", "arch", "compare"].includes(name) ? this.#parts.chosen : this.#parts.more).append(field.box);
    }
    field.box.hidden = !applies;
    if (this.shadowRoot.activeElement !== field.control || field.control.tagName === "SELECT") field.control.value = value;
  }

  #options(select, list, value) {
    const key = JSON.stringify(list), others = select.dataset.list !== key;
    if (others) {
      select.dataset.list = key;
      select.replaceChildren(...list.map(([v, text]) => node("option", { value: v }, text)));
    }
    if (others || this.shadowRoot.activeElement !== select) select.value = value;
    if (!others || select.selectedIndex >= 0) return;
    select.selectedIndex = 0; // what was chosen is none of this network's
    select.onchange?.();
  }

  #show(screen) {
    const parts = this.#parts;
    this.#screen = screen;
    if (!screen.runs.length) return this.#say(sentence(screen.refused) || words.none);
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
    const message = sentence(screen.refused || screen.failed) || screen.notices.map(sentence).join(" ") || (screen.done ? words.over(screen.steps) : "");
    if (!this.#hidden && message !== this.#told) this.#say(this.#told = message);
    const last = (run) => words.exactly(run.exact.at(-1));
    parts.progress.textContent = words.progress(screen.step, screen.steps) + screen.runs.map((run) => (screen.runs.length > 1 ? `${architectures[run.arch]}: ` : "") + last(run)).join("; ") + ".";
    this.#curves(screen);
    if (this.shadowRoot.activeElement !== parts.text) parts.text.value = screen.text;
    parts.text.rows = Math.min(screen.texts, screen.text.split("\n").length);
    parts.texts.textContent = words.texts(screen.texts);
    Object.assign(parts.moment, { max: screen.moments.length - 1, value: screen.moment });
    const step = screen.moments[screen.moment];
    parts.takes.hidden = screen.moment === screen.moments.length - 1;
    parts.takes.textContent = words.takes(step);
    const when = parts.takes.hidden ? words.now : words.thenStep(step);
    parts.at.textContent = when;
    parts.moment.setAttribute("aria-valuetext", when);
    parts.remembered.textContent = words.remembered(screen.every, screen.most);
    for (const choice of [parts.head, parts.off]) choice.parentNode.hidden = !screen.heads.length;
    parts.all.classList.toggle("one", screen.runs.length === 1);
    this.#formed(screen);
    parts.which.parentNode.hidden = screen.runs.length === 1;
    this.#options(parts.which, screen.runs.map(({ arch }, i) => [String(i), architectures[arch]]), parts.which.value);
    this.#options(parts.view, screen.views, screen.view);
    this.#options(parts.head, [["", words.best], ...screen.heads], parts.head.value);
    this.#options(parts.off, [["", words.none], ...screen.floors.map(([value, name]) => [value, words.whole(name)]), ...screen.heads], parts.off.value);
    this.#runs(screen);
    this.toggleAttribute("playing", screen.playing);
    this.dispatchEvent(new CustomEvent("heed-train", { bubbles: true, composed: true, detail: {
      step: screen.step, playing: screen.playing, exact: screen.runs.map((run) => run.exact.at(-1)), loss: screen.runs.map((run) => run.unseen.at(-1)) } }));
    if (this.hasAttribute("address")) {
      clearTimeout(this.#saving);
      this.#saving = setTimeout(() => this.#screen && location.hash !== this.#hash && history.replaceState(null, "", this.#hash), 300);
    }
  }

  // #formed lists the heads that have formed: each leads to the moment.
  #formed({ runs, moments }) {
    const all = runs.flatMap((run) => run.formed.map(({ step, head }) => ({ step, head: runs.length > 1 ? `${architectures[run.arch]}: ${head}` : head })));
    const box = this.#parts.formed, key = JSON.stringify([all, moments.length]);
    box.hidden = !all.length;
    if (box.dataset.list === key) return;
    box.dataset.list = key;
    const focused = [...box.children].indexOf(this.shadowRoot.activeElement);
    box.replaceChildren(words.formed, ...all.map(({ step, head }) => node("button", { type: "button", onclick: () => {
      const at = moments.findIndex((then) => then >= step);
      this.#ask({ do: "moment", n: at < 0 ? moments.length - 1 : at });
    } }, words.formedAt(head, step))));
    box.children[focused]?.focus();
  }

  // #curves draws the curves, unless they are as they were: a point comes after many screens.
  #curves({ runs, moments, moment }) {
    const then = moment < moments.length - 1 ? moments[moment] : undefined;
    const key = JSON.stringify([then, runs.map(({ arch, at, loss, unseen, formed, byLength }) => [arch, at.length, at.at(-1), loss.at(-1), unseen.at(-1), formed.length, byLength])]);
    if (this.#parts.curves.dataset.list === key) return;
    this.#parts.curves.dataset.list = key;
    const named = (key, of = runs) => of.map((run) => ({ name: architectures[run.arch], x: run.at, y: run[key] }));
    const marks = runs.flatMap((run) => run.formed).map(({ step, head }) => ({ step, title: words.formedMark(head, step) }));
    const heads = ["alignment", "prefix", "previous"].filter((key) => runs.some((run) => run[key].some((v) => v > 0)))
      .map((key) => curve(titles[key], named(key, runs.filter((run) => run.shown)), { top: 1, then, marks: key === "previous" ? [] : marks }));
    this.#parts.keys.hidden = runs.length < 2;
    this.#parts.keys.replaceChildren(...runs.map(({ arch }, i) => node("span", { className: `key line-${i}` }, architectures[arch])));
    this.#parts.curves.replaceChildren(
      curve(titles.unseen, named("unseen"), { then }), curve(titles.accuracy, named("accuracy"), { top: 1, then }), curve(titles.exact, named("exact"), { top: 1, then }),
      ...heads, curve(titles.norm, named("norm").map(({ name, x, y }) => ({ name, x: x.slice(1), y: y.slice(1) })), { then }), // before the first step there is none
      ...(runs[0].lengths.length ? [lengths(titles.lengths, runs.map((run) => ({ name: architectures[run.arch], x: run.lengths, y: run.byLength })))] : []));
  }

  #runs({ runs, playing }) {
    const fill = (box, count, make) => {
      while (box.children.length > count) box.lastChild.remove();
      while (box.children.length < count) box.append(make());
    };
    fill(this.#parts.runs, runs.length, () => node("section", {}, node("h2"), node("div", { className: "probes" })));
    runs.forEach((run, i) => {
      const [title, probes] = this.#parts.runs.children[i].children;
      title.textContent = [architectures[run.arch], words.weights(run.weights), ...(run.shown ? [run.shown] : [])].join(", ");
      fill(probes, run.probes.length, () => node("div", {}, node("p", { className: "written" }), node("div", { className: "picture" }), node("p", { className: "problem" }),
        node("details", {}, node("summary", {}, words.table), node("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: words.table }))));
      run.probes.forEach((probe, j) => this.#probe(probes.children[j].children, probe, playing));
    });
  }

  // #probe shows what a network makes of one text.
  #probe([written, picture, problem, table], probe, playing) {
    written.replaceChildren(node("span", {}, probe.reads), " → ", node("strong", {}, probe.output || "…"));
    problem.textContent = probe.problem || probe.notice;
    picture.hidden = !probe.picture;
    if (probe.picture) draw(picture, probe.picture, probe.caption);
    table.hidden = playing || !probe.cells?.length;
    if (table.hidden) return;
    table.lastChild.replaceChildren(node("table", {}, node("tr", {}, node("td"), ...probe.keys.map((key) => node("th", { scope: "col" }, key))),
      ...probe.queries.map((query, row) => node("tr", {}, node("th", { scope: "row" }, query),
        ...probe.keys.map((_, col) => node("td", {}, probe.cells[row * probe.keys.length + col].toFixed(2)))))));
  }
}

if (!customElements.get("heed-train")) customElements.define("heed-train", HeedTrain);
