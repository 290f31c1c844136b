// Settings → Sallyport in a network's administration.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { Person } from './support/person.mjs';
import { heading, signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

const at = (tab) => `/wp-admin/network/settings.php?page=sallyport&tab=${tab}`;
const days = () => site().wp('sallyport', 'setting', 'get', 'activity_days');

/** As it is, and on small screens. */
async function assertFine(page, name) {
  assert.deepEqual(await violations(page.locator('#sallyport')), {}, name);
  await shot(page, name, { fullPage: true });
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, `${name}: nothing runs out of 320 px`);
  await shot(page, `${name}-320`, { fullPage: true });
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe('Settings → Sallyport of a network', () => {
  browserTest('a network administrator sets a setting for every site, and an invalid value is refused', async (page) => {
    const admin = await Person.enrolledAdministrator();
    await site().php('super.php', admin.login);
    await signIn(page, admin, at('policy'));
    await heading(page, 'Who must have a second factor').waitFor();
    await page.getByRole('group', { name: 'For a site' }).waitFor();
    await assertFine(page, 'network-policy');

    await page.getByRole('link', { name: 'Settings', exact: true }).last().click();
    const group = page.locator('.sallyport-group', { hasText: 'Privacy and retention' });
    const field = group.getByRole('textbox', { name: 'Activity log retention' });
    const held = group.getByRole('checkbox', { name: 'Activity log retention' });
    await group.locator('summary').press('Enter');
    await field.fill('soon');
    await held.press('Space');
    await field.press('Enter');
    await page.getByRole('alert').getByRole('link', { name: 'Activity log retention' }).waitFor();
    assert.deepEqual([await field.inputValue(), await field.getAttribute('aria-invalid'), await held.isChecked(), days()], ['soon', 'true', true, '90']);
    await assertFine(page, 'network-settings-wrong');

    await field.fill('30');
    await field.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The settings were saved' }).waitFor();
    await group.filter({ hasText: 'Activity log retention: 30 days' }).waitFor();
    assert.equal(days(), '30');
    await assertFine(page, 'network-settings');
    await page.goto('/wp-admin/options-general.php?page=sallyport&tab=settings');
    await page.locator('.sallyport-fixed', { hasText: 'Activity log retention: 30 days' }).waitFor();
  }, { network: true });
});
