// Runs the engine's benchmarks in the window, one JSON object a line, and sets the title to "done"
// when they are through. bench.html?kernels=2 takes the kernels without products of bytes, 1 without relaxed SIMD, 0 Go's own loops;
// part=product, forward or models runs that part alone; threads=2 has two, if the page is isolated from other origins.
(async () => {
  const main = document.querySelector('main');
  const print = (line) => {
    const row = document.createElement('pre');
    row.className = 'row';
    row.textContent = line;
    main.append(row);
  };
  const asked = new URLSearchParams(location.search);
  Go.kernels = Number(asked.get('kernels') ?? Infinity);
  const url = (name) => new URL(name, location).href;
  const download = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
  const threads = crossOriginIsolated ? Number(asked.get('threads') ?? 1) : 1;
  globalThis.__heed = { role: 'bench', part: asked.get('part') ?? '', threads, url, download, print, done: () => { document.title = 'done'; } };
  const go = new Go();
  if (threads > 1) {
    const program = `importScripts(${JSON.stringify(url('wasm_exec.js'))}); onmessage = ({ data }) => Go.help(data);`;
    const memory = Go.sharedMemory();
    for (let i = 1; i < threads; i++) new Worker(URL.createObjectURL(new Blob([program]))).postMessage(memory);
    go.share(memory, threads - 1);
  }
  const { instance } = await WebAssembly.instantiateStreaming(fetch('lab.wasm'), go.importObject);
  go.run(instance);
})();
