// wp-login.php's second step for people who do not see the screen, or use a small one, compared with core's form.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { beyond, violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { begin, error, fail, field, sendPassword } from './support/login.mjs';
import { Person } from './support/person.mjs';

const narrow = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
const stranger = { login: 'nobody', password: 'nothing' };

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const describedBy = (locator) => locator.evaluate((element) => (element.getAttribute('aria-describedby') ?? '').split(/\s+/)
  .map((id) => document.getElementById(id)?.innerText.trim() ?? `(no #${id})`).join(' '));

describe('accessibility of the second step', () => {
  browserTest('axe finds nothing in our form that it does not find in core’s', async (page) => {
    await page.goto('/wp-login.php');
    const core = [await violations(page), await violations(page.locator('#loginform'))];
    await begin(page, await Person.enrolled());
    assert.deepEqual(beyond(await violations(page), core[0]), {});
    assert.deepEqual(beyond(await violations(page.locator('#loginform')), core[1]), {});
  });

  browserTest('nor if the form shows an error', async (page) => {
    await page.goto('/wp-login.php');
    await sendPassword(page, stranger);
    await error(page).waitFor();
    await shot(page, 'core-error');
    const core = await violations(page);
    const person = await Person.enrolled();
    await begin(page, person);
    await fail(page, person);
    assert.deepEqual(beyond(await violations(page), core), {});
  });

  browserTest('the field has a label, a description, and the autocomplete token for one-time codes', async (page) => {
    await begin(page, await Person.enrolled());
    await page.getByRole('textbox', { name: 'Code', exact: true }).waitFor();
    assert.match(await describedBy(field(page)), /authenticator app.*backup codes/);
    assert.equal(await field(page).getAttribute('autocomplete'), 'one-time-code');
    assert.equal(await field(page).evaluate((element) => ((document.dir = 'rtl'), getComputedStyle(element).direction)), 'ltr', '"123 456" is not read "456 123"');
    assert.notEqual(await page.title(), '');
    assert.equal(await page.getByRole('heading', { name: 'Second factor' }).count(), 1);
  });

  browserTest('the error is read out while the field has the focus, as core’s is', async (page) => {
    await page.goto('/wp-login.php');
    await sendPassword(page, stranger);
    await error(page).waitFor();
    assert.ok((await describedBy(page.locator('#user_login'))).includes(await error(page).innerText()), 'core does that');
    const person = await Person.enrolled();
    await begin(page, person);
    await fail(page, person);
    assert.ok((await describedBy(field(page))).includes(await error(page).innerText()), `only: ${await describedBy(field(page))}`);
  });

  browserTest('at 320 pixels nothing scrolls sideways', async (page) => {
    const person = await Person.enrolled();
    await begin(page, person);
    await shot(page, 'narrow');
    assert.equal(await overflow(page), 0);
    await fail(page, person);
    await shot(page, 'narrow-error');
    assert.equal(await overflow(page), 0);
    const { x, width } = await field(page).boundingBox();
    assert.ok(x >= 0 && x + width <= 320, `the field is from ${x} to ${x + width}`);
  }, narrow);
});
