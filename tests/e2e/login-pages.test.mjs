// All our pages on wp-login.php: viewed small, enlarged, dark, and in forced colours; used by keyboard, and without
// JavaScript.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { beyond, violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { cutOff, overlapping, withLargeText } from './support/fit.mjs';
import { assertInAdmin, assertSignedOut, begin, error, fail, field, isFocused, sendCode, sendPassword } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { scanned } from './support/qr.mjs';
import { site } from './support/site.mjs';

const heading = (page, name) => page.getByRole('heading', { name, exact: true });
const code = (secret) => site().php('codes.php', secret);
const secretOn = async (page) => new URL(await page.getByRole('link', { name: 'Open the app' }).getAttribute('href')).searchParams.get('secret');
let core;

/** axe, and nothing cut off: as it is, at 320 pixels, at 400 % of 1280 by 1024, with text of twice the size, in the dark, in forced colours. */
async function assertFine(page, name) {
  core ??= await (async () => {
    const plain = await page.context().newPage();
    await plain.goto('/wp-login.php');
    const found = await violations(plain);
    await plain.close();
    return found;
  })();
  const size = page.viewportSize();
  assert.deepEqual(beyond(await violations(page), core), {}, name);
  await shot(page, `login-${name}`);
  for (const [how, height] of [['320', 640], ['400-percent', 256]]) {
    await page.setViewportSize({ width: 320, height });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, `${name} scrolls sideways at ${how}`);
    assert.deepEqual(await cutOff(page.locator('#login')), [], `${name} is cut off at ${how}`);
    await shot(page, `login-${name}-${how}`);
  }
  const targets = '#login form :is(a, button, input[type=submit], input[type=checkbox], summary):visible, #login .sallyport :is(button, summary):visible';
  for (const target of await page.locator(targets).all()) {
    const { width, height } = await target.boundingBox();
    const inline = await target.evaluate((element) => element.tagName === 'A'); // WCAG 2.5.8 excludes links in a sentence
    assert.ok(inline || (width >= 16 && height >= 16), `${name}: ${await target.evaluate((element) => element.outerHTML)} is ${width} by ${height}`);
  }
  await page.setViewportSize(size);
  await withLargeText(page, async () => {
    await shot(page, `login-${name}-large`);
    assert.deepEqual(await cutOff(page.locator('#login')), [], `${name} is cut off with large text`);
    assert.deepEqual(await overlapping(page.locator('#login')), [], `${name} overlaps with large text`);
  });
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(beyond(await violations(page), core), {}, `${name}, dark`);
  await page.emulateMedia({ colorScheme: null, forcedColors: 'active' });
  await shot(page, `login-${name}-forced`);
  for (const box of await page.locator('#login [type=checkbox]').all()) {
    assert.equal(await box.evaluate((element) => getComputedStyle(element).appearance), 'auto', `${name}: a tick that is seen`);
  }
  await page.emulateMedia({ forcedColors: null });
}

/** The newest mail to a user that contains these words, decoded. */
function mailed(person, words) {
  const unquoted = (mail) => mail.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const mails = site().sent().map((mail) => (/^Content-Transfer-Encoding: quoted-printable/mi.test(mail) ? unquoted(mail) : mail));
  return mails.filter((mail) => mail.includes(`${person.login}@example.test`) && mail.includes(words)).at(-1) ?? assert.fail(`no mail to ${person.login} says ${words}`);
}

/** A user who must set a factor up: with a role that no other user has in these tests. */
async function mustEnrol(body) {
  await site().php('require.php', 'contributor');
  try {
    await body(await Person.withoutFactor('contributor'));
  } finally {
    await site().php('require.php');
  }
}

/** From the QR code to the backup codes, by keyboard; also where the focus must first be moved to the field. */
async function enrol(page) {
  await page.getByRole('link', { name: 'Open the app' }).waitFor();
  const secret = await secretOn(page);
  await field(page).focus();
  await page.keyboard.type((await code(secret)).now.replace(/^.../, '$& '));
  await page.keyboard.press('Enter');
  await heading(page, 'Save your backup codes').waitFor();
  return secret;
}

async function finish(page) {
  await page.getByLabel('I have saved them').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Finish' }).focus();
  await page.keyboard.press('Enter');
}

describe('pages of wp-login.php', () => {
  browserTest('the second step, and a wrong code', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await assertFine(page, 'second-step');
    await fail(page, person);
    await assertFine(page, 'wrong-code');
  });

  browserTest('a code is pasted with spaces', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    const pasted = `  ${(await person.code()).split('').join(' ')} \n`;
    await page.evaluate((text) => {
      const area = Object.assign(document.createElement('textarea'), { value: text, id: 'clipboard' });
      document.body.append(area);
    }, pasted);
    await page.locator('#clipboard').selectText();
    await page.keyboard.press('Control+c');
    await field(page).focus();
    await page.keyboard.press('Control+v');
    await page.keyboard.press('Enter');
    await assertInAdmin(page);
  });

  browserTest('a lock says how long it lasts, in words', async (page) => {
    const person = await Person.enrolled();
    for (let sign = 0; sign < 2; sign++) {
      await begin(page, person);
      for (let i = 0; i < 5; i++) await fail(page, person);
    }
    assert.match(await error(page).innerText(), /Try again in 1[45] minutes/, 'together with the code that causes the lock');
    await assertFine(page, 'locked-now');
    await page.goto('/wp-login.php');
    await sendPassword(page, person);
    await error(page).waitFor();
    await shot(page, 'login-locked');
    assert.match(await error(page).innerText(), /Try again in 1[45] minutes/);
    await page.goto(await site().php('links.php', 'unlock', person.login));
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await assertFine(page, 'unlock');
    await page.keyboard.press('Enter');
    await page.getByText('You can try up to 5 backup codes').waitFor();
    await assertFine(page, 'unlock-done');
    await page.goto('/wp-login.php?action=sallyport-unlock');
    assert.match(await error(page).innerText(), /follow the link again/);
    await assertFine(page, 'link-missing');
  });

  browserTest('a code by mail is requested, sent, and entered', async (page) => {
    const person = await Person.mailed();
    await page.goto('/wp-login.php?redirect_to=/wp-admin/profile.php');
    await sendPassword(page, person);
    const send = page.getByRole('button', { name: 'Send me a code' });
    await send.waitFor();
    await assertFine(page, 'mail');
    await send.press('Enter');
    await field(page).waitFor();
    assert.ok(await isFocused(field(page)));
    assert.equal(await field(page).getAttribute('inputmode'), 'numeric', 'a phone shows its number keys');
    await assertFine(page, 'mail-sent');
    await sendCode(page, '0000 0000');
    await error(page).waitFor();
    await sendCode(page, mailed(person, 'Your code').match(/^\s*(\d{4} ?\d{4})\s*$/m)[1]);
    await assertInAdmin(page);
    assert.match(page.url(), /profile\.php$/);
  });

  browserTest('stepping up leads back to the requested page', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await sendCode(page, person.backupCodes[0]);
    await assertInAdmin(page);
    await site().php('age.php', person.login);
    await page.goto('/wp-login.php?action=sallyport-step-up&redirect_to=%2Fwp-admin%2Fprofile.php%3Fx%3D1');
    assert.ok(await isFocused(field(page)));
    await assertFine(page, 'step-up');
    await fail(page, person);
    assert.equal(await field(page).getAttribute('aria-invalid'), 'true');
    await assertFine(page, 'step-up-wrong');
    await page.keyboard.type(person.backupCodes[1]);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/wp-admin/profile.php?x=1');
    await page.waitForLoadState();

    await page.goto('/wp-login.php?action=sallyport-step-up&redirect_to=https%3A%2F%2Fevil.example%2F');
    assert.equal(new URL(await page.getByRole('link', { name: 'Cancel' }).getAttribute('href')).origin, site().url);
    await sendCode(page, person.backupCodes[2]);
    await page.waitForURL('**/wp-admin/**');
    await page.waitForLoadState();
  });

  browserTest('cancelling the step-up leads back, and nothing has changed', async (page) => {
    const admin = await Person.enrolledAdministrator();
    await begin(page, admin);
    await sendCode(page, admin.backupCodes[0]);
    await assertInAdmin(page);
    await site().php('age.php', admin.login);
    await page.goto('/wp-admin/plugins.php');
    await page.getByRole('link', { name: 'Deactivate Sallyport' }).click();
    await fail(page, admin);
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.waitForURL('**/wp-admin/plugins.php');
    await page.getByRole('link', { name: 'Deactivate Sallyport' }).waitFor();

    await page.goto('/wp-admin/users.php?page=sallyport-security');
    await page.locator('summary', { hasText: 'Turn off all second factors' }).click();
    await page.locator('#sallyport-off').getByLabel('Your password').fill(admin.password);
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'Your second factors' }).waitFor();
  });

  browserTest('a link and the password, an app, the backup codes, and wp-admin', async (page) => {
    const person = await Person.withoutFactor();
    await page.goto(await site().php('links.php', 'enrol', person.login));
    const password = page.getByLabel('Password');
    assert.ok(await isFocused(password));
    await assertFine(page, 'link');
    await password.fill('not theirs');
    await page.keyboard.press('Enter');
    await error(page).waitFor();
    assert.match(await error(page).innerText(), /The password is wrong/);
    await assertFine(page, 'link-wrong');
    await page.getByLabel('Password').fill(person.password);
    await page.keyboard.press('Enter');
    await page.locator('.sallyport-qr svg').waitFor();
    await assertFine(page, 'scan');
    await page.getByText('Cannot scan it').press('Enter');
    const secret = await secretOn(page);
    assert.equal((await page.locator('.sallyport-key').innerText()).replaceAll(' ', ''), secret);
    await sendCode(page, (await code(secret)).wrong);
    await error(page).waitFor();
    assert.match(await error(page).innerText(), /^Error: The code is wrong.* check that the clock on your phone/);
    assert.ok(await isFocused(field(page)));
    assert.equal(await field(page).getAttribute('aria-invalid'), 'true');
    assert.equal(await secretOn(page), secret);
    await assertFine(page, 'scan-wrong');
    await sendCode(page, (await code(secret)).behind);
    await error(page).filter({ hasText: 'The clock on your phone seems to be 2 minutes slow.' }).waitFor();
    await assertSignedOut(page);
    await enrol(page);
    await assertFine(page, 'codes');
    const codes = await page.locator('.sallyport-codes li').allInnerTexts();
    assert.equal(new Set(codes).size, 10);
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.locator('.sallyport-codes').waitFor(); // not before they are saved
    await finish(page);
    await assertInAdmin(page);
    await page.context().clearCookies();
    await begin(page, person);
    await sendCode(page, codes[0]);
    await assertInAdmin(page);
  });

  browserTest('the same without JavaScript', async (page) => {
    const person = await Person.withoutFactor();
    await page.goto(await site().php('links.php', 'enrol', person.login));
    await page.getByLabel('Password').fill(person.password);
    await page.keyboard.press('Enter');
    await page.getByText('Cannot scan it').press('Enter');
    await shot(page, 'login-scan-key');
    assert.equal(await page.getByRole('button', { name: 'Copy the key' }).count(), 0, 'it would do nothing');
    await enrol(page);
    await finish(page);
    await assertInAdmin(page);
  }, { javaScriptEnabled: false });

  browserTest('under a Content-Security-Policy without inline scripts, the page still says that the key was copied', async (page) => {
    const person = await Person.withoutFactor();
    await page.route('**/wp-login.php*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': "default-src 'self'; img-src 'self' data:" } });
    });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(await site().php('links.php', 'enrol', person.login));
    await page.getByLabel('Password').fill(person.password);
    await page.keyboard.press('Enter');
    await page.getByText('Cannot scan it').press('Enter');
    await page.getByRole('button', { name: 'Copy the key' }).click();
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await secretOn(page));
  });

  browserTest('a user who must have a factor sets one up at the login: the phone reads the QR code, and the requested page opens', async (page) => {
    await mustEnrol(async (person) => {
      await page.goto('/wp-login.php?redirect_to=/wp-admin/profile.php%3Fx%3D1');
      await sendPassword(page, person);
      await page.locator('.sallyport-qr svg').waitFor();
      assert.equal(new URL(await scanned(page.locator('.sallyport-qr svg'))).searchParams.get('secret'), await secretOn(page));
      await page.getByText('Cannot scan it').click();
      await page.getByRole('button', { name: 'Copy the key' }).waitFor();
      await enrol(page);
      for (const name of ['Copy', 'Download', 'Print']) await page.getByRole('button', { name, exact: true }).waitFor();
      await assertFine(page, 'codes-script');
      await finish(page);
      await assertInAdmin(page);
      assert.match(page.url(), /profile\.php\?x=1/);
    });
  });

  browserTest('an administrator waits for the mailed link, confirms it in another browser, and continues', async (page) => {
    const person = await Person.withoutFactor('administrator');
    await site().php('require.php', 'administrator');
    try {
      await page.goto('/wp-login.php');
      await sendPassword(page, person);
      const on = page.getByRole('button', { name: 'continue' });
      await on.waitFor();
      await assertFine(page, 'wait');
      await on.press('Enter');
      await error(page).waitFor();
      const other = await page.context().browser().newPage();
      await other.goto(mailed(person, 'sallyport-confirm').match(/https?:\/\/\S+sallyport-confirm\S+/)[0]);
      await assertFine(other, 'confirm');
      await other.getByRole('button', { name: 'Yes, it was me' }).press('Enter');
      await other.getByText('Confirmed').waitFor();
      await assertFine(other, 'confirmed');
      await other.close();
      await on.press('Enter');
      await page.locator('.sallyport-qr svg').waitFor();
    } finally {
      await site().php('require.php');
    }
  });

  browserTest('a mail that cannot be sent is reported, and can be sent again', async (page) => {
    const person = await Person.withoutFactor('administrator');
    await site().php('require.php', 'administrator');
    try {
      await site().php('mail.php', 'broken');
      const again = page.getByRole('button', { name: 'Send it again' });
      try {
        await page.goto('/wp-login.php');
        await sendPassword(page, person);
        await again.waitFor();
        assert.match(await error(page).innerText(), /could not be sent\. An administrator of this site/);
        await assertFine(page, 'unsent');
        await again.press('Enter');
        await error(page).waitFor();
      } finally {
        await site().php('mail.php', 'works');
      }
      await again.press('Enter');
      await page.getByText('sent again').waitFor();
      await assertFine(page, 'sent-again');
      await page.getByRole('button', { name: 'continue' }).waitFor();
      assert.ok(mailed(person, 'sallyport-confirm'));
      for (let i = 0; i < 3; i++) await again.press('Enter').then(() => page.waitForLoadState());
      await page.getByText('has to wait').waitFor();
      await assertFine(page, 'mail-waits');
    } finally {
      await site().php('require.php');
    }
  });

  browserTest('in the frame over a page, the codes stay until they are saved', async (page) => {
    await mustEnrol(async (person) => {
      await page.goto('/wp-login.php?interim-login=1');
      await sendPassword(page, person);
      await page.locator('.sallyport-qr svg').waitFor();
      await enrol(page);
      await shot(page, 'login-interim-codes');
      await assertSignedOut(page);
      await finish(page);
      await page.locator('#user_pass').waitFor();
      await page.locator('input[name="interim-login"]').waitFor({ state: 'attached' });
    });
  });

  browserTest('the chosen language stays', async (page) => {
    await site().php('language.php', 'de_DE');
    const person = await Person.enrolled();
    await begin(page, person);
    await page.locator('#language-switcher').waitFor();
    await shot(page, 'login-language');
    await page.locator('#language-switcher-locales').selectOption('de_DE');
    await page.locator('#language-switcher input[type=submit]').click();
    await sendPassword(page, person);
    await field(page).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'de-DE');
  });
});
