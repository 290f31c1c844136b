"""jwcrypto. php/tests/OraclesTest.php runs it, and describes its input and output."""

import json
import sys

from jwcrypto import jwk, jws, jwt


def verify(alg, jwk_text, token):
    try:
        read = jwt.JWT(algs=[alg], check_claims={"aud": "site", "sub": None, "exp": None})
        read.deserialize(token, jwk.JWK.from_json(jwk_text))
        return json.loads(read.claims)
    except (jws.InvalidJWSSignature, jws.InvalidJWSObject, jwt.JWTMissingKey, ValueError):
        return None


def sign_one(alg, key, claims):
    token = jwt.JWT(header={"alg": alg, "kid": "theirs", "typ": "JWT"}, claims=claims)
    token.make_signed_token(key)
    return token.serialize()


def sign(claims):
    for alg, bits in (("HS256", 256), ("HS384", 384), ("HS512", 512)):
        key = jwk.JWK.generate(kty="oct", size=bits)
        yield {"alg": alg, "private_jwk": key.export(), "token": sign_one(alg, key, claims)}
    pair = jwk.JWK.generate(kty="RSA", size=2048)
    pairs = [(alg, pair) for alg in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")]
    pairs.append(("ES256", jwk.JWK.generate(kty="EC", crv="P-256")))
    pairs.append(("ES384", jwk.JWK.generate(kty="EC", crv="P-384")))
    pairs.append(("EdDSA", jwk.JWK.generate(kty="OKP", crv="Ed25519")))
    for alg, key in pairs:
        yield {
            "alg": alg,
            "private": key.export_to_pem(private_key=True, password=None).decode(),
            "public": key.export_to_pem().decode(),
            "jwk": key.export_public(),
            "private_jwk": key.export_private(),
            "token": sign_one(alg, key, claims),
        }


asked = json.load(sys.stdin)
json.dump(
    {
        "verified": [verify(one["alg"], one["jwk"], one["token"]) for one in asked["tokens"]],
        "signed": list(sign(asked["claims"])),
    },
    sys.stdout,
)
