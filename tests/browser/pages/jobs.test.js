// Many accounts at once: selected in a list, previewed, run as a job, stopped, retried and undone.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });

const ticks = (page) => page.locator('tbody input[name=id]');
const status = async (id) => (await portal.state()).accounts.find((account) => account.id === id).status;
const counted = async (word) => (await portal.state()).accounts.filter((account) => account.status === word).length;

// Opens the form of an action in the menu of the selection bar.
async function choose(page, action) {
  const menu = page.locator('.selection-bar details.menu');
  await menu.locator('summary').click();
  await menu.getByRole('button', { name: action, exact: true }).click();
  await page.waitForURL((url) => url.pathname.includes('/bulk/'));
}

async function preview(page) {
  await page.getByRole('button', { name: /^Preview/ }).click();
  await page.waitForURL((url) => /^\/jobs\/[0-9a-f-]{36}$/.test(url.pathname));
}

// Waits until the job has ended; without scripts, the page is loaded again.
async function ended(page, script) {
  const badge = page.locator('#progress [role=status]').getByText('Finished');
  for (let tries = 0; !script && tries < 40 && !(await badge.isVisible()); tries += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await badge.waitFor();
}

inBrowser('all that match but two are disabled by a job, which is undone by another', portal, async (page) => {
  const enabled = await counted('enabled');
  const disabled = await counted('disabled');
  await page.goto('/accounts?status=enabled&per=25');
  await page.getByLabel('Select all on this page').check();
  await page.getByRole('button', { name: `Select all ${enabled} accounts` }).click();
  const spared = [await ticks(page).nth(0).getAttribute('value'), await ticks(page).nth(3).getAttribute('value')];
  await ticks(page).nth(0).uncheck();
  await ticks(page).nth(3).uncheck();
  await shows(page, `${enabled - 2} of ${enabled} selected`);
  await choose(page, 'Disable');
  await page.getByLabel('Reason').selectOption('customer_request');
  assert.deepEqual(await accessibility(page), []);
  await preview(page);
  await page.getByRole('heading', { name: `Disable ${enabled - 2} accounts?` }).waitFor();
  assert.deepEqual(await accessibility(page), []);
  const start = page.getByRole('button', { name: `Disable ${enabled - 2} accounts` });
  assert.equal(await start.isDisabled(), true, 'the number is to be typed first');
  await page.locator('#confirm').fill(String(enabled - 2));
  await start.click();
  await ended(page, true);
  await shows(page, `${enabled - 2} done`, { exact: true });
  assert.equal(await counted('disabled'), disabled + enabled - 2);
  for (const id of spared) assert.equal(await status(id), 'enabled');
  assert.deepEqual(await accessibility(page), []);

  await page.getByRole('link', { name: 'Undo', exact: true }).click();
  await page.locator('input[name=reenable_all_connections][value=no]').check();
  await page.getByRole('textbox', { name: 'Reason' }).fill('It was the wrong list');
  await preview(page);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await ended(page, true);
  assert.equal(await counted('enabled'), enabled);
}, { as: 'manager' });

bothWays('a limit is set for a page of accounts, some are left out, and the first two go first', portal, async (page, { script }) => {
  await page.goto('/accounts?status=enabled&per=25&select=page');
  if (script) await page.getByLabel('Select all on this page').check();
  await choose(page, 'Channel limit');
  await page.getByLabel('Set to').check();
  await page.getByLabel('Channels', { exact: true }).fill('ten');
  await page.getByRole('button', { name: /^Preview/ }).click();
  await page.getByText(/whole number/).first().waitFor();
  await page.getByLabel('Channels', { exact: true }).fill(script ? '3' : '2');
  await preview(page);
  await page.locator('#group-change').click();
  await page.locator('tbody').getByRole('button', { name: /^Leave out/ }).first().click();
  await shows(page, '1 left out');
  await page.getByRole('button', { name: 'Start with the first 2' }).click();
  const resume = page.getByRole('button', { name: /^Continue with the other/ });
  for (let tries = 0; !script && tries < 40 && !(await resume.isVisible()); tries += 1) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await resume.click();
  await ended(page, script);
}, { as: 'manager' });

inBrowser('a job is stopped between two accounts, and what failed is retried', portal, async (page) => {
  await page.goto('/accounts?status=enabled&per=25');
  await page.getByLabel('Select all on this page').check();
  await choose(page, 'Channel limit');
  await page.getByLabel('Set to').check();
  await page.getByLabel('Channels', { exact: true }).fill('6');
  await preview(page);
  await portal.faults([{ method: 'PATCH', path: '*', then: { delay_ms: 400 } }]);
  await page.getByRole('button', { name: /^Set the channel limit/ }).click();
  await page.getByRole('link', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: /^Stop/ }).last().click();
  await page.locator('#progress').getByText('Stopped', { exact: true }).waitFor();
  await page.getByText(/not started/).first().waitFor();
  await portal.faults([]);
  await page.locator('#retry').click();
  await ended(page, true);
  await page.locator('#progress').getByText(/^\d+ done$/).waitFor();
}, { as: 'manager' });

for (const [way, limit] of [['events', '5'], ['polling', '4']]) {
  inBrowser(`the page of a job follows it by ${way}`, portal, async (page) => {
    const stream = /\/jobs\/[^/]+\/events$/;
    const opened = [];
    page.on('request', (request) => { if (stream.test(request.url())) opened.push(request.url()); });
    if (way === 'polling') await page.route(stream, (route) => route.fulfill({ status: 429 }));
    await page.goto('/accounts?status=enabled&per=25');
    await page.getByLabel('Select all on this page').check();
    await choose(page, 'Channel limit');
    await page.getByLabel('Set to').check();
    await page.getByLabel('Channels', { exact: true }).fill(limit);
    await preview(page);
    await portal.faults([{ method: 'PATCH', path: '*', times: 9, then: { delay_ms: 1_500 } }]);
    await page.getByRole('button', { name: /^Set the channel limit/ }).click();
    await page.locator('#pause').focus();
    await ended(page, true);
    // Its button is gone, so the focus is at the heading.
    await page.locator('#h-progress:focus').waitFor();
    assert.equal(opened.length, 1, opened.join('\n'));
    await portal.faults([]);
  }, { as: 'manager' });
}

inBrowser('the channels of all disabled accounts are reclaimed where they are shown', portal, async (page) => {
  await page.goto('/channels?show=reclaim');
  await page.getByRole('link', { name: /^Reclaim all/ }).click();
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.getByRole('textbox', { name: 'Reason' }).inputValue(), /Reclaim/);
  await preview(page);
  const included = (await page.getByRole('heading', { level: 1 }).innerText()).match(/of (\d+) account/)[1];
  await page.locator('#confirm').fill(included);
  await page.getByRole('button', { name: /^Block outbound calls/ }).click();
  await ended(page, true);
  await page.goto('/channels?show=reclaim');
  assert.equal(await page.locator('.channel-holders-table tbody tr').count(), 0);
}, { as: 'manager' });

for (const width of [360, 768, 1440]) {
  inBrowser(`the pages of a job fit into ${width} px`, portal, async (page) => {
    await page.goto('/jobs');
    assert.deepEqual(await overflow(page), []);
    await page.locator('main tbody a[href^="/jobs/"]').first().click();
    await page.waitForURL((url) => url.pathname.startsWith('/jobs/'));
    assert.deepEqual(await overflow(page), []);
    assert.deepEqual(await accessibility(page), []);
  }, { as: 'viewer', viewport: { width, height: 800 } });
}
