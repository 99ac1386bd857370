//! Parsing: shapes, spellings, what is not understood.

use super::*;
use crate::policy::{Effect, PrincipalKind};
use crate::value::{Alternative, Class, Guard, Kind, Symbol, Truth};

fn policy(text: &str) -> Policy {
    match parse(&Val::string(text, Origin::default())).value {
        Value::Known(policy) => policy,
        other => panic!("{other:?}"),
    }
}

fn kinds(text: &str) -> Vec<NoteKind> {
    policy(text).notes.iter().map(|it| it.kind).collect()
}

const OPEN: &str = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;

#[test]
fn one_statement_or_a_list() {
    let list = policy(&format!(r#"{{"Version":"2012-10-17","Statement":[{OPEN}]}}"#));
    let single = policy(&format!(r#"{{"Version":"2012-10-17","Statement":{OPEN}}}"#));
    assert_eq!(list.statements, single.statements);
    let statement = &list.statements[0];
    assert_eq!(statement.effect.as_known(), Some(&Effect::Allow));
    assert_eq!(statement.principals.items[0].kind, PrincipalKind::Anyone);
    assert_eq!(statement.actions.items.len(), 1);
    assert_eq!(list.rest, None);
    assert_eq!(list.size, Some(single.size.unwrap() + 2));
}

#[test]
fn broken_text_is_never_an_empty_policy() {
    for text in ["", "{", "[]", "12", "{\"Statement\": [}", "not json"] {
        let it = policy(text);
        assert!(it.rest.is_some(), "{text}");
        assert_eq!(it.notes[0].kind, NoteKind::JsonSyntax, "{text}");
    }
}

#[test]
fn duplicates_are_noted_and_the_last_wins() {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{},"Statement":[]}}"#, OPEN);
    assert!(kinds(&text).contains(&NoteKind::DuplicateKeys));
    assert!(policy(&text).statements.is_empty());
    let twice = OPEN.replace("\"Principal\":\"*\"", "\"Principal\":{\"AWS\":\"111122223333\"},\"Principal\":\"*\"");
    let it = policy(&format!(r#"{{"Version":"2012-10-17","Statement":{twice}}}"#));
    assert_eq!(it.statements[0].principals.items[0].kind, PrincipalKind::Anyone);
    let case = OPEN.replace('}', r#","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1","aws:sourcevpc":"vpc-2"}}}"#);
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{case}}}"#);
    assert!(kinds(&text).contains(&NoteKind::DuplicateKeys));
    assert_eq!(policy(&text).statements[0].conditions.len(), 2);
}

#[test]
fn misspelt_elements_leave_the_statement_uncertain() {
    let text = r#"{"Statement":{"Effect":"allow","Principals":"*","Action":"s3:*","Resource":"*","Conditions":{}}}"#;
    let it = policy(text);
    assert_eq!(it.statements[0].effect.holds(Truth::No, |_| Truth::Yes), Truth::Unknown);
    assert!(it.statements[0].conditions_rest.is_some());
    assert!(3 <= it.notes.iter().filter(|it| it.kind == NoteKind::MissingElements).count());
}

#[test]
fn unknown_is_kept() {
    let why = Why::new(Cause::NoDefault, "var.policy", None);
    let val = Val::unknown(Symbol::new("var.policy", ""), Class::Any, why.clone(), Origin::default());
    assert_eq!(parse(&val).value, Value::Unknown(why));
    assert_eq!(parse(&Val::new(Kind::Null, Origin::default())).value, Value::Absent);
}

/// S3 refuses a list within the list of statements (`MalformedPolicy`): nothing of the policy is in force, and it is told.
#[test]
fn a_list_in_the_list_of_statements_is_refused() {
    for inner in
        [format!("[{OPEN}]"), format!("{OPEN}, [{OPEN}]"), format!("[[{OPEN}]]"), "[]".to_owned(), "5".to_owned()]
    {
        let it = policy(&format!(r#"{{"Version":"2012-10-17","Statement":[{inner}]}}"#));
        assert!(it.statements.is_empty() && it.rest.is_some(), "{inner}");
        assert!(it.notes.iter().any(|it| it.kind == NoteKind::MissingElements), "{inner}");
    }
}

/// One of several accounts is an account: nobody else is let in by it.
#[test]
fn one_of_several_texts() {
    let of = |texts: [&str; 2]| {
        let guards = [Guard::when("c", true), Guard::when("c", false)];
        let one = |(guard, text): (Guard, &str)| Alternative { guard, value: Val::string(text, Origin::default()) };
        let all = guards.into_iter().zip(texts).map(one).collect();
        let found = super::elements::texts(&Val::new(Kind::Choice(all), Origin::default()));
        (found.items.first().and_then(|it| it.0.unknown_holes().next()).map(|it| it.class), found.rest.is_some())
    };
    assert_eq!(of(["111122223333", "444455556666"]), (Some(Class::AccountId), false));
    assert_eq!(of(["arn:aws:iam::111122223333:root", "444455556666"]), (Some(Class::Identifier), false));
    assert_eq!(of(["*", "444455556666"]), (None, true));
    assert_eq!(of(["arn:aws:iam::111122223333:role/*", "444455556666"]), (None, true));
}
