// What only a browser shows of where things are and what has the focus: menus, columns, keys, print and forced colors.
import assert from 'node:assert/strict';
import { bothWays, inBrowser } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();
const phone = { width: 390, height: 844 };
const desk = { width: 1440, height: 900 };

const focused = (page, selector) => page.evaluate((selector) => Boolean(document.activeElement?.matches(selector)), selector);

for (const viewport of [phone, desk]) {
  inBrowser(`the menu of a row is whole in every row, at ${viewport.width} pixels`, portal, async (page) => {
    const [{ email }] = (await portal.state()).accounts;
    for (const address of ['/accounts', `/accounts?q=${encodeURIComponent(email)}`]) {
      await page.goto(address);
      await page.locator('tbody input[name=id]').first().check();
      for (const menu of [page.locator('tr .menu').first(), page.locator('tr .menu').last()]) {
        // at the edge of the window, where there is least room
        await menu.locator('summary').evaluate((button) => button.scrollIntoView({ block: 'end' }));
        await menu.locator('summary').press('Enter');
        await menu.locator('.menu-list').waitFor();
        const cut = await menu.locator('.menu-list a').evaluateAll((links) => links.filter((link) => {
          const { left, right, top, bottom } = link.getBoundingClientRect();
          return !link.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
        }).map((link) => link.textContent));
        assert.deepEqual(cut, [], address);
        await page.keyboard.press('Escape');
        await menu.locator('.menu-list').waitFor({ state: 'hidden' });
        assert.ok(await focused(page, 'summary'));
      }
    }
  }, { as: 'manager', viewport });
}

for (const viewport of [desk, { width: 1024, height: 768 }, { width: 800, height: 700 }]) {
  inBrowser(`nothing that is typed or answered moves the columns of the channels, at ${viewport.width} pixels`, portal, async (page) => {
    await page.goto('/channels');
    const columns = () => page.locator('.channel-holders-table th, .channel-holders-table tbody tr:last-child td').evaluateAll((cells) =>
      cells.map((cell) => Math.round(cell.getBoundingClientRect().left)));
    const before = await columns();
    const row = page.locator('tr[data-row]').nth(1);
    const field = row.locator('[data-row-focus]');
    for (const text of ['123456789', '0', 'no number at all', '99']) {
      await field.fill(text);
      assert.deepEqual(await columns(), before, text);
    }
    await field.fill('-1');
    await field.press('Enter');
    await row.locator('[aria-invalid=true]').waitFor();
    assert.deepEqual(await columns(), before, 'an error');
  }, { as: 'manager', viewport });
}

inBrowser('single keys work unless text is typed', portal, async (page) => {
  await page.goto('/accounts');
  for (const at of ['tbody input[name=id]', '.toolbar button[type=submit]', '.menu summary']) {
    await page.locator(at).first().focus();
    await page.keyboard.press('/');
    assert.ok(await focused(page, '[data-search]'), at);
  }
  await page.keyboard.type('/?jk');
  assert.equal(await page.locator('[data-search]').first().inputValue(), '/?jk');
  await page.goto('/accounts');
  await page.locator('tbody input[name=id]').nth(2).focus();
  await page.keyboard.press('j');
  assert.ok(await focused(page, 'tbody tr:nth-child(4) td:first-child a'));
  await page.keyboard.press('k');
  assert.ok(await focused(page, 'tbody tr:nth-child(3) td:first-child a'));
  await page.goto('/activity');
  await page.locator('#outcome').focus();
  await page.keyboard.press('?');
  await page.locator('#dialog[open] .shortcuts').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  assert.ok(await page.locator('#palette form').getByRole('button', { name: 'All results' }).isVisible(), 'a form is sent by a button too');
  await page.goto('/channels');
  await page.keyboard.press('j');
  assert.ok(await focused(page, 'tr[data-row]:first-child a'));
}, { as: 'manager' });

bothWays('after a save the focus is on what came of it', portal, async (page, { script }) => {
  const { id } = (await portal.state()).accounts.find((account) => account.status === 'enabled');
  await page.goto(`/accounts/${id}`);
  await page.locator('#channels input[name=channel_limit]').fill(script ? '3' : '4');
  await page.getByRole('button', { name: 'Save limit' }).click();
  await page.locator('.toast').waitFor();
  await page.locator('#toasts:focus').waitFor({ state: 'attached' });
  await page.keyboard.press('Tab');
  assert.ok(await focused(page, '.toast button'), 'Undo is the next stop');
  await page.goto('/accounts/new');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.locator('[aria-invalid=true]').first().waitFor();
  await page.locator('[aria-invalid=true]:focus').first().waitFor();
}, { as: 'manager' });

inBrowser('a save without a toast leads to the title or the notice', portal, async (page) => {
  await page.goto('/profile');
  const field = page.locator('main form:has([name=name]) [type=submit]');
  await field.click();
  await page.waitForLoadState();
  assert.equal(await focused(page, 'body'), false);
}, { as: 'manager' });

bothWays('a confirmation on a page begins at its question, in a dialog at Cancel', portal, async (page, { script }) => {
  const { id } = (await portal.state()).accounts.find((account) => account.status === 'enabled');
  await page.goto(`/accounts/${id}/disable`);
  await page.locator('h1:focus').waitFor();
  assert.equal(await page.evaluate(() => scrollY), 0);
  assert.ok(await page.locator('h1').isVisible());
  if (!script) return;
  await page.goto(`/accounts/${id}`);
  await page.locator('.page-actions a[href$="/disable"]').click();
  await page.locator('#dialog[open] [data-close]').waitFor();
  await page.locator('#dialog [data-close]:focus').waitFor();
}, { as: 'manager', viewport: phone });

inBrowser('a field that was dragged larger stays so when its form is refused', portal, async (page) => {
  const { id } = (await portal.state()).accounts.find((account) => account.status === 'enabled');
  await page.goto(`/accounts/${id}`);
  await page.locator('.page-actions a[href$="/disable"]').click();
  const field = page.locator('#dialog textarea');
  // What a browser does when its corner is dragged.
  await field.evaluate((field) => { field.style.width = '200px'; field.style.height = '210px'; });
  await page.locator('#dialog .confirm-foot [type=submit]').click();
  await page.locator('#dialog [aria-invalid=true]').first().waitFor();
  assert.equal(Math.round((await field.boundingBox()).height), 210);
}, { as: 'manager', viewport: desk });

bothWays('a narrow window sorts and selects the page without the heads of columns', portal, async (page, { script }) => {
  await page.goto('/accounts');
  await page.getByLabel('Sort by').selectOption({ label: 'Email, Z to A' });
  await page.getByRole('button', { name: 'Sort', exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get('sort') === '-email');
  const emails = await page.locator('tbody tr td:nth-child(2)').allInnerTexts();
  assert.deepEqual(emails, [...emails].sort().reverse());
  if (script) await page.getByLabel('Select this page').check();
  else await page.getByRole('link', { name: 'Select this page' }).click();
  const ticks = page.locator('tbody input[name=id]');
  assert.ok(await ticks.count() > 5);
  assert.equal(await page.locator('tbody input[name=id]:checked').count(), await ticks.count());
}, { as: 'manager', viewport: phone });

inBrowser('in forced colors the signs of a status and the chosen tab are still told apart', portal, async (page) => {
  await page.goto('/channels');
  const drawn = await page.evaluate(() => {
    const color = (node, pseudo, what) => getComputedStyle(node, pseudo)[what];
    const canvas = color(document.body, null, 'backgroundColor');
    const lined = (tab) => color(tab, null, 'borderBottomColor') !== canvas;
    return {
      dots: [...document.querySelectorAll('[data-status=enabled], .legend .is-known')].map((node) => color(node, '::before', 'backgroundColor') !== canvas),
      unknown: color(document.querySelector('.legend .is-unknown'), '::before', 'backgroundColor') !== canvas,
      tabs: [...document.querySelectorAll('.tabs a')].map(lined),
      current: [...document.querySelectorAll('.tabs a')].map((tab) => tab.hasAttribute('aria-current')),
    };
  });
  assert.ok(drawn.dots.length > 3 && drawn.dots.every(Boolean), JSON.stringify(drawn));
  assert.ok(drawn.unknown);
  assert.deepEqual(drawn.tabs, drawn.current);
}, { as: 'manager', forcedColors: 'active' });

inBrowser('a sheet of paper has the content and none of the controls', portal, async (page) => {
  await page.emulateMedia({ media: 'print' });
  for (const address of ['/', '/accounts', '/channels', '/activity', '/profile']) {
    await page.goto(address);
    const printed = await page.locator('.skip-link, .sidebar, .topbar, #banners, .toasts, button, input, select, textarea, .tabs, .pager').evaluateAll((nodes) =>
      nodes.filter((node) => node.checkVisibility()).map((node) => node.outerHTML.slice(0, 80)));
    assert.deepEqual(printed, [], address);
    assert.ok(await page.locator('h1').isVisible());
  }
  await page.goto('/accounts');
  assert.ok(await page.locator('tbody tr').count() > 10 && await page.locator('tbody tr').last().isVisible());
}, { as: 'manager' });
