// From an element that comes near the viewport to the page's Go that fills it, and what is seen until then.
import { load } from "./go.mjs";
import { kept } from "./kept.mjs";
import { create, source, url } from "./page.mjs";
import { say } from "./text.mjs";

export const views = new Map(); // the elements shown, with their keys
let keys = 0;
let loading = null; // the promise of the page
export let go = null; // what it resolved to: what Go does for elements

const tell = (view, type, detail) => view.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));

// blank leaves in an element's shadow root what is there before Go comes: the author's text, and a stop for the
// focus, or who walks by Tab alone would pass by what is not shown yet. The stylesheet stays where it is, or it
// would be fetched again, and so does the stop, which may have the focus.
export function blank(view, ...more) {
  const root = view.shadowRoot;
  let link = root.querySelector("link"), stop = root.querySelector(".stop");
  if (!link) {
    link = create("link", { rel: "stylesheet", ...(source && { href: url("view.css") }) });
    link.onerror = () => console.error(say.noStyle(link.href));
    root.prepend(link);
  }
  if (!stop) {
    stop = create("button", { type: "button", className: "unseen stop", textContent: say.showPicture });
    stop.onfocus = () => setTimeout(() => show(view));
    link.after(stop);
  }
  while (stop.nextSibling) stop.nextSibling.remove();
  const slot = create("slot");
  const elsewhere = view.controls === "full" && location.hash.includes("="); // the address asks for something else than the poster
  slot.toggleAttribute("data-poster", view.querySelector("img, picture, svg") !== null && !elsewhere);
  root.append(slot, ...more);
}

// settled takes away what an element has until it shows its picture, or says why not. The focus goes on into it.
export function settled(view) {
  const root = view.shadowRoot, stop = root.querySelector(".stop");
  root.querySelector("slot").removeAttribute("data-poster");
  const on = (tries) => { // the picture's cells come a little later
    const first = [...root.querySelectorAll("textarea, input, select, button:not(.stop), [tabindex='0']")].find((e) => e.checkVisibility());
    const here = root.activeElement === stop;
    if (here && !first && tries > 0) return setTimeout(on, 50, tries - 1);
    if (here) first?.focus();
    stop.remove();
  };
  if (stop) on(40);
}

function paragraph(part, ...content) {
  const p = create("p");
  p.part = part;
  p.append(...content);
  return p;
}

export function show(view) {
  near.unobserve(view);
  if (views.has(view)) return;
  const key = ++keys;
  views.set(view, key);
  if (go) return attach(view, key);
  blank(view, paragraph("loading", say.loading));
  const asked = view.controls === "full" && /[#&]threads=(\d*)/.exec(location.hash)?.[1];
  loading ??= load(Number(asked || view.threads), report, (why) => fail(say.crashed(why.split("\n")[0]), why))
    .then((it) => {
      go = it;
      failures = 0;
      views.forEach((key, view) => attach(view, key));
      if ([...views.keys()].some(({ controls }) => controls === "full")) kept.tidy().catch(() => {}); // of the playground alone, whose they are
    })
    .catch((error) => fail(error.message, error));
}

function attach(view, key) {
  blank(view, paragraph("loading", say.loading)); // which Go takes away, once it has the list of models
  go.attach(key, view, view.shadowRoot);
}

export function hide(view) {
  go?.detach(views.get(view));
  views.delete(view);
  blank(view);
}

function report(done, total) {
  for (const view of views.keys()) {
    view.shadowRoot.querySelector("[part=loading]")?.replaceChildren(say.loadingPart(done, total));
    tell(view, "heed-progress", { done, total });
  }
}

let failures = 0; // one after the other

// anew loads the page again with other scripts than the browser keeps: what runs here may be damaged itself, and then no other try
// helps. Of a line that is silent it does not wait.
async function anew() {
  const again = (address) => fetch(address, { cache: "reload", mode: "no-cors" }).then((answer) => answer.arrayBuffer());
  await Promise.race([Promise.allSettled([source, url("wasm_exec.js")].map(again)), new Promise((done) => setTimeout(done, 5_000))]);
  location.reload();
}

function fail(sentence, error) {
  console.error(error);
  loading = go = null;
  failures++;
  for (const view of views.keys()) {
    const lasts = failures > 1 && source;
    const again = create("button", { textContent: lasts ? say.loadAgain : say.tryAgain, type: "button" });
    again.onclick = () => {
      if (lasts) {
        again.disabled = true;
        return anew();
      }
      const waiting = [...views.keys()];
      views.clear();
      waiting.forEach(show);
    };
    const alert = paragraph("failure", sentence + " ", again);
    alert.setAttribute("role", "alert");
    blank(view, alert);
    tell(view, "heed-error", { message: sentence });
  }
}

export const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) show(entry.target);
}, { rootMargin: "300px" });
