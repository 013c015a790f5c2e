// Notifications: the bell, the list, marking as read, and the choices.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

const bell = (page) => page.locator('a.bell');
const unread = async (page) => Number((await bell(page).getAttribute('aria-label')).match(/\d+/)?.[0] ?? 0);

// One person for each way: what one has read, the other need not have.
for (const [as, javaScriptEnabled] of [['owner', true], ['manager', false]]) {
  const how = javaScriptEnabled ? 'with' : 'without';
  inBrowser(`the bell leads to the list, where one and then all are marked as read, ${how} JavaScript`, portal, async (page) => {
    await page.goto('/accounts');
    const before = await unread(page);
    assert.ok(before > 1, `${before} unread`);
    await bell(page).click();
    await page.waitForURL('**/notifications');
    await page.getByRole('button', { name: /^Mark as read/ }).first().click();
    await page.waitForLoadState();
    assert.equal(await unread(page), before - 1);
    await page.getByRole('link', { name: /^Unread/ }).click();
    await page.waitForURL('**/notifications?show=unread');
    assert.equal(await page.locator('tbody tr').count(), before - 1);
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await shows(page, 'Nothing matches');
    assert.equal(await unread(page), 0);
    assert.equal(await bell(page).locator('span').count(), 0);
    await page.getByRole('link', { name: /^All/ }).first().click();
    await page.locator('tbody .cell-main a').first().click();
    await page.waitForURL((url) => url.pathname !== '/notifications');
  }, { as, javaScriptEnabled });
}

bothWays('a choice is kept', portal, async (page) => {
  await page.goto('/profile/notifications');
  const off = page.locator('input[name=zero_limit][value=off]');
  await off.check();
  await page.getByRole('button', { name: 'Save' }).click();
  await shows(page, 'Notifications saved.');
  assert.ok(await off.isChecked());
  await page.locator('input[name=zero_limit][value=portal]').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await shows(page, 'Notifications saved.');
}, { as: 'viewer' });

for (const width of [320, 390, 768, 1440]) {
  for (const colorScheme of ['light', 'dark']) {
    inBrowser(`the pages of notifications fit ${width} px and are accessible, ${colorScheme}`, portal, async (page) => {
      for (const address of ['/notifications', '/profile/notifications', '/settings/notifications', '/settings/webhook']) {
        await page.goto(address);
        assert.deepEqual(await overflow(page), [], address);
        assert.deepEqual(await accessibility(page), [], address);
      }
    }, { as: 'admin', viewport: { width, height: 900 }, colorScheme });
  }
}
