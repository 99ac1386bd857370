//! "CEL syntax" is a tested claim: random expressions over random known values give what the crate `cel` gives.

use proptest::prelude::*;

use super::{Fact, Item, Scope, evaluate, parse, truth};
use crate::value::Truth;

#[derive(Clone, Debug)]
struct Values {
    numbers: [i64; 2],
    texts: [String; 2],
    list: Vec<i64>,
    words: Vec<String>,
    flags: [bool; 2],
}

fn values() -> impl Strategy<Value = Values> {
    let word = || prop_oneof![Just("a".to_owned()), Just("ab".to_owned()), Just("b".to_owned()), Just(String::new())];
    (
        [-2_i64..4, -2_i64..4],
        [word(), word()],
        prop::collection::vec(-2_i64..4, 0..4),
        prop::collection::vec(word(), 0..3),
        any::<[bool; 2]>(),
    )
        .prop_map(|(numbers, texts, list, words, flags)| Values { numbers, texts, list, words, flags })
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        (0_i64..4).prop_map(|it| it.to_string()),
        Just("size(l)".to_owned()),
        Just("size(s)".to_owned()),
        Just("size(m)".to_owned()),
        Just("a + b".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("s".to_owned()),
        Just("t".to_owned()),
        Just("\"a\"".to_owned()),
        Just("'ab'".to_owned()),
        Just("s + t".to_owned()),
    ]
}

fn boolean() -> impl Strategy<Value = String> {
    let comparison = prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let equality = prop_oneof![Just("=="), Just("!=")];
    let method = prop_oneof![Just("startsWith"), Just("endsWith"), Just("contains")];
    let leaf = prop_oneof![
        Just("p".to_owned()),
        Just("q".to_owned()),
        Just("true".to_owned()),
        (number(), comparison, number()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (text(), equality, text()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (text(), method, text()).prop_map(|(a, name, b)| format!("({a}).{name}({b})")),
        number().prop_map(|it| format!("({it}) in l")),
        text().prop_map(|it| format!("({it}) in m")),
        number().prop_map(|it| format!("l.exists(x, x == {it})")),
        number().prop_map(|it| format!("l.all(x, x < {it})")),
        number().prop_map(|it| format!("l.exists_one(x, x == {it})")),
        number().prop_map(|it| format!("size(l.filter(x, x > {it})) == 1")),
        text().prop_map(|it| format!("m.exists(w, w == {it} && p)")),
        text().prop_map(|it| format!("m.map(w, w + 'x') == [{it}]")),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || {b}")),
            inner.clone().prop_map(|it| format!("!({it})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

fn ours(text: &str, values: &Values) -> Option<bool> {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let number = |it: i64| Item::new(Fact::Number(it as f64));
    let word = |it: &String| Item::new(Fact::Text(it.clone().into()));
    let scope = Scope::default()
        .with("a", number(values.numbers[0]))
        .with("b", number(values.numbers[1]))
        .with("s", word(&values.texts[0]))
        .with("t", word(&values.texts[1]))
        .with("l", Item::new(Fact::list(values.list.iter().copied().map(number))))
        .with("m", Item::new(Fact::list(values.words.iter().map(word))))
        .with("p", Item::new(Fact::Bool(values.flags[0])))
        .with("q", Item::new(Fact::Bool(values.flags[1])));
    match truth(&evaluate(&parse(text).ok()?, &scope).fact).0 {
        Truth::Yes => Some(true),
        Truth::No => Some(false),
        Truth::Unknown => None,
    }
}

fn theirs(text: &str, values: &Values) -> Option<bool> {
    let program = cel::Program::compile(text).ok()?;
    let mut context = cel::Context::default();
    context.add_variable("a", values.numbers[0]).ok()?;
    context.add_variable("b", values.numbers[1]).ok()?;
    context.add_variable("s", values.texts[0].clone()).ok()?;
    context.add_variable("t", values.texts[1].clone()).ok()?;
    context.add_variable("l", values.list.clone()).ok()?;
    context.add_variable("m", values.words.clone()).ok()?;
    context.add_variable("p", values.flags[0]).ok()?;
    context.add_variable("q", values.flags[1]).ok()?;
    match program.execute(&context) {
        Ok(cel::Value::Bool(it)) => Some(it),
        other => panic!("{text}: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn we_agree_with_the_crate_cel(text in boolean(), values in values()) {
        let theirs = theirs(&text, &values);
        prop_assert!(theirs.is_some(), "{} does not compile there", text);
        prop_assert_eq!(ours(&text, &values), theirs, "{} over {:?}", text, values);
    }
}
