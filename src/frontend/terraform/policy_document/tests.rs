//! Cases of the provider's own unit tests in small, and what is not known.

use super::*;
use crate::value::{Cause, Class, Symbol, json};

fn val(text: &str) -> Option<Val> {
    json::decode(&SymStr::text(text), &Origin::default()).ok()
}

fn hole(name: &str) -> Val {
    Val::unknown(Symbol::new(name, ""), Class::Any, Why::new(Cause::NoDefault, name, None), Origin::default())
}

fn statement(sid: &str, actions: &str) -> StatementArgs {
    StatementArgs { sid: val(&format!("\"{sid}\"")), actions: val(actions), ..StatementArgs::default() }
}

fn principal(kind: &str, identifiers: &str) -> PrincipalArgs {
    PrincipalArgs { kind: val(kind), identifiers: val(identifiers), ..PrincipalArgs::default() }
}

fn condition(test: &str, variable: &str, values: Option<Val>) -> ConditionArgs {
    let text = |it: &str| Some(Val::string(it, Origin::default()));
    ConditionArgs { test: text(test), variable: text(variable), values, origin: Origin::default() }
}

fn known<T>(known: Vec<T>) -> Blocks<T> {
    Blocks { known, rest: None }
}

/// Choices as `{guard}value`, open lists with `…`.
fn shown(value: &Val) -> String {
    match &value.kind {
        Kind::Json(tree) => shown(tree),
        Kind::Choice(all) => all.iter().map(|it| format!("{{{}}}{}", it.guard, shown(&it.value))).collect(),
        Kind::List(list) => {
            let items = list.items.iter().map(shown).chain(list.rest.as_ref().map(|it| format!("… {}", it.subject())));
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        Kind::Map(map) => {
            let entries = map.entries.iter().map(|it| format!("{}:{}", it.key.display(), shown(&it.value)));
            let entries = entries.chain(map.rest.as_ref().map(|it| format!("… {}", it.subject())));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        _ => value.as_symstr().map_or("null".to_owned(), |it| it.display()),
    }
}

fn check(args: &PolicyDocumentArgs, expected: &str) {
    let text = shown(&document(args));
    assert_eq!(text, expected);
}

fn check_statement(args: StatementArgs, expected: &str) {
    let args = PolicyDocumentArgs { statements: vec![args], ..PolicyDocumentArgs::default() };
    check(&args, &format!("{{Version:2012-10-17,Statement:[{expected}]}}"));
}

#[test]
fn sets_are_sorted_downwards_and_single_ones_collapse() {
    check_statement(statement("", r#"["s3:Get*", "s3:List*", "s3:Get*"]"#), "{Effect:Allow,Action:[s3:List*,s3:Get*]}");
    check_statement(statement("A", r#"["s3:*"]"#), "{Sid:A,Effect:Allow,Action:s3:*}");
    check_statement(statement("A", "[]"), "{Sid:A,Effect:Allow}");
}

#[test]
fn policy_variables() {
    let args = StatementArgs {
        resources: val(r#"["arn:aws:s3:::b/&{aws:username}/*"]"#),
        conditions: known(vec![condition("StringLike", "s3:prefix", val(r#"["home/&{aws:username}", true]"#))]),
        ..StatementArgs::default()
    };
    let expected = "{Effect:Allow,Resource:arn:aws:s3:::b/${aws:username}/*,\
        Condition:{StringLike:{s3:prefix:[home/${aws:username},true]}}}";
    check_statement(args, expected);
}

#[test]
fn principals_are_normalised() {
    let with = |all| StatementArgs { principals: known(all), ..StatementArgs::default() };
    check_statement(with(vec![principal("\"*\"", r#"["*"]"#)]), "{Effect:Allow,Principal:*}");
    check_statement(with(vec![principal("\"AWS\"", r#"["*"]"#)]), "{Effect:Allow,Principal:{AWS:*}}");
    let two = vec![principal("\"*\"", r#"["*"]"#), principal("\"AWS\"", r#"["a"]"#)];
    check_statement(with(two), "{Effect:Allow,Principal:{*:*,AWS:a}}");
    let same = vec![principal("\"AWS\"", r#"["a"]"#), principal("\"AWS\"", r#"["b", "c"]"#)];
    check_statement(with(same), "{Effect:Allow,Principal:{AWS:[a,c,b]}}");
}

#[test]
fn unknown_parts_stay() {
    let conditions = known(vec![condition("StringEquals", "aws:SourceVpce", Some(hole("var.vpce")))]);
    check_statement(
        StatementArgs { conditions, ..StatementArgs::default() },
        "{Effect:Allow,Condition:{StringEquals:{aws:SourceVpce:${var.vpce}}}}",
    );
    let rest = Some(Why::new(Cause::NoDefault, "var.conditions", None));
    check_statement(
        StatementArgs { conditions: Blocks { known: Vec::new(), rest }, ..StatementArgs::default() },
        "{Effect:Allow,Condition:{… var.conditions}}",
    );
    let kind = PrincipalArgs { kind: Some(hole("var.kind")), identifiers: val(r#"["a"]"#), origin: Origin::default() };
    check_statement(
        StatementArgs { principals: known(vec![kind]), ..StatementArgs::default() },
        "{Effect:Allow,Principal:{${var.kind}:a}}",
    );
    check_statement(
        StatementArgs { exists: Guard::when("var.public", true), ..statement("A", r#"["s3:*"]"#) },
        "{var.public}{Sid:A,Effect:Allow,Action:s3:*}",
    );
}

#[test]
fn sources_and_overrides() {
    let source = r#"["{\"Version\":\"2008-10-17\",\"Id\":\"x\",\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Deny\"},{\"Sid\":\"B\",\"Principal\":\"111122223333\"}]}", null, ""]"#;
    let args = PolicyDocumentArgs {
        source_policy_documents: val(source),
        statements: vec![statement("A", r#"["s3:*"]"#), statement("", r#"["sts:*"]"#)],
        override_policy_documents: val(r#"["{\"Statement\":{\"Sid\":\"B\",\"Effect\":\"Deny\"}}"]"#),
        ..PolicyDocumentArgs::default()
    };
    let expected = "{Version:2012-10-17,Id:x,Statement:[{Sid:A,Effect:Allow,Action:s3:*},{Sid:B,Effect:Deny},\
        {Effect:Allow,Action:sts:*}]}";
    check(&args, expected);
    let anyone = PolicyDocumentArgs { override_policy_documents: None, statements: Vec::new(), ..args };
    check(&anyone, "{Version:2012-10-17,Id:x,Statement:[{Sid:A,Effect:Deny},{Sid:B,Principal:*}]}");
}

#[test]
fn what_may_replace_a_statement_is_not_passed_over() {
    let base = PolicyDocumentArgs { statements: vec![statement("A", r#"["s3:*"]"#)], ..PolicyDocumentArgs::default() };
    let unknown = PolicyDocumentArgs { override_policy_documents: Some(hole("var.more")), ..base.clone() };
    check(
        &unknown,
        "{Version:2012-10-17,Statement:[{not var.more replaces the statement \"A\"}{Sid:A,Effect:Allow,Action:s3:*},… var.more]}",
    );
    let source = PolicyDocumentArgs { source_policy_documents: Some(hole("var.more")), ..base.clone() };
    check(&source, "{Version:2012-10-17,Statement:[{Sid:A,Effect:Allow,Action:s3:*},… var.more]}");
    let guarded = StatementArgs { exists: Guard::when("var.x", true), ..statement("A", r#"["s3:Get*"]"#) };
    let source = val(r#"["{\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Deny\"}]}"]"#);
    let args = PolicyDocumentArgs {
        source_policy_documents: source,
        statements: vec![guarded],
        ..PolicyDocumentArgs::default()
    };
    check(
        &args,
        "{Version:2012-10-17,Statement:[{var.x}{Sid:A,Effect:Allow,Action:s3:Get*}{not var.x}{Sid:A,Effect:Deny}]}",
    );
}

#[test]
fn the_result_is_json_with_places() {
    let at = Origin::at(crate::source::Span::new(crate::source::FileId(3), 5, 9));
    let args = PolicyDocumentArgs {
        statements: vec![StatementArgs { origin: at.clone(), ..statement("A", r#"["s3:*"]"#) }],
        ..PolicyDocumentArgs::default()
    };
    let Kind::Json(tree) = document(&args).kind else { panic!() };
    let Some(Val { kind: Kind::List(list), .. }) = tree.get("Statement") else { panic!() };
    assert_eq!(list.items.first().map(|it| &it.origin), Some(&at));
}
