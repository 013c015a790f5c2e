// The password for the customer's first sign-in: made, shown, hidden and copied in the page, and kept nowhere.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();
const RULE = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z2-9]{5}(-[a-zA-Z2-9]{5}){3}$/;

async function review(page, name) {
  await page.goto('/accounts/new');
  await page.getByLabel('Organization name').fill(name);
  await page.locator('#email').fill(`${name.toLowerCase().replaceAll(' ', '-')}@example.org`);
  await page.getByRole('radio', { name: 'No: it has its own balance' }).check();
  await page.getByRole('button', { name: 'Review' }).click();
  await page.locator('.review-facts').first().waitFor();
}

bothWays('a password is made on request, another one the next time, and the account gets it', portal, async (page, { script }) => {
  const name = `Password ${script ? 'one' : 'two'}`;
  await review(page, name);
  const field = page.locator('#password');
  assert.equal(await field.getAttribute('type'), 'password');
  const make = page.getByRole('button', { name: 'Generate' });
  await make.click();
  await page.locator('#password[type=text]').waitFor();
  const first = await field.inputValue();
  assert.match(first, RULE);
  await shows(page, 'It is not shown again');
  await make.click();
  await page.waitForLoadState();
  await page.locator('#password[type=text]').waitFor();
  const second = await field.inputValue();
  assert.match(second, RULE);
  assert.notEqual(first, second);
  assert.ok(!page.url().includes(second));
  if (script) assert.deepEqual(await accessibility(page), []);
  await page.getByRole('button', { name: `Create ${name}` }).click();
  await page.waitForURL(/\/accounts\/created\//);
  await page.waitForLoadState();
  assert.ok(!(await page.content()).includes(second));
  const made = (await portal.state()).accounts.filter((account) => account.organization_name === name);
  assert.deepEqual(made.map((account) => account.password_set), [true]);
}, { as: 'manager' });

inBrowser('the password is shown, hidden and copied without leaving the page', portal, async (page) => {
  await review(page, 'Password three');
  const field = page.locator('#password');
  const copy = page.getByRole('button', { name: 'Copy', exact: true });
  assert.equal(await copy.isDisabled(), true);
  await field.fill('typed by hand');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  assert.equal(await field.getAttribute('type'), 'text');
  assert.equal(await field.inputValue(), 'typed by hand');
  await copy.click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'typed by hand');
  await page.getByRole('button', { name: 'Hide', exact: true }).click();
  assert.equal(await field.getAttribute('type'), 'password');
  await page.getByRole('button', { name: 'Generate' }).click();
  const made = await field.inputValue();
  await copy.click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), made);
  assert.match(made, RULE);
  assert.match(page.url(), /\/accounts\/new\/review$/);
}, { as: 'manager', permissions: ['clipboard-read', 'clipboard-write'] });

inBrowser('Enter in the password creates the account', portal, async (page) => {
  await review(page, 'Password four');
  await page.locator('#password').fill('typed by hand');
  await page.locator('#password').press('Enter');
  await page.waitForURL(/\/accounts\/created\//);
}, { as: 'manager', javaScriptEnabled: false });

inBrowser('on a phone nothing of the form, the review and the result sticks out', portal, async (page) => {
  await review(page, 'Password five');
  assert.deepEqual(await overflow(page), []);
  await page.getByRole('button', { name: 'Back' }).click();
  await page.locator('#new-account').waitFor();
  assert.deepEqual(await overflow(page), []);
  assert.deepEqual(await accessibility(page), []);
}, { as: 'manager', viewport: { width: 320, height: 700 } });

inBrowser('tags are suggested one by one', portal, async (page) => {
  await page.goto('/accounts/new');
  const names = () => page.locator('#tag-names option').evaluateAll((options) => options.map((option) => option.value));
  const [first, second] = await names();
  const field = page.getByLabel('Tags');
  await field.pressSequentially(`${first}, `);
  const next = await names();
  assert.ok(next.includes(`${first}, ${second}`), next.join('|'));
  assert.ok(!next.includes(`${first}, ${first}`));
  await page.getByRole('button', { name: 'Use these as my defaults' }).click();
  await shows(page, 'Saved as your defaults');
  await page.goto('/accounts/new');
  assert.equal(await page.getByLabel('Tags').inputValue(), first);
}, { as: 'admin' });
