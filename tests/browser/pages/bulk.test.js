// Many at once: a selection that becomes a job, channels reclaimed where they are shown, limits changed in their row.
import assert from 'node:assert/strict';
import { inBrowser, shows, toast } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 120 });

const ticks = (page) => page.locator('tbody input[name=id]');
const atTelnyx = async (id) => (await portal.state()).accounts.find((account) => account.id === id);
async function choose(page, action) {
  await page.locator('.selection-bar summary').click();
  await page.locator('.selection-bar').getByRole('button', { name: action, exact: true }).click();
}

inBrowser('all that match but two are sent to the preview of one job', portal, async (page) => {
  const { accounts } = await portal.state();
  const enabled = accounts.filter((account) => account.status === 'enabled').length;
  await page.goto('/accounts?status=enabled&per=25');
  await ticks(page).nth(0).check();
  await page.getByRole('button', { name: `Select all ${enabled} accounts` }).click();
  await ticks(page).nth(1).uncheck();
  await ticks(page).nth(2).uncheck();
  await choose(page, 'Disable');
  await page.getByRole('heading', { level: 1, name: `Disable ${enabled - 2} accounts?` }).waitFor();
  await page.getByText('all but 2 left out by hand').first().waitFor();
  await page.getByRole('button', { name: 'Preview' }).click();
  await shows(page, 'Choose a reason.');
  await page.getByLabel('Reason', { exact: true }).selectOption({ label: 'Non-payment' });
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]+$/);
}, { as: 'manager' });

inBrowser('without JavaScript the ticked rows are those of the form', portal, async (page) => {
  await page.goto('/channels?per=25');
  await ticks(page).nth(1).check();
  await ticks(page).nth(3).check();
  await choose(page, 'Channel limit');
  await page.getByRole('heading', { level: 1, name: 'Change the channel limit of 2 accounts' }).waitFor();
}, { as: 'manager', javaScriptEnabled: false });

inBrowser('0 in a row of channels opens its dialog there, and Cancel and success return to the row', portal, async (page) => {
  await page.goto('/channels?show=holding&per=25');
  const row = page.locator('tr[data-row]').filter({ hasText: 'Enabled' }).nth(4);
  const id = (await row.getAttribute('id')).slice(4);
  const field = page.locator(`#limit-${id}`);
  const dialog = page.getByRole('dialog');
  await field.fill('0');
  await field.press('Enter');
  await dialog.getByText('Sets its channel limit to 0.').waitFor();
  await dialog.getByText('Cancel').click();
  assert.equal(await page.evaluate(() => document.activeElement.closest('tr')?.id), `row-${id}`);
  assert.equal(await field.inputValue(), '0');
  await field.press('Enter');
  await dialog.getByLabel('Reason').fill('fraud is being looked into');
  const before = await page.evaluate(() => scrollY);
  await dialog.getByRole('button', { name: 'Block outbound calls' }).click();
  await shows(page, toast(page));
  assert.equal(new URL(page.url()).search, '?show=holding&per=25');
  assert.equal(await page.evaluate(() => scrollY), before);
  assert.equal((await atTelnyx(id)).channel_limit, 0);
}, { as: 'manager' });

inBrowser('the channels of one disabled account are reclaimed on the dashboard', portal, async (page) => {
  await page.goto('/');
  const link = page.locator('.attention-accounts').getByRole('link', { name: /^Reclaim/ }).first();
  const [, , id] = new URL(await link.evaluate((node) => node.href)).pathname.split('/');
  await link.click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.equal(await dialog.getByLabel('Reason').inputValue(), 'Reclaim channels of a disabled account');
  await dialog.getByRole('button', { name: 'Block outbound calls' }).click();
  await shows(page, toast(page));
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal((await atTelnyx(id)).channel_limit, 0);
}, { as: 'manager' });

inBrowser('a limit is changed in its row of the list of accounts', portal, async (page) => {
  await page.goto('/accounts?status=enabled&limit=1-50&per=25');
  const row = page.locator('tr[data-row]').first();
  const id = (await row.getAttribute('id')).slice(8);
  const { channel_limit: now } = await atTelnyx(id);
  const link = row.locator('.col-limit a');
  await link.click();
  const field = page.locator(`#limit-${id}`);
  await field.waitFor();
  assert.equal(await field.evaluate((node) => node === document.activeElement), true);
  await row.getByRole('link', { name: 'Cancel' }).click();
  await link.click();
  await field.fill('ten');
  await field.press('Enter');
  await row.getByText('Enter a whole number, 0 or more.').waitFor();
  await field.fill(String(now + 1));
  await field.press('Enter');
  await shows(page, toast(page));
  await link.waitFor();
  assert.equal((await atTelnyx(id)).channel_limit, now + 1);
}, { as: 'manager' });

inBrowser('channels are moved from one account to another: taken first, then given', portal, async (page) => {
  const { accounts } = await portal.state();
  const enabled = accounts.filter((account) => account.status === 'enabled');
  const from = enabled.find((account) => account.channel_limit >= 5);
  const to = enabled.find((account) => account.id !== from.id && account.channel_limit >= 1);
  await page.goto('/channels');
  await page.getByRole('link', { name: 'Move channels' }).click();
  const form = page.locator('form[action="/channels/move"]');
  await form.getByLabel('From').fill(from.email);
  await form.getByLabel('To', { exact: true }).fill(to.email);
  await form.getByLabel('Channels', { exact: true }).fill('2');
  await form.getByLabel('Reason').fill('campaign of the other customer');
  await form.getByRole('button', { name: 'Preview' }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]+$/);
  await page.getByRole('button', { name: /^Move 2 channels/ }).click();
  await shows(page, '2 of 2 finished');
  assert.equal((await atTelnyx(from.id)).channel_limit, from.channel_limit - 2);
  assert.equal((await atTelnyx(to.id)).channel_limit, to.channel_limit + 2);
}, { as: 'manager' });
