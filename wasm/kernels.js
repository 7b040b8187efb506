// Stands behind Go's wasm_exec.js, in one file with it, and gives Go programs the kernel module that
// core/cmd/kernels writes. It is in the program, so that the two fit; Go loads it while it starts, when the
// functions are imported already, so that they are bound late. It works in Go's own memory.
(() => {
  "use strict";
  globalThis.Go = class extends globalThis.Go {
    static kernels = 2; // the fastest form that may run: 0 is Go's own loops, 1 SIMD, 2 relaxed SIMD

    #memory;

    constructor() {
      super();
      let kernels = {};
      const names = [];
      const load = (form, at, size) => {
        const bytes = new Uint8Array(this.#memory.buffer, at, size);
        if (form > this.constructor.kernels || !WebAssembly.validate(bytes)) return 0;
        try {
          kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes), { go: { memory: this.#memory } }).exports;
          const missing = names.filter((name) => !kernels[name]);
          if (!missing.length) return 1;
          console.warn(`Heed: the kernels lack ${missing}, so they are of another version, and slower ones take their place.`);
        } catch (error) {
          console.warn("Heed: the kernels do not load, and slower ones take their place.", error);
        }
        return 0;
      };
      const late = (_, name) => {
        if (name === "load") return load;
        names.push(name);
        return (...args) => kernels[name](...args);
      };
      this.importObject.kernels = new Proxy({}, { get: late });
    }

    run(instance) {
      this.#memory = instance.exports.mem;
      return super.run(instance);
    }
  };
})();
