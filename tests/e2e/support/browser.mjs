import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { site } from './site.mjs';

let browser;

const programs = () => process.env.PATH.split(delimiter).flatMap((folder) => ['chromium', 'chromium-browser'].map((name) => join(folder, name)));

async function launched() {
  return (browser ??= await chromium.launch({
    executablePath: programs().find(existsSync) ?? assert.fail('there is no chromium'),
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  }));
}

after(async () => {
  await browser?.close();
  site().down();
});

/**
 * A test with a browser of its own: no cookies, and nothing outside the site within reach. A script
 * that throws on any page fails it.
 *
 * @param {(page: import('playwright-core').Page) => Promise<void>} body
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export function browserTest(name, body, options = {}) {
  test(name, { timeout: 120_000 }, async () => {
    const context = await (await launched()).newContext({ baseURL: site().url, viewport: { width: 1280, height: 800 }, ...options });
    const thrown = [];
    context.on('weberror', (event) => thrown.push(String(event.error())));
    await context.route((url) => url.origin !== site().url, (route) => route.fulfill({ status: 204 }));
    try {
      await body(await context.newPage());
      assert.deepEqual(thrown, [], 'scripts that threw');
    } finally {
      await context.close();
    }
  });
}

/** Kept when SHOTS names a folder. */
export async function shot(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
}
