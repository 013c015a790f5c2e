// A page in Chromium that fails the test for what a person would not see: an error on the console, a violation of the
// content security policy, a request to any other host, a page that answers 5xx.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { PASSWORD } from './portal.js';

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
});
after(() => browser?.close());

// With and without JavaScript: the same test twice, each in a browser context of its own.
export function bothWays(name, portal, run) {
  inBrowser(`${name}, with JavaScript`, portal, run);
  inBrowser(`${name}, without JavaScript`, portal, run, { javaScriptEnabled: false });
}

export function inBrowser(name, portal, run, options = {}) {
  test(name, async () => {
    const context = await browser.newContext({ baseURL: portal.url, ...options });
    const wrong = [];
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
        if (url.protocol !== 'data:' && url.origin !== portal.url) wrong.push(`request to ${request.url()}`);
      });
    });
    if (options.javaScriptEnabled !== false) {
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
        });
      });
    }
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    try {
      await run(page, { script: options.javaScriptEnabled !== false });
    } finally {
      await context.close();
    }
    assert.deepEqual(wrong, []);
  });
}

// Signs in as one of the demo's staff and waits for the dashboard.
export async function signIn(page, who = 'manager') {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(`${who}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

// Everything that axe finds on the page as it stands, as "rule: element"; by these rules alone where some are named.
export async function accessibility(page, rules) {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules
    ? axe.withRules(rules)
    : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])).analyze();
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}`));
}
