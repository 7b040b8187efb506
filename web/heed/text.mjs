// Every sentence that these files say to a reader, by name.

const megabytes = (n) => (n / 1e6).toFixed(1);

// amount says how much of a download is there; total is 0 while it is not known. Of a small file the megabytes would be 0.0.
export const amount = (done, total) => {
  const [unit, name] = (total || done) < 1e5 ? [1e3, "kB"] : [1e6, "MB"];
  return [done, total].filter((n, i) => n || !i).map((n) => (n / unit).toFixed(1)).join(" of ") + " " + name;
};

export const say = {
  loading: "Loading Heed…",
  loadingPart: (done, total) => `Loading Heed: ${amount(done, total)}`,
  showPicture: "Show the picture",
  tryAgain: "Try again",
  loadAgain: "Load the page again",
  noStyle: (address) => `The style of this picture is missing: ${address} could not be loaded.`,

  // Where heed.js is, and how it runs.
  noAddress: "Heed cannot find its files, because another script ran the text of heed.js. Load it by a script element with a src, such as <script src=\"heed/web/heed.js\" defer>.",
  fromFile: "Heed cannot run from a file. Serve its folder, for example with ./build.sh serve, and open the address it prints.",
  noWebAssembly: "Heed needs WebAssembly, and this browser does not run it here.",
  noEval: "This page does not let Heed run: its Content-Security-Policy lacks script-src 'wasm-unsafe-eval'.",
  noWorker: "the page's Content-Security-Policy lacks worker-src blob:",
  noTrust: "This page does not let Heed load its scripts: its Content-Security-Policy lacks trusted-types heed.",
  crashed: (why) => `Heed stopped because of an internal error: ${why}.`,
  notStarted: (why) => `Heed did not start: ${why}`,
  engineNotStarted: (why) => `Heed’s engine did not start: ${why}.`,
  ended: "it ended by itself",
  silentScripts: (seconds) => `its scripts did not come within ${seconds} seconds`,

  // Downloads. A name is a file's, or one of these two.
  engine: "Heed’s engine",
  lab: "Heed’s lab",
  unfit: "This is no address of a file: it begins with https:// or http://, or is meant from this page on, and has no password in it.",
  unreachable: (name) => `${name} could not be downloaded: the server does not answer. Check the connection and try again.`,
  offline: (name) => `${name} could not be downloaded: this device is offline. Connect it and try again.`,
  unshared: (name, origin) => `${name} could not be downloaded: ${origin} answers, but does not let this page read its files. It must send Access-Control-Allow-Origin with them (CORS).`,
  forbidden: (name, origin) => `${name} could not be downloaded: the Content-Security-Policy of this page does not let it connect to ${origin}. Add that address to connect-src.`,
  redirected: (name, address) => `${name} could not be downloaded: the server sends whoever asks for ${address} on to where this page cannot read it.`,
  answered: (name, status, address) => `${name} could not be downloaded: the server answered ${status} for ${address}.`,
  webPage: (name) => `${name} could not be downloaded: the server sent a web page in its place.`,
  pointer: (name) => `${name} is a Git LFS pointer, not the file itself. Run “git lfs pull” where the files are published.`,
  somethingElse: (name, address) => `${name} could not be downloaded: the server sent something else for ${address}.`,
  stopped: (name, done, total) => `The download of ${name} stopped after ${amount(done, total)}. Check the connection and try again.`,
  silent: (name, seconds, done, total) => `The download of ${name} stopped after ${amount(done, total)}: nothing came for ${seconds} seconds. Check the connection and try again.`,
  damaged: (name) => `${name} arrived damaged. Try again; if that does not help, the copy on the server is damaged.`,
  changed: (name) => `${name} is not the file that the list of models names: it is damaged, or of another version. Try again to fetch both anew.`,
  otherVersion: "A newer version may have been published meanwhile: close other tabs of this page, and reload it.",
  tooLarge: (name, most) => `${name} is too large: it has more than ${megabytes(most)} MB.`,

  // Models that a reader brings.
  openModel: "Open a model",
  whatIsAModel: "A folder with config.json, tokenizer.json (or vocab.txt, .spm, spiece.model and their like) and model.safetensors, as Hugging Face lays them out, or one .gguf file. You can also drop either on the page. It stays on this device.",
  chooseFolder: "Choose a folder…",
  chooseFiles: "Choose files…",
  address: "Or its address, which ends in / or in .gguf; of a model of the Hugging Face Hub also its page, or hf:OWNER/NAME, with @REVISION for another than main:",
  openIt: "Open",
  keepIt: "Keep in this browser",
  removeIt: "Remove",
  close: "Close",
  keeping: "Copying the model into this browser’s storage…",
  copied: (done, total) => `${amount(done, total)} copied`,
  cancel: "Cancel",
  card: "Model card",
  numbers: "As numbers",
  aFolder: "a model",
  aboutModel: (title, bytes, licence) => `${title}, ${megabytes(bytes)} MB${licence ? `, licence ${licence}` : ""}`,
  noModel: "There is no model among these files. A model is a folder with config.json, tokenizer.json and model.safetensors, or one .gguf file.",
  oneModel: (paths) => `There are several models among these files: ${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ` and ${paths.length - 5} more` : ""}. Choose one of them.`,
  badAddress: "The address of a model’s folder ends in a slash, that of a file in .gguf. A model of the Hugging Face Hub is also named by its page, or as hf:OWNER/NAME.",
  badName: (name) => `The model names the file ${JSON.stringify(String(name).slice(0, 60))}, which is not in its folder.`,
  tooMany: (name, number, most) => `${name} names ${number} files; at most ${most} are read.`,
  notJSON: (name, why) => `${name} is not JSON: ${why}.`,
  fileGone: (name) => `${name} was opened from files on this device, and this page no longer has them. Open them again, or choose another model.`,
  noRoom: (bytes) => `This browser has no room for ${megabytes(bytes)} MB more. Remove a model that it keeps, or continue without keeping this one.`,
  notKept: (why) => `The model could not be kept in this browser: ${why}.`,

  // The element's methods.
  hasRecord: "This heed-view draws a Record, without a model. Remove its record attribute before calling run.",
  notConnected: "This heed-view is not on the page. Append it before calling run.",
  overtaken: "Another text came first.",
};
