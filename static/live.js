// Rows of a list that follow what others change. A stream tells which rows of the page changed, and the page loads these
// again. A row that is in use is replaced once it is free. Order and pages stay as they are.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  // how long a changed row is marked, how often rows in use and a portal that does not answer are tried again, and how
  // often changes are announced
  const MARKED = 8_000;
  const TRY_AGAIN = 700;
  const UNAVAILABLE = 5_000;
  const ANNOUNCE = 5_000;
  // how long a hidden page keeps its stream
  const PATIENCE = 30_000;

  const list = () => $("tbody[data-live]");
  const idOf = (row) => row.id.slice(row.id.indexOf("-") + 1);
  const rows = () => $$(":scope > tr[id]", list() ?? document.createElement("tbody"));

  let body = null;
  let since = "";
  let isFirst = true;
  let totals = false;
  let loading = false;
  let timer = null;
  const waiting = new Set();

  const stream = window.portal.stream({
    address: () => {
      if (!list() || !rows().length) return null;
      // rows that others replaced since the page was loaded are told again
      if (!isFirst) totals = true;
      isFirst = false;
      return `${body.dataset.live}/events?since=${since}&rows=${rows().map(idOf).join(".")}`;
    },
    events: { change: told, end: () => stream.close() },
    patience: PATIENCE,
  });

  function told(event) {
    since = event.lastEventId || since;
    const change = JSON.parse(event.data);
    change.rows.forEach((id) => waiting.add(id));
    totals ||= change.totals;
    update();
  }

  // ---- rows in use -----------------------------------------------------------------------------------------------
  function isInUse(row) {
    const limit = $("[name=channel_limit]", row);
    const selection = getSelection();
    return row.contains(document.activeElement)
      || row.matches(":active")
      || $("details[open], form[data-sent], [aria-invalid=true], .limit-editor [href][hx-get]", row)
      || (limit && limit.value !== limit.defaultValue)
      // it waits for its own change
      || row.hasAttribute("hx-get")
      || (!selection.isCollapsed && selection.containsNode(row, true));
  }

  // ---- loading ---------------------------------------------------------------------------------------------------
  async function update() {
    clearTimeout(timer);
    const known = new Map(rows().map((row) => [idOf(row), row]));
    for (const id of [...waiting]) if (!known.has(id)) waiting.delete(id);
    if (!list() || (!waiting.size && !totals)) return;
    timer = setTimeout(update, TRY_AGAIN);
    if (loading || document.hidden || $("dialog[open]")) return;
    const free = [...waiting].filter((id) => !isInUse(known.get(id)));
    if (!free.length && !totals) return;
    const page = list();
    loading = true;
    free.forEach((id) => waiting.delete(id));
    totals = false;
    try {
      const fragment = await load(free);
      if (fragment && page === list()) show(fragment);
    } catch {
      // the portal does not answer: it is asked again
      free.forEach((id) => waiting.add(id));
      totals = true;
      clearTimeout(timer);
      timer = setTimeout(update, UNAVAILABLE);
    } finally {
      loading = false;
    }
  }
  async function load(ids) {
    const headers = {
      "HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": location.href, "X-Automatic": "yes",
    };
    const answer = await fetch(`${list().dataset.live}/rows?rows=${ids.join(".")}`, { headers });
    if (answer.status >= 500) throw new Error(answer.status);
    // whoever is signed out reads that at their next step
    if (!answer.ok || answer.headers.has("HX-Redirect")) return stream.close();
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    return template.content;
  }

  // ---- showing ---------------------------------------------------------------------------------------------------
  // what a row shows, without the ages of its values
  function textOf(row) {
    const copy = row.cloneNode(true);
    $$("time, .menu, output", copy).forEach((node) => node.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }
  // what a row shows and sends. Each form has a key of its own.
  function stateOf(row) {
    const fields = $$("input[type=hidden]:not([name=op])", row).map((field) => field.value);
    const hints = $$("[title]:not(a, .col-email), [datetime], [data-status]", row);
    const tags = hints.map((node) => node.outerHTML.slice(0, node.outerHTML.indexOf(">")));
    return JSON.stringify([textOf(row), row.dataset.menu, fields, tags]);
  }
  function show(fragment) {
    let changed = 0;
    for (const row of $$("tr[id]", fragment)) {
      const old = document.getElementById(row.id);
      if (!old || old.cells.length !== row.cells.length) continue;
      if (isInUse(old)) waiting.add(idOf(row));
      else if (stateOf(old) !== stateOf(row)) changed += replace(old, row);
    }
    showTotals(fragment);
    if (changed) announce(changed);
    document.dispatchEvent(new Event("portal:rows"));
  }
  function replace(old, row) {
    const box = $("input[name=id]", old);
    if (box) $("input[name=id]", row).checked = box.checked;
    const differs = textOf(old) !== textOf(row);
    old.replaceWith(row);
    window.htmx?.process(row);
    if (differs) {
      row.dataset.changed = "";
      setTimeout(() => row.removeAttribute("data-changed"), MARKED);
    }
    return Number(differs);
  }
  function showTotals(fragment) {
    for (const texts of $$("[data-text-of]", fragment)) {
      const shown = $$(texts.dataset.textOf);
      if (shown.length !== texts.children.length) continue;
      shown.forEach((node, at) => { node.textContent = texts.children[at].textContent.trim(); });
    }
    const total = $("[data-total]", fragment)?.dataset.total;
    const form = $("form[data-selection]");
    if (form && total) form.dataset.selection = total;
    for (const part of [...fragment.children].filter((node) => node.id)) {
      const old = document.getElementById(part.id);
      if (old && !old.contains(document.activeElement)) {
        old.replaceWith(part);
        window.htmx?.process(part);
      }
    }
  }

  // ---- for screen readers: a number now and then, not each row -----------------------------------------------------
  let unsaid = 0;
  let saying = null;
  function announce(changed) {
    unsaid += changed;
    saying ??= setTimeout(() => {
      const status = $("[data-live-status]");
      if (status) status.textContent = unsaid === 1 ? "1 account on this page changed." : `${unsaid} accounts on this page changed.`;
      unsaid = 0;
      saying = null;
    }, ANNOUNCE);
  }

  // ---- the page --------------------------------------------------------------------------------------------------
  // a search or another page of the list brings other rows
  function start() {
    if (list() === body) return update();
    body = list();
    since = body?.dataset.since ?? "";
    isFirst = true;
    totals = false;
    waiting.clear();
    stream.open();
  }
  document.addEventListener("htmx:after:swap", start);
  document.addEventListener("focusout", () => { if (waiting.size) setTimeout(update); });
  document.addEventListener("close", () => { if (waiting.size || totals) update(); }, true);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) update(); });
  start();
})();
