//! Small inputs and what must come of them.

use super::Kind;

#[test]
fn no_field_is_said_twice() {
    for kind in Kind::ALL {
        let mut names: Vec<_> = kind.fields().iter().map(|it| it.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), kind.fields().len(), "{kind:?}");
        assert!(!kind.doc().is_empty());
    }
}
