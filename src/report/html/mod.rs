//! One page that a person reads, filters and prints. It is a single file that loads nothing, says the same without its script,
//! and whose content policy lets nothing run but that script.

mod digest;
mod escape;
mod exposure;
mod findings;

use crate::finding::{RuleInfo, Severity};

use super::shared::say::{self, plural};
use super::shared::{Run, Undecided};
use escape::Page;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("filter.js");

/// The page. `rules` gives the references of findings.
#[must_use]
pub fn render(run: &Run<'_>, rules: &[RuleInfo]) -> String {
    let mut page = Page::default();
    let (style, script) = (digest::source(STYLE), digest::source(SCRIPT));
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ");
    page.raw(&format!("{style}; script-src {script}; base-uri 'none'; form-action 'none'\">\n"));
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>bucketlint: ");
    page.text(&say::verdict(run.report, run.verdict));
    page.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    head(run, &mut page);
    exposure::section(run, &mut page);
    findings::section(run, rules, &mut page);
    page.raw("<footer><p>bucketlint ").text(env!("CARGO_PKG_VERSION"));
    page.raw(". The verdict is about the state that the code declares.</p></footer>\n");
    page.raw("<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    page.finish()
}

fn head(run: &Run<'_>, page: &mut Page) {
    let class = match run.verdict.code {
        0 if say::is_clean(run.report) => "pass",
        0 | 3 => "open",
        _ => "fail",
    };
    page.raw("<h1>bucketlint</h1>\n");
    page.raw(&format!("<p class=\"verdict {class}\">exit {}: ", run.verdict.code));
    page.text(&run.verdict.reason).raw("</p>\n");
    open_ends(run, page);
    let summary = &run.report.summary;
    page.raw("<ul class=\"figures\">\n");
    for severity in Severity::ALL {
        let number = run.report.count(severity);
        let class = if number == 0 { "none" } else { severity.as_str() };
        page.raw(&format!("<li class=\"{class}\"><b>{number}</b> {}</li>\n", severity.as_str()));
    }
    let undecided = run.report.unknown();
    let class = if undecided == 0 { "none" } else { "unknown" };
    page.raw(&format!("<li class=\"{class}\"><b>{undecided}</b> undecided</li>\n"));
    if !run.report.suppressed.is_empty() {
        let number = run.report.suppressed.len();
        page.raw(&format!("<li><b>{number}</b> <a href=\"#suppressed\">suppressed</a></li>\n"));
    }
    page.raw(&format!(
        "<li>{}</li><li>{}: <b>{}</b> public, <b>{}</b> not known</li><li>{}</li>\n</ul>\n",
        plural(summary.files, "file"),
        plural(summary.buckets, "bucket"),
        summary.public,
        summary.exposure_unknown,
        plural(summary.rules, "rule"),
    ));
}

/// What is not known, before anything else.
fn open_ends(run: &Run<'_>, page: &mut Page) {
    let complaints: Vec<_> = say::complaints(run.report).collect();
    if !complaints.is_empty() {
        page.raw("<section class=\"alert\" id=\"not-judged\" role=\"alert\">\n<h3>Not judged: ");
        page.raw(&plural(complaints.len(), "part")).raw(" of the input</h3>\n");
        page.raw("<p>Nothing on this page says that these are fine.</p>\n<ul>\n");
        for it in complaints {
            page.raw("<li><b>").raw(say::gravity(it.gravity)).raw("</b> <code>").text(it.code).raw("</code> ");
            if let Some(at) = run.places.of_diagnostic(it) {
                let line = at.start.map(|it| format!(":{}", it.line)).unwrap_or_default();
                page.raw("<code>").text(&format!("{}{line}", at.path)).raw("</code> ");
            }
            page.prose(&say::complaint(it)).raw("</li>\n");
        }
        page.raw("</ul>\n</section>\n");
    }
    let groups = Undecided::groups(run.report, &run.places);
    if !groups.is_empty() {
        page.raw("<section class=\"alert\">\n<h3>Undecided: ").raw(&plural(run.report.unknown(), "rule"));
        page.raw(", for want of ").raw(&plural(groups.len(), "value"));
        page.raw("</h3>\n<p>These did not pass. <a href=\"#undecided\">What is not known</a></p>\n</section>\n");
    }
}
