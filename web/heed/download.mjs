// All that Heed downloads comes through here, in the window and in the worker: with progress, a limit to
// silence, and a sentence for each way to fail.
import { say } from "./text.mjs";

// How long nothing may come, in milliseconds, before that is told, and before the download is given up.
const short = 5_000;
export const patience = 20_000;

// What the page's policy did not let through: the browser tells it by this event alone.
const forbidden = new Set();
globalThis.addEventListener?.("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  if (effectiveDirective === "connect-src") forbidden.add(blockedURI);
});

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// unreachable says why there is no answer, as far as that can be known.
async function unreachable(name, address) {
  const { origin, protocol } = new URL(address);
  await pause(0); // the event comes after the failure
  if (forbidden.has(address) || forbidden.has(origin)) return say.forbidden(name, origin);
  if (forbidden.has(protocol.slice(0, -1))) return say.forbidden(name, protocol); // such as data:, which a bundler makes of small files
  if (!/^[\w+.-]+:\/\//.test(address)) return say.unfit;
  if (globalThis.navigator?.onLine === false) return say.offline(name);
  const ask = (how) => fetch(address, { method: "HEAD", signal: AbortSignal.timeout(short), ...how }).catch(() => null);
  if ((await ask({ redirect: "manual" }))?.type === "opaqueredirect") return say.redirected(name, address);
  // In a sandboxed frame the page's own origin is "null", whatever its address says.
  if (origin !== globalThis.origin && (await ask({ mode: "no-cors" }))) return say.unshared(name, origin);
  return say.unreachable(name);
}

// nameOf is what a file is called in sentences: the end of its address, as somebody would write it.
export function nameOf(address) {
  const name = new URL(address).pathname.replace(/\/$/, "").split("/").at(-1);
  try {
    return decodeURIComponent(name) || new URL(address).host;
  } catch { // a % that stands for itself
    return name;
  }
}

// whole is an address as a request has it: an author's may be relative to the page.
function whole(address) {
  try {
    return new Request(address).url;
  } catch { // one that cannot be read, or has a password in it
    throw new Error(say.unfit);
  }
}

// open asks for a file and resolves when its first piece is there. Read resolves to the next piece, and to
// undefined at the end. Stop is for who wants no more of it.
export async function open(address, { name, size = 0, most = Infinity, progress, waiting, signal, silence = patience, cache } = {}) {
  address = whole(address);
  name ??= nameOf(address);
  signal?.throwIfAborted();
  const stop = new AbortController(); // at the end too, so that nothing of this hangs on the signal any more
  signal?.addEventListener("abort", () => stop.abort(), { signal: stop.signal });
  let silent = false;
  const within = async (promise) => {
    const timers = [
      setTimeout(() => waiting?.(), Math.min(short, silence / 4)),
      setTimeout(() => {
        silent = true;
        stop.abort();
      }, silence),
    ];
    try {
      return await promise;
    } finally {
      timers.forEach((timer) => clearTimeout(timer));
    }
  };
  let done = 0, total = size;
  const fault = (sentence) => { // with the reason that nothing more came, if there is one
    stop.abort();
    if (signal?.aborted) return signal.reason;
    return new Error(silent ? say.silent(name, silence / 1000, done, total) : sentence);
  };

  const response = await within(fetch(address, { signal: stop.signal, ...(cache && { cache }) })).catch(() => null);
  if (!response) throw fault(silent || signal?.aborted ? "" : await unreachable(name, address));
  if (!response.ok || !response.body) throw Object.assign(fault(say.answered(name, `${response.status} ${response.statusText}`.trim(), address)), { status: response.status });
  if (!total && !response.headers.has("Content-Encoding")) total = Number(response.headers.get("Content-Length"));
  if (total > most) {
    stop.abort();
    throw new Error(say.tooLarge(name, most));
  }

  const reader = response.body.getReader();
  const next = async () => {
    const part = await within(reader.read()).catch(() => {
      throw fault(say.stopped(name, done, total));
    });
    if (part.done) {
      if (done < size) throw fault(say.stopped(name, done, total));
      stop.abort();
      return undefined;
    }
    done += part.value.length;
    if (done > most) {
      stop.abort();
      throw new Error(say.tooLarge(name, most));
    }
    if (done > total) total = 0; // across origins a packed answer can look plain, and its length too small
    progress?.(done, total);
    return part.value;
  };

  // The first bytes tell what has come: hosts send a page of their own in place of a file that is not there.
  let first = await next();
  const begins = new TextDecoder().decode(first?.subarray(0, 60) ?? new Uint8Array());
  const problem = /^\s*<(!doctype html|html|head|body)\b/i.test(begins) ? say.webPage(name)
    : begins.startsWith("version https://git-lfs.github.com/") ? say.pointer(name) : "";
  if (problem) {
    stop.abort();
    throw new Error(problem);
  }
  return {
    name,
    first,
    stop: () => stop.abort(),
    async read() {
      if (!first) return next();
      const piece = first;
      first = undefined;
      return piece;
    },
  };
}

// download resolves to a file's bytes. Of its options, size is the length if that is known, most the largest that is
// taken, sha256 what the bytes must give, in hexadecimal (checked where the browser can, which is on secure pages).
// Progress is called with what is there and the whole, 0 while that is not known; waiting when nothing has come for a
// while; signal cancels. With cache "reload" what the browser keeps of the file is not used.
export async function download(address, options = {}) {
  const { size = 0, sha256 } = options;
  const file = await open(address, options);
  let all = new Uint8Array(size), done = 0;
  for (let piece; (piece = await file.read());) {
    if (done + piece.length > all.length) {
      const larger = new Uint8Array(Math.max(done + piece.length, 2 * all.length));
      larger.set(all.subarray(0, done));
      all = larger;
    }
    all.set(piece, done);
    done += piece.length;
  }
  const bytes = all.subarray(0, done);
  const right = (!size || done === size) && (!sha256 || !globalThis.crypto?.subtle || await digest(bytes) === sha256);
  if (right) return bytes;
  if (options.cache === "reload") throw new Error(say.changed(file.name));
  return download(address, { ...options, cache: "reload" }); // the browser's cache may hold what is damaged, or old
}

async function digest(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
