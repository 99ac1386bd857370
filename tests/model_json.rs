//! The model as JSON: how known, absent, unknown and undecided fields and the exposure verdict are written.

use std::path::Path;

use bucketlint::exposure::{Exposure, Opener, Route, Way};
use bucketlint::model::{Bucket, Estate, Format, Versioning};
use bucketlint::policy::{Audience, Power, Request};
use bucketlint::report::{Places, model_json};
use bucketlint::source::{Memory, Sources, Span};
use bucketlint::value::{Attr, Cause, Class, Hole, Origin, Seg, SymStr, Symbol, Truth, Value, Why};
use serde_json::json;

#[test]
fn fields_and_exposure() {
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("main.tf"), "resource \"aws_s3_bucket\" \"x\" {}\n");
    let origin = Origin::at(Span::new(file, 0, 28));
    let why = Why::new(Cause::NoDefault, "var.name", None);
    let mut bucket = Bucket::new("aws_s3_bucket.x", Format::Terraform, origin.clone());
    let hole = Hole { symbol: Symbol::new("var.name", ""), class: Class::Any, known: None, why: why.clone() };
    let name = SymStr::from_iter([SymStr::text("logs-").segs()[0].clone(), Seg::Hole(hole)]);
    bucket.name = Attr::known(name, origin.clone());
    bucket.policy = Attr::unknown(why.clone(), origin.clone());
    bucket.acceleration = Attr {
        value: Value::OneOf(vec![Value::Known("Enabled".to_owned()), Value::Absent], why.clone()),
        origin: origin.clone(),
    };
    bucket.versioning = Attr::known(
        Versioning {
            status: Attr::known("Enabled".to_owned(), origin.clone()),
            mfa_delete: Attr::absent(origin.clone()),
        },
        origin.clone(),
    );
    let way = |audience, power, open| Way {
        audience,
        power,
        granted: Truth::Yes,
        open,
        opened_by: Opener { route: Route::Policy(0), origin: origin.clone(), text: "statement \"Read\"".to_owned() },
        closed_by: Vec::new(),
        witness: Some(Request {
            principal: "anonymous".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::x/*".to_owned(),
            context: Default::default(),
        }),
        why: Vec::new(),
    };
    let exposure = Exposure {
        public: Truth::Yes,
        aws_policy_public: Truth::Yes,
        acl_public: Truth::No,
        cross_account: Truth::Unknown,
        ways: vec![
            way(Audience::Account("111122223333".to_owned()), Power::Write, Truth::Yes),
            way(Audience::Anonymous, Power::Read, Truth::Yes),
            way(Audience::Anonymous, Power::Delete, Truth::Unknown),
        ],
        unknown: vec![why],
    };
    let estate = Estate { buckets: vec![bucket], ..Estate::default() };
    let text = model_json::render(&estate, &[exposure], &[], &Places { sources: &sources, base: None });
    let model: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(model["schema"], "bucketlint/model/1");
    let bucket = &model["buckets"][0];
    let unknown = json!({ "cause": "no-default", "subject": "var.name" });
    assert_eq!(bucket["name"], json!({ "unknown": unknown, "template": "logs-${var.name}" }));
    assert_eq!(bucket["acl"], json!(null));
    assert_eq!(bucket["policy"], json!({ "unknown": unknown }));
    assert_eq!(bucket["acceleration"], json!({ "one_of": ["Enabled", null], "depends_on": "var.name" }));
    assert_eq!(bucket["versioning"], json!({ "status": "Enabled", "mfa_delete": null }));
    assert_eq!(bucket["location"]["start"], json!({ "line": 1, "column": 1 }));
    let exposure = &bucket["exposure"];
    assert_eq!((&exposure["public"], &exposure["cross_account"]), (&json!("yes"), &json!("unknown")));
    assert_eq!(exposure["audience"], "anonymous");
    assert_eq!(exposure["powers"], json!(["read", "write"]));
    assert_eq!(exposure["witness"]["action"], "s3:GetObject");
    assert_eq!(exposure["opened_by"].as_array().unwrap().len(), 1);
    assert_eq!(exposure["unknown"], json!([{ "cause": "no-default", "subject": "var.name", "location": null }]));
}
