// Settings → Sallyport, as an administrator uses it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { readdirSync, statSync } from 'node:fs';
import { describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { overlapping, withLargeText } from './support/fit.mjs';
import { Person } from './support/person.mjs';
import { signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

const address = (tab, more = '') => `/wp-admin/options-general.php?page=sallyport&tab=${tab}${more}`;
const main = (page) => page.locator('#sallyport');
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const heading = (page, name) => page.getByRole('heading', { name });
const tabs = ['overview', 'integrations', 'activity'];

async function assertFine(page, what) {
  assert.deepEqual(await violations(main(page)), {}, what);
  assert.deepEqual(await violations(page.locator('.nav-tab-wrapper')), {}, `${what}: the tabs`);
}

describe('Settings → Sallyport', () => {
  browserTest('an administrator sees the state of the site, and tests every door', async (page) => {
    await Person.enrolled();
    await site().php('require.php', 'author');
    await Person.withoutFactor('author');
    await signIn(page, await Person.enrolledAdministrator(), '/wp-admin/');
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('link', { name: 'Sallyport', exact: true }).click();
    await heading(page, 'Who is protected').waitFor();
    assert.equal(await page.locator('.nav-tab[aria-current="page"]').innerText(), 'Overview');
    await page.locator('.sallyport-warning', { hasText: /of \d+ administrators ha(s|ve) no second factor\.\s+The second factor is enforced/ }).waitFor();
    await heading(page, 'Can anyone with a second factor get in without it?').waitFor();
    const authors = page.getByRole('row').filter({ hasText: 'Author' });
    assert.match(await authors.innerText(), /0 of 1[\s\S]*! 1/);
    await page.getByText('Not tested yet').waitFor();
    await shot(page, 'settings-overview');
    await assertFine(page, 'overview');
    await withLargeText(page, async () => assert.deepEqual(await overlapping(main(page)), []));
    await authors.getByRole('link', { name: 'List them Author' }).click();
    await page.locator('.subsubsub [aria-current="page"]', { hasText: 'Second factor missing' }).waitFor();
    assert.match(await page.locator('#the-list tr').innerText(), /Author[\s\S]*Off; required since/);
    await shot(page, 'users');
    assert.deepEqual(await violations(page.locator('#the-list .column-sallyport')), {});
    await page.setViewportSize({ width: 320, height: 640 });
    await page.locator('#the-list .toggle-row').click();
    await page.locator('#the-list .column-sallyport').scrollIntoViewIfNeeded();
    assert.equal(await overflow(page), 0);
    await shot(page, 'users-narrow');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.locator('#user-search-input').fill('person');
    await page.getByRole('button', { name: 'Search Users' }).click();
    await page.getByText('Search results for').waitFor();
    assert.equal(await page.locator('#the-list tr').count(), 1, 'the search uses the filtered list');
    await page.locator('.subsubsub .all a').click();
    await page.locator('#the-list .column-sallyport', { hasText: /^On$/ }).first().waitFor();
    await shot(page, 'users-all');
    await page.goto(address('overview'));
    await page.locator('summary', { hasText: 'passed' }).click();
    await page.getByRole('button', { name: 'Test every door now' }).click({ timeout: 240_000 });
    await page.getByRole('status').filter({ hasText: 'Every door was tested' }).waitFor();
    await page.getByText(/^✔\s+No: the \d+ doors/).waitFor();
    await page.locator('summary', { hasText: 'Every door' }).click();
    assert.match(await page.getByRole('row').filter({ hasText: 'wp-login.php' }).first().innerText(), /Shut/);
    await shot(page, 'settings-probed', { fullPage: true });
    await assertFine(page, 'probed');
    await page.reload();
    assert.equal(await page.getByRole('status').filter({ hasText: 'Every door was tested' }).count(), 1, 'reloading does not run the test again');

    await site().php('probed.php', 'open');
    await page.goto(address('overview'));
    await page.getByRole('link', { name: 'Which' }).click();
    assert.match(await page.locator('#sallyport-doors').innerText(), /xmlrpc\.php\s+✖ Open/);
    await site().php('monitor.php', 'on');
    await page.reload();
    await page.getByText('Monitor-only: the password alone is enough').waitFor();
    assert.equal(await page.getByText('Yes: monitor-only lets everyone in').count(), 2, 'the answer, and Health');
    await shot(page, 'settings-overview-open');
    await assertFine(page, 'open, and monitor-only');
    await site().php('monitor.php', 'off');
    await site().php('require.php');
  });

  browserTest('the log is filtered by its URL, paged and downloaded, and a month is shown as a chart', async (page) => {
    const person = await Person.withoutFactor();
    const rows = await site().php('happened.php', person.login);
    const dialogs = [];
    page.on('dialog', (dialog) => dialogs.push(dialog.message()) && dialog.dismiss());
    await signIn(page, await Person.enrolledAdministrator(), address('activity'));
    await heading(page, 'The last 30 days').waitFor();
    await shot(page, 'settings-activity', { fullPage: true });
    assert.equal(await page.locator('.sallyport-chart[role="img"] g').count(), 30);
    await page.locator('summary', { hasText: 'The numbers, day by day' }).click();
    assert.equal(await page.locator('.sallyport-numbers tbody tr').count(), 30);
    await assertFine(page, 'the log');

    await page.getByLabel('User', { exact: true }).fill(person.login);
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText(`${rows} entries`).waitFor();
    await page.locator('summary', { hasText: 'but the sign-in was refused' }).first().click();
    await page.locator('dd', { hasText: '<img src=x onerror=alert(1)>' }).last().waitFor();
    assert.equal(await main(page).locator('img').count(), 0);
    const wrong = page.locator('.sallyport-entries tr', { hasText: 'A wrong code was entered' }).first();
    assert.match(await wrong.innerText(), /Firefox on Windows · 192\.0\.2\.7/);
    assert.doesNotMatch(await wrong.innerText(), /Gecko/);
    await wrong.locator('summary').press('Enter');
    assert.match(await wrong.innerText(), /A code was wrong\.[\s\S]*code_refused[\s\S]*Gecko/, 'the raw string is in the details');
    await assertFine(page, 'an entry that is open');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByText('Page 2 of').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('who'), person.login);
    await page.goto(address('activity', `&event=code_refused&outcome=sallyport_invalid_code&who=${person.login}`));
    assert.equal(await page.getByLabel('Event').inputValue(), 'code_refused');
    const count = Number((await page.getByText(/^\d+ entries$/).innerText()).split(' ')[0]);
    await shot(page, 'settings-activity-filtered', { fullPage: true });
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download as CSV' }).click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    assert.equal(lines.length, count + 1);
    assert.ok(lines.slice(1).every((line) => line.includes('code_refused') && line.includes('Gecko/20100101') && line.includes(person.login)));
    for (const [wrong, says] of [['who=nobody', /user/], ['event=nonsense', /no such event/], ['from=2026-02-31', /dates such as/]]) {
      await page.goto(address('activity', `&${wrong}`));
      assert.match(await page.getByRole('alert').innerText(), says);
      assert.equal(await page.locator('.sallyport-entries').count(), 0);
    }
    await shot(page, 'settings-activity-wrong');
    await page.getByRole('link', { name: 'Show everything' }).click();
    await page.locator('.sallyport-entries').waitFor();
    assert.deepEqual(dialogs, []);
  });

  browserTest('without JavaScript, small, in forced colours and from right to left, everything is visible', async (page) => {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    const person = await Person.enrolledAdministrator();
    await signIn(page, person, address('integrations'));
    for (const tab of tabs) {
      await page.goto(address(tab));
      await main(page).waitFor();
      await shot(page, `settings-narrow-${tab}`, { fullPage: true });
      await page.locator('.sallyport-table bdi').evaluateAll((names) => names.forEach((name) => (name.textContent = 'x'.repeat(60))));
      assert.equal(await overflow(page), 0, `${tab}, with names as long as they may be`);
    }
    await page.getByLabel('Event').selectOption('token_issued');
    await page.getByRole('button', { name: 'Filter' }).press('Enter');
    await page.waitForURL(/[?&]event=token_issued/);
    const ours = [...new Set(asked.filter((url) => url.includes('/sallyport/assets/')).map((url) => new URL(url).pathname.split('/assets/').at(-1)))].sort();
    assert.deepEqual(ours, ['security.css', 'settings.css']);
    await site().php('language.php', 'de_DE', person.login);
    await page.goto(address('activity'));
    await page.locator('summary', { hasText: 'Tag für Tag' }).click();
    await shot(page, 'settings-narrow-numbers', { fullPage: true });
    assert.equal(await overflow(page), 0, 'a month in numbers, whose column titles are longer in German');
    await site().php('language.php', 'he_IL', person.login);
    for (const [width, height] of [[320, 640], [1280, 800]]) {
      await page.setViewportSize({ width, height });
      for (const tab of tabs) {
        await page.goto(address(tab));
        assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
        await shot(page, `settings-rtl-${width}-${tab}`);
        assert.equal(await overflow(page), 0, `${tab}, from right to left`);
      }
    }
  }, { viewport: { width: 320, height: 640 }, javaScriptEnabled: false });

  browserTest('only administrators see it, a form without its nonce is ignored, and other screens load nothing of it', async (page) => {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await signIn(page, await Person.withoutFactor('author'), '/wp-admin/');
    assert.equal(await page.getByRole('link', { name: 'Sallyport', exact: true }).count(), 0);
    assert.equal((await page.goto(address('overview'))).status(), 403);
    assert.equal((await page.request.post(address('overview'), { form: { sallyport_do: 'probe' } })).status(), 403);
    await page.context().clearCookies();
    await signIn(page, await Person.enrolledAdministrator(), address('overview'));
    const before = await site().php('probed.php');
    const nonce = await page.locator('input[name=_wpnonce]').first().inputValue();
    for (const form of [{}, { _wpnonce: 'no' }, { '_wpnonce[]': nonce }]) {
      assert.equal((await page.request.post(address('overview'), { form: { sallyport_do: 'probe', ...form } })).status(), 403);
    }
    assert.deepEqual(await site().php('probed.php'), before);
    for (const tab of tabs) {
      const answer = await page.request.post(address(tab), { form: { sallyport_do: 'nonsense', _wpnonce: nonce } });
      assert.equal(answer.status(), 200);
      assert.match(await answer.text(), /role="alert"/, tab);
    }
    for (const media of [{ colorScheme: 'dark' }, { forcedColors: 'active' }]) {
      for (const tab of tabs) {
        await page.goto(address(tab));
        await page.emulateMedia(media);
        await shot(page, `settings-${Object.values(media)[0]}-${tab}`);
        if (media.colorScheme) await assertFine(page, `${tab}, dark`);
      }
    }
    asked.length = 0;
    await page.goto('/wp-admin/options-general.php');
    await page.goto('/');
    assert.deepEqual(asked.filter((url) => url.includes('/sallyport/assets/')), []);
    const folder = new URL('../../wp-plugin/assets/', import.meta.url);
    const size = readdirSync(folder).reduce((sum, name) => sum + statSync(new URL(name, folder)).size, 0);
    assert.ok(size < 25_000, `${size} bytes`);
  });
});
