// Has the playground, and the lessons, work without a network after a first visit (sw.js). Other people's
// pages do without. What a page wants kept besides what it used stands in data-keep, as prefixes of paths.
(async () => {
  "use strict";
  const { serviceWorker } = navigator;
  const { src, dataset } = document.currentScript;
  if (!serviceWorker) return;
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.heed !== "differ") return;
    console.warn(`Not kept for use without a network, because what the server sends differs from what was published as version ${data.version}: ` +
      `${data.differ.join(", ")}. Does the server, or something on the way, change files?`);
  });
  serviceWorker.startMessages();
  const policy = typeof globalThis.trustedTypes?.createPolicy === "function" ? trustedTypes.createPolicy("heed-offline", { createScriptURL: String }) : undefined;
  const trusted = (address) => policy?.createScriptURL(address) ?? address;
  const old = serviceWorker.controller;
  const registration = await serviceWorker.register(trusted(new URL("../sw.js", src).href)).catch(() => null); // a private window may refuse
  if (!registration) return;
  // A new version that has come during an earlier visit begins with this one.
  if (registration.waiting && old) {
    serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting.postMessage({ begins: true });
  }
  addEventListener("heed-error", () => registration.update().catch(() => {})); // which a newer version may be the reason of: it is there sooner
  const keep = (...prefixes) => serviceWorker.ready.then(({ active }) => active.postMessage({ keep: prefixes }));
  if (dataset.keep) keep(...dataset.keep.split(" "));
  addEventListener("heed-load", ({ detail }) => keep(`web/models/${detail.model}/`));
  keep(...[...document.querySelectorAll("heed-view")].filter((view) => view.record).map((view) => `web/models/${view.record.model}/`));
})();
