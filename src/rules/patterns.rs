//! Regular expressions of rules, compiled once a thread and not once a subject.

use std::cell::RefCell;
use std::collections::HashMap;

use regex_lite::Regex;

/// Patterns kept. Those of rules are literals and few; a rule may also make them of what the code says, without end.
const MAX_KEPT: usize = 256;

std::thread_local! {
    static KEPT: RefCell<HashMap<Box<str>, Option<Regex>>> = RefCell::default();
}

/// Whether `text` has a part that `pattern` describes. What is no regular expression describes nothing; literal patterns
/// are checked when a rule is loaded.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let is_match = |it: &Option<Regex>| it.as_ref().is_some_and(|it| it.is_match(text));
    KEPT.with_borrow_mut(|kept| {
        if let Some(regex) = kept.get(pattern) {
            return is_match(regex);
        }
        let regex = Regex::new(pattern).ok();
        let found = is_match(&regex);
        if kept.len() < MAX_KEPT {
            kept.insert(pattern.into(), regex);
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_whether_kept_or_not() {
        for _ in 0..2 {
            assert!(matches("^a{1,61}b$", "aab") && !matches("^a{1,61}b$", "aac") && !matches("(", "("));
        }
        for number in 0..2 * MAX_KEPT {
            assert!(matches(&format!("^{number}$"), &number.to_string()));
        }
        assert!(KEPT.with_borrow(HashMap::len) <= MAX_KEPT);
    }
}
