// node onnx.mjs DIR writes the shapes as ONNX files, with random weights, for onnxruntime-web.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { shapes } from "./shapes.mjs";
const dir = process.argv[2];
const { onnx } = createRequire(join(process.cwd(), "package.json"))("onnx-proto");

const float = 1, int64 = 7; // of TensorProto's types

function graph({ layers, width, heads, ffn, vocab }) {
  const initializer = [], node = [];
  let nodes = 0, seed = 1;
  const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff - 0.5;
  const constant = (name, dims, dataType, values) => {
    initializer.push(onnx.TensorProto.create({ name, dims, dataType, rawData: new Uint8Array(values.buffer) }));
    return name;
  };
  const drawn = (name, ...dims) => constant(name, dims, float, new Float32Array(dims.reduce((a, b) => a * b)).map(() => random() * 0.1));
  const number = (name, value) => constant(name, [], float, new Float32Array([value]));
  const sides = (name, ...values) => constant(name, [values.length], int64, BigInt64Array.from(values, BigInt));
  const attribute = ([name, value]) => onnx.AttributeProto.create(Array.isArray(value) ? { name, type: 7, ints: value } : Number.isInteger(value) ? { name, type: 2, i: value } : { name, type: 1, f: value });
  const op = (opType, input, attributes = {}, output = `node${nodes++}`) => {
    node.push(onnx.NodeProto.create({ opType, input, output: [output], attribute: Object.entries(attributes).map(attribute), name: `op${nodes++}` }));
    return output;
  };
  sides("split", -1, heads, width / heads);
  sides("join", -1, width);
  number("scale", 1 / Math.sqrt(width / heads));
  number("half", 0.5);
  number("one", 1);
  number("rsqrt2", Math.SQRT1_2);
  const linear = (x, name, from, to) => op("Add", [op("MatMul", [x, drawn(name, from, to)]), drawn(`${name}.bias`, to)]);
  const norm = (x, name) => op("LayerNormalization", [x, drawn(`${name}.gain`, width), drawn(`${name}.bias`, width)], { axis: -1, epsilon: 1e-5 });
  let x = op("Add", [op("Gather", [drawn("table", vocab, width), "ids"]), op("Gather", [drawn("places", 512, width), "positions"])]);
  for (let l = 0; l < layers; l++) {
    const h = norm(x, `norm${l}`);
    const part = (name, perm) => op("Transpose", [op("Reshape", [linear(h, name + l, width, width), "split"])], { perm });
    const scores = op("Mul", [op("MatMul", [part("q", [1, 0, 2]), part("k", [1, 2, 0])]), "scale"]);
    const mixed = op("MatMul", [op("Softmax", [scores], { axis: -1 }, `map${l}`), part("v", [1, 0, 2])]);
    x = op("Add", [x, linear(op("Reshape", [op("Transpose", [mixed], { perm: [1, 0, 2] }), "join"]), `o${l}`, width, width)]);
    const f = linear(norm(x, `norm${l}b`), `in${l}`, width, ffn);
    const gelu = op("Mul", [op("Mul", [f, "half"]), op("Add", [op("Erf", [op("Mul", [f, "rsqrt2"])]), "one"])]);
    x = op("Add", [x, linear(gelu, `out${l}`, ffn, width)]);
  }
  op("MatMul", [norm(x, "last"), drawn("head", width, vocab)], {}, "logits");
  const value = (name, elemType, ...dims) => onnx.ValueInfoProto.create({ name, type: { tensorType: { elemType, shape: { dim: dims.map((d) => typeof d === "string" ? { dimParam: d } : { dimValue: d }) } } } });
  return onnx.GraphProto.create({ name: "forward", node, initializer, input: [value("ids", int64, "T"), value("positions", int64, "T")],
    output: [...Array.from({ length: layers }, (_, l) => value(`map${l}`, float, heads, "T", "T")), value("logits", float, "T", vocab)] });
}

mkdirSync(dir, { recursive: true });
for (const shape of shapes) {
  const model = onnx.ModelProto.create({ irVersion: 8, opsetImport: [{ domain: "", version: 17 }], graph: graph(shape) });
  writeFileSync(join(dir, `${shape.name}.onnx`), onnx.ModelProto.encode(model).finish());
}
