// The models that this browser keeps: a folder each in its private file system, whose list is written last and makes it
// whole. The playground opens them by their ids, and a network that was trained in a page is handed to it so.
import { say } from "./text.mjs";

const listName = "heed.json";
// listOf is what a model's folder says of it, null of one that is not whole, or whose list another script of this site has written over.
const listOf = (folder) => folder.getFileHandle(listName).then((file) => file.getFile()).then((file) => file.text()).then((text) => {
  const about = JSON.parse(text), whole = typeof about.name === "string" && encodeURIComponent(about.id) === folder.name;
  return whole && about.files.every((name) => typeof name === "string") ? about : null;
}).catch(() => null);

export const kept = {
  async folder() { return (await navigator.storage.getDirectory()).getDirectoryHandle("heed-models", { create: true }); },
  possible: () => Boolean(globalThis.navigator?.storage?.getDirectory && globalThis.FileSystemFileHandle?.prototype.createWritable),

  // all lists {id, name, title, bytes, licence, stamp}.
  async all() {
    const all = [];
    if (!kept.possible()) return all;
    for await (const handle of (await kept.folder()).values()) {
      const about = handle.kind === "directory" && await listOf(handle);
      if (about) all.push(about);
    }
    return all;
  },

  async files(id) {
    if (!kept.possible()) return null;
    const folder = await kept.folder().then((all) => all.getDirectoryHandle(encodeURIComponent(id))).catch(() => null);
    const about = folder && await listOf(folder);
    if (!about) return null;
    const file = async (name) => ({ name, blob: await (await folder.getFileHandle(encodeURIComponent(name))).getFile() });
    return Promise.all(about.files.map(file)).then((files) => ({ name: about.name, stamp: about.stamp, files }), () => null); // one that is gone: not whole
  },

  // keep takes {id, name, files, bytes} and what else is known, in place of what was kept by that id.
  async keep({ id, files, ...about }) {
    await kept.remove(id).catch(() => {}); // there may be none
    const models = await kept.folder(), folder = await models.getDirectoryHandle(encodeURIComponent(id), { create: true });
    const write = async (name, blob) => {
      const out = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await blob.stream().pipeTo(out);
    };
    try {
      for (const { name, blob } of files) await write(encodeURIComponent(name), blob);
      await write(listName, new Blob([JSON.stringify({ id, ...about, files: files.map(({ name }) => name) })]));
    } catch (error) {
      await kept.remove(id);
      throw new Error(error.name === "QuotaExceededError" ? say.noRoom(about.bytes) : say.notKept(error.message));
    }
  },

  async remove(id) { await (await kept.folder()).removeEntry(encodeURIComponent(id), { recursive: true }); },
};
