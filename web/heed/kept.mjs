// The models that this browser keeps: a folder each in its private file system, whose list is written last and makes it
// whole. The playground opens them by their ids, and a network that was trained in a page is handed to it so.
import { say } from "./text.mjs";

const modelsName = "heed-models", listName = "heed.json";
const atOnce = 4e6; // bytes that are copied
const lockOf = (name) => `heed keeps ${name}`;
// unfinished says whether a model's folder has no list: its copying was broken off, or goes on.
const unfinished = (folder) => folder.getFileHandle(listName).then((file) => file.getFile()).then(({ size }) => size === 0, ({ name }) => name === "NotFoundError");
// stored is under which name a model's file lies. What is kept again is copied beside what is there, in turn with a mark and without
// one, and the list says which.
const stored = (name, turn) => (turn ? "again " : "") + (name === listName ? "file " : "") + encodeURIComponent(name);
// listOf is what a model's folder says of it, null of one that is not whole, or whose list another script of this site has written over.
const listOf = (folder) => folder.getFileHandle(listName).then((file) => file.getFile()).then((file) => file.text()).then((text) => {
  const about = JSON.parse(text), whole = typeof about.name === "string" && encodeURIComponent(about.id) === folder.name;
  return whole && about.files.every((name) => typeof name === "string") ? about : null;
}).catch(() => null);
// sweep removes of a model's folder what its list does not name.
async function sweep(folder, { files, turn }) {
  const named = new Set([listName, ...files.map((name) => stored(name, turn))]);
  const left = [];
  for await (const name of folder.keys()) if (!named.has(name)) left.push(name);
  for (const name of left) await folder.removeEntry(name).catch(() => {}); // another tab may read it
}

export const kept = {
  async folder() { return (await navigator.storage.getDirectory()).getDirectoryHandle(modelsName, { create: true }); },
  here: async () => (kept.possible() ? kept.folder().catch(() => null) : null), // for who only looks
  possible: () => Boolean(globalThis.navigator?.storage?.getDirectory && globalThis.FileSystemFileHandle?.prototype.createWritable),

  // all lists {id, name, title, bytes, licence, stamp}: none where the browser refuses its storage.
  async all() {
    const all = [], models = await kept.here();
    if (!models) return all;
    for await (const handle of models.values()) {
      const about = handle.kind === "directory" && await listOf(handle);
      if (about) all.push(about);
    }
    return all;
  },

  async files(id) {
    const folder = await kept.here().then((all) => all?.getDirectoryHandle(encodeURIComponent(id))).catch(() => null);
    for (let turn = -1; folder;) {
      const about = await listOf(folder), now = about?.turn ?? 0;
      if (!about || turn === now) return null; // a file of it is gone: it is not whole
      turn = now;
      const file = async (name) => ({ name, blob: await (await folder.getFileHandle(stored(name, turn))).getFile() });
      const files = await Promise.all(about.files.map(file)).catch(() => null); // another tab may have kept it again since the list was read
      if (files) return { name: about.name, stamp: about.stamp, files };
    }
    return null;
  },

  // keep takes {id, name, files, bytes} and what else is known, in place of what was kept by that id, which goes when this is whole.
  // Progress is called with the bytes that are copied; signal cancels. While it copies it holds a lock, by which other tabs know that
  // this folder is not left over.
  async keep({ id, files, ...about }, progress, signal) {
    const place = encodeURIComponent(id);
    let done = 0;
    const write = async (folder, name, blob) => {
      const out = await (await folder.getFileHandle(name, { create: true })).createWritable();
      try {
        for (let at = 0; at < blob.size; at += atOnce) {
          signal?.throwIfAborted();
          const next = blob.slice(at, at + atOnce);
          await out.write(next);
          progress?.(done += next.size);
        }
      } catch (error) {
        await out.abort().catch(() => {});
        throw error;
      }
      await out.close();
    };
    const copy = async () => {
      const folder = await (await kept.folder()).getDirectoryHandle(place, { create: true });
      const before = await listOf(folder), turn = before && !before.turn ? 1 : 0;
      const list = { id, ...about, turn, files: files.map(({ name }) => name) };
      try {
        for (const { name, blob } of files) await write(folder, stored(name, turn), blob);
        await write(folder, listName, new Blob([JSON.stringify(list)]));
      } catch (error) {
        await (before ? sweep(folder, before) : kept.remove(id)).catch(() => {}); // or tidy does it
        if (signal?.aborted) throw error;
        throw new Error(error.name === "QuotaExceededError" ? say.noRoom(about.bytes) : say.notKept(error.message));
      }
      await sweep(folder, list).catch(() => {});
    };
    return navigator.locks ? navigator.locks.request(lockOf(place), { ...(signal && { signal }) }, copy) : copy();
  },

  // tidy removes what is not whole, or in no list, and is copied by no tab any more: nobody could free it else.
  async tidy() {
    if (!kept.possible() || !navigator.locks) return;
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle(modelsName), folders = [];
    for await (const folder of models.values()) if (folder.kind === "directory") folders.push(folder);
    for (const folder of folders) {
      await navigator.locks.request(lockOf(folder.name), { ifAvailable: true }, async (lock) => {
        if (!lock) return;
        const list = await listOf(folder);
        if (list) await sweep(folder, list);
        else if (await unfinished(folder)) await models.removeEntry(folder.name, { recursive: true });
      });
    }
  },

  async remove(id) { await (await kept.folder()).removeEntry(encodeURIComponent(id), { recursive: true }); },
};
