// The second step of wp-login.php, with a screen and a keyboard.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { browserTest, shot } from './support/browser.mjs';
import { assertInAdmin, assertSignedOut, begin, error, fail, field, isFocused, sendCode, sendPassword, sessionCookies } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { site } from './support/site.mjs';

describe('second step of wp-login.php', () => {
  browserTest('a right password leads to one field, which has the focus, and sets no cookie', async (page) => {
    await begin(page, await Person.enrolled());
    await shot(page, 'second-step');
    assert.equal(await page.locator('input:visible:not([type=submit]):not([type=checkbox])').count(), 1);
    assert.ok(await isFocused(field(page)));
    await assertSignedOut(page);
  });

  browserTest('the whole way by keyboard alone', async (page) => {
    const person = await Person.enrolled();
    await page.goto('/wp-login.php');
    await page.locator('#user_login:focus').waitFor();
    await page.keyboard.type(person.login);
    await page.keyboard.press('Tab');
    await page.keyboard.type(person.password);
    await page.keyboard.press('Enter');
    await page.locator('#sallyport_code:focus').waitFor();
    await page.keyboard.type(person.wrongCode);
    await page.keyboard.press('Enter');
    await error(page).waitFor();
    await page.keyboard.type(await person.code());
    await page.keyboard.press('Tab');
    assert.ok(await isFocused(page.getByRole('checkbox')), 'whether to trust the device comes after the field');
    await page.keyboard.press('Tab');
    assert.ok(await isFocused(page.locator('#wp-submit')), 'and the button after that');
    await page.keyboard.press('Space');
    await assertInAdmin(page);
  });

  browserTest('a wrong code shows the same form, empty and in focus, with an error', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await fail(page, person);
    await shot(page, 'wrong-code');
    assert.ok(await error(page).isVisible());
    assert.match(await error(page).innerText(), /code/i);
    assert.match(await page.title(), /^Error: Second factor ‹ /);
    assert.ok(await isFocused(field(page)));
    assert.equal(await field(page).inputValue(), '');
    await assertSignedOut(page);
  });

  browserTest('after five wrong codes, the page says how to start again', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    for (let i = 0; i < 5; i++) await fail(page, person);
    await shot(page, 'start-again');
    assert.equal(await field(page).count(), 0);
    await page.getByRole('link', { name: 'Start again' }).click();
    await page.locator('#user_pass').waitFor();
    await assertSignedOut(page);
  });

  browserTest('the right code opens wp-admin', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await sendCode(page, await person.code());
    await assertInAdmin(page);
    await page.goto('/wp-admin/profile.php');
    assert.equal(await page.locator('#user_login').inputValue(), person.login);
    await shot(page, 'profile');
  });

  browserTest('the requested page opens, also after a wrong code', async (page) => {
    const person = await Person.enrolled();
    const asked = `${site().url}/wp-admin/profile.php?x=a%2Fb&y=1`;
    await page.goto(asked);
    await begin(page, person, { address: page.url() });
    await fail(page, person);
    await sendCode(page, await person.code());
    await assertInAdmin(page);
    assert.equal(page.url(), asked);
  });

  browserTest('a backup code opens wp-admin', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await sendCode(page, person.backupCodes[0]);
    await assertInAdmin(page);
  });

  browserTest('a trusted device is asked only for the password, until the password changes', async (page) => {
    const person = await Person.enrolled();
    const signOut = async () => page.goto(await page.locator('#wp-admin-bar-logout a').getAttribute('href'));
    await begin(page, person);
    await page.getByRole('checkbox', { name: /Trust this device/ }).check();
    await sendCode(page, await person.code());
    await assertInAdmin(page);
    await signOut();
    await page.goto('/wp-login.php');
    await sendPassword(page, person);
    await assertInAdmin(page);
    await signOut();
    const changed = { login: person.login, password: `${person.password}, changed` };
    const { token } = await site().post('sallyport/v1/token', { username: person.login, password: person.password, code: person.backupCodes[0] });
    await site().post('sallyport/v1/change-password', { current_password: person.password, new_password: changed.password }, token);
    await page.goto('/wp-login.php');
    await sendPassword(page, changed);
    await field(page).waitFor();
    await assertSignedOut(page);
  });

  browserTest('a code with spaces, as apps show it, is accepted', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await sendCode(page, ` ${(await person.code()).replace(/^.../, '$& ')} `);
    await assertInAdmin(page);
  });

  browserTest('also without JavaScript', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    assert.ok(await isFocused(field(page)));
    await fail(page, person);
    assert.ok(await isFocused(field(page)));
    await sendCode(page, await person.code());
    await assertInAdmin(page);
  }, { javaScriptEnabled: false });

  browserTest('without “Remember me”, the cookies end with the browser session', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await sendCode(page, await person.code());
    await assertInAdmin(page);
    for (const { name, expires } of await sessionCookies(page)) assert.equal(expires, -1, name);
  });

  browserTest('with “Remember me”, the cookies last, also after a wrong code', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person, { remember: true });
    await fail(page, person);
    await sendCode(page, await person.code());
    await assertInAdmin(page);
    const cookie = (await sessionCookies(page)).find(({ name }) => name.startsWith('wordpress_logged_in_'));
    assert.ok(cookie.expires > Date.now() / 1000 + 13 * 86400, `expires at ${cookie.expires}`);
  });

  browserTest('the form of a shop leads to it, and from it back to the shop; later a trusted device is not asked for a code', async (page) => {
    const person = await Person.enrolled();
    const signIn = async () => {
      await page.goto('/my-account/');
      await page.getByLabel('Username').fill(person.login);
      await page.getByLabel('Password').fill(person.password);
      await page.getByRole('button', { name: 'Log in' }).click();
    };
    await signIn();
    await field(page).waitFor();
    assert.equal(new URL(page.url()).pathname, '/wp-login.php');
    await assertSignedOut(page);
    await page.reload();
    assert.ok(await isFocused(field(page)));
    await fail(page, person);
    await page.getByRole('checkbox', { name: /Trust this device/ }).check();
    await sendCode(page, await person.code());
    await page.getByText(`Hello ${person.login}`).waitFor();
    assert.equal(new URL(page.url()).pathname, '/my-account/');
    await page.context().clearCookies({ name: /^wordpress_/ });
    await signIn();
    await page.getByText(`Hello ${person.login}`).waitFor();
  }, { shop: true });
});
