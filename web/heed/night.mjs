// Whether an element stands in a dark place, and when that may have changed.
import { host, page, past } from "./page.mjs";
import { rgba } from "./painting.mjs";

// seen says whether a computed colour is a light one, and whether it covers what is under it.
function seen(color) {
  const [r, g, b, a] = rgba(color);
  return { light: 0.2126 * r + 0.7152 * g + 0.0722 * b > 127, solid: a > 127 };
}

// night says whether an element stands in a dark place: among light text, or on a dark ground, for some pages
// colour each text for itself.
export function night(element) {
  if (seen(getComputedStyle(element).color).light) return true;
  for (let e = element; e; e = past(e, "parentElement") ?? host(past(e, "getRootNode")())) {
    const { backgroundColor } = getComputedStyle(e);
    if (backgroundColor === "rgba(0, 0, 0, 0)") continue;
    const ground = seen(backgroundColor);
    if (ground.solid) return !ground.light;
  }
  return false;
}

// looked calls back when what a page looks like may have changed: what makes a page dark is often said at its root, and a style that
// moves there arrives a little later. It returns what ends that.
export function looked(back) {
  const observer = new MutationObserver(() => setTimeout(back, 50));
  for (const root of [page.documentElement, page.body]) if (root) observer.observe(root, { attributes: true });
  return () => observer.disconnect();
}
