// Lists that follow what others change: two people, one of whom is in the middle of something.
import assert from 'node:assert/strict';
import { accessibility, inBrowser, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 30 });

// Another person at work, in a browser of their own.
async function meanwhile(page, act) {
  const context = await page.context().browser().newContext({ baseURL: portal.url });
  try {
    const other = await context.newPage();
    await signIn(other, 'admin');
    await act(other);
  } finally {
    await context.close();
  }
}
async function setLimit(other, id, limit) {
  await other.goto(`/accounts/${id}/channel-limit`);
  await other.locator('form.confirm [name=channel_limit]').fill(String(limit));
  await other.locator('form.confirm .confirm-foot [type=submit]').click();
  await other.waitForURL((url) => !url.pathname.endsWith('/channel-limit'));
}
async function accountsWithLimit(count) {
  const { accounts } = await portal.state();
  const found = accounts.filter((account) => account.status === 'enabled' && account.channel_limit > 1 && account.channel_limit < 50);
  assert.ok(found.length >= count, 'the demo has too few such accounts');
  return found.slice(0, count);
}
const order = (page) => page.locator('tbody[data-live] > tr').evaluateAll((rows) => rows.map((row) => row.id));

inBrowser('rows follow the changes of someone else, with selection, typed text and order kept', portal, async (page) => {
  const [one, two] = await accountsWithLimit(2);
  const opened = page.waitForResponse((response) => response.url().includes('/channels/events'));
  await page.goto('/channels?per=100');
  await opened;
  const before = await order(page);
  const row = page.locator(`#row-${one.id}`);
  const typedRow = page.locator(`#row-${two.id}`);
  await row.locator('input[name=id]').check();
  await typedRow.locator('[name=channel_limit]').fill('7');
  await page.getByLabel('Search accounts').focus();
  const free = await page.locator('#pool-free').innerText();
  const [first, second] = [one.channel_limit + 3, two.channel_limit + 4];
  await meanwhile(page, async (other) => {
    await setLimit(other, one.id, first);
    await setLimit(other, two.id, second);
  });
  await row.locator('.figure', { hasText: new RegExp(`^${first}$`) }).waitFor();
  assert.equal(await row.getAttribute('data-changed'), '');
  assert.equal(await row.locator('input[name=id]').isChecked(), true);
  await page.locator('[data-selected]').getByText('1 selected', { exact: true }).waitFor();
  assert.equal(await row.locator('[name=channel_limit]').inputValue(), String(first));
  assert.deepEqual(await order(page), before);
  assert.notEqual(await page.locator('#pool-free').innerText(), free);
  await page.locator('[data-live-status]').getByText(/^\d+ accounts? on this page changed\.$/).waitFor({ state: 'attached' });
  // What was typed is still there, and the row is the one it was typed in.
  assert.equal(await typedRow.locator('[name=channel_limit]').inputValue(), '7');
  assert.equal(await typedRow.locator('.figure').innerText() === String(second), false);
  assert.deepEqual(await accessibility(page), []);

  // Sent as it is, the change of the other person is not overwritten unseen.
  await typedRow.getByRole('button', { name: 'Save' }).click();
  await typedRow.locator('[aria-invalid=true]').waitFor();
  assert.equal(await typedRow.locator('[name=channel_limit]').inputValue(), '7');
  await page.reload();
  await typedRow.locator('.figure', { hasText: new RegExp(`^${second}$`) }).waitFor();

  // Once nothing is typed in it, the row follows.
  await typedRow.locator('[name=channel_limit]').fill('7');
  await meanwhile(page, (other) => setLimit(other, two.id, second + 1));
  await page.waitForTimeout(2_500);
  assert.equal(await typedRow.locator('.figure').innerText(), String(second));
  await typedRow.locator('[name=channel_limit]').fill(String(second));
  await page.getByLabel('Search accounts').focus();
  await typedRow.locator('.figure', { hasText: new RegExp(`^${second + 1}$`) }).waitFor();
  assert.equal(await typedRow.locator('[name=channel_limit]').inputValue(), String(second + 1));
  await row.locator('xpath=self::*[not(@data-changed)]').waitFor({ timeout: 15_000 });
}, { as: 'manager' });

inBrowser('a row with an open menu waits, and one that no longer matches stays with its new status', portal, async (page) => {
  const [account] = (await accountsWithLimit(3)).slice(2);
  const opened = page.waitForResponse((response) => response.url().includes('/accounts/events'));
  await page.goto('/accounts?status=enabled&per=100');
  await opened;
  const before = await order(page);
  const row = page.locator(`#account-${account.id}`);
  const count = () => page.locator('#tabs a[aria-current] .count').innerText();
  const enabled = Number(await count());
  await row.locator('.menu > summary').click();
  await meanwhile(page, async (other) => {
    await other.goto(`/accounts/${account.id}/disable`);
    await other.getByLabel('Reason', { exact: true }).selectOption({ label: 'Non-payment' });
    await other.locator('form.confirm .confirm-foot [type=submit]').click();
    await other.waitForURL((url) => !url.pathname.endsWith('/disable'));
  });
  await page.locator('#tabs a[aria-current] .count', { hasText: new RegExp(`^${enabled - 1}$`) }).waitFor();
  await page.waitForTimeout(1_500);
  assert.equal(await row.locator('.status').innerText(), 'Enabled');
  assert.equal(await row.locator('.menu').getAttribute('open'), '');
  await page.keyboard.press('Escape');
  await page.getByLabel('Search accounts').focus();
  await row.locator('.status', { hasText: 'Disabled' }).waitFor();
  assert.deepEqual(await order(page), before);
  // Its menu is the one of its new status.
  await row.locator('.menu > summary').click();
  await row.getByRole('link', { name: 'Enable', exact: true }).waitFor();
}, { as: 'manager' });

inBrowser('after a search the stream is about the rows that are there now', portal, async (page) => {
  const streams = [];
  page.on('request', (request) => { if (request.url().includes('/accounts/events')) streams.push(new URL(request.url())); });
  await page.goto('/accounts');
  const { accounts } = await portal.state();
  const { email, id } = accounts.at(-1);
  await page.getByLabel('Search accounts').fill(email);
  await page.waitForURL((url) => url.searchParams.get('q') === email);
  await page.locator(`#account-${id}`).waitFor();
  for (let tries = 0; tries < 40 && streams.at(-1).searchParams.get('rows') !== id; tries += 1) await page.waitForTimeout(100);
  assert.equal(streams.at(-1).searchParams.get('rows'), id);
  assert.equal(streams.length, 2);
}, { as: 'viewer' });
