// The main job in another browser than Chromium, for TestOtherBrowsers: types a sentence, looks at the translation and a heatmap,
// and walks through that by keyboard. Prints what it saw as JSON.
//
//   node web/job.mjs firefox|webkit URL [PICTURE.png]
//
// First it visits a page that imports heed.mjs, module.html, and the page's folder, until its service worker controls what is opened there: the job is done on the second visit,
// of both, out of what was kept, and it says so.
//
// Firefox is driven through WebDriver BiDi by puppeteer-core, which lies in .cache/browsers; WebKit by its own WebDriver, in a
// screen of its own (Xvfb).
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [name, url, picture] = process.argv.slice(2);
const ends = []; // what must be undone at the end
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "heed-browser-"));
  ends.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
};
const start = (program, args, env = {}) => {
  const child = spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } });
  child.on("error", (error) => { console.error(`${program}: ${error.message}`); });
  ends.push(() => child.kill());
  return child;
};

// Each browser is {run(js), type(text), press(key), shot()}; run evaluates an expression.
const browsers = {
  async firefox() {
    const puppeteer = createRequire(new URL("../.cache/browsers/", import.meta.url))("puppeteer-core");
    const browser = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true, userDataDir: folder() });
    ends.push(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    const problems = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    await page.setViewport({ width: 1200, height: 1000 });
    return {
      run: (js) => page.evaluate(js),
      type: (text) => page.keyboard.type(text),
      press: (key) => page.keyboard.press(key),
      shot: () => page.screenshot(),
      visit: (address) => page.goto(address),
      version: await browser.version(),
      problems,
    };
  },

  async webkit() {
    const port = await freePort(), display = `:${90 + port % 400}`;
    start("Xvfb", [display, "-screen", "0", "1400x1000x24"]);
    await pause(1000);
    start("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
      DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", LIBGL_ALWAYS_SOFTWARE: "1", XDG_RUNTIME_DIR: folder(),
    });
    const call = async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
      const { value } = await response.json();
      if (!response.ok) throw new Error(`${path}: ${value.error} ${value.message}`);
      return value;
    };
    for (let tries = 0; !await call("GET", "/status").catch(() => null) && tries < 100; tries++) await pause(100);
    const binary = find("/usr/lib", /^webkit2gtk-4.*$/, "MiniBrowser");
    const session = await call("POST", "/session", { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } } } });
    const at = `/session/${session.sessionId}`;
    ends.push(() => call("DELETE", at));
    const keys = (values) => call("POST", `${at}/actions`, {
      actions: [{ type: "key", id: "keyboard", actions: values.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]) }],
    });
    return {
      run: (js) => call("POST", `${at}/execute/sync`, { script: `return (${js})`, args: [] }),
      type: (text) => keys([...text]),
      press: (key) => keys([{ ArrowRight: "\uE014", ArrowDown: "\uE015", Enter: "\uE007" }[key]]),
      visit: (address) => call("POST", `${at}/url`, { url: address }),
      shot: async () => Buffer.from(await call("GET", `${at}/screenshot`), "base64"),
      version: `${session.capabilities.browserName} ${session.capabilities.browserVersion}`,
      problems: [],
    };
  },
};

// find looks through /usr/lib/ARCHITECTURE/FOLDER for a program.
function find(lib, pattern, program) {
  for (const architecture of readdirSync(lib)) {
    const at = join(lib, architecture);
    if (!statSync(at).isDirectory()) continue;
    for (const folder of readdirSync(at).filter((f) => pattern.test(f))) {
      if (existsSync(join(at, folder, program))) return join(at, folder, program);
    }
  }
  throw new Error(`${program} is not installed`);
}

const root = `document.querySelector("heed-view").shadowRoot`;
try {
  const browser = await browsers[name]();
  const until = async (js) => {
    for (let tries = 0; tries < 600; tries++) {
      if (await browser.run(`Boolean(${js})`)) return;
      await pause(100);
    }
    throw new Error(`waited in vain for ${js}; the page has ${await browser.run(`${root}.textContent`)}`);
  };
  // refuses lists what the host's policy lets through and should not. The refusals are no problems.
  const refuses = async () => {
    const problems = browser.problems.splice(0), through = [];
    if (await browser.run(`(() => { const s = document.createElement("script"); try { s.textContent = "globalThis.ran = true"; document.head.append(s); } catch { } return "ran" in globalThis; })()`)) through.push("an inline script");
    if (await browser.run(`"trustedTypes" in globalThis && (() => { try { document.createElement("p").innerHTML = "<b>x</b>"; return true; } catch { return false; } })()`)) through.push("markup made of a text");
    await browser.run(`(fetch(location.origin.replace("127.0.0.1", "localhost"), { mode: "no-cors" }).then(() => { globalThis.fetched = "passed"; }, () => { globalThis.fetched = "refused"; }), 1)`);
    await until(`globalThis.fetched`);
    if (await browser.run(`globalThis.fetched === "passed"`)) through.push("a request to another origin");
    await pause(300);
    browser.problems.splice(0, Infinity, ...problems);
    return through;
  };
  const folderOf = new URL(url);
  folderOf.hash = "";
  // A page of somebody who imports heed.mjs, before and after the service worker is there.
  const imports = async () => {
    await browser.visit(new URL("module.html", folderOf).href);
    await until(`document.querySelector("heed-view")?.record?.output && ${root}.querySelector("[data-state=ready]")`); // not its first picture alone
    return browser.run(`document.querySelector("heed-view").record.output`);
  };
  const imported = [await imports()];
  await browser.visit(folderOf.href);
  await until(`${root}?.querySelector("[data-state=ready]")`);
  const before = await refuses();
  await until(`navigator.serviceWorker.controller`);
  imported.push(await imports());
  await browser.visit("about:blank");
  await browser.visit(url);
  await until(`${root}?.querySelector("[data-state=ready] [role=gridcell]")`);
  await browser.run(`(${root}.getElementById("text").focus(), ${root}.getElementById("text").select(), 1)`);
  await browser.type("I like tea.");
  await until(`document.querySelector("heed-view").record?.text === "I like tea." && ${root}.querySelector("[data-state=ready]")`);
  const output = await browser.run(`${root}.querySelector("[role=status]").textContent`);

  await until(`${root}.querySelector("[role=gridcell][tabindex='0']")`);
  await browser.run(`(${root}.querySelector("[role=gridcell][tabindex='0']").focus(), 1)`);
  const label = () => browser.run(`${root}.activeElement.getAttribute("aria-label")`);
  await until(`${root}.activeElement.getAttribute("aria-label")`);
  const first = await label();
  await browser.press("ArrowRight");
  await until(`${root}.activeElement.getAttribute("aria-label") !== ${JSON.stringify(first)}`);
  const second = await label();

  // The colours that stand in the picture.
  const colors = await browser.run(`(() => {
    const canvas = [...${root}.querySelectorAll("canvas")].sort((a, b) => b.width * b.height - a.width * a.height)[0];
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
  // What a host's policy refuses, it refuses to what comes out of the service worker too.
  const kept = await browser.run(`Boolean(navigator.serviceWorker.controller)`);
  const through = [...before.map((what) => `${what}, on the first visit`), ...await refuses()];
  const trusted = await browser.run(`"trustedTypes" in globalThis`);
  if (picture) writeFileSync(picture, await browser.shot());
  console.log(JSON.stringify({ version: browser.version, output, imported, first, second, colors, kept, through, trusted, problems: browser.problems }));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const end of ends.reverse()) await Promise.resolve().then(end).catch(() => {});
  process.exit();
}
