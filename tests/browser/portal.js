// Starts the built binary's demo on free ports, once for each test file, and ends it afterwards.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const PASSWORD = 'demo only: not a secret';

function binary() {
  if (process.env.PORTAL_BINARY) return process.env.PORTAL_BINARY;
  const target = process.env.CARGO_TARGET_DIR ?? `${root}target`;
  const path = `${target}/debug/reseller-portal`;
  if (!existsSync(path)) throw new Error(`${path} is not there: run cargo build first`);
  return path;
}

// `accounts` keeps the demo small where a test does not need many; `variables` are set for it. `patience` is how long the start may take, `timeout` how long a page is waited for,
// in milliseconds: of very many accounts the first reading and the first page take a while, with a program that is
// built for debugging.
export async function start({ accounts = 40, variables = {}, patience = 60_000, timeout = 15_000 } = {}) {
  const args = ['demo', '--listen', '127.0.0.1:0', '--accounts', String(accounts)];
  const child = spawn(binary(), args, { cwd: root, env: { ...process.env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let complaints = '';
  child.stderr.on('data', (chunk) => { complaints += chunk; });
  await new Promise((ready, fail) => {
    const late = setTimeout(() => fail(new Error(`the demo did not start:\n${out}${complaints}`)), patience);
    child.once('exit', (code) => fail(new Error(`the demo ended with ${code}:\n${out}${complaints}`)));
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (/Ctrl-C/.test(out)) {
        clearTimeout(late);
        ready();
      }
    });
  });
  const url = out.match(/Open\s+(http:\S+?)\/?\s/)[1];
  const telnyx = out.match(/Telnyx\s+(http:\S+)\/v2/)[1];
  return {
    url,
    timeout,
    // Whoever the portal's key belongs to; they are never removed.
    keyOwner: out.match(/Its key\s+belongs to ([^,\s]+)/)[1],
    // What Telnyx holds, and what goes wrong there on purpose.
    state: async () => (await fetch(`${telnyx}/_sandbox/state`)).json(),
    faults: async (rules) => {
      const answer = await fetch(`${telnyx}/_sandbox/faults`, { method: 'PUT', body: JSON.stringify({ rules }) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    stop: () => new Promise((ended) => {
      child.removeAllListeners('exit');
      child.once('exit', (code) => ended({ code, complaints }));
      child.kill('SIGTERM');
    }),
  };
}

// A demo for all tests of a file. What it offers is there once the first test runs.
export function demo(options) {
  const portal = {};
  before(async () => Object.assign(portal, await start(options)));
  after(async () => {
    if (!portal.stop) return;
    const { code, complaints } = await portal.stop();
    if (code !== 0) throw new Error(`the demo ended with ${code}:\n${complaints}`);
    if (/panicked/.test(complaints)) throw new Error(complaints);
  });
  return portal;
}
