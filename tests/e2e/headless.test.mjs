// examples/headless/: a front end on another origin, as bin/demo serves it.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { serve } from './support/headless.mjs';
import { isFocused } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { site } from './support/site.mjs';

describe('the headless example', () => {
  let front;
  before(async () => {
    front = await serve();
    site().wp('sallyport', 'setting', 'set', 'refresh_cookie', 'true');
    site().wp('sallyport', 'setting', 'set', 'cors', front.origin);
  });
  after(() => {
    site().wp('sallyport', 'setting', 'reset', 'refresh_cookie');
    site().wp('sallyport', 'setting', 'reset', 'cors');
    front.stop();
  });

  const open = async (page) => {
    await page.context().route((url) => url.origin === front.origin, (route) => route.continue());
    await page.goto(front.origin);
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  };
  const signIn = async (page, person) => {
    await page.getByLabel('User name').fill(person.login);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const verify = async (page, code) => {
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Verify' }).click();
  };
  const hello = (page, person) => page.getByRole('heading', { name: `Hello, ${person.login}` }).waitFor();

  browserTest('sign in, enter the code, see devices, end one, stay signed in after a reload, sign out', async (page) => {
    const person = await Person.enrolled();
    await open(page);
    await shot(page, 'headless-sign-in');
    assert.deepEqual(await violations(page), {});
    await signIn(page, { ...person, login: person.login, password: 'not it' });
    await page.getByRole('alert').filter({ hasText: 'user name or the password' }).or(page.getByRole('alert').filter({ hasText: /wrong/i })).waitFor();
    await signIn(page, person);
    await page.getByRole('heading', { name: 'Verify it is you' }).waitFor();
    assert.ok(await isFocused(page.getByLabel('Code')));
    await verify(page, person.wrongCode);
    await page.getByRole('alert').filter({ hasText: 'Attempts left: 4' }).waitFor();
    await shot(page, 'headless-code');
    assert.deepEqual(await violations(page), {});
    await verify(page, await person.code());
    await hello(page, person);

    const elsewhere = await site().post('sallyport/v1/token', { username: person.login, password: person.password, code: person.backupCodes[0], device_name: 'Kitchen tablet' });
    const refresh = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/token/refresh'));
    await page.reload();
    assert.match((await refresh).postDataJSON().device, /^spd1_/, 'a page that is loaded twice within a moment stays signed in only because of its device');
    await hello(page, person);
    const items = page.locator('#devices li');
    await items.filter({ hasText: 'Kitchen tablet' }).waitFor();
    assert.equal(await items.filter({ hasText: 'this device' }).locator('.here:visible').count(), 1);
    await shot(page, 'headless-account');
    assert.deepEqual(await violations(page), {});
    await items.filter({ hasText: 'Kitchen' }).getByRole('button').click();
    await items.filter({ hasText: 'Kitchen' }).waitFor({ state: 'detached' });
    const me = await fetch(`${site().url}/wp-json/wp/v2/users/me`, { headers: { authorization: `Bearer ${elsewhere.token}` } });
    assert.equal(me.status, 401);

    assert.equal(await page.evaluate(() => document.cookie), '', 'no script sees the refresh token');
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /spr1_|eyJ/, 'and no token is stored');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  });

  browserTest('a user without a second factor signs in with the password; after a sign-out elsewhere, the page asks to sign in again', async (page) => {
    const person = await Person.withoutFactor();
    await open(page);
    await signIn(page, person);
    await hello(page, person);
    const { token } = await site().post('sallyport/v1/token', { username: person.login, password: person.password });
    await fetch(`${site().url}/wp-json/sallyport/v1/tokens`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  });

  browserTest('the password is asked for again when the challenge is used up', async (page) => {
    const person = await Person.enrolled();
    await open(page);
    await signIn(page, person);
    for (let left = 4; left >= 1; left--) {
      await verify(page, person.wrongCode);
      await page.getByRole('alert').filter({ hasText: `Attempts left: ${left}` }).waitFor();
    }
    await verify(page, person.wrongCode);
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    assert.ok(await page.getByRole('alert').isVisible());
  });

  browserTest('after asking for a mail, the code of the phone is still accepted', async (page) => {
    const person = await Person.enrolled();
    await site().php('mailed.php', person.login);
    await open(page);
    await signIn(page, person);
    await page.getByText('From your authenticator app').waitFor();
    assert.equal(await page.locator('#other').isVisible(), false);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.getByText('The 8-digit code').waitFor();
    await shot(page, 'headless-mail');
    assert.deepEqual(await violations(page), {});
    await page.getByRole('button', { name: 'Use your authenticator app' }).click();
    await verify(page, await person.code());
    await hello(page, person);
  });

  browserTest('a refresh whose answer is lost ends no sign-in', async (page) => {
    const person = await Person.withoutFactor();
    await open(page);
    await signIn(page, person);
    await hello(page, person);
    let lost = 0;
    await page.route('**/token/refresh', async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.reload();
    await hello(page, person);
    assert.equal(lost, 2);
  });

  browserTest('a sign-out that cannot reach the site says so, and the user is still signed in', async (page) => {
    const person = await Person.withoutFactor();
    await open(page);
    await signIn(page, person);
    await hello(page, person);
    await page.route('**/token/revoke', (route) => route.abort());
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
    await hello(page, person);
    await page.unroute('**/token/revoke');
    await page.route('**/token/refresh', (route) => route.abort());
    await page.reload();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
  });

  browserTest('after a sign-out in one tab, the other shows the sign-in form', async (page) => {
    const person = await Person.enrolled();
    await open(page);
    await signIn(page, person);
    await verify(page, await person.code());
    await hello(page, person);
    await site().post('sallyport/v1/token', { username: person.login, password: person.password, code: person.backupCodes[0], device_name: 'Kitchen tablet' });
    const other = await page.context().newPage();
    await other.goto(front.origin);
    await hello(other, person);
    await other.getByRole('button', { name: 'Sign out', exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    await other.getByRole('button', { name: 'Sign out Kitchen tablet' }).click();
    await other.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  });

  browserTest('it fits into 320 pixels', async (page) => {
    const person = await Person.enrolled();
    await open(page);
    await signIn(page, person);
    await verify(page, await person.code());
    await hello(page, person);
    await shot(page, 'headless-narrow');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  }, { viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
});
