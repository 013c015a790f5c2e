import assert from 'node:assert/strict';
import { bothWays, inBrowser, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

bothWays('somebody signs in, is greeted by the dashboard, and signs out', portal, async (page) => {
  await page.goto('/');
  assert.equal(new URL(page.url()).pathname, '/login');
  await signIn(page, 'manager');
  assert.equal(new URL(page.url()).pathname, '/');
  await page.getByRole('heading', { level: 1 }).waitFor();
});

bothWays('a wrong password is refused in words that do not tell whether the address is known', portal, async (page) => {
  const words = [];
  for (const email of ['viewer@example.com', 'nobody@example.com']) {
    await page.goto('/login');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').first().waitFor();
    words.push((await page.getByRole('alert').first().innerText()).trim());
  }
  assert.equal(words[0], words[1]);
});

inBrowser('the session cookie is out of reach of scripts', portal, async (page) => {
  await signIn(page, 'viewer');
  assert.equal(await page.evaluate(() => document.cookie), '');
});
