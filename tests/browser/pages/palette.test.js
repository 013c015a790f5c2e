// The palette: finding, choosing and acting by keyboard alone, late and stale answers, where the focus goes.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow, shows, title } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 120 });

const palette = (page) => page.getByRole('dialog', { name: 'Search and actions' });
const chosen = (page) => page.locator('#palette-list [aria-selected=true]');
const field = (page) => page.locator('#palette input');
const isFocused = (locator) => locator.evaluate((node) => node === document.activeElement);
async function opened(page, text = '') {
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  await chosen(page).waitFor();
  if (text) await page.keyboard.type(text);
}
async function somebody(status = 'enabled') {
  const { accounts } = await portal.state();
  const plain = accounts.filter((account) => account.status === status && /^[\w .]{8,}$/.test(account.organization_name));
  return plain.find(({ organization_name: name }) =>
    accounts.filter((account) => account.organization_name.includes(name)).length === 1);
}

inBrowser('a few letters and Enter open an account, from any page', portal, async (page) => {
  const { id, organization_name: name } = await somebody();
  for (const from of ['/activity', '/', '/search']) {
    await page.goto(from);
    await opened(page, name.toLowerCase());
    await page.locator(`#palette-list a[href="/accounts/${id}"][aria-selected=true]`).waitFor();
    assert.ok(await isFocused(field(page)));
    assert.equal(await field(page).getAttribute('aria-activedescendant'), await chosen(page).getAttribute('id'));
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/accounts/${id}`);
    assert.equal(await title(page), name);
  }
  await page.goto('/jobs');
  await opened(page);
  assert.equal(await page.locator('#palette-list .found-group').first().innerText(), 'Recent accounts');
  assert.equal(await chosen(page).getAttribute('href'), `/accounts/${id}`, 'the latest one is the first');
}, { as: 'viewer' });

inBrowser('arrows, Home and End choose, and the focus stays in the field', portal, async (page) => {
  await page.goto('/activity');
  await opened(page);
  const options = page.locator('#palette-list [role=option]');
  const at = async () => (await options.evaluateAll((all) => all.findIndex((option) => option.getAttribute('aria-selected') === 'true')));
  const last = (await options.count()) - 1;
  const steps = [['ArrowDown', 1], ['ArrowDown', 2], ['ArrowUp', 1], ['End', last], ['ArrowDown', 0], ['ArrowUp', last], ['Home', 0]];
  for (const [key, expected] of steps) {
    await page.keyboard.press(key);
    assert.equal(await at(), expected, key);
    assert.ok(await isFocused(field(page)));
    assert.equal(await field(page).getAttribute('aria-activedescendant'), await chosen(page).getAttribute('id'));
    assert.ok(await chosen(page).evaluate((option) => {
      const [inner, outer] = [option.getBoundingClientRect(), document.getElementById('palette-list').getBoundingClientRect()];
      return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    }), `${key} shows what it chooses`);
  }
  assert.match(await page.locator('#palette-status').innerText(), /^\d+ results$/);
  await page.keyboard.type('zzqqzz');
  await shows(page, 'Nothing matches “zzqqzz”.');
  assert.equal(await page.locator('#palette-status').innerText(), 'No results');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=zzqqzz');
}, { as: 'viewer' });

inBrowser('Escape closes it, and the focus goes back to where it was', portal, async (page) => {
  await page.goto('/accounts');
  const link = page.locator('tbody tr:nth-child(3) td:first-child a');
  await link.focus();
  await opened(page, 'x');
  await page.keyboard.press('Escape');
  await palette(page).waitFor({ state: 'hidden' });
  assert.ok(await isFocused(link));
  await opened(page);
  await page.keyboard.press('Control+k');
  await palette(page).waitFor({ state: 'hidden' });
  assert.ok(await isFocused(link));
  await page.locator('a.jump').click();
  await chosen(page).waitFor();
  assert.equal(await field(page).inputValue(), '', 'it starts anew');
  await page.keyboard.press('Escape');
  assert.ok(await isFocused(page.locator('a.jump')));
}, { as: 'viewer' });

inBrowser('Enter before the answer opens what was typed, and stale answers are dropped', portal, async (page) => {
  const { id, organization_name: name } = await somebody();
  await page.goto('/activity');
  await opened(page);
  let late = 0;
  await page.route('**/search?q=*', async (route) => {
    const q = new URL(route.request().url()).searchParams.get('q');
    // the answer to the beginning comes after that to the whole
    if (q !== name) late += 1;
    await new Promise((done) => setTimeout(done, q === name ? 600 : 1500));
    await route.continue().catch(() => {});
  });
  await page.keyboard.type(name.slice(0, 3));
  await page.waitForTimeout(300);
  await page.keyboard.type(name.slice(3));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/accounts/${id}`);
  assert.ok(late >= 1);
}, { as: 'viewer' });

inBrowser('an action opens its dialog, changes nothing by itself, and Cancel leads back', portal, async (page) => {
  const { id, organization_name: name } = await somebody();
  await page.goto('/activity');
  const link = page.locator('.sidebar a[href="/jobs"]');
  await link.focus();
  await opened(page, `disable ${name}`);
  await page.locator(`#palette-list a[href="/accounts/${id}/disable"][aria-selected=true]`).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#dialog[open] [data-close]:focus').waitFor();
  assert.equal(await palette(page).isVisible(), false);
  assert.ok(await page.locator('#dialog').getByText(name).first().isVisible());
  await page.keyboard.press('Enter');
  await page.locator('#dialog').waitFor({ state: 'hidden' });
  assert.ok(await isFocused(link));
  assert.equal(new URL(page.url()).pathname, '/activity');
  assert.equal((await portal.state()).accounts.find((account) => account.id === id).status, 'enabled');
}, { as: 'manager' });

inBrowser('Ctrl-Enter opens a new tab and leaves the palette open', portal, async (page) => {
  const { id, organization_name: name } = await somebody();
  await page.goto('/activity');
  await opened(page, name);
  await page.locator(`#palette-list a[href="/accounts/${id}"][aria-selected=true]`).waitFor();
  const [tab] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Control+Enter')]);
  await tab.waitForURL(`**/accounts/${id}`);
  assert.ok(await palette(page).isVisible());
  assert.equal(new URL(page.url()).pathname, '/activity');
}, { as: 'viewer' });

inBrowser('the list of shortcuts opens from it, and signing out too', portal, async (page) => {
  const context = await page.context().browser().newContext({ baseURL: portal.url });
  await context.close();
  await page.goto('/activity');
  await opened(page, 'keyboard');
  await page.locator('#palette-list a[href="/shortcuts"][aria-selected=true]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#dialog[open] .shortcuts').waitFor();
  await page.keyboard.press('Escape');
  await opened(page, 'settings');
  await page.waitForTimeout(500);
  assert.equal(await page.locator('#palette-list a[href="/settings"]').count(), 0, 'not of this role');
}, { as: 'manager' });

inBrowser('signing out is chosen like any action', portal, async (page) => {
  const { signIn } = await import('../browser.js');
  await signIn(page, 'admin');
  await opened(page, 'sign out');
  await page.locator('#palette-list button[form=sign-out][aria-selected=true]').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/login*');
});

bothWays('the header leads to the search', portal, async (page, { script }) => {
  const { id, organization_name: name } = await somebody();
  await page.goto('/activity');
  await page.locator('a.jump').click();
  if (script) {
    await palette(page).waitFor();
    await page.keyboard.type(name);
    await page.getByRole('button', { name: 'All results' }).click();
  } else {
    await page.getByRole('searchbox', { name: 'Search everything' }).fill(name);
    await page.getByRole('searchbox', { name: 'Search everything' }).press('Enter');
  }
  await page.waitForURL((url) => url.pathname === '/search' && url.searchParams.get('q') === name);
  await page.locator(`main .found-list a[href="/accounts/${id}"]`).click();
  await page.waitForURL(`**/accounts/${id}`);
}, { as: 'viewer' });

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
    inBrowser(`it is accessible, at ${viewport.width} pixels, ${colorScheme}`, portal, async (page) => {
      await page.goto('/accounts');
      await opened(page);
      assert.deepEqual(await accessibility(page), []);
      await page.keyboard.type('disable co');
      await page.locator('#palette-list mark').first().waitFor();
      assert.deepEqual(await accessibility(page), []);
      assert.deepEqual(await overflow(page), []);
    }, { as: 'manager', viewport, colorScheme });
  }
}
