// Runs the engine's benchmarks in the window, one JSON object a line, and sets the title to "done"
// when they are through. bench.html?kernels=1 takes the kernels without relaxed SIMD, 0 Go's own loops;
// part=product, forward or models runs that part alone.
(async () => {
  const main = document.querySelector('main');
  const print = (line) => {
    const row = document.createElement('pre');
    row.className = 'row';
    row.textContent = line;
    main.append(row);
  };
  const asked = new URLSearchParams(location.search);
  Go.kernels = Number(asked.get('kernels') ?? 2);
  const url = (name) => new URL(name, location).href;
  const download = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
  globalThis.__heed = { role: 'bench', part: asked.get('part') ?? '', url, download, print, done: () => { document.title = 'done'; } };
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch('lab.wasm'), go.importObject);
  go.run(instance);
})();
