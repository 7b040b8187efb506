// node --test web/heed
import assert from "node:assert/strict";
import { after, test } from "node:test";

// The page's address, which open.mjs reads of the document.
class Document { get baseURI() { return "http://host/page/"; } }
Object.assign(globalThis, { Document, document: new Document(), location: new URL("http://host/page/") });
const { addressOf, bring, brought } = await import("./open.mjs");

const whole = globalThis.fetch;
after(() => { globalThis.fetch = whole; });

// serves answers for a model's files by their names, and counts what is asked for. What stands for a file is its text, or its
// length.
function serves(files) {
  const asked = [];
  const answer = async (address) => {
    const name = address.split("/model/").at(-1);
    asked.push(name);
    const file = files[name];
    if (file === undefined) return new Response("no", { status: 404 });
    if (typeof file === "string") return new Response(file);
    let left = file;
    return new Response(new ReadableStream({
      pull(controller) {
        if (left <= 0) return controller.close();
        controller.enqueue(new Uint8Array(Math.min(left, 1e6)));
        left -= 1e6;
      },
    }), { headers: { "Content-Length": String(file) } });
  };
  globalThis.fetch = async (address) => answer(String(address));
  return asked;
}
const plain = { "config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights" };
let models = 0;
const opened = async (files) => {
  const asked = serves(files), id = `http://host/${++models}/model/`;
  await bring(id);
  return { asked, names: brought.get(id).files.map(({ name }) => name) };
};
const refused = (files, message) => assert.rejects(opened(files), ({ message: said }) => message.test(said) || assert.fail(said));

test("a model of one file of weights", async () => {
  const { names } = await opened(plain);
  assert.deepEqual(names, ["config.json", "tokenizer.json", "model.safetensors"]);
});
test("what stands in the place of tokenizer.json", async () => {
  const { "tokenizer.json": _, ...rest } = plain;
  for (const names of [["vocab.txt"], ["vocab.json", "merges.txt"], ["vocab.json", "source.spm", "target.spm"], ["spiece.model"], ["tokenizer.model"]]) {
    const all = { ...rest, ...Object.fromEntries(names.map((name) => [name, "{}"])) };
    const { names: came } = await opened(all);
    assert.deepEqual(came.toSorted(), Object.keys(all).toSorted());
    const { [names.at(-1)]: missing, ...less } = all;
    await refused(less, /tokenizer\.json could not be downloaded/);
  }
});
test("what modules.json holds that is no list of modules names none", async () => {
  for (const text of ["null", "{}", "7", "[null, 7, {}, {\"path\": \"\"}]"]) {
    const { names } = await opened({ ...plain, "modules.json": text });
    assert.equal(names.at(-1), "model.safetensors");
  }
});
test("a file names others, but not without end, and none elsewhere", async () => {
  const modules = (paths) => JSON.stringify(paths.map((path) => ({ path })));
  await refused({ ...plain, "modules.json": modules(Array.from({ length: 300 }, (_, i) => `m${i}`)) }, /names 300 files/);
  for (const path of ["..", "https://other", "/etc", "a/b", ".git"]) await refused({ ...plain, "modules.json": modules([path]) }, /is not in its folder/);
  await refused({ ...plain, "modules.json": "[" }, /is not JSON/);
});
test("weights in several files have one limit together", async () => {
  const { "model.safetensors": _, ...rest } = plain;
  const index = (names) => JSON.stringify({ weight_map: Object.fromEntries(names.map((name, i) => [`t${i}`, name])) });
  const { names } = await opened({ ...rest, "model.safetensors.index.json": index(["a.safetensors", "b.safetensors", "a.safetensors"]), "a.safetensors": "x", "b.safetensors": "y" });
  assert.deepEqual(names.slice(-2), ["a.safetensors", "b.safetensors"]);
  await refused({ ...rest, "model.safetensors.index.json": index(["a", "b"]), a: 2e6, b: 3e9 }, /b is too large: it has more than 2998\.0 MB/);
});
test("what could not be opened is fetched anew", async () => {
  const { opened: note } = await import("./open.mjs");
  const id = `http://host/${++models}/model/`;
  serves(plain);
  await bring(id);
  note(id);
  const asked = serves({ ...plain, "config.json": "mended" });
  await bring(id);
  assert.equal(await brought.get(id).files[0].blob.text(), "mended");
  note(id, "title");
  await bring(id);
  assert.equal(asked.filter((name) => name === "config.json").length, 1);
});
test("what could not be opened is not held, and its reader is not asked again", async () => {
  const { opened: note, originOf } = await import("./open.mjs");
  const id = `https://other/${++models}/model/`;
  serves(plain);
  assert.equal(await originOf(id), "https://other");
  await bring(id);
  note(id);
  assert.equal(brought.has(id), false);
  assert.equal(await originOf(id), "");
});
test("what an address is of is its folder's name, whatever is asked of it", async () => {
  for (const [end, name] of [["", "model"], ["?x=1/", "model"], ["resolve/main/", "model"], ["resolve/main/?x=1/", "model"]]) {
    serves(plain);
    const { fetch } = globalThis;
    globalThis.fetch = (address) => fetch(String(address).replace(/resolve\/main\//, ""));
    const id = `http://host/${++models}/model/${end}`;
    await bring(id);
    assert.equal(brought.get(id).name, name, end);
  }
});
test("what several ask for is fetched once, until all have cancelled", async () => {
  const id = `http://host/${++models}/model/`, asked = serves(plain);
  const first = new AbortController(), far = [0, 0];
  const all = [bring(id, () => far[0]++, undefined, first.signal), bring(id, () => far[1]++)];
  first.abort(new Error("not wanted any more"));
  await assert.rejects(all[0], { message: "not wanted any more" });
  await all[1];
  assert.equal(far[1] > 0, true);
  assert.equal(asked.filter((name) => name === "model.safetensors").length, 1);

  const other = `http://host/${++models}/model/`, both = [new AbortController(), new AbortController()];
  let stopped = 0;
  globalThis.fetch = (address, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason, stopped++)));
  const two = both.map(({ signal }) => bring(other, undefined, undefined, signal));
  both[0].abort();
  await assert.rejects(two[0], { name: "AbortError" });
  assert.equal(stopped, 0);
  both[1].abort();
  await assert.rejects(two[1], { name: "AbortError" });
  await new Promise((later) => setTimeout(later));
  assert.equal(stopped, 1);
  serves(plain);
  await bring(other);
});
test("a model that was removed meanwhile", async () => {
  const { card, opened: note } = await import("./open.mjs");
  note("file:gone", "title"); // Go calls these, which an exception would end
  assert.equal(await card(null, "file:gone"), false);
  assert.equal(brought.has("file:gone"), false);
});
test("a lone % in an address", async () => {
  serves(plain);
  const { fetch } = globalThis;
  globalThis.fetch = (address) => fetch(address.replace("a%b", "model"));
  await bring("http://host/a%b/");
  assert.equal(brought.get("http://host/a%b/").name, "a%b");
});
test("what is no address of a file", async () => {
  const asked = serves(plain);
  for (const id of ["javascript:alert(1)/", "data:text/html,x/", "http://[::/", "http://user:secret@host/"]) {
    await assert.rejects(bring(id), { message: "This is no address of a file: it begins with https:// or http://, or is meant from this page on, and has no password in it." });
  }
  assert.equal(asked.length, 0);
});
test("what is typed as an address", () => {
  const hub = "https://huggingface.co/";
  for (const [typed, id] of [
    ["hf:owner/tiny", `${hub}owner/tiny/resolve/main/`], ["hf:gpt2", `${hub}gpt2/resolve/main/`], ["hf:owner/tiny@v1", `${hub}owner/tiny/resolve/v1/`],
    ["hf:owner/tiny@refs/pr/1", `${hub}owner/tiny/resolve/refs%2Fpr%2F1/`], ["hf:owner/tiny/q/a.Q4_1.gguf@v1", `${hub}owner/tiny/resolve/v1/q/a.Q4_1.gguf`],
    [`${hub}owner/tiny`, `${hub}owner/tiny/resolve/main/`], [`${hub}owner/tiny/`, `${hub}owner/tiny/resolve/main/`], [`${hub}owner/tiny/tree/v1`, `${hub}owner/tiny/resolve/v1/`],
    [`${hub}owner/tiny/tree/refs%2Fpr%2F1`, `${hub}owner/tiny/resolve/refs%2Fpr%2F1/`], [`${hub}owner/tiny/blob/main/a.gguf`, `${hub}owner/tiny/resolve/main/a.gguf`],
    [`${hub}owner/tiny?library=transformers`, `${hub}owner/tiny/resolve/main/`],
    ...[`${hub}owner/tiny/resolve/v1/`, `${hub}owner/tiny/resolve/main/a.gguf`, "https://host/a/", "models/b/", "http://host/a.GGUF"].map((same) => [same, same]),
    ...["", "hf:", "hf:a/b/c", "hf:a/../b", "hf:../a", "hf:a/b@", "hf:a/b@../c", "nonsense", "https://host/a", "http://[/", `${hub}owner/tiny/tree/%ZZ`, `${hub}owner`].map((none) => [none, ""]),
  ]) assert.equal(addressOf(typed), id, typed);
});
