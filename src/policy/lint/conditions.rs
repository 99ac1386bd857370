//! Conditions: operators, keys, and pairings that do not do what they seem to.

use crate::source::{is_slip, nearest};
use crate::value::{Origin, SymStr, Truth};

use super::super::actions::{Action, KNOWN, covers, key_stem, table};
use super::super::keys::{self, Key, KeyType};
use super::super::operator::{Base, NAMES, Operator, SetOperator};
use super::super::{Condition, Effect, NoteKind, Statement};
use super::Notes;
use super::values;

pub(super) fn check(statement: &Statement, notes: &mut Notes<'_>) {
    for (item, origin) in &statement.resources.items {
        values::variable(item, origin, notes);
    }
    for condition in &statement.conditions {
        let key = condition.key.known();
        let entry = key.as_deref().and_then(keys::find);
        let sibling =
            |it: &str| ["s3express:", "s3-outposts:", "s3-object-lambda:"].iter().any(|own| it.starts_with(own));
        if let (Some(key), None) = (&key, entry)
            && !sibling(&key.to_ascii_lowercase())
        {
            unknown(key, &condition.origin, notes);
        }
        let Some(operator) = Operator::parse(&condition.operator) else {
            bad_operator(condition, notes);
            continue;
        };
        if condition.values.is_empty() && condition.rest.is_none() {
            let message = format!("`{}` has an empty list of values", condition.key.display());
            notes.add(NoteKind::RedundantEmpty, message, &condition.origin);
        }
        sets(statement, condition, operator, entry, notes);
        optional(statement, condition, operator, notes);
        multi_factor(statement, condition, operator, notes);
        if let Some(entry) = entry {
            types(condition, operator, entry, notes);
            unsupported(statement, condition, entry, notes);
            if entry.name == "aws:VpcSourceIp" {
                paired(statement, condition, notes);
            }
        }
        for (value, origin) in &condition.values {
            values::check(value, origin, operator, entry, notes);
        }
    }
}

/// A key that is near none of ours may be newer than the table.
fn unknown(key: &str, origin: &Origin, notes: &mut Notes<'_>) {
    let stem = key_stem(key);
    let near = nearest(&stem, keys::names()).filter(|it| is_slip(&stem, it));
    if let Some(near) = near {
        let message = format!("`{key}` is not a condition key of AWS or S3: did you mean `{near}`?");
        notes.add(NoteKind::UnknownConditionKey, message, origin);
    } else if stem.starts_with("aws:") || stem.starts_with("s3:") {
        let message = format!(
            "`{key}` is not among the condition keys of AWS and S3 that are known here ({KNOWN}): misspelt, or newer"
        );
        notes.add_unsure(NoteKind::UnknownConditionKey, message, origin);
    } else {
        let message = format!("`{key}` is not a condition key of AWS or S3");
        notes.add(NoteKind::UnknownConditionKey, message, origin);
    }
}

fn bad_operator(condition: &Condition, notes: &mut Notes<'_>) {
    let text = &condition.operator;
    if text.to_ascii_lowercase().ends_with("nullifexists") {
        let message = format!("`{text}`: `Null` already asks whether the key exists: write `Null`");
        notes.add(NoteKind::NullIfexistsMisuse, message, &condition.origin);
        return;
    }
    let name = text.rsplit(':').next().unwrap_or_default();
    let starts = |it: &&(&str, Base, bool)| {
        let it = it.0.to_ascii_lowercase();
        let name = name.to_ascii_lowercase();
        4 <= name.len() && (it.starts_with(&name) || name.starts_with(&it))
    };
    let near = NAMES.iter().find(starts).map(|it| format!(": did you mean `{}`?", it.0)).unwrap_or_default();
    notes.add(NoteKind::UnknownOperator, format!("`{text}` is not a condition operator{near}"), &condition.origin);
}

fn is(statement: &Statement, effect: Effect) -> bool {
    statement.effect.as_known() == Some(&effect)
}

/// `ForAllValues` holds where the key is absent; on a key with one value it says nothing that the bare operator does not.
fn sets(statement: &Statement, condition: &Condition, operator: Operator, entry: Option<&Key>, notes: &mut Notes<'_>) {
    if operator.set != Some(SetOperator::All) {
        return;
    }
    let key = condition.key.display();
    let guarded = || {
        statement.conditions.iter().any(|it| {
            it.operator.eq_ignore_ascii_case("Null")
                && it.key.display().eq_ignore_ascii_case(&key)
                && it.values.iter().any(|(it, _)| it.is("false"))
        })
    };
    if entry.is_some_and(|it| !it.many) {
        let message = format!("`ForAllValues` on `{key}`, which has one value, also holds where the request lacks it");
        notes.add(NoteKind::ForallvaluesSingleKey, message, &condition.origin);
    } else if is(statement, Effect::Allow) && !guarded() {
        let message = format!(
            "`ForAllValues` also holds where the request lacks `{key}`: add `\"Null\": {{\"{key}\": \"false\"}}`"
        );
        notes.add(NoteKind::ForallvaluesSingleKey, message, &condition.origin);
    }
}

fn optional(statement: &Statement, condition: &Condition, operator: Operator, notes: &mut Notes<'_>) {
    if operator.base == Base::Null && operator.set.is_some() {
        let message = format!("`{}`: `Null` takes no set operator", condition.operator);
        notes.add(NoteKind::NullIfexistsMisuse, message, &condition.origin);
    }
    if operator.if_exists && !operator.negated && is(statement, Effect::Allow) {
        let (text, key) = (&condition.operator, condition.key.display());
        let message = format!("`{text}` in an Allow also holds where the request lacks `{key}`");
        notes.add(NoteKind::NullIfexistsMisuse, message, &condition.origin);
    }
}

/// Long-term credentials carry no `aws:MultiFactorAuthPresent` at all.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>
fn multi_factor(statement: &Statement, condition: &Condition, operator: Operator, notes: &mut Notes<'_>) {
    let key = condition.key.display();
    let is_mfa = key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent");
    let wants =
        |text: &str| condition.values.iter().any(|(it, _)| it.known().is_some_and(|it| it.eq_ignore_ascii_case(text)));
    if is_mfa && is(statement, Effect::Deny) && operator.base == Base::Bool && !operator.if_exists && wants("false") {
        let message = "long-term credentials carry no `aws:MultiFactorAuthPresent`, so this Deny misses them: write `BoolIfExists`";
        notes.add(NoteKind::MfaPattern, message, &condition.origin);
    }
}

/// Whether the operator compares what the key holds.
fn types(condition: &Condition, operator: Operator, entry: &Key, notes: &mut Notes<'_>) {
    let fits = match operator.base {
        Base::Null | Base::StringEquals | Base::StringEqualsIgnoreCase | Base::StringLike => entry.kind != KeyType::Ip,
        Base::Numeric(_) => matches!(entry.kind, KeyType::Numeric | KeyType::Date),
        Base::Date(_) => entry.kind == KeyType::Date,
        Base::Bool => matches!(entry.kind, KeyType::Bool | KeyType::String),
        Base::Binary => entry.kind == KeyType::String,
        Base::Ip => entry.kind == KeyType::Ip,
        Base::Arn => entry.kind == KeyType::Arn,
    };
    if fits || operator.base == Base::Null {
        return;
    }
    let right = match entry.kind {
        KeyType::String => "StringEquals",
        KeyType::Arn => "ArnLike",
        KeyType::Numeric => "NumericLessThanEquals",
        KeyType::Date => "DateLessThan",
        KeyType::Bool => "Bool",
        KeyType::Ip => "IpAddress",
    };
    let message = format!("`{}` does not fit `{}`: its values want `{right}`", condition.operator, entry.name);
    notes.add(NoteKind::OperatorTypeMismatch, message, &condition.origin);
}

/// Tags of the bucket: keys of buckets and objects, in requests since November 2025 where the bucket has ABAC turned on.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html>
const BUCKET_TAGS: [&str; 2] = ["aws:ResourceTag/", "s3:BucketTag/"];

fn covered_any_of(statement: &Statement, which: fn(&Action) -> bool) -> bool {
    table().iter().any(|it| which(it) && covers(&statement.actions, &it.name) != Truth::No)
}

/// Keys of S3, and tags, count only for the actions that list them.
fn unsupported(statement: &Statement, condition: &Condition, entry: &Key, notes: &mut Notes<'_>) {
    let stem = key_stem(&condition.key.display());
    let tag =
        BUCKET_TAGS.contains(&entry.name.as_str()) || entry.name == "aws:RequestTag/" || entry.name == "aws:TagKeys";
    let sibling =
        |(text, _): &(SymStr, crate::value::Origin)| !text.known_prefix().to_ascii_lowercase().starts_with("s3:");
    if statement.actions.items.iter().any(|it| sibling(it) && it.0.known_prefix() != "*") {
        return;
    }
    if !(tag || stem.starts_with("s3:")) || statement.actions.rest.is_some() || statement.actions.negated {
        return;
    }
    let mut covered = table().iter().filter(|it| covers(&statement.actions, &it.name) != Truth::No).peekable();
    if covered.peek().is_none() || covered.any(|it| it.keys.contains(&stem)) {
        return;
    }
    let key = condition.key.display();
    if BUCKET_TAGS.contains(&entry.name.as_str()) && covered_any_of(statement, |it| it.on_bucket || it.on_object) {
        let message =
            format!("`{key}` is in a request only where ABAC is turned on for the bucket, which it is not by default");
        notes.add_unsure(NoteKind::TagConditionUnsupported, message, &condition.origin);
        return;
    }
    let message = format!("`{key}` is in no request for the actions of this statement");
    let kind = if tag { NoteKind::TagConditionUnsupported } else { NoteKind::UnknownConditionKey };
    notes.add(kind, message, &condition.origin);
}

/// Private addresses repeat in every VPC: without the VPC they name no one.
fn paired(statement: &Statement, condition: &Condition, notes: &mut Notes<'_>) {
    let names_network = |it: &SymStr| {
        let it = it.display();
        ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"].iter().any(|key| it.eq_ignore_ascii_case(key))
    };
    if !statement.conditions.iter().any(|it| names_network(&it.key)) {
        let message =
            "`aws:VpcSourceIp` alone matches the same addresses in every VPC: add `aws:SourceVpc` or `aws:SourceVpce`";
        notes.add(NoteKind::PairedKeys, message, &condition.origin);
    }
}
