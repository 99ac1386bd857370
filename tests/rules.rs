//! Runs the cases of every rule page through the real frontends: a page is documentation and test at once.
//!
//! The comment `# error: ID` stands on the line that the finding must point at, `# unknown: ID` on the line of an
//! undecided one, `# ok` says that the rule is silent. JSON has no comments: there the expectation is in the info string
//! (` ```policy error:5 account=111122223333 `).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use bucketlint::finding::Status;
use bucketlint::rules::RuleSet;

/// One fenced block of a page.
struct Case<'a> {
    page: &'a str,
    rule: &'a str,
    language: &'a str,
    options: Vec<&'a str>,
    text: String,
    /// Line of the page at which the block's text begins.
    line: usize,
}

#[test]
fn every_page_loads() {
    let mistakes: Vec<String> = RuleSet::builtin_mistakes().iter().map(ToString::to_string).collect();
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
    for (path, _) in bucketlint::rules::builtin_pages() {
        let stem = std::path::Path::new(path).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(RuleSet::builtin().infos().iter().any(|it| it.id == stem), "{path}: the id is not the file's name");
    }
}

#[test]
fn every_case_holds() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in bucketlint::rules::builtin_pages() {
        let rule = std::path::Path::new(path).file_stem().unwrap().to_str().unwrap();
        for case in cases(path, rule, text) {
            count += 1;
            if let Err(message) = run(&case) {
                wrong.push(format!("{}:{}: {message}", case.page, case.line));
            }
        }
    }
    println!("{count} cases");
    assert!(wrong.is_empty(), "{} of {count} cases\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_page_has_a_failing_and_a_passing_case_and_one_that_cannot_be_known() {
    let mut lacks = Vec::new();
    for (path, text) in bucketlint::rules::builtin_pages() {
        let rule = std::path::Path::new(path).file_stem().unwrap().to_str().unwrap();
        let expected: Vec<_> = cases(path, rule, text).iter().flat_map(expectations).collect();
        let has = |wanted: fn(&Expected) -> bool| expected.iter().any(wanted);
        // Notes and dangling companions are facts about the text; a rule whose verdict is "unknown" has no violation.
        let scope = text.lines().find_map(|it| it.strip_prefix("for: ")).unwrap_or_default();
        let only_unknown = text.contains("\nstatus: unknown\n");
        if !has(|it| matches!(it, Expected::Error(_))) && !only_unknown {
            lacks.push(format!("{path}: no case with an error"));
        }
        if !has(|it| matches!(it, Expected::Ok)) {
            lacks.push(format!("{path}: no case that is ok"));
        }
        if !has(|it| matches!(it, Expected::Unknown(_))) && !matches!(scope, "note" | "dangling") {
            lacks.push(format!("{path}: no case that cannot be known"));
        }
    }
    assert!(lacks.is_empty(), "\n{}", lacks.join("\n"));
}

enum Expected {
    /// At a line of the block.
    Error(usize),
    Unknown(usize),
    Ok,
}

fn cases<'a>(page: &'a str, rule: &'a str, text: &'a str) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    let mut open: Option<Case> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default();
                open =
                    Some(Case { page, rule, language, options: words.collect(), text: String::new(), line: index + 2 });
            }
            (Some(_), Some(_)) => cases.extend(open.take()),
            (Some(case), None) => {
                case.text.push_str(line);
                case.text.push('\n');
            }
            (None, None) => (),
        }
    }
    cases
}

fn expectations(case: &Case) -> Vec<Expected> {
    let mut expected = Vec::new();
    for option in &case.options {
        match option.split_once(':') {
            Some(("error", line)) => expected.push(Expected::Error(line.parse().unwrap())),
            Some(("unknown", line)) => expected.push(Expected::Unknown(line.parse().unwrap())),
            _ if *option == "ok" => expected.push(Expected::Ok),
            _ => (),
        }
    }
    for (index, line) in case.text.lines().enumerate() {
        let says = |what: &str| line.contains(&format!("# {what}: {}", case.rule));
        if says("error") {
            expected.push(Expected::Error(index + 1));
        } else if says("unknown") {
            expected.push(Expected::Unknown(index + 1));
        } else if line.contains("# ok") {
            expected.push(Expected::Ok);
        }
    }
    expected
}

fn run(case: &Case) -> Result<(), String> {
    let file = match case.language {
        "tf" => "main.tf",
        "yaml" => "template.yaml",
        "json" => "template.json",
        "policy" => "policy.json",
        other => return Err(format!("`{other}` is no language of a case")),
    };
    let account = case.options.iter().find_map(|it| it.strip_prefix("account="));
    let report = bucketlint::check_texts_with(&[(file, &case.text)], case.rule, account);
    let expected = expectations(case);
    if expected.is_empty() {
        return Err("the case expects nothing".to_owned());
    }
    let found: Vec<(Status, usize)> = report.0.iter().map(|(status, line)| (*status, *line)).collect();
    let mut wanted: Vec<(Status, usize)> = Vec::new();
    for it in expected {
        match it {
            Expected::Error(line) => wanted.push((Status::Violated, line)),
            Expected::Unknown(line) => wanted.push((Status::Unknown, line)),
            Expected::Ok => (),
        }
    }
    let mut found_sorted = found.clone();
    found_sorted.sort();
    found_sorted.dedup();
    wanted.sort();
    if found_sorted == wanted {
        return Ok(());
    }
    Err(format!("expected {wanted:?}, found {found_sorted:?}{}", report.1))
}
