// Changes to one account: disable and enable, its channel limit on its own page and in the list of channels.
import assert from 'node:assert/strict';
import { bothWays, inBrowser, shows, toast } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

// Enabled accounts whose limit the portal knows: each test takes one of its own.
const taken = new Set();
async function untouched(page) {
  await page.goto('/channels?per=100');
  const known = await page.locator('tr[data-row]:has(.figure)').evaluateAll((rows) => rows.map((row) => row.id.slice(4)));
  const { accounts } = await portal.state();
  const found = accounts.find((account) => account.status === 'enabled' && account.channel_limit > 1
    && known.includes(account.id) && !taken.has(account.id) && /^[\w .]+$/.test(account.organization_name));
  assert.ok(found, 'the demo has too few such accounts');
  taken.add(found.id);
  return found;
}
const atTelnyx = async (id) => (await portal.state()).accounts.find((account) => account.id === id);

// Follows a link to a confirmation: a dialog over the page with JavaScript, a page of its own without.
async function confirmation(page, script, name, address) {
  const before = page.url();
  await page.locator('.page-actions').getByRole('link', { name, exact: true }).click();
  if (!script) {
    await page.waitForURL(`**${address}`);
    return page.locator('main');
  }
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.equal(page.url(), before);
  const heading = dialog.locator('h2').first();
  assert.equal(await dialog.getAttribute('aria-label'), (await heading.textContent()).trim());
  return dialog;
}

bothWays('an account is disabled for a reason and enabled again', portal, async (page, { script }) => {
  const { id, organization_name: name } = await untouched(page);
  await page.goto(`/accounts/${id}`);

  let form = await confirmation(page, script, 'Disable', `/accounts/${id}/disable`);
  // A dialog begins on Cancel, a page on its question.
  const begins = script ? 'Cancel' : `Disable ${name}?`;
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), begins);
  assert.match(await form.innerText(), /Channels held/);
  const disable = form.getByRole('button', { name: `Disable ${name}` });
  await disable.click();
  await form.getByText('Choose a reason.').waitFor();
  assert.equal((await atTelnyx(id)).status, 'enabled');
  await form.getByLabel('In a few words').fill('three invoices are open');
  await form.getByLabel('Reason', { exact: true }).selectOption({ label: 'Non-payment' });
  await disable.click();
  await shows(page, toast(page));
  await page.waitForURL(`**/accounts/${id}`);
  assert.equal((await atTelnyx(id)).status, 'disabled');
  assert.match(await page.locator('#call-status').innerText(), /They cannot call: the account is disabled/);
  await page.getByText('three invoices are open').first().waitFor();

  form = await confirmation(page, script, 'Enable', `/accounts/${id}/enable`);
  assert.equal(await form.getByRole('radio', { checked: true }).count(), 0);
  const enable = form.getByRole('button', { name: `Enable ${name}` });
  await enable.click();
  await form.locator('#connections-help .field-error').waitFor();
  assert.equal((await atTelnyx(id)).status, 'disabled');
  await form.getByRole('radio', { name: 'No, leave them off' }).check();
  await enable.click();
  await page.waitForURL(`**/accounts/${id}`);
  await page.locator('#call-status > ul').getByText('Enabled').waitFor();
  const now = await atTelnyx(id);
  assert.deepEqual([now.status, now.reenable_all_connections], ['enabled', false]);
}, { as: 'manager' });

inBrowser('a dialog that is closed changes nothing and gives the focus back', portal, async (page) => {
  const { id } = await untouched(page);
  await page.goto(`/accounts/${id}`);
  const link = page.locator('.page-actions').getByRole('link', { name: 'Disable', exact: true });
  for (const close of [() => page.keyboard.press('Escape'), () => page.getByRole('dialog').getByText('Cancel').click()]) {
    await link.click();
    await page.getByRole('dialog').waitFor();
    await close();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await link.evaluate((node) => node === document.activeElement), true);
  }
  assert.equal((await atTelnyx(id)).status, 'enabled');
}, { as: 'manager' });

inBrowser('the page of a confirmation works by itself with JavaScript too', portal, async (page) => {
  const { id, organization_name: name } = await untouched(page);
  await page.goto(`/accounts/${id}/disable`);
  await page.getByLabel('Reason', { exact: true }).selectOption({ label: 'Non-payment' });
  await page.getByRole('button', { name: `Disable ${name}` }).click();
  await page.waitForURL(`**/accounts/${id}`);
  await shows(page, toast(page));
  assert.equal((await atTelnyx(id)).status, 'disabled');
}, { as: 'manager' });

bothWays('a limit is changed on the page of its account and taken back by Undo', portal, async (page, { script }) => {
  const { id, channel_limit: was } = await untouched(page);
  await page.goto(`/accounts/${id}`);
  const field = page.getByLabel('New channel limit');
  const save = page.getByRole('button', { name: 'Save limit' });

  await field.fill('many');
  await save.click();
  await page.locator('#channel_limit[aria-invalid=true]').waitFor();
  assert.equal(await page.locator('#channel_limit').inputValue(), 'many');
  await page.goto(`/accounts/${id}`);

  await field.fill(String(was + 1));
  const preview = (await page.locator('#channels [data-preview]').innerText()).trim();
  if (script) assert.match(preview, new RegExp(`^Limit ${was} → ${was + 1}, pool free [\\d,]+ → [\\d,]+$`));
  else assert.equal(preview, '');
  await save.click();
  await shows(page, toast(page));
  assert.equal((await atTelnyx(id)).channel_limit, was + 1);
  await page.locator('#call-status').getByText(`Channel limit ${was + 1}`).waitFor();

  await toast(page).getByRole('button', { name: 'Undo' }).click();
  await page.locator('#call-status').getByText(`Channel limit ${was}`).first().waitFor();
  assert.equal((await atTelnyx(id)).channel_limit, was);
}, { as: 'manager' });

bothWays('a limit is changed in the list of channels, and Undo is offered', portal, async (page, { script }) => {
  await page.goto('/channels');
  const rows = page.locator('tr[data-row]:has([data-row-focus])');
  const [row, next] = [await rows.nth(0).getAttribute('id'), await rows.nth(1).getAttribute('id')];
  const id = row.replace('row-', '');
  const was = (await atTelnyx(id)).channel_limit;
  const field = page.locator(`#limit-${id}`);

  await field.fill('-1');
  await field.press('Enter');
  await page.locator(`#limit-${id}[aria-invalid=true]`).waitFor();
  assert.equal(await field.inputValue(), '-1');
  if (script) assert.equal(await page.evaluate(() => document.activeElement.id), `limit-${id}`);

  const free = Number(await page.locator('#pool').getAttribute('data-pool-free'));
  await field.fill(String(was + 1));
  if (script) {
    assert.equal(await page.locator(`#${row} [data-preview]`).innerText(),
      `Limit ${was} → ${was + 1}, pool free ${free} → ${free - 1}`);
  }
  await field.press('Enter');
  await shows(page, toast(page));
  assert.equal((await atTelnyx(id)).channel_limit, was + 1);
  assert.equal(await page.locator(`#${row} .figure`).innerText(), String(was + 1));
  assert.equal(await page.locator('#pool').getAttribute('data-pool-free'), String(free - 1));
  // The list stays where it was: what is worked down by hand does not jump about.
  if (script) assert.equal(await page.evaluate(() => document.activeElement.id), next.replace('row-', 'limit-'));

  await toast(page).getByRole('button', { name: 'Undo' }).click();
  // Undo ends in the list where it began.
  await page.waitForFunction(([id, was]) => document.querySelector(`#row-${CSS.escape(id)} .figure`)?.textContent === String(was), [id, was]);
  assert.equal((await atTelnyx(id)).channel_limit, was);
}, { as: 'manager' });

inBrowser('a viewer is offered no change', portal, async (page) => {
  const { accounts } = await portal.state();
  await page.goto(`/accounts/${accounts.find((account) => account.status === 'enabled').id}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save limit' }).count(), 0);
  assert.equal(await page.locator('main a[data-dialog]').count(), 0);
  await page.goto('/channels');
  assert.equal(await page.locator('[data-row-focus]').count(), 0);
}, { as: 'viewer' });
