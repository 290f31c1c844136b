//! The exception classes, and how an engine error becomes one.
//!
//! They are plain subclasses of PHP's `\Exception`, so file, line and trace work
//! as in any exception; `#[php_class]` would replace the object handlers. They are
//! found by name when thrown: a class entry kept in a static would outlive its
//! module in a process that starts PHP twice.

use std::mem;
use std::sync::atomic::{AtomicPtr, Ordering};

use ext_php_rs::builders::{ClassBuilder, FunctionBuilder};
use ext_php_rs::exception::PhpException;
use ext_php_rs::flags::{DataType, MethodFlags};
use ext_php_rs::types::Zval;
use ext_php_rs::zend::{ClassEntry, ExecuteData, ce, run_handler};
use ext_php_rs::zend_fastcall;

use crate::Error;

/// The base class of all, as PHP spells it.
const BASE: &str = "Sallyport\\Exception\\SallyportException";
const INVALID_ARGUMENT: &str = "Sallyport\\Exception\\InvalidArgument";
const INVALID_CLAIMS: &str = "Sallyport\\Exception\\InvalidClaims";
const INVALID_KEY: &str = "Sallyport\\Exception\\InvalidKey";
const INVALID_SECRET: &str = "Sallyport\\Exception\\InvalidSecret";
const INVALID_TOKEN: &str = "Sallyport\\Exception\\InvalidToken";
const UNAVAILABLE: &str = "Sallyport\\Exception\\Unavailable";
const UNSEALABLE: &str = "Sallyport\\Exception\\Unsealable";

/// What a function throws.
pub struct Thrown(PhpException);

impl From<Thrown> for PhpException {
    fn from(thrown: Thrown) -> Self {
        thrown.0
    }
}

impl From<Error> for Thrown {
    fn from(error: Error) -> Self {
        let class = match error {
            Error::InvalidArgument(_) => INVALID_ARGUMENT,
            Error::InvalidClaims(_) => INVALID_CLAIMS,
            Error::InvalidKey(_) => INVALID_KEY,
            Error::InvalidSecret(_) => INVALID_SECRET,
            Error::InvalidToken(..) => INVALID_TOKEN,
            Error::Unavailable(_) => UNAVAILABLE,
            Error::Unsealable(_) => UNSEALABLE,
            Error::UnknownRule(_) => return Self(PhpException::new(error.to_string(), 0, ce::value_error())),
        };
        let class = ClassEntry::try_find(class).unwrap_or_else(|| ce::error());
        Self(PhpException::new(error.to_string(), 0, class))
    }
}

impl From<ext_php_rs::error::Error> for Thrown {
    fn from(error: ext_php_rs::error::Error) -> Self {
        Self(PhpException::new(error.to_string(), 0, ce::error()))
    }
}

/// A `TypeError`.
pub fn type_error(message: String) -> Thrown {
    Thrown(PhpException::new(message, 0, ce::type_error()))
}

/// Names the parent class; set and read within a single module start.
static PARENT: AtomicPtr<ClassEntry> = AtomicPtr::new(std::ptr::null_mut());

fn parent() -> &'static ClassEntry {
    // SAFETY: `register` stores the entry of the base class before any class that
    // extends it is registered; class entries live as long as the module.
    unsafe { PARENT.load(Ordering::Relaxed).as_ref() }.unwrap_or_else(|| ce::exception())
}

/// Registers the classes. Must be called in MINIT.
pub fn register() -> ext_php_rs::error::Result<()> {
    ClassBuilder::new(BASE)
        .extends((ce::exception, "\\Exception"))
        .registration(|entry, arguments| {
            PARENT.store(entry, Ordering::Relaxed);
            mem::forget(arguments);
        })
        .register()?;
    for name in [INVALID_ARGUMENT, INVALID_CLAIMS, INVALID_KEY, INVALID_SECRET, INVALID_TOKEN, UNAVAILABLE, UNSEALABLE]
    {
        let mut class = ClassBuilder::new(name).extends((parent, "\\Sallyport\\Exception\\SallyportException"));
        if name == INVALID_TOKEN {
            let reason = FunctionBuilder::new("reason", reason).returns(DataType::String, false, false);
            class = class.method(reason, MethodFlags::Public);
        }
        // The engine points into the argument tables for as long as the class lives.
        class.registration(|_, arguments| mem::forget(arguments)).register()?;
    }
    Ok(())
}

zend_fastcall! {
    /// `InvalidToken::reason()`: the word the message starts with.
    extern fn reason(execution: &mut ExecuteData, returned: &mut Zval) {
        run_handler(std::panic::AssertUnwindSafe(|| {
            if execution.parser().parse().is_err() {
                return; // PHP has already thrown an ArgumentCountError.
            }
            let word = execution
                .get_self()
                .and_then(|this| this.get_property::<String>("message").ok())
                .and_then(|message| message.split(':').next().map(str::to_owned))
                .unwrap_or_default();
            // A string of a few bytes: if PHP is out of memory, there is nothing to do.
            let _ = returned.set_string(&word, false);
        }));
    }
}
