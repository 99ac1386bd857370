//! `suppressions`: what does not count, who said so, and what each hides.

use std::path::Path;

use serde::Serialize;
use serde_json::json;

use crate::finding::{Finding, Report};
use crate::gate::rules;
use crate::gate::suppression::{Listed, Named, State, Tool};
use crate::report::{Places, one_line};
use crate::source::Gravity;

use super::args::{ListFormat, Suppressions};
use super::commands::{Complaint, Looked, load_catalogue, look, select_rules};
use super::floors::Selection;
use super::gating::{Gating, ListedDeclared, Wishes};
use super::{config, rule_folders, terminal, world};

/// `suppressions`. All rules run, so that a suppression is not called unused because its rule is off. 3 where something could not be
/// read: there may be more.
pub fn suppressions(args: &Suppressions) -> Result<u8, Complaint> {
    let found = config::find(args.config.as_deref(), args.no_config, &args.input.paths, None)?;
    let mut folders = args.rule_folders.clone();
    folders.extend(found.config.rule_folders.iter().map(|it| found.folder.join(it)));
    let kept = rule_folders::of(&found, &mut folders)?;
    let catalogue = load_catalogue(&folders)?;
    drop(kept);
    let rules = select_rules(&catalogue, &Selection::ALL)?;
    let gating = Gating::new(Wishes::default(), &found, catalogue.infos())?;
    let Looked { sources, mut outcome, files, .. } = look(&args.input, &[], &rules, Some(&found))?;
    let (listed, declared) = gating.list(&sources, &files, &mut outcome.report);
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let of = found.file.as_deref().unwrap_or(Path::new(""));
    let rows: Vec<Row> = listed
        .iter()
        .map(|it| written(it, &places))
        .chain(declared.iter().map(|it| configured(it, of, &places)))
        .collect();
    let text = match args.format {
        ListFormat::Json => {
            let document = json!({ "schema": "bucketlint/suppressions/1", "suppressions": rows });
            serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
        }
        ListFormat::Pretty => table(&rows),
    };
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(complain_of_input(&outcome.report, &places))
}

/// Tells of what could not be read; the exit code says so.
pub(super) fn complain_of_input(report: &Report, places: &Places<'_>) -> u8 {
    let mut code = 0;
    for it in &report.diagnostics {
        let place = match (&it.at, &it.path) {
            (Some(at), _) => places.short(*at) + ": ",
            (None, Some(path)) => places.path(path) + ": ",
            (None, None) => String::new(),
        };
        match it.gravity {
            Gravity::Usage => code = 2,
            Gravity::Incomplete if code == 0 => code = 3,
            Gravity::Incomplete => (),
            _ => continue,
        }
        terminal::complain(&one_line(&format!("{place}{}", it.message)));
    }
    code
}

/// A line of the list.
#[derive(Serialize)]
struct Row {
    path: String,
    line: Option<u32>,
    tool: &'static str,
    rules: Vec<String>,
    reason: Option<String>,
    until: Option<String>,
    #[serde(serialize_with = "name")]
    state: State,
    mistake: Option<String>,
    hides: Vec<Hidden>,
}

/// A finding that does not count.
#[derive(Serialize)]
struct Hidden {
    rule: String,
    address: String,
    path: Option<String>,
    line: Option<u32>,
}

fn name<S: serde::Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

fn hidden(all: &[Finding], places: &Places<'_>) -> Vec<Hidden> {
    let one = |it: &Finding| {
        let (path, start) = it.at.map(|at| places.location(at)).map(|it| (it.path, it.start)).unzip();
        let line = start.flatten().map(|it| it.line);
        Hidden { rule: it.rule.clone(), address: it.address.clone(), path, line }
    };
    all.iter().map(one).collect()
}

fn written(it: &Listed, places: &Places<'_>) -> Row {
    let one = &it.suppression;
    let at = places.location(one.at);
    Row {
        path: at.path,
        line: at.start.map(|it| it.line),
        tool: one.tool.as_str(),
        rules: match &one.rules {
            Named::All => vec!["*".to_owned()],
            Named::Own(ids) | Named::Foreign(ids) => ids.clone(),
        },
        reason: one.reason.clone(),
        until: one.until.map(|it| it.to_string()),
        state: it.state,
        mistake: one.mistake.clone(),
        hides: hidden(&it.hides, places),
    }
}

fn configured(it: &ListedDeclared, of: &Path, places: &Places<'_>) -> Row {
    Row {
        path: places.path(of),
        line: None,
        tool: Tool::Bucketlint.as_str(),
        rules: vec![it.shown.clone()],
        reason: it.by.reason.clone(),
        until: it.by.until.clone(),
        state: match (it.is_over, it.hides.is_empty()) {
            (true, _) => State::Expired,
            (_, true) if it.is_locked => State::Locked,
            (_, true) if it.shown == rules::WIDENED => State::NotKnown,
            (_, true) => State::Unused,
            _ => State::Used,
        },
        mistake: None,
        hides: hidden(&it.hides, places),
    }
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no suppressions\n".to_owned();
    }
    let cells = rows.iter().map(|row| {
        let line = row.line.map(|it| format!(":{it}")).unwrap_or_default();
        let effect = match (row.state, row.hides.len()) {
            (State::Used, 1) => "hides 1 finding".to_owned(),
            (State::Used, count) => format!("hides {count} findings"),
            // What another tool is told may serve it.
            (State::Unused, _) if row.tool != Tool::Bucketlint.as_str() => "hides nothing here".to_owned(),
            (State::NotKnown, _) => "not known without --base".to_owned(),
            (State::Partial, _) => "covers a part only".to_owned(),
            (State::Unrelated, _) => "about other checks".to_owned(),
            (other, _) => other.as_str().to_owned(),
        };
        let reason = row.reason.as_ref().map_or_else(|| "no reason".to_owned(), |it| format!("\"{it}\""));
        let until = row.until.as_ref().map(|it| format!(" until {it}")).unwrap_or_default();
        let mistake = row.mistake.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
        [row.path.clone() + &line, row.tool.to_owned(), row.rules.join(","), effect, reason + &until + &mistake]
            .map(|it| one_line(&it).into_owned())
    });
    let cells: Vec<[String; 5]> = cells.collect();
    let mut widths = [0_usize; 4];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let [a, b, c, d] = widths;
    let mut out: String =
        cells.iter().map(|[p, t, r, h, w]| format!("{p:<a$}  {t:<b$}  {r:<c$}  {h:<d$}  {w}\n")).collect();
    let findings: usize = rows.iter().map(|it| it.hides.len()).sum();
    let used = rows.iter().filter(|it| it.state == State::Used).count();
    out.push_str(&format!("{} suppressions, {used} of them hide {findings} findings\n", rows.len()));
    out
}
