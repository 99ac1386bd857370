//! Plans and states that break off, are broken within or have another shape: told, with the place, and never taken for empty.

use bucketlint::check_texts;

/// What is told about a text that is a plan by its keys.
fn complaints(text: &str) -> Vec<(&'static str, String, Option<std::ops::Range<usize>>)> {
    let report = check_texts(&[("plan.json", text)]);
    report.diagnostics.into_iter().map(|it| (it.code, it.message, it.at.map(|at| at.range()))).collect()
}

/// However a plan breaks off, it is told, wherever it breaks off.
#[test]
fn a_plan_that_breaks_off_is_told() {
    let whole = r#"{"format_version":"1.2","resource_changes":[{"address":"aws_s3_bucket.b","mode":"managed",
        "type":"aws_s3_bucket","name":"b","change":{"actions":["create"],"after":{"bucket":"b","tags":{"a":"é\n"}},
        "after_unknown":{"id":true,"acl":true}}}],"configuration":{"root_module":{"resources":[{"address":"aws_s3_bucket.b",
        "mode":"managed","type":"aws_s3_bucket","name":"b","expressions":{"bucket":{"constant_value":"b"}}}]}}}"#;
    let begins = whole.find("resource_changes").unwrap() + 20;
    assert_eq!(complaints(whole), []);
    for end in (begins..whole.len()).step_by(13).filter(|it| whole.is_char_boundary(*it)) {
        let told = complaints(&whole[..end]);
        assert!(told.iter().any(|it| it.0 == "syntax-error"), "{end}: {told:?}");
    }
}

/// What is not looked at is passed over, and yet must be JSON.
#[test]
fn a_plan_that_is_broken_within_is_told_where() {
    let with = |part: &str| format!(r#"{{"format_version":"1.2","planned_values":{part},"resource_changes":[]}}"#);
    assert_eq!(complaints(&with(r#"{"x":[1,-2.5e3,"\u00e9\ud800",{}]}"#)), []);
    for (part, at, expected) in [
        (r#"{"x":tru}"#, 5, "expected a value"),
        (r#"{"x":1 "y":2}"#, 7, "expected `,` or `}`"),
        (r#"["x\q"]"#, 3, "expected a valid escape after `\\`"),
        ("[\"x\ny\"]", 3, "expected no line break or control character in a text"),
        ("[01]", 1, "expected a value"),
    ] {
        let start = with("").find(",\"resource_changes").unwrap();
        let told = complaints(&with(part));
        let found = told.iter().find(|it| it.0 == "syntax-error").unwrap_or_else(|| panic!("{part}: {told:?}"));
        assert!(found.1.contains(expected), "{part}: {found:?}");
        assert_eq!(found.2.as_ref().map(|it| it.start), Some(start + at), "{part}");
    }
}

/// What is looked at has the shape that Terraform gives it, and each key once; what has not is told, never taken for nothing.
#[test]
fn a_plan_of_another_shape_is_told() {
    let change = r#"{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","change":{"actions":["create"],"after":{}}}"#;
    let with = |changes: &str, more: &str| format!(r#"{{"format_version":"1.2","resource_changes":{changes}{more}}}"#);
    assert_eq!(complaints(&with(&format!("[{change}]"), "")), []);
    for (from, to) in [
        ("\"mode\":\"managed\",", ""),
        ("\"aws_s3_bucket.b\"", "5"),
        ("\"name\":\"b\"", "\"name\":null"),
        ("[\"create\"]", "\"create\""),
        ("\"actions\":[\"create\"],", ""),
        ("\"mode\":", "\"type\":\"aws_s3_bucket\",\"mode\":"),
        ("\"after\":{}", "\"after\":{},\"after\":{\"acl\":\"private\"}"),
    ] {
        let broken = change.replace(from, to);
        assert_ne!(broken, change);
        let told = complaints(&with(&format!("[{broken}]"), ""));
        assert!(told.iter().any(|it| it.0 == "syntax-error"), "{broken}: {told:?}");
    }
    for part in [
        r#""configuration":[]"#,
        r#""configuration":{"root_module":{"resources":{}}}"#,
        r#""configuration":{"root_module":{"resources":[{"mode":"managed"}]}}"#,
        r#""prior_state":{"values":{"root_module":{"resources":[{}]}}}"#,
        r#""prior_state":{"values":{}}"#,
        r#""variables":[]"#,
        r#""errored":"no""#,
        r#""resource_changes":[]"#,
    ] {
        let told = complaints(&with("[]", &format!(",{part}")));
        assert!(told.iter().any(|it| it.0 == "syntax-error"), "{part}: {told:?}");
    }
}

/// Resources are planned, and no change of any is there: the plan was cut down by somebody, and nothing of it was judged.
#[test]
fn a_plan_without_the_changes_of_its_resources_is_told() {
    let with = |values: &str, changes: &str| {
        complaints(&format!(r#"{{"format_version":"1.2","planned_values":{values}{changes}}}"#))
    };
    let bucket = r#"{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","values":{}}"#;
    let one = format!(r#"{{"root_module":{{"resources":[{bucket}]}}}}"#);
    let within = format!(r#"{{"root_module":{{"child_modules":[{{"address":"module.m","resources":[{bucket}]}}]}}}}"#);
    let nothing = r#"{"outputs":{"o":{"value":{"address":"10.0.0.1"}}},"root_module":{}}"#;
    for values in [one.as_str(), &within] {
        for changes in ["", r#","resource_changes":[]"#] {
            let told = with(values, changes);
            assert!(told.iter().any(|it| it.0 == "plan-incomplete"), "{values}{changes}: {told:?}");
        }
    }
    assert_eq!(with(nothing, r#","resource_changes":[]"#), []);
}

/// A part that other readers give up on (numbers beyond all bounds, halves of characters, deep nesting) is read all the same, or
/// not known: a bucket is never lost with it.
#[test]
fn odd_parts_lose_nothing() {
    let odd = |name: &str, expressions: &str, after: &str| {
        format!(
            r#"{{"format_version":"1.2","resource_changes":[
              {{"address":"aws_s3_bucket.{name}","mode":"managed","type":"aws_s3_bucket","name":"{name}",
                "change":{{"actions":["create"],"after":{after},"after_unknown":{{"acl":true}}}}}}],
              "configuration":{{"root_module":{{"resources":[{{"address":"aws_s3_bucket.{name}","mode":"managed",
                "type":"aws_s3_bucket","name":"{name}","expressions":{expressions}}}]}}}}}}"#
        )
    };
    let acl = |more: &str| format!(r#"{{"acl":{{"references":["var.acl"]}},"x":{more}}}"#);
    let deep = format!("{}1{}", "[".repeat(400), "]".repeat(400));
    for (name, more) in [("b", "1e999"), ("b", r#""\ud800""#), ("b", deep.as_str()), (r"\ud800", "1")] {
        let report = check_texts(&[("plan.json", odd(name, &acl(more), r#"{"bucket":"b"}"#).as_str())]);
        assert_eq!((report.summary.buckets, report.diagnostics.len()), (1, 0), "{more}: {:?}", report.diagnostics);
        // The ACL refers to something: it is not known, and not absent.
        assert_eq!(report.summary.exposure_unknown, 1, "{more}");
    }
    let report = check_texts(&[("plan.json", odd("b", "{}", &format!("{{\"acl\":{deep}}}")).as_str())]);
    assert_eq!((report.summary.buckets, report.summary.exposure_unknown), (1, 1));
}

/// Modules within modules are read by recursion: too many of them are told.
#[test]
fn modules_within_modules_are_bounded() {
    let with = |by: usize| {
        let (open, close) = (r#"{"module_calls":{"m":{"module":"#.repeat(by), "}}}".repeat(by));
        format!(
            r#"{{"format_version":"1.2","resource_changes":[],"configuration":{{"root_module":{open}{{}}{close}}}}}"#
        )
    };
    assert_eq!(complaints(&with(100)), []);
    assert!(complaints(&with(101)).iter().any(|it| it.1.contains("at most 100 modules")));
    let values = |by: usize| {
        let (open, close) = (r#"{"child_modules":["#.repeat(by), "]}".repeat(by));
        format!(r#"{{"format_version":"1.0","values":{{"root_module":{open}{{}}{close}}}}}"#)
    };
    assert_eq!(complaints(&values(99)), []);
    assert!(complaints(&values(101)).iter().any(|it| it.1.contains("at most 100 modules")));
}
