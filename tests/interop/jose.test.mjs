// Another program verifies Sallyport's tokens, with nothing but the JWK set: jose, from npm.
//
//     cd tests/interop && npm ci && node --test jose.test.mjs
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { site as putUp } from '../e2e/support/site.mjs';

let site, admin, fetched;

const login = async () => (await site.post('sallyport/v1/token', { username: site.user, password: site.password })).token;
const change = async (body) => (await site.post('sallyport/v1/keys', body, admin)).keys;
const generate = (algorithm) => change({ action: 'generate', algorithm });
const rotate = () => change({ action: 'rotate', now: true });

/** A newly started verifier; `fetched` counts how often any of them requested the set. */
const verifier = () => createRemoteJWKSet(new URL(`${site.url}/.well-known/jwks.json`), {
  cooldownDuration: 0,
  timeoutDuration: 60_000,
  [customFetch]: (...request) => (fetched++, fetch(...request)),
});
const verify = (token, keys = verifier(), more = {}) => jwtVerify(token, keys, {
  issuer: site.url, audience: site.url, typ: 'at+jwt', requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'], ...more,
});
const refused = (token, error, keys, more) => assert.rejects(verify(token, keys, more), error);

before(async () => {
  site = putUp();
  admin = await login();
  fetched = 0;
});

for (const algorithm of ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']) {
  describe(algorithm, () => {
    let token;

    before(async () => {
      await generate(algorithm);
      await rotate();
      token = await login();
    });

    test('a token is verified with the set alone', async () => {
      const { payload, protectedHeader } = await verify(token, verifier(), { algorithms: [algorithm] });
      assert.equal(protectedHeader.alg, algorithm);
      assert.equal(payload.sub, '1');
      assert.deepEqual(payload.amr, ['pwd']);
    });

    test('an altered token, or one for another audience, is refused', async () => {
      const [header, claims, signature] = token.split('.');
      const other = JSON.parse(Buffer.from(claims, 'base64url'));
      const forged = Buffer.from(JSON.stringify({ ...other, sub: '2' })).toString('base64url');
      await refused(`${header}.${forged}.${signature}`, errors.JWSSignatureVerificationFailed);
      await refused(token, errors.JWTClaimValidationFailed, verifier(), { audience: 'https://another.example' });
      await refused(token, errors.JWTExpired, verifier(), { currentDate: new Date((other.exp + 1) * 1000) });
    });
  });
}

test('after a rotation all tokens are valid, and a verifier that has read the next key need not ask again', async () => {
  await generate('RS256');
  await rotate();
  const old = await login();
  await generate('ES256');
  const keys = verifier();
  await verify(old, keys);
  const asked = fetched;
  await rotate();
  const fresh = await login();
  assert.equal(decodeProtectedHeader(fresh).alg, 'ES256');
  assert.notEqual(decodeProtectedHeader(fresh).kid, decodeProtectedHeader(old).kid);
  await verify(fresh, keys);
  await verify(old, keys);
  assert.equal(fetched, asked);
  await verify(old, verifier());
});

test('an expired key is gone, and so are its tokens', async () => {
  await generate('ES384');
  await rotate();
  const old = await login();
  await generate('EdDSA');
  await rotate();
  await verify(old);
  await site.php(new URL('./end-retiring.php', import.meta.url).href);
  await refused(old, errors.JWKSNoMatchingKey);
  admin = await login();
  await verify(admin);
});

test('so is a key that was retired by hand', async () => {
  const { kid } = decodeProtectedHeader(admin);
  const old = admin;
  await generate('ES256');
  await rotate();
  admin = await login();
  await verify(old);
  await change({ action: 'retire', kid });
  await refused(old, errors.JWKSNoMatchingKey);
});

test('the set never contains a secret', async () => {
  await generate('HS256');
  await rotate();
  const token = await login();
  await refused(token, errors.JOSENotSupported); // jose knows that a JWK set never has a key for HS256
  const { keys } = await (await fetch(`${site.url}/.well-known/jwks.json`)).json();
  assert.ok(keys.length > 0);
  for (const key of keys) {
    assert.ok(['RSA', 'EC', 'OKP'].includes(key.kty));
    assert.deepEqual(Object.keys(key).filter((name) => ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi'].includes(name)), []);
  }
});
