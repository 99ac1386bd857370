//! A policy file that is a template (`templatefile()`, `envsubst`): what is filled in later is not known, and no text of the policy.

use crate::value::{Cause, Class, Hole, Kind, Origin, Seg, SymStr, Symbol, Val, Why};

/// Puts a hole in the place of each part of a text that somebody fills in: `${who}`, `%{ if … }`. Policy variables of AWS have a colon
/// in their names, or are one sign.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
pub(super) fn fill(val: &mut Val) {
    let origin = val.origin.clone();
    match &mut val.kind {
        Kind::String(text) => {
            if let Some(filled) = filled(text, &origin) {
                *text = filled;
            }
        }
        Kind::List(list) => list.items.iter_mut().for_each(fill),
        Kind::Map(map) => {
            for entry in &mut map.entries {
                if let Some(key) = filled(&entry.key, &entry.key_origin) {
                    entry.key = key;
                }
                fill(&mut entry.value);
            }
        }
        _ => (),
    }
}

fn filled(text: &SymStr, origin: &Origin) -> Option<SymStr> {
    let whole = text.known_text()?;
    let (mut out, mut rest, mut is_template) = (SymStr::default(), &*whole, false);
    while let Some(at) = rest.find("${").into_iter().chain(rest.find("%{")).min() {
        let (before, from) = rest.split_at(at);
        let Some((name, behind)) = placeholder(from).filter(|_| !before.ends_with(['$', '%'])) else {
            let (sign, behind) = from.split_at(2);
            out.push_str(&SymStr::text(format!("{before}{sign}")));
            rest = behind;
            continue;
        };
        is_template = true;
        let class = if before.ends_with(":s3:::") { Class::BucketName } else { Class::Any };
        out.push_str(&SymStr::text(before));
        let symbol = Symbol::new("template", name);
        let why = Why::new(Cause::NoDefault, format!("${{{name}}}"), origin.span);
        out.push(Seg::hole(Hole { symbol, class, known: None, why }));
        rest = behind;
    }
    if !is_template {
        return None;
    }
    out.push_str(&SymStr::text(rest));
    Some(out)
}

/// What stands in a placeholder that a text begins with, and what stands behind it.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let is_directive = text.starts_with('%');
    let inner = text.get(2..)?;
    let mut depth = 0_usize;
    let end = inner.char_indices().find_map(|(at, it)| {
        match it {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => (),
        }
        None
    })?;
    let name = inner.get(..end)?.trim();
    let first = name.trim_start_matches(|it: char| it.is_ascii_alphanumeric() || "_-./".contains(it));
    let is_variable = first.starts_with(':') && !first.starts_with("::");
    let begins = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    (is_directive || (begins && !is_variable)).then_some((name, inner.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = filled(&SymStr::text(text), &Origin::default());
        let holes: Vec<String> =
            found.iter().flat_map(SymStr::unknown_holes).map(|it| it.symbol.attribute.to_string()).collect();
        assert_eq!(holes, expected, "{text}");
        assert_eq!(found.is_none(), expected.is_empty());
    }

    #[test]
    fn what_somebody_fills_in() {
        check("${who}", &["who"]);
        check("arn:aws:s3:::${bucket}/${aws:username}/${ bucket }", &["bucket", "bucket"]);
        check("${jsonencode({a = 1})}x", &["jsonencode({a = 1})"]);
        check("%{ for a in b }x", &["for a in b"]);
        check("${AWS::AccountId}", &["AWS::AccountId"]);
        for text in ["x", "${aws:username, 'a'}", "${*}", "${$}", "$${aws:username}", "${www.amazon.com:user_id}", "${"]
        {
            check(text, &[]);
        }
    }
}
