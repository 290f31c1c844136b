import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { down, isAbout, site } from './site.mjs';

let browser;

const programs = () => process.env.PATH.split(delimiter).flatMap((folder) => ['chromium', 'chromium-browser'].map((name) => join(folder, name)));

const program = () => ({
  executablePath: programs().find(existsSync) ?? assert.fail('there is no chromium'),
  args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});

async function newContext({ thirdPartyCookies = false, ...options }) {
  if (!thirdPartyCookies) return (browser ??= await chromium.launch(program())).newContext(options);
  // Off by default, and set in the profile, not on the command line.
  const profile = mkdtempSync(join(tmpdir(), 'sallyport-profile-'));
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
  process.on('exit', () => rmSync(profile, { recursive: true, force: true })); // the browser writes there until it ends
  return chromium.launchPersistentContext(profile, { ...program(), ...options });
}

after(async () => {
  await browser?.close();
  down();
});

/**
 * A test with a browser of its own: no cookies, and no access to anything outside the site. A script
 * that throws on any page fails the test.
 *
 * @param {(page: import('playwright-core').Page) => Promise<void>} body
 * @param {import('playwright-core').BrowserContextOptions & { thirdPartyCookies?: boolean, network?: boolean, shop?: boolean }} [options] thirdPartyCookies: whether the
 *   browser keeps and sends cookies of other sites; network, shop: the kind of site that site() is
 */
export function browserTest(name, body, { network = false, shop = false, ...options } = {}) {
  test(name, { timeout: 400_000 }, async () => {
    isAbout(network ? 'network' : shop ? 'shop' : 'site');
    const context = await newContext({ baseURL: site().url, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(60_000);
    const thrown = [];
    // Ignore core's own errors: a transition between two pages of wp-admin that the next click interrupts, and its profile page if it is left before its script is ready.
    context.on('weberror', (event) => /Transition was (aborted|skipped)|reading 'serialize'/.test(event.error()) || thrown.push(String(event.error())));
    await stayHome(context);
    // Ignore refusals of core's background requests for a user whom the test has signed out meanwhile.
    await context.addInitScript(() => addEventListener('unhandledrejection', (event) => [401, 403].includes(event.reason?.data?.status) && event.preventDefault()));
    try {
      await body(await context.newPage());
      assert.deepEqual(thrown, [], `scripts that threw: ${thrown}`);
    } catch (error) {
      const pages = await Promise.all(context.pages().map(async (page) => `${page.url()}: ${await seen(page)}`));
      throw new Error(`${error.message}\n${pages.join('\n')}`, { cause: error });
    } finally {
      await context.close();
    }
  });
}

/** The pages of this context have no access to anything outside the site. */
export const stayHome = (context) => context.route((url) => url.origin !== site().url, (route) => route.fulfill({ status: 204 }));

/** The text of a page, for finding out why a test failed; a page that hangs has none. */
const seen = (page) => page.locator('body').innerText({ timeout: 2000 }).then((text) => text.replace(/\s+/g, ' ').slice(0, 1500), (error) => error.message.split('\n')[0]);

/** Stored if SHOTS names a folder. */
export async function shot(page, name, options = {}) {
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), ...options });
}
