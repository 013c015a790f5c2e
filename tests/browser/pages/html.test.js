// Every page is valid HTML: the pages that anyone sees, those that links lead to from the dashboard, and refused forms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HtmlValidate, StaticConfigLoader } from 'html-validate';
import { Client } from '../client.js';
import { demo } from '../portal.js';

const portal = demo();

const validator = new HtmlValidate(new StaticConfigLoader({
  extends: ['html-validate:standard', 'html-validate:document'],
  rules: {
    // scripts and styles are the portal's own
    'require-sri': 'off',
  },
}));

// What is wrong with a page, as "path: rule: message".
async function wrong(path, html) {
  const { results } = await validator.validateString(html);
  const found = results.flatMap(({ messages }) => messages.map((message) => `${path}:${message.line}: ${message.ruleId}: ${message.message}`));
  // A dialog has a focus of its own.
  const page = html.replace(/<dialog[^]*?<\/dialog>/g, '');
  if (page.match(/\sautofocus[\s>]/g)?.length > 1) found.push(`${path}: more than one element has the focus`);
  return found;
}

// Opens a page and those that it leads to, each kind once. Files are no pages.
async function crawl(client) {
  const [seen, next, found] = [new Set(['/']), ['/'], []];
  for (const path of next) {
    const answer = await client.request(path);
    if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
    const html = await answer.text();
    found.push(...await wrong(path, html));
    for (const [, href] of html.matchAll(/\shref="(\/[^"#]*)/g)) {
      const address = href.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
      const [place, query] = address.split('?');
      if (place.includes('/ID')) continue; // a menu's template, which the script fills in
      const kind = place.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…') + (query ? '?' : '');
      if (seen.has(kind) || /^\/(static|logo|brand)|\.(csv|jsonl?)$/.test(place)) continue;
      seen.add(kind);
      next.push(address);
    }
  }
  return { found, kinds: seen.size };
}

for (const [who, least] of [['owner', 60], ['viewer', 30]]) {
  test(`the pages that the ${who} is led to are valid HTML`, async () => {
    const { found, kinds } = await crawl(await new Client(portal).signIn(who));
    assert.deepEqual(found, []);
    assert.ok(kinds >= least, `${kinds} kinds of pages`);
  });
}

test('the pages that anyone sees are valid HTML', async () => {
  const client = new Client(portal);
  const found = [];
  for (const path of ['/login', '/setup', '/invite/no-such-link', '/no/such/page']) {
    found.push(...await wrong(path, await (await client.request(path)).text()));
  }
  assert.deepEqual(found, []);
});

test('refused forms are valid HTML', async () => {
  const client = await new Client(portal).signIn('owner');
  const found = [];
  for (const [path, fields] of [
    ['/accounts/new/review', {}],
    ['/channels/record', {}],
    ['/channels/record', { lines: 'x' }],
    ['/staff', {}],
    ['/profile', {}],
    ['/settings/appearance', { name: 'x'.repeat(50), accent: 'red' }],
    ['/settings/notifications', {}],
    ['/settings/webhook', { url: 'x' }],
    ['/settings/welcome-email', {}],
    ['/accounts/import/paste', { rows: 'x' }],
  ]) {
    const answer = await client.request(path, { method: 'POST', body: new URLSearchParams(fields) });
    assert.equal(answer.status, 422, path);
    found.push(...await wrong(path, await answer.text()));
  }
  assert.deepEqual(found, []);
});
