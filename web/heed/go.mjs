// The start of Go: once in the window, where it is the page, and once in a worker, where it is the engine, both
// from one compiled module: heed.wasm. The worker may be begun anew with lab.wasm, which can do more. wasm/bridge/doc.go says what passes between these files and Go.
import { download, open, patience } from "./download.mjs";
import { bring, brought, card, chooseModel, hasCard, opened, originOf, taken } from "./open.mjs";
import { create, files, locate, page, source, trusted, url } from "./page.mjs";
import { causal, children, choices, later, numbers, paint, places, predictions, rgba } from "./painting.mjs";
import { say } from "./text.mjs";

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

// start runs Go until it waits for JavaScript. The answer's `ended` is the promise of why it ended, which it
// never should. Go reads its globals only while it starts, so they are borrowed; what it prints takes another
// way than wasm_exec.js's, which uses them later.
async function start(Go, module, heed, team) {
  const go = new Go();
  if (team) go.share(team.memory, team.helpers);
  if (heed.role === "page") go.env.GOGC = "200"; // little lives long there, and collecting delays keys
  const decoder = new TextDecoder();
  let said = "";
  let line = "";
  const print = (bytes) => {
    const more = decoder.decode(bytes, { stream: true });
    said = (said + more).slice(-8000);
    const lines = (line + more).split("\n");
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
  const globals = { fs, process: {}, path: {}, __heed: { download, ...heed } };
  const putBack = remember(Object.keys(globals));
  Object.assign(globalThis, globals);
  const running = go.run(instance);
  putBack();
  const ended = running.then(
    () => said.slice(Math.max(0, said.search(/^(panic|fatal error): /m))).trim() || say.ended,
    (error) => String(error),
  );
  return { ended };
}

const exit = (error) => ({ type: "exit", header: JSON.stringify({ error }) });

// A browser may end a worker without a word. So a worker holds a lock for as long as it lives, and the page asks for the same
// one. Where there are no locks (without HTTPS), what waits for an answer has its own patience.
const live = (lock) => new Promise((held) => {
  if (!navigator.locks) return held();
  navigator.locks.request(lock, () => {
    postMessage({ type: "lives" });
    held();
    return new Promise(() => {});
  }).catch(held); // which frames without an origin are refused
});

// work is the program of the engine's worker, which gets the module as its first message, and of the threads that help it
// with products, which get the memory that they share.
export function work() {
  addEventListener("message", async ({ data }) => {
    if (data.role === "helper") return Go.help(data.memory);
    try {
      await live(data.lock);
      const { ended } = await start(Go, data.module, { role: data.role, url: (name) => locate(name, data.files, data.source) }, data.team);
      postMessage({ type: "ready" });
      postMessage(exit(await ended));
    } catch (error) {
      postMessage(exit(String(error)));
    }
    close();
  }, { once: true });
}

// compile fetches a module, heed.wasm or lab.wasm, packed where the browser can unpack it: few static hosts send a packed
// twin of their own accord. Name is what it is called in sentences.
async function compile(module, name, progress) {
  if (location.protocol === "file:") throw new Error(say.fromFile);
  if (typeof WebAssembly !== "object") throw new Error(say.noWebAssembly);
  const candidates = (typeof DecompressionStream === "function" ? [module + ".gz", module] : [module]).map(url);
  let problem;
  for (const address of candidates) {
    const begin = (cache) => begun(address, name, progress, cache);
    const file = await begin().catch((error) => { problem = error; });
    if (!file) continue;
    try {
      return await compiled(file, module === "lab.wasm");
    } catch (error) {
      if (!error.damaged) throw error;
      return compiled(await begin("reload"), module === "lab.wasm"); // the browser's cache may hold what is damaged
    }
  }
  throw problem;
}

// gone is why a file of ours did not come. One whose name has a hash in it may be gone with its version, which this page is of.
const gone = (error, address) => (error.status === 404 && /\.[0-9a-f]{8}\.\w+(\.gz)?(\?|$)/.test(address) ? new Error(`${error.message} ${say.otherVersion}`) : error);

// begun opens a file of a module, and sees that it is one.
async function begun(address, name, progress, cache) {
  const file = await open(address, { name, progress, cache }).catch((error) => { throw gone(error, address); });
  const magic = String(file.first?.subarray(0, 2)); // some hosts unpack a .gz by themselves
  if (magic === "31,139" || magic === "0,97") return Object.assign(file, { packed: magic === "31,139" });
  file.stop();
  throw new Error(say.somethingElse(name, address));
}

// compiled is the module in a file, compiled while it comes. A browser takes all cores for that, where it comes at once. Gently, for
// who shares them with elements that are typed into, it is given 13 MB a second at most.
async function compiled(file, gently) {
  let broken = null, rest = new Uint8Array();
  let stream = new ReadableStream({
    async pull(controller) {
      if (rest.length === 0) {
        rest = await file.read().catch((error) => {
          broken = error;
          throw error;
        });
      }
      if (!rest) return controller.close();
      const some = gently ? 1 << 16 : rest.length;
      controller.enqueue(rest.subarray(0, some));
      rest = rest.subarray(some);
      if (gently) await new Promise((later) => setTimeout(later, 5));
    },
    cancel: file.stop,
  });
  if (file.packed) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  try {
    return await WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }));
  } catch (error) {
    if (broken) throw broken;
    file.stop();
    console.error(error);
    if (/unsafe-eval|content security|\bCSP\b/i.test(error.message)) throw new Error(say.noEval); // each browser has words of its own
    throw Object.assign(new Error(say.damaged(file.name)), { damaged: true });
  }
}

// The address of what starts Go. After a silence it is another one: of the same a browser goes on waiting for the first answer.
let silences = 0;
const starter = () => url("wasm_exec.js") + (silences ? "?again=" + silences : "");

// loadGo fetches the class Go and leaves no global behind.
function loadGo() {
  const support = starter();
  return new Promise((resolve, reject) => {
    const theirs = globalThis.Go;
    const putBack = remember(["Go", "fs", "process", "path"]);
    const script = create("script", { src: trusted(support) });
    const end = (settle, value) => {
      clearTimeout(timer);
      putBack();
      script.remove();
      settle(value);
    };
    script.onload = script.onerror = async () => {
      const { Go } = globalThis;
      if (typeof Go === "function" && Go !== theirs) return end(resolve, Go);
      // The event does not say why; asking again for the file does, past what the browser has kept of it.
      end(reject, await download(support, { cache: "reload" }).then(() => new Error(say.damaged("wasm_exec.js")), (error) => gone(error, support)));
    };
    const timer = setTimeout(() => {
      silences++;
      end(reject, new Error(say.silent("wasm_exec.js", patience / 1000, 0, 0)));
    }, patience);
    page.head.append(script);
  });
}

// teamOf returns the threads of an engine besides its own, and the memory that they share; or null, where the page has no
// such memory, for it is not isolated from other origins.
function teamOf(Go, threads) {
  if (!(threads > 1 && globalThis.crossOriginIsolated)) return null;
  try {
    return { memory: Go.sharedMemory(), helpers: Math.min(threads, mostThreads) - 1 };
  } catch (error) {
    console.warn("Heed: there is no room for the memory of several threads, so there is one.", error);
    return null;
  }
}
const mostThreads = 8;

// refused is the server's answer for a script that a worker did not get, "" where that is not the reason.
async function refused(scripts) {
  for (const address of scripts) {
    const why = await download(address).then(() => "", (error) => (error.status ? gone(error, address).message : ""));
    if (why) return why.replace(/\.$/, "");
  }
  return "";
}

// spawn starts an engine, with its team, and resolves to its Worker once it listens. A worker's address must be of the page's own
// origin, so it is a blob that fetches this file. However the engine dies, its worker sends "exit".
async function spawn(module, role = "engine", team = null) {
  const scripts = [starter(), source];
  const program = `const policy = globalThis.trustedTypes?.createPolicy?.("heed", { createScriptURL: String });
postMessage({ type: "asks" });
importScripts(...${JSON.stringify(scripts)}.map((address) => policy?.createScriptURL(address) ?? address));
postMessage({ type: "has" });`;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  try {
    const worker = new Worker(trusted(address), { name: "heed" }), lock = `heed ${Math.random()}`;
    const helpers = Array.from({ length: team?.helpers ?? 0 }, () => new Worker(trusted(address), { name: "heed helper" }));
    for (const helper of helpers) helper.postMessage({ role: "helper", memory: team.memory });
    const { terminate } = Worker.prototype;
    worker.terminate = () => [worker, ...helpers].forEach((each) => terminate.call(each));
    const die = (why) => worker.dispatchEvent(new MessageEvent("message", { data: exit(why) }));
    await new Promise((resolve, reject) => {
      let has = false; // its scripts
      // Silence is the line's: how long the worker takes for what it does itself, does not count, if it begins at all.
      let silence = setTimeout(() => die(say.ended), 3 * patience);
      worker.addEventListener("message", ({ data }) => {
        if (data.type === "asks") {
          clearTimeout(silence);
          silence = setTimeout(() => {
            silences++;
            die(say.silentScripts(patience / 1000));
          }, patience);
        }
        has ||= data.type === "has";
        if (has || data.type === "exit") clearTimeout(silence);
        if (data.type === "lives") navigator.locks?.request(lock, () => worker.ended || die(say.ended)).catch(() => {});
        if (data.type === "ready") resolve();
        if (data.type === "exit") {
          worker.ended = true;
          worker.terminate();
          reject(new Error(say.engineNotStarted(JSON.parse(data.header).error)));
        }
      });
      worker.addEventListener("error", async (event) => {
        event.preventDefault();
        die((!has && event.message && await refused(scripts)) || event.message || say.noWorker);
      });
      worker.postMessage({ module, role, files, source, lock, team });
    });
    return worker;
  } finally {
    URL.revokeObjectURL(address);
  }
}

// load brings up page and engine, with so many threads, and resolves to the page's functions. Ended is called with the reason when
// they stop.
export async function load(threads, progress, ended) {
  const [Go, module] = await Promise.all([loadGo(), compile("heed.wasm", say.engine, progress)]);
  let waiting = await spawn(module, "engine", teamOf(Go, threads)); // before Go asks, so that a refusal shows here
  const workers = new Set([waiting]);
  let lab; // what lab.wasm is compiled to, once it has come
  let functions, over = false;
  const stop = () => {
    over = true;
    workers.forEach((worker) => worker.terminate());
  };
  const running = await start(Go, module, {
    role: "page",
    url,
    document: page,
    ready(callbacks) { functions = callbacks; },
    async spawn(more, progress) {
      if (more) lab ??= await compile("lab.wasm", say.lab, progress);
      const worker = waiting && !waiting.ended && !more ? waiting : await spawn(more ? lab : module, "engine", teamOf(Go, threads));
      if (waiting !== worker) waiting?.terminate();
      waiting = null;
      if (over) { // meanwhile the page's Go ended, and nobody will ask this worker for anything
        worker.terminate();
        throw new Error(say.ended);
      }
      workers.add(worker);
      worker.addEventListener("message", ({ data }) => data.type === "exit" && workers.delete(worker));
      return worker;
    },
    paint, children, choices, places, later, numbers, predictions, causal, rgba,
    chooseModel, card, hasCard, taken, bring, origin: originOf,
    opened, brought: (id) => brought.get(id)?.files ?? null,
  }).catch((error) => {
    stop();
    throw error;
  });
  if (!functions) {
    stop();
    throw new Error(say.notStarted(await running.ended));
  }
  running.ended.then((why) => {
    stop();
    ended(why);
  });
  return functions;
}

// trainer brings up a worker of lab.wasm in which a network learns.
export async function trainer(progress) {
  return spawn(await compile("lab.wasm", say.lab, progress), "learn");
}
