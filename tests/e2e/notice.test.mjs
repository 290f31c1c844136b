// What wp-admin says when PHP has lost the extension.
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
  browserTest('there is none while all is well', async (page) => {
    await dashboardOf(page, Person.admin());
    assert.equal(await notice(page).count(), 0);
  });

  describe('without the extension', () => {
    let enrolled, other;
    before(async () => {
      [enrolled, other] = [await Person.enrolled(), await Person.withoutFactor()];
      site().loseExtension();
    });

    browserTest('an administrator without a factor gets in, and is told', async (page) => {
      await dashboardOf(page, Person.admin());
      await shot(page, 'notice');
      assert.ok(await notice(page).isVisible());
      assert.match(await notice(page).innerText(), /cannot sign in.*extension/s);
    });

    browserTest('axe finds nothing in it', async (page) => {
      await dashboardOf(page, Person.admin());
      assert.deepEqual(await violations(notice(page)), {});
    });

    browserTest('who cannot mend it is not told', async (page) => {
      await dashboardOf(page, other);
      assert.equal(await notice(page).count(), 0);
    });

    browserTest('who has a factor does not get in, and is told', async (page) => {
      await page.goto('/wp-login.php');
      await sendPassword(page, enrolled);
      await error(page).waitFor();
      await shot(page, 'unavailable');
      await assertSignedOut(page);
    });
  });
});
