//! The targets' bodies, from the crate's tests, and what each program does with them.

#[path = "../tests/targets/mod.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// One input for one target.
pub fn run(target: &str, data: &[u8]) {
    static START: Once = Once::new();
    START.call_once(|| {
        // Inputs are small: handing them to other threads would take longer than the work.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
        // libfuzzer-sys ends the program on every panic, also on those of a dependency that the library catches.
        std::panic::set_hook(Box::new(|it| eprintln!("{it}")));
    });
    if catch_unwind(AssertUnwindSafe(|| targets::run(target, data))).is_err() {
        std::process::abort();
    }
}
