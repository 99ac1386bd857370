//! Small inputs and what must come of them.

use super::{Fact, Item, Scope, evaluate, parse, truth};
use crate::value::{Cause, Truth, Why};

fn scope() -> Scope<'static> {
    let why = || Why::new(Cause::NoDefault, "var.x", None);
    let list = |items: Vec<f64>, rest| {
        Item::new(Fact::List(items.into_iter().map(|it| Item::new(Fact::Number(it))).collect(), rest))
    };
    Scope::default()
        .with("unknown", Item::new(Fact::Unknown(vec![why()])))
        .with("absent", Item::new(Fact::Absent))
        .with("either", Item::new(Fact::OneOf(vec![Fact::text("a"), Fact::text("b")], why())))
        .with("open", list(vec![1.0, 2.0], Some(why())))
        .with("closed", list(vec![1.0, 2.0], None))
}

#[track_caller]
fn check(text: &str, expected: Truth) {
    let expr = parse(text).unwrap();
    let (found, whys) = truth(&evaluate(&expr, &scope()).fact);
    assert_eq!(found, expected, "{text}");
    assert_eq!(found == Truth::Unknown, !whys.is_empty(), "{text}: {whys:?}");
}

#[test]
fn unknown_stays_unknown() {
    check("unknown", Truth::Unknown);
    check("!unknown", Truth::Unknown);
    check("unknown || true", Truth::Yes);
    check("true || unknown", Truth::Yes);
    check("unknown && false", Truth::No);
    check("unknown && true", Truth::Unknown);
    check("unknown == 1", Truth::Unknown);
    check("unknown.field == 1 || 1 < 2", Truth::Yes);
    check("has(unknown)", Truth::Unknown);
    check("unknown ? 1 == 1 : 2 == 2", Truth::Yes);
    check("unknown ? true : false", Truth::Unknown);
}

#[test]
fn absent_is_not_true_and_equals_nothing() {
    check("absent", Truth::No);
    check("has(absent)", Truth::No);
    check("absent == \"x\"", Truth::No);
    check("absent != \"x\"", Truth::Yes);
    check("absent.field.more != true", Truth::Yes);
    check("absent.exists(x, true)", Truth::No);
    check("absent.all(x, false)", Truth::Yes);
    check("size(absent) == 0", Truth::Yes);
}

#[test]
fn alternatives_that_agree_decide() {
    check("either == \"a\"", Truth::Unknown);
    check("either == \"c\"", Truth::No);
    check("either in [\"a\", \"b\"]", Truth::Yes);
    check("either.startsWith(\"c\")", Truth::No);
    check("has(either)", Truth::Yes);
}

#[test]
fn lists_that_may_have_more() {
    check("open.exists(x, x == 1)", Truth::Yes);
    check("open.exists(x, x == 3)", Truth::Unknown);
    check("open.all(x, x == 1)", Truth::No);
    check("open.all(x, x < 3)", Truth::Unknown);
    check("closed.exists(x, x == 3)", Truth::No);
    check("closed.all(x, x < 3)", Truth::Yes);
    check("closed.exists_one(x, x == 1)", Truth::Yes);
    check("size(closed.filter(x, x < 2)) == 1", Truth::Yes);
    check("closed.map(x, x + 1) == [2, 3]", Truth::Yes);
    check("3 in open", Truth::Unknown);
    check("closed[1] == 2", Truth::Yes);
}

#[test]
fn precedence_and_text() {
    check("1 == 1 || false && false", Truth::Yes);
    check("!(1 == 2) && 'a' + \"b\" == 'ab'", Truth::Yes);
    check("\"arn:aws\".startsWith('arn:') && !\"x\".endsWith(\"y\")", Truth::Yes);
    check("\"111122223333\".matches(\"^[0-9]{12}$\")", Truth::Yes);
    check("true ? false : true", Truth::No);
}

#[test]
fn mistakes_have_a_place() {
    for (text, start) in [("1 +", 3), ("a.", 2), ("(1", 2), ("a b", 2), ("§", 0), ("x.exists(1, y)", 9)] {
        assert_eq!(parse(text).unwrap_err().at.start, start, "{text}");
    }
    assert!(parse(&"(".repeat(10_000)).is_err());
    assert!(parse(&"!".repeat(10_000)).is_err());
}
