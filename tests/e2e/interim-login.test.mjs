// If a user is signed out while working, wp-admin asks them to sign in again, in a frame over the page.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { browserTest, shot } from './support/browser.mjs';
import { assertInAdmin, begin, error, field, sendCode, sendPassword, sessionCookies } from './support/login.mjs';
import { Person } from './support/person.mjs';

describe('interim login', () => {
  browserTest('the second step in its frame ends in core’s "logged in", and the frame closes', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person, { address: '/wp-login.php?redirect_to=/wp-admin/profile.php' });
    await sendCode(page, await person.code());
    await assertInAdmin(page);
    await page.locator('#nickname').fill('not saved yet');

    await page.waitForLoadState('networkidle'); // none of core's own requests may coincide with the sign-out
    await page.context().clearCookies();
    await page.evaluate(() => globalThis.wp.heartbeat.connectNow());
    const frame = page.frameLocator('#wp-auth-check-frame');
    await sendPassword(frame, person);
    await field(frame).waitFor();
    await shot(page, 'interim');
    await sendCode(frame, person.wrongCode);
    await error(frame).waitFor();
    await shot(page, 'interim-error');
    await sendCode(frame, person.backupCodes[0]);
    await page.locator('#wp-auth-check').waitFor({ state: 'hidden' });

    assert.notDeepEqual(await sessionCookies(page), []);
    assert.equal(await page.locator('#nickname').inputValue(), 'not saved yet');
  });

  browserTest('its last page is core’s: the class that wp-admin waits for, and the message', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person, { address: '/wp-login.php?interim-login=1' });
    await sendCode(page, await person.code());
    await page.locator('body.interim-login-success').waitFor();
    await shot(page, 'interim-success');
    assert.match(await page.locator('#login').innerText(), /You have logged in successfully\./);
    assert.notDeepEqual(await sessionCookies(page), []);
  });
});
