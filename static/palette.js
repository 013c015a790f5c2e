// The search over everything, after the pattern of a combobox: the focus stays in its field, and one of the results is
// chosen. The results come from the server; without this file its form opens them as a page.
(() => {
  "use strict";
  const portal = window.portal;
  const dialog = document.getElementById("palette");
  const list = document.getElementById("palette-list");
  const status = document.getElementById("palette-status");
  const field = dialog.querySelector("input");
  // how to open the first result once its answer is there: Enter may come before it
  let waiting = null;
  let answered = null;

  const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
  const chosen = () => list.querySelector("[aria-selected=true]");
  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  function move(to) {
    const all = options();
    if (all.length) choose(all.at(to(all.indexOf(chosen()), all.length)));
    return true;
  }
  function open(inTab) {
    if (answered !== field.value) {
      waiting = { inTab };
      return true;
    }
    const option = chosen();
    if (!option) field.form.requestSubmit();
    else if (inTab && option.href) window.open(option.href, "_blank", "noopener");
    else option.click();
    return true;
  }
  function close() {
    dialog.close();
    return true;
  }
  Object.assign(portal.acts, {
    "next-result": () => move((at, count) => (at + 1) % count),
    "previous-result": () => move((at) => (at < 0 ? -1 : at - 1)),
    "first-result": () => move(() => 0),
    "last-result": () => move(() => -1),
    "open-result": () => open(false),
    "open-result-in-tab": () => open(true),
    "close-palette": close,
  });

  // ---- answers ---------------------------------------------------------------------------------------------------
  // Asked here and not by attributes, which htmx reads only after the page's scripts: a key may come before that.
  const DELAY = 120;
  let timer = null;
  function ask() {
    clearTimeout(timer);
    window.htmx?.ajax("GET", "/search", { source: field, target: "#palette-list", swap: "innerHTML", values: { q: field.value } });
  }
  dialog.addEventListener("portal:show", () => {
    field.value = "";
    answered = waiting = null;
    choose(null);
    list.replaceChildren();
    status.textContent = "";
    ask();
  });
  field.addEventListener("input", () => {
    waiting = null;
    clearTimeout(timer);
    timer = setTimeout(ask, DELAY);
  });
  // an answer to something that is no longer typed
  field.addEventListener("htmx:before:swap", (event) => {
    const asked = new URL(event.detail.ctx.request.action, location.href).searchParams.get("q") ?? "";
    if (asked !== field.value) event.preventDefault();
  });
  field.addEventListener("htmx:after:swap", () => {
    answered = field.value;
    list.scrollTop = 0;
    choose(options()[0]);
    status.textContent = list.querySelector("[data-status]")?.dataset.status ?? "";
    const now = waiting;
    waiting = null;
    if (now) open(now.inTab);
  });
  field.addEventListener("htmx:error", () => {
    waiting = null;
    status.textContent = "The portal did not answer.";
  });

  // ---- pointer ---------------------------------------------------------------------------------------------------
  const optionAt = (event) => event.target.closest("[role=option]:not([aria-disabled])");
  list.addEventListener("pointermove", (event) => {
    const option = optionAt(event);
    if (option && option !== chosen()) choose(option);
  });
  // the focus stays in the field
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (plain && optionAt(event)) dialog.close();
  });
})();
