// Selecting rows of the list: some, a range with shift, the page, or all that match but those unticked. What is sent is
// the form as it stands: ticked rows, or "all" with exceptions. Without this file the ticks and the buttons work alone.
(() => {
  "use strict";
  const $ = (selector, root) => root.querySelector(selector);
  const $$ = (selector, root) => [...root.querySelectorAll(selector)];
  const up = (event, selector) => event.target instanceof Element ? event.target.closest(selector) : null;
  const number = (text) => Number(text).toLocaleString("en-US");

  const ticks = (form) => $$("tbody input[name=id]", form);
  let ticked = null;
  document.addEventListener("click", (event) => {
    const form = up(event, "form[data-selection]");
    if (!form) return;
    const box = up(event, "tbody input[name=id]");
    if (box) {
      const all = ticks(form);
      const from = event.shiftKey ? all.indexOf(ticked) : -1;
      const to = all.indexOf(box);
      if (from >= 0) all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((each) => { each.checked = box.checked; });
      ticked = box;
      return selected(form);
    }
    const page = up(event, "[data-select-page]");
    const every = up(event, "[data-select-all]");
    if (!page && !every && !up(event, "[data-select-none]")) return;
    form.elements.all.value = every ? "yes" : "";
    ticks(form).forEach((each) => { each.checked = Boolean(every || page?.checked); });
    selected(form);
    if (!every && !page) $("[data-select-page]", form)?.focus();
  });
  // Enter on a tick would press the form's first button: an export that nobody asked for.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && up(event, "form[data-selection] input[type=checkbox]")) event.preventDefault();
  });
  function selected(form) {
    const all = ticks(form);
    const off = all.filter((box) => !box.checked);
    const total = Number(form.dataset.selection);
    const every = form.elements.all.value !== "";
    const count = every ? total - off.length : all.length - off.length;
    $$("[name=except]", form).forEach((field) => field.remove());
    for (const box of every ? off : []) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "except", value: box.value }));
    }
    form.toggleAttribute("data-some", count > 0);
    $("[data-selected]", form).textContent = `${number(count)} of ${number(total)} selected`;
    $("[data-select-all]", form).hidden = count === total;
    const page = $("[data-select-page]", form);
    page.checked = off.length === 0;
    page.indeterminate = off.length > 0 && off.length < all.length;
  }

  const ready = () => $$("form[data-selection]", document).forEach(selected);
  document.addEventListener("htmx:after:swap", ready);
  addEventListener("pageshow", ready);
  ready();
})();
