//! Values that cross the border: bytes, lists, and JSON from and to PHP arrays.

use std::mem;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::{FromZval, IntoZval, StubLiteral};
use ext_php_rs::error::Result as PhpResult;
use ext_php_rs::ffi::{HashTable, zend_hash_next_index_insert, zend_ulong};
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ArrayKey, ZendHashTable, ZendStr, Zval};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::exceptions::{Thrown, type_error};
use crate::Error;
use crate::jwt::json::{self, Form, MAX_DEPTH};
use crate::jwt::{self, Claim};

/// Bytes on their way to PHP; secrets among them are wiped once PHP has its copy.
pub enum Bytes {
    Secret(Zeroizing<Vec<u8>>),
    Public(Vec<u8>),
}

impl Bytes {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self::Secret(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for Bytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self::Secret(bytes)
    }
}

impl From<Zeroizing<String>> for Bytes {
    fn from(mut text: Zeroizing<String>) -> Self {
        Self::new(std::mem::take(&mut *text).into_bytes())
    }
}

/// For values the engine does not wipe: tokens, MACs, sealed values.
impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Self::Public(text.into_bytes())
    }
}

impl IntoZval for Bytes {
    const TYPE: DataType = DataType::String;
    const NULLABLE: bool = false;

    fn set_zval(self, zv: &mut Zval, _persistent: bool) -> PhpResult<()> {
        let bytes: &[u8] = match &self {
            Self::Secret(bytes) => bytes,
            Self::Public(bytes) => bytes,
        };
        zv.set_zend_string(ZendStr::new(bytes, false));
        Ok(())
    }
}

/// A string argument with a default, as bytes. Text that is not UTF-8 is a wrong
/// value, which the engine refuses, not a wrong type.
pub struct Text<'a>(pub &'a [u8]);

impl<'a> FromZval<'a> for Text<'a> {
    const TYPE: DataType = DataType::String;

    fn from_zval(zval: &'a Zval) -> Option<Self> {
        zval.binary_slice().map(Self)
    }
}

impl From<&'static str> for Text<'_> {
    fn from(default: &'static str) -> Self {
        Self(default.as_bytes())
    }
}

impl StubLiteral for Text<'_> {
    fn stub_literal(&self) -> String {
        format!("'{}'", String::from_utf8_lossy(self.0))
    }
}

/// A PHP array under construction.
pub type Table = ZBox<ZendHashTable>;

/// A key of a PHP array.
#[derive(Clone, Copy)]
pub enum Name<'a> {
    Index(i64),
    Text(&'a [u8]),
}

/// The elements of a PHP array with their keys, in order.
///
/// Does not use ext-php-rs' own iterator, which panics on a key that is not UTF-8
/// and calls PHP four times for each element.
pub fn entries(array: &ZendHashTable) -> impl Iterator<Item = (Name<'_>, &Zval)> {
    let packed = is_packed(array);
    (0..array.nNumUsed as usize).filter_map(move |place| {
        // SAFETY: the array has `nNumUsed` elements: bare values in a packed array (since
        // PHP 8.2), else buckets. The array is borrowed for as long as the elements are,
        // and nothing that runs meanwhile could change it.
        let (name, value) = unsafe {
            if packed {
                let value = &*array.__bindgen_anon_1.arPacked.add(place);
                (Name::Index(i64::try_from(place).ok()?), value)
            } else {
                let bucket = &*array.__bindgen_anon_1.arData.add(place);
                let name = match bucket.key.as_ref() {
                    Some(key) => Name::Text(std::slice::from_raw_parts(key.val.as_ptr().cast(), key.len)),
                    None => Name::Index(bucket.h.cast_signed()),
                };
                (name, &bucket.val)
            }
        };
        // IS_UNDEF: an element that was removed.
        (value.get_type() != DataType::Undef).then(|| (name, value.dereference()))
    })
}

/// Whether its elements are bare values, without keys (Zend/zend_hash.h, `HT_IS_PACKED`).
fn is_packed(array: &ZendHashTable) -> bool {
    const HASH_FLAG_PACKED: u32 = 1 << 2;
    // SAFETY: both variants of the union are the flags.
    unsafe { array.u.flags & HASH_FLAG_PACKED != 0 }
}

/// The strings of a PHP array, with their keys.
pub fn strings<'a>(array: &'a ZendHashTable, name: &str) -> Result<Vec<(Name<'a>, &'a [u8])>, Thrown> {
    entries(array)
        .map(|(key, value)| match value.binary_slice::<u8>() {
            Some(bytes) => Ok((key, bytes)),
            None => Err(type_error(format!("${name} must be an array of strings"))),
        })
        .collect()
}

unsafe extern "C" {
    /// Zend/zend_hash.h; both give null if the key is there already.
    fn zend_hash_str_add(
        table: *mut HashTable,
        name: *const std::ffi::c_char,
        length: usize,
        value: *mut Zval,
    ) -> *mut Zval;
    fn zend_hash_index_add(table: *mut HashTable, index: zend_ulong, value: *mut Zval) -> *mut Zval;
    /// Makes room in an array that never had an element; from then on it keeps keys.
    fn zend_hash_real_init_mixed(table: *mut HashTable);
}

/// JSON as PHP values. Empty objects and empty lists are both `[]`; lists are packed, objects are not.
#[derive(Clone, Copy)]
pub struct Zvals;

impl Form for Zvals {
    type Value = Zval;
    type List = Table;
    type Object = Table;

    fn null(self) -> Zval {
        Zval::null()
    }

    fn bool(self, value: bool) -> Zval {
        let mut out = Zval::new();
        out.set_bool(value);
        out
    }

    fn signed(self, value: i64) -> Zval {
        let mut out = Zval::new();
        out.set_long(value);
        out
    }

    fn unsigned(self, value: u64) -> Zval {
        match i64::try_from(value) {
            Ok(value) => self.signed(value),
            // Beyond PHP's integers: a float, as in json_decode.
            #[allow(clippy::cast_precision_loss, reason = "as json_decode has it")]
            Err(_) => self.float(value as f64),
        }
    }

    fn float(self, value: f64) -> Zval {
        let mut out = Zval::new();
        out.set_double(value);
        out
    }

    fn text(self, value: &str) -> Zval {
        let mut out = Zval::new();
        out.set_zend_string(ZendStr::new(value.as_bytes(), false));
        out
    }

    fn empty_list(self) -> Table {
        ZendHashTable::new()
    }

    fn push(self, list: &mut Table, mut item: Zval) {
        // SAFETY: the list is ours; the value is handed over, and not dropped here.
        unsafe { zend_hash_next_index_insert(&raw mut **list, &raw mut item) };
        mem::forget(item);
    }

    fn list(self, list: Table) -> Zval {
        let mut out = Zval::new();
        out.set_hashtable(list);
        out
    }

    fn empty_object(self) -> Table {
        ZendHashTable::new()
    }

    fn add(self, object: &mut Table, name: &str, mut value: Zval) -> bool {
        let table = &raw mut **object;
        // Only such names can be integers to PHP: "1" becomes the key 1.
        let index = match name.as_bytes().first() {
            Some(b'0'..=b'9' | b'-') => match ArrayKey::from(name) {
                ArrayKey::Long(index) => Some(index),
                _ => None,
            },
            _ => None,
        };
        // SAFETY: the table is ours; name and length belong together. The value is
        // handed over if it is added, and dropped if not.
        let added = unsafe {
            // Packed by PHP where the first key is a small number.
            if index.is_some() && object.is_empty() {
                zend_hash_real_init_mixed(table);
            }
            match index {
                Some(index) => zend_hash_index_add(table, index.cast_unsigned(), &raw mut value),
                None => zend_hash_str_add(table, name.as_ptr().cast(), name.len(), &raw mut value),
            }
        };
        if added.is_null() {
            return false;
        }
        mem::forget(value);
        true
    }

    fn object(self, object: Table) -> Zval {
        self.list(object)
    }
}

/// A claim in what [`Zvals`] read, or in an array to be signed, of which only times are checked.
fn claim_of<'a>(array: &'a ZendHashTable, name: &str) -> Option<Claim<'a>> {
    let value = array.get(name)?.dereference();
    // Exact where a time can be: numbers from 2^53 on are refused.
    #[allow(clippy::cast_precision_loss, reason = "the engine refuses what is not exact")]
    if let Some(integer) = value.long() {
        return Some(Claim::Number(integer as f64));
    }
    if let Some(float) = value.double() {
        return Some(Claim::Number(float));
    }
    if let Some(list) = value.array() {
        let texts = entries(list).map(|(_, item)| item.str()).collect::<Option<_>>();
        return Some(texts.filter(|_| is_packed(list)).map_or(Claim::Other, Claim::Texts));
    }
    if value.is_null() {
        return Some(Claim::Null);
    }
    Some(value.str().map_or(Claim::Other, Claim::Text))
}

impl jwt::Claims for Table {
    fn claim(&self, name: &str) -> Option<Claim<'_>> {
        claim_of(self, name)
    }
}

/// The public members of keys, as a PHP array.
pub fn table_of(members: &Map<String, Value>) -> Result<Table, Thrown> {
    Ok(json::in_form(members, Zvals).ok_or_else(|| Error::key("the key cannot be published"))?)
}

/// A PHP array as the claims of a token, serialised to JSON without an
/// intermediate tree.
///
/// The names at the top level are strings; a list becomes `[…]`, even an empty
/// one, any other array `{…}`.
pub struct Claims<'a>(pub &'a ZendHashTable);

impl jwt::Claims for Claims<'_> {
    fn claim(&self, name: &str) -> Option<Claim<'_>> {
        claim_of(self.0, name)
    }
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Array { array: self.0, depth: 1 }.serialize(serializer)
    }
}

/// An array that is serialised as an object.
struct Array<'a> {
    array: &'a ZendHashTable,
    depth: usize,
}

impl Serialize for Array<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.array.len()))?;
        for (name, value) in entries(self.array) {
            let value = Member { value, depth: self.depth };
            match name {
                Name::Index(_) if self.depth == 1 => {
                    return Err(S::Error::custom("the names of claims must be strings"));
                }
                Name::Index(index) => members.serialize_entry(&index.to_string(), &value)?,
                Name::Text(name) => {
                    let name = std::str::from_utf8(name).map_err(|_| S::Error::custom("a name is not UTF-8"))?;
                    members.serialize_entry(name, &value)?;
                }
            }
        }
        members.end()
    }
}

struct Member<'a> {
    value: &'a Zval,
    depth: usize,
}

impl Serialize for Member<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { value, depth } = *self;
        if let Some(array) = value.array() {
            if depth >= MAX_DEPTH {
                return Err(S::Error::custom("the claims are nested too deep"));
            }
            if is_list(array) {
                return serializer.collect_seq(entries(array).map(|(_, value)| Member { value, depth: depth + 1 }));
            }
            return Array { array, depth: depth + 1 }.serialize(serializer);
        }
        if value.is_string() {
            return serializer.serialize_str(value.str().ok_or_else(|| S::Error::custom("a string is not UTF-8"))?);
        }
        if let Some(integer) = value.long() {
            return serializer.serialize_i64(integer);
        }
        if let Some(float) = value.double() {
            let finite = float.is_finite().then_some(float);
            return serializer.serialize_f64(finite.ok_or_else(|| S::Error::custom("NAN and INF have no JSON"))?);
        }
        match value.bool() {
            Some(value) => serializer.serialize_bool(value),
            None if value.is_null() => serializer.serialize_unit(),
            None => Err(S::Error::custom("objects and resources cannot be claims")),
        }
    }
}

/// Whether the keys are 0, 1, 2 and so on, as in `array_is_list`.
fn is_list(array: &ZendHashTable) -> bool {
    entries(array).zip(0..).all(|((name, _), index)| matches!(name, Name::Index(at) if at == index))
}
