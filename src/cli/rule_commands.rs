//! The commands about rules: list them, explain one, run the cases of pages.

use std::path::PathBuf;

use crate::finding::{Relation, RuleInfo};
use crate::gate::rules as gate;
use crate::report::rule_json;
use crate::rules::framework_name;
use crate::source::did_you_mean;

use super::args::{Explain, Rules as RulesArgs, RulesAction, RulesFormat};
use super::commands::{Complaint, load_catalogue, select_rules};
use super::floors::Selection;
use super::{cases, terminal};

/// `rules`.
pub fn rules(args: &RulesArgs) -> Result<u8, Complaint> {
    if let Some(RulesAction::Test { paths }) = &args.action {
        return test(paths);
    }
    let framework = args.framework.as_deref();
    let selection = Selection { profile: args.profile.as_str(), framework, ..Selection::default() };
    let rules = select_rules(&load_catalogue(&args.rule_folders)?, &selection)?;
    let text = match args.format {
        RulesFormat::Json => {
            let list: Vec<_> = rules.infos().iter().map(rule_json).collect();
            let document = serde_json::json!({ "schema": "bucketlint/rules/1", "rules": list });
            serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
        }
        RulesFormat::Pretty => match &args.framework {
            None => rule_table(rules.infos()),
            Some(name) => control_table(rules.infos(), framework_name(name)),
        },
    };
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}

fn rule_table(rules: &[RuleInfo]) -> String {
    let width = rules.iter().map(|it| it.id.len()).max().unwrap_or(0);
    let lines = rules.iter().map(|it| format!("{:<width$}  {:<8}  {}\n", it.id, it.severity.as_str(), it.title));
    lines.collect()
}

/// Rules by the controls of a framework; one that answers to several stands under each.
fn control_table(rules: &[RuleInfo], framework: &str) -> String {
    let mut rows = Vec::new();
    for rule in rules {
        for (_, controls) in rule.frameworks.iter().filter(|(name, _)| name == framework) {
            rows.extend(controls.iter().map(|control| (natural(control), control, rule)));
        }
    }
    rows.sort_by(|a, b| (&a.0, &a.2.id).cmp(&(&b.0, &b.2.id)));
    let first = rows.iter().map(|it| it.1.len()).max().unwrap_or(0);
    let second = rows.iter().map(|it| it.2.id.len()).max().unwrap_or(0);
    let line = |(_, control, rule): &(_, &String, &RuleInfo)| {
        format!("{control:<first$}  {:<second$}  {:<8}  {}\n", rule.id, rule.severity.as_str(), rule.title)
    };
    rows.iter().map(line).collect()
}

/// Numbers in a control's id count as numbers: `S3.9` stands before `S3.12`.
fn natural(control: &str) -> Vec<(u64, String)> {
    let parts = control.split(['.', ':', '-']);
    parts.map(|it| (it.parse().unwrap_or(0), it.to_owned())).collect()
}

/// `rules test`: every page is loaded, every case is run. 2 where one is wrong.
fn test(paths: &[PathBuf]) -> Result<u8, Complaint> {
    let (mut mistakes, mut count, mut tested) = (Vec::new(), 0, 0);
    for path in paths {
        if !path.exists() {
            return Err(format!("{}: no such file or folder", path.display()));
        }
        // What `check --rules` would refuse: two pages of one id, an id that is not the file's name.
        if path.is_dir() {
            let refused = crate::rules::Catalogue::default().add_folder(path).err().unwrap_or_default();
            mistakes.extend(refused.iter().map(ToString::to_string));
        }
        for page in cases::pages(path) {
            let shown = page.display().to_string();
            let text = std::fs::read_to_string(&page).map_err(|error| format!("{shown}: {error}"))?;
            tested += 1;
            match cases::run_page(&shown, &text) {
                Err(mistake) => mistakes.push(mistake.to_string()),
                Ok(results) if results.is_empty() => mistakes.push(format!("{shown}:1: the page has no case")),
                Ok(results) => {
                    count += results.len();
                    let wrong =
                        results.iter().filter_map(|it| Some(format!("{shown}:{}: {}", it.line, it.mistake.as_ref()?)));
                    mistakes.extend(wrong);
                }
            }
        }
    }
    if tested == 0 {
        return Err("there is no rule page (*.md) here".to_owned());
    }
    let mut told = std::collections::BTreeSet::new();
    mistakes.retain(|it| told.insert(it.clone()));
    if !mistakes.is_empty() {
        return Err(format!(
            "{}\n{} mistakes in {tested} pages with {count} cases",
            mistakes.join("\n"),
            mistakes.len()
        ));
    }
    let text = format!("{count} cases in {tested} pages hold\n");
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}

/// `explain`.
pub fn explain(args: &Explain) -> Result<u8, Complaint> {
    let catalogue = load_catalogue(&args.rule_folders)?;
    let mut own = gate::infos();
    own.push(gate::widened());
    let Some(rule) = catalogue.infos().iter().chain(&own).find(|it| it.id == args.rule) else {
        return Err(unknown_rule(&args.rule, catalogue.infos()));
    };
    terminal::print(&page(rule)).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}

fn unknown_rule(name: &str, rules: &[RuleInfo]) -> Complaint {
    let mut related: Vec<(Relation, &str)> = rules
        .iter()
        .flat_map(|rule| rule.elsewhere().filter(|it| it.2 == name).map(|it| (it.0, rule.id.as_str())))
        .collect();
    related.sort_unstable();
    let same: Vec<String> = related.iter().map(|it| format!("`{}`", it.1)).collect();
    match related.first() {
        Some((Relation::Equivalent, rule)) => return format!("`{name}` is called `{rule}` here"),
        Some((Relation::Broader, _)) => return format!("`{name}` is here: {}", same.join(", ")),
        Some((Relation::Narrower, _)) => return format!("`{name}` is a part of {} here", same.join(", ")),
        None => (),
    }
    format!("no rule is called `{name}`{}", did_you_mean(name, rules.iter().map(|it| it.id.as_str())))
}

fn page(rule: &RuleInfo) -> String {
    let mut text = format!("{} ({}): {}\n\n", rule.id, rule.severity.as_str(), rule.title);
    text.push_str(rule.help_markdown.trim());
    text.push_str("\n\n");
    let tables = [
        ("Known elsewhere as", &rule.equivalents),
        ("A part of", &rule.broader),
        ("More than", &rule.narrower),
        ("Controls", &rule.frameworks),
    ];
    for (title, table) in tables {
        if table.is_empty() {
            continue;
        }
        let rows: Vec<_> = table.iter().map(|(key, ids)| format!("{key} {}", ids.join(" "))).collect();
        text.push_str(&format!("{title}: {}\n", rows.join(" · ")));
    }
    for reference in &rule.references {
        text.push_str(&format!("See {reference}\n"));
    }
    text
}
