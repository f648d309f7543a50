(() => {
  "use strict";
  const form = document.getElementById("filter");
  const items = [...document.querySelectorAll("[data-item]")];
  const columns = [...document.querySelectorAll("[data-dtype]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const fields = ["find", "state", "level", "dtype"];
  let texts;

  const shows = (item, words, wanted) => {
    const { state, level, dtypes, failing } = item.dataset;
    const among = (wanted.state === "fails" ? failing : dtypes).split(" ");
    return (!wanted.level || level === wanted.level)
      && (!wanted.state || (wanted.state === "fails" ? failing !== "" : state === wanted.state))
      && (!wanted.dtype || among.includes(wanted.dtype))
      && words.every((word) => texts.get(item).includes(word));
  };

  const apply = () => {
    const wanted = Object.fromEntries(fields.map((name) => [name, form.elements[name].value.trim()]));
    const words = wanted.find.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !texts) texts = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
    for (const item of items) item.hidden = !shows(item, words, wanted);
    for (const each of columns) each.hidden = wanted.dtype !== "" && each.dataset.dtype !== wanted.dtype;
    for (const group of groups) group.hidden = !group.querySelector("[data-item]:not([hidden])");
    const clauses = items.filter((item) => item.matches("details"));
    form.elements.count.value = `${clauses.filter((item) => !item.hidden).length} of ${clauses.length} clauses`;
  };

  // What was asked for stands in the address, so that it can be handed on: #?find=softmax&state=fails
  const remember = () => {
    const asked = new URLSearchParams(fields.map((name) => [name, form.elements[name].value]).filter(([, value]) => value));
    history.replaceState(null, "", asked.size ? `#?${asked}` : "#");
  };

  const arrive = () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith("?")) {
      const asked = new URLSearchParams(location.hash.slice(2));
      for (const name of fields) form.elements[name].value = asked.get(name) ?? "";
      apply();
    } else if (hash) {
      const target = document.getElementById(hash);
      if (target?.closest("[hidden]")) { form.reset(); apply(); }
      if (target?.matches("details")) target.open = true;
      target?.scrollIntoView();
    }
  };

  form.hidden = false;
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", arrive);
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) each.open = true; });
  apply();
  arrive();
})();
