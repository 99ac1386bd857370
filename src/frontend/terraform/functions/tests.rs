//! Small inputs and what must come of them.

use super::*;
use crate::source::FileId;
use crate::value::{SymStr, json};

struct NoFiles;

impl Host for NoFiles {
    fn read_file(&self, path: &str) -> std::result::Result<Val, String> {
        Err(format!("`{path}` is not here"))
    }

    fn render_template_file(&self, path: &str, _: &Val, _: Span) -> std::result::Result<Val, String> {
        Err(format!("`{path}` is not here"))
    }

    fn file_exists(&self, _: &str) -> bool {
        false
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
            text.push(crate::value::Seg::Hole(Hole { symbol, class: Class::Any, known: None, why }));
        }
        text.push_str(&SymStr::text(rest));
    }
    let args = json::decode(&text, &Origin::default()).unwrap();
    let Kind::List(args) = args.kind else { panic!() };
    let at = Span::head(FileId(0));
    let shown = match call(name, &args.items, at, &NoFiles) {
        Some(Ok(value)) => json::encode(&value).map_or("open".to_owned(), |it| it.display()),
        Some(Err(error)) => format!("error: {error}"),
        None => "no such function".to_owned(),
    };
    assert_eq!(shown, expected, "{name}");
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
    check("trimspace", r#"["  a ?x  "]"#, r#""a ${x}""#);
}

#[test]
fn collections() {
    check("length", r#"[["a", "b"]]"#, "2");
    check("concat", r#"[["a"], ["b"]]"#, r#"["a","b"]"#);
    check("merge", r#"[{"a": 1, "b": 2}, {"b": 3}]"#, r#"{"a":1,"b":3}"#);
    check("merge", r#"[{"a": 1}, ?x]"#, "open");
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
    check("anytrue", r#"[[false, ?x]]"#, "${anytrue([false, x])}");
    check("zipmap", r#"[["a", "b"], [1, 2]]"#, r#"{"a":1,"b":2}"#);
}

#[test]
fn numbers_encoding_and_conversion() {
    check("max", "[1, 5, 3]", "5");
    check("min", "[[4, 2]]", "2");
    check("tostring", "[1]", r#""1""#);
    check("tobool", r#"["true"]"#, "true");
    check("tonumber", r#"["x"]"#, "error: cannot be converted to a number");
    check("jsondecode", r#"["{\"a\": [1]}"]"#, r#"{"a":[1]}"#);
    check("base64encode", r#"["hello"]"#, r#""aGVsbG8=""#);
    check("regexall", r#"["[a-z]+", "ab1cd"]"#, r#"["ab","cd"]"#);
    check("regex", r#"["([a-z]+)-([0-9]+)", "ab-12"]"#, r#"["ab","12"]"#);
    check("yamldecode", r#"["a: 1\nb: [x]\n"]"#, r#"{"a":1,"b":["x"]}"#);
    check("nosuchfunction", "[1]", "no such function");
}
