//! Structs and lists in the cells of a table: as JSON, or as Athena and CloudTrail Lake print them (`[{arn=…, accountid=…}]`), whose names are
//! all in lower case. <https://docs.aws.amazon.com/athena/latest/ug/rows-and-structs.html>

use serde_json::{Map, Value as Json};

use crate::value::is_account_id;

/// Deeper than any record.
const DEEPEST: usize = 8;

/// No name of a field is longer.
const LONGEST: usize = 64;

/// Names as a record has them.
const NAMES: [&str; 10] = [
    "accountId",
    "principalId",
    "accessKeyId",
    "userName",
    "invokedBy",
    "sessionContext",
    "sessionIssuer",
    "attributes",
    "mfaAuthenticated",
    "creationDate",
];

/// A struct or a list; nothing where it is neither JSON nor printed so.
pub(super) fn structure(text: &str) -> Option<Json> {
    let text = text.trim();
    let found: Json = match serde_json::from_str(text) {
        Ok(it) => it,
        Err(_) => {
            let (it, rest) = value(text, 0)?;
            Some(it).filter(|_| rest.is_empty())?
        }
    };
    (found.is_object() || found.is_array()).then(|| named(found))
}

/// The `resources` of a record. A struct that is cast to JSON was a list without names before version 3 of Athena's engine.
/// <https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html>
pub(super) fn resources(text: &str) -> Option<Json> {
    let Some(Json::Array(all)) = structure(text) else { return None };
    let one = |it: Json| match it {
        Json::Array(fields) => {
            let mut out = Map::new();
            for field in fields {
                let Some(text) = field.as_str() else { continue };
                let name = match text {
                    it if it.starts_with("arn:") => "arn",
                    it if is_account_id(it) => "accountId",
                    _ => "type",
                };
                out.entry(name).or_insert(field);
            }
            Some(Json::Object(out))
        }
        it => it.is_object().then_some(it),
    };
    all.into_iter().map(one).collect()
}

/// Names in the spelling of a record.
fn named(it: Json) -> Json {
    match it {
        Json::Array(all) => all.into_iter().map(named).collect(),
        Json::Object(map) => {
            let name = |key: String| {
                let known = NAMES.iter().find(|it| it.eq_ignore_ascii_case(&key));
                known.map_or(key, |it| (*it).to_owned())
            };
            let kept = map.into_iter().filter(|it| !it.1.is_null());
            Json::Object(kept.map(|(key, value)| (name(key), named(value))).collect())
        }
        other => other,
    }
}

/// A value that a text begins with, and the rest.
fn value(text: &str, depth: usize) -> Option<(Json, &str)> {
    if DEEPEST < depth {
        return None;
    }
    if let Some(mut rest) = text.strip_prefix('[') {
        let mut out = Vec::new();
        while !rest.starts_with(']') {
            let (it, behind) = value(rest, depth + 1)?;
            out.push(it);
            rest = behind.strip_prefix(", ").unwrap_or(behind);
            if rest.len() == behind.len() && !rest.starts_with(']') {
                return None;
            }
        }
        return Some((Json::Array(out), rest.get(1..)?));
    }
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut out = Map::new();
        while !rest.starts_with('}') {
            let (name, behind) = rest.split_once('=').filter(|it| is_name(it.0))?;
            let (it, behind) = value(behind, depth + 1)?;
            out.insert(name.to_owned(), it);
            rest = behind.strip_prefix(", ").unwrap_or(behind);
            if rest.len() == behind.len() && !rest.starts_with('}') {
                return None;
            }
        }
        return Some((Json::Object(out), rest.get(1..)?));
    }
    let (own, rest) = text.split_at(bare(text)?);
    Some((if own == "null" { Json::Null } else { own.into() }, rest))
}

/// Where a value ends that stands in no quotes: before the next field, or what closes the struct or the list.
fn bare(text: &str) -> Option<usize> {
    text.char_indices().map(|it| it.0).find(|at| {
        let rest = text.get(*at..).unwrap_or_default();
        let next = rest.strip_prefix(", ");
        let is_field = |it: &str| {
            let end = it.bytes().take(LONGEST).position(|it| it == b'=');
            end.and_then(|end| it.get(..end)).is_some_and(is_name)
        };
        let is_end = |it: &str| it.is_empty() || it.starts_with([',', ']', '}']);
        next.is_some_and(is_field) || rest.strip_prefix(['}', ']']).is_some_and(is_end)
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() < LONGEST && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn resources_as_programs_print_them() {
        let bucket = json!({ "arn": "arn:aws:s3:::data", "accountId": "123456789012", "type": "AWS::S3::Bucket" });
        let object = json!({ "arn": "arn:aws:s3:::data/a=b, {c}/x", "type": "AWS::S3::Object" });
        for text in [
            r#"[{"arn":"arn:aws:s3:::data","accountid":"123456789012","type":"AWS::S3::Bucket"},{"arn":"arn:aws:s3:::data/a=b, {c}/x","accountid":null,"type":"AWS::S3::Object"}]"#,
            r#"[["arn:aws:s3:::data","123456789012","AWS::S3::Bucket"],["arn:aws:s3:::data/a=b, {c}/x",null,"AWS::S3::Object"]]"#,
            r#"[["123456789012","AWS::S3::Bucket","arn:aws:s3:::data",null],[null,"AWS::S3::Object","arn:aws:s3:::data/a=b, {c}/x",null]]"#,
            "[{arn=arn:aws:s3:::data, accountid=123456789012, type=AWS::S3::Bucket}, {arn=arn:aws:s3:::data/a=b, {c}/x, accountid=null, type=AWS::S3::Object}]",
        ] {
            let Some(Json::Array(found)) = resources(text) else { panic!("{text}") };
            assert_eq!(found[0], bucket, "{text}");
            assert_eq!(found[1], object, "{text}");
        }
        assert_eq!(resources("[]"), Some(json!([])));
        for text in ["", "x", "[", "[{", "{arn=x}", "[{arn=x", "[{=x}]", "[x=1]]", "[{arn=x}] ]", "3"] {
            assert!(resources(text).is_none(), "{text}");
        }
        assert!(structure(&"[".repeat(100_000)).is_none());
    }

    #[test]
    fn an_identity_as_athena_prints_it() {
        let text = "{type=AssumedRole, principalid=AROAX:s, arn=arn:aws:sts::123456789012:assumed-role/r/s, accountid=123456789012, \
                    invokedby=null, sessioncontext={attributes={mfaauthenticated=true, creationdate=2026-11-01T00:00:00Z}, \
                    sessionissuer={type=Role, principalid=AROAX, arn=arn:aws:iam::123456789012:role/r}}}";
        let found = structure(text).unwrap();
        assert_eq!(found["arn"], "arn:aws:sts::123456789012:assumed-role/r/s");
        assert_eq!(found["sessionContext"]["attributes"]["mfaAuthenticated"], "true");
        assert_eq!(found["sessionContext"]["sessionIssuer"]["arn"], "arn:aws:iam::123456789012:role/r");
        assert!(found.get("invokedBy").is_none());
    }
}
