// Settings → Sallyport → Connected sites.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { isFocused } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

const address = '/wp-admin/options-general.php?page=sallyport&tab=sites';
const main = (page) => page.locator('#sallyport');
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('Settings → Sallyport → Connected sites', () => {
  browserTest('a site is connected, its secret shown once, and the connection ended', async (page) => {
    const admin = await Person.enrolledAdministrator();
    await signIn(page, admin, address);
    await page.getByText('No sites are connected yet').waitFor();
    await page.getByLabel('Address of the other site').fill('https://sister.example');
    await page.getByLabel('Site key').fill('a sister');
    await page.getByLabel('Name (optional)').fill('Sister <b>site</b>');
    await page.getByRole('checkbox', { name: 'Users of this site' }).uncheck();
    await page.getByRole('checkbox', { name: 'Users of the other site' }).check();
    await page.getByRole('button', { name: 'Connect the site' }).click();
    await page.getByRole('alert').filter({ hasText: 'The site key must be' }).waitFor();
    assert.equal(await page.getByLabel('Address of the other site').inputValue(), 'https://sister.example', 'the typed values are still there');
    assert.ok(!await page.getByRole('checkbox', { name: 'Users of this site' }).isChecked());
    assert.ok(await isFocused(page.getByLabel('Site key')));
    await shot(page, 'settings-sites-wrong', { fullPage: true });
    assert.deepEqual(await violations(main(page)), {}, 'refused');

    await page.getByLabel('Site key').fill('sister');
    await page.getByRole('checkbox', { name: 'Users of the other site' }).uncheck();
    await page.getByLabel('Site key').press('Enter');
    await page.getByRole('alert').filter({ hasText: 'select at least one' }).waitFor();
    assert.ok(await isFocused(page.getByRole('checkbox', { name: 'Users of this site' })));
    await page.getByRole('checkbox', { name: 'Users of the other site' }).check();
    await page.getByLabel('Site key').press('Enter');
    await page.locator('#sallyport-secret').waitFor();
    assert.match(await page.locator('#sallyport-secret').innerText(), /^[\w-]{43}$/);
    await shot(page, 'settings-sites-added', { fullPage: true });
    assert.deepEqual(await violations(main(page)), {}, 'added');
    await page.getByRole('button', { name: 'Copy the secret' }).click();
    await page.getByText('Copied.').waitFor();
    await page.setViewportSize({ width: 320, height: 900 });
    assert.ok((await overflow(page)) <= 0, 'nothing is wider than 320 px');
    await shot(page, 'settings-sites-320', { fullPage: true });
    await page.setViewportSize({ width: 1280, height: 800 });

    await site().php('age.php', admin.login);
    await page.goto(address);
    assert.equal(await page.getByLabel('Site key').count(), 0, 'first the code, then the other fields');
    await page.locator('summary', { hasText: 'End the connection sister' }).click();
    await page.getByRole('button', { name: 'End the connection now sister' }).click();
    await page.locator('#sallyport_code').fill(admin.backupCodes[0]);
    await page.locator('#wp-submit').click();
    await page.getByRole('button', { name: 'End the connection now sister' }).click();
    await page.getByRole('status').filter({ hasText: 'The connection was ended' }).waitFor();
    assert.deepEqual(JSON.parse(site().wp('sallyport', 'site', 'list', '--format=json')), []);
  });
});
