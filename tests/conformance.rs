//! Agreement with peers' own fixtures, for the checks that our rules name.
//!
//! The fixtures are reference material beside the checkout; without it the test prints a line and passes. Cases on which
//! we differ are listed with the reason in `tests/conformance/disagreements.tsv`, and whether the fixture's label stands by
//! AWS's and the provider's documentation; a case that is missing there, or listed without need, fails the test. So that
//! labels are not set aside on one side only, agreeing cases were sampled and reviewed as well (`sample.tsv`).
//! `cargo test --test conformance -- --nocapture` prints the table: the raw share, and the share of the fixtures that stand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bucketlint::finding::Status;

#[test]
fn agreement_with_peers() {
    let Some(shared) = shared() else {
        println!("skipped: no reference material beside the checkout");
        return;
    };
    let mapping = mapping();
    let mut cases = trivy(&shared);
    cases.extend(guard(&shared));
    cases.extend(kics(&shared));
    assert!(!cases.is_empty(), "no case was read");

    let (known, sampled) = (disagreements(), sample());
    let mut table: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut problems, mut used) = (Vec::new(), BTreeSet::new());
    for case in &cases {
        let Some(rules) = mapping.get(&case.check) else { continue };
        let fired = fired(case, rules);
        let agrees = fired.is_empty() != case.violates;
        let row = table.entry(case.peer).or_default();
        row.cases += 1;
        row.agreed += usize::from(agrees);
        match (agrees, known.get(&case.name)) {
            (true, None) => row.agreed_aside += usize::from(sampled.get(&case.name).is_some_and(|it| it != "stands")),
            (true, Some(_)) => problems.push(format!("{}: listed as a disagreement, but we agree", case.name)),
            (false, Some((label, reason))) => {
                row.aside += usize::from(label != "stands");
                used.insert(case.name.clone());
                println!("differs  label {label:6}  {}: {reason}", case.name);
            }
            (false, None) => {
                let expected = if case.violates { "a finding of" } else { "no finding of" };
                problems.push(format!("{}: expected {expected} {rules:?}, got {fired:?}", case.name));
            }
        }
    }
    let mut together = Tally::default();
    for (peer, it) in &table {
        it.print(peer);
        together.cases += it.cases;
        together.agreed += it.agreed;
        together.aside += it.aside;
        together.agreed_aside += it.agreed_aside;
    }
    together.print("together");
    for name in sampled.keys().filter(|it| known.contains_key(*it) || !cases.iter().any(|case| case.name == **it)) {
        problems.push(format!("{name}: sampled as an agreement, but there is no such agreement"));
    }
    if share(together.agreed_standing(), together.standing()) < 98.0 {
        problems.push("less than 98 % of the fixtures that stand".to_owned());
    }
    for name in known.keys().filter(|it| !used.contains(*it)) {
        if !problems.iter().any(|it| it.starts_with(name.as_str())) {
            problems.push(format!("{name}: listed as a disagreement, but there is no such case"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Cases of a peer, those on which we agree, and those of the rest, and of the agreed, whose label does not stand.
#[derive(Default)]
struct Tally {
    cases: usize,
    agreed: usize,
    aside: usize,
    agreed_aside: usize,
}

impl Tally {
    fn standing(&self) -> usize {
        self.cases - self.aside - self.agreed_aside
    }

    fn agreed_standing(&self) -> usize {
        self.agreed - self.agreed_aside
    }

    fn print(&self, peer: &str) {
        let Self { cases, agreed, aside, agreed_aside } = *self;
        let (raw, standing) = (share(agreed, cases), share(self.agreed_standing(), self.standing()));
        println!(
            "{peer:22} {agreed:4} of {cases:4} cases agree ({raw:.1} %); with {} set aside, {} of {} ({standing:.1} %)",
            aside + agreed_aside,
            self.agreed_standing(),
            self.standing()
        );
    }
}

struct Case {
    peer: &'static str,
    name: String,
    /// The peer's id of the check.
    check: String,
    violates: bool,
    files: Vec<(String, String)>,
}

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("BUCKETLINT_SHARED").map_or(beside, PathBuf::from);
    folder.join("conformance").is_dir().then_some(folder)
}

/// The peer's id → our rules, from the `equivalents`, `broader` and `narrower` of the rule pages.
fn mapping() -> BTreeMap<String, BTreeSet<String>> {
    let mut mapping: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in bucketlint::rules::RuleSet::builtin().infos() {
        for (_, peer, id) in rule.elsewhere() {
            if matches!(peer, "trivy" | "kics" | "cfn_guard") {
                mapping.entry(id.to_owned()).or_default().insert(rule.id.clone());
            }
        }
    }
    mapping
}

/// Case → whether the label of the fixture stands, and why we differ.
fn disagreements() -> BTreeMap<String, (String, String)> {
    let text = include_str!("conformance/disagreements.tsv");
    let lines = text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [name, label @ ("stands" | "wrong" | "open"), _, why] = cells.as_slice() else { panic!("{line}") };
            ((*name).to_owned(), ((*label).to_owned(), (*why).to_owned()))
        })
        .collect()
}

/// Agreeing case → whether the label of the fixture stands.
fn sample() -> BTreeMap<String, String> {
    let text = include_str!("conformance/sample.tsv");
    let lines = text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [name, label @ ("stands" | "wrong" | "open"), _] = cells.as_slice() else { panic!("{line}") };
            ((*name).to_owned(), (*label).to_owned())
        })
        .collect()
}

fn fired(case: &Case, rules: &BTreeSet<String>) -> BTreeSet<String> {
    let files: Vec<_> = case.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let report = bucketlint::check_texts_in(&files, "all");
    let violated = report.findings.into_iter().filter(|it| it.status == Status::Violated);
    violated.map(|it| it.rule).filter(|it| rules.contains(it)).collect()
}

fn share(part: usize, whole: usize) -> f64 {
    let [part, whole] = [part, whole].map(|it| f64::from(u32::try_from(it).unwrap()));
    100.0 * part / whole.max(1.0)
}

/// `<check>.meta` holds the id, `<check>.yaml` good and bad examples per language.
fn trivy(shared: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for meta in files(&shared.join("conformance/trivy-checks"), "meta") {
        let id = field(&fs::read_to_string(&meta).unwrap(), "id");
        let text = fs::read_to_string(meta.with_extension("yaml")).unwrap_or_default();
        let Ok(examples) = serde_yaml::from_str::<serde_yaml::Value>(&text) else { continue };
        for (language, file) in [("terraform", "main.tf"), ("cloudformation", "template.yaml")] {
            for (kind, violates) in [("good", false), ("bad", true)] {
                let list = examples.get(language).and_then(|it| it.get(kind)).and_then(|it| it.as_sequence());
                for (index, example) in list.into_iter().flatten().enumerate() {
                    cases.push(Case {
                        peer: "trivy-checks",
                        name: format!("trivy/{}/{language}/{kind}/{index}", stem(&meta)),
                        check: id.replace("AWS-", "AVD-AWS-"),
                        violates,
                        files: vec![(file.into(), example.as_str().unwrap_or_default().into())],
                    });
                }
            }
        }
    }
    cases
}

/// A list of `{name, input, expectations: {rules: {RULE: PASS|FAIL|SKIP}}}`. SKIP says nothing about a bucket.
fn guard(shared: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for file in files(&shared.join("conformance/guard-rules-registry"), "yml") {
        let text = fs::read_to_string(&file).unwrap();
        let Ok(serde_yaml::Value::Sequence(tests)) = serde_yaml::from_str(&text) else { continue };
        for (index, test) in tests.iter().enumerate() {
            let rules = test.get("expectations").and_then(|it| it.get("rules")).and_then(|it| it.as_mapping());
            for (rule, verdict) in rules.into_iter().flatten() {
                let (Some(rule), Some(verdict @ ("PASS" | "FAIL"))) = (rule.as_str(), verdict.as_str()) else {
                    continue;
                };
                let input = serde_yaml::to_string(&test["input"]).unwrap();
                cases.push(Case {
                    peer: "guard-rules-registry",
                    name: format!("guard/{}/{index}", stem(&file).trim_end_matches("_tests")),
                    check: rule.to_owned(),
                    violates: verdict == "FAIL",
                    files: vec![("template.yaml".into(), input)],
                });
            }
        }
    }
    cases
}

/// A folder a check, with `metadata.json`, `positive*.tf` and `negative*.tf`.
fn kics(shared: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let root = shared.join("conformance/datadog-iac-scanner/terraform");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let metadata = fs::read_to_string(folder.join("metadata.json")).unwrap_or_default();
        let Ok(metadata) = serde_json::from_str::<serde_json::Value>(&metadata) else { continue };
        for file in files(&folder, "tf") {
            cases.push(Case {
                peer: "datadog-iac-scanner",
                name: format!("kics/{}/{}", stem(&folder), stem(&file)),
                check: metadata["id"].as_str().unwrap_or_default().to_owned(),
                violates: stem(&file).starts_with("positive"),
                files: vec![("main.tf".into(), fs::read_to_string(&file).unwrap())],
            });
        }
    }
    cases
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == extension));
    files.sort();
    files
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|it| it.to_str()).unwrap()
}

fn field(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_default().trim().to_owned()
}
