import assert from 'node:assert/strict';
import { accessibility, inBrowser, signIn } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo();

async function pages() {
  const { accounts, users } = await portal.state();
  const of = (status) => accounts.find((account) => account.status === status).id;
  return [
    '/', '/accounts', '/accounts?q=no+such+account', '/accounts/new', '/channels', '/channels/record', '/activity',
    '/org-users', '/org-users/groups', '/staff', '/profile', '/no-such-page',
    ...['enabled', 'disabled', 'blocked', 'cancelled'].map((status) => `/accounts/${of(status)}`),
    `/accounts/${of('enabled')}/disable`, `/accounts/${of('enabled')}/block-calls`,
    `/accounts/${of('disabled')}/enable`, `/accounts/${of('enabled')}/custom-pricing`,
    `/org-users/${users[1].id}`, `/org-users/${users[1].id}/remove`,
  ];
}

// In the dark only the colors are others.
for (const [colorScheme, rules] of [['light', undefined], ['dark', ['color-contrast']]]) {
  inBrowser(`no page has a barrier that axe finds, ${colorScheme}`, portal, async (page) => {
    const found = [];
    const look = async (path) => {
      await page.goto(path);
      found.push(...(await accessibility(page, rules)).map((what) => `${path} ${what}`));
    };
    await look('/login');
    await signIn(page, 'owner');
    for (const path of await pages()) await look(path);
    assert.deepEqual(found, []);
  }, { colorScheme });
}

inBrowser('no page is wider than a small phone', portal, async (page) => {
  const wide = [];
  await signIn(page, 'owner');
  for (const path of await pages()) {
    await page.goto(path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 360) wide.push(`${path} is ${width} px wide`);
  }
  assert.deepEqual(wide, []);
}, { viewport: { width: 360, height: 740 } });
