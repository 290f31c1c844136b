//! Backup codes: generation, normalisation, hashing, verification.
//!
//! A code is 15 Crockford base32 characters, 75 random bits (NIST SP 800-63B-4
//! §4.2.1.1 asks for 64). All hashes of a set share one random salt, so that
//! checking a code costs one Argon2id instead of ten. An attacker who has the
//! table gains log2(10) = 3.3 of the 75 bits, within that one set only. The
//! hashes are ordinary PHC strings over the code as printed, so PHP's
//! `password_verify` accepts them, too.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::{fold, random};

/// Memory of one hash, in KiB (OWASP's second Argon2id profile).
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
pub const PASSES: u32 = 2;
/// Lanes, computed one after the other: threads do not survive `fork()`.
pub const LANES: u32 = 1;
/// Most memory a stored hash may ask for, in KiB.
pub const MAX_MEMORY_KIB: u32 = 65_536;
/// Most passes a stored hash may ask for.
pub const MAX_PASSES: u32 = 10;
/// Most lanes a stored hash may ask for.
pub const MAX_LANES: u32 = 4;
/// Most codes made or compared at a time.
pub const MAX_CODES: usize = 100;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 15;
const GROUP: usize = 5;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// A fresh set: the codes to print once, and what to store of each.
#[derive(Clone)]
pub struct CodeSet {
    /// `XXXXX-XXXXX-XXXXX`, to be shown once.
    pub codes: Vec<Zeroizing<String>>,
    /// PHC strings in the order of the codes.
    pub hashes: Vec<String>,
}

impl std::fmt::Debug for CodeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeSet").field("codes", &"[redacted]").field("hashes", &self.hashes.len()).finish()
    }
}

/// Makes `count` (1..=100) codes and their hashes.
///
/// # Errors
/// [`Error::InvalidArgument`] for another count, [`Error::Unavailable`] without
/// randomness or memory.
pub fn generate(count: i64) -> Result<CodeSet> {
    let count = usize::try_from(count)
        .ok()
        .filter(|n| (1..=MAX_CODES).contains(n))
        .ok_or_else(|| Error::argument("count must be 1 to 100"))?;
    let salt = random::bytes::<SALT_BYTES>()?;
    let parameters = Cost { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, hash_bytes: HASH_BYTES };
    let mut memory = parameters.memory()?;
    let mut set = CodeSet { codes: Vec::with_capacity(count), hashes: Vec::with_capacity(count) };
    for _ in 0..count {
        let code = random_code()?;
        let hash = parameters.hash(code.as_bytes(), salt.as_slice(), &mut memory)?;
        set.hashes.push(format!(
            "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
            BASE64_NOPAD.encode(salt.as_slice()),
            BASE64_NOPAD.encode(&hash)
        ));
        set.codes.push(code);
    }
    Ok(set)
}

/// 15 characters of 5 uniform bits each, in three groups.
fn random_code() -> Result<Zeroizing<String>> {
    let draw = random::bytes::<LENGTH>()?;
    // Full capacity at once: a buffer left behind by growing would not be wiped.
    let mut plain = Zeroizing::new(String::with_capacity(LENGTH));
    plain.extend(draw.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31))).copied().map(char::from));
    Ok(grouped(&plain))
}

fn grouped(plain: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(LENGTH + 2));
    for (i, c) in plain.chars().enumerate() {
        if i > 0 && i % GROUP == 0 {
            out.push('-');
        }
        out.push(c);
    }
    out
}

/// The code as it was printed, from what was typed. Case, spaces and dashes are
/// ignored, and look-alikes replaced as Crockford defines them (`O`→`0`, `I` and
/// `L`→`1`).
///
/// `None` if it does not have the form of a backup code.
#[must_use]
pub fn normalise(typed: &[u8]) -> Option<Zeroizing<String>> {
    let folded = fold::typed(typed)?;
    let mut plain = Zeroizing::new(String::with_capacity(folded.len()));
    plain.extend(folded.chars().map(|c| match c {
        'O' => '0',
        'I' | 'L' => '1',
        _ => c,
    }));
    let of_the_form = plain.len() == LENGTH && plain.bytes().all(|b| ALPHABET.contains(&b));
    of_the_form.then(|| grouped(&plain))
}

/// The index of the stored hash that `typed` matches, the first if several do.
///
/// Hashes with equal salt and cost share one Argon2id. A stored string matches
/// nothing if it is not an Argon2id hash, or demands more than this module's
/// limits.
///
/// # Errors
/// [`Error::InvalidArgument`] for more than [`MAX_CODES`] hashes,
/// [`Error::Unavailable`] without memory.
///
/// # Security
/// Every stored hash is compared in constant time, without early exit. The
/// caller consumes the matched row in one conditional write.
pub fn verify(typed: &[u8], stored: &[&[u8]]) -> Result<Option<usize>> {
    if stored.len() > MAX_CODES {
        return Err(Error::argument("at most 100 hashes"));
    }
    let Some(code) = normalise(typed) else { return Ok(None) };

    let mut computed: Vec<(Cost, Vec<u8>, Zeroizing<Vec<u8>>)> = Vec::new();
    let mut matched = None;
    for (index, text) in stored.iter().enumerate() {
        let Some((cost, salt, expected)) = parse(text) else { continue };
        let known = computed.iter().position(|(c, s, _)| *c == cost && *s == salt);
        let at = match known {
            Some(at) => at,
            None => {
                let mut memory = cost.memory()?;
                let hash = cost.hash(code.as_bytes(), &salt, &mut memory)?;
                computed.push((cost, salt, hash));
                computed.len() - 1
            }
        };
        let Some((_, _, hash)) = computed.get(at) else { continue };
        let equal = aws_lc_rs::constant_time::verify_slices_are_equal(hash, &expected).is_ok();
        if equal && matched.is_none() {
            matched = Some(index);
        }
    }
    Ok(matched)
}

/// Argon2id's cost and output length, within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    hash_bytes: usize,
}

impl Cost {
    /// The working memory, allocated fallibly. Blocks of this size go back to the
    /// system when dropped (`bindings/alloc.rs`).
    fn memory(self) -> Result<Vec<Block>> {
        let blocks = self.params()?.block_count();
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks).map_err(|_| Error::Unavailable("not enough memory for Argon2"))?;
        memory.resize(blocks, Block::default());
        Ok(memory)
    }

    fn params(self) -> Result<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(self.hash_bytes))
            .map_err(|_| Error::argument("impossible Argon2 parameters"))
    }

    fn hash(self, code: &[u8], salt: &[u8], memory: &mut [Block]) -> Result<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(vec![0u8; self.hash_bytes]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params()?)
            .hash_password_into_with_memory(code, salt, &mut out, memory)
            .map_err(|_| Error::argument("impossible Argon2 parameters"))?;
        Ok(out)
    }
}

/// Cost, salt and hash of a stored PHC string; `None` if it is not an Argon2id
/// hash or exceeds the limits.
fn parse(stored: &[u8]) -> Option<(Cost, Vec<u8>, Vec<u8>)> {
    let phc = PasswordHash::new(std::str::from_utf8(stored).ok()?).ok()?;
    if phc.algorithm.as_str() != "argon2id" || phc.version != Some(19) || phc.params.iter().count() != 3 {
        return None;
    }
    let salt: Vec<u8> = phc.salt.as_ref()?.to_vec();
    let hash = phc.hash?.as_bytes().to_vec();
    let cost = Cost {
        memory_kib: phc.params.get_decimal("m")?,
        passes: phc.params.get_decimal("t")?,
        lanes: phc.params.get_decimal("p")?,
        hash_bytes: hash.len(),
    };
    // A tampered row must not decide how much memory and time a check takes.
    let capped = cost.memory_kib <= MAX_MEMORY_KIB
        && (1..=MAX_PASSES).contains(&cost.passes)
        && (1..=MAX_LANES).contains(&cost.lanes)
        && (8..=64).contains(&salt.len())
        && (16..=64).contains(&hash.len());
    (capped && cost.params().is_ok()).then_some((cost, salt, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(hashes: &[String]) -> Vec<&[u8]> {
        hashes.iter().map(String::as_bytes).collect()
    }

    #[test]
    fn a_set_verifies_each_of_its_codes_however_typed() {
        let set = generate(3).unwrap();
        let hashes = refs(&set.hashes);
        assert_eq!(verify(set.codes[2].as_bytes(), &hashes), Ok(Some(2)));
        let sloppy = set.codes[1].to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(verify(sloppy.as_bytes(), &hashes), Ok(Some(1)));
        assert_eq!(
            verify(set.codes[2].as_bytes(), &[hashes[0], hashes[2], hashes[2]]),
            Ok(Some(1)),
            "the first of two"
        );
        assert_eq!(verify(b"00000-00000-00000", &hashes), Ok(None));
        let salts: Vec<_> = set.hashes.iter().map(|h| h.split('$').nth(4)).collect();
        assert!(salts.windows(2).all(|w| w[0] == w[1]));
    }

    #[test]
    fn codes_have_the_printed_form() {
        let set = generate(1).unwrap();
        let code = &set.codes[0];
        assert_eq!(code.len(), 17);
        assert_eq!(normalise(code.as_bytes()).as_deref(), Some(&**code));
        assert!(code.split('-').all(|g| g.len() == 5));
    }

    #[test]
    fn what_is_not_a_backup_code_is_none_before_any_hashing() {
        for typed in
            ["", "123456", "00000-00000-0000", "00000-00000-000000", "UUUUU-UUUUU-UUUUU", "00000\0-00000-00000"]
        {
            assert!(normalise(typed.as_bytes()).is_none(), "{typed:?}");
        }
        assert_eq!(normalise("ｏｏｏｏｏ—ＩＩＩＩＩ ﬀ".as_bytes()), None);
        assert_eq!(
            normalise("ｏｏｏｏｏ—ＩＩＩＩＩ lllll".as_bytes()).as_deref().map(String::as_str),
            Some("00000-11111-11111")
        );
    }

    #[test]
    fn parameters_of_a_stored_hash_are_capped() {
        let salt = BASE64_NOPAD.encode(&[7; 16]);
        let hash = BASE64_NOPAD.encode(&[7; 32]);
        let stored = |p: &str| format!("$argon2id$v=19${p}${salt}${hash}");
        assert!(parse(stored("m=65536,t=10,p=4").as_bytes()).is_some());
        for bad in [
            "m=65537,t=2,p=1",
            "m=4194304,t=1,p=1",
            "m=19456,t=11,p=1",
            "m=19456,t=2,p=5",
            "m=19456,t=0,p=1",
            "m=1,t=2,p=1",
            "m=19456,t=2",
            "m=19456,t=2,p=1,keyid=QQ",
        ] {
            assert!(parse(stored(bad).as_bytes()).is_none(), "{bad}");
        }
        assert!(parse(format!("$argon2i$v=19$m=19456,t=2,p=1${salt}${hash}").as_bytes()).is_none());
        assert!(parse(format!("$argon2id$v=16$m=19456,t=2,p=1${salt}${hash}").as_bytes()).is_none());
        assert!(parse(format!("$argon2id$v=19$m=19456,t=2,p=1${salt}").as_bytes()).is_none());
        let sized = |salt: usize, hash: usize| {
            let encoded = |length| BASE64_NOPAD.encode(&vec![7; length]);
            parse(format!("$argon2id$v=19$m=19456,t=2,p=1${}${}", encoded(salt), encoded(hash)).as_bytes())
        };
        assert!(sized(8, 16).is_some() && sized(48, 64).is_some());
        assert!(sized(7, 32).is_none() && sized(16, 15).is_none());
        assert!(parse(b"$2y$10$abcdefghijklmnopqrstuv").is_none());
        assert!(parse(b"\xff").is_none());
    }

    #[test]
    fn sets_with_different_salts_are_checked_too() {
        let (one, two) = (generate(1).unwrap(), generate(1).unwrap());
        let mixed = [one.hashes[0].as_bytes(), b"garbage", two.hashes[0].as_bytes()];
        assert_eq!(verify(two.codes[0].as_bytes(), &mixed), Ok(Some(2)));
        // Two hashes with the same salt, each with another cost.
        let cheaper = Cost { memory_kib: 64, passes: 1, lanes: 1, hash_bytes: 32 };
        let (_, salt, _) = parse(two.hashes[0].as_bytes()).unwrap();
        let hash = cheaper.hash(two.codes[0].as_bytes(), &salt, &mut cheaper.memory().unwrap()).unwrap();
        let encoded = [&salt, &*hash].map(|bytes| BASE64_NOPAD.encode(bytes)).join("$");
        let cheap = format!("$argon2id$v=19$m=64,t=1,p=1${encoded}");
        let changed = two.hashes[0].replace("t=2", "t=3");
        assert_eq!(verify(two.codes[0].as_bytes(), &[changed.as_bytes(), cheap.as_bytes()]), Ok(Some(1)));
        assert!(verify(two.codes[0].as_bytes(), &[&b"x"[..]; 101]).is_err());
        assert_eq!(verify(two.codes[0].as_bytes(), &[&b"x"[..]; 100]), Ok(None));
        assert!(!format!("{one:?}").contains(&*one.codes[0]) && format!("{one:?}").contains("CodeSet"));
        assert!(generate(0).is_err() && generate(101).is_err() && generate(-1).is_err());
    }
}
