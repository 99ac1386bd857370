//! The formats for platforms and people: a report made by hand as snapshots, shapes against what the platforms read, and a
//! hostile report that must stay text in every format.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test may")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bucketlint::exposure::{Exposure, Opener, Route, Way};
use bucketlint::finding::{
    Finding, Gate, Label, Report, Severity, Status, Summary, Suppressed, Suppressor, SuppressorKind, judge,
};
use bucketlint::model::{Bucket, Estate, Format};
use bucketlint::policy::{Audience, Power, Request};
use bucketlint::report::{Places, Run, View, csv, github, gitlab, html, junit, markdown};
use bucketlint::source::{Diagnostic, Gravity, Memory, Sources, Span};
use bucketlint::value::{Cause, Origin, Truth, Why};
use serde_json::Value;

type Render = fn(&Run<'_>) -> String;

const FORMATS: [(&str, Render); 6] = [
    ("github", |run| github::render(run, "")),
    ("gitlab", |run| gitlab::render(run, "")),
    ("junit", junit::render),
    ("markdown", |run| markdown::render(run, markdown::LIMIT)),
    ("html", |run| html::render(run, &common::rules())),
    ("csv", csv::render),
];

#[test]
fn what_people_read() {
    let all = rendered(&common_report());
    for (name, text) in &all {
        let shown = match *name {
            // Style and script are shown in a browser, not in a snapshot.
            "html" => text.split("<body>").nth(1).unwrap().split("<script>").next().unwrap(),
            _ => text,
        };
        insta::with_settings!({ filters => vec![(env!("CARGO_PKG_VERSION"), "VERSION")] }, {
            insta::assert_snapshot!(format!("outputs_{name}"), shown);
        });
    }
}

/// What is undecided or not judged is said in every format, and none says that the run is fine.
#[test]
fn nothing_passes_in_silence() {
    let unknown = Finding {
        status: Status::Unknown,
        severity: Severity::Low,
        unknown: vec!["var.policy has no value".to_owned()],
        ..Finding::new("secure-transport", "Allows HTTP", "aws_s3_bucket.lake")
    };
    let broken = Diagnostic::path("syntax-error", Gravity::Incomplete, "bad.tf", "does not parse");
    let only_unknown = Report { findings: vec![unknown], ..Report::default() };
    let only_broken = Report { diagnostics: vec![broken], ..Report::default() };
    for (report, word, cause) in
        [(&only_unknown, "undecided", "var.policy has no value"), (&only_broken, "not judged", "does not parse")]
    {
        // `--fail-on never` and a severity below the gate make the exit code 0 where something is undecided.
        for (name, text) in rendered(report) {
            let said = text.to_lowercase();
            assert!(said.contains(word) || name == "csv", "{name}: no `{word}` in\n{text}");
            assert!(text.contains(cause), "{name}: no cause in\n{text}");
            for happy in ["✅", "verdict pass", "passed"] {
                assert!(!text.contains(happy), "{name}: `{happy}` in\n{text}");
            }
        }
        let text = rendered(report).remove("junit").unwrap();
        assert!(!text.contains("\"/>"), "every test is skipped or an error:\n{text}");
        let issues: Value = serde_json::from_str(&rendered(report)["gitlab"]).unwrap();
        assert_eq!(issues.as_array().unwrap().len(), 1);
    }
    // Of what is not open no number is told.
    let medium =
        |it: usize| Finding { severity: Severity::Medium, ..Finding::new("versioning", "x", format!("b{it}")) };
    let many = rendered(&Report { findings: (0..20).map(medium).collect(), ..Report::default() });
    assert!(many["github"].contains("more warnings are not shown as annotations\n"), "{}", many["github"]);
    // What does not fail the run was found all the same.
    let found = rendered(&Report {
        findings: vec![Finding { severity: Severity::Low, ..medium(0) }],
        summary: Summary { files: 1, ..Summary::default() },
        ..Report::default()
    });
    assert!(found["markdown"].contains("⚠️") && found["html"].contains("verdict open"), "{}", found["markdown"]);
    assert!(found["junit"].contains("skipped=\"1\""), "{}", found["junit"]);
    let nothing = rendered(&Report::default());
    assert!(!nothing["markdown"].contains("✅") && !nothing["html"].contains("verdict pass"));
    let fine = rendered(&Report { summary: Summary { files: 1, ..Summary::default() }, ..Report::default() });
    assert!(fine["markdown"].contains("✅") && fine["html"].contains("verdict pass"));
    assert!(fine["junit"].contains("tests=\"1\" failures=\"0\" errors=\"0\""), "{}", fine["junit"]);
    assert_eq!(fine["gitlab"], "[]\n");
}

#[test]
fn github_keeps_to_the_limits_of_the_platform() {
    let of = |severity: Severity, count: usize| {
        (0..count).map(move |at| Finding {
            severity,
            message: "m".repeat(70_000),
            ..Finding::new(format!("rule-{at}"), "Title", "a".repeat(400))
        })
    };
    let unknown = (0..5).map(|at| Finding {
        status: Status::Unknown,
        unknown: vec![format!("cause {at}")],
        ..Finding::new("undecided-rule", "Title", "bucket")
    });
    let findings = of(Severity::Low, 12).chain(of(Severity::High, 12)).chain(of(Severity::Critical, 3));
    let findings = findings.chain(of(Severity::Medium, 12)).chain(unknown).collect();
    let text = rendered(&Report { findings, ..Report::default() }).remove("github").unwrap();
    let count = |kind: &str| text.lines().filter(|it| it.starts_with(&format!("::{kind} "))).count();
    assert_eq!((count("error"), count("warning"), count("notice")), (10, 10, 10));
    assert!(text.lines().all(|it| it.chars().count() < 4_400), "too long a message");
    let first: Vec<&str> = text.lines().take(4).collect();
    assert!(first[..3].iter().all(|it| it.contains("critical[")) && first[3].contains("high["), "{text}");
    let last_warning = text.lines().rfind(|it| it.starts_with("::warning ")).unwrap();
    assert!(last_warning.contains("8 more warnings") && last_warning.contains("5 rules undecided"), "{last_warning}");
    let last = text.lines().next_back().unwrap();
    assert!(last.starts_with("::notice title=bucketlint::exit 1") && last.contains("5 errors, 8 warnings, 3 notices"));
}

#[test]
fn markdown_drops_whole_sections_and_says_so() {
    let report = common_report();
    let whole = rendered(&report).remove("markdown").unwrap();
    for limit in [whole.len() + 600, whole.len() - 1, whole.len() / 2, 1_500, 700, 10, 0] {
        let cut = with_run(&report, |run| markdown::render(run, limit));
        assert!(cut.len() <= limit, "{limit}: {}", cut.len());
        assert_eq!(cut.matches("<details>").count(), cut.matches("</details>").count());
        if cut.len() < whole.len() && 300 < limit {
            assert!(cut.contains("left out**") && cut.contains("exit 1"), "{limit}:\n{cut}");
        }
    }
}

/// Fields and values as <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format> has them.
#[test]
fn gitlab_has_what_code_quality_reads() {
    let mut report = common_report();
    report.findings.extend(report.findings.clone());
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/gitlab-code-quality.schema.json");
    for text in [&rendered(&report)["gitlab"], &hostile()["gitlab"], &rendered(&Report::default())["gitlab"]] {
        common::validate(text, &schema);
        let issues: Vec<Value> = serde_json::from_str(text).unwrap();
        let mut fingerprints: Vec<&str> = Vec::new();
        for issue in &issues {
            for field in ["description", "check_name", "fingerprint", "severity"] {
                assert!(issue[field].as_str().is_some_and(|it| !it.is_empty()), "{field}: {issue}");
            }
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
            assert!(!issue["location"]["path"].as_str().unwrap().starts_with("./"));
            let (begin, end) = (&issue["location"]["lines"]["begin"], &issue["location"]["lines"]["end"]);
            assert!(1 <= begin.as_u64().unwrap() && begin.as_u64() <= end.as_u64());
            fingerprints.push(issue["fingerprint"].as_str().unwrap());
        }
        let all = fingerprints.len();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), all, "GitLab drops issues with equal fingerprints");
    }
    let text = with_run(&report, |run| gitlab::render(run, "live/prod"));
    assert!(text.contains("\"live/prod/infra/main file.tf\""), "{text}");
}

#[test]
fn junit_is_well_formed_and_its_figures_are_right() {
    for text in [&rendered(&common_report())["junit"], &hostile()["junit"], &rendered(&Report::default())["junit"]] {
        let program = "
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
assert root.tag == 'testsuites', root.tag
total = [0, 0, 0]
for suite in root:
    assert suite.tag == 'testsuite' and suite.get('name'), suite.attrib
    cases = list(suite)
    assert all(it.tag == 'testcase' and it.get('name') and it.get('classname') for it in cases)
    own = {tag: sum(it.find(tag) is not None for it in cases) for tag in ['failure', 'error', 'skipped']}
    assert all(it.find(tag) is None or it.find(tag).get('message') for it in cases for tag in own)
    figures = [len(cases), own['failure'], own['error']]
    assert [int(suite.get(it)) for it in ['tests', 'failures', 'errors']] == figures, suite.attrib
    assert int(suite.get('skipped')) == own['skipped'], suite.attrib
    total = [a + b for a, b in zip(total, figures)]
assert [int(root.get(it)) for it in ['tests', 'failures', 'errors']] == total, root.attrib
";
        run_with_stdin("python3", &["-c".as_ref(), program.as_ref()], text);
    }
}

/// Our own schema, and that of Jenkins (`junit-10.xsd` of jenkinsci/xunit-plugin) where `JUNIT_SCHEMA` names it; pytest's
/// sources have it in `testing/example_scripts`.
#[test]
fn junit_agrees_with_its_schemas() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/junit.xsd");
    let theirs = std::env::var_os("JUNIT_SCHEMA").map(PathBuf::from);
    if theirs.is_none() {
        println!("skipped: JUNIT_SCHEMA does not name junit-10.xsd");
    }
    for schema in [Some(own), theirs].into_iter().flatten() {
        for text in [&rendered(&common_report())["junit"], &hostile()["junit"], &rendered(&Report::default())["junit"]]
        {
            let arguments = ["--noout".as_ref(), "--schema".as_ref(), schema.as_os_str(), "-".as_ref()];
            run_with_stdin("xmllint", &arguments, text);
        }
    }
}

#[test]
fn html_is_one_file_that_loads_nothing() {
    for text in [&rendered(&common_report())["html"], &hostile()["html"]] {
        let head = text.split("<style>").next().unwrap();
        assert!(head.contains("default-src 'none'; style-src 'sha256-"), "{head}");
        assert!(!head.contains("unsafe-inline"));
        for tag in text.split('<').skip(1).map(|it| it.split('>').next().unwrap()) {
            // Values are quoted, and hold no quote.
            let tag: String = tag.split('"').step_by(2).collect::<String>().to_ascii_lowercase();
            for outside in ["src", "style=", " on", "iframe", "link ", "img", "object"] {
                assert!(!tag.contains(outside), "{outside} in <{tag}>");
            }
        }
        let style = text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(!style.contains("url(") && !style.contains("@import"));
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.matches("</script>").count(), 1);
        let links: Vec<&str> = text.split("href=\"").skip(1).map(|it| it.split('"').next().unwrap()).collect();
        assert!(
            links.iter().all(|it| it.starts_with('#') || it.starts_with("https://docs.aws.amazon.com/")),
            "{links:?}"
        );
    }
}

#[test]
fn hostile_names_stay_text() {
    let all = hostile();
    // What stands in a fence is text, whatever it spells.
    let mut is_fenced = false;
    let outside = all["markdown"].lines().filter(|it| {
        let is_fence = it.starts_with("```");
        is_fenced ^= is_fence;
        !is_fence && !is_fenced
    });
    let (page, summary) = (&all["html"], &outside.collect::<Vec<_>>().join("\n"));
    for text in [page, summary] {
        for markup in ["<script>alert", "<img src", "<b>x", "</td><td>evil"] {
            assert!(!text.contains(markup), "{markup} in\n{text}");
        }
        assert!(text.contains("&lt;script&gt;alert"), "{text}");
    }
    assert!(!summary.contains("@everyone") && !summary.contains("[x](http"), "{summary}");
    let rows: Vec<&str> = summary.lines().filter(|it| it.starts_with("| ")).collect();
    for row in rows {
        let cells = row.matches(" | ").count() + 1;
        assert!((3..=4).contains(&cells), "{cells} cells: {row}");
    }
    let commands: Vec<&str> = all["github"].lines().collect();
    assert!(
        commands
            .iter()
            .all(|it| it.starts_with("::error ") || it.starts_with("::warning ") || it.starts_with("::notice "))
    );
    assert_eq!(commands.len(), 4, "{commands:#?}");
    for command in &commands {
        let properties = command.split_once(' ').unwrap().1.split_once("::").unwrap().0;
        let names = properties.split(',').map(|it| it.split_once('=').unwrap().0);
        assert!(
            names.into_iter().all(|it| ["file", "line", "endLine", "col", "endColumn", "title"].contains(&it)),
            "{command}"
        );
    }
    assert!(all["github"].contains("%250A"), "a written %0A stays what it is");
    let cells = csv_rows(&all["csv"]);
    assert!(cells.iter().all(|it| it.len() == 18), "{cells:?}");
    for cell in cells.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
    for (name, text) in &all {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{0}']), "{name}");
    }
}

#[test]
fn environments_that_disagree_have_rows_of_their_own() {
    let (sources, main, _) = common::sources();
    let estate = estate(main);
    let (open, shut) = ([exposure(Truth::Yes)], [exposure(Truth::No)]);
    let report = Report::default();
    let verdict = judge(&report, Gate::default());
    let view = |environment, exposures| View { environment: Some(environment), estate: &estate, exposures };
    let views = [view("prod", &open[..]), view("test", &shut[..]), view("dev", &shut[..])];
    let run =
        Run { report: &report, verdict: &verdict, views: &views, places: Places { sources: &sources, base: None } };
    let text = markdown::render(&run, markdown::LIMIT);
    assert!(text.contains("| `aws_s3_bucket.lake` (prod) | 🔴 public |"), "{text}");
    assert!(text.contains("| `aws_s3_bucket.lake` (test, dev) | 🟢 not public |"), "{text}");
}

fn hostile() -> BTreeMap<&'static str, String> {
    let evil = "=cmd()|'/c calc'!A0,\"<script>alert(1)</script>\"\r\n::error file=x::owned%0A|</td><td>evil| `a` [x](http://e) @everyone <img src=x> \u{1b}[2J\u{202e}";
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("a,b|c%0A<b>x\n::error::.tf"), format!("{evil}\n```\n~~~\n{evil}\n"));
    let at = Span::of(file, 0..30);
    let label = || Label { at, text: evil.to_owned() };
    let finding = |status| Finding {
        status,
        severity: Severity::High,
        message: evil.to_owned(),
        at: Some(at),
        label: Some(evil.to_owned()),
        related: vec![label()],
        flow: vec![label(), label()],
        assuming: vec![label()],
        witness: Some(Request {
            principal: evil.to_owned(),
            action: evil.to_owned(),
            resource: evil.to_owned(),
            context: BTreeMap::from([(evil.to_owned(), vec![evil.to_owned()])]),
        }),
        unknown: vec![evil.to_owned()],
        help: Some(evil.to_owned()),
        holds_when: vec![evil.to_owned()],
        environments: vec![evil.to_owned()],
        fingerprint: "f".to_owned(),
        ..Finding::new(evil, evil, evil)
    };
    let by = Suppressor {
        kind: SuppressorKind::InSource,
        reason: Some(evil.to_owned()),
        until: Some(evil.to_owned()),
        at: Some(at),
    };
    let report = Report {
        findings: vec![finding(Status::Violated), finding(Status::Unknown)],
        suppressed: vec![Suppressed { finding: finding(Status::Violated), by }],
        diagnostics: vec![Diagnostic::at("odd", Gravity::Incomplete, at, evil).help(evil)],
        ..Report::default()
    };
    let mut bucket = Bucket::new(evil, Format::Terraform, Origin::at(at));
    bucket.address = evil.to_owned();
    let estate = Estate { buckets: vec![bucket], ..Estate::default() };
    let mut exposure = exposure(Truth::Yes);
    exposure.ways[0].opened_by.text = evil.to_owned();
    exposure.unknown.push(Why::new(Cause::Invalid, evil, Some(at)));
    let views = [View { environment: Some(evil), estate: &estate, exposures: &[exposure] }];
    let verdict = judge(&report, Gate::default());
    let run =
        Run { report: &report, verdict: &verdict, views: &views, places: Places { sources: &sources, base: None } };
    FORMATS.into_iter().map(|(name, format)| (name, format(&run))).collect()
}

fn common_report() -> Report {
    let (_, main, variables) = common::sources();
    common::report(main, variables)
}

/// The report in each format, with one public bucket where the report speaks of any.
fn rendered(report: &Report) -> BTreeMap<&'static str, String> {
    FORMATS.into_iter().map(|(name, format)| (name, with_run(report, format))).collect()
}

fn with_run(report: &Report, format: impl Fn(&Run<'_>) -> String) -> String {
    let (sources, main, _) = common::sources();
    let places = Places { sources: &sources, base: None };
    let (estate, exposures) = match report.summary.buckets {
        0 => (Estate::default(), Vec::new()),
        _ => (estate(main), vec![exposure(Truth::Yes)]),
    };
    let verdict = judge(report, Gate::default());
    let views = [View { environment: None, estate: &estate, exposures: &exposures }];
    format(&Run { report, verdict: &verdict, views: &views, places })
}

fn estate(main: bucketlint::source::FileId) -> Estate {
    let at = common::span(main, common::MAIN, "resource \"aws_s3_bucket\" \"lake\"");
    Estate { buckets: vec![Bucket::new("aws_s3_bucket.lake", Format::Terraform, Origin::at(at))], ..Estate::default() }
}

fn exposure(open: Truth) -> Exposure {
    let way = Way {
        audience: Audience::Anonymous,
        power: Power::List,
        granted: open,
        open,
        opened_by: Opener {
            route: Route::Acl(0),
            origin: Origin::default(),
            text: "grant READ to AllUsers".to_owned(),
        },
        closed_by: Vec::new(),
        witness: Some(Request {
            principal: "anonymous".to_owned(),
            action: "s3:ListBucket".to_owned(),
            resource: "arn:aws:s3:::lake".to_owned(),
            context: BTreeMap::new(),
        }),
        why: Vec::new(),
    };
    Exposure {
        public: open,
        aws_policy_public: Truth::No,
        acl_public: open,
        cross_account: Truth::No,
        ways: if open == Truth::No { Vec::new() } else { vec![way] },
        unknown: Vec::new(),
    }
}

/// The records of a CSV text, as a reader of RFC 4180 sees them.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim_end_matches('\r').to_owned());
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

/// Runs a checker of the system on a text; a machine without it skips.
fn run_with_stdin(program: &str, args: &[&std::ffi::OsStr], text: &str) {
    let command = Command::new(program).args(args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = command else {
        println!("skipped: no {program}");
        return;
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}
