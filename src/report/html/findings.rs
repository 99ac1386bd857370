//! Findings with their code, and what could not be decided, with the form that filters both.

use std::collections::BTreeSet;

use crate::finding::{Finding, Label, RuleInfo, Severity};
use crate::source::Span;

use super::super::shared::say::{self, plural};
use super::super::shared::{Run, Undecided};
use super::escape::Page;

/// Further places shown for one finding.
const MAX_PLACES: usize = 20;

/// The form, the findings, and the undecided rules by cause.
pub fn section(run: &Run<'_>, rules: &[RuleInfo], page: &mut Page) {
    let violations = say::violations(run.report);
    page.raw("<section id=\"findings\">\n<h2>Findings</h2>\n");
    if !run.report.findings.is_empty() {
        filter(run, page);
    }
    if violations.is_empty() {
        page.raw("<p>No rule was found violated.</p>\n");
    }
    for it in violations {
        finding(it, run, rules, page);
    }
    page.raw("</section>\n");
    let groups = Undecided::groups(run.report, &run.places);
    if !groups.is_empty() {
        page.raw("<section id=\"undecided\">\n<h2>Undecided</h2>\n");
        groups.iter().for_each(|it| undecided(it, run, page));
        page.raw("</section>\n");
    }
    suppressed(run, page);
}

/// Hidden until the script shows it: without a script it could do nothing.
fn filter(run: &Run<'_>, page: &mut Page) {
    page.raw("<form class=\"filter\" id=\"filter\" hidden>\n");
    page.raw("<input type=\"search\" id=\"text\" placeholder=\"Filter by text\" aria-label=\"Filter by text\">\n");
    page.raw("<select id=\"rule\" aria-label=\"Rule\"><option value=\"\">all rules</option>");
    let rules: BTreeSet<&str> = run.report.findings.iter().map(|it| it.rule.as_str()).collect();
    for rule in rules {
        page.raw("<option>").text(rule).raw("</option>");
    }
    page.raw("</select>\n");
    let mut kinds: Vec<&str> =
        Severity::ALL.into_iter().filter(|it| 0 < run.report.count(*it)).map(Severity::as_str).collect();
    if 0 < run.report.unknown() {
        kinds.push("undecided");
    }
    for kind in kinds {
        page.raw(&format!("<label><input type=\"checkbox\" value=\"{kind}\" checked> {kind}</label>\n"));
    }
    page.raw(
        "<button type=\"reset\">all</button> <span id=\"count\" class=\"soft\" aria-live=\"polite\"></span>\n</form>\n",
    );
}

fn finding(it: &Finding, run: &Run<'_>, rules: &[RuleInfo], page: &mut Page) {
    let severity = it.severity.as_str();
    page.raw(&format!("<article class=\"item {severity}\" data-kind=\"{severity}\" data-rules=\"")).text(&it.rule);
    page.raw(&format!("\">\n<header><span class=\"badge\">{severity}</span> <h3>"))
        .prose(say::message(it))
        .raw("</h3>");
    page.raw("</header>\n<p class=\"soft\"><code>")
        .text(&it.rule)
        .raw("</code> · <code>")
        .text(&it.named())
        .raw("</code>");
    if let Some(at) = it.at {
        page.raw(" · <code>").text(&run.places.short(at)).raw("</code>");
    }
    let reference = rules.iter().find(|rule| rule.id == it.rule).and_then(|rule| rule.references.first());
    if let Some(reference) = reference.filter(|it| it.starts_with("https://")) {
        page.raw(" · <a rel=\"noreferrer\" href=\"").text(reference).raw("\">reference</a>");
    }
    page.raw("</p>\n");
    if let Some(at) = it.at {
        code(at, it.label.as_deref(), run, page);
    }
    places("ul", "", &it.related, run, page);
    // The last step is the place itself.
    if let Some((_, way)) = it.flow.split_last() {
        places("ol", "The way here:", way, run, page);
    }
    particulars(it, run, page);
    page.raw("</article>\n");
}

fn undecided(it: &Undecided<'_>, run: &Run<'_>, page: &mut Page) {
    page.raw("<article class=\"item undecided\" data-kind=\"undecided\" data-rules=\"").text(&it.rules().join(" "));
    page.raw("\">\n<header><span class=\"badge\">undecided</span> <h3>").prose(&it.cause).raw("</h3></header>\n<ul>\n");
    for (address, findings) in &it.resources {
        page.raw("<li><code>").text(address).raw("</code>");
        if let Some(at) = findings.iter().find_map(|it| it.at) {
            page.raw(" <code class=\"soft\">").text(&run.places.short(at)).raw("</code>");
        }
        page.raw(": ");
        for (index, finding) in findings.iter().enumerate() {
            page.raw(if index == 0 { "" } else { ", " }).raw("<code>").text(&finding.rule).raw("</code> (may be ");
            page.raw(finding.severity.as_str()).raw(")");
            if !finding.environments.is_empty() {
                page.raw(" in ").text(&finding.environments.join(", "));
            }
        }
        page.raw("</li>\n");
    }
    page.raw("</ul>\n");
    if let Some(at) = it.findings().find_map(|it| it.at) {
        code(at, None, run, page);
    }
    page.raw("</article>\n");
}

/// Findings that do not count, with who says so.
fn suppressed(run: &Run<'_>, page: &mut Page) {
    if run.report.suppressed.is_empty() {
        return;
    }
    page.raw("<section id=\"suppressed\">\n<h2>Suppressed</h2>\n<ul>\n");
    for it in &run.report.suppressed {
        page.raw("<li>").raw(it.finding.severity.as_str()).raw(" <code>").text(&it.finding.rule).raw("</code> ");
        page.prose(say::message(&it.finding));
        if let Some(at) = it.finding.at {
            page.raw(" <code class=\"soft\">").text(&run.places.short(at)).raw("</code>");
        }
        page.raw(" – ").text(&say::suppression(&it.by)).raw("</li>\n");
    }
    page.raw("</ul>\n</section>\n");
}

/// The lines of a place, the place marked.
fn code(at: Span, label: Option<&str>, run: &Run<'_>, page: &mut Page) {
    page.raw("<pre class=\"code\">");
    for line in run.places.excerpt(at) {
        page.raw(&format!("<span><i>{}</i>", line.number)).text(&line.before);
        if !line.marked.is_empty() {
            page.raw("<mark>").text(&line.marked).raw("</mark>");
        }
        page.text(&line.after).raw("</span>");
    }
    page.raw("</pre>\n");
    if let Some(label) = label {
        page.raw("<p class=\"soft\"><mark>marked</mark>: ").prose(label).raw("</p>\n");
    }
}

/// Further places, each with what it says and its first line.
fn places(list: &str, title: &str, labels: &[Label], run: &Run<'_>, page: &mut Page) {
    if labels.is_empty() {
        return;
    }
    if !title.is_empty() {
        page.raw("<p class=\"soft\">").raw(title).raw("</p>\n");
    }
    page.raw(&format!("<{list}>\n"));
    for label in labels.iter().take(MAX_PLACES) {
        page.raw("<li><code class=\"soft\">").text(&run.places.short(label.at)).raw("</code> ").prose(&label.text);
        if let Some(line) = run.places.excerpt(label.at).into_iter().find(|it| !it.marked.is_empty()) {
            page.raw(": <code>").text(line.text().trim()).raw("</code>");
        }
        page.raw("</li>\n");
    }
    if MAX_PLACES < labels.len() {
        page.raw("<li>and ").raw(&plural(labels.len() - MAX_PLACES, "further place")).raw("</li>\n");
    }
    page.raw(&format!("</{list}>\n"));
}

fn particulars(it: &Finding, run: &Run<'_>, page: &mut Page) {
    let all = say::particulars(it, &run.places);
    if all.is_empty() {
        return;
    }
    page.raw("<dl>\n");
    for (name, text) in all {
        page.raw("<dt>").raw(name).raw("</dt><dd>");
        if name == "example request" {
            page.raw("<code>").text(&text).raw("</code>");
        } else {
            page.prose(&text);
        }
        page.raw("</dd>\n");
    }
    page.raw("</dl>\n");
}
