// What holds on every page: nothing overlaps and nothing scrolls sideways from 320 to 1920 pixels, and axe finds nothing,
// light or dark.
import assert from 'node:assert/strict';
import { accessibility, inBrowser, overflow, unnamed } from '../browser.js';
import { everyPage } from '../every-page.js';
import { overlaps } from '../overlap.js';
import { demo } from '../portal.js';

const portal = demo({ timeout: 60_000 });
const { pages, signedOut, open } = everyPage(portal);

// Those of devices, both sides of each width at which the pages change, and some between.
const widths = [
  320, 344, 360, 390, 430, 479, 480, 481, 540, 576, 577, 640, 700, 767, 768, 769, 800, 860, 920, 958, 959, 960, 963, 966, 990,
  1024, 1056, 1087, 1088, 1089, 1160, 1280, 1366, 1440, 1600, 1920,
];

for (const [list, as] of [[pages, 'owner'], [signedOut]]) {
  for (const [name, go] of Object.entries(list)) {
    inBrowser(`${name}: no overlap, no sideways scroll from 320 to 1920 pixels, no finding of axe, light or dark`, portal, async (page) => {
      await open(page, go, as);
      assert.equal(await page.locator('h1').count(), 1, 'one h1');
      assert.ok(await page.locator('meta[name=description]').getAttribute('content'));
      const wrong = (await unnamed(page)).map((what) => `no name: ${what}`);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        wrong.push(...(await overflow(page)).map((what) => `${width}: ${what}`), ...(await overlaps(page)).map((what) => `${width}: ${what}`));
        if (![1440, 390].includes(width)) continue;
        await page.emulateMedia({ colorScheme: width === 390 ? 'dark' : 'light' });
        wrong.push(...(await accessibility(page)).map((what) => `${width}: ${what}`));
      }
      assert.deepEqual(wrong, []);
    }, { as });
  }
}
