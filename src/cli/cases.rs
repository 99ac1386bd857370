//! The cases of rule pages, run through the real frontends: a page is documentation and test at once.
//!
//! The comment `# error: ID` stands on the line that the finding must point at, `# unknown: ID` on the line of an
//! undecided one, `# ok` says that the rule is silent. JSON has no comments: there the expectation is in the info string
//! (` ```policy error:5 account=111122223333 `).

use std::path::{Path, PathBuf};

use crate::finding::Status;
use crate::rules::{PageError, RuleSet};

use super::embed::run_texts;
use super::floors::Rules;

/// What a case says about the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// A violation at a line of the block.
    Error(usize),
    /// An undecided finding at a line of the block.
    Unknown(usize),
    /// Silence.
    Ok,
}

/// One fenced block of a page, after it was run.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Line of the page at which the block's text begins.
    pub line: usize,
    /// What it expects.
    pub expected: Vec<Expected>,
    /// What is wrong, where the rule did something else; without a final dot.
    pub mistake: Option<String>,
}

struct Case<'a> {
    language: &'a str,
    options: Vec<&'a str>,
    text: String,
    line: usize,
}

/// Runs every case of a page.
///
/// # Errors
/// The page's first mistake, where it does not load.
pub fn run_page(path: &str, text: &str) -> Result<Vec<CaseResult>, PageError> {
    let set = RuleSet::of_page(path, text)?;
    let id = set.infos().first().map(|it| it.id.clone()).unwrap_or_default();
    let rules = Rules::new(set);
    Ok(cases(text).into_iter().map(|case| judge(&case, &id, &rules)).collect())
}

/// The pages below a path, or the path itself where it is a file.
pub(super) fn pages(path: &Path) -> Vec<PathBuf> {
    if path.is_file() { vec![path.to_owned()] } else { crate::rules::pages_below(path) }
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut open: Option<Case<'_>> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default();
                open = Some(Case { language, options: words.collect(), text: String::new(), line: index + 2 });
            }
            (Some(_), Some(_)) => cases.extend(open.take()),
            (Some(case), None) => {
                case.text.push_str(line);
                case.text.push('\n');
            }
            (None, None) => (),
        }
    }
    // A fence that is never closed ends with the page, and its case is still run.
    cases.extend(open);
    cases
}

/// The expectations of a block, or the word that is none.
fn expectations(case: &Case<'_>, rule: &str) -> Result<Vec<Expected>, String> {
    let mut expected = Vec::new();
    for option in &case.options {
        let line = |it: &str| it.parse().map_err(|_| format!("`{option}` wants a line number"));
        match option.split_once(':') {
            Some(("error", it)) => expected.push(Expected::Error(line(it)?)),
            Some(("unknown", it)) => expected.push(Expected::Unknown(line(it)?)),
            None if *option == "ok" => expected.push(Expected::Ok),
            None if option.starts_with("account=") => (),
            _ => return Err(format!("`{option}` is no option of a case: error:LINE, unknown:LINE, ok, account=ID")),
        }
    }
    for (index, line) in case.text.lines().enumerate() {
        let named = |what: &str| line.split_once(&format!("# {what}: ")).map(|(_, id)| id.trim().to_owned());
        let number = index + 1;
        for (what, made) in [("error", Expected::Error(number)), ("unknown", Expected::Unknown(number))] {
            match named(what) {
                Some(id) if id == rule => expected.push(made),
                Some(id) => return Err(format!("line {number} of the block names the rule `{id}`, not `{rule}`")),
                None => (),
            }
        }
        if line.trim_end().ends_with("# ok") {
            expected.push(Expected::Ok);
        }
    }
    Ok(expected)
}

fn judge(case: &Case<'_>, rule: &str, rules: &Rules) -> CaseResult {
    let (expected, mistake) = match expectations(case, rule) {
        Ok(expected) => {
            let mistake = compare(case, &expected, rules).err();
            (expected, mistake)
        }
        Err(mistake) => (Vec::new(), Some(mistake)),
    };
    CaseResult { line: case.line, expected, mistake }
}

fn compare(case: &Case<'_>, expected: &[Expected], rules: &Rules) -> Result<(), String> {
    let file = match case.language {
        "tf" => "main.tf",
        "yaml" => "template.yaml",
        "json" => "template.json",
        "policy" => "policy.json",
        other => return Err(format!("`{other}` is no language of a case: tf, yaml, json, policy")),
    };
    if expected.is_empty() {
        return Err("the case expects nothing: say `# error: ID`, `# unknown: ID` or `# ok`".to_owned());
    }
    let account = case.options.iter().find_map(|it| it.strip_prefix("account="));
    let (found, complaints) = run_texts(&[(file, &case.text)], rules, account);
    let mut found: Vec<Expected> = found
        .into_iter()
        .map(|(status, line)| match status {
            Status::Violated => Expected::Error(line),
            Status::Unknown => Expected::Unknown(line),
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    let mut wanted: Vec<Expected> = expected.iter().copied().filter(|it| *it != Expected::Ok).collect();
    wanted.sort_unstable();
    if found == wanted {
        return Ok(());
    }
    Err(format!("expected {}, found {}{complaints}", shown(&wanted), shown(&found)))
}

fn shown(all: &[Expected]) -> String {
    let one = |it: &Expected| match it {
        Expected::Error(line) => format!("an error at line {line}"),
        Expected::Unknown(line) => format!("an undecided finding at line {line}"),
        Expected::Ok => "silence".to_owned(),
    };
    if all.is_empty() { "nothing".to_owned() } else { all.iter().map(one).collect::<Vec<_>>().join(" and ") }
}
