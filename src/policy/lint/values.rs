//! Values of conditions: wildcards, addresses, ids of networks, dates, policy variables.

use std::net::IpAddr;
use std::str::FromStr;

use crate::value::{Origin, SymStr};

use super::super::NoteKind;
use super::super::condition::range;
use super::super::date;
use super::super::keys::Key;
use super::super::operator::{Base, Operator};
use super::Notes;

pub(super) fn check(value: &SymStr, origin: &Origin, operator: Operator, entry: Option<&Key>, notes: &mut Notes<'_>) {
    variable(value, origin, notes);
    let Some(text) = value.known() else { return };
    let name = entry.map_or("", |it| it.name.as_str());
    match operator.base {
        Base::StringEquals | Base::StringEqualsIgnoreCase => exact(&text, name, origin, notes),
        Base::Ip => address(&text, name, origin, notes),
        Base::Bool | Base::Null if !["true", "false"].iter().any(|it| text.eq_ignore_ascii_case(it)) => {
            let message = format!("`{text}` is not a boolean: write `true` or `false`");
            notes.add(NoteKind::OperatorTypeMismatch, message, origin);
        }
        Base::Numeric(_) if f64::from_str(&text).is_err() => {
            notes.add(NoteKind::OperatorTypeMismatch, format!("`{text}` is not a number"), origin);
        }
        Base::Date(_) if date::seconds(&text).is_none() => {
            let message = format!("`{text}` is not a date: write it as `2030-01-31T00:00:00Z`");
            notes.add(NoteKind::DateValue, message, origin);
        }
        Base::Arn if text != "*" && !text.starts_with("arn:") && !text.starts_with("${") => {
            notes.add(NoteKind::OperatorTypeMismatch, format!("`{text}` is not an ARN"), origin);
        }
        _ => {}
    }
    let prefix = match name {
        "aws:SourceVpc" => "vpc-",
        "aws:SourceVpce" => "vpce-",
        _ => return,
    };
    let wild = text.contains(['*', '?', '$']);
    let id = text.strip_prefix(prefix).unwrap_or_default();
    let hex = id.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    let well_formed = wild || hex && matches!(id.len(), 8 | 17);
    if !well_formed && operator.base != Base::Null {
        let message =
            format!("`{text}` cannot match: such ids are `{prefix}` and 8 or 17 hexadecimal digits in lower case");
        notes.add(NoteKind::VpcIdFormat, message, origin);
    }
}

/// Under an exact operator a wildcard is a plain character.
fn exact(text: &str, name: &str, origin: &Origin, notes: &mut Notes<'_>) {
    // Headers may hold these characters for real; `${*}` is an escape.
    let header = name.starts_with("s3:if-") || name == "aws:UserAgent" || text.contains("${");
    if text.contains(['*', '?']) && !header {
        let message = format!("`{text}` is compared letter for letter: `*` and `?` want `StringLike`");
        notes.add(NoteKind::WildcardWithoutLike, message, origin);
    }
}

fn address(text: &str, name: &str, origin: &Origin, notes: &mut Notes<'_>) {
    let Some((first, last)) = range(text.trim()) else {
        let message = format!("`{text}` is not an address or range: write `203.0.113.0/24`");
        notes.add(NoteKind::OperatorTypeMismatch, message, origin);
        return;
    };
    let written = text.split('/').next().and_then(|it| IpAddr::from_str(it.trim()).ok());
    let prefix = text.split_once('/').map_or("", |it| it.1);
    if prefix == "0" {
        notes.add(NoteKind::CidrHostBits, format!("`{text}` is every address"), origin);
    } else if written != Some(first) {
        let message = format!("`{text}` has bits beyond its prefix: AWS reads it as `{first}/{prefix}`");
        notes.add(NoteKind::CidrHostBits, message, origin);
    }
    let private = |it: IpAddr| match it {
        IpAddr::V4(it) => it.is_private() || it.is_loopback() || it.is_link_local(),
        IpAddr::V6(it) => it.segments().first().is_some_and(|it| it & 0xfe00 == 0xfc00 || it & 0xffc0 == 0xfe80),
    };
    if name == "aws:SourceIp" && private(first) && private(last) {
        let message =
            format!("`{text}` is private: S3 sees public addresses in `aws:SourceIp`; write `aws:VpcSourceIp`");
        notes.add(NoteKind::SourceIpPrivate, message, origin);
    }
}

/// Policy variables that are not well formed.
pub(super) fn variable(value: &SymStr, origin: &Origin, notes: &mut Notes<'_>) {
    let Some(text) = value.known() else { return };
    for (at, _) in text.match_indices("${") {
        let after = text.get(at + 2..).unwrap_or_default();
        let Some((name, _)) = after.split_once('}') else {
            notes.add(NoteKind::Variables, format!("`{text}`: the policy variable has no closing brace"), origin);
            return;
        };
        let key = name.split(',').next().unwrap_or_default();
        let broken = name.is_empty() || key.trim() != key || key.contains(['"', '\'', '{', ' ']);
        let special = matches!(name, "*" | "?" | "$");
        if broken || !special && !key.contains(':') {
            let message = format!("`${{{name}}}` is not a policy variable: they look like `${{aws:username}}`");
            notes.add(NoteKind::Variables, message, origin);
        }
    }
}
