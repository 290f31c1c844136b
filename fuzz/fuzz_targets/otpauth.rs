//! The otpauth URI of an enrolment: no input can add a parameter, or move the
//! boundary between issuer and account; and its QR code can be drawn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sallyport::otp::{self, Parameters, qr, uri};

fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' {
            let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
            u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    String::from_utf8(out).unwrap()
}

fuzz_target!(|parts: (&[u8], &[u8], &[u8])| {
    let (secret, account, issuer) = parts;
    let parameters = Parameters::new(b"SHA1", 6, 30).unwrap();
    let secret = if otp::decode_secret(secret).is_ok() { secret } else { b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" };
    let Ok(uri) = uri::totp_uri(secret, account, issuer, parameters) else { return };
    let (label, query) = uri.strip_prefix("otpauth://totp/").unwrap().split_once('?').unwrap();
    let names: Vec<&str> = query.split('&').map(|pair| pair.split_once('=').unwrap().0).collect();
    let (of_label, account) = label.split_once(':').unwrap_or(("", label));
    if of_label.is_empty() {
        assert_eq!(names, ["secret", "algorithm", "digits", "period"]);
    } else {
        assert_eq!(names, ["secret", "issuer", "algorithm", "digits", "period"]);
        let issuer = query.split('&').nth(1).unwrap().split_once('=').unwrap().1;
        assert_eq!(issuer, of_label);
    }
    for text in [decoded(of_label), decoded(account)] {
        assert!(!text.contains(':') && !text.chars().any(char::is_control));
    }
    assert!(!account.is_empty());
    let read = otp::decode_secret(query.split('&').next().unwrap()["secret=".len()..].as_bytes()).unwrap();
    assert_eq!(read.expose(), otp::decode_secret(secret).unwrap().expose());
    let _ = qr::svg(uri.as_bytes(), issuer);
});
