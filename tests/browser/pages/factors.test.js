// Second factors in a real browser: an authenticator app, recovery codes, and passkeys of a virtual device.
import assert from 'node:assert/strict';
import { accessibility, bothWays, inBrowser, overflow, shows, signIn } from '../browser.js';
import { code, virtualAuthenticator } from '../factors.js';
import { demo, PASSWORD } from '../portal.js';

const portal = demo();

const path = (page) => new URL(page.url()).pathname;
async function password(page, who) {
  await page.goto('/login');
  await page.getByLabel('Email').fill(`${who}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
async function signOut(page) {
  await page.context().clearCookies();
}
async function typeCode(page, typed) {
  await page.locator('#code').fill(typed);
  await page.locator('#code-form button').click();
}
async function addPasskey(page, name) {
  await page.goto('/profile/factors/passkeys/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add passkey' }).click();
}

bothWays('an authenticator app is set up, signs in, and a recovery code does where it is lost', portal, async (page, { script }) => {
  const who = script ? 'manager' : 'viewer';
  await signIn(page, who);
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Second factor and passkeys' }).click();
  await page.getByRole('link', { name: 'Set up an authenticator app' }).click();
  const square = await page.getByRole('img', { name: 'QR code for your authenticator app' }).boundingBox();
  assert.ok(square.width > 150 && Math.abs(square.width - square.height) < 1, JSON.stringify(square));
  const secret = await page.locator('#secret').innerText();
  await page.getByRole('textbox', { name: 'Code' }).fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.locator('#code[aria-invalid=true]').waitFor();
  assert.equal(await page.locator('#secret').innerText(), secret);
  await page.getByRole('textbox', { name: 'Code' }).fill(code(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Recovery codes', level: 1 }).waitFor();
  const codes = (await page.locator('#codes').innerText()).trim().split(/\s+/);
  assert.equal(codes.length, 10);

  await signOut(page);
  await password(page, who);
  assert.equal(path(page), '/login/second-factor');
  // A code is taken once. The next one stays valid when the step ends before the form is sent.
  await typeCode(page, code(secret, 1));
  await page.waitForURL((url) => url.pathname === '/');

  await signOut(page);
  await password(page, who);
  await typeCode(page, codes[0]);
  await page.waitForURL((url) => url.pathname === '/');
  await page.goto('/profile/factors');
  await shows(page, '9 of 10 are left.');
});

inBrowser('a passkey is added, signs in without a password, and is a second factor', portal, async (page) => {
  const device = await virtualAuthenticator(page);
  await signIn(page, 'admin');
  await addPasskey(page, 'Work laptop');
  await page.getByRole('heading', { name: 'Recovery codes', level: 1 }).waitFor();
  const [kept] = await device.passkeys();
  assert.ok(kept.isResidentCredential && kept.rpId === 'localhost');

  await signOut(page);
  await page.goto('/login?next=/channels');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.waitForURL((url) => url.pathname === '/channels');

  await signOut(page);
  await password(page, 'admin');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.waitForURL((url) => url.pathname === '/');

  await page.goto('/step-up?next=/channels');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.waitForURL((url) => url.pathname === '/channels');

  // The same device has a passkey already, and says so.
  await addPasskey(page, 'Once more');
  await shows(page, 'This device has a passkey of yours already.');

  await page.goto('/profile/factors');
  await page.getByText('Rename').click();
  await page.getByRole('textbox', { name: 'New name of Work laptop' }).fill('Old laptop');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Remove Old laptop' }).click();
  await shows(page, 'It is your last one.');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await shows(page, 'The passkey Old laptop was removed.');

  await signOut(page);
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await shows(page, 'This passkey was not accepted');
});

inBrowser('a device that does not verify its holder, or has no passkey, signs nobody in and says so in the page', portal, async (page) => {
  const device = await virtualAuthenticator(page);
  await device.verifies(false);
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.locator('[data-passkey-error]:not([hidden])').waitFor({ timeout: 60_000 });
  assert.equal(path(page), '/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
});

inBrowser('without JavaScript no button offers passkeys, and the page says why', portal, async (page) => {
  await page.goto('/login');
  await shows(page, 'Passkeys need JavaScript');
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
}, { javaScriptEnabled: false });

inBrowser('who must have a second factor is led to set one up, and then goes on', portal, async (page) => {
  await signIn(page, 'owner');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('checkbox', { name: /^Owner/ }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL((url) => url.pathname === '/profile/factors');
  await shows(page, 'Set up a second factor to continue');
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const address of ['/profile/factors', '/profile/factors/app', '/profile/factors/passkeys/new']) {
      await page.goto(address);
      assert.deepEqual(await overflow(page), [], address);
      assert.deepEqual(await accessibility(page), [], address);
    }
  }
  await virtualAuthenticator(page);
  await addPasskey(page, 'Laptop');
  await page.getByRole('heading', { name: 'Recovery codes', level: 1 }).waitFor();
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    assert.deepEqual(await overflow(page), [], scheme);
    assert.deepEqual(await accessibility(page), [], scheme);
  }
  for (const address of ['/settings', '/profile', '/profile/factors', '/step-up']) {
    await page.goto(address);
    assert.equal(path(page), address);
    assert.deepEqual(await overflow(page), [], address);
    assert.deepEqual(await accessibility(page), [], address);
  }
  await signOut(page);
  await password(page, 'owner');
  assert.equal(path(page), '/login/second-factor');
  assert.deepEqual(await overflow(page), []);
  assert.deepEqual(await accessibility(page), []);
});
