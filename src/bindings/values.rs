//! Values crossing the border: bytes, lists, and JSON from and to PHP arrays.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::{FromZval, IntoZval, StubLiteral};
use ext_php_rs::error::{Error as PhpError, Result as PhpResult};
use ext_php_rs::flags::DataType;
use ext_php_rs::types::array::Iter;
use ext_php_rs::types::{ArrayKey, ZendHashTable, ZendStr, Zval};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::exceptions::{Thrown, type_error};
use crate::jwt::{self, json::MAX_DEPTH};

/// Bytes on their way to PHP; wiped here once PHP has its copy.
pub struct Bytes(Zeroizing<Vec<u8>>);

impl Bytes {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<String>> for Bytes {
    fn from(mut text: Zeroizing<String>) -> Self {
        Self::new(std::mem::take(&mut *text).into_bytes())
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl IntoZval for Bytes {
    const TYPE: DataType = DataType::String;
    const NULLABLE: bool = false;

    fn set_zval(self, zv: &mut Zval, _persistent: bool) -> PhpResult<()> {
        zv.set_zend_string(ZendStr::new(self.0.as_slice(), false));
        Ok(())
    }
}

/// A string with a default. By bytes: text that is not UTF-8 is a wrong value, for
/// the engine to refuse, and not a wrong type.
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

/// The elements of a PHP array with their keys.
///
/// Not by ext-php-rs' own iterator: that one panics on a key that is not UTF-8.
pub fn entries(array: &ZendHashTable) -> impl Iterator<Item = (Zval, &Zval)> {
    let mut position = Iter::new(array);
    std::iter::from_fn(move || position.next_zval()).map(|(key, value)| (key, value.dereference()))
}

/// The strings of a PHP array, with their keys.
pub fn strings<'a>(array: &'a ZendHashTable, name: &str) -> Result<Vec<(Zval, &'a [u8])>, Thrown> {
    entries(array)
        .map(|(key, value)| match value.binary_slice::<u8>() {
            Some(bytes) => Ok((key, bytes)),
            None => Err(type_error(format!("${name} must be an array of strings"))),
        })
        .collect()
}

/// A JSON object as a PHP array. Empty objects and empty lists are both `[]`.
pub fn table_of(members: &Map<String, Value>) -> PhpResult<Table> {
    let mut out = ZendHashTable::new();
    for (name, value) in members {
        // By `String`, so that "1" becomes the key 1, as PHP has it everywhere.
        out.insert(ArrayKey::from(name.clone()), zval_of(value)?)?;
    }
    Ok(out)
}

fn zval_of(value: &Value) -> PhpResult<Zval> {
    let mut out = Zval::new();
    match value {
        Value::Null => out.set_null(),
        Value::Bool(value) => out.set_bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => out.set_long(integer),
            // Beyond PHP's integers: a float, as json_decode has it.
            (None, Some(float)) => out.set_double(float),
            (None, None) => return Err(PhpError::IntegerOverflow),
        },
        Value::String(text) => out.set_zend_string(ZendStr::new(text.as_bytes(), false)),
        Value::Array(items) => {
            let mut list = ZendHashTable::new();
            for item in items {
                list.push(zval_of(item)?)?;
            }
            out.set_hashtable(list);
        }
        Value::Object(members) => out.set_hashtable(table_of(members)?),
    }
    Ok(out)
}

/// A PHP array as the claims of a token, written as JSON without a tree between.
///
/// The names at the top are strings; a list becomes `[…]`, also when empty, any
/// other array `{…}`.
pub struct Claims<'a>(pub &'a ZendHashTable);

impl jwt::Claims for Claims<'_> {
    fn number(&self, name: &str) -> Option<Option<f64>> {
        let value = self.0.get(name)?.dereference();
        // Exact where a time can be: numbers beyond 2^53 are refused.
        #[allow(clippy::cast_precision_loss, reason = "the engine refuses what is not exact")]
        Some(value.long().map(|integer| integer as f64).or_else(|| value.double()))
    }
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if entries(self.0).any(|(key, _)| key.is_long()) {
            return Err(S::Error::custom("the names of claims must be strings"));
        }
        Array { array: self.0, depth: 1 }.serialize(serializer)
    }
}

/// An array that is written as an object.
struct Array<'a> {
    array: &'a ZendHashTable,
    depth: usize,
}

impl Serialize for Array<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.array.len()))?;
        for (key, value) in entries(self.array) {
            let value = Member { value, depth: self.depth };
            match (key.long(), key.str()) {
                (Some(index), _) => members.serialize_entry(&index.to_string(), &value)?,
                (None, Some(name)) => members.serialize_entry(name, &value)?,
                (None, None) => return Err(S::Error::custom("a name is not UTF-8")),
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

/// Keys 0, 1, 2 and so on, as `array_is_list` has it.
fn is_list(array: &ZendHashTable) -> bool {
    entries(array).zip(0..).all(|((key, _), index)| key.long() == Some(index))
}
