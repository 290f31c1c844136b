"""Tells schemathesis about the site: the caller, the right values, and that no answer may contain undocumented members.

Random requests seldom get further than a refusal. So each route also has examples of right requests. Their placeholders
are replaced just before the request is sent: "$password", "$code", "$challenge", ...
"""

import base64
import glob
import hashlib
import hmac
import json
import os
import re
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import requests
import schemathesis

URL, SITE = os.environ["SALLYPORT_URL"], os.environ["SALLYPORT_DIR"]
WHO = os.environ["SALLYPORT_WHO"]  # guest | user | administrator, who has a second factor
DATABASE = os.path.join(SITE, "wp-content/database/.ht.sqlite")
HERE = os.path.dirname(os.path.abspath(__file__))

PASSWORD = {"password": "$password"}
LOGIN = {"username": "$login", "password": "$password"}
CHALLENGE = {"challenge": "$challenge", "code": "$code"}
RIGHT = {
    "/token": [LOGIN, LOGIN | {"code": "$code", "device_name": "phone"}, CHALLENGE, CHALLENGE | {"code": "000000"}],
    "/login": [LOGIN, LOGIN | {"code": "$code"}, LOGIN | {"code": "000000"}],
    "/sign-in/email": [{"email": "$login", "password": "$password"}],
    "/sign-in/username": [LOGIN | {"rememberMe": False}, LOGIN | {"code": "$code", "device_name": "phone"}, LOGIN | {"code": "000000"}],
    "/challenge/verify": [CHALLENGE, CHALLENGE | {"factor": "totp"}, CHALLENGE | {"code": "000000"}],
    "/token/validate": [{"token": "$token"}],
    "/token/refresh": [{"refresh_token": "$refresh_token"}, {"token": "$token"}],
    "/token/revoke": [{"token": "$token"}, {"token": "$token", "all": True}],
    "/two-factor/enable": [PASSWORD, PASSWORD | {"issuer": "Example", "method": "totp"}],
    "/two-factor/get-totp-uri": [PASSWORD],
    "/two-factor/verify-totp": [{"code": "$code"}, CHALLENGE, {"code": "000000"}],
    "/two-factor/verify-backup-code": [{"code": "$backup_code"}, CHALLENGE | {"code": "$backup_code"}],
    "/two-factor/generate-backup-codes": [PASSWORD],
    "/two-factor/disable": [PASSWORD],
    "/register": [{"username": "$name", "email": "$email", "password": "$new_password", "name": "Ada"}],
    "/forgot-password": [{"login": "$login"}, {"login": "$login", "delivery": "otp"}, {"login": "nobody"}],
    "/reset-password": [{"login": "$login", "password": "$new_password", "token": "$reset_key"}],
    "/change-password": [{"current_password": "$password", "new_password": "$new_password"}],
    "/sso/issue": [{"site_key": "portal"}],
    "/sso/exchange": [{"site_key": "portal", "token": "$sso_token", "signature": "$sso_signature"}],
    "/keys": [{"action": "generate", "algorithm": "ES256"}, {"action": "rotate"}, {"action": "rotate", "now": True}, {"action": "retire", "kid": "$kid"}],
}


PLACEHOLDERS = ("$login", "$password", "$token", "$refresh_token", "$code", "$challenge", "$backup_code", "$kid",
                "$name", "$email", "$new_password", "$reset_key", "$sso_token", "$sso_signature")
FAMILY = "900000000000000000"  # also a placeholder, which the path accepts


class Person:
    """One account, with its password, factor and tokens."""

    def __init__(self):
        self.lock = threading.RLock()
        self.login = self.password = self.token = self.refresh_token = ""
        self.secret = self.pending = None
        self.backup_codes, self.pending_codes = [], []
        self.sso_secret = self.sso_token = ""

    def post(self, path, body, bearer=""):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return requests.post(URL + path, json=body, headers=headers, timeout=30)

    def sign_in(self):
        """A new account if necessary: an earlier request may have changed the password or the factor."""
        forget()
        answer = self.post("/token", LOGIN | {"username": self.login, "password": self.password}) if self.login else None
        if answer is not None and answer.status_code == 401 and self.secret:
            answer = self.post("/challenge/verify", {"challenge": answer.json()["data"].get("challenge", ""), "code": self.code()})
        if answer is None or answer.status_code != 200:
            self.secret, self.pending, self.backup_codes = None, None, []
            if not self.sso_secret:
                wp("setting", "set", "sso_trust_email", "true")
                self.sso_secret = wp("site", "add", "portal", "https://portal.example")
            self.login, self.password = account("administrator" if WHO == "administrator" else "subscriber")
            answer = self.post("/token", {"username": self.login, "password": self.password})
        body = answer.json()
        self.token, self.refresh_token = body["token"], body["refresh_token"]
        if WHO == "administrator" and self.secret is None:
            body = self.post("/two-factor/enable", {"password": self.password}, self.token).json()
            self.secret, self.backup_codes = secret_in(body["totpURI"]), body["backupCodes"]
            self.token = self.post("/two-factor/verify-totp", {"code": self.code()}, self.token).json()["token"]

    def code(self):
        return totp(self.pending or self.secret or "A" * 16, int(time.time()) // 30)

    def challenge(self):
        body = self.post("/token", {"username": self.login, "password": self.password}).json()
        return body.get("data", {}).get("challenge", "spc1_" + "A" * 43)

    def value(self, name):
        if name == "code" or name == "backup_code":
            forget()
        return {
            "login": lambda: self.login,
            "password": lambda: self.password,
            "token": lambda: self.token,
            "refresh_token": lambda: self.refresh_token,
            "code": self.code,
            "challenge": self.challenge,
            "backup_code": lambda: self.backup_codes.pop() if self.backup_codes else "AAAAA-AAAAA-AAAAA",
            "kid": lambda: self.listed("/keys", lambda body: body["keys"][-1]["kid"]),
            "name": lambda: "n" + os.urandom(5).hex(),
            "email": lambda: os.urandom(5).hex() + "@example.test",
            "new_password": lambda: "another password " + os.urandom(5).hex(),
            "reset_key": self.reset_key,
            "sso_token": self.sso,
            "sso_signature": lambda: sign(f"portal.{self.sso_token}", self.sso_secret).hex(),
            "family": lambda: str(self.listed("/tokens", lambda body: body[0]["id"])),
        }[name]()

    def reset_key(self):
        """The value from the mail, which is sent after the answer."""
        forget()
        for mail in glob.glob(os.path.join(SITE, ".site/mail/*.eml")):
            os.unlink(mail)
        self.post("/forgot-password", {"login": self.login})
        for _ in range(300):
            for mail in glob.glob(os.path.join(SITE, ".site/mail/*.eml")):
                with open(mail, encoding="utf-8") as file:
                    found = re.search(rf"login={self.login}&key=(\w+)", file.read())
                if found:
                    return found[1]
            time.sleep(0.1)
        raise AssertionError("no mail with a key came")

    def sso(self):
        """The assertion of another site, the portal, about this person."""
        now, home = int(time.time()), URL.split("/wp-json")[0]
        claims = {"iss": "https://portal.example", "aud": home, "sub": "7", "iat": now, "exp": now + 60, "jti": os.urandom(16).hex(),
                  "email": f"{self.login}@example.test", "email_verified": True}
        head, body = (base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "sso+jwt"}, claims))
        self.sso_token = f"{head}.{body}." + base64url(sign(f"{head}.{body}", self.sso_secret))
        return self.sso_token

    def listed(self, path, pick):
        answer = requests.get(URL + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)
        return pick(answer.json()) if answer.status_code == 200 else "0"


def site(what, *words):
    command = [os.path.join(HERE, "../../bin/site"), what, "--dir", SITE, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def account(role):
    """A new account, created by the site itself: its login and password."""
    return site("php", os.path.join(HERE, "account.php"), role).split("\n")


def wp(*words):
    return site("wp", "sallyport", *words)


def sign(text, secret):
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forget():
    """Deletes all counts of failures, and all records of used codes."""
    with closing(sqlite3.connect(DATABASE, timeout=60)) as database, database:
        database.execute("DELETE FROM wp_sallyport_throttle")
        database.execute("UPDATE wp_sallyport_factors SET last_step = -1")


def totp(secret, step):
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def secret_in(uri):
    return parse_qs(urlsplit(uri).query)["secret"][0]


PERSON = Person()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    for path, operations in raw_schema["paths"].items():
        for operation in operations.values():
            media = operation.get("requestBody", {}).get("content", {})
            media.pop("application/json" if WHO == "user" else "application/x-www-form-urlencoded", None)
            for kind in media.values() if path in RIGHT else ():
                kind["examples"] = {str(n): {"value": body} for n, body in enumerate(RIGHT[path])}
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["examples"] = {"0": {"value": FAMILY}, "1": {"value": "1"}}
            for response in operation["responses"].values():
                for media in response.get("content", {}).values():
                    media["schema"] = {"allOf": [media["schema"]], "unevaluatedProperties": False} if has_members(media["schema"], raw_schema) else media["schema"]
    for schema in raw_schema["components"]["schemas"].values():
        # A refusal may have additional members, which the schema of the whole answer describes.
        for part in schema["properties"].values() if "code" in schema.get("properties", {}) else [schema]:
            close(part)
    PERSON.sign_in()


def has_members(schema, document):
    """Whether the schema lists its members: a schema without a list stays open."""
    if "$ref" in schema:
        return has_members(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    return "properties" in schema or any(has_members(part, document) for key in ("oneOf", "allOf") for part in schema.get(key, []))


def close(schema):
    """An object whose schema lists its members has no others."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
            close(part)


def true(place):
    """A copy with the placeholders replaced, because examples are used several times."""
    if not isinstance(place, dict):
        return place
    names = {placeholder: placeholder[1:] for placeholder in PLACEHOLDERS} | {FAMILY: "family"}
    return {name: PERSON.value(names[value]) if isinstance(value, str) and value in names else value for name, value in place.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    with PERSON.lock:
        if not PERSON.token:
            PERSON.sign_in()
        # A Bearer beside a challenge would be ambiguous.
        if WHO != "guest" and not (isinstance(case.body, dict) and case.body.get("challenge") == "$challenge"):
            case.headers["Authorization"] = f"Bearer {PERSON.token}"
        case.body, case.path_parameters = true(case.body), true(case.path_parameters)


@schemathesis.hook
def after_call(context, case, response):
    try:
        body = response.json()
    except ValueError:
        return
    body = body if isinstance(body, dict) else {}
    with PERSON.lock:
        if case.path == "/two-factor/enable" and "totpURI" in body:  # OPTIONS returns the route's description.
            PERSON.pending, PERSON.pending_codes = secret_in(body["totpURI"]), body["backupCodes"]
        if case.path == "/two-factor/generate-backup-codes" and "backupCodes" in body:
            PERSON.backup_codes = body["backupCodes"]
        if case.path == "/two-factor/verify-totp" and "token" in body:
            PERSON.token = body["token"]
            if PERSON.pending:
                PERSON.secret, PERSON.backup_codes, PERSON.pending = PERSON.pending, PERSON.pending_codes, None
        if case.path in ("/change-password", "/reset-password") and response.status_code == 200:
            PERSON.password, PERSON.token = case.body.get("new_password") or case.body["password"], ""
        if case.path == "/two-factor/disable" and response.status_code == 200:
            PERSON.secret, PERSON.pending, PERSON.token = None, None, ""
        if body.get("code") in ("sallyport_token_invalid", "sallyport_token_stale", "sallyport_token_unproven"):
            PERSON.token = ""
        if response.status_code in (423, 429):
            forget()
