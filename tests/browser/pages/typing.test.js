// The search of the list while it is typed, at 100,000 accounts: no key is lost, nothing older takes the place of something
// newer, focus and caret stay, and the history has one step for all of it.
import assert from 'node:assert/strict';
import { inBrowser } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 100_000, patience: 240_000, timeout: 60_000 });

// What the page does while somebody types: each value that the field had, whether anything but a key changed it, and each
// search that the rows answered.
async function watched(page) {
  await page.addInitScript(() => {
    const seen = { values: [], set: [], answers: [], lost: 0 };
    window.seen = seen;
    const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
    Object.defineProperty(HTMLInputElement.prototype, 'value', {
      ...value,
      set(to) { if (this.name === 'q') seen.set.push(to); value.set.call(this, to); },
    });
    document.addEventListener('input', (event) => { if (event.target.matches('[data-search]')) seen.values.push(event.target.value); });
    document.addEventListener('focusout', (event) => { if (event.target.matches?.('[data-search]')) seen.lost += 1; });
    document.addEventListener('DOMContentLoaded', () => {
      new MutationObserver(() => {
        const chips = [...document.querySelectorAll('#rows .chip')].map((chip) => chip.textContent.trim());
        const answer = chips.find((chip) => chip.startsWith('Search: '))?.slice('Search: '.length) ?? '';
        if (answer !== (seen.answers.at(-1) ?? '')) seen.answers.push(answer);
      }).observe(document.querySelector('#table'), { childList: true, subtree: true });
    });
  });
  await page.goto('/accounts');
}

let truth;
async function somebody() {
  truth ??= (await portal.state()).accounts.filter((account) => account.status === 'enabled');
  return truth[Math.floor(truth.length / 2)];
}
const pauses = {
  'as people type': () => 60 + Math.random() * 120,
  'as fast as keys come': () => 0,
  'with a request between any two keys': () => 320,
};

for (const [how, pause] of Object.entries(pauses)) {
  inBrowser(`no key is dropped, typed ${how}`, portal, async (page) => {
    const { id, email } = await somebody();
    await watched(page);
    const steps = await page.evaluate(() => history.length);
    await page.keyboard.press('/');
    const search = page.getByLabel('Search accounts');
    const text = how.startsWith('with') ? email.slice(0, 12) : email;
    for (const key of text) {
      await page.keyboard.type(key);
      await new Promise((typed) => { setTimeout(typed, pause()); });
    }
    await page.waitForURL((url) => url.searchParams.get('q') === text);
    await page.locator('#rows .chip', { hasText: `Search: ${text}` }).waitFor();
    const seen = await page.evaluate(() => window.seen);
    assert.equal(await search.inputValue(), text);
    assert.deepEqual(seen.values, [...text].map((_, at) => text.slice(0, at + 1)), 'each key is there, in its order');
    assert.deepEqual([seen.set, seen.lost], [[], 0], 'nothing but keys changed the field, and it kept the focus');
    assert.equal(await search.evaluate((node) => node === document.activeElement && node.selectionStart === node.value.length), true);
    const ahead = seen.answers.map((answer) => answer.length);
    assert.deepEqual(ahead, [...ahead].sort((one, other) => one - other), `no older answer came after a newer one: ${seen.answers}`);
    assert.equal(seen.answers.at(-1), text);
    if (text === email) await page.locator(`#account-${id}`).waitFor();
    else assert.ok(await page.locator('#rows tbody tr').count() > 0);

    assert.equal(await page.evaluate(() => history.length), steps + 1, 'one step for the whole search');
    await page.goBack();
    await page.waitForURL((url) => url.pathname === '/accounts' && !url.searchParams.has('q'));
    await page.locator('#rows').getByText('1–50 of 100,000', { exact: true }).waitFor();
    assert.equal(await search.inputValue(), '');
  }, { as: 'viewer' });
}

inBrowser('a late answer to what was typed first does not take the place of what was typed last', portal, async (page) => {
  const { email } = await somebody();
  await watched(page);
  let held = 0;
  await page.route(/\/accounts\?(.*&)?q=/, async (route) => {
    const q = new URL(route.request().url()).searchParams.get('q');
    if (q !== email) {
      held += 1;
      await new Promise((later) => { setTimeout(later, 1500); });
    }
    await route.continue().catch(() => {});
  });
  await page.keyboard.press('/');
  await page.keyboard.type(email.slice(0, 4));
  await page.waitForRequest((request) => request.url().includes('q='));
  await page.keyboard.type(email.slice(4));
  await page.locator('#rows .chip', { hasText: `Search: ${email}` }).waitFor();
  await new Promise((later) => { setTimeout(later, 1800); });
  assert.ok(held > 0);
  assert.deepEqual(await page.evaluate(() => window.seen.answers), [email]);
  assert.equal(new URL(page.url()).searchParams.get('q'), email);
}, { as: 'viewer' });

inBrowser('the caret stays where it is in the middle of the text while answers come', portal, async (page) => {
  await watched(page);
  await page.keyboard.press('/');
  await page.keyboard.type('colins');
  const search = page.getByLabel('Search accounts');
  for (let key = 0; key < 3; key += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('l');
  await page.locator('#rows', { hasText: 'collins' }).waitFor();
  assert.equal(await search.evaluate((node) => node.selectionStart), 4);
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.waitForURL((url) => url.searchParams.get('q') === 'coins');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.waitForURL((url) => !url.searchParams.has('q'));
  await page.locator('#rows').getByText('1–50 of 100,000', { exact: true }).waitFor();
}, { as: 'viewer' });
