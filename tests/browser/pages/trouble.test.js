// When Telnyx is down or slow: one bar that ends by itself, pages that come all the same. What needs attention leads to its
// remedy.
import assert from 'node:assert/strict';
import { inBrowser, title } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });
const down = (page) => page.getByText(/Telnyx has not answered since/);

inBrowser('when Telnyx is down one bar says so, pages go on from the directory, and the bar ends by itself', portal, async (page) => {
  const { id, organization_name: name } = (await portal.state()).accounts.find((account) => account.status === 'enabled');
  await portal.faults([{ path: '/v2/*', then: { status: 503 } }]);
  await page.goto(`/accounts/${id}`);
  for (let asked = 0; asked < 6 && !(await down(page).isVisible()); asked += 1) await page.reload();
  await down(page).waitFor();
  assert.equal(await title(page), name);
  assert.equal(await page.locator('#stale').count(), 0, 'the bar alone says it');
  for (const address of ['/accounts', '/', '/channels', '/activity']) {
    await page.goto(address);
    assert.equal(await down(page).count(), 1, address);
  }
  await page.goto('/accounts');
  assert.ok(await page.locator('#rows tbody tr').count() > 1);
  await page.getByLabel('Search accounts').fill(name);
  await page.waitForURL((url) => url.searchParams.get('q') === name);
  await portal.faults([]);
  await down(page).waitFor({ state: 'detached', timeout: 60_000 });
  assert.equal(await page.getByLabel('Search accounts').inputValue(), name, 'nothing else on the page changed');
}, { as: 'manager' });

inBrowser('a slow Telnyx holds no page for more than three seconds, and what is slow follows', portal, async (page) => {
  const { id } = (await portal.state()).accounts.find((account) => account.status === 'enabled');
  await portal.faults([{ method: 'GET', path: `/v2/managed_accounts/${id}`, then: { delay_ms: 5000 } }]);
  await page.goto(`/accounts/${id}`, { waitUntil: 'commit' });
  const took = await page.evaluate(() => performance.getEntriesByType('navigation')[0].responseStart);
  assert.ok(took < 3_500, `the page took ${took} ms`);
  await page.locator('#stale').waitFor();
  await page.getByLabel('Add a note').fill('half typed');
  await page.locator('#stale').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Add a note').inputValue(), 'half typed');
  await portal.faults([]);
}, { as: 'manager' });

inBrowser('each thing that needs attention leads to its remedy', portal, async (page) => {
  await page.goto('/');
  const items = await page.locator('.attention-list > li:has(> a)').evaluateAll((items) => items.map((item) => ({
    text: item.querySelector('div').firstChild.textContent.trim(), href: item.querySelector(':scope > a').getAttribute('href'),
  })));
  assert.ok(items.length >= 3, `${items.length}`);
  for (const { text, href } of items) {
    const answer = await page.goto(href);
    assert.equal(answer.status(), 200, href);
    // Balances are read one after the other all the time: their number may be another already.
    const count = href.startsWith('/accounts?status=') ? text.match(/^[\d,]+/)[0] : '[\\d,]+';
    if (href.startsWith('/accounts?')) await page.locator('#rows .pager p', { hasText: new RegExp(`of ${count}$`) }).waitFor();
  }
}, { as: 'manager' });
