// Makes of the repository, once the engine is built, the folder that is published:
//
//   node web/pack.mjs DIR          everything, as ./build.sh dist does it
//   node web/pack.mjs DIR quick    twins packed in a hurry, for tests
//   node web/pack.mjs DIR isolate  pages that are isolated from other origins, which several threads take (web/GUIDES.md)
//
// Beside each file of the element lies a copy with its hash in its name, and the copy of heed.js asks for
// those: what one page names by its hash never changes under it. So our own pages name the copies: files of two versions
// never run together, whatever a browser keeps. Copies of earlier versions stay in DIR.
// sw.js gets the list of all files with their hashes, heed.mjs the list of those that a bundler is to take
// along, and what is worth it a .gz and a .br twin.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

process.chdir(join(dirname(process.argv[1]), ".."));
const [dir, ...how] = process.argv.slice(2);
const quick = how.includes("quick"), isolate = how.includes("isolate");
if (!dir) throw new Error("Which folder? node web/pack.mjs DIR");

// What else lies in DIR, a page of an earlier version or somebody's own, is left as it is.
const models = JSON.parse(readFileSync("web/models/index.json")).models;
const made = new Set(["NOTICES.txt", "web/LICENSE", "web/models/LICENSE", ...models.map(({ id }) => `web/models/${id}.mjs`)]);
const ours = (path) => (made.has(path) || existsSync(path)) && !basename(path).startsWith(".") && !/\.go$|\.(gz|br)$|^web\/(pack\.mjs|heed$|heed\/|node_modules)|\.[0-9a-f]{8}\./.test(path);
for (const path of ["index.html", "embed.html", "sw.js", "LICENSE"]) cpSync(path, join(dir, path));
cpSync("web", join(dir, "web"), { recursive: true, filter: ours });

const at = (path) => join(dir, path);
const read = (path) => readFileSync(at(path));
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const hashed = (path, bytes) => path.replace(/\./, `.${hash(bytes).slice(0, 8)}.`);
const list = () => readdirSync(dir, { recursive: true }).map(String).filter((path) => ours(path) && statSync(at(path)).isFile()).sort();

// filled is a file of ours with something in the place of what it says until it is published; fill writes it.
function filled(path, until, now) {
  const text = read(path).toString();
  if (text.split(until).length !== 2) throw new Error(`${path} does not have ${until} once`);
  return text.replace(until, () => now);
}
const fill = (path, until, now) => writeFileSync(at(path), filled(path, until, now));

// twin writes a file's packed twins, and returns their sizes.
function twin(path, bytes) {
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quick ? 1 : 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(at(path + ".gz"), gzip);
  writeFileSync(at(path + ".br"), brotli);
  return { gzip: gzip.length, brotli: brotli.length };
}

// What is published has the licences of all that is in it. The folders web and web/models are npm packages: the
// element, and its models.
const code = `${read("LICENSE")}\nThe engine (*.wasm) and wasm_exec.js contain what follows.\n\n${readFileSync(".cache/notices.txt")}`;
const weights = `The models, whose cards say more:\n\n${models.map(({ id, licence, data }) => `${id}\n  licence of the weights: ${licence}\n  trained on: ${data}\n`).join("\n")}`;
writeFileSync(at("NOTICES.txt"), `${code}\n== Models\n${weights}`);
writeFileSync(at("web/LICENSE"), code);
writeFileSync(at("web/models/LICENSE"), weights);

// What has a copy with its hash in its name, by its name in web. Heed.js and train.js have a list of all that they ask for in it.
const versioned = {};
for (const name of ["view.css", "train.css", "heed.css", "wasm_exec.js", "heed.wasm", "lab.wasm"]) versioned[name] = hashed(name, read(`web/${name}`));
for (const name of ["heed.wasm", "lab.wasm"]) versioned[name + ".gz"] = versioned[name] + ".gz";
const { "heed.css": _, ...copies } = versioned; // which a page names itself, beside heed.js, as the code for other pages has both
const published = JSON.stringify(copies);
for (const name of ["heed.js", "train.js"]) {
  const bytes = Buffer.from(filled(`web/${name}`, "published = {}", `published = ${published}`));
  versioned[name] = hashed(name, bytes);
  writeFileSync(at(`web/${versioned[name]}`), bytes);
}

// The bundler's lists: what the element asks for, now or later, and each model's files, as literals that a bundler can read.
const literals = (names, folder) => `{\n${names.map((name) => `  "${name}": new URL("./${name.slice(folder.length)}", import.meta.url).href,\n`).join("")}}`;
fill("web/heed.mjs", "{}; // ", `${literals(["view.css", "wasm_exec.js", "heed.wasm.gz", "lab.wasm.gz"], "")}; // `);
for (const { id } of models) {
  const names = list().filter((path) => path.startsWith(`web/models/${id}/`)).map((path) => path.slice(4));
  writeFileSync(at(`web/models/${id}.mjs`), `// For heed-view's use(): the files of the model ${id}.\nexport default ${literals(["models/index.json", ...names], "models/")};\n`);
}

// Our pages carry a policy of their own, which holds on hosts that send none. It lets in what a reader asks for by an
// address, a Record or a model of another host, and runs nothing that is not ours.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; " +
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; frame-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types heed heed-offline";
const charset = `<meta charset="utf-8">\n`;
for (const path of list().filter((path) => path.endsWith(".html"))) {
  fill(path, charset, `${charset}<meta http-equiv="Content-Security-Policy" content="${policy}">\n`);
  // But for heed.css, which says so where a script is missing: a browser may keep a page longer than its host keeps its copies.
  const named = (all, before, name) => (Object.hasOwn(versioned, name) && name !== "heed.css" ? `${before}${versioned[name]}"` : all);
  const page = read(path).toString().replace(/(<(?:script|link)\b[^>]* (?:src|href)="[^"]*?)([\w.]+)"/g, named);
  if (/<script\b[^>]*\b(heed|train)\.js\b/.test(page)) throw new Error(`${path} names a script whose copy is not found there`);
  writeFileSync(at(path), page);
}

// The playground's first picture stands in the page itself, so that it is seen before any script has come. It is what
// the model makes of the sentence there, as the page opens with it.
const [, id, sentence] = read("index.html").toString().match(/<heed-view model="(.*?)".*?>(.*)/);
const { open } = models.find((model) => model.id === id);
const draw = (...more) => execFileSync(".cache/heed", ["run", "-model", id, "-text", sentence, "-out", "svg", "-view", open.view,
  "-kind", open.kind, "-layer", String(open.layer), "-head", String(open.head), "-width", "832", ...more]).toString().trim();
const posters = [["light", draw()], ["dark", draw("-dark")]].map(([theme, svg]) => svg.replace("<svg ", `<svg class="${theme}" `)).join("\n");
fill("index.html", `>${sentence}\n`, `>${sentence}\n${posters}\n`);
fill("index.html", "</head>", `  <script src="web/offline.js" defer></script>\n</head>`);
const trains = `web/train. web/${versioned["lab.wasm.gz"]}`; // what a page needs besides in which networks learn
fill("web/train.html", "</head>", `  <script src="offline.js" data-keep="${trains}" defer></script>\n</head>`);
for (const path of list().filter((path) => /^web\/lessons\/.*\.html$/.test(path))) {
  fill(path, "</head>", `  <script src="../offline.js" data-keep="web/lessons/ web/models/bleu-by-length${read(path).includes("<heed-train") ? ` ${trains}` : ""}" defer></script>\n</head>`);
}

// The twins and the versioned copies. A copy's twins are the file's own.
for (const path of list()) {
  if (!/\.(js|mjs|css|html|json|svg|csv|ts|wasm)$/.test(path)) continue;
  const bytes = read(path);
  const { gzip, brotli } = twin(path, bytes);
  if (/\.wasm$/.test(path)) {
    console.log(`${path}: ${bytes.length} bytes, gzip ${gzip}, brotli ${brotli}`);
    // This is what the first view's engine takes; it is not to grow: what that view does not need
    // belongs into lab.wasm.
    if (path === "web/heed.wasm" && brotli > 950_000 && !quick) {
      console.error("That is over the 950,000 bytes that the first view's engine may take.");
      process.exitCode = 1;
    }
  }
}
for (const [name, copy] of Object.entries(versioned)) {
  if (name.endsWith(".gz")) continue;
  if (/^(heed|train)\.js$/.test(name)) twin(`web/${copy}`, read(`web/${copy}`));
  else for (const suffix of ["", ".gz", ".br"]) cpSync(at(`web/${name}${suffix}`), at(`web/${copy}${suffix}`));
}

// The service worker's lists.
for (const name of ["heed.js", "train.js"]) copies[name] = versioned[name];
const unnamed = list().filter((path) => !/^(sw\.js|.*LICENSE|NOTICES\.txt|.*package\.json)$/.test(path) && !(path.startsWith("web/") && Object.hasOwn(copies, path.slice(4))));
const files = Object.fromEntries([...unnamed, ...Object.values(copies).map((name) => `web/${name}`)].map((path) => [path, hash(read(path))]));
const version = hash(JSON.stringify([isolate, files])).slice(0, 8);
if (isolate) fill("sw.js", "const isolate = false", "const isolate = true"); // for hosts that cannot be told
const isolating = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*" };
const headers = `/*\n${Object.entries(isolating).map(([name, value]) => `  ${name}: ${value}\n`).join("")}`;
if (isolate) writeFileSync(at("_headers"), headers);
else if (existsSync(at("_headers")) && read("_headers").toString() === headers) rmSync(at("_headers")); // of an earlier version
fill("sw.js", "{ version: \"\", files: {}, copies: {} }", JSON.stringify({ version, files, copies }));
for (const suffix of [".gz", ".br"]) rmSync(at("sw.js" + suffix), { force: true });

const integrity = (path) => "sha384-" + createHash("sha384").update(read(path)).digest("base64");
const [style, name, learns] = ["heed.css", "heed.js", "train.js"].map((name) => `web/${versioned[name]}`);
console.log(`Version ${version}. For pages that want this version and no other (Subresource Integrity):
  <link rel="stylesheet" href="…/${style}" integrity="${integrity(style)}" crossorigin>
  <script src="…/${name}" integrity="${integrity(name)}" crossorigin defer></script>
And for pages in which networks learn, ${learns}, ${integrity(learns)}.`);
