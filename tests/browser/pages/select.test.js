// Selecting rows of the list: one by one, a range, all that match but some; over pages, orders and searches; what is sent.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { bothWays, inBrowser } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 120 });

const ticks = (page) => page.locator('tbody input[name=id]');
const bar = (page) => page.locator('[data-selected]');
const ticked = (page) => page.locator('tbody input[name=id]:checked').evaluateAll((boxes) => boxes.map((box) => box.value));
async function exported(page) {
  const coming = page.waitForEvent('download');
  await page.locator('.selection-bar').getByRole('button', { name: 'JSON' }).click();
  return JSON.parse(await readFile(await (await coming).path(), 'utf8')).map((account) => account.id);
}
async function turned(page, act, address) {
  await act();
  await page.waitForURL((url) => address(url.searchParams));
  await ticks(page).first().waitFor();
}

inBrowser('a click and a shift-click select a range, and the head of the column the page', portal, async (page) => {
  await page.goto('/accounts?per=25');
  assert.equal(await page.locator('.selection-bar').isVisible(), false);
  await ticks(page).nth(2).click();
  await bar(page).getByText('1 selected', { exact: true }).waitFor();
  await ticks(page).nth(6).click({ modifiers: ['Shift'] });
  await bar(page).getByText('5 selected', { exact: true }).waitFor();
  await ticks(page).nth(4).click({ modifiers: ['Shift'] });
  assert.equal((await ticked(page)).length, 2, 'the range from the last click on, the other way');
  const head = page.getByLabel('Select all on this page');
  assert.equal(await head.evaluate((box) => box.indeterminate), true);
  await head.check();
  await bar(page).getByText('25 selected', { exact: true }).waitFor();
  await head.uncheck();
  assert.equal(await page.locator('.selection-bar').isVisible(), false);
}, { as: 'viewer' });

inBrowser('a selection goes on over pages, orders, searches, a reload and the back button, and is what is exported', portal, async (page) => {
  await page.goto('/accounts?per=25');
  const picked = [await ticks(page).nth(0).getAttribute('value'), await ticks(page).nth(3).getAttribute('value')];
  await ticks(page).nth(0).check();
  await ticks(page).nth(3).check();
  await turned(page, () => page.getByRole('link', { name: 'Next' }).click(), (query) => query.get('page') === '2');
  assert.deepEqual(await ticked(page), []);
  await bar(page).getByText('2 selected, 2 of them not on this page').waitFor();
  picked.push(await ticks(page).nth(5).getAttribute('value'));
  await ticks(page).nth(5).check();
  await bar(page).getByText('3 selected, 2 of them not on this page').waitFor();
  await turned(page, () => page.getByRole('link', { name: 'Email' }).click(), (query) => query.get('sort') === 'email');
  await bar(page).getByText(/^3 selected/).waitFor();

  const { accounts } = await portal.state();
  const sought = accounts.find((account) => account.id === picked[2]);
  await page.getByLabel('Search accounts').fill(sought.email);
  await page.waitForURL((url) => url.searchParams.get('q') === sought.email);
  await page.locator(`#account-${sought.id} input:checked`).waitFor();
  await page.reload();
  assert.deepEqual(await ticked(page), [sought.id]);
  await bar(page).getByText('3 selected, 2 of them not on this page').waitFor();
  assert.deepEqual(new Set(await exported(page)), new Set(picked));

  await page.goto(`/accounts/${sought.id}`);
  await page.goBack();
  await bar(page).getByText(/^3 selected/).waitFor();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  assert.deepEqual(await ticked(page), []);
  await page.goto('/accounts?per=25');
  assert.deepEqual(await ticked(page), []);
}, { as: 'viewer' });

inBrowser('all that match but some are selected as a filter with exceptions, never as a list of ids', portal, async (page) => {
  const { accounts } = await portal.state();
  const enabled = accounts.filter((account) => account.status === 'enabled').length;
  await page.goto('/accounts?status=enabled&per=25');
  await ticks(page).nth(0).check();
  await page.getByRole('button', { name: `Select all ${enabled} accounts` }).click();
  await bar(page).getByText(`All ${enabled} selected`, { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-select-page')), true);
  const left = await ticks(page).nth(1).getAttribute('value');
  await ticks(page).nth(1).uncheck();
  await bar(page).getByText(`${enabled - 1} of ${enabled} selected`, { exact: true }).waitFor();
  await turned(page, () => page.getByRole('link', { name: 'Next' }).click(), (query) => query.get('page') === '2');
  assert.equal((await ticked(page)).length, await ticks(page).count());
  const sent = page.waitForRequest((request) => request.method() === 'POST');
  const ids = await exported(page);
  const fields = new URLSearchParams((await sent).postData());
  assert.deepEqual([fields.get('all'), fields.getAll('except'), ids.length], ['yes', [left], enabled - 1]);
  assert.equal(ids.includes(left), false);
  // All of one list are nobody of another one, and come back with it.
  await page.goto('/accounts?status=disabled');
  assert.deepEqual(await ticked(page), []);
  await page.goto('/accounts?status=enabled&sort=-email');
  await bar(page).getByText(`${enabled - 1} of ${enabled} selected`, { exact: true }).waitFor();
}, { as: 'viewer' });

inBrowser('there is a most that can be selected one by one, and the bar says what to do instead', portal, async (page) => {
  await page.goto('/accounts?per=25');
  await page.locator('form[data-selection]').evaluate((form) => { form.dataset.max = '10'; });
  await page.getByLabel('Select all on this page').click();
  await bar(page).getByText('10 selected. No more can be selected one by one: set a filter and select all.').waitFor();
  assert.equal((await ticked(page)).length, 10);
}, { as: 'viewer' });

inBrowser('two windows and two people select for themselves', portal, async (page) => {
  await page.goto('/accounts?per=25');
  await ticks(page).nth(0).check();
  const second = await page.context().newPage();
  await second.goto('/accounts?per=25');
  assert.deepEqual(await ticked(second), []);
  await second.close();
  await page.locator('form[data-selection]').evaluate((form) => { form.dataset.owner = 'somebody@else.example'; dispatchEvent(new Event('pageshow')); });
  assert.deepEqual(await ticked(page), []);
}, { as: 'viewer' });

bothWays('Enter on a row\'s tick sends nothing', portal, async (page) => {
  await page.goto('/accounts');
  const before = page.url();
  let sent = 0;
  page.on('request', (request) => { if (request.method() === 'POST') sent += 1; });
  const tick = ticks(page).first();
  await tick.check();
  await tick.press('Enter');
  await ticks(page).nth(1).check();
  assert.equal(page.url(), before);
  assert.equal(sent, 0);
  assert.ok(await tick.isChecked());
}, { as: 'manager' });

inBrowser('without JavaScript the ticked rows of a page are exported', portal, async (page) => {
  await page.goto('/accounts?per=25');
  const ids = [await ticks(page).nth(1).getAttribute('value'), await ticks(page).nth(4).getAttribute('value')];
  await ticks(page).nth(1).check();
  await ticks(page).nth(4).check();
  assert.deepEqual(await exported(page), ids);
}, { as: 'viewer', javaScriptEnabled: false });
