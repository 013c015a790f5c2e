// Takes the pictures of docs/guide.md and of the README again, from the demo of the built binary:
//
//     cargo build --release && cd tests/browser && npm ci && PORTAL_BINARY=../../target/release/reseller-portal node pictures.js
//
// A name, as in `node pictures.js import`, takes only this picture.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch, signIn } from './chromium.js';
import { start } from './portal.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };

const file = [
  'Organization name,Email,Channel limit,Tags',
  'Harbor Dental,office@harbordental.example,10,dental',
  'Alpine Sports Clinic,it@alpinesports.example,12.5,clinic',
  'Riverside Law,,4,law',
  'Maple Street Bakery,hello@maplebakery.example,2,',
  'Quayside Hotels,telecom@quayside.example,40,hotel',
].join('\n');

/** Ticks rows of a list, apart from each other, and waits for the bar with the actions. */
async function select(page, rows) {
  for (const row of rows) await page.locator('tbody input[name=id]').nth(row).check();
  await page.locator('.selection-bar').waitFor();
}

/** Opens the first account of a list. */
async function openFirst(page, list) {
  await page.goto(list);
  await page.locator('#rows tbody a[href^="/accounts/"]').first().click();
  await page.waitForURL((url) => /^\/accounts\/[0-9a-f-]{36}$/.test(url.pathname));
}

// Name of the file: who looks, and how the page is reached.
const pictures = {
  dashboard: { as: 'admin', open: (page) => page.goto('/') },
  accounts: {
    as: 'manager',
    async open(page) {
      await page.goto('/accounts?status=enabled');
      await select(page, [1, 2, 4]);
    },
  },
  'new-account': {
    as: 'manager',
    async open(page) {
      await page.goto('/accounts/new');
      await page.getByLabel('Organization name').fill('Harbor Dental');
      await page.locator('#email').fill('office@harbordental.example');
      await page.getByRole('radio', { name: 'Yes: it uses our shared balance' }).check();
      await page.locator('[name=channel_limit]').fill('10');
      await page.getByRole('button', { name: 'Review' }).click();
      await page.locator('.review-facts').waitFor();
    },
  },
  account: { as: 'manager', open: (page) => openFirst(page, '/accounts?status=enabled&sort=-limit') },
  import: {
    as: 'manager',
    async open(page) {
      await page.goto('/accounts/import');
      await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'customers.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
      await page.getByRole('button', { name: 'Upload' }).click();
      await page.getByLabel('No: each has its own balance').check();
      await page.getByLabel('No: they use our rates').check();
      await page.getByRole('button', { name: 'Check the rows' }).click();
      await page.getByText('1 row: Email: missing').waitFor();
    },
  },
  disable: {
    as: 'manager',
    async open(page) {
      await openFirst(page, '/accounts?status=enabled&sort=-limit');
      await page.locator('.page-actions a[href$="/disable"]').click();
      await page.locator('#dialog[open]').waitFor();
    },
  },
  channels: {
    as: 'admin',
    async open(page) {
      await page.goto('/channels?show=reclaim');
      await page.locator('#table').evaluate((table) => scrollTo(0, table.getBoundingClientRect().top - 70));
    },
  },
  job: {
    as: 'admin',
    async open(page) {
      await page.goto('/jobs');
      await page.locator('main tbody a[href^="/jobs/"]').first().click();
      await page.locator('#progress').waitFor();
    },
  },
  search: {
    as: 'admin',
    async open(page) {
      await page.goto('/accounts');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('disable no');
      await page.locator('#palette-list [aria-selected=true]').waitFor();
    },
  },
  activity: { as: 'viewer', open: (page) => page.goto('/activity') },
  'access-review': {
    as: 'viewer',
    async open(page) {
      await page.goto('/org-users/reviews');
      await page.locator('tbody tr', { hasText: 'Open' }).locator('.lead a').click();
      await page.locator('#progress').waitFor();
    },
  },
  phone: { as: 'manager', viewport: PHONE, open: (page) => openFirst(page, '/accounts?status=enabled&sort=-limit') },
};

/** Takes one picture. */
async function take(browser, portal, name, { as, viewport = WIDE, open }) {
  const context = await browser.newContext({ baseURL: portal.url, viewport, colorScheme: 'light', reducedMotion: 'reduce' });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(portal.timeout);
    await signIn(page, as);
    await open(page);
    await page.waitForLoadState('networkidle');
    // A message of the demo, or a field with a cursor, is not what the picture is about.
    await page.evaluate(() => document.activeElement?.blur());
    await page.screenshot({ path: `${docs}guide/${name}.png`, caret: 'hide' });
  } finally {
    await context.close();
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in pictures));
if (unknown.length) {
  console.error(`there is no picture ${unknown.join(', ')}; the pictures are: ${Object.keys(pictures).join(', ')}`);
  process.exit(2);
}
await mkdir(`${docs}guide`, { recursive: true });
const portal = await start({ accounts: 250, patience: 120_000 });
const browser = await launch();
try {
  for (const [name, picture] of Object.entries(pictures)) {
    if (wanted.length && !wanted.includes(name)) continue;
    await take(browser, portal, name, picture);
    console.log(`docs/guide/${name}.png`);
  }
} finally {
  await browser.close();
  await portal.stop();
}
