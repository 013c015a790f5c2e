// Single sign-on at a real provider, in a process of its own, whose pages the browser goes through.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { accessibility, bothWays, overflow, shows } from '../browser.js';
import { demo } from '../portal.js';
import { provider } from '../provider.js';

const there = await provider({
  mia: { sub: 'mia-1', email: 'manager@example.com', email_verified: true },
  eve: { sub: 'eve-1', email: 'eve@example.com', email_verified: true },
});
after(() => there.stop());
const portal = demo({
  variables: {
    PORTAL_SSO_ISSUER: there.issuer,
    PORTAL_SSO_CLIENT_ID: 'portal',
    PORTAL_SSO_CLIENT_SECRET: 'the portal\'s secret at the provider',
    PORTAL_SSO_NAME: 'Acme ID',
    PORTAL_PASSWORD_SIGN_IN: 'false',
  },
});
const options = { alsoAt: there.issuer };

async function isWellMade(page) {
  assert.deepEqual(await overflow(page), []);
  assert.deepEqual(await accessibility(page), []);
}

async function logIn(page, login) {
  await page.getByRole('heading', { name: 'Sign in to the provider' }).waitFor();
  await page.getByLabel('Login').fill(login);
  await page.getByRole('button', { name: 'Go on' }).click();
}

bothWays('somebody signs in at the provider, proves it there anew, and lands where they wanted to go', portal, async (page, { script }) => {
  await page.goto('/channels');
  if (script) await isWellMade(page);
  await page.getByRole('button', { name: 'Sign in with Acme ID' }).click();
  await logIn(page, 'mia');
  await page.waitForURL((url) => url.pathname === '/channels');
  await page.goto('/profile');
  await shows(page, 'You sign in with Acme ID; passwords are for owners here.');

  await page.goto('/step-up?next=/channels');
  await page.getByRole('button', { name: 'Confirm with Acme ID' }).click();
  await logIn(page, 'mia');
  await page.waitForURL((url) => url.pathname === '/channels');
}, options);

bothWays('whoever nobody invited is refused in one sentence', portal, async (page, { script }) => {
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with Acme ID' }).click();
  await logIn(page, 'eve');
  await shows(page, 'Your account at Acme ID has no access here.');
  assert.equal(new URL(page.url()).pathname, '/login/sso/callback');
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    if (script) await isWellMade(page);
  }
  await page.goto('/accounts');
  assert.equal(new URL(page.url()).pathname, '/login');
}, options);
