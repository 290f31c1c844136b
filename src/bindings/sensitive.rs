//! `#[\SensitiveParameter]` on arguments that must not appear in a stack trace.
//!
//! ext-php-rs does not support attributes of parameters. So they are added to the
//! registered functions in MINIT, by the call that PHP's own stubs compile to.

use std::ffi::{c_char, c_void};

use ext_php_rs::ffi::{HashTable, ext_php_rs_compiler_globals, zend_function, zend_hash_str_find_ptr_lc, zend_string};
use ext_php_rs::types::ZendStr;
use ext_php_rs::zend::ClassEntry;

/// `ZEND_ATTRIBUTE_PERSISTENT` of Zend/zend_attributes.h
const PERSISTENT: u32 = 1;

/// Class (empty for a function), function, and the positions of its sensitive
/// parameters, from 0.
const SENSITIVE: &[(&str, &str, &[u32])] = &[
    ("", "totp_uri", &[0]),
    ("", "totp_code", &[0]),
    ("", "totp_verify", &[0, 1]),
    ("", "qr_svg", &[0]),
    ("", "backup_code_verify", &[0]),
    ("", "jwt_verify", &[0]),
    ("", "jws_verify", &[0]),
    ("", "jwt_peek", &[0]),
    ("", "mac", &[0, 1]),
    ("", "mac_verify", &[0, 1, 2]),
    ("", "purpose_key", &[0]),
    ("", "seal", &[0, 2]),
    ("", "unseal", &[2]),
    ("", "wp2fa_unseal", &[1]),
    ("Sallyport\\Key", "fromSecret", &[1]),
    ("Sallyport\\Key", "fromPem", &[1]),
    ("Sallyport\\Key", "fromJwk", &[0]),
    ("Sallyport\\Keyring", "fromJwks", &[0]),
];

unsafe extern "C" {
    /// Zend/zend_attributes.h; offsets of parameters start at 1.
    fn zend_add_attribute(
        attributes: *mut *mut HashTable,
        name: *mut zend_string,
        argc: u32,
        flags: u32,
        offset: u32,
        lineno: u32,
    ) -> *mut c_void;
}

/// Adds the attributes. Must be called in MINIT, after functions and classes are
/// registered. False if one of them is missing.
pub fn mark() -> bool {
    SENSITIVE.iter().all(|(class, function, parameters)| mark_one(class, function, parameters))
}

fn mark_one(class: &str, function: &str, parameters: &[u32]) -> bool {
    // SAFETY: within MINIT the compiler globals of this thread exist, and functions
    // and classes have just been registered in their tables.
    let globals = unsafe { &*ext_php_rs_compiler_globals() };
    let found = if class.is_empty() {
        find(globals.function_table, &format!("Sallyport\\{function}"))
    } else {
        let class = find(globals.class_table, class).cast::<ClassEntry>();
        if class.is_null() {
            return false;
        }
        // SAFETY: entries of the class table point to class entries.
        find(unsafe { &raw const (*class).function_table }, function)
    };
    let found = found.cast::<zend_function>();
    if found.is_null() {
        return false;
    }
    let attribute = ZendStr::new_interned("SensitiveParameter", true);
    for parameter in parameters {
        // SAFETY: `found` is a registered internal function, whose header is
        // `common` in every variant of the union. MINIT runs before any thread of
        // a ZTS build exists. The engine copies the interned name and owns and
        // frees the table.
        unsafe {
            zend_add_attribute(
                &raw mut (*found).common.attributes,
                attribute.as_ptr().cast_mut(),
                0,
                PERSISTENT,
                parameter + 1,
                0,
            );
        }
    }
    true
}

fn find(table: *const HashTable, name: &str) -> *mut c_void {
    // SAFETY: `table` is one of the engine's own and `name` is valid for its
    // length; the call only reads both.
    unsafe { zend_hash_str_find_ptr_lc(table, name.as_ptr().cast::<c_char>(), name.len()) }
}
