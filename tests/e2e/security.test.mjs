// Sign-in security: the page of the profile, and what an administrator sees of another user's.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot, stayHome } from './support/browser.mjs';
import { cutOff, overlapping, withLargeText } from './support/fit.mjs';
import { assertInAdmin, field, isFocused, sendCode, sendPassword } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { address, codesOn, enrol, finish, heading, part, send, signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const main = (page) => page.locator('#sallyport');
const RLO = '\u202e';

async function assertFine(page, what) {
  assert.deepEqual(await violations(main(page)), {}, what);
}

describe('sign-in security', () => {
  browserTest('a phone is set up by the QR code in three steps, and the next sign-in asks for its code', async (page) => {
    const person = await Person.withoutFactor();
    await signIn(page, person, '/wp-admin/profile.php');
    await page.getByRole('link', { name: 'Set up a second factor' }).scrollIntoViewIfNeeded();
    await shot(page, 'profile-row');
    await page.getByRole('link', { name: 'Set up a second factor' }).click();
    await heading(page, 'protected only by its password').waitFor();
    await shot(page, 'security-none');
    await assertFine(page, 'nothing set up');

    const whose = await page.getByLabel('Your password').evaluateAll((fields) => fields.map(({ form }) => form.querySelector('[autocomplete="username"]')?.value));
    assert.deepEqual(new Set(whose), new Set([person.login]), 'for password managers: whose password it is');
    await page.getByLabel('Your password').first().fill('not it');
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await page.getByRole('alert').filter({ hasText: 'The password is wrong' }).waitFor();
    assert.match(await page.title(), /^Error: Sign-in security ‹ /, 'what a screen reader reads first');
    await page.getByLabel('Your password').first().fill(person.password);
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await page.locator('.sallyport-qr svg').waitFor();
    assert.ok(await isFocused(heading(page, 'Set up an authenticator app')), 'a screen reader continues there');
    assert.equal(await page.locator('[aria-current="step"]').innerText(), 'Add it to your app');
    await page.getByText('Cannot scan it').click();
    await shot(page, 'security-scan');
    await assertFine(page, 'step 1');
    const key = await page.locator('#sallyport-key').innerText();

    await page.getByRole('link', { name: 'Next' }).click();
    assert.ok(await isFocused(page.locator('#sallyport_code')));
    await page.locator('#sallyport_code').fill('000');
    await page.getByRole('button', { name: 'Verify and turn on' }).click();
    await page.locator('#sallyport_code[aria-invalid="true"]').waitFor();
    assert.match(await page.locator('#sallyport_code').getAttribute('aria-describedby'), /sallyport-error/);
    await shot(page, 'security-code');
    await assertFine(page, 'step 2, with an error');
    await page.getByRole('link', { name: 'Back' }).click();
    const { secret } = await finish(page);
    assert.equal(secret, key.replaceAll(' ', ''));

    const codes = await codesOn(page);
    assert.equal(new Set(codes).size, 10);
    assert.equal(await page.locator('[aria-current="step"]').innerText(), 'Save your backup codes');
    await shot(page, 'security-codes');
    await assertFine(page, 'step 3');
    await page.getByRole('button', { name: 'Finish' }).click();
    assert.equal((await codesOn(page)).length, 10, 'not before they are saved');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    const sheet = await (await import('node:fs/promises')).readFile(await download.path(), 'utf8');
    for (const code of [...codes, person.login, site().url]) assert.ok(sheet.includes(code), `${code} in the file`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
    assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes(codes[9]));
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })); // as on a site without HTTPS
    await page.getByRole('status').evaluate((status) => (status.textContent = ''));
    await page.getByRole('button', { name: 'Copy' }).press('Enter');
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
    assert.ok(await isFocused(page.getByRole('button', { name: 'Copy' })), 'the keyboard continues from there');
    await page.evaluate(() => delete navigator.clipboard);
    assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes(codes[9]), 'the old way');
    await page.getByLabel('I have saved them').check();
    await page.getByRole('button', { name: 'Finish' }).click();
    await heading(page, 'Your second factors').waitFor();
    await shot(page, 'security-list');
    await assertFine(page, 'the list');
    assert.match(await main(page).innerText(), /10 codes left/);
    assert.ok(!(await page.content()).includes(secret), 'the secret is shown once');

    await page.context().clearCookies();
    await page.goto('/wp-login.php');
    await sendPassword(page, person);
    await field(page).waitFor();
    await sendCode(page, (await site().php('codes.php', secret)).next);
    await assertInAdmin(page);
    await page.context().clearCookies();
    await page.goto('/wp-login.php');
    await sendPassword(page, person);
    await sendCode(page, codes[0]);
    await assertInAdmin(page);
    await page.goto(address);
    assert.match(await main(page).innerText(), /9 codes left/);
  });

  browserTest('it works without JavaScript, with the key', async (page) => {
    const person = await Person.withoutFactor();
    await signIn(page, person);
    await page.getByLabel('Your password').first().fill(person.password);
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await page.locator('summary', { hasText: 'Cannot scan it' }).click();
    const key = (await page.locator('#sallyport-key').innerText()).replaceAll(' ', '');
    assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), 0, 'no button that does nothing');
    await page.getByRole('link', { name: 'Next' }).click();
    await page.locator('#sallyport_code').fill((await site().php('codes.php', key)).now.replace(/^.../, '$& '));
    await page.getByRole('button', { name: 'Verify and turn on' }).click();
    assert.equal((await codesOn(page)).length, 10);
    await page.getByLabel('I have saved them').check();
    await page.getByRole('button', { name: 'Finish' }).click();
    await send(page, 'codes', 'Create new codes', { 'Your password': person.password });
    const codes = await codesOn(page);
    await page.getByLabel('I have saved them').check();
    await page.getByRole('button', { name: 'Finish' }).click();
    const id = (await page.locator('details[id^="sallyport-rename-"]').getAttribute('id')).split('-').at(-1);
    await send(page, `rename-${id}`, 'Save', { Name: 'My phone' });
    await page.getByText('My phone').first().waitFor();

    // An action that weakens the account needs a fresh code, and then returns to the page.
    await site().php('age.php', person.login);
    await send(page, `remove-${id}`, 'Remove');
    await heading(page, 'Confirm it is you').waitFor();
    await page.locator('#sallyport_code').fill(codes[0]);
    await page.locator('#wp-submit').click();
    await page.waitForURL('**page=sallyport-security**');
    assert.ok(await part(page, `remove-${id}`).evaluate((element) => element.open));
    assert.ok(await isFocused(part(page, `remove-${id}`).getByRole('button', { name: 'Remove' })));
    await send(page, `remove-${id}`, 'Remove');
    await heading(page, 'protected only by its password').waitFor();
  }, { javaScriptEnabled: false });

  browserTest('new backup codes replace the old ones, and a second phone keeps them', async (page) => {
    const person = await Person.withoutFactor();
    await signIn(page, person);
    await enrol(page, person);
    const old = await codesOn(page);
    await page.goto(address);
    await send(page, 'codes', 'Create new codes', { 'Your password': 'not it' });
    await part(page, 'codes').getByRole('alert').waitFor();
    assert.ok(await isFocused(part(page, 'codes').getByLabel('Your password')), 'the field with the error has the focus');
    await send(page, 'off', 'Turn off', { 'Your password': 'not it' });
    assert.ok(await isFocused(part(page, 'off').getByLabel('Your password')), 'wherever it is');
    await send(page, 'codes', 'Create new codes', { 'Your password': person.password });
    await heading(page, 'Save your backup codes').waitFor();
    const fresh = await codesOn(page);
    assert.deepEqual(fresh.filter((code) => old.includes(code)), []);
    await page.goto(address);
    await send(page, 'begin', 'Set up an authenticator app', { Name: 'Tablet', 'Your password': 'not it' });
    await part(page, 'begin').getByRole('alert').filter({ hasText: 'The password is wrong' }).waitFor();
    const name = part(page, 'begin').getByLabel('Name');
    assert.deepEqual([await name.inputValue(), await name.getAttribute('aria-invalid')], ['Tablet', null], 'the name is still there, and is not marked as wrong');
    assert.ok(await isFocused(part(page, 'begin').getByLabel('Your password')));
    await shot(page, 'security-begin-wrong', { fullPage: true });
    await page.setViewportSize({ width: 320, height: 640 });
    await shot(page, 'security-begin-wrong-320', { fullPage: true });
    await page.setViewportSize({ width: 1280, height: 800 });
    await send(page, 'begin', 'Set up an authenticator app', { 'Your password': person.password });
    await finish(page);
    await heading(page, 'Your second factors').waitFor();
    await main(page).filter({ hasText: 'Tablet' }).waitFor();
    for (const name of ['Remove Tablet', 'Save Tablet']) assert.equal(await page.getByRole('button', { name, includeHidden: true }).count(), 1, 'which one');
    await page.context().clearCookies();
    await page.goto('/wp-login.php');
    await sendPassword(page, person);
    await sendCode(page, old[1]);
    await page.locator('#login_error').waitFor();
    await sendCode(page, fresh[1]);
    await assertInAdmin(page);
  });

  browserTest('codes by email are set up without a phone, and the history is shown in words', async (page) => {
    const person = await Person.withoutFactor();
    await site().post('sallyport/v1/token', { username: person.login, password: person.password, device_name: `<i>phone</i>${RLO}` });
    await signIn(page, person);
    await part(page, 'begin-mail').locator('summary').click();
    await shot(page, 'security-mail-begin');
    await send(page, 'begin-mail', 'Send me a code', { 'Your password': person.password });
    await heading(page, 'Set up codes by email').waitFor();
    await page.getByRole('status').filter({ hasText: 'A code was sent to you' }).waitFor();
    assert.ok(await isFocused(page.locator('#sallyport_code')));
    await shot(page, 'security-mail');
    await assertFine(page, 'codes by email');
    await page.locator('#sallyport_code').fill('00000000');
    await page.getByRole('button', { name: 'Verify and turn on' }).click();
    assert.doesNotMatch(await page.getByRole('alert').innerText(), /clock/, 'a mail has none');
    await assertFine(page, 'codes by email, a wrong one');
    const mail = site().sent().filter((text) => text.includes(`${person.login}@example.test`) && !/^X-Sallyport-Notice: /m.test(text)).at(-1);
    await page.locator('#sallyport_code').fill(/\b\d{4} ?\d{4}\b/.exec(mail)[0]);
    await page.getByRole('button', { name: 'Verify and turn on' }).click();
    assert.equal((await codesOn(page)).length, 10);
    await page.goto(address);
    assert.match(await main(page).innerText(), /Codes by email/);

    const history = page.locator('section', { has: heading(page, 'Recent activity') });
    const told = await history.locator('li').allInnerTexts();
    for (const words of ['A second factor was set up · Codes by email', 'A wrong code was entered', 'A code was sent · Codes by email', 'Signed in by an app or front end']) {
      assert.equal(told.filter((text) => text.includes(words)).length, 1, `${words} in ${told.join('\n')}`);
    }
    assert.ok(told.at(-1).includes('127.0.0.1'));
    assert.ok(told.every((text) => /\b20\d\d\b/.test(text)), 'a date to compare with one’s own');
    assert.equal(await history.locator('i').count(), 0);
    await history.scrollIntoViewIfNeeded();
    await shot(page, 'security-history');
    await assertFine(page, 'what happened lately');
  });

  browserTest('devices and sign-ins are listed, and ended one by one', async (page) => {
    const person = await Person.withoutFactor();
    const { token } = await site().post('sallyport/v1/token', { username: person.login, password: person.password, device_name: 'phone' });
    await site().php('rename.php', person.login, `<img src=x onerror=alert(1)>${RLO}`); // without the cleaning of names
    const elsewhere = await page.context().browser().newContext({ baseURL: site().url });
    await stayHome(elsewhere);
    const other = await elsewhere.newPage();
    await signIn(other, person);
    await signIn(page, person);
    const thrown = [];
    page.on('dialog', (dialog) => thrown.push(dialog.message()) && dialog.dismiss());
    await shot(page, 'security-sign-ins');
    await assertFine(page, 'sign-ins');
    const list = page.locator('section', { has: heading(page, 'Where you are signed in') });
    assert.equal(await list.getByText('this device').count(), 1);
    assert.equal(await list.locator('li').count(), 3);
    assert.ok(!(await page.content()).includes(RLO));
    assert.equal(await list.locator('img').count(), 0);

    await list.locator('li', { hasText: 'in an app' }).getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('status').filter({ hasText: 'Signed out on that device' }).waitFor();
    const me = await fetch(`${site().url}/wp-json/wp/v2/users/me`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(me.status, 401);
    await list.locator('li', { hasNotText: 'this device' }).getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('status').filter({ hasText: 'Signed out on that device' }).waitFor();
    await other.goto(address);
    assert.match(other.url(), /wp-login\.php/);
    const devices = page.locator('section', { has: heading(page, 'Remembered devices') });
    await devices.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('status').filter({ hasText: 'device was forgotten' }).waitFor();
    assert.ok(await isFocused(page.getByRole('status').filter({ hasText: 'device was forgotten' })), 'the pressed button is gone');
    assert.equal(await devices.count(), 0);
    assert.deepEqual(thrown, []);
    await other.context().close();
  });

  browserTest('an administrator sees another user’s state but no secret, resets the factor with a reason, requires one, and creates a link', async (page) => {
    const person = await Person.enrolled();
    const id = (await site().php('id.php', person.login)).id;
    await signIn(page, Person.admin(), `/wp-admin/users.php?page=sallyport-security&user_id=${id}`);
    await page.getByText('you need a second factor yourself').waitFor();
    assert.equal(await part(page, 'reset').count(), 0);
    await shot(page, 'security-user-without-factor');
    await page.context().clearCookies();
    const admin = await Person.enrolledAdministrator();
    await signIn(page, admin, '/wp-admin/users.php');
    await page.getByRole('link', { name: person.login, exact: true }).click();
    await page.waitForLoadState(); // core's profile page throws if it is left before it has loaded
    await page.getByRole('link', { name: 'Factors, backup codes, devices' }).click();
    await heading(page, `Sign-in security of ${person.login}`).waitFor();
    assert.ok((await page.title()).startsWith(`Sign-in security of ${person.login} ‹ `));
    await shot(page, 'security-user');
    await assertFine(page, 'another user');
    assert.equal(await page.locator('.sallyport-qr, input[type=password]').count(), 0);
    await site().php('age.php', admin.login);
    await page.reload();
    await part(page, 'reset').locator('summary').click();
    assert.equal(await part(page, 'reset').locator('textarea').count(), 0, 'first the code, then the other fields');
    await shot(page, 'security-user-stale', { fullPage: true });
    await page.setViewportSize({ width: 320, height: 640 });
    await shot(page, 'security-user-stale-320', { fullPage: true });
    await page.locator('h1 bdi').evaluate((name) => (name.textContent = 'x'.repeat(60)));
    assert.equal(await overflow(page), 0, 'a name of the maximum length');
    await page.setViewportSize({ width: 1280, height: 800 });
    await part(page, 'reset').getByRole('link', { name: 'Confirm it is you' }).click();
    await page.locator('#sallyport_code').fill(admin.backupCodes[0]);
    await page.locator('#wp-submit').click();
    await part(page, 'reset').locator('textarea:focus').waitFor();
    await part(page, 'reset').locator('textarea').evaluate((element) => (element.required = false));
    await send(page, 'reset', 'Reset', { Reason: ' ' });
    await part(page, 'reset').getByRole('alert').waitFor();
    assert.ok(await isFocused(part(page, 'reset').locator('textarea')));
    await shot(page, 'security-user-reset');
    await send(page, 'reset', 'Reset', { Reason: 'lost the phone, known by voice' });
    await page.getByText('None: this user signs in with the password alone').waitFor();

    await send(page, 'link', 'Create the link');
    assert.match(await page.locator('#sallyport-key').innerText(), /wp-login\.php\?action=sallyport-enrol&link=spl1_/);
    await page.getByRole('button', { name: 'Copy' }).waitFor();
    await shot(page, 'security-user-link');
    await assertFine(page, 'the link');
    await send(page, 'require', 'Require a second factor');
    await page.getByText('The policy requires one').waitFor();
    await send(page, 'spare', 'Stop requiring it');
    await page.getByText('The policy does not require one').waitFor();
    await send(page, 'revoke', 'Sign out everywhere');
    await page.getByRole('status').filter({ hasText: 'signed out everywhere' }).waitFor();
  });

  browserTest('nobody else sees it, and a form without its nonce is ignored', async (page) => {
    const person = await Person.withoutFactor();
    await signIn(page, person);
    const id = 1;
    const answer = await page.goto(`${address}&user_id=${id}`);
    assert.equal(answer.status(), 403);
    await page.goto(address);
    const post = (url, body) => page.evaluate(async ([to, fields]) => {
      const sent = await fetch(to, { method: 'POST', body: new URLSearchParams(fields) });
      return { status: sent.status, text: await sent.text() };
    }, [url, body]);
    const nonce = await page.locator('input[name=_wpnonce]').first().inputValue();
    for (const fields of [{}, { _wpnonce: 'no' }, { '_wpnonce[]': nonce }]) {
      assert.equal((await post(address, { sallyport_do: 'begin', label: 'x', sallyport_password: person.password, ...fields })).status, 403);
    }
    assert.equal((await post(`${address}&user_id=${id}`, { sallyport_do: 'revoke', _wpnonce: nonce })).status, 403);
    for (const fields of [
      { sallyport_do: 'nonsense' },
      { sallyport_do: 'rename', id: 'x', label: 'y' },
      { sallyport_do: 'end', kind: 'browser', id: 'x' },
      { sallyport_do: 'remove', id: '99999' },
    ]) {
      const { status, text } = await post(address, { _wpnonce: nonce, ...fields });
      assert.equal(status, 200, JSON.stringify(fields));
      assert.ok(text.includes('role="alert"'), JSON.stringify(fields));
    }
    // A repeated request, as by a second click without JavaScript, is not an error: the page shows the present state.
    await enrol(page, person);
    await codesOn(page);
    await page.goto(address);
    const late = await post(address, { _wpnonce: await page.locator('input[name=_wpnonce]').first().inputValue(), sallyport_do: 'finish', sallyport_code: '123456' });
    assert.ok(!late.text.includes('role="alert"') && late.text.includes('10 codes left'));
  });

  browserTest('names with markup, or with characters that reverse text, do no harm', async (page) => {
    const person = await Person.withoutFactor();
    const thrown = [];
    page.on('dialog', (dialog) => thrown.push(dialog.message()) && dialog.dismiss());
    await signIn(page, person);
    await enrol(page, person);
    await page.goto(address);
    const name = '"><img src=x onerror=alert(1)>';
    const id = (await page.locator('details[id^="sallyport-rename-"]').getAttribute('id')).split('-').at(-1);
    await send(page, `rename-${id}`, 'Save', { Name: name });
    await page.locator('.sallyport-list bdi', { hasText: name }).waitFor();
    await page.locator('.sallyport-history bdi', { hasText: name }).waitFor();
    await send(page, `rename-${id}`, 'Save', { Name: `a${RLO}b` });
    await part(page, `rename-${id}`).getByRole('alert').waitFor();
    assert.equal(await page.locator('#sallyport img').count(), 0);
    assert.deepEqual(thrown, []);
  });

  browserTest('small, zoomed, dark, in forced colours and from right to left, everything is visible, and nothing is loaded from other servers', async (page) => {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    const person = await Person.withoutFactor();
    await signIn(page, person);
    await shot(page, 'security-narrow');
    assert.equal(await overflow(page), 0);
    await withLargeText(page, async () => assert.deepEqual(await overlapping(main(page)), []));
    await page.getByLabel('Your password').first().fill(person.password);
    await page.keyboard.press('Enter');
    await page.locator('.sallyport-qr svg').waitFor();
    await shot(page, 'security-narrow-scan');
    assert.equal(await overflow(page), 0);
    await finish(page);
    await shot(page, 'security-narrow-codes');
    assert.equal(await overflow(page), 0);
    await withLargeText(page, async () => assert.deepEqual([...await cutOff(main(page)), ...await overlapping(main(page))], []));
    await page.goto(address);
    for (const media of [{ colorScheme: 'dark' }, { forcedColors: 'active' }]) {
      await page.emulateMedia(media);
      await shot(page, `security-${Object.values(media)[0]}`);
      if (media.colorScheme) await assertFine(page, 'dark'); // axe reads only colours that are not forced
    }
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await shot(page, 'security-rtl');
    assert.equal(await main(page).evaluate((element) => element.scrollWidth - element.clientWidth), 0);
    // WordPress loads users' pictures and its own emoji; we load nothing.
    const strangers = asked.filter((url) => !url.startsWith(site().url) && !/^data:|gravatar\.com|s\.w\.org/.test(url));
    assert.deepEqual(strangers, []);
    const ours = [...new Set(asked.filter((url) => url.includes('/assets/')).map((url) => new URL(url).pathname.split('/assets/').at(-1)))].sort();
    assert.deepEqual(ours, ['security.css', 'security.js']);
    const size = ['security.css', 'security.js', 'block.js'].reduce((sum, name) => sum + statSync(new URL(`../../wp-plugin/assets/${name}`, import.meta.url)).size, 0);
    assert.ok(size < 25_000, `${size} bytes`);
    asked.length = 0;
    await page.goto('/wp-admin/profile.php');
    await page.goto('/');
    assert.deepEqual(asked.filter((url) => url.includes('/sallyport/assets/')), [], 'nothing on pages that do not show it');
  }, { viewport: { width: 320, height: 640 } });

  browserTest('at 400 per cent everything can be reached, and the keyboard is enough', async (page) => {
    const person = await Person.withoutFactor();
    await signIn(page, person);
    assert.equal(await overflow(page), 0);
    await page.getByLabel('Your password').first().focus();
    await page.keyboard.type(person.password);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.sallyport-qr svg').waitFor();
    await shot(page, 'security-zoomed');
    assert.equal(await overflow(page), 0);
    const link = page.getByRole('link', { name: 'Open the app' });
    const secret = new URL(await link.getAttribute('href')).searchParams.get('secret');
    await link.focus();
    await page.keyboard.press('Tab'); // the key
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#sallyport_code:focus').waitFor();
    await page.keyboard.type((await site().php('codes.php', secret)).now);
    await page.keyboard.press('Enter');
    await page.getByLabel('I have saved them').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await part(page, 'codes').locator('summary').focus();
    await page.keyboard.press('Enter');
    await part(page, 'codes').getByLabel('Your password').waitFor();
    assert.equal(await overflow(page), 0);
  }, { viewport: { width: 320, height: 256 } });
});

describe('sign-in security on the front end', () => {
  browserTest('by shortcode and by block, and nothing of it on other pages', async (page) => {
    const token = await Person.admin().token();
    const add = (content) => site().post('wp/v2/pages', { title: 'Your security', status: 'publish', content }, token);
    const [short, block] = [await add('[sallyport_security]'), await add('<!-- wp:sallyport/security /-->')];
    for (const { link, id } of [short, block]) {
      await page.context().clearCookies();
      await page.goto(link);
      await page.getByRole('link', { name: 'Sign in to see' }).click();
      const person = await Person.withoutFactor();
      await sendPassword(page, person);
      await heading(page, 'protected only by its password').waitFor();
      await shot(page, 'front-none');
      await page.getByLabel('Your password').first().fill('not it');
      await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
      await page.getByRole('alert').waitFor();
      assert.match(await page.title(), /^Error: Your security /);
      const begin = page.getByRole('button', { name: 'Set up an authenticator app' });
      const looks = await begin.evaluate((button) => [button, document.body].map((element) => getComputedStyle(element).fontFamily));
      assert.equal(looks[0], looks[1], 'a button of the theme’s, not of the browser’s');
      await page.getByLabel('Your password').first().fill(person.password);
      await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
      await page.getByText('Cannot scan it').click();
      await page.setViewportSize({ width: 320, height: 640 });
      await page.addStyleTag({ content: 'code { white-space: nowrap; } .button { box-sizing: content-box; padding: 1em 2em; width: 100%; }' });
      await shot(page, 'front-scan-in-an-old-theme', { fullPage: true });
      assert.equal(await main(page).evaluate((element) => element.scrollWidth - element.clientWidth), 0, 'in a theme that writes code on one line, and buttons as wide as a line');
      await page.setViewportSize({ width: 1280, height: 800 });
      await finish(page);
      assert.equal((await codesOn(page)).length, 10);
      await shot(page, 'front-codes');
      await assertFine(page, 'front end');
      await page.setViewportSize({ width: 320, height: 640 });
      await shot(page, 'front-codes-320');
      const lines = await page.locator('.sallyport-codes code').evaluateAll((codes) => codes.map((code) => code.getClientRects().length));
      assert.deepEqual(lines, Array(10).fill(1), 'each code on one line');
      assert.equal(await overflow(page), 0);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.addStyleTag({ content: 'body { background: #111 !important; color: #eee !important; }' });
      await shot(page, 'front-codes-dark-theme');
      await page.emulateMedia({ media: 'print' });
      const printed = page.locator('.sallyport-codes code, .sallyport-sheet');
      const colours = await printed.evaluateAll((parts) => [...new Set(parts.map((element) => getComputedStyle(element).color))]);
      assert.deepEqual(colours, ['rgb(0, 0, 0)'], 'black on paper, in a dark theme, too');
      assert.equal((await page.pdf()).toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1, 'one sheet, and no empty ones');
      await page.emulateMedia({ media: null });
      await page.getByLabel('I have saved them').check();
      await page.getByRole('button', { name: 'Finish' }).click();
      await heading(page, 'Your second factors').waitFor();
      assert.equal(new URL(page.url()).pathname, new URL(link).pathname);
      await shot(page, 'front-list');
      const answer = await page.goto(link);
      assert.match(answer.headers()['cache-control'], /no-store|no-cache/);
      assert.equal(answer.headers()['x-frame-options'], 'SAMEORIGIN');
      const read = await fetch(`${site().url}/wp-json/wp/v2/pages/${id}`);
      assert.equal((await read.json()).content.rendered.trim(), '', 'nothing of it in REST answers');
    }
  });

  browserTest('in the editor the block says what will be shown there, and is not editable text', async (page) => {
    await signIn(page, await Person.enrolledAdministrator());
    await page.goto('/wp-admin/post-new.php');
    const canvas = page.frameLocator('iframe[name="editor-canvas"]');
    await canvas.locator('.wp-block-post-title').waitFor();
    await page.evaluate(() => globalThis.wp.data.dispatch('core/block-editor').insertBlocks(globalThis.wp.blocks.createBlock('sallyport/security')));
    const block = canvas.locator('.wp-block-sallyport-security .components-placeholder');
    await block.getByText('Second factors, backup codes and devices of the user who is signed in.').waitFor();
    assert.match(await block.innerText(), /^Sign-in security/);
    await shot(page, 'editor');
  });
});
