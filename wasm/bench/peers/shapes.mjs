// The work that every runtime is timed on, as package bench has it: a pre-norm encoder with a vocabulary head, which hands
// out its logits and every layer's attention maps.
export const shapes = [
  { name: "small", layers: 6, width: 256, heads: 8, ffn: 1024, vocab: 4096 },
  { name: "minilm", layers: 6, width: 384, heads: 12, ffn: 1536, vocab: 8192 },
];
export const lengths = [16, 64, 128];

// best is the shortest of 15 runs, in milliseconds.
export async function best(run) {
  let least = Infinity;
  for (let i = 0; i < 15; i++) {
    const begin = performance.now();
    await run();
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}

export function say(row) {
  const line = document.createElement("pre");
  line.className = "row";
  line.textContent = JSON.stringify(row);
  document.body.append(line);
}
