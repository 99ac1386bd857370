//! The policy engine: parsing, AWS's notion of public, who can do what, and what one policy permits and another does not.

use bucketlint::policy::{Context, Policy, grants, parse, permits_more, public_status};
use bucketlint::value::{Origin, Truth, Val};

use super::twice;

fn policy_of(text: &str) -> Option<Policy> {
    let attr = parse(&Val::string(text.to_owned(), Origin::default()));
    attr.as_known().cloned()
}

/// Two policies with an empty line between them; of one, both are the same.
pub fn policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (old, new) = text.split_once("\n\n").unwrap_or((text, text));
    let (Some(old), Some(new)) = (policy_of(old), policy_of(new)) else { return };
    let known = Context { own_account: Some("111122223333".to_owned()), ..Context::default() };
    for context in [&Context::default(), &known] {
        let status = public_status(&new, context);
        let ways = grants(&new, context);
        for way in &ways {
            assert!(way.holds != Truth::No, "{way:?}");
            assert!(way.holds != Truth::Yes || way.witness.is_some(), "{way:?}");
            assert!(way.holds != Truth::Unknown || way.why.is_some(), "{way:?}");
        }
        // What permits no more than itself.
        assert!(permits_more(&new, &new, context).is_empty());
        let gained = permits_more(&new, &old, context);
        if twice(data) {
            assert_eq!(status, public_status(&new, context));
            assert_eq!(ways, grants(&new, context));
            assert_eq!(gained, permits_more(&new, &old, context));
        }
    }
}
