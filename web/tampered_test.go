//go:build !js

package web_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTamperedModels has other scripts of the site write over what the browser keeps of models: what is whole is listed, the rest is
// as if it were not there.
func TestTamperedModels(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site + "#text=Hello."))
	tab.until(ready)
	tab.run(`(async () => {
		const all = await (await navigator.storage.getDirectory()).getDirectoryHandle("heed-models", { create: true });
		const put = async (name, text) => {
			const folder = await all.getDirectoryHandle(encodeURIComponent(name), { create: true });
			const out = await (await folder.getFileHandle("heed.json", { create: true })).createWritable();
			await out.write(text);
			await out.close();
		};
		const texts = ["", "5", "null", "{}", "[]", '"x"', '{"id":"file:w7"}', '{"id":"file:w8","name":"x","files":5}', '{"id":"file:w9","name":"x","files":[{}]}', '{"id":"file:another","name":"x","files":[]}',
			'{"id":{"a":1},"name":"x","files":[]}', '{"id":"file:w12","name":{},"files":[]}', '{"id":"\\ud800","name":"x","files":[]}', "<!doctype html>"];
		for (let i = 0; i < texts.length; i++) await put("file:w" + (i + 1), texts[i]);
		await put("file:whole", JSON.stringify({ id: "file:whole", name: "whole", files: ["gone.json"], bytes: 5 }));
		const out = await (await all.getFileHandle("a file", { create: true })).createWritable();
		await out.close();
		globalThis.put = true;
	})()`)
	tab.until(`globalThis.put`)
	tab.click(".open-model")
	const dialog = root + `.querySelector("dialog.open[open]")`
	tab.until(dialog + `?.querySelector("li")`)
	equal(t, "models that are listed", tab.said(`[...`+dialog+`.querySelectorAll("li")].map((li) => li.textContent.match(/^\w+/)[0]).join()`), "whole")
}

// TestTamperedTraining has what training left written over: it is forgotten where it cannot be read, and where its numbers are not
// those of its networks, going on says so; the page trains on in each case.
func TestTamperedTraining(t *testing.T) {
	t.Parallel()
	const whole = `{"title":"T","steps":60,"setting":"train=sort&width=16","pairs":"","runs":[{"step":5,"curve":[1]}]}`
	tab := openTrain(t, "", "train=sort&arch=dot&width=16&batch=4&steps=5")
	for _, left := range []string{`5`, `null`, `{}`, `{ header: 5 }`, `{ header: "x" }`, `{ header: "null" }`, `{ header: "{}" }`, `{ header: '{"runs":[]}' }`, `{ header: '{"runs":[{"step":"<b>"}]}' }`,
		`{ header: '{"title":{},"runs":[{"step":1e300}]}', data: 5 }`, `{ header: ` + strconv.Quote(whole) + ` }`, `{ header: ` + strconv.Quote(whole) + `, data: 5 }`, `{ header: ` + strconv.Quote(whole) + `, data: new ArrayBuffer(12) }`} {
		tab.do(chromedp.Navigate(site + "web/train.css")) // where nothing else writes there
		tab.run(`globalThis.put = false; {
			const opening = indexedDB.open("heed-train", 1);
			opening.onupgradeneeded = () => opening.result.createObjectStore("left");
			opening.onsuccess = () => {
				const all = opening.result.transaction("left", "readwrite").objectStore("left");
				all.put(` + left + `, "/web/train.html").onsuccess = () => { opening.result.close(); put = true; };
			};
		}`)
		tab.until(`put`)
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(site+"web/train.html"))
		tab.until(trainDrawn)
		tab.run(`globalThis.rested = false; setTimeout(() => rested = true, 200)`)
		tab.until(`rested`)
		if strings.Contains(left, "(12)") { // which has a step to go on from, and numbers
			tab.excuse()
			tab.until(trainRoot + `.querySelector(".left:not([hidden])")`)
			tab.run(`globalThis.before = screens.length; ` + trainButton("Go on") + `.click()`)
			tab.until(`screens.length > before || ` + trainRoot + `.querySelector(".message, [role=status]")?.textContent`)
			t.Logf("%s: %s", left, tab.said(`String(`+trainRoot+`.querySelector(".message, [role=status]")?.textContent)`))
		} else {
			equal(t, left+" is offered", tab.said(`String(!`+trainRoot+`.querySelector(".left").hidden)`), "false")
		}
		tab.run(trainButton("Step") + `.click()`)
		tab.until(`screens.at(-1).step > 0`)
	}
}

// TestHostileAddresses gives the page one address after the other that nobody would write, as text and as settings of every kind. None
// throws, none runs a script, and a plain one that follows is answered.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `globalThis.thrown = []; addEventListener("error", (e) => thrown.push(e.message)); addEventListener("unhandledrejection", (e) => thrown.push(String(e.reason)));
		globalThis.alert = () => thrown.push("a script ran");`)
	tab.excuse() // models that are not there are asked for
	tab.do(chromedp.Navigate(site + "#text=Hello."))
	tab.until(ready)
	equal(t, "what was thrown", get(tab, chromedp.Evaluate[string](`(async () => {
		const names = ["model", "text", "target", "view", "kind", "layer", "head", "token", "key", "off", "force", "patched", "from", "replace", "steer", "toward", "away", "compare", "threshold", "temperature", "top-k", "top-p",
			"attention-temperature", "weights", "threads", "layout", "words", "special", "lens", "record", "steps", "seed", "__proto__", "constructor", ""];
		const values = ["%", "%".repeat(65536), "%ED%A0%80", "\ud800", "\udfff%F0%9F%98", "__proto__", "constructor", "-1", "1e999", "NaN", "9".repeat(400), "javascript:alert(1)", "data:text/html,<script>alert(1)</scr" + "ipt>", "blob:x", "//[", "..%2F..%2F", "%00",
			"self.0.0,".repeat(9000), "self.-1.1e9.0.0=Infinity", "<img src=x onerror=alert(1)>", "text:" + "a".repeat(65536), "&=&=&", "\u202e" + "\u0301".repeat(5000)];
		for (let i = 0; i < names.length; i++) for (let j = i % 3; j < values.length; j += 3) {
			location.hash = "text=Hello.&" + names[i] + "=" + values[j];
			await new Promise((done) => setTimeout(done, 5));
		}
		return thrown.join("; ");
	})()`, chromedp.EvalAwaitPromise)), "")
	tab.run(`location.hash = "model=en-fr&text=Good+evening."`)
	tab.until(output + ` === ` + quote(native(t, "Good evening.", nil).Output))
	equal(t, "what was thrown later", tab.said(`thrown.join("; ")`), "")
}
