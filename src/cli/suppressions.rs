//! `suppressions`: what does not count, who said so, and what each hides.

use std::path::Path;

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::gate::suppression::{Listed, Named, State};
use crate::report::Places;
use crate::source::Gravity;

use super::args::{ListFormat, Suppressions};
use super::commands::{Complaint, Looked, load_rules, look};
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
    let rules = load_rules(&Selection { folders: &folders, profile: "all", ..Selection::default() })?;
    drop(kept);
    let gating = Gating::new(Wishes::default(), &found, rules.infos())?;
    let Looked { sources, mut outcome, files, .. } = look(&args.input, &[], &rules, Some(&found))?;
    let (listed, declared) = gating.list(&sources, &files, &mut outcome.report);
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let of = found.file.as_deref().unwrap_or(Path::new(""));
    let rows: Vec<Value> = listed
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
    let mut code = 0;
    for it in &outcome.report.diagnostics {
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
        terminal::complain(&format!("{place}{}", it.message));
    }
    Ok(code)
}

fn hidden(all: &[Finding], places: &Places<'_>) -> Vec<Value> {
    let one = |it: &Finding| {
        let at = it.at.map(|at| places.location(at));
        json!({
            "rule": it.rule,
            "address": it.address,
            "path": at.as_ref().map(|it| it.path.clone()),
            "line": at.and_then(|it| it.start).map(|it| it.line),
        })
    };
    all.iter().map(one).collect()
}

fn written(it: &Listed, places: &Places<'_>) -> Value {
    let one = &it.suppression;
    let at = places.location(one.at);
    let rules = match &one.rules {
        Named::All => vec!["*".to_owned()],
        Named::Own(ids) | Named::Foreign(ids) => ids.clone(),
    };
    json!({
        "path": at.path,
        "line": at.start.map(|it| it.line),
        "tool": one.tool.as_str(),
        "rules": rules,
        "reason": one.reason,
        "until": one.until.map(|it| it.to_string()),
        "state": it.state.as_str(),
        "mistake": one.mistake,
        "hides": hidden(&it.hides, places),
    })
}

fn configured(it: &ListedDeclared, of: &Path, places: &Places<'_>) -> Value {
    let state = match (it.is_over, it.hides.is_empty()) {
        (true, _) => State::Expired,
        (_, true) => State::Unused,
        _ => State::Used,
    };
    json!({
        "path": places.path(of),
        "line": null,
        "tool": "bucketlint",
        "rules": [it.shown],
        "reason": it.by.reason,
        "until": it.by.until,
        "state": state.as_str(),
        "mistake": null,
        "hides": hidden(&it.hides, places),
    })
}

fn table(rows: &[Value]) -> String {
    if rows.is_empty() {
        return "no suppressions\n".to_owned();
    }
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |row: &Value, key: &str| row.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut cells = Vec::new();
    for row in rows {
        let line = row.get("line").and_then(Value::as_u64).map(|it| format!(":{it}")).unwrap_or_default();
        let rules: Vec<String> = list(row, "rules").iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
        let hides = match (text(row, "state").as_str(), list(row, "hides").len()) {
            ("used", 1) => "hides 1 finding".to_owned(),
            // What another tool is told may serve it.
            ("unused", _) if text(row, "tool") != "bucketlint" => "hides nothing here".to_owned(),
            ("unrelated", _) => "about other checks".to_owned(),
            ("used", count) => format!("hides {count} findings"),
            (other, _) => other.to_owned(),
        };
        let reason = Some(text(row, "reason")).filter(|it| !it.is_empty()).map(|it| format!("\"{it}\""));
        let until = Some(text(row, "until")).filter(|it| !it.is_empty()).map(|it| format!(" until {it}"));
        let mistake = Some(text(row, "mistake")).filter(|it| !it.is_empty()).map(|it| format!(": {it}"));
        cells.push([
            text(row, "path") + &line,
            text(row, "tool"),
            rules.join(","),
            hides,
            reason.unwrap_or_else(|| "no reason".to_owned())
                + &until.unwrap_or_default()
                + &mistake.unwrap_or_default(),
        ]);
    }
    let mut widths = [0_usize; 4];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let [a, b, c, d] = widths;
    let mut out: String =
        cells.iter().map(|[p, t, r, h, w]| format!("{p:<a$}  {t:<b$}  {r:<c$}  {h:<d$}  {w}\n")).collect();
    let findings: usize = rows.iter().map(|it| list(it, "hides").len()).sum();
    let used = rows.iter().filter(|it| text(it, "state") == "used").count();
    out.push_str(&format!("{} suppressions, {used} of them hide {findings} findings\n", rows.len()));
    out
}
