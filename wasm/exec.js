// node exec.js SUPPORT PROGRAM ARGS... runs a Go program in Node.js as the wasm_exec_node.js of Go's folder
// SUPPORT does, and with the kernel module: up to the form that KERNELS says (see kernels.js).
"use strict";
const [support, program, ...args] = process.argv.slice(2);
Object.assign(globalThis, { require, fs: require("fs"), path: require("path") });
require(`${support}/wasm_exec.js`);
require("./kernels.js");
Go.kernels = Number(process.env.KERNELS ?? 2);

const go = new Go();
go.argv = [program, ...args];
go.env = { TMPDIR: require("os").tmpdir(), ...process.env };
go.exit = process.exit;
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
