// Keys. Those that the page names are bound, and no others: they come from the one table of shortcuts, with where each
// works and what it does, as "scope:keys:act:address". The script has a function for each act.
(() => {
  "use strict";
  const portal = window.portal;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const table = document.body.dataset.shortcuts.split(";").map((line) => line.split(":"));
  const bound = new Map(table.map(([scope, keys, act, to]) => [`${scope} ${keys}`, { act, to }]));
  // the first keys of two in a row, and how long the second may take
  const starts = new Set([...bound.keys()].map((name) => name.split(" ")).filter((parts) => parts.length > 2).map((parts) => parts[1]));
  const SEQUENCE = 1_500;

  // ---- rows of a list --------------------------------------------------------------------------------------------
  const rows = () => $$("tr:is([data-href], [data-menu], [data-row])").filter((row) => row.checkVisibility());
  const focusedRow = () => rows().find((row) => row.contains(document.activeElement));
  function focusRow(step) {
    const all = rows();
    const at = all.indexOf(focusedRow());
    const next = all[step > 0 ? at + 1 : Math.max(at - 1, 0)];
    if (next) $("a", next)?.focus();
    return all.length > 0;
  }
  const inRow = (selector) => {
    const row = focusedRow();
    return row ? $(selector, row) : null;
  };

  // ---- items of a menu -------------------------------------------------------------------------------------------
  const menuOf = (node) => node instanceof Element && node.closest("details.menu");
  const items = (menu) => $$(".menu-list :is(a[href], button:not(:disabled))", menu).filter((item) => item.checkVisibility());
  function focusItem(event, choose) {
    const menu = menuOf(event.target);
    const focus = () => {
      const all = items(menu);
      if (all.length) choose(all, all.indexOf(document.activeElement))?.focus();
    };
    if (menu.open) focus();
    else {
      menu.addEventListener("toggle", focus, { once: true });
      menu.open = true;
    }
    return true;
  }
  function itemByLetter(all, at, letter) {
    const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
    return after.find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
  }

  Object.assign(portal.acts, {
    go: (_, { to }) => { location.assign(to); return true; },
    "open-palette": () => { portal.show($("#palette")); return true; },
    "show-shortcuts": () => { portal.fetchDialog($("a[href='/shortcuts']"), document.activeElement); return true; },
    search: () => {
      const field = $("[data-search]");
      if (!field?.checkVisibility()) return portal.acts["open-palette"]();
      field.select();
      field.focus();
      return true;
    },
    "next-row": () => focusRow(1),
    "previous-row": () => focusRow(-1),
    "select-row": () => {
      const box = inRow("input[type=checkbox][name=id]");
      box?.click();
      return box;
    },
    "edit-limit": () => {
      const field = inRow("[data-row-focus]");
      if (field) {
        field.select();
        field.focus();
        return true;
      }
      const link = inRow("a[href*='/channel-limit?']");
      link?.click();
      return link;
    },
    "next-item": (event) => focusItem(event, (all, at) => all[(at + 1) % all.length]),
    "previous-item": (event) => focusItem(event, (all, at) => all.at(at < 0 ? -1 : at - 1)),
    "first-item": (event) => focusItem(event, (all) => all[0]),
    "last-item": (event) => focusItem(event, (all) => all.at(-1)),
    "item-by-letter": (event) => focusItem(event, (all, at) => itemByLetter(all, at, event.key.toLowerCase())),
    "close-menu": (event) => {
      const menu = menuOf(event.target);
      menu.open = false;
      $("summary", menu).focus();
      return true;
    },
  });

  // ---- which key, and where --------------------------------------------------------------------------------------
  const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"];
  // as the table names it; none with a modifier that no key of the table has
  function keyOf(event) {
    const mod = event.ctrlKey || event.metaKey;
    const isSign = event.key.length === 1;
    if (event.altKey || (event.shiftKey && (mod || !isSign))) return null;
    const key = isSign && !event.shiftKey ? event.key.toLowerCase() : event.key;
    return mod ? `Mod+${key}` : key;
  }
  // only where letters are typed: a tick or a button takes none
  const presses = ["checkbox", "radio", "button", "submit", "reset", "image", "file", "range", "color"].map((type) => `[type=${type}]`);
  const texts = `input:not(${presses}), textarea, [contenteditable]:not([contenteditable=false])`;
  function isTyping(event) {
    if (!(event.target instanceof Element)) return false;
    // a letter chooses in a list of choices
    return event.target.closest(texts) || (event.target.closest("select") && /^[\p{L}\p{N} ]$/u.test(event.key));
  }
  function scopeOf(event, key) {
    const dialogs = $$("dialog[open]");
    if (dialogs.length) return dialogs.at(-1).id === "palette" && event.target.matches("input, #palette") ? "palette" : null;
    const menu = menuOf(event.target);
    if (menu && (menu.open || (event.target.matches("summary") && /^Arrow(Up|Down)$/.test(key)))) return "menu";
    return "page";
  }

  let first = null;
  function find(event, scope, key) {
    if (scope !== "page") {
      const letter = scope === "menu" && /^[\p{L}\p{N}]$/u.test(key) ? bound.get(`${scope} Letter`) : null;
      return bound.get(`${scope} ${key}`) || letter;
    }
    if (isTyping(event) && !key.startsWith("Mod+")) return null;
    const before = first && event.timeStamp - first.at < SEQUENCE ? first.key : null;
    first = null;
    if (before) return bound.get(`page ${before} ${key}`);
    if (!starts.has(key)) return bound.get(`page ${key}`);
    if (!event.repeat) first = { key, at: event.timeStamp };
    return null;
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || MODIFIERS.includes(event.key)) return;
    const key = keyOf(event);
    const scope = key && scopeOf(event, key);
    const found = scope && find(event, scope, key);
    if (scope !== "page") first = null;
    if (found && portal.acts[found.act](event, found)) event.preventDefault();
  });
})();
