//! Values crossing the border: bytes, lists, and JSON from and to PHP arrays.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::{FromZval, IntoZval, StubLiteral};
use ext_php_rs::error::{Error as PhpError, Result as PhpResult};
use ext_php_rs::flags::DataType;
use ext_php_rs::types::array::Iter;
use ext_php_rs::types::{ArrayKey, ZendHashTable, ZendStr, Zval};
use serde_json::{Map, Number, Value};
use zeroize::Zeroizing;

use super::exceptions::{Thrown, type_error};
use crate::Error;
use crate::jwt::json::MAX_DEPTH;

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

fn unwritable(why: &'static str) -> Thrown {
    Error::InvalidClaims(why.into()).into()
}

/// A PHP array as the claims of a token: string keys at the top.
pub fn claims_of(array: &ZendHashTable) -> Result<Map<String, Value>, Thrown> {
    if entries(array).any(|(key, _)| key.is_long()) {
        return Err(unwritable("the names of claims must be strings"));
    }
    object_of(array, 1)
}

fn object_of(array: &ZendHashTable, depth: usize) -> Result<Map<String, Value>, Thrown> {
    let mut out = Map::new();
    for (key, value) in entries(array) {
        let name = match key.long() {
            Some(index) => index.to_string(),
            None => key.str().ok_or_else(|| unwritable("a name is not UTF-8"))?.to_owned(),
        };
        out.insert(name, value_of(value, depth)?);
    }
    Ok(out)
}

/// Keys 0, 1, 2 and so on, as `array_is_list` has it.
fn is_list(array: &ZendHashTable) -> bool {
    entries(array).zip(0..).all(|((key, _), index)| key.long() == Some(index))
}

/// A list becomes `[…]`, also when empty; any other array becomes `{…}`.
fn value_of(value: &Zval, depth: usize) -> Result<Value, Thrown> {
    if let Some(array) = value.array() {
        if depth >= MAX_DEPTH {
            return Err(unwritable("the claims are nested too deep"));
        }
        if is_list(array) {
            let items: Result<Vec<_>, _> = entries(array).map(|(_, item)| value_of(item, depth + 1)).collect();
            return items.map(Value::Array);
        }
        return object_of(array, depth + 1).map(Value::Object);
    }
    if value.is_string() {
        return value.str().map(Value::from).ok_or_else(|| unwritable("a string is not UTF-8"));
    }
    if let Some(integer) = value.long() {
        return Ok(integer.into());
    }
    if let Some(float) = value.double() {
        return Number::from_f64(float).map(Value::Number).ok_or_else(|| unwritable("NAN and INF have no JSON"));
    }
    match value.bool() {
        Some(value) => Ok(Value::Bool(value)),
        None if value.is_null() => Ok(Value::Null),
        None => Err(unwritable("objects and resources cannot be claims")),
    }
}
