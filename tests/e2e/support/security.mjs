// Using sign-in security as a person does.
import assert from 'node:assert/strict';
import { assertInAdmin, sendCode, sendPassword } from './login.mjs';
import { scanned } from './qr.mjs';
import { site } from './site.mjs';

export const address = '/wp-admin/profile.php?page=sallyport-security';
export const heading = (page, name) => page.getByRole('heading', { name });
export const codesOn = async (page) => {
  await page.getByRole('button', { name: 'Finish' }).waitFor(); // the button is below the codes
  return page.locator('.sallyport-codes li').allInnerTexts();
};
export const part = (page, id) => page.locator(`details#sallyport-${id}`);

/** Signs in by password, and opens this page. */
export async function signIn(page, person, at = address) {
  await page.goto(`/wp-login.php?redirect_to=${encodeURIComponent(at)}`);
  await sendPassword(page, person);
  if (person.backupCodes.length) await sendCode(page, await person.code());
  await assertInAdmin(page);
}

/** Opens an entry of a list, fills in its fields, and sends them. */
export async function send(page, id, button, fields = {}) {
  const details = part(page, id);
  if (!await details.evaluate((element) => element.open)) await details.locator('summary').click();
  for (const [label, value] of Object.entries(fields)) await details.getByLabel(label).fill(value);
  await details.getByRole('button', { name: button }).click();
}

/** From "set up" to the backup codes; returns the secret and the codes. */
export async function enrol(page, person) {
  await page.getByLabel('Your password').first().fill(person.password);
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  return finish(page);
}

/** From the QR code to the page after the right code. */
export async function finish(page) {
  const link = page.getByRole('link', { name: 'Open the app' });
  await link.waitFor();
  const uri = await link.getAttribute('href');
  const read = page.context().javaScript === false ? uri : await scanned(page.locator('.sallyport-qr svg'));
  assert.equal(read, uri, 'what a phone reads');
  const secret = new URL(uri).searchParams.get('secret');
  await page.getByRole('link', { name: 'Next' }).click();
  await page.locator('#sallyport_code').fill((await site().php('codes.php', secret)).now);
  await page.getByRole('button', { name: 'Verify and turn on' }).click();
  await page.locator('#sallyport-codes-title, #sallyport-factors').waitFor();
  return { secret };
}
