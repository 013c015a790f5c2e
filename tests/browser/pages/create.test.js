// Onboarding: the form, what is read back, the account, its key once.
import assert from 'node:assert/strict';
import { bothWays, shows, title } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();
const called = async (name) => (await portal.state()).accounts.filter((account) => account.organization_name === name);

bothWays('an account is created with its limit, read back first, and its key is seen once', portal, async (page, { script }) => {
  const name = `Zwölf <b>Töne</b> ${script ? 'Ltd' : 'GmbH'}`;
  const email = `${script ? 'with' : 'without'}@zwoelf-toene.example`;
  await page.goto('/accounts/new');
  assert.equal(await page.locator('input[name=rollup_billing]:checked').count(), 0);
  await page.getByLabel('Organization name').fill(name);
  await page.locator('#email').fill('not an address');
  await page.getByLabel('Channel limit').fill('3');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.locator('#email[aria-invalid=true]').waitFor();
  await page.locator('fieldset[data-invalid]').getByText('Rollup billing', { exact: true }).waitFor();
  assert.equal(await page.getByLabel('Organization name').inputValue(), name);

  await page.locator('#email').fill(email);
  await page.getByRole('radio', { name: 'No: it has its own balance' }).check();
  await page.getByRole('button', { name: 'Review' }).click();
  const readBack = page.locator('.review-facts');
  await readBack.waitFor();
  assert.equal(await title(page), 'Review');
  assert.match(await readBack.innerText(), new RegExp(`${name}[^]+${email}[^]+No: it has its own balance[^]+3`));
  assert.deepEqual(await called(name), []);

  // Back to change something, and on again: nothing of it is lost.
  await page.getByRole('button', { name: 'Back' }).click();
  assert.equal(await page.locator('#email').inputValue(), email);
  await page.getByLabel('Channel limit').fill('4');
  await page.getByRole('button', { name: 'Review' }).click();
  await readBack.waitFor();
  await page.getByLabel('Password for the customer').fill('correct horse battery');
  await page.getByRole('button', { name: `Create ${name}` }).click();

  // Without scripts a page that waits is loaded again by hand.
  const refresh = page.getByRole('link', { name: 'Refresh', exact: true });
  const shown = page.locator('#api-key');
  await shown.or(refresh).first().waitFor({ timeout: 30_000 });
  for (let asked = 0; asked < 30 && !(await shown.isVisible()) && await refresh.isVisible(); asked += 1) await refresh.click();
  await shown.waitFor({ timeout: 30_000 });
  assert.match(page.url(), /\/accounts\/created\//);
  const made = await called(name);
  assert.equal(made.length, 1);
  assert.deepEqual([made[0].email, made[0].channel_limit, made[0].rollup_billing, made[0].password_set], [email, 4, false, true]);
  const result = page.url();
  assert.doesNotMatch(await page.content(), /correct horse battery/);
  assert.match(await page.locator('#customer-block').innerText(), new RegExp(made[0].id));

  await page.getByRole('button', { name: 'Show API key' }).click();
  await page.locator('#the-key').waitFor();
  const key = (await page.locator('#the-key').innerText()).trim();
  assert.match(key, /^KEY/);
  assert.doesNotMatch(await page.locator('#customer-block').allInnerTexts().then((texts) => texts.join()), new RegExp(key));

  // A minute, and it leaves the screen by itself.
  if (script) {
    await page.waitForLoadState();
    await page.clock.install();
    await page.clock.fastForward(61_000);
    await shows(page, 'The key was hidden after a minute.');
    assert.ok(!(await page.content()).includes(key));
  }

  // Once: neither the result nor the account's page offers or holds it again.
  for (const address of [result, `/accounts/${made[0].id}`]) {
    await page.goto(address);
    assert.equal(await page.getByRole('button', { name: 'Show API key' }).count(), 0);
    assert.ok(!(await page.content()).includes(key));
  }
  assert.equal(await title(page), name);
}, { as: 'manager' });

bothWays('a name that is there already is shown before a second account is made', portal, async (page) => {
  const { accounts } = await portal.state();
  const { organization_name: name } = accounts.find((account) => /^[\w .]+$/.test(account.organization_name));
  await page.goto('/accounts/new');
  await page.getByLabel('Organization name').fill(name);
  await page.getByRole('radio', { name: 'Yes: it uses our shared balance' }).check();
  await page.getByRole('button', { name: 'Review' }).click();
  await page.locator('#namesakes').getByText(name).first().waitFor();
  await page.getByRole('button', { name: `Create ${name}` }).click();
  await page.locator('#another_customer[aria-invalid=true]').waitFor();
  assert.equal((await portal.state()).accounts.length, accounts.length);
}, { as: 'manager' });
