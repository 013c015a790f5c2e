import assert from 'node:assert/strict';
import { bothWays, inBrowser, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

// The truth about accounts, as Telnyx has it.
const accounts = async () => (await portal.state()).accounts;
const account = async (id) => (await accounts()).find((one) => one.id === id);
const taken = new Set();
// An account with this status that no other test uses.
async function one(status, fits = () => true) {
  const found = (await accounts()).find((it) => it.status === status && !taken.has(it.id) && fits(it));
  taken.add(found.id);
  return found;
}

let customers = 0;

bothWays('an account is created, read back first, and its key is seen once', portal, async (page) => {
  customers += 1;
  const name = `Acme & Söhne <${customers}>`;
  const before = (await accounts()).length;
  await signIn(page, 'manager');
  await page.goto('/accounts/new');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('Choose').first().waitFor();
  await page.getByLabel('Organization name').fill(name);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(`office${customers}@acme.example`);
  await page.getByLabel('No: it has its own balance').check();
  await page.getByLabel('Channel limit').fill('7');
  await page.getByRole('button', { name: 'Review' }).click();

  await page.getByText('Read these back to the customer').waitFor();
  await page.getByText(name).first().waitFor();
  assert.equal((await accounts()).length, before, 'nothing is sent before the review is confirmed');
  // The second customer has the name of the first but for a digit; what is similar is shown, not refused.
  const other = page.getByLabel('This is another customer');
  if (await other.count()) await other.check();
  await page.getByRole('button', { name: `Create ${name}` }).click();

  await page.getByRole('button', { name: 'Show API key' }).click();
  const key = page.locator('#the-key');
  await key.waitFor();
  const made = (await accounts()).find((it) => it.organization_name === name);
  assert.equal((await accounts()).length, before + 1);
  assert.equal(made.channel_limit, 7);
  assert.match(await key.innerText(), /^KEY/);

  await page.goto(`/accounts/${made.id}`);
  assert.equal(await page.locator('#the-key').count(), 0);
  await page.getByRole('heading', { level: 1, name }).waitFor();
  assert.equal((await page.content()).includes('KEY0'), false);
});

bothWays('an account is disabled for a reason and enabled again', portal, async (page) => {
  const { id, organization_name: name } = await one('enabled');
  await signIn(page, 'manager');
  await page.goto(`/accounts/${id}`);
  await page.locator('.page-actions').getByRole('link', { name: 'Disable' }).click();
  const confirm = page.locator('[data-confirm]');
  await confirm.getByText('stop at once').waitFor();
  const button = confirm.getByRole('button', { name: `Disable ${name}` });
  await button.click();
  assert.equal((await account(id)).status, 'enabled', 'no reason, no change');
  await page.locator('[data-confirm] [aria-invalid=true]').waitFor();
  await confirm.getByLabel('Reason', { exact: true }).selectOption('non_payment');
  await confirm.getByRole('button', { name: `Disable ${name}` }).click();
  await page.locator('.title-line .status', { hasText: 'Disabled' }).waitFor();
  assert.equal((await account(id)).status, 'disabled');

  await page.locator('.page-actions').getByRole('link', { name: 'Enable' }).click();
  await confirm.getByLabel('Yes: all of them').check();
  const reason = confirm.getByLabel('In a few words');
  if (await reason.count()) await reason.fill('They paid.');
  await confirm.getByRole('button', { name: `Enable ${name}` }).click();
  await page.locator('.title-line .status', { hasText: 'Enabled' }).waitFor();
  assert.equal((await account(id)).status, 'enabled');

  await page.goto('/activity');
  await page.getByText(name).first().waitFor();
});

bothWays('a channel limit is changed where the account is', portal, async (page) => {
  const { id } = await one('enabled', (it) => it.channel_limit > 10);
  await signIn(page, 'manager');
  await page.goto(`/accounts/${id}`);
  const field = page.getByLabel('New channel limit');
  await field.fill('-1');
  await page.getByRole('button', { name: 'Save limit' }).click();
  await page.locator('#channel_limit[aria-invalid=true]').waitFor();
  assert.equal(await field.inputValue(), '-1', 'what was typed stays');
  await field.fill('3');
  await page.getByRole('button', { name: 'Save limit' }).click();
  await page.locator('#channels .big-figure', { hasText: /^3\s/ }).waitFor();
  assert.equal((await account(id)).channel_limit, 3);
});

bothWays('a channel limit is changed in the list of who holds what', portal, async (page, { script }) => {
  const { id, organization_name: name, channel_limit: limit } = await one('enabled', (it) => it.channel_limit > 10);
  await signIn(page, 'manager');
  await page.goto(`/channels?q=${encodeURIComponent(id)}`);
  const row = page.locator(`#row-${id}`);
  await row.getByLabel(`New channel limit of ${name}`).fill(String(limit - 1));
  if (script) await row.locator('[data-preview]', { hasText: `${limit} → ${limit - 1}` }).waitFor();
  await row.getByRole('button', { name: 'Save' }).click();
  await page.locator(`#row-${id} .figure`, { hasText: String(limit - 1) }).waitFor();
  assert.equal((await account(id)).channel_limit, limit - 1);
});

inBrowser('what somebody did is undone from the message that says so', portal, async (page) => {
  const { id } = await one('enabled', (it) => it.channel_limit > 10);
  await signIn(page, 'manager');
  await page.goto(`/accounts/${id}`);
  const before = (await account(id)).channel_limit;
  await page.getByLabel('New channel limit').fill('4');
  await page.getByRole('button', { name: 'Save limit' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('#channels .big-figure', { hasText: new RegExp(`^${before}\\s`) }).waitFor();
  assert.equal((await account(id)).channel_limit, before);
});

bothWays('a viewer reads all of it and is offered no change', portal, async (page) => {
  const { id } = await one('enabled');
  await signIn(page, 'viewer');
  await page.goto(`/accounts/${id}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save limit' }).count(), 0);
  assert.equal(await page.locator('.page-actions a[data-dialog]').count(), 0);
});
