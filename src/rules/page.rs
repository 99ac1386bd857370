//! A rule page: front matter (the policy), prose (the documentation), cases (the tests).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::finding::{Mend, RuleInfo, Severity};
use crate::source::{did_you_mean, nearest};

use super::check::{check, check_condition, scope_names};
use super::expr::{Expr, parse};

/// What a rule is evaluated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Each bucket.
    Bucket,
    /// Each statement of each bucket policy.
    Statement,
    /// Each ACL grant.
    Grant,
    /// Each lint note of each policy.
    Note,
    /// Each access point.
    AccessPoint,
    /// Each account-wide Block Public Access block.
    Account,
    /// Each object uploaded by code.
    Object,
    /// Each companion whose bucket is not here.
    Dangling,
    /// Each pair of blocks that set the same feature of one bucket.
    Duplicate,
    /// Each statement of each policy of an identity or a key.
    DocumentStatement,
    /// Each CloudTrail trail.
    Trail,
    /// Each detecting service that the code declares.
    Service,
    /// Each inventory or analytics export.
    Export,
    /// Each archive tier of S3 Intelligent-Tiering.
    Tier,
    /// Each origin of a CloudFront distribution.
    CdnOrigin,
    /// Each metric filter over a log.
    MetricFilter,
}

/// The scopes as pages name them, with what a rule is evaluated for.
pub(crate) const SCOPES: [(&str, Scope, &str); 16] = [
    ("bucket", Scope::Bucket, "each bucket"),
    ("statement", Scope::Statement, "each statement of each bucket policy"),
    ("grant", Scope::Grant, "each ACL grant; a canned ACL is expanded to its grants"),
    (
        "note",
        Scope::Note,
        "each lint note of each policy, of buckets and of access points (`bucket` is unknown for the latter)",
    ),
    ("access_point", Scope::AccessPoint, "each access point; `bucket` is unknown where it is not in the code"),
    ("account", Scope::Account, "each account-wide Block Public Access block, of the account or of its organisation"),
    ("object", Scope::Object, "each object uploaded by code; `bucket` is unknown where it is not in the code"),
    ("dangling", Scope::Dangling, "each companion whose bucket is not here"),
    ("duplicate", Scope::Duplicate, "each pair of blocks that set the same feature of one bucket"),
    ("document_statement", Scope::DocumentStatement, "each statement of each policy of an identity or a KMS key"),
    ("trail", Scope::Trail, "each CloudTrail trail; `bucket` is the one that it writes to"),
    (
        "service",
        Scope::Service,
        "each GuardDuty detector, Macie session and AWS Config recorder that the code declares",
    ),
    ("export", Scope::Export, "each inventory or analytics export; `bucket` is the one that is listed"),
    ("tier", Scope::Tier, "each archive tier of S3 Intelligent-Tiering"),
    ("cdn_origin", Scope::CdnOrigin, "each origin of a CloudFront distribution"),
    ("metric_filter", Scope::MetricFilter, "each metric filter over a log of CloudTrail"),
];

/// Tools whose checks pages name as equivalents.
pub(crate) const PEERS: [&str; 14] = [
    "access_analyzer",
    "aws_config",
    "cfn_guard",
    "cfn_lint",
    "cfn_nag",
    "checkov",
    "kics",
    "parliament",
    "prowler",
    "regula",
    "security_hub",
    "semgrep",
    "terrascan",
    "trivy",
];

/// Frameworks that built-in pages name. Others are their writers' own.
const FRAMEWORKS: [&str; 4] = ["cis", "fsbp", "nist-800-53", "incident-hardening"];

/// A mistake in a rule page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}")]
pub struct PageError {
    /// The page's path.
    pub path: String,
    /// One-based line.
    pub line: usize,
    /// What is wrong, without a final dot.
    pub message: String,
}

/// A loaded rule.
#[derive(Debug)]
pub struct Rule {
    /// Its description.
    pub info: RuleInfo,
    pub(crate) scope: Scope,
    pub(crate) undecided: bool,
    /// Whether it judges access, so that an example request belongs to its findings.
    pub(crate) about_access: bool,
    /// It asks what AWS calls public, which says nothing of Deny statements.
    pub(crate) about_public: bool,
    pub(crate) severities: Vec<(Severity, Option<Expr>)>,
    pub(crate) applies: Option<Expr>,
    pub(crate) when: Expr,
    pub(crate) at: Expr,
    pub(crate) message: Template,
    pub(crate) help: Option<Template>,
    pub(crate) related: Vec<(Expr, Template)>,
}

/// Text with expressions in braces.
#[derive(Debug)]
pub(crate) struct Template(pub Vec<Part>);

/// A part of a template.
#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Expr(Expr),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: String,
    title: String,
    severity: SeverityFront,
    #[serde(default)]
    status: StatusFront,
    profiles: Vec<String>,
    r#for: Scope,
    r#if: Option<String>,
    when: String,
    at: String,
    message: String,
    help: Option<String>,
    fix: Option<Mend>,
    #[serde(default)]
    related: Vec<RelatedFront>,
    #[serde(default)]
    concepts: Vec<String>,
    #[serde(default)]
    equivalents: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    broader: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    narrower: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    frameworks: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    references: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SeverityFront {
    One(String),
    ByCondition(BTreeMap<String, String>),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusFront {
    #[default]
    Violated,
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelatedFront {
    at: String,
    text: String,
}

/// Parses a page. `group` is its folder, `path` is for messages.
///
/// # Errors
/// The first mistake with its line.
pub fn parse_page(path: &str, group: &str, text: &str) -> Result<Rule, PageError> {
    let fail = |line: usize, message: String| PageError { path: path.to_owned(), line, message };
    let Some((front, body)) = split(text) else {
        return Err(fail(1, "a rule page begins with front matter between lines of `---`".to_owned()));
    };
    let front_matter: Front = serde_yaml::from_str(front).map_err(|error| {
        let message = error.to_string();
        // The library counts lines of the front matter, whose first is the page's second; of a severity of the wrong shape it
        // knows none. A lone carriage return is a line for it, and for no editor.
        let last = text.lines().count();
        let line = match message.contains("SeverityFront") {
            true => line_of(text, "severity"),
            false => error.location().map_or(1, |it| (it.line() + 1).min(last)),
        };
        fail(line, friendly(message.split(" at line ").next().unwrap_or(&message)))
    })?;
    compile(front_matter, group, body.trim()).map_err(|(key, message)| fail(line_of(text, key), message))
}

fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let end = rest.find("\n---")?;
    let (front, body) = rest.split_at(end);
    Some((front, body.trim_start_matches("\n---").trim_start_matches(['\r', '\n'])))
}

/// The library lists every name that there is; the nearest one is what people look for.
fn friendly(message: &str) -> String {
    if message.contains("untagged enum SeverityFront") {
        return "`severity` is one of the five names, or a map from such names to conditions".to_owned();
    }
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((wrong, known)) = quoted.split_first() else { return message.to_owned() };
    let what = match (message.contains("unknown field"), message.contains("unknown variant")) {
        (true, _) => "there is no key",
        (_, true) => "there is no scope or status",
        _ => return message.to_owned(),
    };
    match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("{what} `{wrong}`; did you mean `{near}`?"),
        None => format!("{what} `{wrong}`; there are {}", known.join(", ")),
    }
}

/// A name that is nearly one of the known ones is a slip; any other is its writer's own.
fn slip(key: &'static str, name: &str, known: &[&'static str]) -> Result<(), Mistake> {
    if known.contains(&name) {
        return Ok(());
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => Err((key, format!("`{name}` is not known; did you mean `{near}`?"))),
        None => Ok(()),
    }
}

/// A check elsewhere is one thing to a rule: the same, more or less.
fn one_relation(aliases: [(&'static str, &BTreeMap<String, Vec<String>>); 3]) -> Result<(), Mistake> {
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (key, table) in aliases {
        for (tool, id) in table.iter().flat_map(|(tool, ids)| ids.iter().map(move |id| (tool, id))) {
            if let Some(other) = seen.insert((tool, id), key) {
                return Err((key, format!("`{id}` is named in `{other}` already")));
            }
        }
    }
    Ok(())
}

/// The line of a key of the front matter.
pub(super) fn line_of(text: &str, key: &str) -> usize {
    1 + text.lines().position(|it| it.starts_with(&format!("{key}:"))).unwrap_or(0)
}

type Mistake = (&'static str, String);

fn compile(front: Front, group: &str, body: &str) -> Result<Rule, Mistake> {
    let names = scope_names(front.r#for);
    let expression = |key: &'static str, text: &str| -> Result<Expr, Mistake> {
        let expr = parse(text).map_err(|it| (key, located(text, &it)))?;
        let checked = match key {
            "when" | "if" | "severity" => check_condition(&expr, &names),
            _ => check(&expr, &names),
        };
        checked.map_err(|it| (key, located(text, &it)))?;
        Ok(expr)
    };
    let template = |key: &'static str, text: &str| -> Result<Template, Mistake> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((inner, tail)) = after.split_once('}') else {
                return Err((key, format!("`{{` without `}}` in {text:?}")));
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Expr(expression(key, inner)?));
            rest = tail;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template(parts))
    };
    if !front.id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-') {
        return Err(("id", format!("`{}` is not in kebab-case", front.id)));
    }
    for profile in &front.profiles {
        if !matches!(profile.as_str(), "default" | "strict") {
            return Err(("profiles", format!("there is no profile `{profile}`; there are `default` and `strict`")));
        }
    }
    let aliases = [("equivalents", &front.equivalents), ("broader", &front.broader), ("narrower", &front.narrower)];
    for (key, table) in aliases {
        table.keys().try_for_each(|it| slip(key, it, &PEERS))?;
    }
    one_relation(aliases)?;
    front.frameworks.keys().try_for_each(|it| slip("frameworks", it, &FRAMEWORKS))?;
    let severities = severities(front.severity, &expression)?;
    let worst = severities.first().map_or(Severity::Info, |(it, _)| *it);
    let related = front.related.iter().map(|it| Ok((expression("related", &it.at)?, template("related", &it.text)?)));
    let mut tags = vec![group.to_owned()];
    tags.extend(front.frameworks.keys().cloned());
    let about_access = front.r#for != Scope::Bucket || front.when.contains("exposure");
    Ok(Rule {
        scope: front.r#for,
        about_access,
        about_public: front.when.contains("statement.public"),
        undecided: matches!(front.status, StatusFront::Unknown),
        applies: front.r#if.as_deref().map(|it| expression("if", it)).transpose()?,
        when: expression("when", &front.when)?,
        at: expression("at", &front.at)?,
        message: template("message", &front.message)?,
        help: front.help.as_deref().map(|it| template("help", it)).transpose()?,
        related: related.collect::<Result<_, Mistake>>()?,
        severities,
        info: RuleInfo {
            concepts: if front.concepts.is_empty() { vec![front.id.clone()] } else { front.concepts },
            id: front.id,
            title: front.title,
            severity: worst,
            group: group.to_owned(),
            profiles: front.profiles,
            help_markdown: body.to_owned(),
            tags,
            references: front.references,
            equivalents: front.equivalents.into_iter().collect(),
            broader: front.broader.into_iter().collect(),
            narrower: front.narrower.into_iter().collect(),
            frameworks: front.frameworks.into_iter().collect(),
            fix: front.fix,
        },
    })
}

fn severities(
    front: SeverityFront,
    expression: &dyn Fn(&'static str, &str) -> Result<Expr, Mistake>,
) -> Result<Vec<(Severity, Option<Expr>)>, Mistake> {
    let parse = |text: &str| {
        Severity::parse(text).ok_or_else(|| {
            let known = Severity::ALL.iter().map(|it| it.as_str());
            ("severity", format!("there is no severity `{text}`{}", did_you_mean(text, known)))
        })
    };
    match front {
        SeverityFront::One(text) => Ok(vec![(parse(&text)?, None)]),
        SeverityFront::ByCondition(map) => {
            let mut all = Vec::new();
            for (severity, condition) in map {
                all.push((parse(&severity)?, Some(expression("severity", &condition)?)));
            }
            all.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
            Ok(all)
        }
    }
}

fn located(text: &str, error: &super::expr::ExprError) -> String {
    const MOST: usize = 160;
    let column = 1 + text.get(..error.at.start).map_or(0, |it| it.chars().count());
    // Of a long expression the part around the mistake.
    let from = column.saturating_sub(MOST / 2).saturating_sub(1);
    let mut shown: String = text.chars().skip(from).take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        shown = format!("… {} …", shown.trim());
    }
    format!("{} (column {column} of `{shown}`)", error.message)
}
