//! Hovers and code actions of an analysis.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::fix::target;
use crate::cli::inputs::Edited;
use crate::finding::{Edit, Finding, Fix, Safety};
use crate::fix::apply;
use crate::report::hover;
use crate::source::{FileId, Span};

use super::diagnostics::{self, Locator};
use super::fixes::{suppression_of, unused};
use super::judge::Analysis;
use super::position::{Position, TextRange};
use super::protocol::{Chosen, Client, Diagnostic, TextEdit};

/// Findings that are shown with the page of their rule; further ones have a line each.
const MAX_PAGES: usize = 3;

/// What stands beside a place: the verdict about the bucket that is declared there, and the findings with the pages of their rules.
pub fn hover(analysis: &Analysis, file: FileId, at: Position, client: Client) -> Option<Value> {
    let mut locator = Locator::new(analysis, client.encoding);
    let offset = u32::try_from(locator.lines(file).offset(at)).ok()?;
    let holds = |span: &Span| span.file == file && span.start <= offset && offset <= span.end;
    let views = analysis.views();
    let run = analysis.run(&views);
    let origins = views.iter().flat_map(|it| &it.estate.buckets).filter_map(|it| it.origin.span);
    let bucket = origins.filter(holds).min_by_key(|it| it.range().len());
    let mut texts: Vec<String> = bucket.and_then(|it| hover::buckets(it, &run)).into_iter().collect();
    let findings = &analysis.judged().looked.outcome.report.findings;
    let here: Vec<&Finding> = findings.iter().filter(|it| it.at.as_ref().is_some_and(holds)).collect();
    for it in here.iter().take(MAX_PAGES) {
        let rule = analysis.judged().infos.iter().find(|rule| rule.id == it.rule);
        texts.push(hover::finding(it, rule, &run));
    }
    let more = here.iter().skip(MAX_PAGES).map(|it| hover::line(it)).collect::<String>();
    if !more.is_empty() {
        texts.push(more);
    }
    if texts.is_empty() {
        return None;
    }
    let narrowest = here.iter().filter_map(|it| it.at).chain(bucket).min_by_key(|it| it.range().len())?;
    let kind = if client.markdown { "markdown" } else { "plaintext" };
    let range = locator.range(narrowest);
    Some(json!({ "contents": { "kind": kind, "value": texts.join("\n---\n\n") }, "range": range }))
}

/// What can be done about the findings of a range.
pub fn actions(
    analysis: &Analysis,
    (file, uri): (FileId, &str),
    range: TextRange,
    client: Client,
    is_current: &dyn Fn(FileId) -> bool,
) -> Vec<Value> {
    let mut locator = Locator::new(analysis, client.encoding);
    let judged = analysis.judged();
    let (mut fixing, mut silencing) = (Vec::new(), Vec::new());
    for it in &judged.looked.outcome.report.findings {
        let here = [it.at, it.declared].into_iter().flatten().filter(|at| at.file == file);
        let Some(own) = here.map(|at| locator.range(at)).find(|it| it.touches(range)) else { continue };
        let sources = &judged.looked.sources;
        let shown = diagnostics::one(it, analysis, own, &mut locator);
        let mut offer = |fix: &Fix, offer| action(fix, offer, &shown, analysis, client, is_current, &mut locator);
        let data = || Chosen {
            uri: uri.to_owned(),
            rule: it.rule.clone(),
            fingerprint: it.fingerprint.clone(),
            namespace: it.namespace.clone(),
        };
        fixing.extend(it.fix.as_ref().and_then(|fix| offer(fix, Offer::Plan(data()))));
        fixing.extend(unused(it, sources).and_then(|fix| offer(&fix, Offer::Removal)));
        silencing.extend(suppression_of(it, sources, &judged.infos).and_then(|fix| offer(&fix, Offer::Suppression)));
    }
    fixing.append(&mut silencing);
    fixing
}

/// What an action is.
enum Offer {
    /// A fix of `--fix`, which is proved when it is chosen.
    Plan(Chosen),
    /// A suppression that nothing needs goes.
    Removal,
    /// A finding is suppressed.
    Suppression,
}

/// A fix as a code action; `None` where a file that it edits has another text by now.
fn action(
    fix: &Fix,
    offer: Offer,
    about: &Diagnostic,
    analysis: &Analysis,
    client: Client,
    is_current: &dyn Fn(FileId) -> bool,
    locator: &mut Locator<'_>,
) -> Option<Value> {
    if fix.edits.is_empty() || !fix.edits.iter().all(|it| is_current(it.at.file)) {
        return None;
    }
    let mut title = capital(&fix.title);
    let mends = !matches!(offer, Offer::Suppression);
    if mends && fix.safety == Safety::Unsafe {
        let because = fix.because.as_deref().unwrap_or("it changes what works now");
        title.push_str(&format!(" (unsafe: {because})"));
    }
    let (key, value) = match offer {
        Offer::Plan(data) if client.resolves => ("data", json!(data)),
        offer => {
            if matches!(offer, Offer::Plan(_)) {
                title.push_str(" (not proved; `--fix` proves it)");
            }
            ("edit", workspace_edit(fix, analysis, client, locator)?)
        }
    };
    Some(json!({
        "title": title,
        "kind": "quickfix",
        "diagnostics": [about],
        "isPreferred": mends && fix.safety == Safety::Safe,
        key: value,
    }))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|it| it.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The edit of a fix that was chosen, where the proved texts are those that it gives what the editor has.
pub fn proved(
    analysis: &Analysis,
    chosen: &Chosen,
    proved: &Edited,
    client: Client,
    is_current: &dyn Fn(FileId) -> bool,
) -> Option<Value> {
    let sources = &analysis.judged().looked.sources;
    let findings = &analysis.judged().looked.outcome.report.findings;
    let is_chosen = |it: &&Finding| target(it) == chosen.target();
    let fix = findings.iter().find(is_chosen)?.fix.as_ref()?;
    let mut by_file: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.at.file).or_default().push(edit.clone());
    }
    let is_proved = |(file, edits): (&FileId, &Vec<Edit>)| {
        let text = apply(&sources.file(*file).text, edits);
        is_current(*file) && text.is_some_and(|text| proved.get(&sources.file(*file).path) == Some(&text))
    };
    let mut locator = Locator::new(analysis, client.encoding);
    by_file.iter().all(is_proved).then(|| workspace_edit(fix, analysis, client, &mut locator))?
}

/// The edits by file; with versions where the client takes them.
fn workspace_edit(fix: &Fix, analysis: &Analysis, client: Client, locator: &mut Locator<'_>) -> Option<Value> {
    let mut files: Vec<(String, Option<i64>, Vec<TextEdit>)> = Vec::new();
    for edit in &fix.edits {
        let path = analysis.judged().looked.sources.file(edit.at.file).path.clone();
        let (uri, version) = analysis.uri(Path::new(&path))?;
        let edit = TextEdit { range: locator.range(edit.at), new_text: edit.text.clone() };
        match files.iter_mut().find(|it| it.0 == uri) {
            Some(file) => file.2.push(edit),
            None => files.push((uri, version, vec![edit])),
        }
    }
    if client.document_changes {
        let one = |(uri, version, edits): &(String, Option<i64>, Vec<TextEdit>)| json!({ "textDocument": { "uri": uri, "version": version }, "edits": edits });
        return Some(json!({ "documentChanges": files.iter().map(one).collect::<Vec<_>>() }));
    }
    let changes: serde_json::Map<String, Value> = files.iter().map(|it| (it.0.clone(), json!(it.2))).collect();
    Some(json!({ "changes": changes }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::documents::Documents;
    use super::super::judge::{Job, Scope};
    use super::super::position::Encoding;
    use super::super::protocol::DocumentItem;
    use super::*;
    use crate::cli::args::Lsp;

    const TEXT: &str = "# ü𝄞\nresource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";

    fn analysis() -> Analysis {
        let uri = "untitled:a.tf".to_owned();
        let mut documents = Documents::default();
        let item =
            DocumentItem { uri: uri.clone(), language_id: "terraform".to_owned(), version: 7, text: TEXT.to_owned() };
        documents.open(item);
        let open = documents.iter().cloned().collect();
        let encoding = Encoding::Utf16;
        let (scope, settings) = (Scope::Untitled(uri), Arc::new(Lsp::default()));
        Analysis::new(&Job { scope, encoding, open, settings, prove: None }).unwrap()
    }

    /// A fix made by hand, of two edits, as the client gets it.
    fn check(safety: Safety, document_changes: bool, is_current: bool, expected: Option<Value>) {
        let analysis = analysis();
        let file = analysis.file(Path::new("a.tf")).unwrap();
        let at = |part: &str| TEXT.find(part).unwrap()..TEXT.find(part).unwrap() + part.len();
        let edit = |part: &str, text: &str| Edit { at: Span::of(file, at(part)), text: text.to_owned() };
        let fix = Fix {
            title: "make it private".to_owned(),
            safety,
            because: None,
            edits: vec![edit("𝄞", "x"), edit("public-read", "private")],
        };
        let client = Client { encoding: Encoding::Utf16, document_changes, ..Client::default() };
        let mut locator = Locator::new(&analysis, client.encoding);
        let finding = &analysis.judged().looked.outcome.report.findings[0];
        let about = diagnostics::one(finding, &analysis, TextRange::default(), &mut locator);
        let found = action(&fix, Offer::Removal, &about, &analysis, client, &|_| is_current, &mut locator);
        let found = found.map(|mut it| {
            it.as_object_mut().unwrap().remove("diagnostics").unwrap();
            it
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_fix_becomes_an_edit() {
        let at = |line: u32, from: u32, to: u32| json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
        let edits = json!([
            { "range": at(0, 3, 5), "newText": "x" },
            { "range": at(2, 9, 20), "newText": "private" },
        ]);
        let changes = json!({ "documentChanges": [{ "textDocument": { "uri": "untitled:a.tf", "version": 7 }, "edits": edits }] });
        let of = |title: &str, preferred: bool, edit: Value| {
            Some(json!({ "title": title, "kind": "quickfix", "isPreferred": preferred, "edit": edit }))
        };
        check(Safety::Safe, true, true, of("Make it private", true, changes));
        let title = "Make it private (unsafe: it changes what works now)";
        check(Safety::Unsafe, false, true, of(title, false, json!({ "changes": { "untitled:a.tf": edits } })));
        check(Safety::Safe, true, false, None);
    }
}
