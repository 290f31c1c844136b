//! Normalises what people type.
//!
//! Phones insert full-width or Arabic-Indic digits, mail clients replace `-` by
//! a typographic dash, password managers paste no-break spaces. Input is
//! normalised before any comparison; what cannot be normalised is not a code.

/// Longest typed code accepted, in bytes. Longer input is not a code.
pub const MAX_TYPED_BYTES: usize = 256;

/// The zeros of all 66 runs of decimal digits (general category Nd) in Unicode
/// 14; the digits 1 to 9 follow each zero (Unicode core specification §4.6).
const DECIMAL_ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0,
    0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The ASCII digit for a decimal digit of any script.
fn decimal_digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let code = u32::from(c);
    let zero = DECIMAL_ZEROS.iter().rev().find(|zero| **zero <= code)?;
    char::from_digit(code - zero, 10)
}

/// Spaces, dashes, and the invisible marks that copying adds.
fn is_separator(c: char) -> bool {
    // Fast path: nearly all typed characters are plain ASCII letters and digits.
    !c.is_ascii_alphanumeric()
        && (c.is_whitespace()
            || matches!(
                c,
                '-' | '\u{ad}' // soft hyphen
                    | '\u{58a}'
                    | '\u{2010}'..='\u{2015}'
                    | '\u{2212}' // minus sign
                    | '\u{fe58}'
                    | '\u{fe63}'
                    | '\u{ff0d}'
                    | '\u{61c}' // direction marks
                    | '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{2069}'
                    | '\u{feff}'
            ))
}

/// Normalises `typed` to ASCII: separators dropped, decimal digits of any script
/// and full-width letters replaced, letters upper-cased.
///
/// `None` if `typed` is too long, not UTF-8, or contains anything but letters and
/// digits.
pub fn typed(typed: &[u8]) -> Option<zeroize::Zeroizing<String>> {
    if typed.len() > MAX_TYPED_BYTES {
        return None;
    }
    let text = std::str::from_utf8(typed).ok()?;
    let mut out = zeroize::Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars().filter(|c| !is_separator(*c)) {
        let folded = match c {
            '0'..='9' | 'A'..='Z' => c,
            'a'..='z' => c.to_ascii_uppercase(),
            // Full-width A-Z and a-z sit 0xFEE0 above ASCII.
            '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
                char::from_u32(u32::from(c) - 0xfee0)?.to_ascii_uppercase()
            }
            _ => decimal_digit(c)?,
        };
        out.push(folded);
    }
    Some(out)
}

/// The number that `input` stands for, if it consists of exactly `count` (at most
/// 9) decimal digits after normalisation as in [`typed`].
pub fn digits(input: &[u8], count: u8) -> Option<u32> {
    if input.len() > MAX_TYPED_BYTES {
        return None;
    }
    let mut left = count;
    let mut number = 0u32;
    for c in std::str::from_utf8(input).ok()?.chars().filter(|c| !is_separator(*c)) {
        left = left.checked_sub(1)?;
        number = number.checked_mul(10)?.checked_add(decimal_digit(c)?.to_digit(10)?)?;
    }
    (left == 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn six(s: &str) -> Option<u32> {
        digits(s.as_bytes(), 6)
    }

    #[test]
    fn digits_of_other_scripts_are_folded() {
        for typed in ["１２３４５６", "١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६", "𝟏𝟐𝟑𝟒𝟓𝟔"]
        {
            assert_eq!(six(typed), Some(123_456), "{typed}");
        }
    }

    #[test]
    fn spaces_and_dashes_are_dropped() {
        for typed in [
            "123 456",
            " 123456\n",
            "123-456",
            "123\u{2013}456",
            "123\u{a0}456",
            "\u{200f}123456",
            "\u{2068}123456\u{2069}",
            "\u{202d}123456\u{202c}",
        ] {
            assert_eq!(six(typed), Some(123_456), "{typed:?}");
        }
    }

    #[test]
    fn anything_else_is_not_a_code() {
        for typed in ["", "12345", "1234567", "12345a", "123456\0", "12345½", "+12345", "12.456", "²23456"] {
            assert_eq!(six(typed), None, "{typed:?}");
        }
        assert!(digits(b"12345\xff", 6).is_none());
        let padded = |spaces: usize| [&vec![b' '; spaces][..], b"123456"].concat();
        assert_eq!(digits(&padded(MAX_TYPED_BYTES - 6), 6), Some(123_456));
        assert_eq!(typed(&padded(MAX_TYPED_BYTES - 6)).as_deref().map(String::as_str), Some("123456"));
        for spaces in [MAX_TYPED_BYTES - 5, MAX_TYPED_BYTES + 100] {
            assert!(digits(&padded(spaces), 6).is_none() && typed(&padded(spaces)).is_none());
        }
    }

    #[test]
    fn the_zero_table_is_sorted() {
        assert!(DECIMAL_ZEROS.windows(2).all(|w| w[0] + 10 <= w[1]));
    }
}
