// Settings → Sallyport: policy, settings, keys.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { isFocused } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { heading, signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

const at = (tab) => `/wp-admin/options-general.php?page=sallyport&tab=${tab}`;
const main = (page) => page.locator('#sallyport');
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
async function done(page, text) {
  const said = page.getByRole('status').filter({ hasText: text });
  await said.waitFor();
  assert.ok(await isFocused(said), `"${text}" is where a screen reader continues`);
}
const policy = () => JSON.parse(site().wp('sallyport', 'policy', 'get'));
const setting = (name) => site().wp('sallyport', 'setting', 'get', name);

async function assertFine(page, what) {
  assert.deepEqual(await violations(main(page)), {}, what);
}

/** Pictures of one screen: as it is, on a small screen, in forced colours, and from right to left. */
async function looks(page, name) {
  await page.setViewportSize({ width: 1280, height: 1700 });
  await shot(page, name);
  await page.setViewportSize({ width: 320, height: 1700 });
  assert.ok((await overflow(page)) <= 0, `${name}: nothing runs out of 320 px, which is 400 % of 1280`);
  await shot(page, `${name}-320`);
  await page.setViewportSize({ width: 1280, height: 1000 });
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
  await shot(page, `${name}-forced`);
  await page.emulateMedia({ forcedColors: null, colorScheme: null });
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  const core = await page.addStyleTag({ content: '#adminmenumain { display: none } #wpcontent { margin: 0 20px !important }' }); // core's own style is for the other direction then
  await shot(page, `${name}-rtl`);
  await core.evaluate((element) => element.remove());
  await page.evaluate(() => { document.documentElement.dir = 'ltr'; });
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe('Settings → Sallyport: policy, settings, keys', () => {
  browserTest('the policy says whom it affects before it is saved, and is loosened only with a fresh proof', async (page) => {
    const admin = await Person.enrolledAdministrator();
    for (let i = 0; i < 2; i++) await Person.withoutFactor('editor');
    await signIn(page, admin, at('policy'));
    const editors = page.getByRole('radiogroup', { name: 'Editor' });
    await page.locator('summary', { hasText: 'Author' }).press('Enter'); // shows its content in the picture as well
    const heights = await main(page).locator('details[open] label').evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().height));
    assert.deepEqual(heights.filter((height) => height < 24), [], 'the target size, which axe does not check beside text');
    await assertFine(page, 'policy');
    await looks(page, 'settings-policy');

    await page.getByLabel('Grace period in days').fill('a week');
    await editors.getByLabel('Required').check();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await page.locator('#sallyport-grace[aria-invalid="true"]').waitFor();
    assert.equal(await page.getByLabel('Grace period in days').inputValue(), 'a week', 'the typed values are still there');
    assert.ok(await editors.getByLabel('Required').isChecked());
    await shot(page, 'settings-policy-wrong');
    await assertFine(page, 'policy, refused');
    assert.deepEqual(policy().roles, {});

    await page.getByLabel('Grace period in days').fill('3');
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await heading(page, 'who is affected').waitFor();
    await page.locator('section', { has: heading(page, 'who is affected') }).filter({ hasText: 'Editor: 2 of 2 have no second factor and have until' }).waitFor();
    assert.deepEqual(policy().roles, {}, 'not before the administrator has seen it');
    await shot(page, 'settings-policy-reach');
    await assertFine(page, 'policy, whom it hits');
    await page.getByRole('button', { name: 'Save these changes' }).click();
    await done(page, 'The policy was saved');
    assert.deepEqual([policy().roles, policy().grace_days], [{ editor: 'required' }, 3]);

    // With an old proof nothing is changed, and after the step-up the choices are still there.
    await site().php('age.php', admin.login);
    await editors.getByLabel('Optional').check();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await heading(page, 'Confirm it is you').waitFor();
    await page.locator('#sallyport_code').fill(admin.backupCodes[0]);
    await page.locator('#wp-submit').click();
    await done(page, 'Nothing is saved yet');
    assert.ok(await editors.getByLabel('Optional').isChecked());
    assert.deepEqual(policy().roles, { editor: 'required' });
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await done(page, 'The policy was saved');
    assert.deepEqual(policy().roles, { editor: 'optional' });
    site().wp('sallyport', 'policy', 'reset', 'roles.editor');
    site().wp('sallyport', 'policy', 'reset', 'grace_days');
  });

  browserTest('a rule for a user or a capability is created, changed and removed; for one without a subject, the error is shown beside it', async (page) => {
    const somebody = await Person.withoutFactor();
    await signIn(page, await Person.enrolledAdministrator(), at('policy'));
    const added = page.getByRole('group', { name: 'For a user' });
    await added.getByRole('textbox').fill('nobody <b>');
    await added.getByLabel('Optional').check();
    await page.getByRole('group', { name: 'For users with the capability' }).getByRole('combobox').fill('edit_others_posts');
    await added.getByRole('textbox').press('Enter');
    await added.getByText('This is not a user').waitFor();
    const typed = added.getByRole('textbox');
    assert.deepEqual(
      [await typed.inputValue(), await typed.getAttribute('aria-invalid'), await added.getByLabel('Optional').isChecked()],
      ['nobody <b>', 'true', true],
    );
    await shot(page, 'settings-policy-nobody', { fullPage: true });
    await assertFine(page, 'policy, a rule for nobody');
    assert.deepEqual([policy().users, policy().capabilities], [{}, {}]);
    await page.getByRole('alert').getByRole('link', { name: 'For a user' }).press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'sallyport-add-users');
    await added.getByRole('textbox').fill(`${somebody.login}@example.test`);
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await heading(page, 'who is affected').waitFor();
    await page.getByRole('button', { name: 'Save these changes' }).click();
    await done(page, 'The policy was saved');
    const { id } = await site().php('id.php', somebody.login);
    assert.deepEqual([policy().users, policy().capabilities], [{ [id]: 'optional' }, { edit_others_posts: 'required' }]);
    const rule = page.getByRole('radiogroup', { name: `The user ${somebody.login}` });
    await rule.getByLabel('Off').check();
    await page.getByRole('radiogroup', { name: 'Users with the capability edit_others_posts' }).getByLabel('Remove').check();
    await page.setViewportSize({ width: 320, height: 800 });
    await shot(page, 'settings-policy-rules-320', { fullPage: true });
    assert.ok((await overflow(page)) <= 0);
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await done(page, 'The policy was saved');
    assert.deepEqual([policy().users, policy().capabilities], [{ [id]: 'off' }, {}]);
    await rule.getByLabel('Remove').check();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await done(page, 'The policy was saved');
    assert.deepEqual(policy().users, {});
  });

  browserTest('an administrator without a factor may require more, but not less; JavaScript is not needed', async (page) => {
    await signIn(page, Person.admin(), at('policy'));
    await page.getByText('You have no second factor yourself').waitFor();
    await page.getByLabel('Only report what would be refused').check();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await page.getByRole('alert').filter({ hasText: 'confirm with your second factor' }).waitFor();
    assert.equal(policy().monitor, false);

    // A rule by name cannot bypass that: this one allows what would be required.
    site().wp('sallyport', 'policy', 'set', 'capabilities.manage_categories', 'required');
    await page.goto(at('policy'));
    await page.getByRole('radiogroup', { name: 'Users with the capability manage_categories' }).getByLabel('Remove').check();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await page.getByRole('alert').filter({ hasText: 'confirm with your second factor' }).waitFor();
    assert.deepEqual(policy().capabilities, { manage_categories: 'required' });
    site().wp('sallyport', 'policy', 'reset', 'capabilities.manage_categories');
    await shot(page, 'settings-policy-without-factor');

    await page.goto(at('policy'));
    await page.locator('summary', { hasText: 'Author' }).click();
    const authors = page.locator('details', { hasText: 'Author' });
    await authors.getByLabel('Only these').check();
    await authors.getByLabel('Codes by email').uncheck();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await done(page, 'The policy was saved');
    assert.ok(!policy().factors.author.includes('email') && policy().factors.author.includes('totp'));
    site().wp('sallyport', 'policy', 'reset', 'factors.author');

    // Another user's change is not overwritten unnoticed; and without its nonce a form is ignored.
    site().wp('sallyport', 'policy', 'set', 'grace_days', '5');
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await page.getByRole('alert').filter({ hasText: 'Someone else has changed' }).waitFor();
    site().wp('sallyport', 'policy', 'reset', 'grace_days');
    await page.goto(at('policy'));
    await page.locator('input[name=_wpnonce]').evaluateAll((all) => all.forEach((input) => (input.value = 'no')));
    await page.getByRole('radiogroup', { name: 'Author' }).getByLabel('Required').check();
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await page.getByText('page has expired').waitFor();
    assert.deepEqual(policy().roles, {});
  }, { javaScriptEnabled: false });

  browserTest('settings are saved all together or not at all, and no typed value is lost', async (page) => {
    const admin = await Person.enrolledAdministrator();
    site().wp('sallyport', 'setting', 'set', 'device_limit', '5');
    await signIn(page, admin, at('settings'));
    await assertFine(page, 'settings');
    await looks(page, 'settings-settings');
    const field = (name) => page.getByRole('textbox', { name, exact: true });
    const open = async (...groups) => {
      for (const group of groups) await page.locator('.sallyport-group summary', { hasText: group }).press('Enter');
    };
    const closed = page.locator('.sallyport-group', { hasText: 'Sign-ins and devices' }).getByRole('list');
    assert.match(await closed.innerText(), /Simultaneous sign-ins per user: 5 sign-ins[\s\S]*Trusted devices/, 'what is not the default');
    await open('Tokens', 'Front ends on other origins', 'Sign-ins and devices');
    assert.equal(await closed.count(), 0, 'the fields replace the list');
    await assertFine(page, 'settings, groups open');
    await looks(page, 'settings-settings-open');
    await field('Access token lifetime').fill('600');
    await field('Allowed origins').fill('app.example');
    await field('Allowed origins').press('Enter');
    await page.getByRole('button', { name: 'Save the settings' }).last().click();
    const refused = page.getByRole('alert');
    await refused.getByRole('link', { name: 'Allowed origins' }).click(); // its group is open, and so are those of the other typed values
    assert.match(await page.title(), /^Error: Settings ‹ Sallyport/);
    assert.equal(await field('Allowed origins').getAttribute('aria-invalid'), 'true');
    assert.equal(await field('Access token lifetime').inputValue(), '600');
    assert.equal((await field('Allowed origins').inputValue()).trim(), 'app.example');
    assert.equal(setting('token_ttl'), '900', 'nothing is saved');
    await shot(page, 'settings-settings-wrong');
    await assertFine(page, 'settings, refused');

    // One setting is reset, and the other typed values stay.
    await open('Sign-ins and devices');
    await page.getByRole('button', { name: 'Reset to the default: 0' }).click();
    await done(page, 'Simultaneous sign-ins per user was reset to its default');
    assert.equal(setting('device_limit'), '0');
    assert.equal(await field('Access token lifetime').inputValue(), '600');

    await field('Allowed origins').fill('https://app.example, https://other.example:8443');
    await site().php('age.php', admin.login);
    await field('Access token lifetime').press('Enter');
    await heading(page, 'Confirm it is you').waitFor();
    await page.locator('#sallyport_code').fill(admin.backupCodes[0]);
    await page.locator('#wp-submit').click();
    await done(page, 'Nothing is saved yet');
    await page.getByRole('button', { name: 'Save the settings' }).last().click();
    await done(page, 'The settings were saved');
    assert.deepEqual([setting('token_ttl'), setting('cors')], ['600', 'https://app.example,https://other.example:8443']);
    for (const name of ['token_ttl', 'cors']) site().wp('sallyport', 'setting', 'reset', name);

    await page.context().clearCookies();
    await signIn(page, Person.admin(), at('settings'));
    await open('Sign-ins and devices', 'Other plugins');
    await page.getByLabel('Trusted devices').selectOption('Off');
    await page.getByLabel('Block other plugins').selectOption('On');
    await page.getByRole('button', { name: 'Save the settings' }).last().click();
    await done(page, 'The settings were saved');
    await open('Other plugins');
    await page.getByLabel('Block other plugins').selectOption('Off');
    await page.getByRole('button', { name: 'Save the settings' }).last().click();
    await page.getByRole('alert').filter({ hasText: 'confirm with your second factor' }).waitFor();
    assert.equal(setting('strict'), 'true');
    for (const name of ['trusted_devices', 'strict']) site().wp('sallyport', 'setting', 'reset', name);
  });

  browserTest('a key is created, waits, signs, and the previous one is removed', async (page) => {
    const admin = await Person.enrolledAdministrator();
    await signIn(page, admin, at('keys'));
    const list = () => JSON.parse(site().wp('sallyport', 'key', 'list', '--format=json'));
    const [{ kid: old }] = list();
    await page.getByLabel('Algorithm').selectOption('EdDSA');
    await page.getByRole('button', { name: 'Create the next key' }).click();
    await done(page, 'The next key was created');
    await page.getByText(/This key can start signing in \d+ min/).waitFor();
    assert.match(await page.title(), /^Keys ‹ Sallyport/);
    await page.setViewportSize({ width: 280, height: 640 });
    const { height } = await page.getByRole('button', { name: 'Rotate' }).boundingBox();
    assert.ok(height < 60, `a button of two lines is ${height} high`);
    await shot(page, 'settings-keys-280', { fullPage: true });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('alert').filter({ hasText: 'Verifiers may not know the next key yet. Try again in' }).waitFor();
    await shot(page, 'settings-keys-early');
    await assertFine(page, 'keys, too early');
    await site().php('age.php', admin.login);
    await page.getByLabel('Do not wait').check();
    await page.getByRole('button', { name: 'Rotate' }).click();
    await heading(page, 'Confirm it is you').waitFor();
    assert.equal(list().find(({ state }) => state === 'active').kid, old, 'with an old proof nothing is changed');
    await page.locator('#sallyport_code').fill(admin.backupCodes[0]);
    await page.locator('#wp-submit').click();
    await page.waitForURL('**tab=keys**');
    await page.getByLabel('Do not wait').check();
    await page.getByRole('button', { name: 'Rotate' }).click();
    await done(page, 'is now in use');
    await page.getByText(/will be removed in \d+ (min|hour)/).waitFor();
    await looks(page, 'settings-keys');
    const path = page.locator('code', { hasText: '/sallyport-key.php' });
    assert.equal(await path.evaluate((element) => getComputedStyle(element).direction), 'ltr', 'in Hebrew, too, a path begins with its slash');
    await assertFine(page, 'keys');
    await site().php('age.php', admin.login);
    await page.locator('summary', { hasText: old }).click();
    await page.getByRole('button', { name: `Remove ${old}` }).click();
    await heading(page, 'Confirm it is you').waitFor();
    await page.locator('#sallyport_code').fill(admin.backupCodes[1]);
    await page.locator('#wp-submit').click();
    await page.waitForURL('**tab=keys**');
    await page.getByRole('button', { name: `Remove ${old}` }).click(); // it is still open
    await done(page, 'The key was removed');
    assert.deepEqual(list().map(({ state, algorithm }) => [state, algorithm]), [['active', 'EdDSA']]);
    assert.doesNotMatch(await main(page).innerHTML(), /PRIVATE KEY|[A-Za-z0-9+_-]{40}/, 'it contains no key');
  });
});
