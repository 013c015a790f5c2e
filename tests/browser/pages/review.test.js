// Access reviews: deciding in rows, a conflict, the removal, and the sign-off.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

// The demo has an open review, and one that was signed off.
async function openReview(page) {
  await page.goto('/org-users/reviews');
  const open = page.locator('tbody tr', { hasText: 'Open' }).locator('.lead a');
  if (await open.count()) await open.click();
  else await page.getByRole('button', { name: 'Start a review' }).click();
  await page.locator('#progress').waitFor();
}
const undecided = async (page) => Number((await page.locator('#decision-tabs a', { hasText: 'Undecided' }).locator('.count').innerText()).trim());

bothWays('each user is decided about in their row, and then the review is signed off', portal, async (page, { script }) => {
  await openReview(page);
  const before = await undecided(page);
  assert.ok(before > 0);
  await page.locator('#decision-tabs a', { hasText: 'Undecided' }).click();
  await page.waitForURL(/decision=undecided/);
  // Some users cannot be removed.
  const others = page.locator('tbody tr').filter({ hasNotText: portal.keyOwner }).filter({ hasNot: page.locator('.lead .tag') });
  const row = page.locator(`#${await others.first().getAttribute('id')}`);
  const email = await row.locator('.lead a').innerText();
  // To remove a user takes a note.
  await row.getByRole('button', { name: `Remove: mark ${email}` }).click();
  await row.locator('[aria-invalid=true]').waitFor();
  await row.getByLabel(`Note about ${email}`).fill('Left in May');
  await row.getByRole('button', { name: `Remove: mark ${email}` }).click();
  if (script) {
    await row.getByText('Still present').waitFor();
    assert.equal(await undecided(page), before - 1);
  } else {
    await page.waitForURL(/#user/);
    assert.equal(await undecided(page), before - 1);
    assert.equal(await row.count(), 0);
  }
  // Everyone else stays. The list of the undecided gets shorter.
  await page.goto(`${new URL(page.url()).pathname}?decision=undecided`);
  for (let left = await undecided(page); left > 0; left -= 1) {
    if (script) {
      const next = page.locator('tbody tr:not(:has(.review-made))').first();
      await next.getByRole('button', { name: /^Keep/ }).click();
      await page.waitForFunction((count) => document.querySelector('#decision-tabs a:nth-child(2) .count').textContent.trim() === String(count), left - 1);
    } else {
      await page.locator('tbody tr').first().getByRole('button', { name: /^Keep/ }).click();
      await page.waitForURL(/#user/);
      await page.goto(page.url().split('#')[0]);
    }
  }
  await page.goto(`${new URL(page.url()).pathname}?decision=remove`);
  await page.locator('#progress').getByRole('link', { name: 'Sign off' }).click();
  const form = script ? page.getByRole('dialog') : page.locator('main');
  await form.getByRole('button', { name: 'Sign off' }).click();
  await page.locator('#toasts .toast', { hasText: 'signed off' }).waitFor();
  assert.equal(await page.locator('.review-form').count(), 0);
  assert.ok((await portal.state()).users.some((user) => user.email === email));
  // The removal is the usual one, with the review's reason. It leads back to the review.
  const marked = page.locator('tbody tr', { hasText: email });
  await marked.getByRole('link', { name: 'Remove from Telnyx' }).click();
  const removal = script ? page.getByRole('dialog') : page.locator('main');
  assert.equal(await removal.getByLabel('Reason').inputValue(), 'access_review');
  assert.equal(await removal.getByLabel('In a few words').inputValue(), 'Left in May');
  await removal.getByLabel('Type the email to confirm').fill(email);
  await removal.getByRole('button', { name: `Remove ${email}` }).click();
  await page.locator('#toasts .toast', { hasText: email }).waitFor();
  await page.locator('tbody tr', { hasText: email }).getByText('Removed', { exact: true }).waitFor();
  assert.ok(!(await portal.state()).users.some((user) => user.email === email));
}, { as: 'admin' });

bothWays('a decision that someone else made meanwhile is not overwritten unseen', portal, async (page) => {
  await openReview(page);
  const row = page.locator('tbody tr').nth(2);
  const id = await row.getAttribute('id');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.locator(`#${id} input[name=note]`).fill('Theirs');
  await other.locator(`#${id}`).getByRole('button', { name: /^Keep/ }).click();
  await other.locator(`#${id} .review-made`).waitFor();
  await other.waitForLoadState();
  await page.locator(`#${id} input[name=note]`).fill('Mine');
  await page.locator(`#${id}`).getByRole('button', { name: /^Remove: mark/ }).click();
  await page.locator(`#${id} [role=alert]`, { hasText: 'Theirs' }).waitFor();
  assert.equal(await page.locator(`#${id} input[name=note]`).inputValue(), 'Mine');
}, { as: 'owner' });

for (const width of [320, 390, 768, 1440]) {
  for (const colorScheme of ['light', 'dark']) {
    inBrowser(`the pages of reviews fit ${width} px and are accessible, ${colorScheme}`, portal, async (page) => {
      await page.goto('/org-users/reviews');
      const reviews = await page.locator('tbody .lead a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
      for (const address of ['/org-users/reviews', '/org-users', ...reviews.slice(0, 2)]) {
        await page.goto(address);
        assert.deepEqual(await overflow(page), [], address);
        assert.deepEqual(await accessibility(page), [], address);
      }
    }, { as: 'admin', viewport: { width, height: 900 }, colorScheme });
  }
}
