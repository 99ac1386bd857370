//! What the `aws` CLI answered → one of three states.

use serde_json::Value as Json;

use super::feature::FeatureSpec;
use super::snapshot::State;

/// An answer of the CLI. <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code, where it is known (saved outputs have none).
    pub code: Option<i32>,
}

/// The error code in `An error occurred (CODE) when calling the … operation: …`.
#[must_use]
pub fn error_code(stderr: &str) -> Option<&str> {
    let rest = stderr.split_once("An error occurred (")?.1;
    rest.split_once(')').map(|it| it.0).filter(|it| !it.is_empty() && it.len() <= 100)
}

/// The sentence after the error code, without secrets: the CLI prints none there.
#[must_use]
pub fn error_message(stderr: &str) -> String {
    let line = stderr.lines().map(str::trim).find(|it| !it.is_empty()).unwrap_or_default();
    let text = line.split_once(" operation: ").or_else(|| line.split_once(" operation (")).map_or(line, |it| it.1);
    text.chars().take(300).collect()
}

/// The state that an answer proves. Only the feature's own error codes say *absent*; every other failure, an answer that
/// is no JSON and one that lacks what it should have are *unknown*.
#[must_use]
pub fn classify(spec: &FeatureSpec, reply: &Reply) -> State {
    if let Some(code) = error_code(&reply.stderr) {
        if spec.absent.contains(&code) {
            return State::Absent { code: Some(code.to_owned()), evidence: None };
        }
        return State::unknown(code, error_message(&reply.stderr));
    }
    match reply.code {
        Some(0) | None => (),
        Some(code) => return State::unknown(&format!("Exit{code}"), error_message(&reply.stderr)),
    }
    // PowerShell saves a mark of UTF-8 at the start.
    let stdout = reply.stdout.trim_start_matches('\u{feff}').trim();
    if stdout.is_empty() {
        if !reply.stderr.trim().is_empty() && reply.code.is_none() {
            return State::unknown("Failed", error_message(&reply.stderr));
        }
        if spec.empty_is_absent {
            return State::absent();
        }
        let message = format!("`{}` printed nothing and no error, which it never does", spec.command);
        return State::unknown("EmptyAnswer", message);
    }
    match serde_json::from_str::<Json>(stdout) {
        Ok(Json::Object(map)) if map.is_empty() && spec.empty_is_absent => State::absent(),
        Ok(value) if is_answer(spec, &value) => State::set(value),
        Ok(_) => {
            State::unknown("UnexpectedAnswer", format!("the answer of `{}` has no `{}`", spec.command, spec.member))
        }
        Err(error) => State::unknown("BrokenAnswer", format!("the answer of `{}` is not JSON: {error}", spec.command)),
    }
}

fn is_answer(spec: &FeatureSpec, value: &Json) -> bool {
    match (value.as_object(), spec.member) {
        (None, _) => false,
        // MFA Delete without a status, `Payer: BucketOwner`: nothing beyond the default is still an answer.
        (Some(_), "") => true,
        (Some(map), "Policy") => map.get("Policy").is_some_and(Json::is_string),
        (Some(map), member) => map.contains_key(member),
    }
}

#[cfg(test)]
mod tests {
    use super::super::feature::{FEATURES, feature};
    use super::*;

    fn check(name: &str, stdout: &str, stderr: &str, code: Option<i32>, expected: &str) {
        let reply = Reply { stdout: stdout.to_owned(), stderr: stderr.to_owned(), code };
        let found = match classify(feature(name).unwrap(), &reply) {
            State::Set { .. } => "set".to_owned(),
            State::Absent { .. } => "absent".to_owned(),
            State::Unknown { code, .. } => code,
        };
        assert_eq!(found, expected, "{name} {reply:?}");
    }

    fn failed(code: &str) -> String {
        format!("\nAn error occurred ({code}) when calling the X operation: some sentence\n")
    }

    #[test]
    fn every_absent_code() {
        for spec in &FEATURES {
            for code in spec.absent {
                check(spec.name, "", &failed(code), Some(254), "absent");
                check(spec.name, "", &failed(code), None, "absent");
            }
            check(spec.name, "", &failed("AccessDenied"), Some(254), "AccessDenied");
            check(spec.name, "", "Unable to locate credentials", Some(253), "Exit253");
            check(spec.name, "", "Unable to locate credentials", None, "Failed");
            check(spec.name, "{\"Trunc", "", Some(0), "BrokenAnswer");
            check(spec.name, "", "", Some(0), if spec.empty_is_absent { "absent" } else { "EmptyAnswer" });
        }
    }

    #[test]
    fn answers() {
        check("versioning", "{\"Status\": \"Enabled\"}", "", Some(0), "set");
        check("versioning", "{}", "", Some(0), "absent");
        check("policy", "{\"Policy\": \"{}\"}", "", Some(0), "set");
        check("policy", "{\"Policy\": {}}", "", Some(0), "UnexpectedAnswer");
        check("acl", "{\"Owner\": {}}", "", Some(0), "UnexpectedAnswer");
        check("acl", "[]", "", Some(0), "UnexpectedAnswer");
        // A warning beside an answer does not spoil it.
        check("tags", "{\"TagSet\": []}", "a warning", Some(0), "set");
    }
}
