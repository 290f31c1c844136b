// A notice as a mail program shows it on a small screen.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { violations } from './support/axe.mjs';
import { browserTest, shot } from './support/browser.mjs';
import { begin, fail } from './support/login.mjs';
import { Person } from './support/person.mjs';
import { site } from './support/site.mjs';

/** The HTML part of the last notice to a user. */
function noticeTo(person) {
  const mail = site().sent().filter((text) => text.includes(`${person.login}@example.test`) && /^X-Sallyport-Notice: /m.test(text)).at(-1);
  const [head, ...body] = mail.split(/^Content-Type: text\/html/m).at(-1).split(/\r?\n\r?\n/);
  const text = body.join('\n\n').split(/^--/m)[0];
  if (!/quoted-printable/i.test(head)) return text;
  return decodeURIComponent(text.replace(/=\r?\n/g, '').replaceAll('%', '%25').replace(/=([0-9A-F]{2})/g, '%$1'));
}

describe('a notice', () => {
  for (const locale of ['en_US', 'de_DE', 'he_IL']) {
    browserTest(`is read at 320 pixels, bright and dark: ${locale}`, async (page) => {
      const person = await Person.enrolled();
      await site().php('language.php', locale, person.login);
      await begin(page, person);
      await fail(page, person);
      await page.waitForTimeout(1000); // it is sent after the answer
      await page.setContent(noticeTo(person));
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await shot(page, `mail-${locale}-${colorScheme}`);
        assert.deepEqual(await violations(page.locator('body > div')), {});
      }
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
      const gaps = await page.locator('tr').evaluateAll((rows) => rows.map((row) => {
        const [label, fact] = [...row.cells].map((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          return range.getBoundingClientRect();
        });
        return Math.max(fact.left - label.right, label.left - fact.right);
      }));
      assert.ok(gaps.length > 2 && gaps.every((gap) => gap >= 8), `between a label and what it says: ${gaps}`);
    }, { viewport: { width: 320, height: 640 } });
  }
});
