// What a browser loads, compressed as it asks for it: the first visit, and a page after that.
import assert from 'node:assert/strict';
import { inBrowser, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });
const FIRST_VISIT = 120 * 1024;
const LATER_PAGE = 15 * 1024;

// Counts the bytes of answers, headers included. A file that the browser has and only asks about again does not count: it
// is asked for in builds for debugging alone, in others it is kept.
async function scale(page) {
  const network = await page.context().newCDPSession(page);
  const kept = new Set();
  let bytes = 0;
  // Neither does a row that changed after the page was shown.
  network.on('Network.requestWillBeSent', ({ requestId, request }) => /\/rows\?/.test(request.url) && kept.add(requestId));
  network.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => statusCode === 304 && kept.add(requestId));
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!kept.has(requestId)) bytes += encodedDataLength;
  });
  await network.send('Network.enable');
  return async (act) => {
    bytes = 0;
    await act();
    await page.waitForLoadState('networkidle');
    return bytes;
  };
}

inBrowser('the first visit and later pages are light', portal, async (page) => {
  const weigh = await scale(page);
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
  const first = await weigh(() => signIn(page, 'owner'));
  console.log(`  sign-in and dashboard: ${kilobytes(first)}`);
  assert.ok(first <= FIRST_VISIT, kilobytes(first));
  // The scripts of some pages are loaded once.
  for (const path of ['/accounts', '/accounts/new', '/channels', '/profile']) await page.goto(path);
  await page.goto('/accounts');
  const account = await page.locator('tbody a[href^="/accounts/"]').first().getAttribute('href');
  const heavy = [];
  for (const path of ['/', '/accounts', account, '/accounts/new', '/channels', '/activity', '/profile', '/settings/appearance']) {
    const bytes = await weigh(() => page.goto(path));
    console.log(`  ${path}: ${kilobytes(bytes)}`);
    if (bytes > LATER_PAGE) heavy.push(`${path}: ${kilobytes(bytes)}`);
  }
  assert.deepEqual(heavy, []);
});
