// A front end on another origin: it signs in and refreshes by the cookie, and its scripts never see the refresh token.
// A page of an origin that is not listed can do neither.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe } from 'node:test';
import { browserTest } from './support/browser.mjs';
import { Person } from './support/person.mjs';
import { site } from './support/site.mjs';

const NAME = 'sallyport_refresh_1';
const pages = [];

/** An empty page, on a port of its own: its address is the origin. */
async function front(host = '127.0.0.1') {
  const server = createServer((request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>front</title>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  pages.push(server);
  return `http://${host}:${server.address().port}`;
}

/** What a script of this page receives: status and body, or that the browser withheld the answer. */
function send(page, route, body, more = {}) {
  return page.evaluate(async ([url, json, options]) => {
    const answer = await fetch(url, { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json), ...options })
      .catch(() => null);
    return answer === null || answer.type === 'opaque' ? null : { status: answer.status, text: await answer.text() };
  }, [`${site().url}/wp-json/sallyport/v1${route}`, body, more]);
}

const open = async (page, address) => {
  await page.context().route((url) => url.origin === address, (route) => route.continue());
  await page.goto(address);
};

const cookie = async (page) => (await page.context().cookies()).find(({ name }) => name === NAME);

describe('the refresh token in a cookie', () => {
  let listed, neighbour, stranger, person, login;

  before(async () => {
    // For a browser, another host name is another site, and another port only another origin.
    [neighbour, listed, stranger] = [await front(), await front('localhost'), await front()];
    site().wp('sallyport', 'setting', 'set', 'refresh_cookie', 'true');
    site().wp('sallyport', 'setting', 'set', 'cors', `${neighbour},${listed}`);
    person = await Person.withoutFactor();
    login = { username: person.login, password: person.password };
  });

  after(() => {
    site().wp('sallyport', 'setting', 'reset', 'refresh_cookie');
    site().wp('sallyport', 'setting', 'reset', 'cors');
    for (const server of pages) server.close();
  });

  for (const [what, address, sameSite] of [['another port', () => neighbour, 'Strict'], ['another site', () => listed, 'None']]) {
    browserTest(`a listed page on ${what} signs in, refreshes and signs out, and never sees it`, async (page) => {
      await open(page, address());
      const signedIn = await send(page, '/token', login);
      assert.equal(signedIn.status, 200, signedIn.text);
      assert.doesNotMatch(signedIn.text, /spr1_/);
      assert.equal(await page.evaluate(() => document.cookie), '');

      const first = await cookie(page);
      assert.deepEqual([first.httpOnly, first.sameSite, first.path], [true, sameSite, '/wp-json/sallyport/v1/token']);
      assert.match(first.value, /^spr1_/);
      const sent = page.waitForRequest((request) => request.url().endsWith('/tokens') && request.method() === 'GET');
      await send(page, '/tokens', undefined, { method: 'GET', headers: {} });
      assert.equal((await (await sent).allHeaders()).cookie, undefined, 'no other route receives it');

      const refreshed = await send(page, '/token/refresh', {});
      assert.equal(refreshed.status, 200, refreshed.text);
      assert.doesNotMatch(refreshed.text, /spr1_/);
      assert.notEqual((await cookie(page)).value, first.value);

      const { token } = JSON.parse(refreshed.text);
      const out = await send(page, '/token/revoke', {}, { headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` } });
      assert.equal(out.status, 200, out.text);
      assert.equal(await cookie(page), undefined);
      assert.equal((await send(page, '/token/refresh', {})).status, 401, 'there is nothing left to send');
    }, { thirdPartyCookies: sameSite === 'None' });
  }

  browserTest('a browser that blocks third-party cookies keeps none for another site', async (page) => {
    await open(page, listed);
    assert.equal((await send(page, '/token', login)).status, 200);
    assert.equal(await cookie(page), undefined);
  });

  browserTest('an unlisted page gets nothing, and cannot end anything', async (page) => {
    await open(page, neighbour);
    assert.equal((await send(page, '/token', login)).status, 200);
    const before = (await cookie(page)).value;

    await open(page, stranger);
    assert.equal(await send(page, '/token', login), null, 'it cannot read the answer of a login');
    for (const route of ['/token/refresh', '/token/revoke']) {
      assert.equal(await send(page, route, {}), null, route);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
        // A request that needs no preflight arrives, with the cookie, and is refused.
        assert.equal(await send(page, route, {}, { mode: 'no-cors', headers: { 'Content-Type': type } }), null);
      }
    }
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/token/revoke')),
      page.waitForURL('**/token/revoke'),
      page.evaluate((url) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: url });
        document.body.append(form);
        form.submit();
      }, `${site().url}/wp-json/sallyport/v1/token/revoke`),
    ]);
    assert.equal(answer.status(), 403);
    assert.match((await answer.request().allHeaders()).cookie ?? '', new RegExp(NAME), 'the browser did send it: a neighbouring sub-domain belongs to the same site');
    assert.equal((await cookie(page)).value, before, 'neither rotated nor cleared');

    await open(page, neighbour);
    assert.equal((await send(page, '/token/refresh', {})).status, 200, 'nothing has ended');
  });

  browserTest('the site’s own page need not be listed', async (page) => {
    await page.goto('/wp-login.php');
    assert.equal((await send(page, '/token', login)).status, 200);
    assert.equal((await cookie(page)).sameSite, 'Strict');
    assert.equal((await send(page, '/token/refresh', {})).status, 200);
  });
});
