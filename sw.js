// Heed without a network, after a first visit. Each file is kept with the version that it belongs to and
// only if it is, byte for byte, that version's: what stopped half-way, or is of a newer version already,
// is handed on but not kept. A newer version gathers its files beside the old one's, and takes over when
// no page shows the old one any more.
"use strict";
const { version, files } = { version: "", files: {} }; // by ./build.sh dist: each file's SHA-256

const base = new URL(".", location.href).href;
const ours = `heed ${base} `; // another copy of Heed may lie beside this one
const mine = ours + version;
const first = [
  "index.html", "embed.html", "web/offline.js", "web/embed.js", "web/embed.css", "web/heed.js", "web/heed.css", "web/view.css",
  "web/wasm_exec.js", "web/heed.simd.wasm.gz", "web/icon.svg", "web/models/index.json",
];

const kept = (path) => caches.match(base + path, { cacheName: mine, ignoreVary: true });

// keep stores an answer, if it is this version's file. A host may have unpacked a .gz by itself.
async function keep(path, response) {
  const body = await response.arrayBuffer(); // throws where the download stopped

  const hash = [...new Uint8Array(await crypto.subtle.digest("SHA-256", body))].map((b) => b.toString(16).padStart(2, "0")).join("");
  if (hash !== files[path] && hash !== files[path.replace(/\.gz$/, "")]) throw new Error(`${path} is not of version ${version}`);
  const type = response.headers.get("Content-Type") ?? "";
  await (await caches.open(mine)).put(base + path, new Response(body, { headers: { "Content-Type": type, "Content-Length": body.byteLength } }));
}

// gather keeps a file, if it is not kept yet: the old version's where that is the same, else a new one.
async function gather(path) {
  if (await kept(path)) return;
  const old = await caches.match(base + path, { ignoreVary: true });
  if (old && await keep(path, old).then(() => true, () => false)) return;
  const response = await fetch(base + path, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  await keep(path, response);
}

addEventListener("install", (event) => event.waitUntil(Promise.all(first.filter((path) => path in files).map(gather))));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name === mine || !name.startsWith(ours)) continue;
    const old = await caches.open(name);
    for (const { url } of await old.keys()) { // models and lessons that were used
      const path = url.slice(base.length);
      if (path in files && !await kept(path)) await keep(path, await old.match(url)).catch(() => {});
    }
    await caches.delete(name);
  }
  await clients.claim();
})()));

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(base)) return;
  const path = url.slice(base.length).replace(/[?#].*/, "").replace(/^$|\/$/, "$&index.html");
  if (path in files) event.respondWith(answer(event, path));
});

async function answer(event, path) {
  const here = await kept(path);
  if (here) return here;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(keep(path, response.clone()).catch(() => {}));
  return response;
}

// web/offline.js tells what the page has used before this worker was there, and when it begins.
addEventListener("message", (event) => event.waitUntil((async () => {
  const { keep: prefixes = [], begins } = event.data;
  const paths = Object.keys(files).filter((path) => prefixes.some((prefix) => path.startsWith(prefix)));
  await Promise.all(paths.map((path) => gather(path).catch(() => {})));
  if (begins && (await clients.matchAll({ includeUncontrolled: true })).length < 2) await skipWaiting();
})()));
