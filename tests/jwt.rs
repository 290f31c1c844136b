//! Properties of signing, keyrings and rules that no file of vectors expresses.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use data_encoding::BASE64;
use sallyport::jwt::{self, Alg, Key, Keyring, Rules, Values, jws};
use sallyport::{Error, Reason};
use serde_json::{Map, Value, json};

fn claims(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn ring(active: Key) -> Keyring {
    Keyring::new(active, vec![]).unwrap()
}

fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> Reason {
    match result {
        Err(Error::InvalidToken(reason, _)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_algorithm_signs_what_only_its_key_verifies() {
    for alg in Alg::ALL {
        let keys = ring(Key::generate(alg, Some(b"a")).unwrap());
        let token = jwt::sign(&claims(json!({"sub": "7", "exp": 10})), &keys, b"at+jwt").unwrap();
        let verified =
            jwt::verify(token.as_bytes(), &keys, 9, &Rules { typ: Some("at+jwt"), ..Rules::default() }, Values);
        assert_eq!(Value::Object(verified.unwrap()), json!({"sub": "7", "exp": 10}), "{alg:?}");
        let (header, _) = jws::peek(token.as_bytes(), Values).unwrap();
        assert_eq!(Value::Object(header), json!({"typ": "at+jwt", "alg": alg.name(), "kid": "a"}));
        let stranger = ring(Key::generate(alg, Some(b"a")).unwrap());
        assert_eq!(
            reason(jwt::verify(token.as_bytes(), &stranger, 9, &Rules::default(), Values)),
            Reason::Signature,
            "{alg:?}"
        );
    }
}

#[test]
fn no_byte_of_a_token_can_change() {
    let keys = ring(Key::generate(Alg::Es256, None).unwrap());
    let token = jwt::sign(&claims(json!({"sub": "7", "exp": 10})), &keys, b"JWT").unwrap();
    for i in 0..token.len() {
        for flip in [1u8, 2, 0x20] {
            let mut changed = token.clone().into_bytes();
            changed[i] ^= flip;
            assert!(jwt::verify(&changed, &keys, 1, &Rules::default(), Values).is_err(), "{i}");
            assert!(jws::verify(&changed, &keys).is_err(), "{i}");
        }
        assert!(jwt::verify(&token.as_bytes()[..i], &keys, 1, &Rules::default(), Values).is_err(), "{i}");
    }
}

#[test]
fn a_rotated_key_verifies_and_does_not_sign() {
    let (old, new) =
        (Key::generate(Alg::Hs256, Some(b"old")).unwrap(), Key::generate(Alg::Es256, Some(b"new")).unwrap());
    let before = jwt::sign(&Map::new(), &ring(old.clone()), b"JWT").unwrap();
    let both = Keyring::new(new.clone(), vec![old]).unwrap();
    assert!(jwt::verify(before.as_bytes(), &both, 0, &Rules::default(), Values).is_ok());
    let after = jwt::sign(&Map::new(), &both, b"JWT").unwrap();
    assert!(jwt::verify(after.as_bytes(), &ring(new), 0, &Rules::default(), Values).is_ok());
    assert_eq!(
        reason(jwt::verify(
            before.as_bytes(),
            &ring(Key::generate(Alg::Es256, None).unwrap()),
            0,
            &Rules::default(),
            Values
        )),
        Reason::UnknownKey
    );
}

#[test]
fn a_kid_is_unique_in_its_ring() {
    let key = |kid: &[u8]| Key::generate(Alg::EdDsa, Some(kid)).unwrap();
    assert!(matches!(Keyring::new(key(b"a"), vec![key(b"a")]), Err(Error::InvalidKey(_))));
    let keys = Keyring::new(key(b"a"), vec![key(b"b")]).unwrap();
    assert!(matches!(keys.jwks(&[key(b"a")]), Err(Error::InvalidKey(_))));
    let next = key(b"next");
    for published in [vec![next.clone()], vec![next.clone(), next]] {
        assert_eq!(keys.jwks(&published).unwrap()["keys"].as_array().unwrap().len(), 3, "the same key twice is one");
    }
    for bad in [&b""[..], b"\n", b"\xff", &[b'a'; 256]] {
        assert!(Key::generate(Alg::Hs256, Some(bad)).is_err());
    }
}

#[test]
fn a_ring_has_64_keys_at_most() {
    let keys =
        |count: u8| (0..count).map(|n| Key::from_secret(Alg::Hs256, &[n; 32], None).unwrap()).collect::<Vec<_>>();
    let ring = |count: u8| Keyring::new(keys(1)[0].clone(), keys(count)[1..].to_vec());
    let set = |count: u8| {
        let jwk = |n: u8| json!({"kty": "oct", "alg": "HS256", "k": data_encoding::BASE64URL_NOPAD.encode(&[n; 32])});
        Keyring::from_jwks(json!({"keys": (0..count).map(jwk).collect::<Vec<_>>()}).to_string().as_bytes())
    };
    assert!(ring(64).is_ok() && set(64).is_ok());
    for more in [65, 80] {
        assert!(matches!((ring(more), set(more)), (Err(Error::InvalidKey(_)), Err(Error::InvalidKey(_)))));
    }
    // Keys that are skipped count as well.
    let beside = |foreign: usize| {
        let mut keys = vec![json!({"kty": "AKP"}); foreign];
        keys.push(Key::generate(Alg::EdDsa, None).unwrap().public_jwk().unwrap().into());
        Keyring::from_jwks(json!({"keys": keys}).to_string().as_bytes())
    };
    assert!(beside(63).is_ok() && matches!(beside(64), Err(Error::InvalidKey(_))));
}

#[test]
fn json_of_more_than_256_kib_is_no_key() {
    let of = |length: usize| {
        let jwk = json!({"kty": "oct", "k": "A".repeat(43), "p": ""}).to_string();
        jwk.replace(r#""p":"""#, &format!(r#""p":"{}""#, "x".repeat(length - jwk.len())))
    };
    assert_eq!(of(256 * 1024).len(), 256 * 1024);
    assert!(Key::from_jwk(of(256 * 1024).as_bytes(), None).is_ok());
    assert!(matches!(Key::from_jwk(of(256 * 1024 + 1).as_bytes(), None), Err(Error::InvalidKey(_))));
}

#[test]
fn a_secret_is_named_after_no_plain_hash_of_it() {
    let kid = |secret: &[u8]| Key::from_secret(Alg::Hs256, secret, None).unwrap().kid().to_owned();
    assert_eq!((kid(&[1; 32]).len(), kid(&[1; 32])), (16, kid(&[1; 32])));
    assert_ne!(kid(&[1; 32]), kid(&[2; 32]));
}

#[test]
fn an_rsa_modulus_has_2048_bits_not_2048_places() {
    let read = |first: u8| {
        let n = [&[first][..], &[0xa5; 255]].concat();
        Key::from_jwk(
            json!({"kty": "RSA", "n": data_encoding::BASE64URL_NOPAD.encode(&n), "e": "AQAB"}).to_string().as_bytes(),
            None,
        )
    };
    assert!(read(0x80).is_ok());
    for first in [0x7f, 0x40, 0x01] {
        assert!(matches!(read(first), Err(Error::InvalidKey(_))), "{first:x}");
    }
}

#[test]
fn a_pem_is_written_in_lines_of_64_and_read_up_to_16_kib() {
    let pem = Key::generate(Alg::Es256, None).unwrap().to_pem().unwrap();
    let body: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).map(str::len).collect();
    assert_eq!(body, [64, 28]);
    let padded = |len: usize| format!("{}{}", &*pem, "\n".repeat(len - pem.len()));
    let is_read = |len: usize| Key::from_pem(Alg::Es256, padded(len).as_bytes(), None).is_ok();
    assert_eq!([16_384, 16_385, 20_000].map(is_read), [true, false, false]);
}

#[test]
fn a_pem_that_is_no_key_is_told_why() {
    let pem = Key::generate(Alg::Es256, None).unwrap().to_pem().unwrap();
    let said = |alg: Alg, text: String| Key::from_pem(alg, text.as_bytes(), None).unwrap_err().to_string();
    let labelled = |label: &str| said(Alg::Es256, pem.replace("PRIVATE KEY", label));
    assert!(labelled("CERTIFICATE").contains("certificate"));
    assert!(labelled("ENCRYPTED PRIVATE KEY").contains("encrypted"));
    let traditional = pem.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1);
    assert!(said(Alg::Es256, traditional).contains("encrypted"));
    assert!(said(Alg::Hs256, pem.to_string()).contains("takes a secret"));
}

#[test]
fn secrets_and_key_pairs_are_not_mistaken_for_each_other() {
    let secret = Key::generate(Alg::Hs256, None).unwrap();
    assert_eq!(secret.secret().unwrap().len(), 32);
    assert!(secret.to_pem().is_err() && secret.public_jwk().is_err());
    assert_eq!(ring(secret.clone()).jwks(&[]).unwrap()["keys"], json!([]));
    let pair = Key::generate(Alg::EdDsa, None).unwrap();
    assert!(pair.secret().is_err());
    assert!(Key::from_secret(Alg::Rs256, &[7; 64], None).is_err());
    let public = pair.public_jwk().unwrap();
    assert!(!public.contains_key("d"));
    let same = Key::from_jwk(Value::Object(public).to_string().as_bytes(), None).unwrap();
    assert_eq!(same.kid(), pair.kid());
    let printed = format!("{secret:?}{pair:?}");
    let pkcs8 = pair.to_pem().unwrap();
    let pkcs8 =
        BASE64.decode(pkcs8.lines().filter(|line| !line.starts_with('-')).collect::<String>().as_bytes()).unwrap();
    // RFC 8410 §7: the key itself is the 32 bytes from the 16th on.
    for bytes in [&secret.secret().unwrap()[..4], &pkcs8[16..20]] {
        assert!(!printed.contains(&format!("{bytes:?}").replace(['[', ']'], "")));
    }
}

#[test]
fn key_ops_hold_for_signing_and_verifying() {
    let mut jwk = Key::generate(Alg::EdDsa, Some(b"k")).unwrap().public_jwk().unwrap();
    jwk.insert("key_ops".into(), json!(["sign"]));
    let only_sign = Key::from_jwk(Value::Object(jwk).to_string().as_bytes(), None).unwrap();
    let token = jwt::sign(&Map::new(), &ring(Key::generate(Alg::EdDsa, Some(b"k")).unwrap()), b"JWT").unwrap();
    assert_eq!(
        reason(jwt::verify(token.as_bytes(), &ring(only_sign), 0, &Rules::default(), Values)),
        Reason::UnknownKey
    );
    let only_verify = json!({"kty": "oct", "k": "A".repeat(43), "key_ops": ["verify"]}).to_string();
    let only_verify = Key::from_jwk(only_verify.as_bytes(), None).unwrap();
    assert!(matches!(jwt::sign(&Map::new(), &ring(only_verify), b"JWT"), Err(Error::InvalidKey(_))));
}

#[test]
fn claims_that_could_not_be_verified_are_not_signed() {
    let keys = ring(Key::generate(Alg::Hs256, None).unwrap());
    for bad in [json!({"exp": "1"}), json!({"nbf": null}), json!({"iat": []}), json!({"exp": 1e300})] {
        assert!(matches!(jwt::sign(&claims(bad), &keys, b"JWT"), Err(Error::InvalidClaims(_))));
    }
    for typ in [&b""[..], b"a b", "ü".as_bytes(), b"\0", &[b'a'; 256]] {
        assert!(matches!(jwt::sign(&Map::new(), &keys, typ), Err(Error::InvalidArgument(_))));
    }
}

#[test]
fn rules_and_times_that_cannot_be_are_refused() {
    let keys = ring(Key::generate(Alg::Hs256, None).unwrap());
    let token = jwt::sign(&claims(json!({"exp": 5})), &keys, b"JWT").unwrap();
    let verify = |now, rules: Rules| jwt::verify(token.as_bytes(), &keys, now, &rules, Values);
    assert!(matches!(verify(-1, Rules::default()), Err(Error::InvalidArgument(_))));
    for leeway in [-1, i64::MIN, i64::MAX, 86_401] {
        assert!(matches!(verify(1, Rules { leeway, ..Rules::default() }), Err(Error::InvalidArgument(_))));
    }
    assert!(matches!(verify(1, Rules { aud: Some(vec![]), ..Rules::default() }), Err(Error::InvalidArgument(_))));
    assert_eq!(reason(verify(i64::MAX, Rules { leeway: 86_400, ..Rules::default() })), Reason::Expired);
}

#[test]
fn a_token_of_more_than_a_megabyte_is_not_looked_at() {
    let keys = ring(Key::generate(Alg::Hs256, None).unwrap());
    let of = |padding: usize| jwt::sign(&claims(json!({"exp": 10, "p": "x".repeat(padding)})), &keys, b"abc+jwt");
    let verify = |token: &str| jwt::verify(token.as_bytes(), &keys, 9, &Rules::default(), Values);
    // Base64url makes four characters of three bytes, so only some lengths are possible; the limit is one of them.
    let near = (jws::MAX_TOKEN_BYTES - of(0).unwrap().len()) * 3 / 4;
    let tokens: Vec<_> = (near - 2..near + 3).map(of).collect();
    let longest = tokens.iter().flatten().map(String::as_str).max_by_key(|token| token.len()).unwrap();
    assert_eq!(longest.len(), jws::MAX_TOKEN_BYTES);
    assert!(verify(longest).is_ok());
    assert_eq!(reason(verify(&format!("{longest}A"))), Reason::Malformed);
    // Nor can one be signed.
    assert!(matches!(tokens.last(), Some(Err(Error::InvalidClaims(_)))));
}

/// Like arrays of PHP that contain one another: little in memory, and gigabytes when written out.
#[derive(Default)]
struct Shared {
    written: std::cell::Cell<usize>,
}

impl jwt::Claims for Shared {
    fn claim(&self, _: &str) -> Option<jwt::Claim<'_>> {
        None
    }
}

impl serde::Serialize for Shared {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..10_000_000).inspect(|_| self.written.set(self.written.get() + 1)))
    }
}

#[test]
fn claims_are_written_no_further_than_a_token_goes() {
    let claims = Shared::default();
    let keys = ring(Key::generate(Alg::Hs256, None).unwrap());
    let Err(Error::InvalidClaims(why)) = jwt::sign(&claims, &keys, b"JWT") else { panic!("it was signed") };
    assert_eq!(why, "the token would be longer than any that is verified");
    assert!(claims.written.get() < jws::MAX_TOKEN_BYTES);
}

#[test]
fn peek_reads_without_trusting_and_only_what_is_a_jwt() {
    let keys = ring(Key::generate(Alg::Hs256, None).unwrap());
    let token = jwt::sign(&claims(json!({"sub": "7"})), &keys, b"JWT").unwrap();
    assert_eq!(jws::peek(token.as_bytes(), Values).unwrap().1["sub"], "7");
    for not_a_jwt in ["", "a.b", "a.b.c", "....", &token.replace('.', " ")] {
        assert!(jws::peek(not_a_jwt.as_bytes(), Values).is_none(), "{not_a_jwt}");
    }
    assert!(jws::peek(&vec![b'A'; 2_000_000], Values).is_none());
}

#[test]
fn a_header_has_each_name_once_and_each_parameter_of_its_type() {
    let keys = ring(Key::from_secret(Alg::Hs256, &[7; 32], Some(b"k")).unwrap());
    let verify = |header: &str| {
        let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let input = format!("{}.{}", encode(header), encode("{}"));
        let tag = sallyport::mac::mac(input.as_bytes(), &[7; 32]).unwrap();
        let tag = data_encoding::HEXLOWER.decode(tag.as_bytes()).unwrap();
        jws::verify(format!("{input}.{}", data_encoding::BASE64URL_NOPAD.encode(&tag)).as_bytes(), &keys)
    };
    assert!(verify(r#"{"alg":"HS256","x":{"x":1},"y":1,"cty":"JWT"}"#).is_ok());
    for bad in [
        r#"{"alg":"HS256","x":1,"x":1}"#,
        r#"{"alg":"HS256","x":1,"\u0078":2}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":1}}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"k","kid":"k"}"#,
        r#"{"alg":"HS256","cty":1}"#,
        r#"{"alg":"HS256","typ":null}"#,
    ] {
        assert_eq!(reason(verify(bad)), Reason::Malformed, "{bad}");
    }
}
