// Heed without a network, after a first visit. Each file is kept with the version that it belongs to and
// only if it is, byte for byte, that version's: what stopped half-way, or is of a newer version already,
// is handed on but not kept. A newer version gathers its files beside the old one's, and takes over when
// no page shows the old one any more.
"use strict";
const isolate = false; // by ./build.sh dist DIR isolate: the pages may have several threads, though the host sends no such headers
// By ./build.sh dist: each file's SHA-256, and the names with a hash by which our pages ask for some.
const { version, files, copies } = { version: "", files: {}, copies: {} };

const base = new URL(".", location.href).href;
const ours = `heed ${base} `; // another copy of Heed may lie beside this one
const mine = ours + version;
const named = (path) => (Object.hasOwn(copies, path.slice(4)) ? "web/" + copies[path.slice(4)] : path);
const first = [
  "index.html", "embed.html", "web/offline.js", "web/embed.js", "web/embed.css", "web/heed.js", "web/heed.css", "web/view.css",
  "web/wasm_exec.js", "web/heed.wasm.gz", "web/icon.svg", "web/models/index.json",
].map(named);

const has = (path) => Object.hasOwn(files, path);
const kept = (path) => caches.match(base + path, { cacheName: mine, ignoreVary: true });

// keep stores an answer, if it is this version's file, with all headers that bind it: the host's policy for a
// document, how it may be framed, what may read it. A host may have unpacked a .gz by itself.
async function keep(path, response) {
  const body = await response.arrayBuffer(); // throws where the download stopped
  const hash = [...new Uint8Array(await crypto.subtle.digest("SHA-256", body))].map((b) => b.toString(16).padStart(2, "0")).join("");
  if (hash !== files[path] && hash !== files[path.replace(/\.gz$/, "")]) throw Object.assign(new Error(`${path} is not of version ${version}`), { differs: path });
  const headers = new Headers(response.headers);
  for (const name of ["Content-Encoding", "Transfer-Encoding", "Vary"]) headers.delete(name); // the body is as it was before, and kept for whoever asks
  headers.set("Content-Length", body.byteLength);
  await (await caches.open(mine)).put(base + path, new Response(body, { headers }));
}

// earlier lists the files that earlier versions have kept here, with the answers.
async function earlier() {
  const all = new Map();
  for (const name of await caches.keys()) {
    if (name === mine || !name.startsWith(ours)) continue;
    const old = await caches.open(name);
    for (const { url } of await old.keys()) all.set(url.slice(base.length), () => old.match(url));
  }
  return all;
}

// gather keeps a file, if it is not kept yet: the old version's where that is the same, else a new one. A document
// is always fetched anew, for its headers may have changed alone.
async function gather(path) {
  if (await kept(path)) return;
  const old = !path.endsWith(".html") && await caches.match(base + path, { ignoreVary: true });
  if (old && await keep(path, old).then(() => true, () => false)) return;
  const response = await fetch(base + path, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  await keep(path, response);
}

// A file that differs from what was published, by a line that the host puts in perhaps, is not kept, and the pages
// say so on the console; the rest is. It resolves to why a file could not be had.
async function gatherAll(paths) {
  const failed = (await Promise.allSettled(paths.map(gather))).filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  const differ = failed.map(({ differs }) => differs).filter(Boolean);
  if (differ.length > 0) {
    for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage({ heed: "differ", differ, version });
  }
  const broken = failed.find(({ differs }) => !differs);
  if (broken) return broken;
  const there = await Promise.all(paths.map(kept)); // a version that began meanwhile takes others' files away
  return paths.some((path, i) => !there[i] && !differ.includes(path)) ? new Error("another version began meanwhile") : undefined;
}

addEventListener("install", (event) => event.waitUntil((async () => {
  // What an earlier version has kept is gathered under its present name, but for models, which are carried over as they are.
  const before = [...(await earlier()).keys()].filter((path) => !path.startsWith("web/models/")).map((path) => named(path.replace(/\.[0-9a-f]{8}\./, ".")));
  const broken = await gatherAll([...new Set([...first, ...before])].filter(has));
  if (broken) throw broken; // the network's fault: the next visit tries again
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const [path, old] of await earlier()) { // models that were used, and pictures
    if (has(path) && !path.endsWith(".html") && !await kept(path)) await old().then((answer) => keep(path, answer)).catch(() => {});
  }
  for (const name of await caches.keys()) if (name !== mine && name.startsWith(ours)) await caches.delete(name);
  await clients.claim();
})()));

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(base)) return;
  const path = url.slice(base.length).replace(/[?#].*/, "").replace(/^$|\/$/, "$&index.html");
  if (has(path)) event.respondWith(event.request.mode === "navigate" && isolate ? answer(event, path).then(isolated) : answer(event, path));
});

function isolated(response) {
  if (response.type === "opaqueredirect") return response; // which the browser follows, and asks again
  const { body, status, statusText, headers } = response;
  const more = new Headers(headers);
  more.set("Cross-Origin-Opener-Policy", "same-origin");
  more.set("Cross-Origin-Embedder-Policy", "require-corp");
  return new Response(body, { status, statusText, headers: more });
}

async function answer(event, path) {
  const here = await kept(path);
  if (here && event.request.cache !== "reload") return here; // else what came was found to be damaged
  const response = await fetch(event.request).catch((error) => {
    if (here) return null;
    throw error;
  });
  if (!response) return here;
  if (response.ok) event.waitUntil(keep(path, response.clone()).catch(() => {}));
  return response;
}

// web/offline.js tells what the page has used before this worker was there, and when it begins. What another version has taken away
// when it began is gathered too.
addEventListener("message", (event) => event.waitUntil((async () => {
  const { keep: prefixes = [], begins } = event.data;
  const paths = Object.keys(files).filter((path) => first.includes(path) || prefixes.some((prefix) => path.startsWith(prefix)));
  await gatherAll(paths);
  if (begins && (await clients.matchAll({ includeUncontrolled: true })).length < 2) await skipWaiting();
})()));
