// The question of each chapter is answered by doing: what the reader does in the live view reports itself
// as an event, and here is what makes it right. A section names its question in data-question, and holds
// the view and, in an element of class verdict, a paragraph for each answer: data-answer is "waiting",
// "right", or what a question calls a wrong one. The texts stand in the page.
"use strict";
{
  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+(?:[’'][\p{L}]+)*/gu) ?? [];
  const says = (text, word) => words(text.normalize("NFC")).some((w) => w.replace(/^.*[’']/, "") === word);

  // The map that a record brought along of a kind, layer and head; head "mean" is the first.
  const map = (record, at) => record.maps.find((m) => m.kind === at.kind && m.layer === at.layer && m.head === (Number(at.head) || 0));

  // Each is given the last record, what is chosen if something was, the first record, the first that explains
  // something, and the guess that was made beforehand, and returns the name of an answer, or nothing. What it
  // puts into fill stands in the answer's <span data-fill>.
  const questions = {
    // 1: a sentence whose French has more words than its English.
    "more-words"({ record, first }) {
      if (record.text === first.text || !record.output.trim()) return;
      return words(record.output).length > words(record.text).length ? "right" : "wrong";
    },

    // 2: cut until everybody and every drink that is left is still there in French.
    "nothing-lost"({ record, first, fill }) {
      if (record.text === first.text) return;
      const left = (...pairs) => pairs.filter(([english]) => says(record.text, english));
      const drinks = left(["tea", "thé"], ["coffee", "café"], ["water", "eau"]);
      if (drinks.length === 0) return "none";
      const people = left(["brother", "frère"], ["parents", "parents"]);
      const lost = [...people, ...drinks].filter(([, french]) => !says(record.output, french)).map(([english]) => english);
      fill(lost.join(" and "));
      return lost.length ? "wrong" : "right";
    },

    // 3: the cell with the largest weight of a row, that of the word "rouge".
    "strongest"({ record, chosen }) {
      if (chosen?.row === undefined || chosen.column === undefined) return;
      if (record.tokens.target[chosen.row + 1].text.trim() !== "rouge") return "row";
      const m = map(record, chosen);
      const row = m.weights.slice(chosen.row * m.cols, (chosen.row + 1) * m.cols);
      return row[chosen.column] === Math.max(...row) ? "right" : "wrong";
    },

    // 4: a temperature at which no weight is more than a half.
    "spread"({ record }) {
      if (record.changes?.force || record.changes?.off) return "forced";
      const t = record.changes?.temperature ?? 1;
      if (t === 1) return;
      if (t < 1) return "colder";
      const most = Math.max(...record.maps[0].weights);
      return most < 0.5 ? "right" : "wrong";
    },

    // 5: the head that makes "nouvelle" agree with "robe".
    "agreement"({ record }) {
      const off = record.changes?.off?.split(",") ?? [];
      if (off.length === 0) return;
      if (off.length > 1 || record.changes.force) return "many";
      return says(record.output, "robe") && says(record.output, "neuf") ? "right" : "wrong";
    },

    // 6: another guess for the hidden word, by a change of what stands behind it.
    "both-ways"({ record, first }) {
      if (record.text === first.text) return;
      const [before, after] = record.text.split(/\[mask\]|_{2,}/i);
      if (after === undefined) return "gone";
      const [was] = first.text.split(/\[mask\]|_{2,}/i);
      if (before.trim() !== was.trim()) return "before";
      const guess = (r) => r.predictions[0]?.top[0].id;
      return guess(record) !== guess(first) ? "right" : "wrong";
    },

    // Ask why: how many heads change the output alone.
    "how-many"({ record, guess, fill }) {
      if (!record.ablation || !guess) return;
      const changes = record.ablation.filter((head) => head.output).length, share = changes / record.ablation.length;
      fill(changes);
      return guess === (changes <= 5 ? "few" : share > 0.5 ? "most" : "some") ? "right" : "wrong";
    },

    // Ask why: two heads that change it together; none does alone.
    "together"({ record, first, explained, fill }) {
      if (record.text !== first.text) return "text";
      const off = record.changes?.off?.split(",") ?? [];
      if (off.length === 0 || !explained) return;
      if (off.length !== 2) return off.length === 1 ? "one" : "many";
      fill(record.output);
      return record.output === first.output ? "wrong" : "right";
    },

    // Ask why: the activation that brings the other noun.
    "patch"({ record, first, explained, fill }) {
      if (!explained) return;
      const patched = record.changes?.patched?.split(",") ?? [];
      if (record.text !== first.text || patched.length > 0 && record.changes.from !== explained.donor.text) return "text";
      if (patched.length === 0) return;
      if (patched.length > 1) return "many";
      const [kind, layer] = patched[0].split(".");
      fill(record.output);
      if (kind === "decoder" && record.output !== first.output) return "late";
      if (!says(record.output, "cheval")) return "wrong";
      return layer === "-" ? "embedding" : "right";
    },

    // Ask why: another word for which two methods name different words first.
    "agree"({ record, explained, fill }) {
      const a = record.attribution, b = a?.beside;
      if (!a || a.position === explained.attribution.position) return;
      if (b?.method !== "gradient-input" || a.method !== "attention") return "methods";
      const [one, other] = [a, b].map(({ source }) => record.tokens.source[source.indexOf(Math.max(...source))].text.trim());
      fill(one === other ? one : `${one}, gradient × input ${other}`);
      return one === other ? "wrong" : "right";
    },
  };

  // Printing by key waits for the pictures that nobody has seen yet. From a menu it cannot: those come with the next.
  addEventListener("keydown", async (event) => {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const views = [...document.querySelectorAll("heed-view")].filter((view) => !view.record);
    if (views.length === 0) return;
    event.preventDefault();
    await Promise.all(views.map((view) => new Promise((done) => {
      for (const type of ["heed-record", "heed-error"]) view.addEventListener(type, done, { once: true });
      view.loading = "eager";
    })));
    while (views.some((view) => view.shadowRoot.querySelector("[data-waits]"))) await new Promise((next) => setTimeout(next, 50)); // side by side
    setTimeout(print);
  });

  for (const section of document.querySelectorAll("[data-question]")) {
    const question = questions[section.dataset.question];
    const view = section.querySelector("heed-view");
    const answers = [...section.querySelectorAll("[data-answer]")];
    let first, explained, record, chosen, guess;
    const check = () => {
      if (!record) return;
      let filling = "";
      const name = question({ record, first, explained, chosen, guess, fill: (text) => { filling = text; } }) ?? "waiting";
      for (const answer of answers) {
        if (answer.dataset.answer === name) for (const span of answer.querySelectorAll("[data-fill]")) span.textContent = filling;
        answer.hidden = answer.dataset.answer !== name;
      }
      section.dataset.verdict = name;
    };
    view.addEventListener("heed-record", (event) => {
      record = event.detail;
      first ??= record;
      if (record.ablation || record.patch || record.attribution) explained ??= record;
      chosen = undefined;
      check();
    });
    for (const choice of section.querySelectorAll("input[type=radio]")) choice.addEventListener("change", () => {
      guess = choice.value;
      section.dataset.guess = guess; // the style sheet shows the view from now on
      check();
    });
    view.addEventListener("heed-select", (event) => {
      if (event.detail.row === undefined) return;
      chosen = event.detail;
      check();
    });
  }
}
