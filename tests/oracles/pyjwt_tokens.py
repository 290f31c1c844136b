"""PyJWT. php/tests/OraclesTest.php runs it, and describes its input and output."""

import json
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

PEM = serialization.Encoding.PEM
ALGORITHMS = get_default_algorithms()


def verify(alg, jwk, token):
    key = ALGORITHMS[alg].from_jwk(jwk)
    try:
        return jwt.decode(token, key, algorithms=[alg], audience="site", options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError:
        return None


def pairs():
    pair = rsa.generate_private_key(65537, 2048)
    yield from ((alg, pair) for alg in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"))
    yield "ES256", ec.generate_private_key(ec.SECP256R1())
    yield "ES384", ec.generate_private_key(ec.SECP384R1())
    yield "EdDSA", ed25519.Ed25519PrivateKey.generate()


def sign(claims):
    for alg, secret in (("HS256", "s" * 32), ("HS384", "s" * 48), ("HS512", "s" * 64)):
        yield {"alg": alg, "secret": secret, "token": jwt.encode(claims, secret, alg, headers={"kid": "theirs"})}
    for alg, pair in pairs():
        # SEC 1 and PKCS#1, as older versions of `openssl` wrote them; for Ed25519 there is only PKCS#8.
        old = serialization.PrivateFormat.TraditionalOpenSSL
        private = pair.private_bytes(PEM, serialization.PrivateFormat.PKCS8 if alg == "EdDSA" else old, serialization.NoEncryption())
        public = pair.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        jwk = ALGORITHMS[alg].to_jwk(pair.public_key())
        # The first releases with as_dict return a dict, all others text.
        yield {
            "alg": alg,
            "private": private.decode(),
            "public": public.decode(),
            "jwk": jwk if isinstance(jwk, str) else json.dumps(jwk),
            "token": jwt.encode(claims, pair, alg, headers={"kid": "theirs"}),
        }


asked = json.load(sys.stdin)
json.dump(
    {
        "version": jwt.__version__,
        "verified": [verify(**one) for one in asked["tokens"]],
        "signed": list(sign(asked["claims"])),
    },
    sys.stdout,
)
