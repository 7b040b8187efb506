// node --test web/heed, of products by several threads (wasm/kernels.js). ./build.sh test makes the kernel modules before.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const program = new URL("../../wasm/kernels.js", import.meta.url).pathname;
globalThis.Go = class {
  importObject = {};
  run() {}
};
createRequire(import.meta.url)(program);
Go.large = 0;

const module = readFileSync(new URL("../../core/tensor/kernels/plain.wasm", import.meta.url));
const helper = `globalThis.Go = class {}; require(${JSON.stringify(program)});
  const { memory, wrong } = require("worker_threads").workerData;
  if (wrong) { // a helper that takes a piece, and dies
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class { constructor(...args) { const e = new Instance(...args).exports; this.exports = { ...e, productShorts() { process.exit(); } }; } };
  }
  Go.help(memory);`;

// A program that asks for products as core/tensor does, and its helpers.
function begin(helpers, wrong = false) {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const go = new Go();
  go.run({ exports: { mem: memory } });
  const { kernels } = go.importObject;
  const product = kernels.productInt8;
  new Uint8Array(memory.buffer).set(module, 1024);
  assert.equal(kernels.load(1, 1024, module.length), 1);
  const shared = Go.sharedMemory();
  const threads = Array.from({ length: helpers }, () => new Worker(helper, { eval: true, workerData: { memory: shared, wrong } }));
  if (helpers) go.share(shared, helpers);
  let ready = 0;
  return {
    memory, product, kernels,
    // ready waits until helpers take part, or gives up.
    async ready() {
      fill(memory, 1);
      kernels.forget(); // a program may begin so
      for (let i = 0; i < 200 && (ready = Atomics.load(new Int32Array(shared.buffer), 2)) < helpers; i++) {
        product(...args(1, 8, 1, 0), 99);
        await setTimeout(20);
      }
      return ready === helpers;
    },
    end: () => Promise.all(threads.map((thread) => thread.terminate())),
  };
}

// Where things lie, and what is there: numbers that are the same at each seed.
const A = 1 << 17, SCALE = A + (1 << 17), B = SCALE + (1 << 16), PLUS = B + (1 << 19), DST = PLUS + (1 << 20), END = DST + (1 << 20);
const drawn = new Uint8Array(END - A + 256);
for (let i = 0, x = 1; i < drawn.length; i++) drawn[i] = (x = Math.imul(x, 1664525) + 1013904223) >>> 24;
for (const [at, count] of [[SCALE, 1 << 14], [PLUS, 1 << 18], [DST, 1 << 18]]) {
  new Float32Array(drawn.buffer, at - A, count).forEach((_, i, all) => { all[i] = (i * 37 % 101 - 50) / 64; });
}
function fill(memory, seed) {
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(drawn.subarray(0, END - A), A);
  for (const at of [A, B]) bytes.set(drawn.subarray(at - A + seed, at - A + seed + (1 << 16)), at);
}
const args = (m, n, eights, plus) => [DST, 4 * (n + 3), A, 16 * eights, SCALE, B, SCALE + 256, m, n, eights, plus && (plus === DST ? DST : PLUS), plus && plus !== "row" ? 4 * (n + 3) : 0];
const same = (one, many) => Buffer.from(one.buffer, DST, END - DST).equals(Buffer.from(many.buffer, DST, END - DST));

const shapes = [[1, 8, 1], [1, 776, 2], [2, 16, 1], [3, 24, 24], [5, 1000, 2], [17, 264, 9], [31, 8, 3], [64, 768, 24]];

for (const helpers of [1, 3]) {
  test(`a product by ${helpers + 1} threads is that of one, to the last bit, and writes nowhere else`, async () => {
    const one = begin(0), many = begin(helpers);
    assert.ok(await many.ready());
    let right = 0;
    for (const [m, n, eights] of shapes) {
      for (const plus of [0, "row", "rows", DST]) {
        right++;
        for (let again = 0; again < 5; again++) {
          for (const { memory, product } of [one, many]) {
            fill(memory, m * n % 100);
            product(...args(m, n, eights, plus), right);
          }
          assert.ok(same(one.memory, many.memory), `${m}×${n}×${8 * eights}, plus ${plus}`);
        }
      }
      if (m === 17) many.kernels.forget(); // what follows is copied anew
    }
    await many.end();
  });
}

test("a right side without a number, or with another number, is not taken for one that was there before", async () => {
  const one = begin(0), many = begin(1);
  assert.ok(await many.ready());
  for (const [seed, right] of [[1, 5], [2, 0], [3, 6], [4, 7]]) {
    for (const { memory, product } of [one, many]) {
      fill(memory, seed);
      product(...args(9, 512, 10, 0), right);
    }
    assert.ok(same(one.memory, many.memory), `seed ${seed}`);
  }
  await many.end();
});

test("a thread that dies within a product is noticed, said, and gone on without", async () => {
  const one = begin(0), many = begin(1, true);
  assert.ok(await many.ready());
  const said = [], { warn } = console;
  console.warn = (text) => said.push(text);
  try {
    for (let i = 0; i < 50; i++) {
      for (const { memory, product } of [one, many]) {
        fill(memory, i);
        product(...args(64, 768, 24, DST), 1);
      }
      assert.ok(same(one.memory, many.memory), `product ${i}`);
      if (!said.length) await setTimeout(5); // it must have begun
    }
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(said, ["Heed: a thread does not answer any more, so there is one from now on."]);
  await many.end();
});

test("a thread that is ended between products delays none", async () => {
  const one = begin(0), many = begin(1);
  assert.ok(await many.ready());
  await many.end();
  for (let i = 0; i < 5; i++) {
    for (const { memory, product } of [one, many]) {
      fill(memory, i);
      product(...args(17, 264, 9, "rows"), 1);
    }
    assert.ok(same(one.memory, many.memory));
  }
});

test("a model that does not fit is multiplied by one thread", async () => {
  const one = begin(0), many = begin(1);
  assert.ok(await many.ready());
  const { grow } = WebAssembly.Memory.prototype, said = [], { warn } = console;
  WebAssembly.Memory.prototype.grow = () => { throw new RangeError("no room"); };
  console.warn = (text) => said.push(text);
  try {
    for (const { memory, product } of [one, many]) {
      fill(memory, 1);
      product(...args(64, 768, 24, DST), 1);
    }
  } finally {
    Object.assign(console, { warn });
    WebAssembly.Memory.prototype.grow = grow;
  }
  assert.ok(same(one.memory, many.memory));
  assert.match(said.join(), /does not fit/);
  await many.end();
});
