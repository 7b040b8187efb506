// Runs the engine's benchmarks in the window, one JSON object a line, and sets the title to "done"
// when they are through. bench.html?kernels=1 takes the kernels without relaxed SIMD, 0 Go's own loops.
(async () => {
  const main = document.querySelector('main');
  const print = (line) => {
    const row = document.createElement('pre');
    row.className = 'row';
    row.textContent = line;
    main.append(row);
  };
  Go.kernels = Number(new URLSearchParams(location.search).get('kernels') ?? 2);
  globalThis.__heed = { role: 'bench', print, done: () => { document.title = 'done'; } };
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch('lab.wasm'), go.importObject);
  go.run(instance);
})();
