// A page in Chromium that fails the test for what a person would not see: an error on the console, a violation of the
// content security policy, a request to any other host, a page that answers 5xx.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { launch, signIn } from './chromium.js';

export { signIn };

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

// With and without JavaScript: the same test twice, each in a browser context of its own.
export function bothWays(name, portal, run, options = {}) {
  inBrowser(`${name}, with JavaScript`, portal, run, options);
  inBrowser(`${name}, without JavaScript`, portal, run, { ...options, javaScriptEnabled: false });
}

// `as`: whose session the page starts with; `alsoAt`: another origin that is meant to be asked. Everything else is Playwright's, for the browser context.
export function inBrowser(name, portal, run, { as, ...options } = {}) {
  test(name, async () => {
    const wrong = [];
    const context = await open(portal, wrong, { ...options, storageState: as && (await session(portal, as)) });
    const page = await context.newPage();
    try {
      await run(page, { script: options.javaScriptEnabled !== false });
    } catch (error) {
      if (wrong.length) error.message += `\nand the browser complained:\n${wrong.join('\n')}`;
      error.message += `\nat ${page.url()}`;
      throw error;
    } finally {
      await context.close();
    }
    assert.deepEqual(wrong, []);
  });
}

async function open(portal, wrong, { alsoAt, ...options }) {
  const context = await browser.newContext({ baseURL: portal.url, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(portal.timeout);
  // A form that is refused on purpose answers 4xx, which Chromium puts on the console.
  const refusal = /Failed to load resource: the server responded with a status of 4\d\d/;
  context.on('page', (page) => {
    page.on('console', (message) => {
      if (message.type() === 'error' && !refusal.test(message.text())) wrong.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => wrong.push(`script: ${error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 500) wrong.push(`${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && ![portal.url, alsoAt].includes(url.origin)) wrong.push(`request to ${request.url()}`);
    });
  });
  if (options.javaScriptEnabled !== false) {
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
      });
    });
  }
  return context;
}

// One sign-in for each person and portal: hashing a password is slow on purpose.
const sessions = new Map();
async function session(portal, who) {
  const key = `${who} ${portal.url}`;
  if (!sessions.has(key)) {
    const wrong = [];
    const context = await open(portal, wrong, {});
    await signIn(await context.newPage(), who);
    sessions.set(key, await context.storageState());
    await context.close();
    assert.deepEqual(wrong, []);
  }
  return sessions.get(key);
}

export const toast = (page) => page.locator('#toasts .toast');

// Waits for a text or a locator. If a form leads to another page, its text is there before its scripts have run.
export async function shows(page, what, options) {
  const isText = typeof what === 'string' || what instanceof RegExp;
  await (isText ? page.getByText(what, options) : what).waitFor();
  await page.waitForLoadState();
}

// Everything that axe finds on the page as it stands, as "rule: element"; by these rules alone where some are named.
export async function accessibility(page, rules) {
  // The style sheets, and a frame for what changed last; what is out of view above the window does not lie under it.
  await page.waitForLoadState();
  await page.evaluate(() => new Promise((drawn) => { scrollTo(0, 0); requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
  // In the page itself: the other way opens a window for each report, which takes longer and finds the same.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  const { violations } = await (rules
    ? axe.withRules(rules)
    : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])).analyze();
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}`));
}

// What sticks out of the window to the right, or a table out of its card, as "element: its right edge"; empty where all is
// within.
export async function overflow(page) {
  await page.waitForLoadState();
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const tables = [...document.querySelectorAll('.table-wrap.cards > table')].filter((table) =>
      table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right + 1);
    if (tables.length) return [`a table is ${tables[0].scrollWidth} of ${tables[0].parentElement.clientWidth} wide`];
    if (Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= width) return [];
    const scrolls = (node) => node && node !== document.body
      && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
    const wide = [...document.body.querySelectorAll('*')].filter((node) =>
      node.getBoundingClientRect().right > width + 0.5 && !scrolls(node.parentElement));
    return [`the page is ${document.documentElement.scrollWidth} of ${width} wide`, ...wide.slice(0, 8).map((node) =>
      `${node.tagName.toLowerCase()}#${node.id}.${node.className}: ${Math.round(node.getBoundingClientRect().right)}`)];
  });
}

// Controls without an accessible name, those that are hidden for now included, which axe passes over.
export async function unnamed(page) {
  return page.locator('button, input:not([type=hidden]), select, textarea').evaluateAll((controls) => controls.filter((control) => {
    const byId = control.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent) ?? [];
    const words = [control.getAttribute('aria-label'), ...byId, ...[...control.labels ?? []].map((label) => label.textContent), control.tagName === 'BUTTON' ? control.textContent : ''];
    return !words.some((word) => word?.trim());
  }).map((control) => control.outerHTML.slice(0, 100)));
}

// The heading of a page, which is there before anything is done to it.
export async function title(page) {
  return (await page.locator('h1').innerText()).trim();
}
