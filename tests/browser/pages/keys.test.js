// Keys: pages, rows and menus by keyboard alone; where keys must not act; the switch that turns single keys off.
import assert from 'node:assert/strict';
import { inBrowser, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });

const path = (page) => new URL(page.url()).pathname;
const focused = (page, selector) => page.evaluate((selector) => Boolean(document.activeElement?.matches(selector)), selector);
async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

inBrowser('two keys in a row lead to each page', portal, async (page) => {
  await page.goto('/profile');
  const keys = (await page.locator('body').getAttribute('data-shortcuts')).split(';').map((line) => line.split(':'))
    .filter(([, , act]) => act === 'go').map(([, pressed, , to]) => [pressed, to]);
  assert.ok(keys.length > 8);
  for (const [pressed, to] of keys) {
    await page.goto('/tags');
    await press(page, ...pressed.split(' '));
    await page.waitForURL(`**${to}`);
  }
  await page.goto('/tags');
  await press(page, 'g', 'x', 'a');
  await page.keyboard.press('g');
  await page.waitForTimeout(1700);
  await press(page, 'c');
  await page.waitForURL('**/accounts/new');
  await page.goto('/tags');
  await press(page, 'e', 'x', 'j', 'k', 'q');
  await page.waitForTimeout(200);
  assert.equal(path(page), '/tags', 'without rows these do nothing');
}, { as: 'manager' });

inBrowser('a row is reached, selected, and its limit changed without the mouse', portal, async (page) => {
  await page.goto('/accounts?status=enabled');
  await press(page, 'j', 'j', 'x');
  const row = page.locator('tbody tr').nth(1);
  assert.ok(await row.locator('input[name=id]').isChecked());
  assert.ok(await focused(page, 'tbody tr:nth-child(2) td:first-child a'));
  await shows(page, '1 selected', { exact: true });
  await press(page, 'k', 'x');
  await shows(page, '2 selected', { exact: true });
  await press(page, 'j', 'x');
  await shows(page, '1 selected', { exact: true });
  const id = (await row.getAttribute('id')).slice('account-'.length);
  await press(page, 'e');
  const field = page.locator(`#account-${id} input[name=channel_limit]`);
  await field.waitFor();
  await page.locator(`#account-${id} input[name=channel_limit]:focus`).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('7');
  await page.keyboard.press('Enter');
  await page.locator('.toast').waitFor();
  assert.equal((await portal.state()).accounts.find((account) => account.id === id).channel_limit ?? 7, 7);

  await page.goto('/channels');
  await press(page, 'j', 'e');
  assert.ok(await focused(page, 'tbody tr:first-child [data-row-focus]'));
  await page.keyboard.type('e');
  assert.equal(await page.locator('[data-row-focus]').first().inputValue(), 'e', 'a letter in a field is text');
}, { as: 'manager' });

inBrowser('a menu is used with arrows, Home, End, letters and Escape', portal, async (page) => {
  await page.goto('/accounts?status=enabled');
  const menu = page.locator('tr .menu').first();
  const item = (name) => page.waitForFunction((name) => document.activeElement?.textContent.trim() === name, name);
  await menu.locator('summary').focus();
  await page.keyboard.press('ArrowDown');
  await item('Open');
  for (const [key, name] of [
    ['ArrowDown', 'Change channel limit'], ['End', 'Disable'], ['ArrowDown', 'Open'], ['ArrowUp', 'Disable'],
    ['Home', 'Open'], ['a', 'Activity'], ['c', 'Change channel limit'], ['b', 'Block outbound calls'], ['o', 'Open'],
  ]) {
    await page.keyboard.press(key);
    await item(name);
  }
  assert.equal(path(page), '/accounts', 'a letter in a menu is no shortcut');
  await page.keyboard.press('Escape');
  assert.ok(await focused(page, 'tr:first-child .menu summary'));
  await menu.locator('.menu-list').waitFor({ state: 'hidden' });
  await press(page, 'j');
  assert.ok(await focused(page, 'tbody tr:nth-child(2) td:first-child a'), 'a closed menu takes no letters');

  await page.locator('.topbar .menu summary').focus();
  await page.keyboard.press('ArrowUp');
  await item('Sign out');
  await page.keyboard.press('p');
  await item('Profile');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/profile');
}, { as: 'manager' });

inBrowser('keys do not act in fields, choices and dialogs, or with a modifier', portal, async (page) => {
  await page.goto('/activity');
  await page.locator('#outcome').focus();
  await press(page, 'c', 'g', 'a');
  await page.locator('[data-search]').first().fill('');
  await page.locator('[data-search]').first().focus();
  await page.keyboard.type('gac?');
  assert.equal(await page.locator('[data-search]').first().inputValue(), 'gac?');
  await page.locator('h1').click();
  await press(page, 'Alt+c', 'Control+Shift+c');
  await press(page, '?');
  await page.locator('#dialog[open] .shortcuts').waitFor();
  await press(page, 'c', 'g', 'a', 'j', '/', 'Control+k');
  assert.ok(await page.locator('#dialog[open] .shortcuts').isVisible());
  assert.equal(await page.locator('#palette[open]').count(), 0);
  assert.equal(path(page), '/activity');
  await page.keyboard.press('Escape');
  await page.locator('#dialog').waitFor({ state: 'hidden' });
}, { as: 'manager' });

inBrowser('a viewer has no keys for changes', portal, async (page) => {
  await page.goto('/accounts');
  await press(page, 'c');
  await press(page, 'j', 'e');
  await page.waitForTimeout(200);
  assert.equal(path(page), '/accounts');
  assert.equal(await page.locator('[name=channel_limit]').count(), 0);
  await press(page, '?');
  await page.locator('#dialog[open] .shortcuts').waitFor();
  const list = await page.locator('#dialog .shortcuts').innerText();
  assert.match(list, /Next and previous row/);
  assert.doesNotMatch(list, /Create an account|Change the channel limit/);
}, { as: 'viewer' });

inBrowser('single keys are turned off on the profile, and Ctrl-K stays', portal, async (page) => {
  await page.goto('/profile');
  const field = page.getByLabel('Single-key shortcuts');
  await field.uncheck();
  await page.locator('#keys-form').getByRole('button', { name: 'Save' }).click();
  await shows(page, 'Single-key shortcuts are off.');
  await page.locator('h1').click();
  await press(page, 'c', 'g', 'a', '?', '/');
  await page.waitForTimeout(200);
  assert.equal(path(page), '/profile');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await press(page, 'Control+k');
  await page.locator('#palette[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.topbar .menu summary').focus();
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.activeElement?.textContent.trim() === 'Profile');
  await page.keyboard.press('Escape');
  await field.check();
  await page.locator('#keys-form').getByRole('button', { name: 'Save' }).click();
  await shows(page, 'Single-key shortcuts are on.');
  await page.locator('h1').click();
  await press(page, 'c');
  await page.waitForURL('**/accounts/new');
}, { as: 'admin' });
