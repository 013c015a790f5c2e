// Starts the OpenID Connect provider of tests/provider, and ends it afterwards.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const place = fileURLToPath(new URL('../provider/', import.meta.url));

// `people`: whom it knows, by login, as {"ann": {"sub", "email", "email_verified"}}.
export async function provider(people) {
  const child = spawn('node', ['provider.js'], { cwd: place, stdio: ['pipe', 'pipe', 'ignore'] });
  const issuer = await new Promise((ready, fail) => {
    child.once('exit', () => fail(new Error('the provider did not start: run npm ci in tests/provider')));
    child.stdout.once('data', (chunk) => ready(String(chunk).split('\n')[0].trim()));
  });
  child.stdout.resume();
  for (const [login, person] of Object.entries(people)) {
    await fetch(`${issuer}/_people/${login}`, { method: 'PUT', body: JSON.stringify(person) });
  }
  return { issuer, stop: () => child.kill() };
}
