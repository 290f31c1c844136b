//! QR codes as SVG, by `qrcodegen`.
//!
//! One path of horizontal runs instead of a rectangle for each module: a third of
//! the size. As inline SVG, the secret stays out of URLs, caches and image libraries.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc, QrSegment};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Width of the quiet zone, in modules (ISO/IEC 18004 §9.1 asks for four).
pub const QUIET_ZONE: i32 = 4;

/// The SVG of `text`, with `title` as its accessible name.
///
/// # Arguments
/// * `text`: any bytes; at most 2331 of them fit at error correction level M
/// * `title`: UTF-8; empty leaves the title out
///
/// # Errors
/// [`Error::InvalidArgument`] if `text` is empty or too long, or `title` not UTF-8.
pub fn svg(text: &[u8], title: &[u8]) -> Result<Zeroizing<String>> {
    let title = std::str::from_utf8(title).map_err(|_| Error::argument("title must be UTF-8"))?;
    if text.is_empty() {
        return Err(Error::argument("text must not be empty"));
    }
    let segments = match std::str::from_utf8(text) {
        Ok(text) => QrSegment::make_segments(text),
        Err(_) => vec![QrSegment::make_bytes(text)],
    };
    let code = QrCode::encode_segments(&segments, QrCodeEcc::Medium)
        .map_err(|_| Error::argument("text is too long for a QR code"))?;

    let side = code.size() + 2 * QUIET_ZONE;
    // Full capacity at once, so that no part is left behind unwiped: two modules take 16 characters at most.
    let area = usize::try_from(side * side).unwrap_or_default();
    let mut out = Zeroizing::new(String::with_capacity(512 + 6 * title.len() + 8 * area));
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">"#
    );
    if !title.is_empty() {
        out.push_str("<title>");
        escape(title, &mut out);
        out.push_str("</title>");
    }
    let _ = write!(out, r##"<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d=""##);
    runs(&code, &mut out);
    out.push_str(r#""/></svg>"#);
    Ok(out)
}

/// The dark runs of each row, as sub-paths one module high.
fn runs(code: &QrCode, out: &mut String) {
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            let length = x - start;
            if length > 0 {
                let _ = write!(out, "M{} {}h{length}v1h-{length}z", start + QUIET_ZONE, y + QUIET_ZONE);
            } else {
                x += 1;
            }
        }
    }
}

/// Escapes text for an element's content; characters XML 1.0 §2.2 forbids are
/// left out.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_draws_exactly_the_dark_modules() {
        let code = QrCode::encode_text("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y))
            .count();
        let mut path = String::new();
        runs(&code, &mut path);
        let drawn: usize = path.split('h').skip(1).filter_map(|s| s.split('v').next()?.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
    }

    #[test]
    fn titles_are_escaped_and_named() {
        let svg = svg(b"x", "<a>&\"'\x01\u{fffe}\u{ffff}</a>".as_bytes()).unwrap();
        assert!(svg.contains("<title>&lt;a&gt;&amp;&quot;&#39;&lt;/a&gt;</title>"));
        assert!(svg.contains(r#"role="img""#));
    }

    #[test]
    fn too_much_text_and_none_are_refused() {
        assert!(svg(&[b'a'; 3000], b"").is_err());
        assert!(svg(b"", b"").is_err());
        assert!(svg(&[0xff, 0x00], b"").is_ok());
        assert!(svg(b"x", b"\xff").is_err());
    }
}
