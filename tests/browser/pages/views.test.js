// Saved views as tabs: opening, updating, sharing and ordering them, by keyboard and without JavaScript.
import assert from 'node:assert/strict';
import { bothWays, inBrowser, shows, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });

const SHARED = 'Disabled, newest first';
const open = (page) => page.locator('#views a[aria-current]');

bothWays('the changed list is stored under its view, and a shared view is a tab for everyone', portal, async (page, { script }) => {
  const view = `Enabled ${script ? 'one' : 'two'}`;
  await page.goto('/accounts/views?status=enabled');
  await page.getByLabel('Save this list as').fill(view);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await open(page).filter({ hasText: view }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Update view' }).count(), 0);
  await page.locator('#rows thead').getByRole('link', { name: 'Email' }).click();
  await page.getByRole('button', { name: 'Update view' }).click();
  await shows(page, 'updated.');
  assert.match(page.url(), /sort=email/);
  await page.getByRole('searchbox', { name: 'Search accounts' }).fill('a');
  if (!script) await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('button', { name: 'Update view' }).waitFor();
  await open(page).filter({ hasText: view }).waitFor();

  await page.goto('/accounts/views');
  await page.getByRole('button', { name: `Share ${view}` }).click();
  await shows(page, 'The view is shared with the team now.');
  await page.getByRole('button', { name: `Move ${view} up` }).click();
  await page.waitForURL(/#view-/);
  const shared = await page.locator('.views').last().locator('li > div > a').allInnerTexts();
  assert.ok(shared.indexOf(view) < shared.indexOf(SHARED));
  const context = await page.context().browser().newContext({ baseURL: portal.url });
  const other = await context.newPage();
  await signIn(other, 'viewer');
  await other.goto('/accounts');
  await other.locator('#views').getByRole('link', { name: view }).click();
  await open(other).filter({ hasText: view }).waitFor();
  await other.goto('/accounts/views');
  assert.equal(await other.getByRole('button', { name: 'Stop sharing' }).count(), 0);
  await context.close();
  await page.getByRole('link', { name: `Delete ${view}` }).click();
  await shows(page, 'Everyone loses this view.');
  await page.getByRole('button', { name: 'Delete for everyone' }).click();
  await shows(page, 'View deleted.');
}, { as: 'admin' });

inBrowser('tabs are opened by keyboard, and a long row of them scrolls on a phone', portal, async (page) => {
  await page.goto('/accounts');
  await page.locator('#views').getByRole('link', { name: 'All accounts' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await open(page).filter({ hasText: SHARED }).waitFor();
  await page.locator('#rows').getByRole('link', { name: 'Views', exact: true }).press('Enter');
  await page.locator('#dialog[open]').getByText('Shared with the team').waitFor();
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 320, height: 700 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
}, { as: 'viewer' });
