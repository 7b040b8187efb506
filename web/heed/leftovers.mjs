// Where training was left: what a <heed-train> needs to go on in another tab or on another day. There is one for each page,
// in this browser's IndexedDB, which every browser has; where it is refused, nothing is kept and training goes on.
const store = "left";

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function within(mode, act) {
  let base;
  try {
    const opening = indexedDB.open("heed-train", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store);
    base = await settled(opening);
    return await settled(act(base.transaction(store, mode).objectStore(store)));
  } catch {
    return undefined; // a private window, or a full disk
  } finally {
    base?.close();
  }
}

// What is kept is {header, data}: the text and the numbers of the worker's message.
export const leftovers = {
  get: (place) => within("readonly", (all) => all.get(place)),
  put: (place, what) => within("readwrite", (all) => all.put(what, place)),
  remove: (place) => within("readwrite", (all) => all.delete(place)),
};
