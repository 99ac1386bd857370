//! As text for people.

use super::super::shared::changes::statement_text;
use super::super::shared::clean;
use super::super::shared::say::plural;
use super::{Changes, Sides, request, sentence};
use crate::incident::diff::{BucketDiff, Direction, Presence, SettingChange};
use crate::value::Truth;

/// The whole as text.
#[must_use]
pub fn render(it: &Changes, places: &Sides<'_>) -> String {
    let mut out = String::new();
    for change in &it.account {
        out.push_str(&format!("account-wide\n{}", setting("~", change)));
    }
    for one in &it.account_undecided {
        out.push_str(&format!("account-wide\n  ? {} cannot be compared: {}\n", one.feature, one.why));
    }
    for bucket in &it.buckets {
        out.push_str(&one(bucket, places));
    }
    for problem in &it.problems {
        out.push_str(&format!("? cannot compare: {problem}\n"));
    }
    it.notes.iter().for_each(|it| out.push_str(&format!("note: {it}\n")));
    let said = it.buckets.iter().filter(|it| it.presence == Presence::Both).count();
    let gaining = it.buckets.iter().filter(|it| it.gains()).count();
    out.push_str(&format!(
        "{} compared: {} the same, {said} not; {gaining} with access gained\n",
        plural(it.compared, "bucket"),
        it.compared.saturating_sub(said)
    ));
    clean(&out).into_owned()
}

fn one(it: &BucketDiff, places: &Sides<'_>) -> String {
    let mut out = match it.presence {
        Presence::Both => format!("{}\n", it.name),
        Presence::OnlyOld => format!("{}: only the old side has it\n", it.name),
        Presence::OnlyNew => format!("{}: only the new side has it\n", it.name),
    };
    for change in &it.access {
        let sign = match (change.holds, change.direction) {
            (Truth::Yes, Direction::Gained) => "+",
            (Truth::Yes, Direction::Lost) => "-",
            _ => "?",
        };
        let place =
            change.origin.span.map(|at| format!(" ({})", places.of(change.direction).short(at))).unwrap_or_default();
        out.push_str(&format!("  {sign} {}{place}\n", sentence(change)));
        if let Some(witness) = &change.witness {
            out.push_str(&format!("      e.g. {}\n", request(witness)));
        }
        if change.holds != Truth::Yes {
            change.why.iter().for_each(|it| out.push_str(&format!("      {it}\n")));
        }
    }
    for change in &it.statements {
        out.push_str(&statement_text(change));
    }
    it.settings.iter().for_each(|it| out.push_str(&setting("~", it)));
    if !it.unmanaged.is_empty() {
        out.push_str("  unmanaged: the code says nothing of\n");
        it.unmanaged.iter().for_each(|it| out.push_str(&setting("  ·", it)));
    }
    for left in &it.left {
        let sign = if left.doubt.is_some() { "? left as it is:" } else { "  · left as it is:" };
        out.push_str(&setting(sign, &left.change));
        out.push_str(&format!("      {}\n", left.why));
        left.doubt.iter().for_each(|it| out.push_str(&format!("      {it}\n")));
    }
    for undecided in &it.undecided {
        out.push_str(&format!("  ? {} cannot be compared: {}\n", undecided.feature, undecided.why));
    }
    out
}

fn setting(sign: &str, it: &SettingChange) -> String {
    let show = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    format!("  {sign} {}: {} → {}\n", it.feature, show(&it.old), show(&it.new))
}
