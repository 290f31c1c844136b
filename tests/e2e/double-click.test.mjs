// A user clicks twice where a code works once: the browser shows the answer to the second click.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { describe } from 'node:test';
import { browserTest } from './support/browser.mjs';
import { assertInAdmin, begin, field, sendPassword } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { codesOn, heading, signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

/** Clicks again after the site has answered the first click, and before the browser has that answer. */
async function clickTwice(page, button) {
  let sent = 0;
  await page.route(({ origin }) => origin === site().url, async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    sent++;
    const response = await route.fetch({ maxRedirects: 0 });
    await setTimeout(1500);
    await route.fulfill({ response }).catch(() => {}); // the browser no longer waits for it
  });
  await button.evaluate((element) => [0, 500].forEach((after) => setTimeout(() => element.click(), after)));
  await page.waitForEvent('framenavigated');
  await page.unrouteAll({ behavior: 'wait' });
  assert.equal(sent, 1);
}

const secretOn = async (page) => new URL(await page.getByRole('link', { name: 'Open the app' }).getAttribute('href')).searchParams.get('secret');
const fillIn = async (page, secret) => field(page).fill((await site().php('codes.php', secret)).now);

describe('two clicks', () => {
  browserTest('at the second step, they sign in', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await field(page).fill(await person.code());
    await clickTwice(page, page.locator('#wp-submit'));
    await assertInAdmin(page);
  });

  browserTest('at the end of the wizard, they show the backup codes', async (page) => {
    const person = await Person.withoutFactor();
    await signIn(page, person);
    await page.getByLabel('Your password').first().fill(person.password);
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    const secret = await secretOn(page);
    await page.getByRole('link', { name: 'Next' }).click();
    await fillIn(page, secret);
    await clickTwice(page, page.getByRole('button', { name: 'Verify and turn on' }));
    assert.equal((await codesOn(page)).length, 10);
  });

  browserTest('also at an enrolment that a login requires', async (page) => {
    await site().php('require.php', 'contributor');
    try {
      await page.goto('/wp-login.php');
      await sendPassword(page, await Person.withoutFactor('contributor'));
      await fillIn(page, await secretOn(page));
      await clickTwice(page, page.locator('#wp-submit'));
      await heading(page, 'Save your backup codes').waitFor();
    } finally {
      await site().php('require.php');
    }
  });

  browserTest('at a mailed unlock, they count as one', async (page) => {
    await page.goto(await site().php('links.php', 'unlock', (await Person.enrolled()).login));
    await clickTwice(page, page.getByRole('button', { name: 'Continue' }));
    await page.getByText('You can try up to 5 backup codes').waitFor();
  });
});
