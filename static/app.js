// Progressive enhancement only: every page works without this file. All listeners are delegated, so that what htmx
// swaps in needs no set-up. State that the server owns is never kept here.
(() => {
  "use strict";
  // what only works with this file is shown from now on
  document.documentElement.dataset.script = "";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, act, options) => document.addEventListener(type, act, options);
  const up = (event, selector) => event.target instanceof Element ? event.target.closest(selector) : null;
  const number = (text) => Number(text).toLocaleString("en-US");

  // ---- dialogs: a[data-dialog] fetches its page's fragment; a[data-open] shows one that the page has -------------
  const openers = new WeakMap();
  const show = (dialog, from) => {
    if (!dialog || dialog.open) return;
    // a link in a dialog that closed is no place to go back to
    openers.set(dialog, from && !from.closest("dialog") ? from : document.activeElement);
    // its page gives the focus to the heading, and a page has one place for it
    $$("[data-autofocus]", dialog).forEach((field) => { field.autofocus = true; });
    dialog.showModal();
    dialog.dispatchEvent(new Event("portal:show"));
  };
  async function fetchDialog(link, from = link) {
    const dialog = $("#dialog");
    link.setAttribute("aria-busy", "true");
    try {
      dialog.replaceChildren();
      await window.htmx.ajax("GET", link.href, { source: dialog, target: "#dialog", swap: "innerHTML" });
      dialog.setAttribute("aria-label", $("h1, h2", dialog)?.textContent.trim() || "Confirm");
      if (dialog.childElementCount) show(dialog, from);
      else location.assign(link.href);
    } catch {
      location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }
  // what an answer wants focused, or opened: a limit of 0 is confirmed where it was typed
  const openNow = () => {
    const field = $("[data-focus-now]");
    field?.removeAttribute("data-focus-now");
    field?.focus();
    const link = $("a[data-open-now]");
    if (!link) return;
    delete link.dataset.openNow;
    fetchDialog(link);
  };
  on("close", (event) => {
    if (!(event.target instanceof HTMLDialogElement)) return;
    if (event.target.id === "dialog") event.target.replaceChildren();
    const opener = openers.get(event.target);
    openers.delete(event.target);
    // of a link in a menu that closed, the menu's button
    const back = opener?.closest?.("details.menu:not([open])")?.querySelector("summary") || opener;
    if (back?.isConnected && !$("dialog[open]")) back.focus();
  }, true);
  // for other scripts: how a dialog opens, what keys do, by name, and events.js adds how a stream is opened
  window.portal = { show, fetchDialog, acts: {} };

  // ---- clicks ----------------------------------------------------------------------------------------------------
  on("click", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
    const link = up(event, "a[data-dialog], [data-open]");
    if (link && plain) {
      const target = link.dataset.open && document.getElementById(link.dataset.open);
      if (target || (link.matches("[data-dialog]") && window.htmx)) {
        event.preventDefault();
        $$("details.menu[open]").forEach((menu) => { menu.open = false; });
        return target ? show(target, link) : fetchDialog(link);
      }
    }
    // the limit in a list of accounts: its editor takes the row's place
    const limit = up(event, "tr[data-menu] a[href*='/channel-limit?']");
    if (limit && plain && window.htmx) {
      event.preventDefault();
      const { id } = limit.closest("tr");
      return window.htmx.ajax("GET", `/accounts/${id.slice(8)}/row?edit=yes`, { source: `#${id}`, target: `#${id}`, swap: "outerHTML" });
    }
    const closer = up(event, "[data-close]");
    const dialog = up(event, "dialog");
    if (dialog && (closer || (event.target === dialog && outside(dialog, event)))) {
      event.preventDefault();
      return dialog.close();
    }
    const dismiss = up(event, "[data-dismiss]");
    if (dismiss) return dismiss.closest(".toast, .notice")?.remove();
    const copier = up(event, "[data-copy], [data-copy-from]");
    if (copier) return copy(copier);
    const saver = up(event, "[data-save-from]");
    if (saver) return save(saver);
    if (up(event, "[data-print]")) return print();
    const stop = up(event, "[aria-disabled='true'], button[aria-busy='true']");
    if (stop) return event.preventDefault();
    $$("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });

    // a row leads where its first link leads, unless something in it was meant or text is being selected
    const row = up(event, "tr:is([data-href], [data-menu])");
    if (row && !up(event, "a, button, input, select, label, summary, details, td form") && !String(getSelection())) {
      const href = row.dataset.href || $("a[href]", row).href;
      if (plain) location.assign(href);
      else if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener");
    }
  });
  function outside(dialog, { clientX: x, clientY: y }) {
    const box = dialog.getBoundingClientRect();
    return x < box.left || x > box.right || y < box.top || y > box.bottom;
  }

  // ---- what a cell cuts off is told on hover ----------------------------------------------------------------------
  on("mouseover", (event) => {
    const cut = up(event, "td.col-email, .col-name > a");
    if (cut && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent.trim();
  });

  // ---- the menu of a row: written once in the page, made for each row here -----------------------------------------
  function menus() {
    const model = $("#row-menu")?.content.firstElementChild;
    for (const row of model ? $$("tr[data-menu]:not(:has(.menu))") : []) {
      const menu = model.cloneNode(true);
      const states = (row.dataset.menu || "enabled").split(" ");
      const holds = (words) => words.split(" ").some((word) => states.includes(word));
      $$("[data-if]", menu).forEach((item) => { if (!holds(item.dataset.if)) item.remove(); });
      $$("[data-unless]", menu).forEach((item) => { if (holds(item.dataset.unless)) item.remove(); });
      $$("a", menu).forEach((link) => { link.setAttribute("href", link.getAttribute("href").replace("ID", row.id.slice(8))); });
      $("summary", menu).setAttribute("aria-label", `More for ${$("a", row).textContent}`);
      $(".actions > div", row).append(menu);
    }
  }
  // In the top layer, so that no card, bar or edge of the window cuts it off: below its button, else above it.
  function place(menu) {
    const list = $("[popover]", menu);
    const button = $("summary", menu).getBoundingClientRect();
    const gap = 4;
    const [width, height] = [list.offsetWidth, list.offsetHeight];
    const below = button.bottom + gap;
    const fits = below + height + gap <= innerHeight;
    const top = fits ? below : Math.max(gap, Math.min(button.top - gap - height, innerHeight - gap - height));
    list.style.insetBlockStart = `${top}px`;
    list.style.insetInlineStart = `${Math.max(gap, Math.min(button.right, innerWidth - gap) - width)}px`;
  }
  on("toggle", (event) => {
    const menu = event.target;
    const list = menu instanceof HTMLDetailsElement && $(".menu-list[popover]", menu);
    if (!list) return;
    if (menu.open) {
      list.showPopover();
      place(menu);
    } else if (list.matches(":popover-open")) list.hidePopover();
  }, true);
  const follow = () => $$("details.menu[open]:has([popover])").forEach(place);
  on("scroll", follow, { capture: true, passive: true });
  addEventListener("resize", follow);

  // ---- copying ---------------------------------------------------------------------------------------------------
  async function copy(button) {
    const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const text = from ? from.value ?? from.textContent.trim() : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      button.dataset.copied = "";
      toast("Copied.", "success", 2500);
    } catch {
      toast("The browser did not allow copying: select the text and copy it.", "warning");
    }
    setTimeout(() => delete button.dataset.copied, 2000);
  }

  // ---- saving a text of the page as a file -----------------------------------------------------------------------
  function save(button) {
    const source = document.getElementById(button.dataset.saveFrom).textContent.trim();
    const text = `${button.dataset.saveHead}\n\n${source}`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    link.download = button.dataset.saveAs;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // ---- secrets leave the screen by themselves: by the clock, since a sleeping machine's timers stand still --------
  const due = new WeakMap();
  const takeAway = () => $$("[data-hide-after]").forEach((secret) => {
    if (!due.has(secret)) due.set(secret, Date.now() + 1000 * secret.dataset.hideAfter);
    const left = Math.ceil((due.get(secret) - Date.now()) / 1000);
    const counter = $("[data-seconds-left]", secret);
    if (counter && left > 0) counter.textContent = `Hidden in ${left} s.`;
    if (left > 0) return;
    const focused = secret.contains(document.activeElement);
    const words = $("[data-hidden]", secret);
    secret.removeAttribute("data-hide-after");
    $$("[data-hides]", secret).forEach((part) => part.remove());
    words.hidden = false;
    words.tabIndex = -1;
    if (focused) words.focus();
  });
  setInterval(takeAway, 1000);

  // ---- toasts: those without an Undo or a link leave by themselves, but never while pointed at or focused -------------------
  function toast(text, kind = "success", duration = 8000) {
    const home = $("#toasts");
    const model = $("#toast-template")?.content.firstElementChild;
    if (!home || !model) return;
    const made = model.cloneNode(true);
    made.dataset.kind = kind;
    made.dataset.duration = duration;
    $("p", made).textContent = text;
    home.append(made);
    age(made);
  }
  function age(item) {
    if (item.dataset.aging !== undefined || $("form, a", item) || item.dataset.kind === "danger") return;
    item.dataset.aging = "";
    const leave = () => {
      if (item.matches(":hover, :focus-within")) return setTimeout(leave, 2000);
      item.remove();
      // what a save led to has the focus, and takes it along
      const home = $("#toasts");
      if (home === document.activeElement && !home.childElementCount) focusOn($("h1"));
    };
    setTimeout(leave, Number(item.dataset.duration) || 8000);
  }

  // ---- forms -----------------------------------------------------------------------------------------------------
  on("input", (event) => {
    const editor = up(event, "form[data-limit-editor]");
    if (editor) preview(editor);
    const typed = up(event, "[data-confirm-text]");
    if (typed) match(typed);
  });
  on("change", (event) => {
    up(event, "form[data-auto-submit]")?.requestSubmit();
  });

  on("keydown", (event) => {
    const editor = event.key === "Escape" && up(event, "form[data-limit-editor]");
    const cancel = editor && $("a[hx-get]", editor);
    if (!cancel) return;
    event.preventDefault();
    after = { row: editor.closest("tr").id, cancelled: true };
    cancel.click();
  });

  // "limit 30 → 45, pool free 20 → 5": from data-current and data-free (empty where not known)
  function preview(form) {
    const out = $("[data-preview]", form);
    const field = $("[name=channel_limit]", form);
    if (!out || !field) return;
    const said = (text, kind = "") => { out.textContent = text; out.dataset.kind = kind; };
    const raw = field.value.trim();
    const current = form.dataset.current ?? "";
    // one account's page has it at the form; a list has it once, where it is renewed with every change
    const free = form.dataset.free ?? $("[data-pool-free]")?.dataset.poolFree ?? "";
    if (raw === "" || raw === current) return said("");
    // as the server reads it: commas only between full groups of three
    const digits = /^(\d+|[1-9]\d{0,2}(,\d{3})+)$/.test(raw) ? raw.replaceAll(",", "") : "";
    if (!/^\d{1,9}$/.test(digits)) return said("A whole number, 0 or more.", "bad");
    const next = Number(digits);
    const head = current === "" ? `Limit → ${number(next)}` : `Limit ${number(current)} → ${number(next)}`;
    if (next === 0) return said(`${head}: 0 blocks all outbound calls.`, "warn");
    if (current === "") return said(`${head}. The present limit is not known: Telnyx will decide.`, "warn");
    if (free === "") return said(head);
    const left = Number(free) - (next - Number(current));
    if (left < 0 && next > Number(current)) return said(`${head}: ${number(-left)} more than the pool has free (${number(free)}).`, "bad");
    said(`${head}, pool free ${number(free)} → ${number(left)}`);
  }

  // type-to-confirm: the button waits for the exact text; the server checks it again
  function match(field) {
    const plain = (text) => text.trim().toLowerCase().replaceAll(",", "");
    const matches = plain(field.value) === plain(field.dataset.confirmText);
    $$("[data-needs-match]", field.form ?? field).forEach((button) => { button.disabled = !matches; });
  }

  // one submit at a time: a second one is swallowed until an answer came or the page is shown again
  on("submit", (event) => {
    const form = event.target;
    if (form.dataset.omitEmpty !== undefined) omitEmpty(form);
    // a file comes, and the page stays
    if (form.method !== "post" || form.dataset.selection !== undefined) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return event.stopImmediatePropagation();
    }
    form.dataset.sent = "";
    sessionStorage.setItem(SENT, Date.now());
    if (form.closest("dialog")) sessionStorage.setItem(PLACE, JSON.stringify({ at: here(), y: scrollY }));
    (event.submitter || $("[type=submit]", form))?.setAttribute("aria-busy", "true");
    const row = form.dataset.nextFocus !== undefined && form.closest("[data-row]");
    after = row ? { row: row.id, next: row.nextElementSibling?.id } : null;
  }, true);
  // an address says only what was chosen
  function omitEmpty(form) {
    const empty = [...form.elements].filter((field) => field.name && !field.value);
    empty.forEach((field) => { field.disabled = true; });
    setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
  }
  function free(form) {
    delete form.dataset.sent;
    $$("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
  }
  addEventListener("pageshow", () => $$("form[data-sent]").forEach(free));

  // ---- focus: the page that a form leads to begins at what came of it ---------------------------------------------
  const SENT = "a form was sent at";
  const LONGEST_ANSWER = 60_000;
  // a dialog that leads back to the page below it leaves the page where it was
  const PLACE = "a dialog was sent over";
  const here = () => location.pathname + location.search;
  function keepPlace() {
    const place = JSON.parse(sessionStorage.getItem(PLACE));
    sessionStorage.removeItem(PLACE);
    // the row may have left the list
    const row = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (place?.at === here() && !row) scrollTo(0, place.y);
  }
  const wrong = (root) => root && $("[aria-invalid=true]", root);
  function focusOn(node) {
    if (!node) return;
    if (!node.matches("a[href], button, input, select, textarea, [tabindex]")) node.tabIndex = -1;
    node.focus({ preventScroll: node.matches("h1, #toasts") });
  }
  function arrive() {
    const sent = Number(sessionStorage.getItem(SENT));
    sessionStorage.removeItem(SENT);
    keepPlace();
    if (Date.now() - sent > LONGEST_ANSWER || document.activeElement !== document.body) return;
    if (location.hash.length > 1 && document.getElementById(location.hash.slice(1))) return;
    const main = $("main");
    focusOn(wrong(main) || $("[role=alert]", main) || $("#toasts:has(.toast)") || $("[autofocus]", main) || $("h1"));
  }

  // ---- htmx ------------------------------------------------------------------------------------------------------
  let after = null;
  on("htmx:finally:request", (event) => {
    const form = event.target instanceof Element && event.target.closest("form");
    if (form) free(form); else $$("form[data-sent]").forEach(free);
  });
  on("htmx:after:swap", (event) => {
    ready();
    sessionStorage.removeItem(SENT);
    if (after) {
      const invalid = wrong(document.getElementById(after.row));
      const next = after.next && $("[data-row-focus]", document.getElementById(after.next) || document.createElement("p"));
      const limit = after.cancelled && $("td.col-limit a", document.getElementById(after.row));
      (invalid || next || limit)?.focus();
      after = null;
    } else if (event.target instanceof Element && event.target.matches("[data-confirm]")) {
      focusOn(wrong(event.target) || $("[role=alert]", event.target));
    } else wrong($("dialog[open]"))?.focus();
    openNow();
    sizes.forEach((size, id) => {
      const field = document.getElementById(id);
      if (field && !field.hasAttribute("style")) field.style.cssText = size;
    });
    sizes.clear();
  });
  // a text field that was dragged larger stays so when its form comes back
  const sizes = new Map();
  on("htmx:before:swap", () => $$("textarea[id][style]").forEach((field) => sizes.set(field.id, field.style.cssText)));
  // rows that live.js replaced
  on("portal:rows", ready);
  on("htmx:error", () => toast("The portal did not answer. Nothing more is known: reload the page to see what holds.", "danger"));

  // ---- times: "3 min ago" goes on while the page stands; the absolute time is in the title ------------------------
  function relative(then) {
    const seconds = Math.round((Date.now() - then) / 1000);
    const steps = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [2592000, 86400, "d"]];
    if (Math.abs(seconds) < 10) return "just now";
    for (const [below, unit, name] of steps) {
      if (Math.abs(seconds) < below) {
        const text = `${Math.floor(Math.abs(seconds) / unit)} ${name}`;
        return seconds < 0 ? `in ${text}` : `${text} ago`;
      }
    }
    return null;
  }
  function tick() {
    for (const time of $$("time[data-relative]")) {
      const text = relative(Date.parse(time.dateTime));
      if (text && time.textContent !== text) time.textContent = text;
    }
  }

  function ready() {
    takeAway();
    menus();
    $$("[data-confirm-text]").forEach(match);
    $$("form[data-limit-editor]:not(:has([aria-invalid=true]))").forEach(preview);
    $$("#toasts .toast").forEach(age);
    tick();
  }
  if (/Mac|iP/.test(navigator.platform)) $$("[data-mod]").forEach((key) => { key.textContent = "⌘"; });
  ready();
  arrive();
  setInterval(tick, 15000);
})();
