// Another program signs its users in at Sallyport, with a key pair of its own, as docs/sso.md describes it: jose, from npm.
//
//     cd tests/interop && npm ci && node --test sso.test.mjs
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { writeFileSync, chmodSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { site as putUp } from '../e2e/support/site.mjs';

const bin = new URL('../../bin/site', import.meta.url).pathname;
const portal = 'https://portal.example';
let site;

before(() => {
  site = putUp();
});

/** Connects a portal that signs with this key; returns the secret of the connection. */
const connect = (siteKey, publicKey, ...more) => {
  const file = `${site.dir}/.site/run/public-key`;
  writeFileSync(file, publicKey);
  chmodSync(file, 0o644);
  const add = ['sallyport', 'site', 'add', siteKey, portal, `--public-key=${file}`, '--allow=exchange', ...more];
  const { status, stdout, stderr } = spawnSync(bin, ['wp', '--dir', site.dir, ...add], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
};

const assertion = (header) => new SignJWT({ email: 'admin@example.test', email_verified: true })
  .setProtectedHeader({ typ: 'sso+jwt', ...header })
  .setIssuer(portal).setAudience(site.url).setSubject('7')
  .setIssuedAt().setExpirationTime('60s').setJti(randomUUID());

const exchange = async (siteKey, token, secret) => {
  const signature = createHmac('sha256', secret).update(`${siteKey}.${token}`).digest('hex');
  const answer = await fetch(`${site.url}/wp-json/sallyport/v1/sso/exchange`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ site_key: siteKey, token, signature }),
  });
  return answer.json();
};

const accepted = (answer) => {
  assert.equal(answer.user?.ID, 1, JSON.stringify(answer));
  assert.deepEqual(JSON.parse(Buffer.from(answer.token.split('.')[1], 'base64url')).amr, ['sso']);
};
const refused = (answer, reason = 'untrusted') => {
  assert.equal(answer.code, 'sallyport_sso_refused');
  assert.equal(answer.data.reason, reason);
  assert.equal(answer.token, undefined);
};

for (const algorithm of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']) {
  test(`${algorithm}: by PEM and by JWK`, async () => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const byPem = connect(`pem-${algorithm}`, await exportSPKI(publicKey), `--alg=${algorithm}`);
    const token = await assertion({ alg: algorithm }).sign(privateKey);
    accepted(await exchange(`pem-${algorithm}`, token, byPem));
    refused(await exchange(`pem-${algorithm}`, token, byPem), 'replayed');

    const byJwk = connect(`jwk-${algorithm}`, JSON.stringify({ ...await exportJWK(publicKey), kid: 'key of the portal', alg: algorithm }));
    accepted(await exchange(`jwk-${algorithm}`, await assertion({ alg: algorithm, kid: 'key of the portal' }).sign(privateKey), byJwk));
    refused(await exchange(`jwk-${algorithm}`, await assertion({ alg: algorithm, kid: 'another' }).sign(privateKey), byJwk));
  });
}

describe('tokens that the stored key did not sign', () => {
  let keys, pem, secret;

  before(async () => {
    keys = await generateKeyPair('RS256', { extractable: true });
    pem = await exportSPKI(keys.publicKey);
    secret = connect('strict', pem, '--alg=RS256');
  });
  const send = (token) => exchange('strict', token, secret);

  test('the public key used as a secret', async () => {
    refused(await send(await assertion({ alg: 'HS256' }).sign(new TextEncoder().encode(pem))));
    refused(await send(await assertion({ alg: 'HS256' }).sign(new TextEncoder().encode(pem.trim()))));
  });
  test('the shared secret', async () => {
    refused(await send(await assertion({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))));
  });
  test('nobody', async () => {
    const unsigned = new UnsecuredJWT({ email: 'admin@example.test', email_verified: true })
      .setIssuer(portal).setAudience(site.url).setSubject('7').setIssuedAt().setExpirationTime('60s').setJti(randomUUID());
    const { payload } = UnsecuredJWT.decode(unsigned.encode());
    for (const alg of ['none', 'None', 'NONE']) {
      const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
      refused(await send(`${part({ alg, typ: 'sso+jwt' })}.${part(payload)}.`));
    }
  });
  test('the same key by another algorithm', async () => {
    const { subtle } = globalThis.crypto;
    const pss = await subtle.importKey('pkcs8', await subtle.exportKey('pkcs8', keys.privateKey), { name: 'RSA-PSS', hash: 'SHA-256' }, false, ['sign']);
    refused(await send(await assertion({ alg: 'PS256' }).sign(pss)));
  });
  test('a key in the header', async () => {
    const own = await generateKeyPair('RS256', { extractable: true });
    refused(await send(await assertion({ alg: 'RS256', jwk: await exportJWK(own.publicKey) }).sign(own.privateKey)));
    refused(await send(await assertion({ alg: 'RS256', jku: `${site.url}/keys.json` }).sign(own.privateKey)));
  });
  test('but a token that it signed', async () => {
    accepted(await send(await assertion({ alg: 'RS256' }).sign(keys.privateKey)));
  });
});
