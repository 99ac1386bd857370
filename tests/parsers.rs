//! Our readers of JSON and YAML against independent ones (serde_json, and yaml_serde over libyaml): the same values from the
//! repository's own files, from the reference material where it is there, and from generated documents.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]

use std::path::{Path, PathBuf};

use bucketlint::source::FileId;
use bucketlint::syntax::data::{Node, NodeKind, Style};
use bucketlint::syntax::{json, yaml};
use proptest::prelude::*;
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

const FILE: FileId = FileId(0);

/// What our tree of JSON says, as serde_json would.
fn of_json(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Scalar(it) if it.style == Style::Plain => serde_json::from_str(&it.text()).unwrap(),
        NodeKind::Scalar(it) => Json::String(it.text()),
        NodeKind::Sequence(items) => items.iter().map(of_json).collect(),
        // Of keys that stand twice the last one counts for both.
        NodeKind::Mapping(pairs) => pairs.iter().map(|it| (it.key.text().unwrap(), of_json(&it.value))).collect(),
    }
}

/// Both take a text or neither does, and both read the same. What ours takes with a complaint counts as refused.
fn same_json(text: &str) -> Result<(), String> {
    let ours = json::parse(FILE, text);
    let refused = ours.errors.iter().any(|it| it.kind != bucketlint::syntax::ErrorKind::DuplicateKey);
    match (serde_json::from_str::<Json>(text), &ours.tree) {
        (Ok(theirs), Some(tree)) if !refused => {
            let own = of_json(tree);
            if own == theirs { Ok(()) } else { Err(format!("{own}\n{theirs}\n{text}")) }
        }
        (Err(_), None) => Ok(()),
        (Err(_), Some(_)) if refused => Ok(()),
        // Ours keeps numbers as they are written; an unpaired surrogate is a sign that stands for it.
        (Err(error), Some(_))
            if ["out of range", "surrogate", "recursion"].iter().any(|it| error.to_string().contains(it)) =>
        {
            Ok(())
        }
        (Err(error), Some(_)) if error.to_string().contains("unexpected end of hex escape") => Ok(()),
        (theirs, _) => Err(format!("{theirs:?}\n{:?}\n{text}", ours.errors)),
    }
}

/// Whether our tree of YAML says what theirs does. What a plain scalar is, CloudFormation decides and not the reader: its text
/// is compared.
fn same_node(own: &Node, theirs: &Yaml) -> bool {
    let plain = |it: &Node| it.text().unwrap_or_default();
    match (&own.kind, theirs) {
        (_, Yaml::Tagged(it)) => {
            own.tag.as_ref().is_some_and(|tag| it.tag == tag.name.as_str()) && same_untagged(own, &it.value)
        }
        (NodeKind::Scalar(_), Yaml::String(it)) => plain(own) == *it,
        // In quotes it is text: a document that is `''` is no empty one.
        (NodeKind::Scalar(scalar), Yaml::Null | Yaml::Bool(_) | Yaml::Number(_)) if scalar.style != Style::Plain => {
            false
        }
        (NodeKind::Scalar(_), Yaml::Null) => ["", "~", "null", "Null", "NULL"].contains(&plain(own).as_str()),
        (NodeKind::Scalar(_), Yaml::Bool(it)) => plain(own).eq_ignore_ascii_case(if *it { "true" } else { "false" }),
        (NodeKind::Scalar(_), Yaml::Number(it)) => {
            let text = plain(own).replace('_', "");
            text.parse::<f64>().map_or(text.starts_with(['0', '-', '+', '.']), |own| {
                it.as_f64().is_some_and(|it| it == own || it.is_nan())
            })
        }
        (NodeKind::Sequence(items), Yaml::Sequence(all)) => {
            items.len() == all.len() && items.iter().zip(all).all(|(own, it)| same_node(own, it))
        }
        (NodeKind::Mapping(pairs), Yaml::Mapping(all)) => {
            pairs.len() == all.len()
                && pairs
                    .iter()
                    .zip(all)
                    .all(|(own, (key, value))| same_node(&own.key, key) && same_node(&own.value, value))
        }
        _ => false,
    }
}

/// The value below a tag: a scalar is text there, whatever it looks like.
fn same_untagged(own: &Node, theirs: &Yaml) -> bool {
    same_node(&Node { tag: None, ..own.clone() }, theirs)
}

/// The number of documents that were compared.
fn same_yaml(text: &str) -> Result<usize, String> {
    use serde::Deserialize as _;
    let ours = yaml::parse(FILE, text);
    let theirs: Result<Vec<Yaml>, _> =
        serde_yaml::Deserializer::from_str(text).map(Yaml::deserialize).collect::<Result<Vec<_>, _>>();
    let Ok(mut theirs) = theirs else { return Ok(0) };
    // Theirs refuses keys that stand twice; empty documents are none for ours.
    theirs.retain(|it| !it.is_null());
    if theirs.iter_mut().any(|it| it.apply_merge().is_err()) || text.contains("<<") {
        return Ok(0);
    }
    let own: Vec<&Node> = ours.tree.iter().filter(|it| !same_node(it, &Yaml::Null)).collect();
    let lost = ours.errors.iter().find(|it| it.loses());
    if let Some(lost) = lost {
        return Err(format!("ours loses something that theirs reads: {lost:?}\n{text}"));
    }
    if own.len() == theirs.len() && own.iter().zip(&theirs).all(|(own, it)| same_node(own, it)) {
        return Ok(own.len());
    }
    Err(format!("{theirs:#?}\n{own:#?}\n{text}"))
}

fn files(root: &Path, ends: &[&str], out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(root) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ends, out);
        } else if ends.iter().any(|it| path.to_string_lossy().ends_with(it)) {
            out.push(path);
        }
    }
}

fn roots() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = own.join("../shared");
    if !shared.is_dir() {
        println!("skipped: no reference material beside the checkout");
    }
    vec![own.join("testdata"), own.join("docs/schema"), shared]
}

#[test]
fn files_of_json() {
    let mut all = Vec::new();
    roots().iter().for_each(|it| files(it, &[".json", ".jsonl"], &mut all));
    let (mut compared, mut wrong) = (0, Vec::new());
    for path in &all {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let lines = path.extension().is_some_and(|it| it == "jsonl");
        for document in if lines { text.lines().collect() } else { vec![text.as_str()] } {
            compared += 1;
            wrong.extend(
                same_json(document.trim_start_matches('\u{feff}'))
                    .err()
                    .map(|it| format!("{}: {it:.2000}", path.display())),
            );
        }
    }
    println!("{compared} documents of JSON");
    assert!(wrong.is_empty() && 0 < compared, "{} of {compared}: {:#?}", wrong.len(), wrong.first());
}

#[test]
fn a_document_of_empty_text_is_a_document() {
    for (text, documents) in
        [("''\n", 1), ("\"\"", 1), ("'null'", 1), ("", 0), ("null", 0), ("~", 0), ("--- ''\n--- ~\n", 1)]
    {
        assert_eq!(same_yaml(text), Ok(documents), "{text:?}");
    }
}

#[test]
fn files_of_yaml() {
    let mut all = Vec::new();
    roots().iter().for_each(|it| files(it, &[".yaml", ".yml", ".template"], &mut all));
    let (mut compared, mut wrong) = (0, Vec::new());
    for path in &all {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        match same_yaml(&text) {
            Ok(count) => compared += count,
            Err(it) => wrong.push(format!("{}: {it:.2000}", path.display())),
        }
    }
    println!("{compared} documents of YAML");
    assert!(wrong.is_empty(), "{} of {compared}: {}", wrong.len(), wrong.first().unwrap());
}

fn value() -> impl Strategy<Value = Json> {
    let text = "([a-z A-Z0-9äß€𝄞:#&*!|>'\"%@`{}\\[\\],?\\\\/~\n\t-]|true|null|0x1|1e3){0,12}";
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(Json::from),
        text.prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec((text, inner), 0..4).prop_map(|it| Json::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn generated_json(value in value(), at in any::<prop::sample::Index>(), other in "[\\[\\]{},:\"\\\\/u0-9eE.+a-f \n-]{0,3}") {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        for text in [value.to_string(), pretty] {
            same_json(&text).map_err(TestCaseError::fail)?;
            // With something else at one place: both refuse it, or both read the same.
            let mut cut = at.index(text.len() + 1);
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            let mut chars = text[cut..].chars();
            chars.next();
            same_json(&format!("{}{other}{}", &text[..cut], chars.as_str())).map_err(TestCaseError::fail)?;
        }
    }

    #[test]
    fn generated_yaml(value in value().prop_filter("an empty document is none", |it| !it.is_null())) {
        let text = serde_yaml::to_string(&value).unwrap();
        same_yaml(&text).map_err(TestCaseError::fail)?;
        // JSON is YAML, for CloudFormation too.
        same_yaml(&value.to_string()).map_err(TestCaseError::fail)?;
    }
}
