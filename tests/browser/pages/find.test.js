// Finding an account: the search of the list as it is typed, the browser's back button.
import assert from 'node:assert/strict';
import { bothWays, inBrowser, shows, title } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 120 });

async function somebody() {
  const { accounts } = await portal.state();
  const plain = accounts.filter((account) => /^[\w .]{8,}$/.test(account.organization_name));
  return plain.find(({ organization_name: name }) =>
    accounts.filter((account) => account.organization_name.includes(name)).length === 1);
}

inBrowser('the search answers as it is typed, keeps the focus, and the back button takes it back', portal, async (page) => {
  const { organization_name: name } = await somebody();
  await page.goto('/accounts');
  const rows = page.locator('#rows tbody tr');
  const all = await rows.count();
  assert.ok(all > 1);
  await page.keyboard.press('/');
  await page.keyboard.type(name.toLowerCase(), { delay: 20 });
  const search = page.getByLabel('Search accounts');
  await page.waitForURL((url) => url.searchParams.get('q') === name.toLowerCase());
  await rows.nth(1).waitFor({ state: 'detached' });
  assert.equal(await search.inputValue(), name.toLowerCase());
  assert.equal(await search.evaluate((node) => node === document.activeElement), true);
  assert.match(await rows.innerText(), new RegExp(name));
  assert.match(await page.locator('#rows').innerText(), /1–1 of 1/);
  // The tabs count what the filters let through, whatever is searched for.
  assert.match(await page.locator('#tabs [aria-current]').innerText(), new RegExp(`\\b${(await portal.state()).accounts.length}$`));

  await page.reload();
  assert.equal(await rows.count(), 1);
  await rows.first().click();
  await page.waitForURL(/\/accounts\/[0-9a-f-]{36}$/);
  await page.goBack();
  await page.waitForURL((url) => url.searchParams.get('q') === name.toLowerCase());
  assert.equal(await rows.count(), 1);
  assert.equal(await search.inputValue(), name.toLowerCase());
  await page.goBack();
  await page.waitForURL((url) => !url.searchParams.has('q'));
  await rows.nth(all - 1).waitFor();
  assert.equal(await search.inputValue(), '');
  await page.goForward();
  await page.waitForURL((url) => url.searchParams.get('q') === name.toLowerCase());
  await rows.nth(1).waitFor({ state: 'detached' });
}, { as: 'viewer' });

bothWays('tabs, search and chips narrow the list and are in the address', portal, async (page) => {
  const { organization_name: name } = await somebody();
  await page.goto('/accounts');
  await page.locator('#tabs').getByRole('link', { name: /Disabled/ }).click();
  await page.waitForURL((url) => url.searchParams.get('status') === 'disabled');
  await page.getByLabel('Search accounts').fill('no such account');
  await page.getByRole('button', { name: 'Search' }).click();
  await shows(page, 'Nothing matches');
  await page.locator('#rows').getByRole('link', { name: 'Clear search and filters' }).click();
  await page.getByLabel('Search accounts').fill(name);
  await page.getByLabel('Search accounts').press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === name);
  await page.locator('.chip').waitFor();
  assert.equal(await page.locator('#rows tbody tr').count(), 1);
  await page.locator('.chip').click();
  await page.waitForURL((url) => !url.searchParams.has('q'));
  assert.ok(await page.locator('#rows tbody tr').count() > 1);
}, { as: 'viewer' });
