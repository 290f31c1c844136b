//! The glue to PHP: the only room that names `ext_php_rs` or `unsafe`.
//!
//! | file | PHP concept |
//! |---|---|
//! | `functions` | the functions of namespace `Sallyport` |
//! | `keys` | the classes `Key` and `Keyring` |
//! | `exceptions` | `Sallyport\Exception\*` |
//! | `values` | strings, arrays, JSON |
//! | `sensitive` | `#[\SensitiveParameter]` |
//! | `alloc` | memory given back to the system |
//!
//! No lock is held, and nothing is borrowed from the engine, while PHP allocates:
//! PHP may leave by `longjmp`, which skips every destructor.

#![allow(unsafe_code, reason = "this is the one room for it")]
#![allow(missing_docs, clippy::missing_errors_doc, reason = "documented for PHP in php/stubs")]

mod alloc;
mod exceptions;
mod functions;
mod keys;
mod sensitive;
mod values;

use std::io::Write as _;

use ext_php_rs::prelude::*;
use ext_php_rs::zend::ModuleEntry;
use ext_php_rs::{info_table_end, info_table_row, info_table_start};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// MINIT. If the module cannot protect its arguments, it does not load.
unsafe extern "C" fn startup(_type: i32, _module: i32) -> i32 {
    const SUCCESS: i32 = 0;
    const FAILURE: i32 = -1;
    // PHP gets an Error with the message; here the place is enough. Not with `eprintln!`: it panics if stderr
    // cannot be written, and a panic in a hook aborts the process.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            let _ = writeln!(std::io::stderr(), "sallyport: internal error at {}:{}", place.file(), place.line());
        }
    }));
    // Without this, a panic here would end the process.
    let registered = std::panic::catch_unwind(|| {
        exceptions::register().and_then(|()| keys::register()).is_ok() && sensitive::mark()
    });
    if matches!(registered, Ok(true)) { SUCCESS } else { FAILURE }
}

/// The section of `phpinfo()`.
extern "C" fn information(_module: *mut ModuleEntry) {
    info_table_start!();
    info_table_row!("Sallyport", "enabled");
    info_table_row!("Version", VERSION);
    info_table_row!(
        "Cryptography",
        "aws-lc (aws-lc-rs); for TOTP, RustCrypto (totp-rs); for backup codes, Argon2id (argon2)"
    );
    info_table_row!("Randomness", "getrandom; within aws-lc, its own generator");
    info_table_end!();
}

#[php_module]
#[php(startup = startup)]
pub fn get_module(module: ModuleBuilder) -> ModuleBuilder {
    functions::register(module.name("sallyport").version(VERSION).info_function(information))
}
