// Every page there is, and the states of a page that look unlike it, for tests of what holds on all of them. An entry
// gives its address, or is clicked there.
import assert from 'node:assert/strict';

export function everyPage(portal) {
  // The pages of one account are those of one with a name and an address as long as Telnyx takes.
  let long;
  async function longNamed(page) {
    if (long) return long;
    const name = `${'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2)} und Söhne`;
    const email = `${'betriebswerk.'.repeat(4)}x@${'hauptbetriebswerk-'.repeat(3)}x.example`;
    const answer = await page.request.post(`${portal.url}/accounts`, {
      form: { organization_name: name, email, rollup_billing: 'no', channel_limit: '7' },
    });
    assert.ok(answer.ok(), `${answer.status()}`);
    long = (await portal.state()).accounts.find((account) => account.organization_name === name);
    assert.ok(long, await answer.text());
    return long;
  }
  async function first(page) {
    const { accounts, users } = await portal.state();
    const { id } = await longNamed(page);
    return {
      id,
      disabled: accounts.find((account) => account.status === 'disabled').id,
      blocked: accounts.find((account) => account.status === 'blocked').id,
      user: users.find((user) => user.record_type === 'organization_sub_user').id,
      owner: users.find((user) => user.record_type !== 'organization_sub_user').id,
    };
  }

  async function followed(page, selector) {
    await page.goto(await page.locator(selector).first().getAttribute('href'));
  }
  const clicked = (address, click) => async (page, id) => {
    await page.goto(address(id));
    await click(page);
  };

  const pages = {
    'the dashboard': () => '/',
    'the list of accounts': () => '/accounts',
    'the list of accounts with a selection': clicked(() => '/accounts', async (page) => {
      await page.locator('tbody input[name=id]').first().check();
      await page.locator('.selection-bar').waitFor();
    }),
    'choosing filters': () => '/accounts/filter',
    'choosing columns': () => '/accounts/columns',
    'all columns of the accounts, low': clicked(
      () => '/accounts?columns=status.limit.calls.balance.assignee.created.pricing.billing.tags.changed.id',
      (page) => page.evaluate(() => document.querySelector('#rows table').classList.replace('comfortable', 'compact')),
    ),
    'all columns of the channels': () => '/channels?columns=status.limit.calls.balance.pricing.billing.created.changed.id',
    'the views': () => '/accounts/views',
    'a search that matches nothing': () => '/accounts?q=no+such+account&status=disabled&sort=nonsense',
    'the onboarding form': () => '/accounts/new',
    'the onboarding form with errors': clicked(() => '/accounts/new', async (page) => {
      await page.getByRole('button', { name: 'Review' }).click();
      await page.locator('[aria-invalid=true]').first().waitFor();
    }),
    'the review': clicked(() => '/accounts/new', async (page) => {
      await page.getByLabel('Organization name').fill(long.organization_name);
      // Its own address would be refused: another account has it.
      await page.locator('#email').fill(`new.${long.email}`);
      await page.getByRole('radio', { name: 'Yes: it uses our shared balance' }).check();
      await page.getByRole('button', { name: 'Review' }).click();
      await page.locator('.review-facts').waitFor();
    }),
    'an account': ({ id }) => `/accounts/${id}`,
    'a blocked account': ({ blocked }) => `/accounts/${blocked}`,
    'an account that is not there': () => '/accounts/00000000-0000-4000-8000-000000000000',
    'an account after a save': clicked(({ id }) => `/accounts/${id}`, async (page) => {
      const field = page.locator('#channels input[name=channel_limit]');
      await field.fill(String(8 + (Number(await field.inputValue()) % 2)));
      await page.getByRole('button', { name: 'Save limit' }).click();
      await page.locator('.toast').waitFor();
    }),
    'the display name': ({ id }) => `/accounts/${id}/display-name`,
    'the account manager': ({ id }) => `/accounts/${id}/assignee`,
    'my accounts by account manager': () => '/accounts?assignee=me&sort=assignee',
    'disabling': ({ id }) => `/accounts/${id}/disable`,
    'disabling, with errors': clicked(({ id }) => `/accounts/${id}/disable`, async (page) => {
      await page.locator('.confirm-foot [type=submit]').click();
      await page.locator('[aria-invalid=true]').first().waitFor();
    }),
    'the dialog of disabling': clicked(({ id }) => `/accounts/${id}`, async (page) => {
      await page.locator('.page-actions a[href$="/disable"]').click();
      await page.locator('#dialog[open]').waitFor();
    }),
    'the dialog of disabling, refused': clicked(({ id }) => `/accounts/${id}`, async (page) => {
      await page.locator('.page-actions a[href$="/disable"]').click();
      await page.locator('#dialog[open] .confirm-foot [type=submit]').click();
      await page.locator('#dialog [aria-invalid=true]').first().waitFor();
    }),
    'enabling': ({ disabled }) => `/accounts/${disabled}/enable`,
    'blocking outbound calls': ({ id }) => `/accounts/${id}/block-calls`,
    'custom pricing': ({ id }) => `/accounts/${id}/custom-pricing`,
    'a limit': ({ id }) => `/accounts/${id}/channel-limit`,
    'showing a key': ({ id }) => `/accounts/${id}/show-key`,
    'the channels': () => '/channels',
    'the channels with an error': clicked(() => '/channels', async (page) => {
      await page.locator('[data-row-focus]').first().fill('-1');
      await page.locator('[data-row-focus]').first().press('Enter');
      await page.locator('[data-row-focus][aria-invalid=true]').waitFor();
    }),
    'recording one limit': ({ id }) => `/channels/${id}/record`,
    'recording many limits': () => '/channels/record',
    'the organization users': () => '/org-users',
    'an organization user': ({ user }) => `/org-users/${user}`,
    'the owner of the organization': ({ owner }) => `/org-users/${owner}`,
    'removing an organization user': ({ user }) => `/org-users/${user}/remove`,
    'the groups': () => '/org-users/groups',
    'the access reviews': () => '/org-users/reviews',
    'an open access review': clicked(() => '/org-users/reviews', (page) => followed(page, 'tbody tr:first-child .lead a')),
    'a signed-off access review': clicked(() => '/org-users/reviews', (page) => followed(page, 'tbody tr:last-child .lead a')),
    'discarding an access review': clicked(() => '/org-users/reviews', async (page) => {
      await followed(page, 'tbody tr:first-child .lead a');
      await followed(page, '#progress footer a');
    }),
    'the reminder of access reviews': () => '/settings/access-review',
    'the activity': () => '/activity',
    'the activity, filtered to nothing': () => '/activity?account=00000000-0000-4000-8000-000000000000&from=2020-01-01&to=2020-01-02',
    'one operation': clicked(({ id }) => `/accounts/${id}`, (page) => followed(page, '.feed a[href^="/operations/"]')),
    'the chain of the activity': () => '/activity/verification',
    'the tags': () => '/tags',
    'the settings': () => '/settings',
    'the thresholds': () => '/settings/notifications',
    'the webhook': () => '/settings/webhook',
    'the notifications': () => '/notifications',
    'choosing notifications': () => '/profile/notifications',
    'the staff': () => '/staff',
    'inviting staff': () => '/staff/new',
    'one of the staff': clicked(() => '/staff', (page) => followed(page, 'tbody tr:has-text("viewer@") a')),
    'disabling one of the staff': clicked(() => '/staff', async (page) => {
      await followed(page, 'tbody tr:has-text("viewer@") a');
      await page.goto(`${page.url()}/disable`);
    }),
    'the profile': () => '/profile',
    'second factors': () => '/profile/factors',
    'the page that is not there': () => '/no/such/page',
    'the search': () => '/search',
    'the search with results': () => '/search?q=co',
    'the search without results': () => '/search?q=zzqqzz',
    'the palette': clicked(() => '/', async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('co');
      await page.locator('#palette-list [aria-selected=true]').waitFor();
    }),
    'the list of shortcuts': clicked(() => '/', async (page) => {
      await page.keyboard.press('?');
      await page.locator('#dialog[open] .shortcuts').waitFor();
    }),
  };
  const signedOut = {
    'signing in': () => '/login',
    'a refused sign-in': clicked(() => '/login', async (page) => {
      await page.getByLabel('Email').fill('nobody@example.com');
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').waitFor();
    }),
    'a set-up that is over': () => '/setup',
    'a link that is not valid': () => '/invite/no-such-link',
    'a page that is not there': () => '/no/such/page',
  };

  // Opens one of them.
  async function open(page, go, as) {
    const ids = as ? await first(page) : {};
    const address = go.length > 1 ? await go(page, ids) : go(ids);
    if (address) await page.goto(address);
    await page.waitForLoadState();
  }
  return { pages, signedOut, open };
}
