// Settings → Sallyport → Webhooks: the endpoints and the deliveries.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { Person } from './support/person.mjs';
import { heading, signIn } from './support/security.mjs';
import { site } from './support/site.mjs';

const address = '/wp-admin/options-general.php?page=sallyport&tab=webhooks';
const main = (page) => page.locator('#sallyport');
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('Settings → Sallyport → Webhooks', () => {
  const came = [];
  const receiver = createServer((request, response) => {
    came.push(request.url);
    request.resume().on('end', () => response.writeHead(request.url === '/good' ? 204 : 500).end());
  });
  before(() => new Promise((ready) => receiver.listen(0, '127.0.0.1', ready)));
  after(() => receiver.close());

  browserTest('an endpoint is added, its secret is shown, and it is tested and removed', async (page) => {
    const url = (path) => `http://127.0.0.1:${receiver.address().port}${path}`;
    site().wp('sallyport', 'setting', 'set', 'webhook_allow_private', 'true');
    const admin = await Person.enrolledAdministrator();
    await signIn(page, admin, address);
    await page.getByText('No endpoints have been added yet').waitFor();
    await page.getByLabel('URL of the receiver').fill('http://name:word@receiver.example/');
    await page.locator('summary', { hasText: 'Only some events' }).press('Enter');
    await page.getByLabel('Too many wrong codes: the second step was locked for a while').check();
    await page.getByRole('button', { name: 'Add the endpoint' }).click();
    await page.getByRole('alert').filter({ hasText: 'without a username' }).waitFor();
    assert.equal(await page.getByLabel('URL of the receiver').inputValue(), 'http://name:word@receiver.example/', 'the typed values are still there');
    assert.ok(await page.getByLabel('Too many wrong codes: the second step was locked for a while').isChecked());
    await shot(page, 'settings-webhooks-wrong', { fullPage: true });
    assert.deepEqual(await violations(main(page)), {}, 'refused');

    await page.getByLabel('URL of the receiver').fill(url('/good'));
    await page.getByLabel('URL of the receiver').press('Enter');
    const shown = page.locator('#sallyport-secret');
    await shown.waitFor();
    assert.match(await shown.innerText(), /^whsec_[\w-]{43}$/);
    await shot(page, 'settings-webhooks-added', { fullPage: true });
    assert.deepEqual(await violations(main(page)), {}, 'added');
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied.').waitFor();

    site().wp('sallyport', 'webhook', 'add', url('/bad'), '--events=lock_began');
    await page.goto(address);
    assert.equal(await page.getByText('whsec_').count(), 0, 'shown once');
    await page.getByRole('button', { name: `Send a test ${url('/good')}` }).click();
    await page.getByRole('status').filter({ hasText: 'The receiver accepted it' }).waitFor();
    await page.getByRole('button', { name: `Send a test ${url('/bad')}` }).click();
    await page.getByRole('alert').filter({ hasText: 'It answered with the status 500' }).waitFor();
    assert.deepEqual(came, ['/good', '/bad']);
    assert.match(await page.getByRole('row').filter({ hasText: 'Delivered' }).innerText(), /127\.0\.0\.1/);
    await page.getByRole('row').filter({ hasText: 'Next try in' }).waitFor();
    await shot(page, 'settings-webhooks', { fullPage: true });
    assert.deepEqual(await violations(main(page)), {}, 'tested');
    await page.setViewportSize({ width: 320, height: 900 });
    assert.ok((await overflow(page)) <= 0, 'nothing is wider than 320 px');
    await shot(page, 'settings-webhooks-320', { fullPage: true });
    await page.setViewportSize({ width: 1280, height: 800 });

    await site().php('age.php', admin.login);
    await page.goto(address);
    assert.equal(await page.getByLabel('URL of the receiver').count(), 0, 'first the code, then the other fields');
    await shot(page, 'settings-webhooks-stale', { fullPage: true });
    await page.getByRole('link', { name: 'Confirm it is you' }).click();
    await page.locator('#sallyport_code').fill(admin.backupCodes[0]);
    await page.locator('#wp-submit').click();
    await page.getByLabel('URL of the receiver').waitFor();
    await page.locator('summary', { hasText: url('/bad') }).click();
    await page.getByRole('button', { name: `Remove the endpoint ${url('/bad')}` }).click();
    await page.getByRole('status').filter({ hasText: 'The endpoint was removed' }).waitFor();
    assert.equal(await heading(page, 'Add an endpoint').count(), 1);
    const [left, ...others] = JSON.parse(site().wp('sallyport', 'webhook', 'list', '--format=json'));
    assert.deepEqual([left.url, others], [url('/good'), []]);
    site().wp('sallyport', 'webhook', 'remove', left.id, '--yes');
    site().wp('sallyport', 'setting', 'reset', 'webhook_allow_private');
  });
});
