import assert from 'node:assert/strict';
import { bothWays, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();
const users = async () => (await portal.state()).users;

bothWays('an organization user is removed once the address is typed', portal, async (page) => {
  const plain = (await users()).filter((user) => user.record_type === 'organization_sub_user');
  const { id, email } = plain[0];
  const before = (await users()).length;
  await signIn(page, 'admin');
  await page.goto(`/org-users/${id}`);
  await page.locator('.page-actions').getByRole('link', { name: 'Remove' }).click();
  const confirm = page.locator('[data-confirm]');
  const field = confirm.getByLabel('Type the e-mail address to confirm');
  await field.fill('somebody.else@example.com');
  const button = confirm.getByRole('button', { name: `Remove ${email}` });
  if (await button.isEnabled()) {
    await button.click();
    await page.locator('#confirm_email[aria-invalid=true]').waitFor();
  }
  assert.equal((await users()).length, before, 'another address removes nobody');
  await field.fill(email);
  await button.click();
  await page.waitForURL((url) => !url.pathname.includes(id));
  assert.equal((await users()).length, before - 1);
  assert.equal((await users()).some((user) => user.id === id), false);
});

bothWays('an account manager reads the users and removes none', portal, async (page) => {
  const [user] = (await users()).filter((it) => it.record_type === 'organization_sub_user');
  await signIn(page, 'manager');
  await page.goto('/org-users');
  await page.getByRole('link', { name: user.email, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: user.email }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Remove' }).count(), 0);
  const refused = await page.goto(`/org-users/${user.id}/remove`);
  assert.equal(refused.status(), 403);
});
