// Models that a reader brings: chosen from his files, dropped on the page, fetched from an address, or kept in this
// browser from an earlier visit. What is brought is a list of {name, blob}, named as within the model's folder; Go gets
// it by the model's id, and hands the blobs to its engine, which reads of them what it needs.
import { cardName, showCard } from "./card.mjs";
import { nameOf, open } from "./download.mjs";
import { kept } from "./kept.mjs";
import { create, page } from "./page.mjs";
import { say } from "./text.mjs";

export const brought = new Map(); // by id: {name, files, bytes}, of files with their stamp; and once it is open, title and licence, or failed
const damaged = new Set(); // the ids of models from addresses that could not be opened: what a browser keeps of them is not asked for
const allowed = new Set(); // and of those that were fetched, about which a reader is not asked again

// A tab cannot hold more, so more is not downloaded: of weights in all their files, of every other file, and of one that names
// others, which may be so many.
const most = { weights: 3e9, other: 64e6, list: 8e6, named: 200 };

// card shows a model's card, where hasCard says that it came with one.
export const hasCard = (id) => Boolean(brought.get(id)?.files.some(({ name }) => name === cardName));
export const card = async (root, id) => brought.has(id) && showCard(root, brought.get(id).files); // else it was removed

const hold = (id, name, files, more) => {
  brought.set(id, { name, files, ...more, bytes: files.reduce((sum, { blob }) => sum + blob.size, 0) });
  return id;
};

// gather holds the model among files with paths, and resolves to an id by which no other goes: their folder's name, with a number
// where another model has that. Files of the same names, sizes and times of change are the same model again.
export async function gather(entries) {
  const { name, files: all } = arrange(entries), files = await readOf(all);
  const stamp = JSON.stringify(files.map(({ name, blob }) => [name, blob.size, blob.lastModified]).sort());
  const others = new Map((await kept.all()).map((about) => [about.id, about.stamp]));
  for (const [id, about] of brought) if (!about.failed) others.set(id, about.stamp);
  for (let n = 1; ; n++) {
    const called = n > 1 ? `${name} ${n}` : name, id = `file:${called}`;
    if (!others.has(id) || others.get(id) === stamp) return hold(id, called, files, { stamp });
  }
}

// opened notes what a model is that was opened, or, without a title, that its files are none of a model: those of an address are
// then fetched anew. The reader may have removed it from what the browser keeps meanwhile.
export function opened(id, title, licence) {
  const about = brought.get(id);
  Object.assign(about ?? {}, { title, licence, failed: !title });
  if (title) return damaged.delete(id);
  if (!about || id.startsWith("file:")) return;
  damaged.add(id);
  if (!about.kept) allowed.add(id);
  brought.delete(id);
}

// arrange finds the model among files with paths: the one GGUF file, or what lies in the one outermost folder with a config.json and
// weights. Of several none is opened, and it says which they are.
export function arrange(entries) {
  const folderOf = (path) => path.slice(0, path.lastIndexOf("/") + 1);
  const configs = entries.map(({ path }) => path).filter((path) => /(^|\/)config\.json$/.test(path)).map(folderOf).sort((a, b) => a.split("/").length - b.split("/").length);
  const outermost = configs.filter((folder) => !configs.some((other) => other !== folder && folder.startsWith(other)));
  const weighed = outermost.filter((folder) => entries.some(({ path }) => path.endsWith(".safetensors") && folderOf(path) === folder));
  const ggufs = entries.filter(({ path }) => /\.gguf$/i.test(path) && !weighed.some((folder) => path.startsWith(folder)));
  const models = [...weighed.map((folder) => folder.replace(/\/$/, "")), ...ggufs.map(({ path }) => path)];
  if (models.length > 1) throw new Error(say.oneModel(models));
  if (ggufs.length === 1) {
    const file = ggufs[0].path.split("/").at(-1);
    return { name: file.replace(/\.gguf$/i, ""), files: [{ name: file, blob: ggufs[0].blob }] };
  }
  const folder = weighed[0] ?? outermost[0];
  if (folder === undefined) throw new Error(say.noModel);
  const files = entries.filter(({ path }) => path.startsWith(folder)).map(({ path, blob }) => ({ name: path.slice(folder.length), blob }));
  return { name: folder.split("/").at(-2) || say.aFolder, files };
}

// readOf is what is read of a model's files, as core/model does: beside them may lie its weights in other forms, which are large. Where
// something is missing it is all of them, by which the engine says what to do.
async function readOf(files) {
  const all = new Map(files.map((file) => [file.name, file])), there = (...names) => names.every((name) => all.has(name));
  if (files.length === 1) return files; // of a GGUF file
  const tokenizer = [["tokenizer.json"], ...tokenizers].find((names) => there(...names));
  let weights = ["model.safetensors"];
  if (!there(...weights)) {
    const index = "model.safetensors.index.json", named = there(index) && await listed(all.get(index).blob, index, shards).catch(() => null);
    weights = named ? [index, ...named] : [];
  }
  if (!tokenizer || weights.length === 0) return files;
  const names = new Set(["config.json", ...tokenizer, ...beside, cardName, "modules.json", "sentence_bert_config.json", "1_Pooling/config.json", ...weights]);
  return files.filter(({ name }) => names.has(name));
}

// within lists a folder's files, and those of its folders.
async function within(handle, path = "", depth = 2) {
  const all = [];
  for await (const [name, entry] of handle.entries()) {
    if (name.startsWith(".")) continue;
    if (entry.kind === "file") all.push({ path: path + name, blob: await entry.getFile() });
    else if (depth > 0) all.push(...await within(entry, `${path}${name}/`, depth - 1));
  }
  return all;
}

// dropped lists what was dropped. It must be called in the event itself, after which the browser forgets it.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry.isDirectory)) return plain.map((file) => ({ path: file.name, blob: file }));
  const walk = async (entry, depth) => {
    const path = entry.fullPath.replace(/^\//, "");
    if (entry.isFile) return [{ path, blob: await new Promise((...settle) => entry.file(...settle)) }];
    if (depth === 0 || entry.name.startsWith(".")) return [];
    const reader = entry.createReader(), all = [];
    for (let some; (some = await new Promise((...settle) => reader.readEntries(...settle))).length > 0;) all.push(...some);
    return (await Promise.all(all.map((e) => walk(e, depth - 1)))).flat();
  };
  return (await Promise.all(entries.map((entry) => walk(entry, 3)))).flat();
}

// webAddress is where a model with that id lies, null where its files cannot be asked for.
function webAddress(id) {
  const address = URL.canParse(id, page.baseURI) ? new URL(id, page.baseURI) : null;
  return address && [location.protocol, "https:", "http:"].includes(address.protocol) && !address.username && !address.password ? address : null;
}

// originOf is whose an address is: "" where it is the page's own, or nothing is to be downloaded.
export async function originOf(id) {
  if (id.startsWith("file:") || brought.has(id) || allowed.has(id)) return "";
  const address = webAddress(id);
  if (!address) return ""; // which is said when it is fetched
  return address.origin === location.origin || !damaged.has(id) && await kept.files(id) ? "" : address.origin;
}

// addressOf is the id of a model whose address is typed, "" where it is none. One of the Hugging Face Hub may be named as core/hub
// names it, hf:OWNER/NAME[/FILE.gguf][@REVISION], or by its page.
export function addressOf(typed) {
  const named = /^hf:(\w[\w.-]*(?:\/\w[\w.-]*)?)(\/[^@]+\.gguf)?(?:@([\w./-]+))?$/i.exec(typed);
  const shown = /^https:\/\/huggingface\.co\/(\w[\w.-]*\/\w[\w.-]*)(?:\/(?:tree|blob)\/([^/?#%]+(?:%2F[^/?#%]+)*)(\/[^?#]+\.gguf)?)?\/?(?:[?#].*)?$/i.exec(typed);
  const [model, file = "/", revision = "main"] = named ? named.slice(1) : shown ? [shown[1], shown[3], shown[2] && decodeURIComponent(shown[2])] : [];
  if (model) return typed.includes("..") ? "" : `https://huggingface.co/${model}/resolve/${encodeURIComponent(revision)}${file}`;
  return /(\/|\.gguf)$/i.test(typed) && URL.canParse(typed, page.baseURI) ? typed : "";
}

// blobOf downloads a file. The browser holds what came, on its disk where it likes, and not this page.
async function blobOf(address, options) {
  const file = await open(address, options);
  let parts = [], loose = 0;
  for (let piece; (piece = await file.read());) {
    parts.push(piece);
    if ((loose += piece.length) > 16e6) {
      parts = [new Blob(parts)];
      loose = 0;
    }
  }
  return new Blob(parts);
}

// listed is the names in the JSON of a file that names others, as namesOf finds them there.
async function listed(blob, name, namesOf) {
  let all;
  try {
    all = JSON.parse(await blob.text());
  } catch (error) {
    throw new Error(say.notJSON(name, error.message));
  }
  const names = new Set(namesOf(all).map(String));
  if (names.size > most.named) throw new Error(say.tooMany(name, names.size, most.named));
  return names;
}

// tokenizers are what may stand in the place of tokenizer.json, as core/model's Tokenizers has it; beside is what need not be there.
const tokenizers = [["vocab.txt"], ["vocab.json", "merges.txt"], ["vocab.json", "source.spm", "target.spm"], ["spiece.model"], ["tokenizer.model"]];
const beside = ["tokenizer_config.json", "README.md"];
const shards = (index) => Object.values(index?.weight_map ?? {});

// instead fetches what stands in the place of tokenizer.json, and says whether it is all there.
async function instead(maybe) {
  if (await maybe("vocab.txt")) return true;
  if (await maybe("vocab.json")) return Boolean(await maybe("merges.txt") || await maybe("source.spm") && await maybe("target.spm"));
  return Boolean(await maybe("spiece.model") || await maybe("tokenizer.model"));
}

const coming = new Map(); // by id: the promise of a model that is fetched, and who waits for it

// bring fetches the model of an id, and resolves when it is there. What several elements ask for is fetched once, until all have
// cancelled.
export async function bring(id, progress, waiting, signal) {
  if (brought.has(id)) return;
  signal?.throwIfAborted();
  let one = coming.get(id);
  if (!one) {
    const stop = new AbortController(), all = new Set();
    one = { stop, all, done: fetched(id, (...far) => all.forEach((each) => each.progress?.(...far)), () => all.forEach((each) => each.waiting?.()), stop.signal) };
    one.gone = () => coming.get(id) === one && coming.delete(id);
    one.done.then(one.gone, one.gone);
    coming.set(id, one);
  }
  const me = { progress, waiting };
  one.all.add(me);
  const left = new AbortController();
  try {
    await Promise.race([one.done, new Promise((_, cancelled) => signal?.addEventListener("abort", () => cancelled(signal.reason), { signal: left.signal }))]);
  } finally {
    left.abort();
    one.all.delete(me);
    if (one.all.size === 0) {
      one.gone();
      one.stop.abort();
    }
  }
}

// fetched holds the model of an id: from what this browser keeps, else from its address. What could not be opened is fetched anew: it
// may have been mended since.
async function fetched(id, progress, waiting, signal) {
  const again = damaged.has(id), here = !again && await kept.files(id);
  if (here) return hold(id, here.name, here.files, { stamp: here.stamp, kept: true });
  if (id.startsWith("file:")) throw new Error(say.fileGone(id.slice("file:".length)));
  const base = webAddress(id);
  if (!base) throw new Error(say.unfit);
  const hub = base.href.match(/^https:\/\/huggingface\.co\/[^/]+\/[^/]+\/$/); // where a model's page is, not its files
  const files = [], how = { waiting, signal, ...(again && { cache: "reload" }) };
  let room = most.weights;
  const get = async (name, limit = most.other) => {
    if (!/^([\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name)) throw new Error(say.badName(name)); // a file may name others, but none elsewhere
    const address = new URL(name, hub ? `${base.href}resolve/main/` : base).href;
    const heavy = limit === most.weights;
    const blob = await blobOf(address, { name, most: heavy ? room : limit, progress: heavy ? progress : undefined, ...how });
    if (heavy) room -= blob.size;
    files.push({ name, blob });
    return blob;
  };
  const maybe = (name, limit) => get(name, limit).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });
  if (/\.gguf$/i.test(base.pathname)) {
    const name = nameOf(base.href);
    files.push({ name, blob: await blobOf(base.href, { name, most: most.weights, progress, ...how }) });
    return hold(id, name.replace(/\.gguf$/i, ""), files);
  }
  await get("config.json");
  const missing = await get("tokenizer.json").then(() => null, (error) => error);
  if (missing && !(missing.status === 404 && await instead(maybe))) throw missing;
  for (const name of beside) await maybe(name);
  const modules = await maybe("modules.json", most.list);
  if (modules) {
    await maybe("sentence_bert_config.json");
    const paths = (all) => (Array.isArray(all) ? all : []).map((module) => module?.path).filter(Boolean);
    for (const path of await listed(modules, "modules.json", paths)) await maybe(`${path}/config.json`);
  }
  const whole = await get("model.safetensors", most.weights).catch((error) => error);
  if (whole instanceof Error) {
    const index = whole.status === 404 && await maybe("model.safetensors.index.json", most.list);
    if (!index) throw whole;
    for (const name of await listed(index, "model.safetensors.index.json", shards)) await get(name, most.weights);
  }
  return hold(id, nameOf(base.href.replace(/\/resolve\/[^/]+\/(?=$|[?#])/, "/")), files);
}

// taken resolves to what was dropped: a model, as {id}, or another file, as {file}.
export async function taken(transfer) {
  const all = await dropped(transfer);
  if (all.length === 1 && !/\.gguf$/i.test(all[0].path)) return { file: all[0].blob };
  return { id: await gather(all) };
}

// What is being copied into the browser's storage, by id: it goes on when the dialog is closed, and the next one shows it.
const copying = new Map();

// chooseModel opens the dialog in which a reader says what is to be opened, in an element's shadow root. Opens is called with
// the model's id, fails with a sentence.
export async function chooseModel(root, opens, fails) {
  const dialog = create("dialog", { className: "keys open" });
  dialog.setAttribute("aria-label", say.openModel);
  const body = create("div"), end = () => dialog.close();
  const go = (id) => {
    end();
    opens(id);
  };
  const button = (textContent, onclick) => create("button", { type: "button", textContent, onclick });
  const said = create("p", { className: "said" });
  said.setAttribute("role", "status");
  const trying = (work) => async () => {
    try {
      await work();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message; // which is that nothing was chosen
    }
  };
  const picker = (properties) => {
    const input = create("input", { type: "file", multiple: true, hidden: true, ...properties });
    input.onchange = trying(async () => go(await gather([...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, blob: file })))));
    body.append(input);
    return () => input.click();
  };
  const folders = picker({ webkitdirectory: true, className: "folder" });
  const files = picker({ className: "files" });
  const folder = typeof globalThis.showDirectoryPicker === "function"
    ? trying(async () => {
      const handle = await showDirectoryPicker();
      go(await gather(await within(handle, `${handle.name}/`)));
    })
    : folders;
  const form = create("form", { method: "dialog" });
  const address = create("input", { type: "text", id: "model-address", placeholder: "https://…/", autocomplete: "off", spellcheck: false });
  form.append(create("label", { htmlFor: address.id, textContent: say.address }), address, create("button", { textContent: say.openIt }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const id = addressOf(address.value.trim());
    if (id) go(id);
    else said.textContent = say.badAddress;
  };
  const models = create("ul");
  const row = (about) => {
    const item = create("li"), { id, title, name, bytes, licence } = about;
    item.append(create("span", { textContent: say.aboutModel(title || name, bytes, licence) }), " ");
    if (hasCard(id)) item.append(button(say.card, trying(() => card(root, id))), " ");
    else if (about.files?.includes(cardName)) item.append(button(say.card, trying(async () => showCard(root, (await kept.files(id)).files))), " ");
    const copy = copying.get(id);
    if (copy) {
      const far = create("span");
      copy.tell = (done) => { far.textContent = say.copied(done, bytes); };
      copy.tell(copy.done);
      copy.going.catch(() => {}).then(fill);
      item.append(far, " ", button(say.cancel, () => copy.stop.abort()));
    } else if (about.kept) {
      item.append(button(say.openIt, () => go(id)), " ", button(say.removeIt, trying(async () => {
        await kept.remove(id);
        if (brought.get(id)?.kept) brought.delete(id); // its files are gone
        await fill();
      })));
    } else {
      item.append(button(say.keepIt, trying(async () => {
        const copy = { done: 0, stop: new AbortController(), tell() {} };
        copying.set(id, copy);
        copy.going = kept.keep({ id, ...brought.get(id) }, (done) => copy.tell(copy.done = done), copy.stop.signal).finally(() => copying.delete(id));
        said.textContent = say.keeping;
        await Promise.all([copy.going, fill()]).finally(() => { said.textContent = ""; });
      })));
    }
    return item;
  };
  const fill = async () => {
    const here = (await kept.all()).map((about) => ({ ...about, kept: true }));
    const loose = kept.possible() ? [...brought].filter(([id, { title }]) => title && !here.some((about) => about.id === id)).map(([id, about]) => ({ id, ...about })) : [];
    models.replaceChildren(...[...here, ...loose].map(row));
    models.hidden = !models.firstChild;
  };
  body.append(create("h2", { textContent: say.openModel }), create("p", { textContent: say.whatIsAModel }),
    button(say.chooseFolder, folder), " ", button(say.chooseFiles, files), form, models, said, button(say.close, end));
  dialog.append(body);
  dialog.onclose = () => dialog.remove();
  root.append(dialog);
  dialog.showModal();
  await fill().catch((error) => fails(error.message));
}
