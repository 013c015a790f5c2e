// Focus is never hidden: every page is walked forwards and backwards by Tab, on a phone and on a desk.
import assert from 'node:assert/strict';
import { inBrowser } from '../browser.js';
import { everyPage } from '../every-page.js';
import { hiding, walk } from '../focus.js';
import { demo } from '../portal.js';

// Long walks on one demo: a page may be waited for longer than elsewhere.
const portal = demo({ timeout: 60_000 });
const { pages, signedOut, open } = everyPage(portal);

const sizes = [{ width: 390, height: 844 }, { width: 1440, height: 900 }];

async function walked(page, script) {
  const wrong = [];
  const where = await hiding(page);
  if (where) wrong.push(`at first: ${where}`);
  // From the first stop, except in a dialog, which keeps the focus to itself.
  if (!(await page.locator('dialog[open]').count())) await page.locator('.skip-link').focus();
  for (const backwards of [false, true]) {
    wrong.push(...(await walk(page, backwards, script)).map((what) => `${backwards ? 'backwards' : 'forwards'}: ${what}`));
  }
  return wrong;
}

for (const viewport of sizes) {
  for (const [list, as] of [[pages, 'owner'], [signedOut]]) {
    inBrowser(`at ${viewport.width} pixels whatever has the focus can be seen, ${as ?? 'signed out'}`, portal, async (page) => {
      const wrong = [];
      for (const [name, go] of Object.entries(list)) {
        await open(page, go, as);
        wrong.push(...(await walked(page, true)).map((what) => `${name}, ${what}`));
      }
      assert.deepEqual(wrong, []);
    }, { as, viewport });
  }
}

for (const viewport of sizes) {
  for (const address of ['/accounts', '/channels']) {
    inBrowser(`without JavaScript, at ${viewport.width} pixels, whatever has the focus on ${address} can be seen`, portal, async (page) => {
      await page.goto(address);
      assert.deepEqual(await walked(page, false), []);
    }, { as: 'manager', viewport, javaScriptEnabled: false });
  }
}
