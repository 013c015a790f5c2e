// Selecting rows of a list: some, a range with shift, the page, or all that match but those unticked. A selection goes
// on over pages, orders and searches: the tab keeps it, as ids or as "all of this filter" with exceptions, and the form
// carries it. Without this file the ticks of a page and the buttons work alone.
(() => {
  "use strict";
  const $ = (selector, root) => root.querySelector(selector);
  const $$ = (selector, root) => [...root.querySelectorAll(selector)];
  const number = (value) => Number(value).toLocaleString("en-US");

  // The rows may have forms of their own, so the ticks stand outside this one and name it.
  const owned = (form, selector) => [...form.elements].filter((field) => field.matches(selector));
  const ticks = (form) => owned(form, "tbody input[name=id]");
  const key = (form) => `selection of ${form.dataset.owner} in ${form.dataset.filter.split("?")[0]}`;
  const nothing = () => ({ all: null, ids: new Set() });

  // `all`: the filter of which all are meant, else null; `ids`: those selected, or those left out of all.
  function kept(form) {
    try {
      const { all, ids } = JSON.parse(sessionStorage.getItem(key(form)));
      return all === null || all === form.dataset.filter ? { all, ids: new Set(ids) } : nothing();
    } catch {
      return nothing();
    }
  }
  function keep(form, { all, ids }) {
    if (all === null && ids.size === 0) sessionStorage.removeItem(key(form));
    else sessionStorage.setItem(key(form), JSON.stringify({ all, ids: [...ids] }));
  }

  let ticked = null;
  document.addEventListener("click", (event) => {
    const box = event.target instanceof Element ? event.target.closest("input, button") : null;
    const form = box?.form;
    if (!form?.matches("form[data-selection]")) return;
    if (box.matches("tbody input[name=id]")) {
      const all = ticks(form);
      const from = event.shiftKey ? all.indexOf(ticked) : -1;
      const to = all.indexOf(box);
      ticked = box;
      return turn(form, from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1), box.checked);
    }
    if (box.matches("[data-select-page]")) return turn(form, ticks(form), box.checked);
    if (box.matches("[data-select-all]")) keep(form, { all: form.dataset.filter, ids: new Set() });
    else if (box.matches("[data-select-none]")) keep(form, nothing());
    else return;
    show(form);
    // the one of the two that this width shows
    owned(form, "[data-select-page]").find((page) => page.checkVisibility())?.focus();
  });

  // Selects these rows or takes them off, as far as there is room.
  function turn(form, boxes, on) {
    const selection = kept(form);
    let full = false;
    for (const { value } of boxes) {
      if (on === (selection.all !== null)) selection.ids.delete(value);
      else if (selection.ids.has(value) || selection.ids.size < Number(form.dataset.max)) selection.ids.add(value);
      else full = true;
    }
    keep(form, selection);
    show(form, full);
  }

  function words({ all, ids }, total, elsewhere, full) {
    if (all !== null) {
      const left = ids.size ? `${number(total - ids.size)} of ${number(total)} selected` : `All ${number(total)} selected`;
      return full ? `${left}. No more can be left out one by one: set a filter instead.` : left;
    }
    const some = elsewhere ? `${number(ids.size)} selected, ${number(elsewhere)} of them not on this page` : `${number(ids.size)} selected`;
    return full ? `${some}. No more can be selected one by one: set a filter and select all.` : some;
  }

  // The page as the selection has it, and the form with what is not on the page.
  function show(form, full = false) {
    const selection = kept(form);
    const { all, ids } = selection;
    const boxes = ticks(form);
    boxes.forEach((box) => { box.checked = ids.has(box.value) === (all === null); });
    const here = new Set(boxes.map((box) => box.value));
    const elsewhere = [...ids].filter((id) => !here.has(id));
    form.elements.all.value = all === null ? "" : "yes";
    $$("[data-carried]", form).forEach((field) => field.remove());
    for (const value of all === null ? elsewhere : ids) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: all === null ? "id" : "except", value });
      field.dataset.carried = "";
      form.append(field);
    }
    const total = Number(form.dataset.selection);
    form.toggleAttribute("data-has-selection", all !== null ? ids.size < total : ids.size > 0);
    $("[data-selected]", form).textContent = words(selection, total, elsewhere.length, full);
    const off = boxes.filter((box) => !box.checked).length;
    $("[data-select-all]", form).hidden = all !== null ? ids.size === 0 : off === 0 && boxes.length === total;
    for (const page of owned(form, "[data-select-page]")) {
      page.checked = off === 0;
      page.indeterminate = off > 0 && off < boxes.length;
    }
  }

  const ready = () => $$("form[data-selection]", document).forEach((form) => show(form));
  document.addEventListener("htmx:after:swap", ready);
  document.addEventListener("portal:rows", ready);
  addEventListener("pageshow", ready);
  ready();
})();
