// Runs the engine's benchmarks in the window, one JSON object a line, and sets the title to "done"
// when they are through. bench.html?scalar takes the engine without SIMD.
(async () => {
  const main = document.querySelector('main');
  const print = (line) => {
    const row = document.createElement('pre');
    row.className = 'row';
    row.textContent = line;
    main.append(row);
  };
  const file = location.search === '?scalar' ? 'heed.wasm' : 'heed.simd.wasm';
  globalThis.__heed = { role: 'bench', print, done: () => { document.title = 'done'; } };
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(file), go.importObject);
  go.run(instance);
})();
