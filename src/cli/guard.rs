//! A bug in one file must not hide the others: work is done behind a guard that turns a panic into a diagnostic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::source::{Diagnostic, Gravity};

static LAST: Mutex<String> = Mutex::new(String::new());

/// Keeps panics off the terminal and remembers the last one.
pub fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let message = text_of(panic.payload()).unwrap_or("no message");
        let place = panic.location().map(|it| format!(" ({}:{})", it.file(), it.line())).unwrap_or_default();
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = format!("{message}{place}");
    }));
}

/// What a panic said.
fn text_of(payload: &dyn Any) -> Option<&str> {
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// The last panic.
pub fn last() -> String {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The result of `work`, or a diagnostic `internal-error` about `path`: the run is incomplete and goes on.
///
/// # Errors
/// The diagnostic, where `work` panicked.
pub fn guarded<T>(path: &Path, work: impl FnOnce() -> T) -> Result<T, Diagnostic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let noted = last();
        let message = if noted.is_empty() { text_of(&*payload).unwrap_or("no message") } else { &noted };
        let message = format!("bucketlint failed on this input, which is a bug: {message}");
        Diagnostic::path("internal-error", Gravity::Incomplete, path, message)
            .help("please report it with the file; everything else was checked")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_diagnostic() {
        assert_eq!(guarded(Path::new("a.tf"), || 1), Ok(1));
        let failed: Result<(), _> = guarded(Path::new("a.tf"), || panic!("boom"));
        let diagnostic = failed.unwrap_err();
        assert_eq!((diagnostic.code, diagnostic.gravity), ("internal-error", Gravity::Incomplete));
        assert!(diagnostic.message.contains("boom"), "{}", diagnostic.message);
    }
}
