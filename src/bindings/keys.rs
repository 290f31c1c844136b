//! The classes `Sallyport\Key` and `Sallyport\Keyring`.
//!
//! Both are final, cannot be cloned or serialised, and show nothing to
//! `var_dump`: the key material exists in Rust only.

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::builders::ClassBuilder;
use ext_php_rs::class::RegisteredClass;
use ext_php_rs::convert::{FromZval, StubLiteral};
use ext_php_rs::flags::{ClassFlags, DataType};
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendClassObject, Zval};

use super::exceptions::Thrown;
use super::values::{Bytes, Table, entries, table_of};
use crate::Error;
use crate::jwt::{self, Alg};

type Slice<'a> = BinarySlice<'a, u8>;

/// Registers both classes. Must be called in MINIT.
pub fn register() -> ext_php_rs::error::Result<()> {
    register_class::<Key>()?;
    register_class::<Keyring>()
}

/// Does what `ModuleBuilder::class` does. That would run only after our MINIT, too
/// late for [`super::sensitive`].
fn register_class<T: RegisteredClass>() -> ext_php_rs::error::Result<()> {
    let mut class = ClassBuilder::new(T::CLASS_NAME);
    for (method, flags) in T::method_builders() {
        class = class.method(method, flags);
    }
    class
        .flags(T::FLAGS)
        .object_override::<T>()
        .registration(|entry, arguments| {
            T::get_metadata().set_ce(entry);
            T::get_metadata().set_arg_info(arguments);
        })
        .register()
}

/// `Sallyport\Key`
#[php_class]
#[php(name = "Sallyport\\Key", flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
pub struct Key(jwt::Key);

#[php_impl]
impl Key {
    #[php(constructor, vis = "private")]
    pub fn __construct() -> Result<Self, Thrown> {
        Err(Error::key("a Key is made by fromSecret, fromPem, fromJwk or generate").into())
    }

    #[php(name = "fromSecret")]
    pub fn from_secret(alg: Slice, secret: Slice, kid: Option<Slice>) -> Result<Self, Thrown> {
        Ok(Self(jwt::Key::from_secret(Alg::parse(&alg)?, &secret, kid.as_deref().copied())?))
    }

    #[php(name = "fromPem")]
    pub fn from_pem(alg: Slice, pem: Slice, kid: Option<Slice>) -> Result<Self, Thrown> {
        Ok(Self(jwt::Key::from_pem(Alg::parse(&alg)?, &pem, kid.as_deref().copied())?))
    }

    #[php(name = "fromJwk")]
    pub fn from_jwk(json: Slice, alg: Option<Slice>) -> Result<Self, Thrown> {
        let alg = alg.map(|name| Alg::parse(&name)).transpose()?;
        Ok(Self(jwt::Key::from_jwk(&json, alg)?))
    }

    pub fn generate(alg: Slice, kid: Option<Slice>) -> Result<Self, Thrown> {
        Ok(Self(jwt::Key::generate(Alg::parse(&alg)?, kid.as_deref().copied())?))
    }

    pub fn kid(&self) -> String {
        self.0.kid().to_owned()
    }

    pub fn alg(&self) -> String {
        self.0.alg().name().to_owned()
    }

    #[php(name = "isPrivate")]
    pub fn is_private(&self) -> bool {
        self.0.is_private()
    }

    #[php(name = "publicJwk")]
    pub fn public_jwk(&self) -> Result<Table, Thrown> {
        table_of(&self.0.public_jwk()?)
    }

    #[php(name = "toPem")]
    pub fn to_pem(&self) -> Result<Bytes, Thrown> {
        Ok(self.0.to_pem()?.into())
    }

    pub fn secret(&self) -> Result<Bytes, Thrown> {
        Ok(Bytes::new(self.0.secret()?.to_vec()))
    }
}

/// `Sallyport\Keyring`
#[php_class]
#[php(name = "Sallyport\\Keyring", flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
pub struct Keyring(jwt::Keyring);

impl Keyring {
    pub(super) fn engine(&self) -> &jwt::Keyring {
        &self.0
    }
}

/// A PHP array of keys; anything else in it is a `TypeError`.
pub struct KeyList(Vec<jwt::Key>);

impl FromZval<'_> for KeyList {
    const TYPE: DataType = DataType::Array;

    fn from_zval(zval: &Zval) -> Option<Self> {
        let key = |value: &Zval| Some(ZendClassObject::<Key>::from_zend_obj(value.object()?)?.0.clone());
        entries(zval.array()?).map(|(_, value)| key(value)).collect::<Option<_>>().map(Self)
    }
}

/// The default: an empty list.
impl From<[(); 0]> for KeyList {
    fn from(_: [(); 0]) -> Self {
        Self(Vec::new())
    }
}

impl StubLiteral for KeyList {
    fn stub_literal(&self) -> String {
        "[]".to_owned()
    }
}

#[php_impl]
impl Keyring {
    #[php(constructor, defaults(others = []))]
    pub fn __construct(active: &ZendClassObject<Key>, others: KeyList) -> Result<Self, Thrown> {
        Ok(Self(jwt::Keyring::new(active.0.clone(), others.0)?))
    }

    #[php(name = "fromJwks")]
    pub fn from_jwks(json: Slice) -> Result<Self, Thrown> {
        Ok(Self(jwt::Keyring::from_jwks(&json)?))
    }

    #[php(defaults(published = []))]
    pub fn jwks(&self, published: KeyList) -> Result<Table, Thrown> {
        table_of(&self.0.jwks(&published.0)?)
    }
}
