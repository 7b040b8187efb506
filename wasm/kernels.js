// Stands behind Go's wasm_exec.js, in one file with it, and gives Go programs the kernel module that
// core/cmd/kernels writes. It is in the program, so that the two fit; Go loads it while it starts, when the
// functions are imported already, so that they are bound late. It works in Go's own memory.
(() => {
  "use strict";

  // Several threads compute a large product together. Go's memory is not shared, so there is another one that is, with a
  // twin of the kernel module in each helper, which is a thread without Go. A product's first columns lie there for whoever
  // takes them, in pieces: helpers from the first one on, Go's thread, once it has done the rest, from the last one down. So
  // a helper that is late, or never comes, delays no product, and what is waited for is the pieces that one has begun.
  // A piece is computed by the same functions as the whole, so that the result is the same to the last bit.

  // The first page of the shared memory, in numbers of 32 bits: PIECES says which are free, in a number that occurs once: a
  // count of products, then 5 bits each of the first piece that Go's thread has taken and the first one that no helper has.
  // Who takes a piece replaces it; so what a helper has read of the JOB belongs to the piece that it then gets.
  const PIECES = 0, DONE = 1, READY = 2, MODULE = 3, JOB = 16, MODULE_AT = 1024;
  const PAGE = 65536, MOST_PAGES = 4096;

  // What products take, by the number of an argument: bytes of the left side, bytes of each column of the right side, the
  // number of columns, and plus (its distance of rows is the argument behind it). The destination is the first.
  const int8 = ([, , , ldA, , , , m, n, eights]) => ({ m, n, columns: 8, plus: 10, work: m * n * 8 * eights, left: [[2, m * ldA], [4, 4 * m]], right: [[5, 8 * eights + 4], [6, 4]] });
  const products = {
    productShorts: int8,
    productBytes: int8,
    product: ([, , , ldA, , , panel, m, n, k]) => ({ m, n, columns: 8, plus: 10, work: m * n * k, left: [[2, (m - 1) * ldA + 4 * k]], right: [[4, panel / 8]] }),
    productBlocks: ([, , , ldA, , , ldSums, , , m, n, blocks, sixteens, bits]) => ({
      m, n, columns: 10, plus: 14, work: m * n * blocks * sixteens * 16,
      left: [[2, m * ldA], [4, 4 * m], [5, (m - 1) * ldSums + 4 * blocks]], right: [[7, blocks * sixteens * 2 * bits], [8, 8 * blocks]],
    }),
  };
  const productNames = Object.keys(products);
  const patience = 1000; // milliseconds for which a piece may take a helper

  // part is the arguments of a product of the columns from one to before another; step is what a column further adds to each.
  const part = (args, step, columns, from, to) => args.map((arg, i) => (i === columns ? to - from : arg && arg + from * step[i]));

  class Team {
    #memory;
    #helpers;
    #words;
    #used = PAGE; // bytes of the memory
    #scratch = { at: 0, size: 0 }; // for what changes with each product
    #rights = new Map(); // what lies there of right sides, by their numbers: the addresses
    #count = 0; // products

    constructor(memory, helpers) {
      this.#memory = memory;
      this.#helpers = helpers;
      this.#words = new Int32Array(memory.buffer, 0, PAGE / 4);
    }

    // begin gives the helpers the module. It is the one that Go has, but that its memory is shared.
    begin(module) {
      if (this.#words[MODULE]) return;
      const memory = [1, 2, 103, 111, 6, ...Array.from("memory", (c) => c.charCodeAt()), 2, 0, 0];
      const at = module.findIndex((_, i) => memory.every((byte, j) => module[i + j] === byte)), end = at + memory.length;
      const most = [MOST_PAGES & 127 | 128, MOST_PAGES >> 7];
      const twin = [...module.subarray(0, at - 1), module[at - 1] + most.length, ...memory.slice(0, -2), 3, 0, ...most, ...module.subarray(end)];
      const from = this.#reserve(twin.length);
      new Uint8Array(this.#memory.buffer).set(twin, from);
      this.#words[MODULE_AT] = from;
      Atomics.store(this.#words, MODULE, twin.length);
      Atomics.notify(this.#words, MODULE);
    }

    get ready() { return Atomics.load(this.#words, READY) === this.#helpers; }

    // forget makes room for other right sides.
    forget() {
      this.#rights.clear();
      this.#scratch = { at: 0, size: 0 };
      this.#used = Math.max(PAGE, this.#words[MODULE_AT] + this.#words[MODULE]);
    }

    // reserve returns the address of so many bytes. It throws where there is no room.
    #reserve(bytes) {
      const at = (this.#used + 63) & ~63, end = at + bytes;
      const lacks = end - this.#memory.buffer.byteLength;
      if (lacks > 0) this.#memory.grow(Math.ceil(lacks / PAGE));
      this.#used = end;
      return at;
    }

    // product computes one, with kernels in Go's memory where no helper does. It says whether it was in time.
    product(kernels, go, name, args, right) {
      const { m, n, columns, plus, left, right: sides } = products[name](args);
      const panels = Math.floor(n / 8 * this.#helpers / (this.#helpers + 1));
      const each = Math.ceil(panels / Math.min(31, 4 * this.#helpers)) * 8, width = panels * 8;
      const pieces = Math.ceil(width / each);
      const step = args.map(() => 0);
      step[0] = step[plus] = 4;
      for (const [i, bytes] of sides) step[i] = bytes;
      const own = (from, to) => kernels[name](...part(args, step, columns, from, to));

      // What the helpers read lies side by side: the right side for ever, the rest for this product.
      const rows = args[plus] && args[plus + 1] ? m : 1, row = 4 * width;
      const needs = left.reduce((sum, [, bytes]) => sum + bytes + 64, (rows + m) * row + 128);
      let places = this.#rights.get(right);
      const there = () => new Uint8Array(this.#memory.buffer), here = new Uint8Array(go.buffer);
      if (!places) {
        places = sides.map(([i, bytes]) => {
          const at = this.#reserve(bytes * width);
          there().set(here.subarray(args[i] >>> 0).subarray(0, bytes * width), at);
          return at;
        });
        this.#rights.set(right, places);
      }
      if (this.#scratch.size < needs) this.#scratch = { at: this.#reserve(2 * needs), size: 2 * needs };
      const shared = there(), job = [...args];
      let free = this.#scratch.at;
      const put = (from, bytes) => {
        const at = free;
        shared.set(here.subarray(from >>> 0).subarray(0, bytes), at);
        free += (bytes + 63) & ~63;
        return at;
      };
      sides.forEach(([i], j) => { job[i] = places[j]; });
      for (const [i, bytes] of left) job[i] = put(args[i], bytes);
      if (args[plus]) {
        job[plus] = free;
        job[plus + 1] = rows > 1 ? row : 0;
        for (let r = 0; r < rows; r++, free += row) shared.set(here.subarray((args[plus] >>> 0) + r * args[plus + 1]).subarray(0, row), free);
      }
      const out = job[0] = (free + 63) & ~63;
      job[1] = row;

      const words = this.#words;
      words.set([productNames.indexOf(name), columns, each, width, job.length, ...job, ...step], JOB);
      Atomics.store(words, DONE, 0);
      Atomics.store(words, PIECES, ++this.#count << 10 | pieces << 5);
      Atomics.notify(words, PIECES);

      own(width, n);
      let helped;
      for (;;) {
        const free = Atomics.load(words, PIECES), last = free >> 5 & 31;
        if ((helped = free & 31) === last) break;
        if (Atomics.compareExchange(words, PIECES, free, free - 32) === free) own((last - 1) * each, Math.min(last * each, width));
      }
      const to = Math.min(helped * each, width);
      if (!this.#wait(helped)) {
        own(0, to);
        return false;
      }
      for (let r = 0; r < m; r++) here.set(shared.subarray(out + r * row, out + r * row + 4 * to), (args[0] >>> 0) + r * args[1]);
      return true;
    }

    // wait waits until helpers have done so many pieces. A window cannot sleep; and for a short time it is not worth it.
    #wait(pieces) {
      const words = this.#words, sleeps = !globalThis.document;
      let until;
      for (let i = 0; ; i++) {
        const done = Atomics.load(words, DONE);
        if (done === pieces) return true;
        if (i < spins || i % 1000) continue;
        until ??= performance.now() + patience;
        if (performance.now() > until) return false;
        if (sleeps) Atomics.wait(words, DONE, done, patience / 4);
      }
    }
  }
  const spins = 20000; // looks at a number before a thread sleeps

  // help is a helper's life.
  function help(memory) {
    const words = new Int32Array(memory.buffer, 0, PAGE / 4);
    Atomics.wait(words, MODULE, 0);
    const bytes = new Uint8Array(memory.buffer).slice(words[MODULE_AT], words[MODULE_AT] + words[MODULE]);
    const kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes), { go: { memory } }).exports;
    Atomics.add(words, READY, 1);
    for (let looks = 0; ; looks++) {
      const free = Atomics.load(words, PIECES), piece = free & 31;
      if (piece === (free >> 5 & 31)) {
        if (looks > spins) Atomics.wait(words, PIECES, free);
        continue;
      }
      const [name, columns, each, width, size] = words.subarray(JOB, JOB + 5);
      const args = [...words.subarray(JOB + 5, JOB + 5 + size)], step = [...words.subarray(JOB + 5 + size, JOB + 5 + 2 * size)];
      if (Atomics.compareExchange(words, PIECES, free, free + 1) !== free) continue;
      kernels[productNames[name]](...part(args, step, columns, piece * each, Math.min((piece + 1) * each, width)));
      Atomics.add(words, DONE, 1);
      Atomics.notify(words, DONE);
      looks = 0;
    }
  }

  globalThis.Go = class extends globalThis.Go {
    // The form that runs at most: 0 is Go's own loops, 1 SIMD, 2 relaxed SIMD, 3 relaxed SIMD with products of bytes, which
    // runs where it is slow only if it is asked for.
    static kernels = Infinity;
    static large = 4e6; // multiplications from which on a product is worth several threads

    // Those threads: the memory that sharedMemory made is given to all, help is what a helper runs, and share is Go's side.
    static sharedMemory = () => new WebAssembly.Memory({ initial: 2, maximum: MOST_PAGES, shared: true });
    static help = help;
    share(memory, helpers) { return this.#team = new Team(memory, helpers); }

    #memory;
    #team;

    constructor() {
      super();
      let kernels = {}, module, withInt8; // of the two products with bytes, the one that Go's is
      const names = [];
      const load = (form, at, size) => {
        const bytes = new Uint8Array(this.#memory.buffer, at, size);
        if (form > this.constructor.kernels || !WebAssembly.validate(bytes)) return 0;
        try {
          const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { go: { memory: this.#memory } });
          if (form === 3 && this.constructor.kernels !== 3 && exports.slow()) return 0;
          withInt8 = form === 3 ? "productBytes" : "productShorts";
          kernels = { ...exports, productInt8: exports[withInt8], roundInt8: exports[form === 3 ? "roundBytes" : "round16"] };
          const missing = names.filter((name) => !kernels[name]);
          module = bytes.slice();
          if (!missing.length) return 1;
          console.error(`Heed: the kernels lack ${missing}, so they are of another version, and slower ones take their place.`);
        } catch (error) {
          console.warn("Heed: the kernels do not load, and slower ones take their place.", error);
        }
        return 0;
      };
      // product is one whose right side has a number, if it may be kept; the number is the last argument.
      const product = (name) => (...args) => {
        const right = args.pop(), is = name === "productInt8" ? withInt8 : name;
        if (!this.#team || !right || products[is](args).work < this.constructor.large) return kernels[name](...args);
        this.#team.begin(module);
        if (!this.#team.ready) return kernels[name](...args);
        try {
          if (this.#team.product(kernels, this.#memory, is, args, right)) return;
          console.warn("Heed: a thread does not answer any more, so there is one from now on.");
        } catch (error) { // before anything was computed: there is no room
          console.warn("Heed: the model does not fit into the memory of several threads, so there is one from now on.", error);
          kernels[name](...args);
        }
        this.#team = null;
      };
      const late = (_, name) => {
        if (name === "load") return load;
        if (name === "forget") return () => this.#team?.forget();
        names.push(name);
        return name.startsWith("product") ? product(name) : (...args) => kernels[name](...args);
      };
      this.importObject.kernels = new Proxy({}, { get: late });
    }

    run(instance) {
      this.#memory = instance.exports.mem;
      return super.run(instance);
    }
  };
})();
