// The element for those who import it: import "heed-view" brings <heed-view>. What it exports is the promise of
// the element's class. heed.js stays a script of its own, for it is the program of the engine's worker too.
const files = {}; // which ./build.sh dist lists, so that a bundler takes them along

// A page that demands Trusted Types lets one policy of a name be made. The one that is made here makes an address of whatever it is
// given, so heed.js alone gets it, and only while it runs: another script that finds the element has nothing from it, and cannot put
// something else in its place.
const running = globalThis.document && Object.getOwnPropertyDescriptor(Document.prototype, "currentScript").get;

const bring = () => new Promise((resolve, reject) => {
  const src = new URL("./heed.js", import.meta.url).href;
  const policy = typeof globalThis.trustedTypes?.createPolicy === "function" ? trustedTypes.createPolicy("heed", { createScriptURL: String }) : undefined;
  const trusted = policy?.createScriptURL.bind(policy);
  const script = Object.assign(Document.prototype.createElement.call(document, "script"), {
    src: trusted?.(src) ?? src,
    crossOrigin: "anonymous",
    onload: () => resolve(customElements.get("heed-view")),
    onerror: () => reject(new Error(`Heed could not be downloaded: ${src} is missing. Check the connection and try again.`)),
  });
  Object.defineProperty(script, "heed", { value: Object.freeze({ files, trusted: () => (running.call(document) === script ? trusted : undefined) }) });
  Reflect.get(Document.prototype, "head", document).append(script);
});

// use says where models lie: the lists that the modules of the package heed-models export, or the address of a folder
// of models. It is called before the first element is shown.
export const use = (...places) => {
  for (const place of places) Object.assign(files, typeof place === "string" ? { "models/": place.replace(/\/?$/, "/") } : place);
};

// On a server, where pages are made without a browser, there is nothing to bring.
export const defined = globalThis.document ? bring() : Promise.resolve(undefined);
export default defined;
