// node --test web/heed
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";
import { download } from "./download.mjs";

const whole = globalThis.fetch;
afterEach(() => { globalThis.fetch = whole; });

// serves answers each fetch by a list of pieces: text, an Error, or null for silence. Headers are those of the answer.
function serves(pieces, { status = 200, statusText = "", headers = {} } = {}) {
  const asked = [];
  globalThis.fetch = async (address, options) => {
    asked.push(options.cache ?? "");
    let next = 0;
    return new Response(new ReadableStream({
      pull(controller) {
        const piece = pieces[next++];
        if (piece === undefined) return controller.close();
        if (piece === null) return new Promise((_, reject) => options.signal.addEventListener("abort", () => reject(options.signal.reason)));
        if (piece instanceof Error) return controller.error(piece);
        controller.enqueue(new TextEncoder().encode(piece));
      },
    }), { status, statusText, headers });
  };
  return asked;
}
const fetched = async (options, name = "plain") => {
  let last = [];
  const bytes = await download(`http://host/${name}?v=1/2`, { ...options, progress: (...now) => { last = now; } });
  return [new TextDecoder().decode(bytes), ...last];
};
const fails = (options, message, name) => assert.rejects(fetched(options, name), { message });

test("a plain file", async () => {
  serves(["abc", "abc"], { headers: { "Content-Length": "6" } });
  assert.deepEqual(await fetched({}), ["abcabc", 6, 6]);
});
test("a packed answer's length is not the file's", async () => {
  serves(["abc", "abc"], { headers: { "Content-Length": "2", "Content-Encoding": "gzip" } });
  assert.deepEqual(await fetched({}), ["abcabc", 6, 0]);
  assert.deepEqual(await fetched({ size: 6 }), ["abcabc", 6, 6]);
});
test("across origins a packed answer looks plain", async () => {
  serves(["abc", "abc"], { headers: { "Content-Length": "4" } });
  assert.deepEqual(await fetched({}), ["abcabc", 6, 0]);
});
test("cut short", async () => {
  serves(["abc", new TypeError("network error")], { headers: { "Content-Length": "3000000" } });
  await fails({}, "The download of cut stopped after 0.0 of 3.0 MB. Check the connection and try again.", "cut");
  serves(["abc", "abc"]);
  await fails({ size: 2e6 }, "The download of plain stopped after 0.0 of 2.0 MB. Check the connection and try again.");
  serves(["abc", "abc"]);
  await fails({ size: 900 }, "The download of plain stopped after 0.0 of 0.9 kB. Check the connection and try again.");
});
test("silence has a limit, before the answer and within it", async () => {
  serves(["abc", null], { headers: { "Content-Length": "3000000" } });
  let waited = 0;
  await fails({ silence: 40, waiting() { waited++; } }, "The download of plain stopped after 0.0 of 3.0 MB: nothing came for 0.04 seconds. Check the connection and try again.");
  assert.equal(waited, 1);
  globalThis.fetch = (address, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await fails({ silence: 40 }, /nothing came for 0.04 seconds/);
});
test("a byte now and then is no silence", async () => {
  let left = 5;
  globalThis.fetch = async () => new Response(new ReadableStream({
    async pull(controller) {
      await new Promise((next) => setTimeout(next, 30));
      if (left-- > 0) controller.enqueue(new Uint8Array(1));
      else controller.close();
    },
  }, { highWaterMark: 0 }));
  assert.equal((await download("http://host/slow", { silence: 60 })).length, 5);
});
test("cancelled", async () => {
  const stop = new AbortController();
  serves(["abc", null]);
  setTimeout(() => stop.abort(new Error("not wanted any more")), 10);
  await fails({ signal: stop.signal }, "not wanted any more");
});
test("cancelled before it begins", async () => {
  const asked = serves(["abc"]);
  await fails({ signal: AbortSignal.abort(new Error("not wanted any more")) }, "not wanted any more");
  assert.equal(asked.length, 0);
});
test("an answer without a body, and a lone %", async () => {
  globalThis.fetch = async () => new Response(null, { status: 204, statusText: "No Content" });
  await fails({}, "100% could not be downloaded: the server answered 204 No Content for http://host/100%?v=1/2.", "100%");
});
test("what is no address of a file", async () => {
  globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
  for (const address of ["data:,{}", "javascript:alert(1)", "http://[::/", "http://user:secret@host/"]) {
    await assert.rejects(download(address), { message: /^This is no address of a file: / });
  }
  await assert.rejects(download("app://host/config.json"), { message: /^config\.json could not be downloaded: the server does not answer\. / });
  globalThis.fetch = whole;
  assert.equal(new TextDecoder().decode(await download("data:,abc")), "abc"); // as a bundler has small files
});
test("not there", async () => {
  serves([], { status: 404, statusText: "Not Found" });
  await fails({}, "missing could not be downloaded: the server answered 404 Not Found for http://host/missing?v=1/2.", "missing");
  globalThis.origin = "http://host";
  globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
  await fails({}, "down could not be downloaded: the server does not answer. Check the connection and try again.", "down");
});
test("a server that does not share, also seen from a sandboxed frame of the same address", async () => {
  globalThis.origin = "null";
  globalThis.fetch = async (address, { mode }) => {
    if (mode !== "no-cors") throw new TypeError("Failed to fetch");
    return { type: "opaque" };
  };
  await fails({}, /^plain could not be downloaded: http:\/\/host answers, but does not let this page read its files\..*\(CORS\)\.$/);
});
test("a server, the page's own or another, that sends on to where nothing can be read", async () => {
  for (const origin of ["http://host", "http://other"]) {
    globalThis.origin = origin;
    globalThis.fetch = async (address, { redirect, mode }) => {
      if (mode === "no-cors") return { type: "opaque" };
      if (redirect !== "manual") throw new TypeError("Failed to fetch");
      return { type: "opaqueredirect" };
    };
    await fails({}, "plain could not be downloaded: the server sends whoever asks for http://host/plain?v=1/2 on to where this page cannot read it.");
  }
});
test("something else in its place", async () => {
  serves(["\n<!DOCTYPE html><p>Not here"]);
  await fails({}, "config.json could not be downloaded: the server sent a web page in its place.", "config.json");
  serves(["version https://git-lfs.github.com/spec/v1\noid sha256:0"]);
  await fails({}, /^model.safetensors is a Git LFS pointer/, "model.safetensors");
});
test("too large", async () => {
  serves(["abc", "abc", "abc"]);
  await fails({ most: 5 }, "plain is too large: it has more than 0.0 MB.");
});
test("damaged: once more past the browser's cache, then said", async () => {
  const sha256 = createHash("sha256").update("abd").digest("hex");
  let asked = serves(["abc"]);
  await fails({ sha256 }, /^plain is not the file that the list of models names/);
  assert.deepEqual(asked, ["", "reload"]);
  asked = serves(["abd"]);
  assert.equal((await fetched({ sha256 }))[0], "abd");
  assert.equal(asked.length, 1);
});
