// Removing an organization user: the one change that nothing takes back.
import assert from 'node:assert/strict';
import { bothWays, inBrowser } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();
const users = async () => (await portal.state()).users;

bothWays('an organization user is removed once the email address is typed', portal, async (page, { script }) => {
  const { id, email } = (await users()).find(
    (user) => user.record_type === 'organization_sub_user' && user.email !== portal.keyOwner,
  );
  await page.goto(`/org-users/${id}`);
  await page.locator('.page-actions').getByRole('link', { name: 'Remove' }).click();
  const form = script ? page.getByRole('dialog') : page.locator('main');
  const button = form.getByRole('button', { name: `Remove ${email}` });
  await button.waitFor();
  await form.getByLabel('Reason').selectOption('left_company');
  const typed = form.getByLabel('Type the email to confirm');
  await typed.fill('somebody.else@example.com');
  if (script) {
    assert.equal(await button.isDisabled(), true);
  } else {
    await button.click();
    await page.locator('#confirm_email[aria-invalid=true]').waitFor();
    assert.equal(await typed.inputValue(), 'somebody.else@example.com');
  }
  assert.ok((await users()).some((user) => user.id === id));
  await typed.fill(` ${email.toUpperCase()} `);
  await button.click();
  await page.locator('#toasts .toast').waitFor();
  assert.equal(new URL(page.url()).pathname, '/org-users');
  assert.ok(!(await users()).some((user) => user.id === id));
  assert.equal(await page.locator('tbody').getByText(email, { exact: true }).count(), 0);
}, { as: 'admin' });

inBrowser('an account manager is not offered to remove anybody', portal, async (page) => {
  const { id } = (await users()).find((user) => user.record_type === 'organization_sub_user');
  for (const address of ['/org-users', `/org-users/${id}`]) {
    await page.goto(address);
    assert.equal(await page.getByRole('link', { name: 'Remove' }).count(), 0);
  }
  assert.equal((await page.goto(`/org-users/${id}/remove`)).status(), 403);
}, { as: 'manager' });
