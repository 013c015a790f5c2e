// Choosing the columns of a list and the height of its rows: with the keyboard, and without JavaScript; heads that stay in sight.
import assert from 'node:assert/strict';
import { bothWays, inBrowser } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });
const desk = { width: 1440, height: 900 };

const heads = (page) => page.locator('#rows thead th[class^=col-]').evaluateAll((cells) => cells.map((cell) => cell.className.split(' ')[0].slice(4)));
const reached = (page, wants) => page.waitForURL((url) => url.pathname === '/accounts' && wants(url.searchParams));

bothWays('columns are moved, hidden and shown with the keyboard, remembered, and reset', portal, async (page, { script }) => {
  await page.goto('/accounts?status=enabled');
  await page.getByRole('link', { name: 'Columns', exact: true }).press('Enter');
  const form = page.locator('form[data-columns]:visible');
  await form.waitFor();
  assert.equal(await page.locator('#dialog[open]').count(), script ? 1 : 0);
  await form.getByRole('button', { name: 'Move Calls up' }).press('Enter');
  await form.locator('li:nth-child(2)', { hasText: 'Calls' }).waitFor();
  await form.getByRole('button', { name: 'Move Calls up' }).press('Enter');
  await form.locator('li:first-child', { hasText: 'Calls' }).waitFor();
  assert.equal(await form.getByRole('button', { name: 'Move Calls up' }).isDisabled(), true);
  if (script) {
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Move Calls down');
    assert.equal(await form.locator('[data-moved]').textContent(), 'Calls: 1 of 11');
  }
  for (const name of ['Balance', 'Account manager', 'Created']) await form.getByLabel(name, { exact: true }).press('Space');
  await form.getByLabel('Pricing', { exact: true }).press('Space');
  await form.getByRole('button', { name: 'Show these columns' }).last().press('Enter');
  await reached(page, (query) => query.get('columns') === 'calls.status.limit.pricing' && query.get('status') === 'enabled');
  assert.deepEqual(await heads(page), ['name', 'email', 'calls', 'status', 'limit', 'pricing']);
  await page.goto('/accounts');
  assert.deepEqual(await heads(page), ['name', 'email', 'calls', 'status', 'limit', 'pricing']);
  await page.getByRole('link', { name: 'Columns', exact: true }).click();
  await form.getByRole('button', { name: 'Default columns' }).click();
  await reached(page, (query) => !query.has('columns'));
  await page.locator('#rows th.col-balance').waitFor();
}, { as: 'manager', viewport: desk });

inBrowser('compact rows are clearly lower', portal, async (page) => {
  const height = async () => {
    const rows = await page.locator('#rows tbody tr').evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
    return rows.sort((a, b) => a - b)[Math.floor(rows.length / 2)];
  };
  const choose = async (name) => {
    await page.getByRole('link', { name: 'Columns', exact: true }).click();
    await page.locator('#dialog').getByLabel(name).check();
    await page.locator('#dialog').getByRole('button', { name: 'Show these columns' }).last().click();
    await page.locator(`#rows table.${name.toLowerCase()}`).waitFor();
  };
  await page.goto('/accounts');
  const before = await height();
  await choose('Compact');
  const after = await height();
  assert.ok(after <= 38 && before - after >= 8, `${before} and ${after}`);
  await page.goto('/org-users');
  await page.locator('table.compact').waitFor();
  await page.goto('/accounts');
  await choose('Comfortable');
}, { as: 'manager', viewport: desk });

inBrowser('heads stay in sight below the bar on top, and the free channels above them', portal, async (page) => {
  const top = (selector) => page.locator(selector).first().evaluate((node) => Math.round(node.getBoundingClientRect().top));
  await page.goto('/accounts');
  await page.evaluate(() => scrollTo(0, 1500));
  const bar = await page.locator('.topbar').evaluate((node) => node.getBoundingClientRect().bottom);
  assert.ok(Math.abs(await top('#rows thead th') - bar) <= 2);
  await page.goto('/channels');
  await page.evaluate(() => scrollTo(0, 1800));
  assert.ok(Math.abs(await top('#pool-free') - bar) <= 2);
  assert.match(await page.locator('#pool-free').innerText(), /^Pool:\s+[\d,]+\s+of [\d,]+ channels free$/);
  const heading = await top('.channel-holders-table thead th');
  assert.ok(Math.abs(heading - bar - 32) <= 3, `${heading} below ${bar}`);
  assert.equal(await page.locator('.channel-holders-table thead th').first().evaluate((node) => {
    const { left, top } = node.getBoundingClientRect();
    return node.contains(document.elementFromPoint(left + 4, top + 4));
  }), true);
}, { as: 'manager', viewport: desk });

inBrowser('the menu of a row has what the status allows, and a selected row is tinted', portal, async (page) => {
  await page.goto('/accounts?status=enabled');
  const row = page.locator('#rows tbody tr').first();
  const plain = await row.evaluate((node) => getComputedStyle(node).backgroundColor);
  await row.locator('input[name=id]').check();
  await page.mouse.move(0, 0);
  assert.notEqual(await row.evaluate((node) => getComputedStyle(node).backgroundColor), plain);
  await row.locator('.menu summary').click();
  await row.getByRole('link', { name: 'Disable', exact: true }).click();
  await page.locator('#dialog').getByRole('link', { name: 'Cancel' }).click();
  await page.goto('/accounts?status=disabled');
  await page.locator('#rows tbody tr').first().locator('.menu summary').click();
  const items = await page.locator('#rows tbody tr').first().locator('.menu-list a').allInnerTexts();
  assert.ok(items.includes('Enable') && !items.includes('Disable'), items.join());
}, { as: 'manager', viewport: desk });
