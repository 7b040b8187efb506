// node --test web/heed
import assert from "node:assert/strict";
import { test } from "node:test";

// As much of a document as draw needs.
class Part {
  constructor(nodeName, data) { Object.assign(this, { nodeName, data, childNodes: [], parentNode: null, list: new Map() }); }
  get firstChild() { return this.childNodes[0] ?? null; }
  get nextSibling() { return this.parentNode?.childNodes[this.parentNode.childNodes.indexOf(this) + 1] ?? null; }
  getAttributeNames() { return [...this.list.keys()]; }
  getAttribute(name) { return this.list.get(name) ?? null; }
  setAttribute(name, value) { this.list.set(name, value); }
  insertBefore(node, next) {
    this.childNodes.splice(next ? this.childNodes.indexOf(next) : this.childNodes.length, 0, node);
    node.parentNode = this;
    return node;
  }
  remove() { this.parentNode.childNodes.splice(this.parentNode.childNodes.indexOf(this), 1); }
  get told() { return this.data ?? [this.nodeName, Object.fromEntries(this.list), ...this.childNodes.map((node) => node.told)]; }
}
globalThis.Document = class {
  createElementNS(space, name) { return new Part(name); }
  createTextNode(text) { return new Part("#text", text); }
};
globalThis.document = new Document();
const { draw } = await import("./picture.mjs");

const one = `<svg xmlns="http://www.w3.org/2000/svg" width="20" role="img" aria-label="A">
<title>A &amp; B</title>
<g shape-rendering="crispEdges">
<path d="M0 0h1" fill="#fff"/>
<path d="M0 0h2"><title>a looks at &lt;b&gt;, &quot;0.5&quot;</title></path>
</g>
<text x="1" y="2"> </text>
</svg>
`;
const two = `<svg width="30"><g><rect width="4"/></g><circle r="1"/><text x="3">é &amp;lt;</text></svg>`;
const wanted = {
  [one]: ["svg", { xmlns: "http://www.w3.org/2000/svg", width: "20", role: "img", "aria-label": "said" }, ["title", {}, "A & B"],
    ["g", { "shape-rendering": "crispEdges" }, ["path", { d: "M0 0h1", fill: "#fff" }], ["path", { d: "M0 0h2" }, ["title", {}, 'a looks at <b>, "0.5"']]],
    ["text", { x: "1", y: "2" }, " "]],
  [two]: ["svg", { width: "30", "aria-label": "said" }, ["g", {}, ["rect", { width: "4" }]], ["circle", { r: "1" }], ["text", { x: "3" }, "é &lt;"]],
};

test("a picture is drawn as it says, whatever was there before", () => {
  const box = new Part("div");
  for (const picture of [one, two, one, one, two]) {
    draw(box, picture, "said");
    assert.deepEqual(box.told, ["div", {}, wanted[picture]]);
  }
});

test("nodes are used again", () => {
  const box = new Part("div");
  draw(box, one, "said");
  const { firstChild } = box, texts = firstChild.childNodes[2];
  draw(box, one.replace('width="20"', 'width="21"').replace(" </text>", "x</text>"), "said");
  assert.equal(box.firstChild, firstChild);
  assert.equal(box.firstChild.childNodes[2], texts);
  assert.deepEqual(texts.told, ["text", { x: "1", y: "2" }, "x"]);
});

test("what no picture has is refused", () => {
  assert.throws(() => draw(new Part("div"), "<svg><script>1</script></svg>", ""), /no <script>/);
});
