//! Values that stand for all others: for each condition key (and for object keys) one value of each class that the
//! conditions can tell apart.

use std::net::IpAddr;

use super::super::condition::{Compiled, Test, next_address};
use super::super::date;
use super::super::glob::{Pattern, Tok};
use super::super::keys::{Key, KeyType};
use super::super::operator::Base;
use super::actor::is_routable;
use super::automaton;
use super::boxes::Budget;
use super::space::Setting;

/// Values, one of each class at least, and whether no class is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    /// The values.
    pub(super) values: Vec<String>,
    /// Whether every class has a value.
    pub(super) complete: bool,
}

/// The classes of a condition key for the conditions that speak of it.
pub(super) fn of_key(key: Option<&Key>, conditions: &[&Compiled], setting: &Setting<'_>) -> Classes {
    let budget = setting.budget;
    let mut out = Classes { values: Vec::new(), complete: true };
    let sample = key.and_then(|it| it.sample.as_ref()).map(|it| setting.example(it));
    out.values.extend(sample);
    let mut patterns: Vec<(&Pattern, bool, bool)> = Vec::new();
    let (mut v4, mut v6) = (false, false);
    for condition in conditions {
        let Some(operator) = condition.operator else { continue };
        for test in &condition.tests {
            match test {
                Test::Glob(pattern) => patterns.push((pattern, operator.base == Base::StringEqualsIgnoreCase, false)),
                Test::Arn(pattern, _) => patterns.push((pattern, false, true)),
                Test::Bool(_) => out.values.extend(["true".to_owned(), "false".to_owned()]),
                Test::Range(first, last) => {
                    out.values.extend([first.to_string(), last.to_string()]);
                    out.values.extend(next_address(*last).map(|it| it.to_string()));
                    (v4, v6) = (v4 || first.is_ipv4(), v6 || first.is_ipv6());
                }
                Test::Number(_) | Test::Invalid | Test::Unknown(_) => {}
            }
        }
        if let Base::Numeric(_) | Base::Date(_) = operator.base {
            numbers(conditions, matches!(operator.base, Base::Date(_)), &mut out.values);
        }
    }
    // Ranges that start inside a private or narrow one leave it at its end.
    let zeros = [(v4, ["0.0.0.0", "11.0.0.0", "172.32.0.0", "192.169.0.0"]), (v6, ["::", "fe00::", "1::", "2::"])];
    out.values.extend(zeros.iter().filter(|it| it.0).flat_map(|it| it.1.map(str::to_owned)));
    if key.is_some_and(|it| it.kind == KeyType::Ip) {
        out.values.extend(["198.51.100.77".to_owned(), "10.0.0.7".to_owned(), "2001:db8::77".to_owned()]);
    }
    if let Some(super::super::keys::Presence::Value(it)) = key.map(|it| &it.anonymous) {
        out.values.push(it.clone());
    }
    let is_arn = key.is_some_and(|it| it.kind == KeyType::Arn);
    let texts = if is_arn && patterns.iter().any(|it| it.0.has_wildcard()) {
        arns(&patterns, setting)
    } else {
        texts(&patterns, "", key.map(|it| &it.shape), budget)
    };
    out.values.extend(texts.values);
    // AWS gives these keys values of their type only.
    match key.map(|it| &it.kind) {
        Some(KeyType::Numeric) => out.values.retain(|it| it.parse::<f64>().is_ok()),
        Some(KeyType::Date) => out.values.retain(|it| date::seconds(it).is_some()),
        Some(KeyType::Bool) => out.values.retain(|it| matches!(it.as_str(), "true" | "false")),
        Some(KeyType::Ip) => {
            let wild: Vec<&Pattern> = patterns.iter().map(|it| it.0).filter(|it| it.has_wildcard()).collect();
            out.values.extend(wild.iter().filter_map(|it| address_like(it)));
            out.values.retain(|it| it.parse::<IpAddr>().is_ok());
            // One pattern has an address inside and the samples outside; how several overlap is not worked out.
            out.complete &= wild.len() <= 1;
        }
        _ => {}
    }
    out.complete &= texts.complete;
    out
}

/// The classes of texts that start with `prefix`, for patterns (with: case does not count, fields of an ARN).
pub(super) fn texts(
    patterns: &[(&Pattern, bool, bool)],
    prefix: &str,
    shape: Option<&Pattern>,
    budget: &Budget,
) -> Classes {
    let mut out = Classes { values: Vec::new(), complete: true };
    let fresh = fresh(patterns.iter().map(|it| it.0));
    let shaped = shape.is_some_and(|it| it.tokens != [Tok::Many]);
    let mut wild = 0;
    let mut only_prefixes = true;
    for (pattern, ignore_case, _) in patterns {
        match simple(pattern) {
            Simple::Literal(text) => {
                let Some(text) = text.strip_prefix(prefix) else { continue };
                out.values.push(text.to_owned());
                if *ignore_case {
                    out.values.push(swap_case(text));
                }
            }
            Simple::Prefix(text) => {
                // A shorter pattern matches everything behind the prefix, or nothing.
                let Some(text) = text.strip_prefix(prefix) else { continue };
                wild += 1;
                out.values.push(format!("{text}{fresh}"));
            }
            Simple::Other => {
                wild += 1;
                only_prefixes = false;
                if prefix.is_empty() {
                    out.values.extend(instances(pattern, fresh));
                }
            }
        }
    }
    out.values.push(fresh.to_string());
    let folds = patterns.iter().any(|it| it.1);
    // Literals and prefixes form a tree: each has a value of its own. One pattern of any form has values inside and out.
    let simple = only_prefixes || wild <= 1 && prefix.is_empty();
    let easy = simple && !(0 < wild && (folds || shaped));
    if !easy {
        let classes = automaton::classes(patterns, prefix, shape, fresh, budget);
        out.values.extend(classes.values);
        out.complete = classes.complete;
    }
    out
}

enum Simple {
    Literal(String),
    Prefix(String),
    Other,
}

fn simple(pattern: &Pattern) -> Simple {
    if let Some(text) = pattern.as_literal() {
        return Simple::Literal(text);
    }
    match pattern.tokens.split_last() {
        Some((Tok::Many, head)) => match (Pattern { tokens: head.to_vec() }).as_literal() {
            Some(text) => Simple::Prefix(text),
            None => Simple::Other,
        },
        _ => Simple::Other,
    }
}

/// An address whose text a pattern matches: operators of texts may be used on addresses too.
fn address_like(pattern: &Pattern) -> Option<String> {
    let fillings = ["9", "9.9", "9.9.9", "8.8.8.8", "", "::9"];
    let texts = fillings.iter().map(|it| fill(pattern, "9", it));
    texts.filter(|it| it.parse::<IpAddr>().is_ok()).max_by_key(|it| is_routable(it))
}

/// A character that no pattern has: what follows it is decided by wildcards alone.
fn fresh<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> char {
    let used: Vec<char> = patterns
        .flat_map(|it| &it.tokens)
        .filter_map(|it| if let Tok::Char(c) = it { Some(c.to_ascii_lowercase()) } else { None })
        .collect();
    ('a'..='z')
        .rev()
        .chain('0'..='9')
        .skip(2)
        .chain(['y', 'z', '~', '\u{e000}'])
        .find(|it| !used.contains(it))
        .unwrap_or('\u{e001}')
}

/// Texts that a pattern matches: its stars empty, and filled with something fresh.
fn instances(pattern: &Pattern, fresh: char) -> [String; 2] {
    let fresh = fresh.to_string();
    [fill(pattern, &fresh, &fresh), fill(pattern, &fresh, "")]
}

fn fill(pattern: &Pattern, one: &str, star: &str) -> String {
    let mut out = String::new();
    for token in &pattern.tokens {
        match token {
            Tok::Char(c) => out.push(*c),
            Tok::One => out.push_str(one),
            Tok::Many | Tok::Variable(..) | Tok::Unknown(_) => out.push_str(star),
        }
    }
    out
}

fn swap_case(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
}

/// ARNs: since each of the six fields is compared on its own, the values of the fields are found one by one.
fn arns(patterns: &[(&Pattern, bool, bool)], setting: &Setting<'_>) -> Classes {
    const MAX_ARNS: usize = 1024;
    let mut out = Classes { values: Vec::new(), complete: true };
    let mut fields: Vec<Vec<Pattern>> = vec![Vec::new(); 6];
    for (pattern, ignore_case, as_fields) in patterns {
        out.values.extend(instances(pattern, 'x'));
        let parts = pattern.arn_fields();
        // Text patterns agree with the fields only where no wildcard can run across a colon.
        let star = |it: &Pattern| it.tokens == [Tok::Many];
        let bounded = parts.iter().take(5).all(|it| !it.has_wildcard() || star(it));
        if parts.len() != 6 || *ignore_case || !(*as_fields || bounded) {
            out.complete &= parts.len() == 1 && parts.iter().all(star) || pattern.as_literal().is_some();
            continue;
        }
        for (field, part) in fields.iter_mut().zip(parts) {
            field.push(part);
        }
    }
    let defaults = ["arn", setting.partition, "iam", "", setting.stranger, "user/stranger"];
    let mut all = vec![String::new()];
    for (at, (field, default)) in fields.iter().zip(defaults).enumerate() {
        let patterns: Vec<_> = field.iter().map(|it| (it, false, false)).collect();
        let classes = texts(&patterns, "", None, setting.budget);
        out.complete &= classes.complete;
        let mut values = vec![default.to_owned()];
        values.extend(classes.values.into_iter().filter(|it| at == 5 || !it.contains(':')));
        // A field that is the same in all patterns still needs a value besides it.
        values.dedup();
        let colon = if at == 0 { "" } else { ":" };
        all = all.iter().flat_map(|head| values.iter().map(move |it| format!("{head}{colon}{it}"))).collect();
        if MAX_ARNS < all.len() {
            all.truncate(MAX_ARNS);
            out.complete = false;
        }
    }
    out.values.extend(all);
    out
}

/// Every bound, and a number on either side of it.
fn numbers(conditions: &[&Compiled], dates: bool, out: &mut Vec<String>) {
    let bounds = conditions.iter().flat_map(|it| &it.tests);
    let mut bounds: Vec<f64> =
        bounds.filter_map(|it| if let Test::Number(it) = it { Some(*it) } else { None }).collect();
    bounds.sort_unstable_by(f64::total_cmp);
    bounds.dedup();
    let mut push = |it: f64| out.push(if dates { date::text(it) } else { it.to_string() });
    let mut before: Option<f64> = None;
    for bound in &bounds {
        push(before.map_or(bound - 1.0, |it| f64::midpoint(it, *bound)));
        push(*bound);
        before = Some(*bound);
    }
    if let Some(last) = before {
        push(last + 1.0);
    }
}
