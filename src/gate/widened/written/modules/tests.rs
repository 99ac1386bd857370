//! What texts of Terraform depend on.

use super::*;
use crate::source::Memory;

fn follow(files: &[(&str, &str)], text: &str) -> String {
    let sources = Sources::new(Box::new(Memory::new(files)));
    let modules = Modules::new(&sources, Path::new("a"));
    let found = modules.follow(vec![(Rc::clone(&modules.root), text.to_owned())], &[]);
    found.into_iter().collect::<Vec<_>>().join(" | ")
}

#[test]
fn what_a_text_depends_on() {
    let module = (
        "m/main.tf",
        "variable \"mode\" {}\noutput \"p\" { value = data.external.p.result[var.mode] }\ndata \"external\" \"p\" { program = [\"x\"] # why\n}\n",
    );
    let found = follow(
        &[
            ("a/main.tf", "module \"m\" {\n  source = \"../m\"\n  mode = local.x\n}\nlocals { x = file(\"p.txt\") }\n"),
            ("a/p.txt", "text"),
            module,
        ],
        "module.m.p",
    );
    for part in ["module.m.p", "local.x", "file(\"p.txt\")", "text", "program = [\"x\"] }"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    // The same in JSON.
    let own = r#"{"module": {"m": {"source": "../m", "mode": "${local.x}"}}, "locals": {"x": "${var.y}"}, "variable": {"y": {"default": "why"}}}"#;
    let found = follow(&[("a/main.tf.json", own), module], "module.m.p");
    for part in ["result[var.y]", "\"why\"", "program = [\"x\"] }"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    // A circle ends, and so does what is not here.
    let found = follow(&[("a/main.tf", "locals {\n  x = local.y\n  y = local.x\n}\n")], "local.x + module.z.p + var.n");
    assert!(found.contains("local.y"), "{found}");
    let found = follow(&[("a/main.tf", "module \"z\" {\n  source = \"x/y/z\"\n  on = 1\n}\n")], "module.z.p");
    assert!(found.contains("on = 1"), "{found}");
    let found = follow(&[("a/main.tf", "module \"z\" {\n  source = \"./\"\n  on = var.on\n}\n")], "module.z.p");
    assert!(found.contains("var.on"), "{found}");
}

/// What another call of the same module gives is of no account.
#[test]
fn of_two_calls_that_of_the_bucket() {
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"../m\"\n  who = \"{name}\"\n}}\n");
    let own = format!("{}{}", call("one"), call("two"));
    let policy = "resource \"aws_s3_bucket_policy\" \"p\" {\n  policy = f(var.who, data.x.y.z)\n}\nvariable \"who\" {}\ndata \"x\" \"y\" {}\n";
    let sources = Sources::new(Box::new(Memory::new(&[("a/main.tf", own.as_str()), ("m/main.tf", policy)])));
    let file = sources.load(Path::new("m/main.tf")).unwrap();
    let start = policy.find("f(var").unwrap();
    let at = Span::of(file, start..start + "f(var.who, data.x.y.z)".len());
    let modules = Modules::new(&sources, Path::new("a"));
    let found = |address: &str| {
        let all = modules.of_place((address, Some(address)), at, &[], true).texts;
        ["\"one\"", "\"two\""].map(|it| all.iter().any(|own| own.contains(it)))
    };
    assert_eq!(found("module.one[0].aws_s3_bucket.b"), [true, false]);
    assert_eq!(found("module.two[\"a.b\"].aws_s3_bucket.b"), [false, true]);
    // Whose policy that of a bucket elsewhere is, nobody knows here.
    assert_eq!(found("aws_s3_bucket.b"), [true, true]);
}

/// Of many callers too what they give is followed.
#[test]
fn what_many_callers_give() {
    let policy = "resource \"aws_s3_bucket_policy\" \"p\" {\n  policy = var.who\n}\nvariable \"who\" {}\n";
    let of = |value: &str| {
        let calls = |it: usize| format!("module \"m{it}\" {{\n  source = \"../m\"\n  who = local.who\n}}\n");
        let own = format!("locals {{ who = {value} }}\n{}", (0..=MAX_CALLERS).map(calls).collect::<String>());
        let sources = Sources::new(Box::new(Memory::new(&[("a/main.tf", own.as_str()), ("m/main.tf", policy)])));
        let file = sources.load(Path::new("m/main.tf")).unwrap();
        let start = policy.find("var.who").unwrap();
        let modules = Modules::new(&sources, Path::new("a"));
        let at = Span::of(file, start..start + "var.who".len());
        modules.of_place(("aws_s3_bucket.b", Some("aws_s3_bucket.b")), at, &[], true)
    };
    assert_eq!(of("data.x.y.z"), of("data.x.y.z"));
    assert_ne!(of("data.x.y.z"), of("data.x.y.other"));
}
