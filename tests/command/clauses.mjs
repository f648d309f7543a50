// Prints the clauses of clauses.json as the site shows them: for each id its section in HTML.
import { readFileSync } from "node:fs";

const { clauses, pages } = JSON.parse(readFileSync(0, "utf8"));

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const parts = (given) =>
  given
    .map((part) => {
      if ("text" in part) return escaped(part.text);
      if ("code" in part) return `<code>${escaped(part.code)}</code>`;
      if ("formula" in part) return part.formula.mathml;
      if ("link" in part) return `<a href="${escaped(part.link)}">${parts(part.parts)}</a>`;
      const [[tag, words]] = Object.entries(part);
      return `<${tag}>${parts(words)}</${tag}>`;
    })
    .join("");
const row = (cells, tag) => `<tr>${cells.map((each) => `<${tag}>${parts(each)}</${tag}>`).join("")}</tr>`;
const block = (given) => {
  if ("paragraph" in given) return `<p>${parts(given.paragraph)}</p>`;
  if ("formula" in given) return given.formula.mathml;
  if ("code" in given) return `<pre>${escaped(given.code)}</pre>`;
  if ("list" in given) {
    const tag = given.ordered ? "ol" : "ul";
    const items = given.list.map((item) => `<li>${item.map(block).join("")}</li>`).join("");
    return `<${tag}>${items}</${tag}>`;
  }
  const { head, rows } = given.table;
  return `<table>${row(head, "th")}${rows.map((each) => row(each, "td")).join("")}</table>`;
};
const label = (given) => given.paragraph?.[0].em?.[0].text;

/** The site shows a formula typeset, before the bound, in place of the formula for machines. */
const section = ({ id, level, page, operations, programs, rejects, text }) => {
  const forms = programs.map(({ typeset }) => `<code>${escaped(typeset)}</code>`).join(" or ");
  const typeset = forms && `<p><em>Formula.</em> ${forms}</p>`;
  const shown = text
    .filter((each) => label(each) !== "Formula.")
    .map((each) => (label(each) === "Bound." ? typeset : "") + block(each));
  const all = Object.keys(pages.find(({ name }) => name === page).operations);
  const whole = operations.length === all.length;
  const of = whole ? `every operation of ${page}` : operations.map((each) => `<code>${each}</code>`).join(", ");
  const count = Object.keys(rejects).length;
  const counted = `${count} ${count === 1 ? "mistake" : "mistakes"}`;
  const see = `<p><em>Reference.</em> ${of} · <em>Rejects.</em> ${counted}</p>`;
  return `<h3>${id} · ${level}</h3>\n${shown.join("\n")}\n${see}\n`;
};

console.log(JSON.stringify(Object.fromEntries(clauses.map((each) => [each.id, section(each)]))));
