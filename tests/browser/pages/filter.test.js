// Filters, chips and saved views; what two windows show; the address, the history and a reload.
import assert from 'node:assert/strict';
import { bothWays, inBrowser, shows, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 120 });

const chips = (page) => page.locator('.chip').allInnerTexts();
const rows = (page) => page.locator('#rows tbody tr');
async function opened(page, name) {
  await page.locator('#rows').getByRole('link', { name, exact: true }).click();
  await page.locator('.confirm-head:visible').waitFor();
}
const reached = (page, wants) => page.waitForURL((url) => wants(url.searchParams));

bothWays('filters hold together, each is a chip that takes off itself, and all are cleared at once', portal, async (page) => {
  const { accounts } = await portal.state();
  await page.goto('/accounts?sort=-name');
  await opened(page, 'Filter');
  await page.locator('#filter-status').selectOption('enabled');
  await page.getByLabel('Billing').selectOption('own');
  await page.getByLabel('Channel limit').fill('none');
  await page.getByRole('button', { name: 'Show accounts' }).click();
  await reached(page, (query) => query.get('billing') === 'own' && query.get('status') === 'enabled');
  assert.deepEqual(await chips(page), ['Status: Enabled', 'Channel limit: not known', 'Billing: its own']);
  assert.equal(new URL(page.url()).searchParams.get('sort'), '-name');
  const narrow = await page.locator('#rows .pager p').innerText();
  await page.getByRole('link', { name: 'Remove Channel limit: not known' }).click();
  await reached(page, (query) => !query.has('limit') && query.get('billing') === 'own');
  const wide = accounts.filter((account) => account.status === 'enabled' && !account.rollup_billing).length;
  assert.match(await page.locator('#rows .pager p').innerText(), new RegExp(`of ${wide}$`));
  assert.notEqual(await page.locator('#rows .pager p').innerText(), narrow);
  await opened(page, 'Filter');
  assert.equal(await page.locator('#filter-billing').inputValue(), 'own', 'the form shows what is chosen');
  await page.getByRole('link', { name: 'Cancel', exact: true }).click();
  await page.locator('#rows').getByRole('link', { name: 'Clear all' }).click();
  await reached(page, (query) => !query.has('billing') && !query.has('status'));
  assert.deepEqual(await chips(page), []);
}, { as: 'viewer' });

bothWays('what cannot be a filter is ignored with a word', portal, async (page) => {
  for (const query of ['sort=love', 'colour=red', 'page=1000000000000', 'page=-1', 'limit=%00', `q=${'x'.repeat(5000)}`]) {
    await page.goto(`/accounts?${query}`);
    await page.locator('#rows .notice').first().waitFor();
  }
}, { as: 'viewer' });

bothWays('a view is saved, opens first, is sent to somebody else, and is deleted', portal, async (page, { script }) => {
  const view = `Off, newest ${script ? 'first' : 'on top'}`;
  await page.goto('/accounts?status=disabled&sort=-created');
  await opened(page, 'Views');
  await page.getByLabel('Save this list as').fill('x'.repeat(300));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('#view-name[aria-invalid=true]').waitFor();
  assert.equal((await page.getByLabel('Save this list as').inputValue()).length, 300);
  await page.getByLabel('Save this list as').fill(view);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('#views a[aria-current]', { hasText: view }).waitFor();
  const address = page.url();
  const names = await page.locator('#rows tbody td:first-child > a').allInnerTexts();

  await opened(page, 'Views');
  await page.getByRole('button', { name: `Make default: ${view}` }).click();
  await shows(page, 'Default', { exact: true });
  await page.goto('/accounts');
  await page.locator('#views a[aria-current]', { hasText: view }).waitFor();
  assert.deepEqual(await page.locator('#rows tbody td:first-child > a').allInnerTexts(), names);
  await page.locator('#views').getByRole('link', { name: 'All accounts' }).click();
  await reached(page, (query) => query.get('status') === 'all');
  assert.deepEqual(await chips(page), []);

  const context = await page.context().browser().newContext({ baseURL: portal.url });
  const other = await context.newPage();
  await signIn(other, 'admin');
  await other.goto(address);
  assert.deepEqual(await other.locator('#rows tbody td:first-child > a').allInnerTexts(), names);
  assert.deepEqual(await chips(other), ['Status: Disabled']);
  await context.close();

  await page.goto('/accounts/views');
  await page.getByRole('link', { name: `Delete ${view}` }).click();
  await page.getByRole('button', { name: 'Delete view' }).click();
  await shows(page, 'View deleted.');
  await page.goto('/accounts');
  assert.deepEqual(await chips(page), []);
  assert.equal(await page.locator('#views a', { hasText: view }).count(), 0);
}, { as: 'viewer' });

inBrowser('order and page go on through back, forward and a reload, in two windows of their own', portal, async (page) => {
  const first = (window) => rows(window).first().getAttribute('id');
  await page.goto('/accounts?per=25');
  const by = { name: await first(page) };
  await page.getByRole('link', { name: 'Email' }).click();
  await reached(page, (query) => query.get('sort') === 'email');
  by.email = await first(page);
  await page.getByRole('link', { name: 'Next' }).click();
  await reached(page, (query) => query.get('page') === '2');
  by.second = await first(page);
  const other = await page.context().newPage();
  await other.goto('/accounts?per=25&sort=-created');
  by.created = await first(other);
  assert.equal(new Set(Object.values(by)).size, 4);
  await page.goBack();
  await reached(page, (query) => query.get('sort') === 'email' && !query.has('page'));
  assert.equal(await first(page), by.email);
  await page.goBack();
  await reached(page, (query) => !query.has('sort'));
  assert.equal(await first(page), by.name);
  await page.goForward();
  await page.goForward();
  await reached(page, (query) => query.get('page') === '2');
  assert.equal(await first(page), by.second);
  await page.reload();
  await other.reload();
  assert.deepEqual([await first(page), await first(other)], [by.second, by.created]);
}, { as: 'viewer' });

inBrowser('Ctrl-K, / and ? work from any page, and Enter opens the first that is found', portal, async (page) => {
  const { accounts } = await portal.state();
  const { id, email } = accounts.find((account) => account.status === 'enabled');
  for (const from of ['/', '/channels', '/org-users', `/accounts/${accounts[5].id}`]) {
    await page.goto(from);
    await page.keyboard.press('Control+k');
    await page.keyboard.type(email);
    await page.locator(`#palette-list a[href="/accounts/${id}"]`).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/accounts/${id}`);
  }
  await page.keyboard.press('?');
  await page.locator('#dialog[open] .shortcuts').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.getByRole('dialog', { name: 'Search and actions' }).waitFor();
  await page.keyboard.press('Escape');
  await page.goto('/accounts');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.matches('[data-search]')), true);
  await page.keyboard.type('?/k');
  assert.equal(await page.getByLabel('Search accounts').inputValue(), '?/k', 'keys that are typed are text');
}, { as: 'viewer' });
