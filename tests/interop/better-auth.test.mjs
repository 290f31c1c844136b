// better-auth's client from npm, unmodified: it enrols, signs in, verifies and disables against WordPress.
//
//     cd tests/interop && npm ci && node --test better-auth.test.mjs
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { site as putUp } from '../e2e/support/site.mjs';
import { wordpressClient } from './better-auth-client.mjs';

let site;
before(() => {
  site = putUp();
});
const run = (script, ...words) => site.php(new URL(`./${script}`, import.meta.url).href, ...words);
const forgetCodes = () => run('forget-codes.php');

/** An authenticator app: RFC 6238 with SHA-1, six digits, 30 seconds. */
const app = (uri) => (steps = 0) => {
  const bits = [...new URL(uri).searchParams.get('secret')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  return String((digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
};
const wrong = (code) => [...Array(9).keys()].map(() => String(Math.floor(Math.random() * 1e6)).padStart(6, '0')).find((one) => ![-2, -1, 0, 1, 2].map(code).includes(one));

/**
 * A browser's handling of cookies, for one site. Each request comes from a newly loaded page, which has a challenge or a
 * trusted device only in the cookie.
 */
const browser = () => {
  const jar = new Map();
  const sent = [];
  const get = async (input, init) => {
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '));
    headers.delete('x-sallyport-challenge');
    headers.delete('x-sallyport-device');
    headers.set('origin', site.url);
    headers.set('sec-fetch-site', 'same-origin');
    sent.push({ path: new URL(input).pathname.replace('/wp-json/sallyport/v1', ''), bearer: headers.get('authorization'), cookie: headers.get('cookie') });
    const answer = await fetch(input, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      const ends = Date.parse(line.match(/expires=([^;]+)/i)?.[1]);
      assert.match(line, /; HttpOnly/i);
      if (ends < Date.now()) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  return { jar, sent, fetch: get };
};

/** A user with an account, and a client that is not signed in. */
const someone = async (more) => {
  const person = await run('account.php');
  const asked = [];
  const client = wordpressClient(site.url, (context) => asked.push(context), more);
  const byEmail = () => client.signIn.email({ email: person.email, password: person.password });
  const byName = () => client.signIn.username({ username: person.login, password: person.password });
  return { ...person, client, asked, byEmail, byName };
};
const enrolled = async (more) => {
  const person = await someone(more);
  ok(await person.byEmail());
  const { totpURI, backupCodes } = ok(await person.client.twoFactor.enable({ password: person.password }));
  const code = app(totpURI);
  ok(await person.client.twoFactor.verifyTotp({ code: code() }));
  await forgetCodes();
  return { ...person, code, backupCodes };
};
const ok = ({ data, error }) => {
  assert.equal(error, null, JSON.stringify(error));
  return data;
};
const refused = ({ data, error }, status, code) => {
  assert.equal(data, null);
  assert.deepEqual([error.status, error.code], [status, code]);
  assert.ok(error.message.length > 0);
  return error;
};

test('docs/better-auth.md contains the recipe that is tested here', () => {
  const read = (file) => readFileSync(new URL(file, import.meta.url), 'utf8');
  assert.ok(read('../../docs/better-auth.md').includes(read('./better-auth-client.mjs')));
});

test('a user without a second factor signs in by address and by name, and signs out', async () => {
  const { client, id, login, email, byEmail, byName } = await someone();
  assert.equal(ok(await client.getSession()), null);
  for (const signIn of [byEmail, byName]) {
    const { token, user } = ok(await signIn());
    assert.deepEqual(
      { id: user.id, email: user.email, name: user.name, username: user.username, twoFactorEnabled: user.twoFactorEnabled },
      { id, email, name: 'Ada', username: login, twoFactorEnabled: false },
    );
    assert.ok(user.createdAt instanceof Date);
    const { session, user: same } = ok(await client.getSession());
    assert.deepEqual(same, user);
    assert.deepEqual([session.token, session.userId], [token, id]);
    assert.ok(session.expiresAt > new Date());
    assert.equal(ok(await client.signOut()).success, true);
    assert.equal(ok(await client.signOut()).success, true);
    assert.equal(ok(await client.getSession()), null);
    const revoked = await fetch(`${site.url}/wp-json/sallyport/v1/get-session`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(revoked.status, 401);
  }
});

test('a wrong password and an unknown user get the same answer', async () => {
  const { client, login, email } = await someone();
  const password = 'not theirs';
  const answers = [];
  for (const name of [email, 'nobody@example.test']) answers.push(refused(await client.signIn.email({ email: name, password }), 401, 'INVALID_EMAIL_OR_PASSWORD'));
  for (const name of [login, 'nobody']) answers.push(refused(await client.signIn.username({ username: name, password }), 401, 'INVALID_USERNAME_OR_PASSWORD'));
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[2], answers[3]);
});

for (const [how, more] of [['a client without cookies', () => ({})], ['a browser', () => { const b = browser(); return { customFetchImpl: b.fetch, browser: b }; }]]) {
  describe(how, () => {
    let person, options;
    before(async () => {
      options = more();
      person = await someone(options);
    });
    const { twoFactor } = new Proxy({}, { get: (_, name) => new Proxy({}, { get: (__, call) => (...words) => person.client[name][call](...words) }) });

    test('enrols', async () => {
      const { token } = ok(await person.byName());
      refused(await twoFactor.enable({ password: 'not theirs' }), 400, 'INVALID_PASSWORD');
      const { method, totpURI, backupCodes } = ok(await twoFactor.enable({ password: person.password, issuer: 'Example' }));
      assert.equal(method, 'totp');
      assert.match(totpURI, /^otpauth:\/\/totp\/Example:/);
      assert.equal(backupCodes.length, 10);
      Object.assign(person, { code: app(totpURI), codes: backupCodes });
      refused(await twoFactor.verifyTotp({ code: wrong(person.code) }), 401, 'INVALID_CODE');
      const proven = ok(await twoFactor.verifyTotp({ code: person.code() }));
      assert.notEqual(proven.token, token);
      assert.equal(proven.user.twoFactorEnabled, true);
      const { session } = ok(await person.client.getSession());
      assert.equal(session.token, proven.token);
      ok(await person.client.signOut());
      await forgetCodes();
    });

    test('is asked for the second factor, and completes it with a code', async () => {
      const asked = ok(await person.byEmail());
      assert.deepEqual(asked, { twoFactorRedirect: true, twoFactorMethods: ['totp'] });
      assert.deepEqual(person.asked.at(-1), { twoFactorMethods: ['totp'] });
      assert.equal(ok(await person.client.getSession()), null, 'nobody is signed in yet');
      refused(await twoFactor.verifyTotp({ code: wrong(person.code) }), 401, 'INVALID_CODE');
      const { token, user } = ok(await twoFactor.verifyTotp({ code: person.code() }));
      assert.equal(user.id, person.id);
      assert.equal(ok(await person.client.getSession()).session.token, token);
      await forgetCodes();
    });

    test('steps up, reads the secret again, and makes new backup codes', async () => {
      ok(await twoFactor.verifyTotp({ code: person.code() }));
      assert.match(ok(await twoFactor.getTotpUri({ password: person.password })).totpURI, /^otpauth:/);
      const { status, backupCodes } = ok(await twoFactor.generateBackupCodes({ password: person.password }));
      assert.equal(status, true);
      Object.assign(person, { old: person.codes, codes: backupCodes });
      ok(await person.client.signOut());
    });

    test('completes it with a backup code, which works once', async () => {
      ok(await person.byName());
      refused(await twoFactor.verifyBackupCode({ code: person.old[0] }), 401, 'INVALID_BACKUP_CODE');
      const { token, user, session } = ok(await twoFactor.verifyBackupCode({ code: person.codes[0], disableSession: true, trustDevice: false }));
      assert.deepEqual([user.id, session.token, session.userId], [person.id, token, person.id]);
      assert.ok(session.expiresAt instanceof Date);
      assert.equal(ok(await person.client.getSession()).user.id, person.id);
      ok(await person.client.signOut());
      ok(await person.byName());
      refused(await twoFactor.verifyBackupCode({ code: person.codes[0] }), 401, 'INVALID_BACKUP_CODE');
      ok(await twoFactor.verifyBackupCode({ code: person.codes[1].toLowerCase() }));
    });

    test('trusts the device, which replaces the code from then on', async () => {
      ok(await person.client.signOut());
      ok(await person.byName());
      await forgetCodes();
      ok(await twoFactor.verifyTotp({ code: person.code(), trustDevice: true }));
      for (const signIn of [person.byEmail, person.byName, person.byEmail]) {
        ok(await person.client.signOut());
        const { token, user } = ok(await signIn());
        assert.equal(user.id, person.id);
        assert.equal(ok(await person.client.getSession()).session.token, token);
        refused(await twoFactor.disable({ password: person.password }), 401, 'sallyport_step_up_required');
      }
      const stranger = wordpressClient(site.url, () => {});
      assert.equal(ok(await stranger.signIn.email({ email: person.email, password: person.password })).twoFactorRedirect, true);
      const own = ok(await person.client.getSession()).session.token;
      const answer = await fetch(`${site.url}/wp-json/sallyport/v1/two-factor`, { headers: { authorization: `Bearer ${own}` } });
      const { devices } = await answer.json();
      assert.equal(devices.length, 1);
      ok(await twoFactor.verifyTotp({ code: person.code(1) }));
    });

    test('disables it', async () => {
      refused(await twoFactor.disable({ password: 'not theirs' }), 400, 'INVALID_PASSWORD');
      assert.equal(ok(await twoFactor.disable({ password: person.password })).status, true);
      assert.equal(ok(await person.client.getSession()).user.twoFactorEnabled, false);
      refused(await twoFactor.disable({ password: person.password }), 400, 'TWO_FACTOR_NOT_ENABLED');
      ok(await person.client.signOut());
      assert.equal(ok(await person.byEmail()).user.id, person.id);
    });
  });
}

test('codes by mail: the address is enrolled, and offered beside the app', async () => {
  const mailed = () => {
    const mails = readdirSync(`${site.dir}/.site/mail`).filter((name) => name.endsWith('.eml')).sort().map((name) => readFileSync(`${site.dir}/.site/mail/${name}`, 'utf8'));
    return mails.filter((mail) => !/^X-Sallyport-Notice: /m.test(mail)).at(-1).match(/^(\d{8})\r?$/m)[1];
  };
  for (const more of [{}, { customFetchImpl: browser().fetch }]) {
    const { client, password, byEmail, asked, ...person } = await someone(more);
    ok(await byEmail());
    const { totpURI } = ok(await client.twoFactor.enable({ password }));
    ok(await client.twoFactor.verifyTotp({ code: app(totpURI)() }));
    await forgetCodes();
    assert.deepEqual(ok(await client.twoFactor.enable({ password, method: 'otp' })), { method: 'otp' });
    refused(await client.twoFactor.verifyOtp({ code: '00000000' }), 400, 'OTP_HAS_EXPIRED');
    assert.deepEqual(ok(await client.twoFactor.sendOtp()), { status: true });
    const { token, user } = ok(await client.twoFactor.verifyOtp({ code: mailed() }));
    assert.equal(user.twoFactorEnabled, true);
    assert.equal(ok(await client.getSession()).session.token, token);
    await forgetCodes();
    ok(await client.signOut());
    assert.deepEqual(new Set(ok(await byEmail()).twoFactorMethods), new Set(['totp', 'otp']));
    assert.deepEqual(new Set(asked.at(-1).twoFactorMethods), new Set(['totp', 'otp']));
    ok(await client.twoFactor.sendOtp());
    const code = mailed();
    refused(await client.twoFactor.verifyOtp({ code: String((Number(code) + 1) % 1e8).padStart(8, '0') }), 401, 'INVALID_CODE');
    assert.equal(ok(await client.twoFactor.verifyOtp({ code })).user.id, person.id);
    assert.equal(ok(await client.getSession()).user.id, person.id);
    refused(await client.twoFactor.disable({ password }), 401, 'sallyport_step_up_required');
    ok(await client.twoFactor.verifyTotp({ code: app(totpURI)(1) }));
    ok(await client.twoFactor.disable({ password }));
    await forgetCodes();
  }
});

test('five wrong codes use up a sign-in, ten lock the second factor for a while', async () => {
  const person = await enrolled();
  ok(await person.client.signOut());
  for (let time = 0; time < 2; time++) {
    ok(await person.byEmail());
    for (let i = 0; i < 5; i++) refused(await person.client.twoFactor.verifyTotp({ code: wrong(person.code) }), 401, 'INVALID_CODE');
    if (time === 0) {
      refused(await person.client.twoFactor.verifyTotp({ code: person.code() }), 400, 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE');
      refused(await person.client.twoFactor.verifyTotp({ code: person.code() }), 401, 'INVALID_TWO_FACTOR_COOKIE');
    }
  }
  assert.ok(refused(await person.byEmail(), 429, 'ACCOUNT_TEMPORARILY_LOCKED').data.retry_after > 800);
  await forgetCodes();
  ok(await person.byEmail());
  ok(await person.client.twoFactor.verifyTotp({ code: person.code() }));
});

/** The network between client and site: `break` decides what happens to a request to a path. */
const network = () => {
  const net = { sent: [], break: () => null };
  net.fetch = async (input, init) => {
    const path = new URL(input).pathname.replace('/wp-json/sallyport/v1', '');
    net.sent.push(path);
    const broken = net.break(path);
    if (broken instanceof Response) return broken.clone();
    const answer = await fetch(input, init);
    if (broken instanceof Error) throw broken; // the site has carried the request out, and its answer is lost
    return answer;
  };
  return net;
};

/** Runs something as if so many seconds had passed, as in a page that slept. */
const later = async (seconds, act) => {
  const { now } = Date;
  Date.now = () => now() + seconds * 1000;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
};

test('the token is renewed once, for all waiting requests', async () => {
  const net = network();
  const person = await someone({ customFetchImpl: net.fetch });
  const { token } = ok(await person.byEmail());
  const sessions = await later(880, () => Promise.all([1, 2, 3].map(() => person.client.getSession())));
  const tokens = new Set(sessions.map((one) => ok(one).session.token));
  assert.equal(tokens.size, 1);
  assert.ok(!tokens.has(token), 'none of them is sent with the old token');
  assert.equal(net.sent.filter((path) => path === '/token/refresh').length, 1);
});

test('a renewal whose answer is lost ends no sign-in, and is repeated', async () => {
  const net = network();
  const person = await someone({ customFetchImpl: net.fetch });
  let { token } = ok(await person.byEmail());
  let seconds = 0;
  for (const broken of [new TypeError('fetch failed'), new Response('{"code":"sallyport_unavailable"}', { status: 503 }), new Response('<h1>Bad gateway</h1>', { status: 502 })]) {
    seconds += 880;
    net.break = (path) => (path === '/token/refresh' ? broken : null);
    assert.equal(ok(await later(seconds, () => person.client.getSession()))?.session.token, token);
    net.break = () => null;
    const { session } = ok(await later(seconds, () => person.client.getSession()));
    assert.notEqual(session.token, token);
    token = session.token;
  }
});

test('a token that the site no longer accepts is renewed before the next request', async () => {
  const net = network();
  const person = await someone({ customFetchImpl: net.fetch });
  const { token } = ok(await person.byEmail());
  const invalid = { code: 'sallyport_token_invalid', message: 'The token is not valid.', data: { status: 401 } };
  net.break = (path) => (path === '/get-session' ? Response.json(invalid, { status: 401 }) : null);
  refused(await person.client.getSession(), 401, 'sallyport_token_invalid');
  net.break = () => null;
  assert.notEqual(ok(await person.client.getSession()).session.token, token);
});

test('with the refresh cookie, a reloaded page is signed in', async () => {
  site.wp('sallyport', 'setting', 'set', 'refresh_cookie', 'true');
  try {
    const { fetch: customFetchImpl, jar } = browser();
    const page = () => someone({ customFetchImpl, refreshCookie: true });
    const first = await page();
    assert.equal(ok(await first.client.getSession()), null, 'a first visit');
    ok(await first.byEmail());
    assert.deepEqual([...jar.keys()].filter((name) => name.startsWith('sallyport_refresh_')).length, 1);
    const loaded = await page();
    assert.equal(ok(await loaded.client.getSession()).user.email, first.email);
    assert.equal(ok(await later(880, () => loaded.client.getSession())).user.email, first.email);
    ok(await loaded.client.signOut());
    assert.equal(ok(await (await page()).client.getSession()), null);
  } finally {
    site.wp('sallyport', 'setting', 'reset', 'refresh_cookie');
  }
});

test('a code that is sent twice, for example by a double click, still signs in', async () => {
  const twice = async (send) => {
    const answers = await Promise.all([send(), send()]);
    assert.deepEqual(answers.map(({ error }) => error === null).sort(), [false, true]);
  };
  const refusedLast = async (input, init) => {
    const answer = await fetch(input, init);
    return answer.ok ? answer : new Promise((resolve) => setTimeout(resolve, 1000, answer));
  };
  const person = await someone({ customFetchImpl: refusedLast });
  ok(await person.byEmail());
  const { totpURI } = ok(await person.client.twoFactor.enable({ password: person.password }));
  const code = app(totpURI);
  await twice(() => person.client.twoFactor.verifyTotp({ code: code() }));
  assert.equal(ok(await person.client.getSession())?.user.email, person.email, 'enrolled');
  await forgetCodes();
  assert.equal(ok(await person.byEmail()).twoFactorRedirect, true);
  await twice(() => person.client.twoFactor.verifyTotp({ code: code() }));
  assert.equal(ok(await person.client.getSession())?.user.email, person.email, 'signed in');
});

test('a page that has only the cookie does not claim a sign-out that failed', async () => {
  site.wp('sallyport', 'setting', 'set', 'refresh_cookie', 'true');
  try {
    const net = network();
    const { fetch: throughBrowser } = browser();
    const customFetchImpl = (input, init) => net.break(new URL(input).pathname) ?? throughBrowser(input, init);
    const page = () => someone({ customFetchImpl, refreshCookie: true });
    const first = await page();
    ok(await first.byEmail());
    const loaded = await page();
    net.break = (path) => (path.endsWith('/token/refresh') ? new Response('<h1>Bad gateway</h1>', { status: 502 }) : null);
    await assert.rejects(loaded.client.signOut());
    net.break = () => null;
    assert.equal(ok(await (await page()).client.getSession()).user.email, first.email, 'still signed in, as the page said');
    ok(await loaded.client.signOut());
    assert.equal(ok(await (await page()).client.getSession()), null);
    ok(await loaded.client.signOut());
  } finally {
    site.wp('sallyport', 'setting', 'reset', 'refresh_cookie');
  }
});

test('a user who must have a second factor sets one up instead of signing in', async () => {
  const { client, password, byEmail, id } = await someone();
  await run('../e2e/support/require.php', 'subscriber');
  try {
    refused(await byEmail(), 403, 'sallyport_enrolment_required');
    assert.equal(ok(await client.getSession()), null);
    const { totpURI } = ok(await client.twoFactor.enable({ password }));
    assert.equal(ok(await client.twoFactor.verifyTotp({ code: app(totpURI)() })).user.id, id);
    assert.equal(ok(await client.getSession()).user.id, id);
  } finally {
    await run('../e2e/support/require.php');
    await forgetCodes();
  }
});
