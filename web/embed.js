// The frame form of <heed-view>: embed.html#model=en-fr&text=…, with the attributes' names. What stands
// after the # stays in the browser. The page around is told the height that the view would like.
(() => {
  "use strict";
  const least = 380; // of the picture
  let view = null;

  // show makes the element of what the address says, or gives it what is new.
  function show() {
    const said = new URLSearchParams(location.hash.slice(1));
    const names = new Set(said.keys());
    view ??= document.createElement("heed-view");
    const known = customElements.get("heed-view")?.observedAttributes ?? []; // none without heed.js, which heed.css tells of
    for (const { name } of [...view.attributes]) if (!names.has(name)) view.removeAttribute(name);
    for (const name of names) {
      const value = said.get(name);
      if (!known.includes(name)) continue;
      if (name === "editable" && value === "0") view.removeAttribute(name);
      else if (name === "controls" && value === "full") view.setAttribute(name, "minimal"); // which would take the address over
      else if (view.getAttribute(name) !== value) view.setAttribute(name, value);
    }
    if (!names.has("loading")) view.loading = "eager"; // a frame is loaded late by its own attribute
    if (said.has("theme")) document.documentElement.style.colorScheme = said.get("theme") === "auto" ? "" : said.get("theme");
    if (!view.isConnected) document.body.append(view);
  }

  let told = 0;
  function tell() {
    const figure = view.shadowRoot?.querySelector("[part=figure]");
    if (!figure?.clientHeight) return;
    const stage = view.shadowRoot.querySelector("[part=view]");
    const height = Math.ceil(view.clientHeight - figure.clientHeight + Math.max(least, stage.offsetHeight));
    if (height === told) return;
    told = height;
    parent.postMessage({ heed: "height", height }, "*");
  }

  addEventListener("hashchange", show);
  for (const event of ["heed-record", "heed-select", "resize"]) addEventListener(event, () => requestAnimationFrame(tell));
  show();
})();
