//! Codes as people type them: normalising twice gives the same as once, and the two ways of
//! normalising digits agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sallyport::{backup_code, fold};

fuzz_target!(|data: &[u8]| {
    let typed = fold::typed(data);
    if let Some(text) = &typed {
        assert!(text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
        assert_eq!(fold::typed(text.as_bytes()).unwrap(), *text);
    }
    for count in [6, 7, 8] {
        let slow = typed
            .as_ref()
            .filter(|text| text.len() == usize::from(count) && text.bytes().all(|b| b.is_ascii_digit()))
            .map(|text| text.parse::<u32>().unwrap());
        assert_eq!(fold::digits(data, count), slow);
    }
    if let Some(code) = backup_code::normalise(data) {
        assert_eq!(code.len(), 17);
        assert_eq!(backup_code::normalise(code.as_bytes()).unwrap(), code);
        assert!(!code.contains(['I', 'L', 'O', 'U']));
    }
});
