// What lies over something else on a page: a text over another text or over a control, as "this over that".
export async function overlaps(page) {
  return page.evaluate(() => {
    // Scrolled, the top bar lies over the page on purpose.
    window.scrollTo(0, 0);
    const shown = { contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true };
    // What is laid over the page on purpose: a bar that sticks, a toast, a dialog's page beneath it.
    const dialog = document.querySelector('dialog[open]');
    const lifted = (node) => node && node !== document.body
      && (['fixed', 'sticky'].includes(getComputedStyle(node).position) && node !== dialog && !node.matches('.topbar, .sidebar') || lifted(node.parentElement));
    const skipped = (node) => !node.checkVisibility(shown) || node.closest('.visually-hidden, .skip-link, template, noscript')
      || getComputedStyle(node).pointerEvents === 'none' || lifted(node) || (dialog && !dialog.contains(node));
    // As much of a box as its scrolling ancestors show.
    const clipped = (node, box) => {
      let { left, top, right, bottom } = box;
      for (let up = node; up && up !== document.documentElement; up = up.parentElement) {
        const style = getComputedStyle(up);
        if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
        const edge = up.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, edge.left), Math.max(top, edge.top), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
      }
      return { left, top, right, bottom };
    };
    const boxes = [];
    const add = (node, box, what) => {
      const seen = clipped(node, box);
      if (seen.right - seen.left > 5 && seen.bottom - seen.top > 5) boxes.push({ ...seen, node, what });
    };
    const controls = 'button, a.button, input:not([type=hidden]), select, textarea, summary';
    for (const control of document.querySelectorAll(controls)) {
      if (!skipped(control)) add(control, control.getBoundingClientRect(), `<${control.tagName.toLowerCase()} ${(control.getAttribute('aria-label') || control.name || control.textContent).trim().slice(0, 24)}>`);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const parent = text.parentElement;
      if (!text.data.trim() || parent.closest('script, style, option, textarea') || skipped(parent)) continue;
      range.selectNodeContents(text);
      for (const box of range.getClientRects()) add(parent, box, `"${text.data.trim().slice(0, 24)}"`);
    }
    const slack = 3;
    boxes.sort((one, other) => one.top - other.top);
    const found = new Set();
    for (let i = 0; i < boxes.length; i += 1) {
      const one = boxes[i];
      for (let j = i + 1; j < boxes.length && boxes[j].top < one.bottom - slack; j += 1) {
        const other = boxes[j];
        if (Math.min(one.right, other.right) - Math.max(one.left, other.left) <= slack) continue;
        if (one.node.contains(other.node) || other.node.contains(one.node)) continue;
        found.add(`${one.what} over ${other.what}`);
      }
    }
    return [...found].slice(0, 5);
  });
}
