// Whether the focused element can be seen (WCAG 2.4.11): in the window, and with nothing of another kind on top of it.

// Presses Tab, or Shift+Tab from the stop at which Tab ended, until the focus comes round, and returns what was hidden
// when it had the focus.
export async function walk(page, backwards, script = true) {
  if (backwards) await page.evaluate(() => window.walked.end().focus());
  await page.evaluate(watch);
  const keyboard = await page.context().newCDPSession(page);
  const modifiers = backwards ? 8 : 0;
  const tab = (type) => keyboard.send('Input.dispatchKeyEvent', { type, modifiers, key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 });
  // Many keys at a time, in order: with scripts the page itself looks after each of them.
  const press = () => Promise.all(Array.from({ length: script ? 15 : 1 }, () => [tab('rawKeyDown'), tab('keyUp')]).flat());
  for (let round = 0; round < 1_000; round += 1) {
    const { again, hidden } = await page.evaluate(() => { window.walked.look(); return window.walked.told(); });
    if (again) return hidden;
    await press();
  }
  const stuck = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  throw new Error(`the focus never comes round; it is on ${stuck}`);
}

// What hides the focused element, in words; empty where it can be seen.
export async function hiding(page) {
  await page.evaluate(watch);
  return page.evaluate(() => window.walked.told().hidden.join());
}

// Looks at what has the focus, now and after each key that is let go.
function watch() {
  const seen = new WeakSet();
  const hidden = [];
  let again = false;
  // The last stop: behind it the browser itself has the focus, which comes back to the page a moment later.
  let end = null;
  const name = (node) => node && `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ''}.${[...node.classList].join('.')}`;
  function covered(focused) {
    const boxes = [...focused.getClientRects()].filter((box) => box.width > 2 && box.height > 2);
    if (!boxes.length) return 'has no size';
    const covers = new Set();
    const free = boxes.some((box) => [0.25, 0.5, 0.75].every((part) => {
      const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
      const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      // Of something that is taller than the window a part is enough.
      const hit = document.elementFromPoint(left + part * (right - left), Math.min((top + bottom) / 2, top + 40));
      if (top >= bottom || left >= right || !hit) covers.add('the edge of the window');
      else if (focused.contains(hit) || hit.closest('label')?.control === focused) return true;
      else covers.add(name(hit));
      return false;
    }));
    return free ? '' : `is under ${[...covers].join(', ')}`;
  }
  let last = null;
  function look() {
    const focused = document.activeElement ?? document.body;
    if (again || focused === last) return;
    if (seen.has(focused) || (last && focused === document.body)) { again = true; end = last; return; }
    last = focused;
    seen.add(focused);
    const why = focused === document.body ? '' : covered(focused);
    if (why) hidden.push(`${name(focused)} "${(focused.getAttribute('aria-label') || focused.textContent).trim().slice(0, 40)}" ${why}`);
  }
  if (window.walked) removeEventListener('keyup', window.walked.look, true);
  window.walked = { look, told: () => ({ again, hidden }), end: () => end };
  addEventListener('keyup', look, true);
  look();
}
