// Using wp-login.php as a person does; `where` is a page or a frame.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

export const field = (where) => where.locator('#sallyport_code');
export const error = (where) => where.locator('#login_error');

/** Fills in core's own form and sends it. */
export async function sendPassword(where, person, { remember = false } = {}) {
  const [login, password] = [where.locator('#user_login'), where.locator('#user_pass')];
  // A moment after the page has loaded, core's script moves the focus to the first field, and typing then goes there.
  do {
    await login.fill(person.login);
    await password.fill(person.password);
  } while (await login.inputValue() !== person.login || await password.inputValue() !== person.password);
  if (remember) await where.locator('#rememberme').check();
  await where.locator('#wp-submit').click();
}

/** Up to the second step. */
export async function begin(page, person, { address = '/wp-login.php', ...options } = {}) {
  await page.goto(address);
  await sendPassword(page, person, options);
  await field(page).waitFor();
}

export async function sendCode(where, code) {
  await field(where).fill(code);
  await where.locator('#wp-submit').click();
}

/** Sends a wrong code, and waits for the answer. */
export async function fail(page, person) {
  await sendCode(page, person.wrongCode);
  await error(page).waitFor();
}

/** The cookies that sign a user in. */
export async function sessionCookies(page) {
  return (await page.context().cookies()).filter(({ name }) => /^wordpress_(?!test_cookie)/.test(name));
}

export async function assertSignedOut(page) {
  assert.deepEqual(await sessionCookies(page), []);
}

/** Asserts that wp-admin has opened, for this user. */
export async function assertInAdmin(page) {
  await page.locator('#wpadminbar').waitFor();
  await page.waitForLoadState(); // core's profile page throws if it is left before it has loaded
  assert.match(new URL(page.url()).pathname, /^\/wp-admin\//);
  assert.notDeepEqual(await sessionCookies(page), []);
}

/** Whether the element has the focus. `autofocus` sets it when the next frame is drawn, which may be after the page has loaded. */
export async function isFocused(locator) {
  for (let tries = 200; tries > 0; tries--) {
    if (await locator.evaluate((element) => element === element.ownerDocument.activeElement)) return true;
    await setTimeout(50);
  }
  return false;
}
