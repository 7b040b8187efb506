// node exec.js SUPPORT PROGRAM ARGS... runs a Go program in Node.js as the wasm_exec_node.js of Go's folder
// SUPPORT does, and with the kernel module: up to the form that KERNELS says, and with as many threads as THREADS says, which
// then compute every product (see kernels.js). It fails where these never came, without which nothing else would differ.
"use strict";
const [support, program, ...args] = process.argv.slice(2);
Object.assign(globalThis, { require, fs: require("fs"), path: require("path") });
require(`${support}/wasm_exec.js`);
require("./kernels.js");
Go.kernels = Number(process.env.KERNELS ?? Infinity);

const go = new Go();
const threads = Number(process.env.THREADS ?? 1);
let team;
if (threads > 1) {
  const { Worker } = require("worker_threads"), memory = Go.sharedMemory();
  const helper = `globalThis.Go = class {}; require(${JSON.stringify(path.resolve(__dirname, "kernels.js"))}); Go.help(require("worker_threads").workerData)`;
  for (let i = 1; i < threads; i++) new Worker(helper, { eval: true, workerData: memory }).unref();
  Go.large = 0;
  team = go.share(memory, threads - 1);
}
go.argv = [program, ...args];
go.env = { TMPDIR: require("os").tmpdir(), ...process.env };
go.exit = (code) => {
  if (code === 0 && team && !team.ready) {
    console.error("The other threads have not come.");
    code = 1;
  }
  process.exit(code);
};
WebAssembly.instantiate(fs.readFileSync(program), go.importObject).then(({ instance }) => {
  process.on("exit", (code) => { // Node.js leaves when nothing is pending: then Go is to say who waits
    if (code !== 0 || go.exited) return;
    go._pendingEvent = { id: 0 };
    go._resume();
  });
  return go.run(instance);
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
