import { say } from "./text.mjs";

// The document, with what is its own: markup such as <img name="head"> or <img name="currentScript"> shadows the
// document's properties of that name, so they are taken from its prototype. A worker has none.
export const page = globalThis.document && new Proxy(document, {
  get(document, name) {
    const value = Reflect.get(Document.prototype, name, document);
    return typeof value === "function" ? value.bind(document) : value;
  },
});

// past reads what is a node's own past what shadows it in the same way: the fields of a form are properties of the form by their
// names, and so are the images of a document.
export function past(node, name) {
  const value = Reflect.get(Element.prototype, name, node);
  return typeof value === "function" ? value.bind(node) : value;
}

// host is the element whose shadow root a node is, if it is one.
export const host = (node) => (node instanceof ShadowRoot ? node.host : null);

export const create = (tag, properties) => Object.assign(page.createElement(tag), properties);

// A page may demand that what runs comes by a policy of a known name (Trusted Types). It is made when it is first used, and nothing but
// what it makes leaves this file.
let make;
export function trusted(address) {
  if (typeof globalThis.trustedTypes?.createPolicy !== "function") return address; // where there are none, markup may have that name
  try {
    if (!(make ??= given)) {
      const policy = trustedTypes.createPolicy("heed", { createScriptURL: String });
      make = policy.createScriptURL.bind(policy);
    }
  } catch { // which the console has said already
    throw new Error(say.noTrust);
  }
  return make(address);
}

// Where heed.js came from: everything else lies beside it. The top of a stack trace says so, which must be a file's address; of a
// script element its src does where that is none, but a <base> that comes behind the element changes what its src is read as, and so
// could put a stranger's scripts in the place of ours. An element without a src has the text of heed.js, which says nothing.
const script = page?.currentScript;
const top = () => {
  const frame = new Error().stack.split("\n").find((line) => /@|^\s*at /.test(line)) ?? "";
  return frame.match(/((?:https?|file):[^\s()]+):\d+:\d+\)?$/)?.[1] ?? "";
};
export const source = script && !script.src ? "" : top() || (script?.src ?? "");

// What heed.mjs tells through the script element, while this runs: what a bundler has made of the files' names, and the function of the
// policy that it had to make. The copy of heed.js with a hash in its name has such a list of its own.
const published = {};
export const files = script?.heed?.files ?? published;
const given = script?.heed?.trusted?.();

// locate is the address of a file that is named as it lies beside heed.js.
export function locate(name, files, source) {
  const models = name.startsWith("models/") && files["models/"];
  return new URL(files[name] ?? (models ? models + name.slice("models/".length) : name), source).href;
}

export function url(name) {
  if (!source) throw new Error(say.noAddress);
  return locate(name, files, source);
}
