// Import of a messy file to the end: 60 rows, of which some have errors, exist already or look like another row.
import assert from 'node:assert/strict';
import { inBrowser, shows } from '../browser.js';
import { demo } from '../portal.js';

const portal = demo({ accounts: 60 });

/** Returns a file as a spreadsheet in Germany writes it: semicolons, CRLF, UTF-8 with a byte order mark. */
function messyFile(prefix, existing) {
  const rows = ['Firma;E-Mail;Kanäle;Rollup billing;Tags;Notiz'];
  for (let at = 1; at <= 60; at += 1) {
    const row = {
      name: `${prefix} ${at} GmbH`, email: `${prefix.toLowerCase()}${at}@beispiel.example`, limit: '1',
      rollup: at % 3 === 0 ? '' : 'yes', tags: at % 5 === 0 ? '"Süd, Neu"' : '', note: '',
    };
    if (at === 3) row.email = '';
    if (at === 4) row.limit = '2,5';
    if (at === 5) row.limit = 'ten';
    if (at === 6) row.limit = '-1';
    if (at === 7) row.note = '"Zeile eins\nZeile zwei; mit Semikolon"';
    if (at === 9) row.email = existing;
    if (at === 20) row.email = `${prefix.toLowerCase()}19@beispiel.example`;
    if (at === 22) row.name = `${prefix} 21 GmbH`;
    rows.push([row.name, row.email, row.limit, row.rollup, row.tags, row.note].join(';'));
  }
  return { name: 'kunden.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${rows.join('\r\n')}\r\n`) };
}

const tab = (page, label) => page.locator('#rows .tabs a').filter({ hasText: label });
const row = (page, number) => page.locator(`#row-${number}`);

async function importFile(page, prefix, reload) {
  const before = (await portal.state()).accounts;
  await page.goto('/accounts');
  await page.getByRole('link', { name: 'Import', exact: true }).click();
  await page.getByLabel('File', { exact: true }).setInputFiles(messyFile(prefix, before[0].email));
  await page.getByRole('button', { name: 'Upload' }).click();
  await shows(page, 'Read as UTF-8');

  // Only the names that are known are recognized; the others are mapped by hand.
  await page.getByLabel('Import Firma as').selectOption({ label: 'Organization name' });
  await page.getByLabel('Import Kanäle as').selectOption({ label: 'Channel limit' });
  await page.getByLabel('Import Notiz as').selectOption({ label: 'Note' });
  await page.getByLabel('No: each has its own balance').check();
  await page.getByLabel('No: they use our rates').check();
  await page.getByRole('button', { name: 'Check the rows' }).click();
  await shows(page, '1 row: Email: missing');

  // An error at its cell, edited in place.
  await tab(page, 'Have errors').click();
  await row(page, 4).getByText('2,5').first().waitFor();
  await row(page, 3).getByRole('link', { name: 'Edit row 3' }).click();
  const form = page.locator('form[action$="/rows/3"]');
  await form.getByLabel('Email', { exact: true }).fill(`${prefix.toLowerCase()}3@beispiel.example`);
  await form.getByRole('button', { name: 'Save row' }).click();
  await page.getByText('1 row: Email: missing').waitFor({ state: 'detached' });
  await tab(page, 'All').click();

  // The same name twice is another customer; the address of an account and of another row are left out.
  await row(page, 22).getByRole('button', { name: 'Create row 22: another customer' }).click();
  await row(page, 22).getByText('Ready').waitFor();
  await row(page, 9).getByText('Exists already').waitFor();
  await page.getByRole('button', { name: 'Preview 55 accounts' }).click();
  await page.getByRole('heading', { level: 1, name: 'Create 55 accounts from kunden.csv?' }).waitFor();
  await shows(page, '3 have errors');
  assert.equal((await portal.state()).accounts.length, before.length);

  await page.getByRole('button', { name: 'Start with the first 2' }).click();
  await reload(page, 'Continue with the other 53');
  assert.equal((await portal.state()).accounts.length, before.length + 2);
  await page.getByRole('button', { name: 'Continue with the other 53' }).click();
  await reload(page, '55 of 55 finished');
  const created = (await portal.state()).accounts.filter((account) => account.email.startsWith(prefix.toLowerCase()));
  assert.equal(created.length, 55);
  assert.ok(created.every((account) => account.channel_limit === 1));

  // What failed comes back with its own columns, to be corrected and uploaded again.
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download failed rows' }).click(),
  ]);
  const lines = (await (await download.createReadStream()).toArray()).join('').trim().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0], /"Firma","E-Mail","Kanäle"/);
}

/** Waits until a text is on a page that updates itself. */
const watch = (page, text) => page.getByText(text).first().waitFor({ timeout: 30_000 });
/** Reloads a page until a text is on it. */
async function again(page, text) {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await page.getByText(text).count() > 0) return;
    await page.waitForTimeout(300);
    await page.reload();
  }
  assert.fail(`${text} does not appear`);
}

inBrowser('a messy file of 60 rows is imported to the end', portal, (page) => importFile(page, 'Kunde', watch), { as: 'manager' });

inBrowser('without JavaScript a messy file is imported to the end', portal, (page) => importFile(page, 'Klant', again), {
  as: 'admin', javaScriptEnabled: false,
});
