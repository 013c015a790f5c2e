// Chromium as it is installed, and a sign-in in it.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { PASSWORD } from './portal.js';

// The shell is the same engine without the browser's own windows: pages open in half the time.
const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? installed.find(existsSync),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
}

// Signs in as one of the demo's staff and waits for the dashboard.
export async function signIn(page, who = 'manager') {
  await page.goto('/login');
  await page.getByLabel('Email').fill(`${who}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}
