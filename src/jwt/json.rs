//! JSON as a signature layer needs it: one meaning per text.
//!
//! `serde_json` takes the last of two members with the same name. Two readers that
//! disagree about which one counts can be used to bypass a check. So duplicate
//! names are refused everywhere (RFC 7515 §4, RFC 7519 §4), and nesting is bounded.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Deepest nesting of arrays and objects, including the outermost.
pub const MAX_DEPTH: usize = 32;

/// What a JSON text is parsed into, member by member, without an intermediate tree.
#[allow(missing_docs, reason = "one for each kind of JSON value (RFC 8259 §3)")]
pub trait Form: Copy {
    type Value;
    type List;
    type Object;

    fn null(self) -> Self::Value;
    fn bool(self, value: bool) -> Self::Value;
    fn signed(self, value: i64) -> Self::Value;
    /// Including numbers beyond `i64::MAX`.
    fn unsigned(self, value: u64) -> Self::Value;
    /// Always finite.
    fn float(self, value: f64) -> Self::Value;
    fn text(self, value: &str) -> Self::Value;

    fn empty_list(self) -> Self::List;
    fn push(self, list: &mut Self::List, item: Self::Value);
    fn list(self, list: Self::List) -> Self::Value;

    fn empty_object(self) -> Self::Object;
    /// False, with nothing changed, if the name is already there.
    #[must_use]
    fn add(self, object: &mut Self::Object, name: &str, value: Self::Value) -> bool;
    fn object(self, object: Self::Object) -> Self::Value;
}

/// `serde_json`'s own values.
#[derive(Debug, Clone, Copy)]
pub struct Values;

impl Form for Values {
    type Value = Value;
    type List = Vec<Value>;
    type Object = Map<String, Value>;

    fn null(self) -> Value {
        Value::Null
    }

    fn bool(self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn signed(self, value: i64) -> Value {
        value.into()
    }

    fn unsigned(self, value: u64) -> Value {
        value.into()
    }

    fn float(self, value: f64) -> Value {
        Number::from_f64(value).map_or(Value::Null, Value::Number)
    }

    fn text(self, value: &str) -> Value {
        value.into()
    }

    fn empty_list(self) -> Vec<Value> {
        Vec::new()
    }

    fn push(self, list: &mut Vec<Value>, item: Value) {
        list.push(item);
    }

    fn list(self, list: Vec<Value>) -> Value {
        Value::Array(list)
    }

    fn empty_object(self) -> Map<String, Value> {
        Map::new()
    }

    fn add(self, object: &mut Map<String, Value>, name: &str, value: Value) -> bool {
        match object.entry(name) {
            serde_json::map::Entry::Vacant(place) => {
                place.insert(value);
                true
            }
            serde_json::map::Entry::Occupied(_) => false,
        }
    }

    fn object(self, object: Map<String, Value>) -> Value {
        Value::Object(object)
    }
}

/// A JSON object; `None` for any other value, duplicate names, nesting deeper than
/// [`MAX_DEPTH`], invalid UTF-8, or trailing text.
#[must_use]
pub fn object(text: &[u8]) -> Option<Map<String, Value>> {
    object_as(text, Values)
}

/// As [`object`], in the requested form.
pub(crate) fn object_as<F: Form>(text: &[u8], form: F) -> Option<F::Object> {
    read(text, Outermost(form))
}

/// An object that was parsed or made before, in the requested form.
#[cfg(feature = "php")]
pub(crate) fn in_form<F: Form>(object: &Map<String, Value>, form: F) -> Option<F::Object> {
    object.deserialize_map(Outermost(form)).ok()
}

/// What `visitor` makes of the outermost object of a text.
pub(crate) fn read<'a, V: Visitor<'a>>(text: &'a [u8], visitor: V) -> Option<V::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(text).ok()?);
    let value = deserializer.deserialize_map(visitor).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

struct Outermost<F>(F);

impl<'de, F: Form> Visitor<'de> for Outermost<F> {
    type Value = F::Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<F::Object, A::Error> {
        Strict { form: self.0, depth: 0 }.members(members)
    }
}

/// Reads one value; refuses duplicate names and deep nesting.
#[derive(Clone, Copy)]
pub(crate) struct Strict<F> {
    form: F,
    depth: usize,
}

impl<F: Form> Strict<F> {
    /// For a member of the outermost object.
    pub(crate) const fn member(form: F) -> Self {
        Self { form, depth: 1 }
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth < MAX_DEPTH { Ok(Self { depth: self.depth + 1, ..self }) } else { Err(E::custom("too deep")) }
    }

    fn members<'de, A: MapAccess<'de>>(self, mut members: A) -> Result<F::Object, A::Error> {
        let seed = self.inner()?;
        let mut out = self.form.empty_object();
        while let Some(name) = members.next_key_seed(Text)? {
            let value = members.next_value_seed(seed)?;
            if !self.form.add(&mut out, &name, value) {
                return Err(A::Error::custom("duplicate name"));
            }
        }
        Ok(out)
    }
}

impl<'de, F: Form> DeserializeSeed<'de> for Strict<F> {
    type Value = F::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<F::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: Form> Visitor<'de> for Strict<F> {
    type Value = F::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<F::Value, E> {
        Ok(self.form.null())
    }

    fn visit_bool<E>(self, value: bool) -> Result<F::Value, E> {
        Ok(self.form.bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<F::Value, E> {
        Ok(self.form.signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<F::Value, E> {
        Ok(self.form.unsigned(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<F::Value, E> {
        if value.is_finite() { Ok(self.form.float(value)) } else { Err(E::custom("not finite")) }
    }

    fn visit_str<E>(self, value: &str) -> Result<F::Value, E> {
        Ok(self.form.text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<F::Value, A::Error> {
        let seed = self.inner()?;
        let mut out = self.form.empty_list();
        while let Some(item) = items.next_element_seed(seed)? {
            self.form.push(&mut out, item);
        }
        Ok(self.form.list(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<F::Value, A::Error> {
        Ok(self.form.object(self.members(members)?))
    }
}

/// A string, borrowed from the text if it has no escapes.
pub(crate) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meaning_per_text() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            r#"{"a":1,"\u0061":2}"#,
            "[]",
            "1",
            "",
            "{",
            r#"{"a":1}x"#,
            r#"{"a":1}{}"#,
            r#"{'a':1}"#,
            r#"{"a":NaN}"#,
            r#"{"a":1e999}"#,
            r#"{"a":"\ud800"}"#,
            "\u{feff}{}",
        ] {
            assert!(object(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_none());
        assert!(object(r#" {"b":1,"a":[{"b":1},{"b":2}]} "#.as_bytes()).is_some());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(object(nested(MAX_DEPTH - 1).as_bytes()).is_some());
        assert!(object(nested(MAX_DEPTH).as_bytes()).is_none());
        assert!(object("[".repeat(100_000).as_bytes()).is_none());
    }

    #[test]
    fn order_and_integers_survive() {
        let members = object(br#"{"z":9223372036854775807,"a":-1,"m":1.0}"#).unwrap();
        assert_eq!(serde_json::to_string(&members).unwrap(), r#"{"z":9223372036854775807,"a":-1,"m":1.0}"#);
    }
}
