//! The vectors in `tests/vectors`, which `php/tests/VectorsTest.php` reads as well.
//!
//! Each test runs every case of one file and names all that fail.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use data_encoding::BASE64URL_NOPAD;
use sallyport::jwt::{self, Alg, Key, Keyring, Rules, Values, jws};
use sallyport::otp::{self, Parameters};
use sallyport::{Error, Reason};
use serde_json::Value;

fn load(file: &str) -> Value {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} of {case}"))
}

fn each(list: &Value, check: impl Fn(&Value) -> Result<(), String>) {
    let cases = list.as_array().unwrap();
    assert!(!cases.is_empty());
    let failed: Vec<String> =
        cases.iter().filter_map(|case| check(case).err().map(|why| format!("{}: {why}", text(case, "name")))).collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found:?}, expected {expected:?}")) }
}

fn refused(result: Result<impl Sized, Error>) -> Result<(), String> {
    match result {
        Err(Error::InvalidKey(_)) => Ok(()),
        Err(other) => Err(format!("another error: {other}")),
        Ok(_) => Err("accepted".to_owned()),
    }
}

#[test]
fn hotp_rfc4226() {
    let file = load("hotp_rfc4226.json");
    let parameters = Parameters::new(b"SHA1", 6, 30).unwrap();
    each(&file["cases"], |case| {
        let step = case["step"].as_i64().unwrap();
        let code = otp::code(text(&file, "secret").as_bytes(), step * 30, parameters).unwrap();
        same(code.as_str(), text(case, "code"))
    });
}

#[test]
fn totp_rfc6238() {
    let file = load("totp_rfc6238.json");
    each(&file["cases"], |case| {
        let parameters = Parameters::new(text(case, "algorithm").as_bytes(), 8, 30).unwrap();
        let (secret, code) = (text(case, "secret").as_bytes(), text(case, "code"));
        let now = case["now"].as_i64().unwrap();
        same(otp::code(secret, now, parameters).unwrap().as_str(), code)?;
        same(otp::verify(secret, code.as_bytes(), now, -1, 0, parameters).unwrap(), Some(now / 30))?;
        same(otp::verify(secret, code.as_bytes(), now, now / 30, 1, parameters).unwrap(), None)
    });
}

#[test]
fn jws_rfc() {
    each(&load("jws_rfc.json")["cases"], |case| {
        let key = Key::from_jwk(text(case, "jwk").as_bytes(), None).unwrap();
        let verified = jws::verify(text(case, "token").as_bytes(), &Keyring::new(key, vec![]).unwrap());
        match (verified, case.get("reason")) {
            (Ok(payload), None) => same(BASE64URL_NOPAD.encode(&payload).as_str(), text(case, "payload")),
            (Err(Error::InvalidToken(reason, _)), Some(expected)) => same(Some(reason.as_str()), expected.as_str()),
            (other, _) => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn thumbprint_rfc() {
    each(&load("thumbprint_rfc.json")["cases"], |case| {
        let key = Key::from_jwk(text(case, "jwk").as_bytes(), None).map_err(|e| e.to_string())?;
        same(key.kid(), text(case, "kid"))
    });
}

fn rules(value: &Value) -> Rules<'_> {
    fn strings(value: &Value) -> Vec<&str> {
        value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
    }
    let mut rules = Rules::default();
    for (name, value) in value.as_object().unwrap() {
        match name.as_str() {
            "iss" => rules.iss = value.as_str(),
            "typ" => rules.typ = value.as_str(),
            "aud" => rules.aud = Some(value.as_str().map_or_else(|| strings(value), |aud| vec![aud])),
            "leeway" => rules.leeway = value.as_i64().unwrap(),
            "required" => rules.required = strings(value),
            other => panic!("rule {other}"),
        }
    }
    rules
}

#[test]
fn jwt_cases() {
    each(&load("jwt_cases.json")["cases"], |case| {
        let mut keys = case["keys"].as_array().unwrap().iter().map(|jwk| {
            let alg: Value = serde_json::from_str(jwk.as_str().unwrap()).unwrap();
            assert!(alg.get("alg").is_some());
            Key::from_jwk(jwk.as_str().unwrap().as_bytes(), None).unwrap()
        });
        let ring = Keyring::new(keys.next().unwrap(), keys.collect()).unwrap();
        let found = jwt::verify(
            text(case, "token").as_bytes(),
            &ring,
            case["now"].as_i64().unwrap(),
            &rules(&case["rules"]),
            Values,
        );
        let found = match found {
            Ok(_) => "ok",
            Err(Error::InvalidToken(reason, _)) => reason.as_str(),
            Err(other) => return Err(other.to_string()),
        };
        same(found, text(case, "expect"))
    });
}

#[test]
fn every_reason_has_a_case() {
    let file = load("jwt_cases.json");
    let cases = file["cases"].as_array().unwrap();
    for reason in Reason::ALL {
        assert!(cases.iter().any(|case| case["expect"] == reason.as_str()), "{reason}");
    }
}

#[test]
fn jwk_cases() {
    each(&load("jwk_cases.json")["keys"], |case| {
        let alg = case.get("alg").map(|alg| Alg::from_name(alg.as_str().unwrap()).unwrap());
        let key = Key::from_jwk(text(case, "jwk").as_bytes(), alg);
        if text(case, "expect") == "ok" { key.map(drop).map_err(|e| e.to_string()) } else { refused(key) }
    });
}

#[test]
fn jwk_sets() {
    each(&load("jwk_cases.json")["sets"], |case| {
        let ring = Keyring::from_jwks(text(case, "jwks").as_bytes());
        if text(case, "expect") != "ok" {
            return refused(ring);
        }
        let published = ring.and_then(|ring| ring.jwks(&[])).map_err(|e| e.to_string())?;
        let kids: Vec<_> = published["keys"].as_array().unwrap().iter().map(|jwk| jwk["kid"].clone()).collect();
        same(Value::from(kids), case["kids"].clone())
    });
}

#[test]
fn pem_cases() {
    each(&load("pem_cases.json")["cases"], |case| {
        let alg = Alg::from_name(text(case, "alg")).unwrap();
        let key = Key::from_pem(alg, text(case, "pem").as_bytes(), None);
        if text(case, "expect") == "refused" {
            return refused(key);
        }
        let key = key.map_err(|e| e.to_string())?;
        let written = key.to_pem().unwrap();
        same(Key::from_pem(alg, written.as_bytes(), None).unwrap().kid(), key.kid())?;
        let ring = Keyring::new(key, vec![]).unwrap();
        let signed = jwt::sign(&serde_json::Map::new(), &ring, b"JWT");
        if text(case, "expect") == "public" {
            return refused(signed);
        }
        let token = signed.map_err(|e| e.to_string())?;
        jwt::verify(token.as_bytes(), &ring, 0, &Rules::default(), Values).map(drop).map_err(|e| e.to_string())
    });
}
