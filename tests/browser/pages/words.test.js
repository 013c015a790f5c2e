// The portal's own words about an account: tags, notes, display name, account manager. What is half typed stays, the focus is never lost.
import assert from 'node:assert/strict';
import { bothWays, inBrowser, title } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 80 });

// Each test takes an account of its own, on which nobody has put a tag.
const taken = new Set();
async function untouched(page) {
  const { accounts } = await portal.state();
  for (const account of accounts) {
    if (account.status !== 'enabled' || taken.has(account.id) || !/^[\w .]+$/.test(account.organization_name)) continue;
    taken.add(account.id);
    const answer = await page.request.get(`${portal.url}/accounts/${account.id}`);
    if (!(await answer.text()).includes('class="tag"')) return account;
  }
  throw new Error('every account was taken');
}
const focused = (page) => page.evaluate(() => {
  const node = document.activeElement;
  return node === document.body ? 'body' : node.getAttribute('aria-label') || node.id || node.textContent.trim();
});
// A toast, without the marks that keep a name's direction to itself.
const said = (page, text) => page.waitForFunction((text) =>
  [...document.querySelectorAll('.toast')].some((toast) => toast.textContent.replace(/[\u2068\u2069]/g, '').includes(text)), text);
const texts = (page) => page.locator('.note-text').allInnerTexts();
async function note(page, text) {
  await page.getByLabel('Add a note').fill(text);
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.locator('.note-text', { hasText: text }).waitFor();
}

bothWays('tags are put on and removed one after the other', portal, async (page, { script }) => {
  const { id } = await untouched(page);
  await page.goto(`/accounts/${id}`);
  const field = page.getByLabel('Add a tag');
  const tags = page.locator('#tags .tag');
  for (const name of ['late payer', 'VIP', 'east']) {
    await field.fill(name);
    await field.press('Enter');
    await tags.filter({ hasText: name }).waitFor();
    if (script) assert.equal(await focused(page), 'tag');
  }
  await field.fill('vip');
  await field.press('Enter');
  await page.locator('#tag[aria-invalid=true]').waitFor();
  assert.equal(await field.inputValue(), 'vip');
  if (script) assert.equal(await focused(page), 'tag');
  await page.getByRole('button', { name: 'Remove the tag late payer' }).click();
  await tags.filter({ hasText: 'late payer' }).waitFor({ state: 'detached' });
  assert.deepEqual(await page.locator('#tags .tag a').allInnerTexts(), ['east', 'VIP']);
  if (script) assert.equal(await focused(page), 'Remove the tag VIP');
  await page.goto('/accounts?tag=VIP');
  assert.deepEqual(await page.locator(`#account-${id} small`).allInnerTexts(), ['east', 'VIP']);
}, { as: 'manager' });

bothWays('tags are renamed, merged and deleted on one page', portal, async (page, { script }) => {
  const mine = script ? 'js' : 'plain';
  const ids = [(await untouched(page)).id, (await untouched(page)).id];
  for (const [at, name] of [[0, `${mine} one`], [1, `${mine} one`], [1, `${mine} two`]]) {
    await page.request.post(`/accounts/${ids[at]}/tags`, { form: { tag: name }, headers: { origin: portal.url } });
  }
  const act = async (name, verb, fill) => {
    await page.goto('/tags');
    await page.getByRole('link', { name: `${verb} ${name}` }).click();
    const form = page.locator('form.confirm');
    await form.waitFor();
    await fill?.(form);
    await form.getByRole('button', { name: `${verb} the tag ${name}` }).click();
  };
  await act(`${mine} one`, 'Rename', (form) => form.getByLabel('New name').fill(`${mine} first`));
  await said(page, `The tag is called ${mine} first now.`);
  await act(`${mine} first`, 'Merge', (form) => form.getByLabel('Merge into').fill('no such tag'));
  await page.locator('#into[aria-invalid=true]').waitFor();
  if (script) assert.equal(await focused(page), 'into');
  await act(`${mine} first`, 'Merge', (form) => form.getByLabel('Merge into').fill(`${mine} two`));
  await said(page, `${mine} first merged into the tag ${mine} two.`);
  assert.match(await page.locator('tr', { hasText: `${mine} two` }).innerText(), /\b2\b/);
  await act(`${mine} two`, 'Delete');
  await said(page, `The tag ${mine} two is deleted.`);
  assert.equal(await page.locator('tr', { hasText: `${mine} two` }).count(), 0);
}, { as: 'manager' });

bothWays('notes are added, edited, pinned and deleted', portal, async (page, { script }) => {
  const { id } = await untouched(page);
  await page.goto(`/accounts/${id}`);
  await note(page, 'first');
  await note(page, 'second');
  assert.deepEqual(await texts(page), ['second', 'first']);
  assert.equal(await page.getByLabel('Add a note').inputValue(), '');
  const first = page.locator('.notes > li', { hasText: 'first' });
  await first.locator('summary', { hasText: 'Edit' }).click();
  await first.getByLabel('Your note').fill('');
  await first.getByRole('button', { name: 'Save note' }).click();
  await page.locator('.notes [aria-invalid=true]').waitFor();
  await page.locator('.notes details[open]').getByLabel('Your note').fill('first, edited');
  await page.getByRole('button', { name: 'Save note' }).locator('visible=true').click();
  await page.locator('.note-text', { hasText: 'first, edited' }).waitFor();
  if (script) {
    assert.equal(await page.evaluate(() => document.activeElement.querySelector('.note-text')?.textContent), 'first, edited');
    assert.equal(await page.locator('.notes details[open]').count(), 0);
  }
  await first.getByRole('button', { name: /^Pin/ }).click();
  await page.locator('li[data-pinned]').waitFor();
  assert.deepEqual(await texts(page), ['first, edited', 'second']);
  if (script) assert.match(await focused(page), /-pin$/);
  const second = page.locator('.notes > li', { hasText: 'second' });
  await second.locator('summary', { hasText: 'Delete' }).click();
  await second.getByRole('button', { name: 'Delete note' }).click();
  await second.waitFor({ state: 'detached' });
  assert.deepEqual(await texts(page), ['first, edited']);
  if (script) assert.equal(await focused(page), 'h-notes');
}, { as: 'manager' });

inBrowser('what is half typed stays while other notes change', portal, async (page) => {
  const { id } = await untouched(page);
  await page.goto(`/accounts/${id}`);
  await note(page, 'mine');
  await note(page, 'other');
  const mine = page.locator('.notes > li', { hasText: 'mine' });
  await mine.locator('summary', { hasText: 'Edit' }).click();
  await mine.getByLabel('Your note').fill('mine, half typed');
  await page.getByLabel('Add a note').fill('a new one, half typed');
  const other = page.locator('.notes > li', { has: page.locator('.note-text', { hasText: /^other$/ }) });
  await other.getByRole('button', { name: /^Pin/ }).click();
  await page.locator('li[data-pinned]').waitFor();
  assert.equal(await page.getByLabel('Add a note').inputValue(), 'a new one, half typed');
  assert.equal(await mine.getByLabel('Your note').inputValue(), 'mine, half typed');
  assert.ok(await mine.getByLabel('Your note').isVisible());
  await other.locator('summary', { hasText: 'Delete' }).click();
  await other.getByRole('button', { name: 'Delete note' }).click();
  await other.waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Add a note').inputValue(), 'a new one, half typed');
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.locator('.note-text', { hasText: 'a new one, half typed' }).waitFor();
  assert.equal(await page.getByLabel('Add a note').inputValue(), '');
  assert.equal(await focused(page), 'note-add');
  assert.equal(await mine.getByLabel('Your note').inputValue(), 'mine, half typed');
  await mine.getByRole('button', { name: 'Save note' }).click();
  await page.locator('.note-text', { hasText: 'mine, half typed' }).waitFor();
  assert.equal(await page.locator('.notes details[open]').count(), 0);
}, { as: 'manager' });

bothWays('an account is called by its display name, with Telnyx\'s name beside it', portal, async (page, { script }) => {
  const { id, organization_name: name } = await untouched(page);
  const called = `The corner shop ${script ? 'one' : 'two'}`;
  await page.goto(`/accounts/${id}`);
  await page.getByRole('link', { name: /display name$/ }).click();
  const field = page.getByRole('textbox', { name: 'Display name' });
  await field.fill('x'.repeat(300));
  await page.getByRole('button', { name: 'Save display name' }).click();
  await page.locator('#display_name[aria-invalid=true]').waitFor();
  assert.equal((await field.inputValue()).length, 300);
  await field.fill(called);
  await page.getByRole('button', { name: 'Save display name' }).click();
  await page.locator('h1', { hasText: called }).waitFor();
  assert.equal(await title(page), called);
  await page.goto(`/accounts?q=${encodeURIComponent(called)}`);
  assert.match(await page.locator(`#account-${id} td`).first().innerText(), new RegExp(`${called}.*${name}`, 's'));
}, { as: 'manager' });

bothWays('an account is assigned to somebody, then to oneself with one click', portal, async (page) => {
  const { id } = await untouched(page);
  await page.goto(`/accounts/${id}`);
  await page.getByRole('link', { name: /account manager$/ }).click();
  await page.getByRole('combobox', { name: 'Account manager' }).selectOption({ label: 'Victor Lindgren' });
  await page.getByRole('button', { name: 'Save account manager' }).click();
  await page.locator('#overview').getByRole('link', { name: 'Victor Lindgren' }).waitFor();
  await page.getByRole('button', { name: 'Assign to me' }).click();
  await page.locator('#overview').getByRole('link', { name: 'Maya Chen' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Assign to me' }).count(), 0);
  await page.goto('/accounts?assignee=me&per=100');
  await page.locator(`#account-${id}`).getByText('Maya Chen').waitFor({ state: 'attached' });
}, { as: 'manager' });
