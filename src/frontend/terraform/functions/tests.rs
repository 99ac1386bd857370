//! Small inputs and what must come of them.

use super::*;
use crate::source::FileId;
use crate::value::{Hole, SymStr, json};

struct NoFiles;

impl Host for NoFiles {
    fn read_file(&self, path: &str) -> std::result::Result<Val, String> {
        Err(format!("`{path}` is not here"))
    }

    fn render_template_file(&self, path: &str, _: &Val, _: Span) -> std::result::Result<Val, String> {
        Err(format!("`{path}` is not here"))
    }

    fn file_exists(&self, _: &str) -> Option<bool> {
        Some(false)
    }
}

/// Arguments and result as JSON; `?name` in an argument is a hole.
fn check(name: &str, args: &str, expected: &str) {
    let mut text = SymStr::default();
    for (index, part) in args.split('?').enumerate() {
        let (hole, rest) = if index == 0 { ("", part) } else { part.split_at(1) };
        if !hole.is_empty() {
            let why = Why::new(crate::value::Cause::NoDefault, hole, None);
            let symbol = Symbol::new(hole, "");
            text.push(crate::value::Seg::hole(Hole { symbol, class: Class::Any, known: None, why }));
        }
        text.push_str(&SymStr::text(rest));
    }
    let args = json::decode(&text, &Origin::default()).unwrap();
    let Kind::List(args) = args.kind else { panic!() };
    check_values(name, &args.items, expected);
}

fn check_values(name: &str, args: &[Val], expected: &str) {
    let at = Span::head(FileId(0));
    let shown = match call(name, args, at, &NoFiles) {
        Some(Ok(value)) => json::encode(&value).map_or("open".to_owned(), |it| it.display()),
        Some(Err(error)) => format!("error: {error}"),
        None => "no such function".to_owned(),
    };
    assert_eq!(shown, expected, "{name}");
}

#[test]
fn values_that_are_not_known() {
    let why = Why::new(crate::value::Cause::NoDefault, "x", None);
    let open = Val::unknown(Symbol::new("x", ""), Class::Any, why, Origin::default());
    let decoded = |text: &str| json::decode(&SymStr::text(text), &Origin::default()).unwrap();
    check_values("merge", &[decoded("{\"a\": 1}"), open.clone()], "open");
    let list = crate::value::List { items: vec![decoded("false"), open], rest: None };
    check_values("anytrue", &[Val::new(Kind::List(list), Origin::default())], "${anytrue([false, x])}");
}

#[test]
fn strings() {
    check("lower", r#"["AbC"]"#, r#""abc""#);
    check("title", r#"["hello world"]"#, r#""Hello World""#);
    check("trimprefix", r#"["helloworld", "hello"]"#, r#""world""#);
    check("trimprefix", r#"["arn:?x", "arn:"]"#, r#""${x}""#);
    check("trimsuffix", r#"["a/?x/", "/"]"#, r#""a/${x}""#);
    check("replace", r#"["arn:?x/_ID_/*", "_ID_", "b"]"#, r#""arn:${x}/b/*""#);
    check("replace", r#"["hello", "/l+/", "L"]"#, r#""heLo""#);
    check("join", r#"["-", ["a", "?x", "c"]]"#, r#""a-${x}-c""#);
    check("split", r#"[",", "a,b,,c"]"#, r#"["a","b","","c"]"#);
    check("format", r#"["%s-%03d%%", "?x", 7]"#, r#""${x}-007%""#);
    check("formatlist", r#"["arn:%s/*", ["a", "?x"]]"#, r#"["arn:a/*","arn:${x}/*"]"#);
    check("startswith", r#"["arn:?x", "arn:"]"#, "true");
    check("startswith", r#"["?x", "arn:"]"#, r#"${startswith("${x}", "arn:")}"#);
    check("substr", r#"["hello world", 1, 4]"#, r#""ello""#);
    check("substr", r#"["hello", -3, -1]"#, r#""llo""#);
    check("trimspace", r#"["  a ?x b "]"#, r#""a ${x} b""#);
    check("trimspace", r#"["  a?x  "]"#, r#""a${trimspace(x)}""#);
    check("trimspace", r#"["  a ?x  "]"#, r#"${trimspace("  a ${x}  ")}"#);
    check("split", r#"["/", "arn:aws/?x"]"#, "open");
    check("title", r#"["?x y"]"#, r#"${title("${x} y")}"#);
}

#[test]
fn collections() {
    check("length", r#"[["a", "b"]]"#, "2");
    check("concat", r#"[["a"], ["b"]]"#, r#"["a","b"]"#);
    check("merge", r#"[{"a": 1, "b": 2}, {"b": 3}]"#, r#"{"a":1,"b":3}"#);
    check("flatten", r#"[[["a"], ["b", ["c"]]]]"#, r#"["a","b","c"]"#);
    check("compact", r#"[["a", "", null, "b"]]"#, r#"["a","b"]"#);
    check("toset", r#"[["b", "a", "b"]]"#, r#"["a","b"]"#);
    check("contains", r#"[["a", "?x"], "a"]"#, "true");
    check("contains", r#"[["a", "b"], "c"]"#, "false");
    check("lookup", r#"[{"a": 1}, "b", 2]"#, "2");
    check("keys", r#"[{"b": 1, "a": 2}]"#, r#"["a","b"]"#);
    check("one", r#"[["a"]]"#, r#""a""#);
    check("one", r#"[[]]"#, "null");
    check("coalesce", r#"[null, "", "b"]"#, r#""b""#);
    check("element", r#"[["a", "b"], 3]"#, r#""b""#);
    check("setproduct", r#"[["a", "b"], ["x"]]"#, r#"[["a","x"],["b","x"]]"#);
    check("range", "[3]", "[0,1,2]");
    check("alltrue", r#"[[true, "true"]]"#, "true");
    check("zipmap", r#"[["a", "b"], [1, 2]]"#, r#"{"a":1,"b":2}"#);
}

#[test]
fn numbers_encoding_and_conversion() {
    check("max", "[1, 5, 3]", "5");
    check("min", "[[4, 2]]", "error: needs a number");
    check("tostring", "[1]", r#""1""#);
    check("tobool", r#"["true"]"#, "true");
    check("tonumber", r#"["x"]"#, "error: needs a number");
    check("jsondecode", r#"["{\"a\": [1]}"]"#, r#"{"a":[1]}"#);
    check("base64encode", r#"["hello"]"#, r#""aGVsbG8=""#);
    check("regexall", r#"["[a-z]+", "ab1cd"]"#, r#"["ab","cd"]"#);
    check("regex", r#"["([a-z]+)-([0-9]+)", "ab-12"]"#, r#"["ab","12"]"#);
    check("yamldecode", r#"["a: 1\nb: [x]\n"]"#, r#"{"a":1,"b":["x"]}"#);
    check("nosuchfunction", "[1]", "no such function");
}

fn choice(all: &[(bool, &str)]) -> Val {
    let one = |(holds, text): &(bool, &str)| crate::value::Alternative {
        guard: crate::value::Guard::when("var.public", *holds),
        value: Val::string(*text, Origin::default()),
    };
    Val::new(Kind::Choice(all.iter().map(one).collect()), Origin::default())
}

fn shown(value: &Val) -> String {
    match &value.kind {
        Kind::Choice(all) => {
            all.iter().map(|it| format!("{}: {}", it.guard, shown(&it.value))).collect::<Vec<_>>().join("; ")
        }
        _ => json::encode(value).map_or("open".to_owned(), |it| it.display()),
    }
}

fn check_value(name: &str, args: &[Val], expected: &str) {
    let shown = match call(name, args, Span::head(FileId(0)), &NoFiles) {
        Some(Ok(value)) => shown(&value),
        Some(Err(error)) => format!("error: {error}"),
        None => "no such function".to_owned(),
    };
    assert_eq!(shown, expected, "{name}");
}

fn list(items: Vec<Val>) -> Val {
    Val::new(Kind::List(crate::value::List { items, rest: None }), Origin::default())
}

#[test]
fn choices_are_followed() {
    let acl = || choice(&[(true, "Public"), (false, "private")]);
    let text = |it: &str| Val::string(it, Origin::default());
    check_value("lower", &[acl()], r#"var.public: "public"; not var.public: "private""#);
    // The same condition on both sides: no mixed combinations.
    check_value(
        "format",
        &[text("%s-%s"), acl(), acl()],
        r#"var.public: "Public-Public"; not var.public: "private-private""#,
    );
    check_value(
        "join",
        &[text(","), list(vec![text("a"), acl()])],
        r#"var.public: "a,Public"; not var.public: "a,private""#,
    );
    check_value("length", &[list(vec![acl(), acl()])], "2");
    check_value("startswith", &[acl(), text("P")], "var.public: true; not var.public: false");
    check_value("endswith", &[choice(&[(true, "ab"), (false, "cb")]), text("b")], "true");
}

#[test]
fn json_stays_a_tree() {
    let policy = r#"{"Resource": ["arn:aws:s3:::_ID_/*", "x"], "Version": "2012-10-17", "n": 1}"#;
    let tree = json::decode(&SymStr::text(policy), &Origin::default()).unwrap();
    let text = |it: &str| Val::string(it, Origin::default());
    let encoded = call("jsonencode", &[tree], Span::head(FileId(0)), &NoFiles).unwrap().unwrap();
    for (name, args) in [
        ("trimspace", vec![encoded.clone()]),
        ("replace", vec![encoded.clone(), text("_ID_"), text("b")]),
        ("trimsuffix", vec![encoded.clone(), text("\n")]),
        ("indent", vec![Val::new(Kind::Number(crate::value::Number::new(2.0)), Origin::default()), encoded.clone()]),
    ] {
        let result = call(name, &args, Span::head(FileId(0)), &NoFiles).unwrap().unwrap();
        assert!(matches!(result.kind, Kind::Json(_)), "{name}");
        if name == "replace" {
            let back = call("jsondecode", &[result], Span::head(FileId(0)), &NoFiles).unwrap().unwrap();
            check_value("lookup", &[back, text("Resource")], r#"["arn:aws:s3:::b/*","x"]"#);
        }
    }
    // A number would be touched: text from here on.
    check_value(
        "replace",
        &[encoded, text("1"), text("2")],
        r#""{\"Resource\":[\"arn:aws:s3:::_ID_/*\",\"x\"],\"Version\":\"2022-20-27\",\"n\":2}""#,
    );
}

#[test]
fn the_same_call_of_unknowns_is_the_same_value() {
    let hole = |name: &str| {
        let why = Why::new(crate::value::Cause::NoDefault, name, None);
        Val::unknown(Symbol::new(name, ""), Class::Any, why, Origin::default())
    };
    let digest = |it: Val| call("sha256", &[it], Span::head(FileId(0)), &NoFiles).unwrap().unwrap();
    assert_eq!(ops::equal(&digest(hole("a")), &digest(hole("a"))), crate::value::Truth::Yes);
    assert_eq!(ops::equal(&digest(hole("a")), &digest(hole("b"))), crate::value::Truth::Unknown);
    assert_eq!(ops::equal(&digest(hole("a")), &Val::string("*", Origin::default())), crate::value::Truth::No);
}

#[test]
fn every_function_of_terraform_is_there() {
    let named: Vec<&str> = include_str!("names.txt").lines().collect();
    assert_eq!(named.len(), 118);
    let forms = ["try", "can"];
    let missing: Vec<_> = named.iter().filter(|it| !forms.contains(it) && find(it).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn nesting_and_size_are_bounded() {
    let mut deep = Val::string("x", Origin::default());
    for _ in 0..300 {
        deep = list(vec![deep]);
    }
    for name in ["flatten", "jsonencode", "yamlencode", "distinct", "toset", "length", "tolist"] {
        let result = call(name, &[deep.clone()], Span::head(FileId(0)), &NoFiles);
        assert!(result.is_some_and(|it| it.is_ok()), "{name}");
    }
    let many = list((0..200).map(|it| Val::string(it.to_string(), Origin::default())).collect());
    let product = call("setproduct", &[many.clone(), many], Span::head(FileId(0)), &NoFiles).unwrap().unwrap();
    assert!(product.why().is_some_and(|it| it.cause() == Cause::Limit));
}
