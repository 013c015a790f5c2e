// The profile's time zone: found by typing a city, and offered as the browser has it.
import assert from 'node:assert/strict';
import { bothWays, inBrowser, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();
const zone = (page) => page.getByLabel('Time zone');

async function save(page, typed) {
  await page.goto('/profile');
  await zone(page).fill(typed);
  await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
}

bothWays('a zone is found by its city, and a wrong one is refused at its field', portal, async (page) => {
  await save(page, 'new york');
  await page.waitForLoadState();
  await page.goto('/profile');
  assert.equal(await zone(page).inputValue(), 'America/New_York');
  await save(page, 'Atlantis');
  await shows(page, 'Choose a time zone from the list');
  assert.equal(await zone(page).getAttribute('aria-invalid'), 'true');
  await save(page, 'UTC');
}, { as: 'viewer' });

inBrowser('the zone of the browser is offered, and kept only once it is accepted and saved', portal, async (page) => {
  await save(page, 'UTC');
  await page.goto('/profile');
  await shows(page, 'This browser is in Asia/Kolkata.');
  assert.equal(await zone(page).inputValue(), 'UTC');
  await page.getByRole('button', { name: 'Use Asia/Kolkata' }).click();
  await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
  await shows(page, 'Profile saved.');
  assert.equal(await zone(page).inputValue(), 'Asia/Kolkata');
  assert.equal(await page.locator('#time-zone-offer').isVisible(), false);
}, { as: 'manager', timezoneId: 'Asia/Calcutta' });
