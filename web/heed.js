// Heed's loader. It defines <heed-view>, fetches the engine when the first such element comes near
// the viewport, and starts it twice from one compiled module: in the window, where it is the page,
// and in a worker, where it is the engine. The worker's program is this file too. What passes
// between this file and Go is written down in wasm/bridge/doc.go.
(() => {
  "use strict";

  // Everything lies beside this file. A module has no currentScript, but a stack trace names it.
  const script = globalThis.document?.currentScript;
  const source = script?.src || new Error().stack.match(/(?:https?|file):.*?\.js[^:\s)]*/)[0];
  // A bundler gives files names of its own, of which heed.mjs tells; the versioned copy of this file
  // has a list of its own.
  const files = script?.heed ?? {};
  const url = (name) => new URL(files[name] ?? name, source).href;
  const support = url("wasm_exec.js"); // defines the global class Go

  // remember returns a function that puts globals back as they are now.
  function remember(names) {
    const old = names.map((name) => [name, Object.hasOwn(globalThis, name), globalThis[name]]);
    return () => {
      for (const [name, had, value] of old) {
        if (had) globalThis[name] = value;
        else Reflect.deleteProperty(globalThis, name);
      }
    };
  }

  // start runs Go until it waits for JavaScript. The answer's `ended` is the promise of why it
  // ended, which it never should. Go looks at its globals only while it starts, so they are
  // borrowed; what it prints takes another way than wasm_exec.js's, which uses them later.
  async function start(Go, module, heed) {
    const go = new Go();
    if (heed.role === "page") go.env.GOGC = "200"; // little lives long there, and collecting holds up keys
    const decoder = new TextDecoder();
    let said = "";
    let line = "";
    const print = (bytes) => {
      const text = decoder.decode(bytes, { stream: true });
      said = (said + text).slice(-8000);
      const lines = (line + text).split("\n");
      line = lines.pop();
      for (const l of lines) console.log(l);
    };
    go.importObject.gojs["runtime.wasmWrite"] = (sp) => {
      const at = (sp >>> 0) + 16;
      print(new Uint8Array(go.mem.buffer, Number(go.mem.getBigInt64(at, true)), go.mem.getInt32(at + 8, true)));
    };
    go.exit = () => {};
    const refuse = (...args) => args.at(-1)(Object.assign(new Error("no files here"), { code: "ENOSYS" }));
    const fs = new Proxy({
      constants: { O_WRONLY: -1, O_RDWR: -1, O_CREAT: -1, O_TRUNC: -1, O_APPEND: -1, O_EXCL: -1, O_DIRECTORY: -1 },
      write(fd, bytes, offset, length, position, done) {
        print(bytes);
        done(null, length);
      },
    }, { get: (known, name) => known[name] ?? refuse });

    const instance = await WebAssembly.instantiate(module, go.importObject);
    const globals = { fs, process: {}, path: {}, __heed: heed };
    const putBack = remember(Object.keys(globals));
    Object.assign(globalThis, globals);
    const running = go.run(instance);
    putBack();
    const ended = running.then(
      () => said.slice(Math.max(0, said.search(/^(panic|fatal error): /m))).trim() || "it ended by itself",
      (error) => String(error),
    );
    return { ended };
  }

  const exit = (error) => ({ type: "exit", header: JSON.stringify({ error }) });

  if (!globalThis.document) { // the engine's worker
    addEventListener("message", async ({ data }) => {
      try {
        const { ended } = await start(Go, data.module, { role: "engine", url: (name) => data.files[name] ?? new URL(name, data.source).href });
        postMessage({ type: "ready" });
        postMessage(exit(await ended));
      } catch (error) {
        postMessage(exit(String(error)));
      }
      close();
    }, { once: true });
    return;
  }
  if (customElements.get("heed-view")) return;

  // A module that uses one vector instruction: valid only where SIMD is.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

  // compile fetches the engine, packed where the browser can unpack it: few static hosts send a
  // packed twin of their own accord.
  async function compile(progress) {
    if (location.protocol === "file:") {
      throw new Error("Heed cannot run from a file. Serve its folder, with ./build.sh serve for example, and open the address it prints.");
    }
    if (!globalThis.WebAssembly) throw new Error("This browser does not run WebAssembly, which Heed needs.");
    const name = WebAssembly.validate(new Uint8Array(simd)) ? "heed.simd.wasm" : "heed.wasm";
    const candidates = (globalThis.DecompressionStream ? [name + ".gz", name] : [name]).map(url);
    let problem = "the server does not answer";
    let remedy = "Check the connection and try again.";
    for (const candidate of candidates) {
      const response = await fetch(candidate).catch(() => null);
      if (!response) { // which the browser explains to nobody; but what no script reads comes from a server that shares nothing, too
        const { origin } = new URL(candidate);
        if (origin !== location.origin && await fetch(candidate, { method: "HEAD", mode: "no-cors" }).catch(() => null)) {
          problem = `${origin} answers, but does not let this page read its files`;
          remedy = "It must send Access-Control-Allow-Origin with them (CORS).";
        }
        continue;
      }
      problem = `the server answered ${response.status} for ${candidate}`;
      if (!response.ok) continue;
      const known = response.headers.has("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length"));
      const reader = response.body.getReader();
      let done = 0;
      let broken = null;
      const next = async () => {
        const part = await reader.read().catch(() => {
          broken = new Error(`The download of Heed's engine stopped after ${amount(done, known)}. Check the connection and try again.`);
          throw broken;
        });
        done += part.value?.length ?? 0;
        progress(done, done > known ? 0 : known);
        return part;
      };
      // The first bytes tell what has come: some hosts unpack a .gz by themselves, and some send a
      // page of their own in place of a file that is not there.
      const first = await next();
      const magic = String(first.value?.subarray(0, 2));
      if (magic !== "31,139" && magic !== "0,97") {
        problem = `the server sent something else for ${candidate}`;
        continue;
      }
      let stream = new ReadableStream({
        start(controller) { controller.enqueue(first.value); },
        async pull(controller) {
          const part = await next();
          if (part.done) controller.close();
          else controller.enqueue(part.value);
        },
      });
      if (magic === "31,139") stream = stream.pipeThrough(new DecompressionStream("gzip"));
      try {
        return await WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }));
      } catch (error) {
        if (broken) throw broken;
        console.error(error);
        throw new Error(/unsafe-eval|content security/i.test(error.message)
          ? "This page does not let Heed run: its Content-Security-Policy lacks script-src 'wasm-unsafe-eval'."
          : "Heed's engine arrived damaged. Try again; if that does not help, the copy on the server is damaged.");
      }
    }
    throw new Error(`Heed's engine could not be downloaded: ${problem}. ${remedy}`);
  }

  const amount = (done, total) => {
    const megabytes = (n) => (n / 1e6).toFixed(1);
    return total ? `${megabytes(done)} of ${megabytes(total)} MB` : `${megabytes(done)} MB`;
  };

  // loadGo fetches the class Go and leaves no global behind.
  function loadGo() {
    return new Promise((resolve, reject) => {
      const putBack = remember(["Go", "fs", "process", "path"]);
      const script = Object.assign(document.createElement("script"), { src: support });
      script.onload = () => {
        const { Go } = globalThis;
        putBack();
        script.remove();
        resolve(Go);
      };
      script.onerror = () => {
        putBack();
        script.remove();
        reject(new Error(`Heed could not be downloaded: ${support} is missing. Check the connection and try again.`));
      };
      document.head.append(script);
    });
  }

  // spawn starts an engine and resolves to its Worker once it listens. A worker's address must be of
  // the page's own origin, so it is a blob that fetches this file. However the engine dies, its
  // worker sends "exit".
  async function spawn(module) {
    const program = `importScripts(${JSON.stringify(support)}, ${JSON.stringify(source)});`;
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    try {
      const worker = new Worker(url, { name: "heed" });
      await new Promise((resolve, reject) => {
        worker.addEventListener("message", ({ data }) => {
          if (data.type === "ready") resolve();
          if (data.type === "exit") {
            worker.ended = true;
            reject(new Error(`Heed's engine did not start: ${JSON.parse(data.header).error}.`));
          }
        });
        worker.addEventListener("error", (event) => {
          event.preventDefault();
          const why = event.message || "the page's Content-Security-Policy lacks worker-src blob:";
          worker.dispatchEvent(new MessageEvent("message", { data: exit(why) }));
          worker.terminate();
        });
        worker.postMessage({ module, files, source });
      });
      return worker;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  // lazily gives an object a property whose value is made when somebody first looks.
  function lazily(object, name, make) {
    const is = (what) => Object.defineProperty(object, name, { enumerable: true, configurable: true, ...what });
    const to = (value) => is({ value, writable: true });
    is({ get: () => to(make())[name], set: to });
  }

  // paint does on a canvas what a list says. The codes of its steps are those of wasm/bridge/painting.go.
  function paint(c, tile, bytes, texts) {
    const n = new Float32Array(bytes.buffer);
    const words = texts.split("\0");
    let word = 0;
    c.imageSmoothingEnabled = false;
    for (let i = 0; i < n.length;) {
      switch (n[i++]) {
        case 0: c.setTransform(n[i++], n[i++], n[i++], n[i++], n[i++], n[i++]); break;
        case 1: c.clearRect(n[i++], n[i++], n[i++], n[i++]); break;
        case 2: c.globalAlpha = n[i++]; break;
        case 3: c.lineWidth = n[i++]; break;
        case 4: c.beginPath(); break;
        case 5:
          c.moveTo(n[i++], n[i++]);
          c.bezierCurveTo(n[i++], n[i++], n[i++], n[i++], n[i++], n[i++]);
          break;
        case 6:
          c.moveTo(n[i++], n[i++]);
          c.lineTo(n[i++], n[i++]);
          break;
        case 7: c.stroke(); break;
        case 8: c.fillRect(n[i++], n[i++], n[i++], n[i++]); break;
        case 9: c.strokeRect(n[i++], n[i++], n[i++], n[i++]); break;
        case 10:
          c.beginPath();
          c.arc(n[i++], n[i++], n[i++], 0, 2 * Math.PI);
          c.fill();
          break;
        case 11: c.drawImage(tile, n[i++], n[i++], n[i++], n[i++], n[i++], n[i++], n[i++], n[i++]); break;
        case 12: c.fillText(words[word++], n[i++], n[i++]); break;
        case 13: c.fillStyle = words[word++]; break;
        case 14: c.strokeStyle = words[word++]; break;
        case 15: c.font = words[word++]; break;
        case 16: c.textAlign = words[word++]; break;
        case 17: c.direction = words[word++]; break;
      }
    }
  }

  // load brings up page and engine, and resolves to the page's functions.
  async function load(progress, ended) {
    const [Go, module] = await Promise.all([loadGo(), compile(progress)]);
    let waiting = await spawn(module); // before Go asks, so that a refusal shows here
    const workers = [waiting];
    let page;
    const heed = {
      role: "page",
      url,
      ready(callbacks) { page = callbacks; },
      async spawn() {
        const worker = waiting && !waiting.ended ? waiting : await spawn(module);
        waiting = null;
        workers.push(worker);
        return worker;
      },
      paint,
      children(parent, role, number, count, from, labels) {
        while (parent.childElementCount > count) parent.lastElementChild.remove();
        for (let i = parent.childElementCount; i < count;) {
          const child = document.createElement("div");
          child.setAttribute("role", role);
          child.setAttribute(number, ++i);
          child.tabIndex = -1;
          parent.append(child);
        }
        let child = parent.children[from];
        for (const label of labels.split("\0").slice(0, -1)) {
          if (child.hidden === (label !== "")) child.hidden = label === "";
          if (label && child.getAttribute("aria-label") !== label) child.setAttribute("aria-label", label);
          child = child.nextElementSibling;
        }
      },
      places(parent, bytes) {
        const n = new Float32Array(bytes.buffer);
        Array.from(parent.children, ({ style }, i) => {
          for (const [j, side] of ["left", "top", "width", "height"].entries()) style[side] = n.length ? `${n[4 * i + j]}px` : "";
          style.position = n.length ? "absolute" : "";
        });
      },
      numbers(object, name, buffer) { lazily(object, name, () => Array.from(new Float32Array(buffer))); },
      predictions(object, pieces, buffer) {
        lazily(object, "predictions", () => {
          const all = [], n = new Float32Array(buffer);
          for (let i = 0; i < n.length; i += 5) {
            if (all.at(-1)?.position !== n[i + 1]) all.push({ position: n[i + 1], top: [] });
            all.at(-1).top.push({ text: pieces[n[i + 2]], id: n[i + 3], p: n[i + 4] });
          }
          return all;
        });
      },
      causal(object, rows, cols) {
        lazily(object, "mask", () => Array.from({ length: rows * cols }, (_, i) => Number(i % cols <= Math.floor(i / cols))));
      },
    };
    const running = await start(Go, module, heed);
    if (!page) throw new Error(`Heed did not start: ${await running.ended}`);
    running.ended.then((why) => {
      for (const worker of workers) worker.terminate();
      ended(why);
    });
    return page;
  }

  const views = new Map(); // the elements shown, with their keys
  let keys = 0;
  let loading = null; // the promise of the page
  let page = null; // what it resolved to

  // blank leaves in an element's shadow root what is there before Go comes: the author's text, and a stop for
  // the focus, or who walks by Tab alone would pass by what is not shown yet. The stylesheet stays where it is,
  // or it would be fetched again, and so does the stop, which may have the focus.
  function blank(view, ...more) {
    const root = view.shadowRoot;
    let link = root.querySelector("link"), stop = root.querySelector(".stop");
    if (!link) {
      link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url("view.css") });
      root.prepend(link);
    }
    if (!stop) {
      stop = Object.assign(document.createElement("button"), { type: "button", className: "unseen stop", textContent: "Show the picture" });
      stop.onfocus = () => setTimeout(() => show(view));
      link.after(stop);
    }
    while (stop.nextSibling) stop.nextSibling.remove();
    const slot = document.createElement("slot");
    slot.toggleAttribute("data-poster", view.querySelector("img, picture, svg") !== null);
    root.append(slot, ...more);
  }

  // settled takes away what an element has until it shows its picture, or says why not. The focus goes on into it.
  function settled(view) {
    const root = view.shadowRoot, stop = root.querySelector(".stop");
    root.querySelector("slot").removeAttribute("data-poster");
    const on = (tries) => { // the picture's cells come a little later
      const first = [...root.querySelectorAll("textarea, input, select, button:not(.stop), [tabindex='0']")].find((e) => e.checkVisibility());
      const here = root.activeElement === stop;
      if (here && !first && tries > 0) return setTimeout(on, 50, tries - 1);
      if (here) first?.focus();
      stop.remove();
    };
    if (stop) on(40);
  }

  function paragraph(part, text) {
    const p = Object.assign(document.createElement("p"), { textContent: text });
    p.part = part;
    return p;
  }

  function show(view) {
    near.unobserve(view);
    if (views.has(view)) return;
    const key = ++keys;
    views.set(view, key);
    if (page) return attach(view, key);
    blank(view, paragraph("loading", "Loading Heed…"));
    loading ??= load(report, (why) => fail(`Heed stopped because of an error of its own: ${why.split("\n")[0]}.`, why))
      .then((it) => {
        page = it;
        views.forEach((key, view) => attach(view, key));
      })
      .catch((error) => fail(error.message, error));
  }

  function attach(view, key) {
    blank(view);
    page.attach(key, view, view.shadowRoot);
  }

  function hide(view) {
    page?.detach(views.get(view));
    views.delete(view);
    blank(view);
  }

  function report(done, total) {
    for (const view of views.keys()) {
      view.shadowRoot.querySelector("[part=loading]")?.replaceChildren(`Loading Heed: ${amount(done, total)}`);
      view.dispatchEvent(new CustomEvent("heed-progress", { bubbles: true, composed: true, detail: { done, total } }));
    }
  }

  function fail(sentence, error) {
    console.error(error);
    loading = page = null;
    for (const view of views.keys()) {
      const again = Object.assign(document.createElement("button"), { textContent: "Try again", type: "button" });
      again.onclick = () => {
        const waiting = [...views.keys()];
        views.clear();
        waiting.forEach(show);
      };
      const alert = paragraph("failure", sentence + " ");
      alert.setAttribute("role", "alert");
      alert.append(again);
      blank(view, alert);
      view.dispatchEvent(new CustomEvent("heed-error", { bubbles: true, composed: true, detail: { message: sentence } }));
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) show(entry.target);
  }, { rootMargin: "300px" });

  // Each attribute is a property as well, top-k as topK: null without the attribute. What is set is
  // written as an attribute would say it.
  const attributes = [
    "model", "text", "target", "view", "kind", "layer", "head", "token", "key", "compare", "words", "special",
    "threshold", "layout", "lens", "off", "force", "attention-temperature", "temperature", "top-k", "top-p", "theme", "controls", "loading", "record", "lang",
  ];
  // seen says whether a computed colour is a light one, and whether it covers what is under it.
  let pixel;
  const seen = (color) => {
    pixel ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    pixel.clearRect(0, 0, 1, 1); // the colour may be half transparent
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
    return { light: 0.2126 * r + 0.7152 * g + 0.0722 * b > 127, solid: a > 127 };
  };
  // night says whether an element stands in a dark place: among light text, or on a dark ground, for some pages
  // colour each text for itself.
  const night = (element) => {
    if (seen(getComputedStyle(element).color).light) return true;
    for (let e = element; e; e = e.parentElement ?? e.getRootNode().host) {
      const { backgroundColor } = getComputedStyle(e);
      if (backgroundColor === "rgba(0, 0, 0, 0)") continue;
      const ground = seen(backgroundColor);
      if (ground.solid) return !ground.light;
    }
    return false;
  };

  let printing = false;
  const written = (value) => (typeof value === "boolean" ? Number(value) : value);

  class HeedView extends HTMLElement {
    static observedAttributes = [...attributes, "editable"];

    // What makes a page dark is often said at its root.
    static {
      const look = () => setTimeout(() => document.querySelectorAll("heed-view").forEach((view) => view.#dress()), 50);
      for (const root of [document.documentElement, document.body]) if (root) new MutationObserver(look).observe(root, { attributes: true });
    }

    // Paper is light. What nobody has come near yet is too late for this print, and begins to load for another.
    static {
      for (const event of ["beforeprint", "afterprint"]) {
        addEventListener(event, () => {
          printing = event === "beforeprint";
          for (const view of views.keys()) view.#dress();
          if (printing) document.querySelectorAll("heed-view").forEach(show);
        });
      }
    }

    #internals = this.attachInternals();
    #record = null; // the last
    #overtake = () => {}; // tells the promise of run that another text came first

    constructor() {
      super();
      this.attachShadow({ mode: "open" });
      blank(this);
      this.addEventListener("heed-record", (event) => { // its own, not that of a preview within
        if (event.composedPath()[0] === this) this.#record = event.detail;
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
      if (page && views.has(this)) page.attribute(views.get(this), "theme", theme);
    }

    connectedCallback() {
      for (const name of properties) { // those that were set before the element was defined
        if (!Object.hasOwn(this, name)) continue;
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
      this.#dress();
      if (this.loading === "eager") show(this);
      else near.observe(this);
    }

    disconnectedCallback() {
      near.unobserve(this);
      setTimeout(() => { // an element that only moved is back by now
        if (!this.isConnected && views.has(this)) hide(this);
      });
    }

    attributeChangedCallback(name, old, value) {
      if (name === "theme" && this.isConnected) return this.#dress();
      if (name === "loading" && value === "eager" && this.isConnected) show(this);
      if (page && views.has(this)) page.attribute(views.get(this), name, value);
    }

    get editable() { return this.hasAttribute("editable"); }
    set editable(value) { this.toggleAttribute("editable", Boolean(value)); }

    get text() { return this.getAttribute("text") ?? this.textContent.trim().replace(/\s+/g, " "); }

    // record is what the model saw of the last text; what is set is where to find another.
    get record() { return this.#record; }

    // run shows a text, wherever the element stands, and resolves to its Record.
    async run(text) {
      if (this.hasAttribute("record")) throw new Error("This heed-view draws a Record, without a model. Take its attribute record away, then let it run.");
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
        this.#overtake = () => end(reject, new DOMException("Another text came first.", "AbortError"));
        if (!this.isConnected) return end(reject, new Error("This heed-view is not on the page: append it, then let it run."));
        if (text !== undefined) this.text = text;
        show(this);
        page?.run(views.get(this));
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
    static heap() { return new Promise((resolve) => (page ? page.heap(resolve) : resolve(0))); }

    async #picture(kind) {
      if (!this.#record) await this.#next();
      return new Promise((resolve, reject) => page.picture(views.get(this), kind, resolve, reject));
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
})();
