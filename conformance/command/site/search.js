// Shows the clauses that hold all words of a search, above the pages that Sphinx finds.
"use strict";

(() => {
  const split = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

  // A longer word counts less if it has the same beginning alone: correction, corrected.
  const STEM = 6;

  // The name of a clause counts 8, its first sentence 2, its other words 1: the best come first.
  const worth = (clause, word) => {
    const has = (text) => {
      // Chinese has no spaces between words: a word is found anywhere.
      if (/\p{Script=Han}/u.test(word)) return 2 * text.toLowerCase().includes(word);
      const words = split(text);
      if (words.some((each) => each.startsWith(word))) return 2;
      return word.length > STEM && words.some((each) => each.startsWith(word.slice(0, STEM)));
    };
    return 8 * has(clause.id) + 2 * has(clause.first) + has(clause.words);
  };

  const found = (query) => {
    const words = split(query);
    if (!words.length) return [];
    return CLAUSES.map((clause) => {
      const each = words.map((word) => worth(clause, word));
      return { clause, worth: each.includes(0) ? 0 : each.reduce((a, b) => a + b) };
    })
      .filter((each) => each.worth)
      .sort((a, b) => b.worth - a.worth)
      .map((each) => each.clause);
  };

  const element = (name, text, attributes = {}) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.textContent = text;
    return made;
  };

  const row = (clause) => {
    const made = document.createElement("li");
    made.append(
      element("a", clause.id, { href: clause.at }),
      element("span", ` · ${clause.level} `, { className: "level" }),
      element("span", clause.says),
    );
    return made;
  };

  document.addEventListener("DOMContentLoaded", () => {
    const query = new URLSearchParams(location.search).get("q") ?? "";
    const clauses = found(query), below = document.getElementById("search-results");
    if (!clauses.length || !below) return;
    const part = element("section", "", { id: "clause-results" }), list = document.createElement("ul");
    list.append(...clauses.slice(0, 20).map(row));
    const chinese = document.documentElement.lang.startsWith("zh"), all = clauses.length;
    const first = chinese ? `${all} 条中的前 20 条` : `The first 20 of ${all} clauses`;
    const more = all > 20 ? first : chinese ? "条款" : "Clauses";
    part.append(element("h2", more), list);
    below.before(part);
  });
})();
