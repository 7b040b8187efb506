// Every sentence that <heed-train> says to a reader, by name, but for those that core/say has.
import { amount } from "./text.mjs";

export const words = {
  play: "Play", pause: "Pause", step: "Step", again: "Start again", more: "Settings", pairs: "Your own pairs", use: "Learn these",
  download: "Download the model", keep: "Open in the playground", table: "The weights as a table",
  hidden: "Paused, because the page is hidden. It goes on when you come back.",
  over: (steps) => `All ${steps} steps are made. To go on from here, raise Steps under Settings.`,
  loading: (done, total) => `Loading what trains: ${amount(done, total)}`,
  ended: (why) => `Training stopped because of an internal error: ${why}. Press Play to begin anew, or go on where it was left, if that is offered.`,
  once: "Use your own pairs: a line each, the source, a tab, the target. At most 2 MB; they stay on this device.",
  large: "That file is larger than 2 MB.",
  none: "none", best: "the best", now: "now", whole: (layer) => `all of ${layer}`,
  speed: "Speed", fast: "full speed", slow: (n) => `${n} a second`,
  text: "Try it on", texts: (most) => `Up to ${most} texts, a line each.`, view: "View", head: "Head", off: "Switched off", past: "The past", pasted: "Pairs", file: "Or a file",
  thenStep: (n) => `step ${n}`,
  // How much of the past there is, and what can be seen of it.
  remembered: (every, most) => `Kept in memory: each ${every} steps, ${most} moments at most.`,
  formed: "Formed:", formedAt: (head, step) => `${head} at step ${step}`, formedMark: (head, step) => `${head} has formed at step ${step}`,
  left: (title, step, steps) => `“${title}” was left here at step ${step} of ${steps}. `,
  goOn: "Go on", forget: "Forget it",
  progress: (step, steps) => `Step ${step} of ${steps}. ${step ? "" : "Nothing is learned yet: the weights are random. "}`, exactly: (share) => `${(100 * share).toFixed(1)} % exactly right`,
  weights: (n) => `${n.toLocaleString("en")} weights`,
  goesOn: "goes on", startsAgain: "starts again",
  link: "Copy link", linked: "The link is copied.", same: "Whoever opens it trains the same network: task, architecture, seed and all other settings are in it.",
  linkIs: (address) => `This browser does not let the page copy. The link is ${address}`, notPairs: "All settings are in it, but not your own pairs: whoever opens it brings them.",
  saved: (name) => `${name}.zip holds the model. Unpack it and open it in a terminal: heed run -model ${name} -text "…"`,
  which: "Which to take",
  keeping: "Copying the model into this browser’s storage…",
  kept: (title, step) => `This browser keeps “${title}” as it is at step ${step}. `,
  // What is taken away while the slider is in the past.
  takes: (step) => `What is opened or downloaded is the network as it was at step ${step}.`,
  playground: "Open it in the playground",
  elsewhere: "This page is not of the playground’s site, so the model cannot be handed over. Download it and open it there, or ", there: "train the same network there",
  keepsNone: "The playground cannot be handed the model here: this browser keeps no files for it. Download the model, and open it there.",
};

// sentence is what an error says, as readers are told it.
export const sentence = (error) => error && error[0].toUpperCase() + error.slice(1) + (/[.?!]$/.test(error) ? "" : ".");

export const titles = {
  unseen: "Loss on unseen examples", accuracy: "Right tokens", exact: "Exactly right", alignment: "Alignment of the best head",
  prefix: "Prefix matching of the best head", previous: "Previous token of the best head", norm: "Norm of the gradient", lengths: "Exactly right, by length",
};

export const labels = {
  task: "Task", arch: "Architecture", compare: "Beside it", modulus: "Modulus", layers: "Layers", heads: "Heads", width: "Width", positions: "Positions",
  causal: "Causal mask", residuals: "Residual connections", norms: "Layer norms", ffn: "Feed-forward networks", dropout: "Dropout",
  decay: "Weight decay", rate: "Learning rate", batch: "Examples a step", steps: "Steps", optimizer: "Optimiser", seed: "Seed",
};
export const architectures = {
  context: "Recurrent, one context vector", additive: "Recurrent, additive attention", dot: "Recurrent, dot attention", general: "Recurrent, general attention",
  "encoder-decoder": "Transformer, encoder–decoder", decoder: "Transformer, decoder alone", encoder: "Transformer, encoder alone",
};
export const called = (name, value) => (name === "arch" || name === "compare" ? architectures[value] : { 1: "on", 0: "off" }[value]) ?? value;
