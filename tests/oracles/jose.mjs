// jose, from npm. php/tests/OraclesTest.php runs it, and describes its input and output.
import { readFileSync } from 'node:fs';
import * as jose from 'jose';

const { tokens, claims } = JSON.parse(readFileSync(0, 'utf8'));

const verified = await Promise.all(tokens.map(async ({ alg, jwk, token }) => {
  try {
    const key = await jose.importJWK(JSON.parse(jwk), alg);
    return (await jose.jwtVerify(token, key, { algorithms: [alg], audience: 'site', requiredClaims: ['exp', 'sub'] })).payload;
  } catch (error) {
    if (error instanceof jose.errors.JWSSignatureVerificationFailed || error instanceof jose.errors.JWSInvalid) return null;
    throw error;
  }
}));

const header = (alg) => ({ alg, kid: 'theirs', typ: 'JWT' });
const signed = [];
for (const [alg, bytes] of [['HS256', 32], ['HS384', 48], ['HS512', 64]]) {
  const secret = crypto.getRandomValues(new Uint8Array(bytes));
  const private_jwk = JSON.stringify(await jose.exportJWK(secret));
  signed.push({ alg, private_jwk, token: await new jose.SignJWT(claims).setProtectedHeader(header(alg)).sign(secret) });
}
for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  signed.push({
    alg,
    private: await jose.exportPKCS8(privateKey),
    public: await jose.exportSPKI(publicKey),
    jwk: JSON.stringify(await jose.exportJWK(publicKey)),
    private_jwk: JSON.stringify(await jose.exportJWK(privateKey)),
    token: await new jose.SignJWT(claims).setProtectedHeader(header(alg)).sign(privateKey),
  });
}
process.stdout.write(JSON.stringify({ verified, signed }));
