// Pictures as package core/view/svg writes them, drawn as nodes of the page. An image of each would stay with the browser
// for a while, and ten a second of them fill its memory; DOMParser, which reads SVG too, is one of the sinks that a page
// may close (Trusted Types). Nothing that a picture says is ever read as HTML.
import { page } from "./page.mjs";

const space = "http://www.w3.org/2000/svg";
const tags = new Set(["svg", "g", "path", "rect", "circle", "text", "title", "desc"]);
const piece = /<\/[a-z]+>|<([a-z]+)((?: [\w:-]+="[^"]*")*)(\/?)>|([^<]+)/g;
const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };
const plain = (text) => text.replace(/&\w+;/g, (entity) => entities[entity] ?? entity);

// pieces lists what an SVG is made of, in order: {tag, attributes, empty} where an element begins, {} where one ends, and {text}.
export function* pieces(picture) {
  for (const [, tag, list, empty, text] of picture.matchAll(piece)) {
    if (text !== undefined) yield { text: plain(text) };
    else if (!tag) yield {};
    else if (!tags.has(tag)) throw new Error(`a picture has no <${tag}>`);
    else yield { tag, attributes: new Map([...list.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, plain(value)])), empty: empty !== "" };
  }
}

// draw makes a picture the one content of an element, and says in words what it shows. It hardly differs from the one
// before, so that nodes that are there already are used again, where they have the same attributes.
export function draw(box, picture, label) {
  let parent = box, next = box.firstChild;
  const end = () => {
    while (next) {
      const rest = next.nextSibling;
      next.remove();
      next = rest;
    }
    next = parent.nextSibling;
    parent = parent.parentNode;
  };
  // take is the next node, if it is one as is wanted, or a new one before it.
  const take = (fits, make) => {
    const node = next && fits(next) ? next : parent.insertBefore(make(), next);
    next = node.nextSibling;
    return node;
  };
  for (const { tag, attributes, empty, text } of pieces(picture)) {
    if (text === "\n") continue; // between two elements
    if (text !== undefined) {
      const node = take((old) => old.nodeName === "#text", () => page.createTextNode(""));
      if (node.data !== text) node.data = text;
    } else if (tag) {
      if (tag === "svg") attributes.set("aria-label", label);
      const names = String([...attributes.keys()]);
      const element = take((old) => old.nodeName === tag && String(old.getAttributeNames()) === names, () => page.createElementNS(space, tag));
      for (const [name, value] of attributes) if (element.getAttribute(name) !== value) element.setAttribute(name, value);
      [parent, next] = [element, element.firstChild];
      if (empty) end();
    } else {
      end();
    }
  }
  end();
}
