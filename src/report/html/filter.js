"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const items = [...document.querySelectorAll(".item")].map((it) => [it, it.textContent.toLowerCase()]);
  const rows = [...document.querySelectorAll("#exposure tbody tr")].map((it) => [it, it.textContent.toLowerCase()]);
  const count = document.getElementById("count");
  const text = document.getElementById("text");
  const rule = document.getElementById("rule");
  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = new Set([...form.querySelectorAll("input[type=checkbox]:checked")].map((it) => it.value));
    const has = (it) => words.every((word) => it.includes(word));
    let shown = 0;
    for (const [item, own] of items) {
      const fits = on.has(item.dataset.kind) && has(own) && (!rule.value || item.dataset.rules.split(" ").includes(rule.value));
      item.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const [row, own] of rows) row.hidden = !has(own);
    count.textContent = shown === items.length ? `${shown} shown` : `${shown} of ${items.length} shown`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.hidden = false;
  apply();
})();
