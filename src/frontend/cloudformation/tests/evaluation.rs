//! Values: every intrinsic function in its spellings.

use std::path::Path;

use crate::source::{Memory, Sources};
use crate::syntax::data::Node;
use crate::value::{Class, HopKind, Kind, Seg, Val};

use super::super::eval::{Evaluator, Scope};
use super::super::node::get;
use super::super::template::Template;
use super::super::{Options, documents};
use super::{HEAD, estate_of, only};

/// Evaluates the value at `Resources.X` of a template head and a value.
fn eval_in(head: &str, value: &str, options: &Options) -> Val {
    let text = format!("{head}\nV: {value}\n");
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("t.yaml"), &text);
    let root: Node = documents(&sources, file).0.remove(0);
    let mut evaluator = Evaluator::new(&sources, options, file, Template::of(&root));
    evaluator.given = std::sync::Arc::new(super::super::parameters::given(&sources, options).0);
    if let Some(it) = get(&root, "Conditions") {
        evaluator.template.conditions = evaluator.entries(it, &Scope::root(), 0);
    }
    if let Some(it) = get(&root, "Resources") {
        evaluator.template.resources = evaluator.entries(it, &Scope::root(), 0);
    }
    evaluator.eval(get(&root, "V").unwrap(), &Scope::root())
}

/// How a value shows: texts as they are, holes as `${entity.attribute}`, lists and maps in brackets.
fn shown(val: &Val) -> String {
    match &val.kind {
        Kind::List(it) => {
            let rest = if it.rest.is_some() { ", ..." } else { "" };
            format!("[{}{rest}]", it.items.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Kind::Map(it) => {
            let entries = it.entries.iter().map(|it| format!("{}: {}", it.key.display(), shown(&it.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Kind::Choice(all) => {
            all.iter().map(|it| format!("{} if {}", shown(&it.value), it.guard)).collect::<Vec<_>>().join(" | ")
        }
        Kind::Json(it) => format!("json {}", shown(it)),
        Kind::Null => "null".to_owned(),
        Kind::Bool(it) => format!("{it}"),
        _ => val.as_symstr().unwrap().display(),
    }
}

#[track_caller]
fn check(value: &str, expected: &str) {
    assert_eq!(shown(&eval_in(HEAD, value, &Options::default())), expected, "{value}");
}

#[test]
fn references() {
    check("!Ref Env", "dev");
    check("{Ref: Env}", "dev");
    check("!Ref Name", "${Name}");
    check("!Ref List", "[a, b, c]");
    check("!Ref Ami", "${Ami}");
    check("!Ref B", "${B.id}");
    check("!Ref N", "log-dev");
    check("!Ref AWS::Region", "${AWS::Region}");
    check("!Ref Missing", "${Missing}");
    check("!GetAtt B.Arn", "arn:${AWS::Partition}:s3:::${B.id}");
    check("{'Fn::GetAtt': [B, Arn]}", "arn:${AWS::Partition}:s3:::${B.id}");
    check("!GetAtt N.Arn", "arn:${AWS::Partition}:s3:::log-dev");
    check("!GetAtt B.DomainName", "${B.id}.s3.${AWS::URLSuffix}");
    check("!GetAtt R.Arn", "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${R.path-and-name}");
    check("!GetAtt C.Thing", "${C.Thing}");
    let stored = |value: &str, asked: &str| {
        let head = format!("{HEAD}\n  P: {{Type: 'AWS::SSM::Parameter', Properties: {{Value: {value}}}}}");
        shown(&eval_in(&head, asked, &Options::default()))
    };
    assert_eq!(stored("!Ref Env", "!GetAtt P.Value"), "dev");
    assert_eq!(stored("!Sub 'x-${Name}'", "!Sub '${P.Value}/*'"), "x-${Name}/*");
    assert_eq!(stored("!Ref Env", "!Ref P"), "${P.Ref}");
    assert_eq!(stored("!Ref Env", "!GetAtt P.Type"), "${P.Type}");
    assert_eq!(stored("!GetAtt P.Value", "!GetAtt P.Value"), "${P.Value}");
}

#[test]
fn a_bucket_name_keeps_its_identity() {
    let val = eval_in(HEAD, "!Ref N", &Options::default());
    let Kind::String(text) = &val.kind else { panic!("{val:?}") };
    let symbol = text.symbol().unwrap();
    assert_eq!((&*symbol.entity, &*symbol.attribute), ("N", "id"));
    assert_eq!(text.known().as_deref(), Some("log-dev"));
}

#[test]
fn classes_of_holes() {
    let class = |value: &str| match eval_in(HEAD, value, &Options::default()).kind {
        Kind::Unknown(hole) => hole.class,
        Kind::String(text) => match text.segs() {
            [Seg::Hole(hole)] => hole.class,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(class("!Ref AWS::AccountId"), Class::AccountId);
    assert_eq!(class("!Ref B"), Class::BucketName);
    assert_eq!(class("!Ref T"), Class::Arn);
    assert_eq!(class("!GetAtt T.TopicArn"), Class::Arn);
    assert_eq!(class("!Ref R"), Class::Identifier);
    assert_eq!(class("!GetAtt C.Value"), Class::Any);
    assert_eq!(class("!Ref Name"), Class::Any);
    assert_eq!(class("!Ref Flag"), Class::Identifier);
}

#[test]
fn substitution() {
    check("!Sub 'x-${Env}-${AWS::AccountId}'", "x-dev-${AWS::AccountId}");
    check("!Sub '${B.Arn}/*'", "arn:${AWS::Partition}:s3:::${B.id}/*");
    check("!Sub ['${A}-${Env}', {A: !Ref Name}]", "${Name}-dev");
    check("{'Fn::Sub': ['${A}', {A: one}]}", "one");
    check("!Sub '${!aws:username}-${Env}}'", "${aws:username}-dev}");
    check("!Sub 'no end ${Env'", "no end ${Env");
    check("'{{resolve:ssm:/a/b}}-x'", "${{{resolve:ssm:/a/b}}}-x");
    check("!Sub '{{resolve:ssm:/${Env}/b}}'", "${{{resolve:ssm:/dev/b}}}");
}

#[test]
fn pieces_of_a_substitution_keep_their_places() {
    let text = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub 'a-{b}-${AWS::Region}-{c}-d'\n";
    let (estate, _, sources) = estate_of(&[("t.yaml", text)], &Options::default());
    let file = sources.file(crate::source::FileId(0));
    for seg in only(&estate).name.as_known().unwrap().segs() {
        if let Seg::Lit(lit) = seg {
            assert_eq!(file.slice(lit.at.unwrap()), &*lit.text);
        }
    }
}

#[test]
fn list_functions() {
    check("!Join ['-', [a, !Ref Name, c]]", "a-${Name}-c");
    check("!Join ['', !Ref List]", "abc");
    check("!Split [',', 'a,b']", "[a, b]");
    check("!Select [1, !Split ['/', 'a/b/c']]", "b");
    check("!Select ['0', !Ref List]", "a");
}

#[test]
fn maps_and_others() {
    check("!FindInMap [M, !Ref Env, Suffix]", "d1");
    check("!FindInMap [M, dev, L]", "[x, y]");
    check("{'Fn::FindInMap': [M, test, Suffix, {DefaultValue: none}]}", "none");
    check("{'Fn::Length': [1, 2, 3]}", "3");
    check("{'Fn::ToJsonString': {A: !Ref Env}}", "json {A: dev}");
    check("!Base64 abcd", "YWJjZA==");
    check("!ImportValue other-bucket", "${Fn::ImportValue other-bucket}");
    check("{A: !Ref AWS::NoValue, B: [!Ref AWS::NoValue, x]}", "{B: [x]}");
}

#[test]
fn conditions() {
    check("!If [IsProd, a, b]", "b");
    check("!If [IsDev, a, b]", "a");
    check("!If [Named, a, b]", "a if not Name == \"\" | b if Name == \"\"");
    check("!If [Never, a, b]", "b");
    check(
        "!If [Both, a, b]",
        "a if Flag == \"yes\" and not Name == \"\" | b if not (Flag == \"yes\" and not Name == \"\")",
    );
    check(
        "!If [Either, a, b]",
        "a if (Flag == \"yes\" or not Name == \"\") | b if not Flag == \"yes\" and Name == \"\"",
    );
    check("!If [On, !If [On, a, b], c]", "a if Flag == \"yes\" | c if not Flag == \"yes\"");
    check("!If [On, same, same]", "same");
    check("!Sub ['x-${A}', {A: !If [On, a, b]}]", "x-a if Flag == \"yes\" | x-b if not Flag == \"yes\"");
}

#[test]
fn a_branch_taken_by_default_says_so() {
    let val = eval_in(HEAD, "!If [IsProd, a, b]", &Options::default());
    let assumptions: Vec<_> = val.origin.assumptions().map(|it| it.name.clone()).collect();
    assert_eq!(assumptions, ["Parameters.Env"]);
    assert_eq!(val.origin.written_at(), val.origin.span);
    let given = Options { parameters: vec![("Env".into(), "prod".into())], ..Options::default() };
    let val = eval_in(HEAD, "!If [IsProd, a, b]", &given);
    assert_eq!((shown(&val).as_str(), val.origin.assumptions().count()), ("a", 0));
}

#[test]
fn a_given_parameter_is_an_argument() {
    let given = Options { parameters: vec![("Name".into(), "n".into())], ..Options::default() };
    let val = eval_in(HEAD, "!Ref Name", &given);
    assert_eq!(shown(&val), "n");
    assert_eq!(val.origin.hops().map(|it| it.kind).collect::<Vec<_>>(), [HopKind::Argument]);
}
