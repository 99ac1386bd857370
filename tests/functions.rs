//! Terraform's functions against the real `terraform console`: `tests/golden/functions.tsv` says what it answered
//! (`tests/golden/generate.py` asks it again).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use bucketlint::frontend::terraform::functions::{Host, call};
use bucketlint::source::{FileId, Span};
use bucketlint::value::{Kind, Map, Origin, SymStr, Val, json};

/// Where we differ on purpose.
const DIFFERENT: [(&str, &str, &str); 3] = [
    ("coalescelist", r#"[null,["c"]]"#, "a null of a list type is passed over; JSON has no types"),
    (
        "jsondecode",
        r#"["{\"a\":1,\"a\":2}"]"#,
        "both are kept for the policy lint; look-ups take the last, as Terraform does",
    ),
    ("file", r#"["missing.txt"]"#, "a file that is not here may be made before deployment: unknown"),
];

struct Folder;

impl Host for Folder {
    fn read_file(&self, path: &str) -> Result<Val, String> {
        match path {
            "hello.txt" => Ok(Val::string("hello\n", Origin::default())),
            _ => Err(format!("`{path}` is not here")),
        }
    }

    fn render_template_file(&self, path: &str, _: &Val, _: Span) -> Result<Val, String> {
        Err(format!("`{path}` is not here"))
    }

    fn file_exists(&self, path: &str) -> Option<bool> {
        Some(path == "hello.txt")
    }

    fn file_set(&self, _: &str, pattern: &str) -> Result<Vec<String>, String> {
        Ok(if pattern == "*.txt" { vec!["hello.txt".to_owned()] } else { Vec::new() })
    }
}

fn decoded(text: &str) -> Val {
    json::decode(&SymStr::text(text), &Origin::default()).unwrap()
}

/// Keys sorted, so that order does not matter.
fn ordered(value: Val) -> Val {
    let kind = match value.kind {
        Kind::Map(map) => {
            let mut entries = map.entries;
            entries.sort_by_key(|it| it.key.display());
            for entry in &mut entries {
                entry.value = ordered(entry.value.clone());
            }
            Kind::Map(Map { entries, rest: map.rest })
        }
        Kind::List(list) => {
            let items = list.items.into_iter().map(ordered).collect();
            Kind::List(bucketlint::value::List { items, rest: list.rest })
        }
        // Numbers are compared as doubles, but for the last digits.
        Kind::Number(number) => {
            let value = format!("{:.13e}", number.value).parse().unwrap();
            Kind::Number(bucketlint::value::Number::new(value))
        }
        other => other,
    };
    Val { kind, ..value }
}

fn shown(value: Val) -> String {
    json::encode(&ordered(value))
        .map_or("open".to_owned(), |it| it.known().unwrap_or_else(|| format!("unknown {}", it.display())))
}

#[test]
fn as_the_real_terraform() {
    let table = include_str!("golden/functions.tsv");
    let (mut cases, mut wrong, mut open, mut lenient) = (0, Vec::new(), Vec::new(), Vec::new());
    for line in table.lines() {
        let [name, args, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let Kind::List(args_list) = decoded(args).kind else { panic!("{args}") };
        let found = match call(name, &args_list.items, Span::head(FileId(0)), &Folder) {
            Some(Ok(value)) => shown(value),
            Some(Err(_)) => "!".to_owned(),
            None => "no such function".to_owned(),
        };
        let expected = if expected == "!" { expected.to_owned() } else { shown(decoded(expected)) };
        cases += 1;
        let different = DIFFERENT.iter().any(|it| (it.0, it.1) == (name, args));
        assert!(!different || found != expected, "{name} {args} does not differ any more");
        if found == expected || different {
            continue;
        }
        let line = format!("{name} {args}\n    terraform: {expected}\n    bucketlint: {found}");
        // Not known is never wrong; a value where Terraform would refuse the plan does no harm.
        match () {
            () if found.starts_with("unknown") || found == "open" => open.push(line),
            () if expected == "!" => lenient.push(line),
            () => wrong.push(line),
        }
    }
    println!("{cases} cases, {} not known, {} lenient, {} wrong", open.len(), lenient.len(), wrong.len());
    println!("lenient:\n{}", lenient.join("\n"));
    println!("not known:\n{}", open.join("\n"));
    assert!(1500 <= cases, "{cases} cases");
    assert!(wrong.is_empty(), "wrong:\n{}", wrong.join("\n"));
    assert!(lenient.len() <= 4, "{} where Terraform refuses", lenient.len());
    assert!(open.len() <= 2, "{} are not known", open.len());
}
