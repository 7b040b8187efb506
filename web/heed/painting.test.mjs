// node --test web/heed
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { causal, paint, steps } from "./painting.mjs";

// The constants of wasm/bridge/painting.go: [name, how many numbers, has a text].
const source = readFileSync(new URL("../../wasm/bridge/painting.go", import.meta.url), "utf8");
const constants = [...source.match(/const \(\n(.*?)\n\)/s)[1].matchAll(/^\t(\w+)(?: *= iota)? *\/\/ (\d)(.*)$/gm)]
  .map(([, name, numbers, rest]) => ({ name, numbers: Number(numbers), text: /, and /.test(rest.replace(/:.*/, "")) }));

test("the steps are Go's, in Go's order", () => {
  assert.equal(constants.length, 18);
  assert.deepEqual(Object.keys(steps), constants.map(({ name }) => name));
});

test("each step takes as many numbers and texts as Go writes", () => {
  for (const [code, { name, numbers, text }] of constants.entries()) {
    let calls = 0, words = 0;
    const context = new Proxy({}, {
      get: () => () => { calls++; },
      set: (_, key, value) => {
        if (key !== "imageSmoothingEnabled") calls++;
        words += value === "word";
        return true;
      },
    });
    const told = [];
    const counting = new Proxy(context, { get: (c, key) => (...args) => { told.push(...args); return c[key](...args); } });
    const list = new Float32Array([code, ...Array(numbers).fill(7), code, ...Array(numbers).fill(7)]);
    paint(counting, "tile", new Uint8Array(list.buffer), "word\0word\0");
    assert.ok(calls > 0, name);
    assert.equal(words + told.filter((arg) => arg === "word").length, text ? 2 : 0, name);
  }
});

test("a causal mask is made when it is read", () => {
  const map = {};
  causal(map, 2, 3);
  assert.equal(typeof Object.getOwnPropertyDescriptor(map, "mask").get, "function");
  assert.deepEqual(map.mask, [1, 0, 0, 1, 1, 0]);
});
