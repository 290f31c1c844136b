// What wp-admin shows if PHP no longer has the extension.
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { assertInAdmin, assertSignedOut, error, sendPassword } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { site } from './support/site.mjs';

const notice = (page) => page.locator('.notice', { hasText: 'Sallyport' });

async function dashboardOf(page, person) {
  await page.goto('/wp-login.php?redirect_to=/wp-admin/index.php');
  await sendPassword(page, person);
  await assertInAdmin(page);
}

describe('admin notice', () => {
  browserTest('there is none while everything works', async (page) => {
    await dashboardOf(page, Person.admin());
    assert.equal(await notice(page).count(), 0);
  });

  browserTest('the Plugins screen links to the settings, and says what deactivation does', async (page) => {
    await dashboardOf(page, Person.admin());
    for (const [width, height] of [[1280, 800], [320, 640]]) {
      await page.setViewportSize({ width, height });
      await page.goto('/wp-admin/plugins.php');
      const row = page.locator('tr[data-plugin="sallyport/sallyport.php"]');
      await row.getByText('After deactivation, passwords alone are enough. Deleting it keeps the second factors stored.').scrollIntoViewIfNeeded();
      await shot(page, `plugins-${width}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
      await row.getByRole('link', { name: 'Set up your second factor' }).click();
      await page.getByRole('heading', { name: 'Sign-in security' }).waitFor();
      await page.goBack();
      await row.getByRole('link', { name: 'Change what is kept' }).click();
      await page.getByLabel('When the plugin is deleted').waitFor(); // the fragment of the URL opens its group
      await shot(page, `uninstall-${width}`);
    }
  });

  browserTest('a user who must have a factor and has none sees the deadline, and a link to set one up', async (page) => {
    site().wp('sallyport', 'policy', 'set', 'roles.author', 'required');
    await dashboardOf(page, await Person.withoutFactor('author'));
    const reminder = page.locator('.notice', { hasText: 'requires you to use a second factor' });
    await reminder.waitFor();
    await shot(page, 'reminder');
    assert.deepEqual(await violations(reminder), {});
    await page.setViewportSize({ width: 320, height: 640 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
    await shot(page, 'reminder-narrow');
    await page.goto('/wp-admin/profile.php');
    await page.getByText(/The policy requires one from/).scrollIntoViewIfNeeded();
    await shot(page, 'reminder-row-narrow');
    await page.goto('/wp-admin/edit.php');
    assert.equal(await reminder.count(), 0);
    await page.goto('/wp-admin/');
    await reminder.getByRole('link', { name: 'Set up a second factor' }).click();
    await page.getByRole('heading', { name: 'Sign-in security' }).waitFor();
    await site().php('require.php');
  });

  describe('without the extension', () => {
    let enrolled, other;
    before(async () => {
      [enrolled, other] = [await Person.enrolled(), await Person.withoutFactor()];
      site().loseExtension();
    });

    browserTest('an administrator without a factor gets in, and sees the notice', async (page) => {
      await dashboardOf(page, Person.admin());
      await shot(page, 'notice');
      assert.ok(await notice(page).isVisible());
      assert.match(await notice(page).innerText(), /cannot sign in.*extension/s);
    });

    browserTest('axe finds nothing in it', async (page) => {
      await dashboardOf(page, Person.admin());
      assert.deepEqual(await violations(notice(page)), {});
    });

    browserTest('a user who cannot fix it does not see it', async (page) => {
      await dashboardOf(page, other);
      assert.equal(await notice(page).count(), 0);
    });

    browserTest('a user with a factor does not get in, and sees why', async (page) => {
      await page.goto('/wp-login.php');
      await sendPassword(page, enrolled);
      await error(page).waitFor();
      await shot(page, 'unavailable');
      await assertSignedOut(page);
    });
  });
});
