// Theme and accent color as a browser computes them, and that both themes can be read.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

const colors = (page) => page.evaluate(() => ({
  scheme: getComputedStyle(document.documentElement).colorScheme,
  body: getComputedStyle(document.body).backgroundColor,
  button: getComputedStyle(document.querySelector('.main form footer button[type=submit]')).backgroundColor,
}));
const LIGHT = 'rgb(246, 247, 249)';
const DARK = 'rgb(13, 15, 19)';

async function choose(page, theme) {
  await page.goto('/profile');
  await page.locator(`input[name=theme][value=${theme}]`).check();
  await page.locator('#profile-form button[type=submit]').click();
  await shows(page, 'Profile saved.');
}

for (const colorScheme of ['light', 'dark']) {
  inBrowser(`the theme is the one chosen, in a system that is ${colorScheme}`, portal, async (page) => {
    for (const [theme, canvas] of [['dark', DARK], ['light', LIGHT], ['system', colorScheme === 'dark' ? DARK : LIGHT]]) {
      await choose(page, theme);
      assert.equal((await colors(page)).body, canvas, theme);
      await page.emulateMedia({ media: 'print' });
      await page.waitForFunction(() => matchMedia('print').matches);
      const printed = await colors(page);
      assert.deepEqual([printed.scheme, printed.body], ['light', 'rgb(255, 255, 255)'], `${theme} on paper`);
      await page.emulateMedia({ media: 'screen' });
      await page.waitForFunction(() => matchMedia('screen').matches);
    }
  }, { as: 'viewer', colorScheme });
}

for (const theme of ['light', 'dark']) {
  for (const width of [390, 1440]) {
    inBrowser(`pages of the ${theme} theme with an accent color are accessible, at ${width} px`, portal, async (page) => {
      await page.goto('/settings/appearance');
      await page.locator('#name').fill('Acme Voice');
      await page.locator('#accent').fill('#ffd400');
      await page.getByRole('button', { name: 'Save' }).click();
      const refused = await page.locator('#accent-help .field-error').textContent();
      const [, nearest] = refused.match(/passes is (#[0-9a-f]{6})/);
      assert.deepEqual(await accessibility(page), [], 'refused');
      await page.locator('#accent').fill(nearest);
      await page.getByRole('button', { name: 'Save' }).click();
      await shows(page, 'Name and color saved.');
      const rgb = nearest.match(/[0-9a-f]{2}/g).map((part) => parseInt(part, 16)).join(', ');
      assert.equal((await colors(page)).button, `rgb(${rgb})`);
      await choose(page, theme);
      for (const address of ['/', '/accounts', '/channels', '/profile', '/settings', '/settings/appearance']) {
        await page.goto(address);
        assert.deepEqual(await overflow(page), [], address);
        assert.deepEqual(await accessibility(page), [], address);
      }
    }, { as: 'owner', viewport: { width, height: 900 } });
  }
}

// 60 by 20 pixels of blue
const LOGO = 'iVBORw0KGgoAAAANSUhEUgAAADwAAAAUCAIAAABeYcl+AAAALUlEQVR42u3OQQkAAAgEsGtkPSMayxQ+hMECLNXzTqSlpaWlpaWlpaWlpaUvLC9BuKuREmWNAAAAAElFTkSuQmCC';

const shown = (page) => page.locator('.brand img').evaluateAll((logos) => logos.map((logo) => logo.complete && logo.naturalWidth));

bothWays('a logo is shown in the menu, in both previews and on the sign-in page', portal, async (page, { script }) => {
  await page.goto('/settings/appearance');
  await page.locator('#file').setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
  await page.getByRole('button', { name: 'Upload logo' }).click();
  await shows(page, 'SVG files are not accepted');
  await page.locator('#file').setInputFiles({ name: 'logo', mimeType: 'image/png', buffer: Buffer.from(LOGO, 'base64') });
  await page.getByRole('button', { name: 'Upload logo' }).click();
  await shows(page, 'Logo saved.');
  assert.deepEqual(await shown(page), [60, 60, 60]);
  for (const width of [320, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await overflow(page), []);
    if (script) assert.deepEqual(await accessibility(page), []);
  }
  await page.context().clearCookies();
  await page.goto('/login');
  assert.deepEqual(await shown(page), [60]);
}, { as: 'owner' });

inBrowser('a logo is removed', portal, async (page) => {
  await page.goto('/settings/appearance');
  await page.getByRole('button', { name: 'Remove logo' }).click();
  await shows(page, 'Logo removed.');
  assert.deepEqual(await shown(page), []);
}, { as: 'owner' });
