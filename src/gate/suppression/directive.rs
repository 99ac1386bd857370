//! The words of a suppression: our own and those of other tools.

use crate::finding::RuleInfo;
use crate::source::did_you_mean;

use super::super::Date;
use super::{Named, Tool};

/// What the words say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub tool: Tool,
    pub rules: Named,
    pub reason: Option<String>,
    pub until: Option<Date>,
    pub mistake: Option<String>,
    /// Whether it is about the whole file.
    pub file: bool,
    /// Whether it is about its line or the next only, not about a block.
    pub line: bool,
}

impl Directive {
    pub(super) fn new(tool: Tool, rules: Named) -> Self {
        Self { tool, rules, reason: None, until: None, mistake: None, file: false, line: false }
    }
}

/// `ignore acl-public-read, versioning reason="public site" until=2027-01-31` after `bucketlint:`. `text` ends with its line.
pub(super) fn own(text: &str, rules: &[RuleInfo]) -> Directive {
    let words =
        text.strip_prefix("ignore-file").map(|it| (true, it)).or(text.strip_prefix("ignore").map(|it| (false, it)));
    let mut directive = Directive::new(Tool::Bucketlint, Named::Own(Vec::new()));
    let Some((file, rest)) = words.filter(|it| it.1.is_empty() || it.1.starts_with([' ', '\t', ','])) else {
        directive.mistake =
            Some("expected `bucketlint:ignore RULE reason=\"…\"` or `bucketlint:ignore-file RULE …`".to_owned());
        return directive;
    };
    directive.file = file;
    let rest = rest.trim().trim_end_matches("*/").trim_end();
    let (names, mut options) =
        match rest.find(['=']).and_then(|at| rest.get(..at)).and_then(|it| it.rfind([' ', '\t', ','])) {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
            None if rest.contains('=') => ("", rest),
            None => (rest, ""),
        };
    let names: Vec<&str> = names.split([',', ' ', '\t']).filter(|it| !it.is_empty()).collect();
    if names.is_empty() {
        directive.mistake = Some("no rule is named; write the ids of the rules that do not count here".to_owned());
    }
    let is_known = |it: &str| rules.iter().any(|rule| rule.id == it);
    if let Some(name) = names.iter().find(|it| !is_known(it)) {
        let meant = did_you_mean(name, rules.iter().map(|it| it.id.as_str()));
        directive.mistake = Some(format!("no rule is called `{name}`{meant}"));
    }
    directive.rules = Named::Own(names.into_iter().map(str::to_owned).collect());
    let mut given = Vec::new();
    while !options.is_empty() {
        let Some((key, value)) = options.split_once('=') else {
            directive.mistake =
                Some(format!("`{options}` is not understood; expected reason=\"…\" or until=YYYY-MM-DD"));
            break;
        };
        let (value, rest) = match value.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some(parts) => parts,
                None => {
                    directive.mistake = Some(format!("the quote that begins with `{}` is not closed", start(quoted)));
                    break;
                }
            },
            None => value.split_once([' ', '\t']).unwrap_or((value, "")),
        };
        let key = key.trim();
        if given.contains(&key) {
            directive.mistake = Some(format!("`{key}` is there twice: say it once"));
        }
        given.push(key);
        match key {
            "reason" => directive.reason = Some(value.trim().to_owned()).filter(|it| !it.is_empty()),
            "until" => match Date::parse(value) {
                Some(day) => directive.until = Some(day),
                None => directive.mistake = Some(format!("`{value}` is no day; write it as 2027-01-31")),
            },
            other => {
                directive.mistake =
                    Some(format!("`{other}` is not known here; expected reason=\"…\" or until=YYYY-MM-DD"))
            }
        }
        options = rest.trim_start_matches([' ', '\t', ',']);
    }
    directive
}

/// Words that mean ours and are none: `Bucketlint:Ignore versioning`, `bucketlint-ignore versioning`. `bucketlint` and another word may
/// be prose: it counts where the sign between them or a rule behind them says otherwise.
pub(super) fn misspelt(words: &str, rules: &[RuleInfo]) -> Option<Directive> {
    let (name, rest) = words.split_at_checked("bucketlint".len())?;
    if !name.eq_ignore_ascii_case("bucketlint") {
        return None;
    }
    let sign = rest.chars().next()?;
    let rest = rest.trim_start_matches([':', '-', '_', '.', '=', ' ', '\t']);
    let end = rest.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (verb, behind) = rest.split_at_checked(end)?;
    let is_verb = ["ignore", "disable", "skip", "suppress"].iter().any(|it| verb.eq_ignore_ascii_case(it));
    let mut names = behind.split(|it: char| !it.is_ascii_alphanumeric() && it != '-').filter(|it| !it.is_empty());
    let is_rule = |it: &str| rules.iter().any(|rule| rule.id == it);
    let is_meant = match sign {
        ':' => true,
        '-' | '_' | '.' | '=' => is_verb,
        ' ' | '\t' => is_verb && names.any(is_rule),
        _ => false,
    };
    let mut directive = Directive::new(Tool::Bucketlint, Named::Own(Vec::new()));
    directive.mistake = Some("it is written `bucketlint:ignore RULE reason=\"…\"`, in small letters".to_owned());
    is_meant.then_some(directive)
}

/// The first words of a text, for a message.
fn start(text: &str) -> &str {
    text.char_indices().nth(20).and_then(|it| text.get(..it.0)).unwrap_or(text)
}

/// `CKV_AWS_20,CKV_AWS_57:public site` after `checkov:skip=`.
/// <https://www.checkov.io/2.Concepts/Suppressing%20and%20Skipping%20Policies.html>
pub(super) fn checkov(text: &str) -> Option<Directive> {
    let (ids, reason) = text.split_once(':').unwrap_or((text, ""));
    let mut directive = Directive::new(Tool::Checkov, foreign(ids)?);
    directive.reason = reason_of(reason);
    Some(directive)
}

/// The words of a comment that begin with `trivy:ignore:` or `tfsec:ignore:`; there may be several, each with a last day of its own.
/// Other words are prose.
pub(super) fn trivy_all(text: &str) -> Vec<Directive> {
    const MARKS: [&str; 2] = ["trivy:ignore:", "tfsec:ignore:"];
    let words = text.split([' ', '\t', ',']).map(|it| it.trim_start_matches(['#', '/', '*']));
    let marked = words.filter_map(|it| MARKS.iter().find_map(|mark| it.strip_prefix(mark)));
    let last = MARKS.iter().filter_map(|it| text.rfind(it)).max().and_then(|at| text.get(at..)).unwrap_or_default();
    // What people say behind the last one, up to words of another tool.
    let said = last.split_once([' ', '\t', ',']).map_or("", |it| it.1);
    let others = ["checkov:skip", "bridgecrew:skip", "cortex:skip", "bucketlint:"];
    let end = others.iter().filter_map(|it| said.find(it)).min().unwrap_or(said.len());
    let said = said.get(..end).unwrap_or_default().trim_matches(['-', ':', ',', '#', '/', '*', ' ', '\t']);
    let reason = reason_of(said);
    marked.filter_map(trivy).map(|it| Directive { reason: reason.clone(), ..it }).collect()
}

/// `AVD-AWS-0092:exp:2027-01-31` after `trivy:ignore:` or `tfsec:ignore:`; `*` is all.
/// <https://trivy.dev/latest/docs/configuration/filtering/#by-inline-comments>
fn trivy(word: &str) -> Option<Directive> {
    let (word, parameters) = word.split_once('[').map_or((word, None), |it| (it.0, Some(it.1)));
    // What stands behind the parameters is a day or a workspace.
    let behind = parameters.and_then(|it| it.split_once(']')).map_or("", |it| it.1);
    let mut parts = word.split(':').chain(behind.trim_start_matches(':').split(':').filter(|it| !it.is_empty()));
    let id = parts.next().filter(|it| !it.is_empty())?;
    let rules = if id == "*" { Named::All } else { foreign(id)? };
    let mut directive = Directive::new(Tool::Trivy, rules);
    if parameters.is_some() {
        directive.mistake = Some("what it is narrowed to in `[…]` is not compared here".to_owned());
    }
    while let Some(key) = parts.next() {
        match (key, parts.next()) {
            ("exp", Some(day)) => match Date::parse(day) {
                Some(day) => directive.until = Some(day),
                None => directive.mistake = Some(format!("`{day}` is no day; write it as 2027-01-31")),
            },
            ("ws", _) => directive.mistake = Some("its workspace is not compared here".to_owned()),
            ("ignore", _) => return None,
            _ => (),
        }
    }
    Some(directive)
}

/// `ignore-line`, `ignore-block`, `ignore`, `disable=ID` after `kics-scan `.
/// <https://docs.kics.io/latest/running-kics/#using_commands_on_scanned_files_as_comments>
pub(super) fn kics(text: &str) -> Option<Directive> {
    let word = text.split([' ', '\t', '\r']).next()?;
    let mut directive = Directive::new(Tool::Kics, Named::All);
    match word.split_once('=') {
        Some(("disable", ids)) => {
            directive.rules = foreign(ids)?;
            directive.file = true;
        }
        None if word == "ignore-line" => directive.line = true,
        None if word == "ignore-block" => (),
        None if word == "ignore" => directive.file = true,
        _ => return None,
    }
    Some(directive)
}

/// Whether a check of another tool reports at the bucket what stands in a resource of its own: Checkov's that look for what is connected
/// with the bucket. Its others, and those of all other tools, report at the resource that has the setting.
/// <https://github.com/bridgecrewio/checkov/tree/main/checkov/terraform/checks/graph_checks/aws>
pub(super) fn reports_at_bucket(tool: Tool, id: &str) -> bool {
    const CHECKS: [&str; 10] = [
        "CKV_AWS_18",
        "CKV_AWS_19",
        "CKV_AWS_20",
        "CKV_AWS_21",
        "CKV_AWS_57",
        "CKV_AWS_144",
        "CKV_AWS_145",
        "CKV2_AWS_6",
        "CKV2_AWS_61",
        "CKV2_AWS_62",
    ];
    tool == Tool::Checkov && CHECKS.iter().any(|it| it.eq_ignore_ascii_case(id))
}

fn foreign(ids: &str) -> Option<Named> {
    let ids: Vec<String> = ids.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
    let is_id = |it: &String| it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
    (!ids.is_empty() && ids.iter().all(is_id)).then_some(Named::Foreign(ids))
}

fn reason_of(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches("*/").trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An id in one spelling. Trivy's checks have had several names: `AWS-0092`, `AVD-AWS-0092`, `aws-s3-no-public-access-with-acl`.
pub(super) fn plain_id(tool: Tool, id: &str) -> String {
    const NAMES: [(&str, &str); 15] = [
        ("aws-s3-block-public-acls", "0086"),
        ("aws-s3-block-public-policy", "0087"),
        ("aws-s3-enable-bucket-encryption", "0088"),
        ("aws-s3-enable-bucket-logging", "0089"),
        ("aws-s3-enable-versioning", "0090"),
        ("aws-s3-ignore-public-acls", "0091"),
        ("aws-s3-no-public-access-with-acl", "0092"),
        ("aws-s3-no-public-buckets", "0093"),
        ("aws-s3-specify-public-access-block", "0094"),
        ("aws-s3-encryption-customer-key", "0132"),
        ("AWS001", "0092"),
        ("AWS002", "0089"),
        ("AWS017", "0088"),
        ("AWS077", "0090"),
        ("AWS098", "0094"),
    ];
    if tool != Tool::Trivy {
        return id.to_ascii_lowercase();
    }
    let known = NAMES.iter().find(|it| it.0.eq_ignore_ascii_case(id)).map(|it| it.1);
    let id = id.to_ascii_lowercase();
    let number = known.unwrap_or_else(|| id.trim_start_matches("avd-").trim_start_matches("aws-"));
    number.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Vec<RuleInfo> {
        let mut all = super::super::super::rules::infos();
        for (it, id) in all.iter_mut().zip(["acl-public-read", "versioning"]) {
            id.clone_into(&mut it.id);
        }
        all
    }

    fn check(text: &str, ids: &[&str], reason: Option<&str>, until: Option<&str>, mistake: Option<&str>) {
        let found = own(text, &rules());
        assert_eq!(found.rules, Named::Own(ids.iter().map(|it| (*it).to_owned()).collect()), "{text}");
        assert_eq!(found.reason.as_deref(), reason, "{text}");
        assert_eq!(found.until.map(|it| it.to_string()).as_deref(), until, "{text}");
        match (found.mistake, mistake) {
            (None, None) => (),
            (Some(got), Some(part)) => assert!(got.contains(part), "{text}: {got}"),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }

    #[test]
    fn own_words() {
        check("ignore acl-public-read", &["acl-public-read"], None, None, None);
        check(
            "ignore acl-public-read reason=\"public site\" until=2027-01-31",
            &["acl-public-read"],
            Some("public site"),
            Some("2027-01-31"),
            None,
        );
        check(
            "ignore acl-public-read, versioning until=2027-01-31",
            &["acl-public-read", "versioning"],
            None,
            Some("2027-01-31"),
            None,
        );
        check(
            "ignore acl-public-read versioning reason=\"a=b, c\" */",
            &["acl-public-read", "versioning"],
            Some("a=b, c"),
            None,
            None,
        );
        check("ignore acl-public-red", &["acl-public-red"], None, None, Some("did you mean `acl-public-read`?"));
        check("ignore", &[], None, None, Some("no rule is named"));
        check("ignore reason=\"x\"", &[], Some("x"), None, Some("no rule is named"));
        check("ignore versioning until=tomorrow", &["versioning"], None, None, Some("`tomorrow` is no day"));
        check("ignore versioning because=x", &["versioning"], None, None, Some("`because` is not known here"));
        check(
            "ignore versioning reason=\"until the migration until=2020-01-01",
            &["versioning"],
            None,
            None,
            Some("the quote that begins with `until the migration ` is not closed"),
        );
        check(
            "ignore versioning reason=\"x\" until=2020-01-01 until=2999-01-01",
            &["versioning"],
            Some("x"),
            Some("2999-01-01"),
            Some("`until` is there twice"),
        );
        check("ignored versioning", &[], None, None, Some("expected `bucketlint:ignore"));
        assert!(own("ignore-file versioning", &rules()).file);
    }

    #[test]
    fn words_that_mean_ours() {
        let is_told = |words: &str| misspelt(words, &rules()).is_some_and(|it| it.mistake.is_some());
        for it in
            ["Bucketlint:Ignore versioning", "bucketlint-ignore", "BUCKETLINT_IGNORE x", "bucketlint ignore versioning"]
        {
            assert!(is_told(it), "{it}");
        }
        for it in [
            "bucketlint",
            "bucketlint ignores what is below",
            "bucketlint-action does it",
            "Bucketlint is a tool",
            "bucket",
        ] {
            assert!(!is_told(it), "{it}");
        }
    }

    #[test]
    fn words_of_others() {
        let ids = |it: &[&str]| Named::Foreign(it.iter().map(|it| (*it).to_owned()).collect());
        let found = checkov("CKV_AWS_20,CKV_AWS_57:public site").unwrap();
        assert_eq!((found.rules, found.reason.as_deref()), (ids(&["CKV_AWS_20", "CKV_AWS_57"]), Some("public site")));
        assert_eq!(checkov("CKV_AWS_20").unwrap().reason, None);
        assert_eq!(checkov(""), None);
        assert_eq!(trivy("AVD-AWS-0092:exp:2027-01-31").unwrap().until.unwrap().to_string(), "2027-01-31");
        assert_eq!(trivy("*").unwrap().rules, Named::All);
        for it in ["AVD-AWS-0092:ws:prod", "AVD-AWS-0092[acl=x]", "AVD-AWS-0092[acl=x]:exp:2027-01-31"] {
            let found = trivy(it).unwrap();
            assert_eq!((found.rules, found.mistake.is_some()), (ids(&["AVD-AWS-0092"]), true), "{it}");
        }
        let reason = |text: &str| trivy_all(text).into_iter().next().and_then(|it| it.reason);
        assert_eq!(
            reason("trivy:ignore:AVD-AWS-0092 -- public site, agreed */").as_deref(),
            Some("public site, agreed")
        );
        assert_eq!(reason("trivy:ignore:AVD-AWS-0092 tfsec:ignore:AWS002"), None);
        let several = trivy_all("tfsec:ignore:AWS017 tfsec:ignore:AWS002:exp:2027-01-31 for the logs");
        assert_eq!(several.iter().map(|it| it.rules.clone()).collect::<Vec<_>>(), [ids(&["AWS017"]), ids(&["AWS002"])]);
        assert_eq!(several.iter().map(|it| it.until.is_some()).collect::<Vec<_>>(), [false, true]);
        assert!(
            kics("ignore-line").unwrap().line && kics("ignore").unwrap().file && !kics("ignore-block").unwrap().file
        );
        assert_eq!(kics("enable=x"), None);
        let plain = |id| plain_id(Tool::Trivy, id);
        assert_eq!(plain("AVD-AWS-0092"), plain("aws-s3-no-public-access-with-acl"));
        assert_eq!(plain("AWS-0092"), plain("AWS001"));
        assert_eq!(plain("avd-aws-0092"), plain("AWS-0092"));
        assert_eq!(plain("aws-0092"), plain("AWS-0092"));
    }
}
