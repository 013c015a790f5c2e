// What holds on every page: nothing sticks out of a narrow window, and axe finds nothing, light or dark.
import assert from 'node:assert/strict';
import { accessibility, inBrowser, overflow, unnamed } from '../browser.js';
import { everyPage } from '../every-page.js';
import { demo } from '../portal.js';

const portal = demo();
const { pages, signedOut, open } = everyPage(portal);

function walk(pages, as) {
  for (const [name, go] of Object.entries(pages)) {
    inBrowser(`${name}: no overflow at 390 and 360 pixels, no finding of axe, light or dark`, portal, async (page) => {
      await open(page, go, as);
      assert.equal(await page.locator('h1').count(), 1, 'one h1');
      const wrong = (await unnamed(page)).map((what) => `no name: ${what}`);
      assert.ok(await page.locator('meta[name=description]').getAttribute('content'));
      for (const [width, height] of [[1440, 900], [1280, 800], [1024, 768], [800, 600], [390, 844], [360, 640]]) {
        await page.setViewportSize({ width, height });
        wrong.push(...(await overflow(page)).map((what) => `${width}: ${what}`));
        if (![1440, 390].includes(width)) continue;
        await page.emulateMedia({ colorScheme: width === 390 ? 'dark' : 'light' });
        wrong.push(...(await accessibility(page)).map((what) => `${width}: ${what}`));
      }
      assert.deepEqual(wrong, []);
    }, { as });
  }
}
walk(pages, 'owner');
walk(signedOut);
