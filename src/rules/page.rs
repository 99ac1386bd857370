//! A rule page: front matter (the policy), prose (the documentation), cases (the tests).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::finding::{RuleInfo, Severity};
use crate::source::{did_you_mean, nearest};

use super::check::{check, check_condition, scope_names};
use super::expr::{Expr, parse};
use super::front::{self, Front, RelatedFront, SeverityFront, StatusFront};

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
    /// Its id.
    pub id: String,
    /// The problem, one line.
    pub title: String,
    pub(crate) scope: Scope,
    pub(crate) undecided: bool,
    /// Whether it judges access, so that an example request belongs to its findings.
    pub(crate) about_access: bool,
    /// The one power that it is about, where it names one: `control`.
    pub(crate) power: Option<String>,
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

/// A page whose expressions are not read yet: what is needed of a rule that does not run.
#[derive(Debug)]
pub(super) struct Page {
    pub info: RuleInfo,
    pub terms: Terms,
}

/// The expressions of a page, as texts.
#[derive(Debug)]
pub(super) struct Terms {
    scope: Scope,
    undecided: bool,
    severities: Vec<(Severity, Option<String>)>,
    applies: Option<String>,
    when: String,
    at: String,
    message: String,
    help: Option<String>,
    related: Vec<RelatedFront>,
}

/// Parses a page. `group` is its folder, `path` is for messages.
///
/// # Errors
/// The first mistake with its line.
pub fn parse_page(path: &str, group: &str, text: &str) -> Result<Rule, PageError> {
    read_page(path, group, text).map(|it| it.1)
}

/// A page and its rule.
pub(super) fn read_page(path: &str, group: &str, text: &str) -> Result<(Page, Rule), PageError> {
    let fail = |line: usize, message: String| PageError { path: path.to_owned(), line, message };
    let (front, body) = front::read(text).map_err(|(line, message)| fail(line, message))?;
    let of_key = |(key, message): Mistake| fail(line_of(text, key), message);
    let page = Page::new(front, group, body.to_owned().into()).map_err(of_key)?;
    let rule = page.terms.compile(&page.info).map_err(of_key)?;
    Ok((page, rule))
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

impl Page {
    /// Checks everything but the expressions.
    pub fn new(front: Front, group: &str, body: Cow<'static, str>) -> Result<Self, Mistake> {
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
        let severities = severities(front.severity)?;
        let mut tags = vec![group.to_owned()];
        tags.extend(front.frameworks.keys().cloned());
        let info = RuleInfo {
            concepts: if front.concepts.is_empty() { vec![front.id.clone()] } else { front.concepts },
            id: front.id,
            title: front.title,
            severity: severities.first().map_or(Severity::Info, |(it, _)| *it),
            group: group.to_owned(),
            profiles: front.profiles,
            help_markdown: body,
            tags,
            references: front.references,
            equivalents: front.equivalents.into_iter().collect(),
            broader: front.broader.into_iter().collect(),
            narrower: front.narrower.into_iter().collect(),
            frameworks: front.frameworks.into_iter().collect(),
            fix: front.fix,
        };
        let terms = Terms {
            scope: front.r#for,
            undecided: front.status == StatusFront::Unknown,
            severities,
            applies: front.r#if,
            when: front.when,
            at: front.at,
            message: front.message,
            help: front.help,
            related: front.related,
        };
        Ok(Self { info, terms })
    }
}

impl Terms {
    /// Parses and checks the expressions.
    pub fn compile(&self, info: &RuleInfo) -> Result<Rule, Mistake> {
        let names = scope_names(self.scope);
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
        let mut severities = Vec::new();
        for (severity, condition) in &self.severities {
            severities.push((*severity, condition.as_deref().map(|it| expression("severity", it)).transpose()?));
        }
        let related =
            self.related.iter().map(|it| Ok((expression("related", &it.at)?, template("related", &it.text)?)));
        let related = related.collect::<Result<_, Mistake>>()?;
        Ok(Rule {
            id: info.id.clone(),
            title: info.title.clone(),
            scope: self.scope,
            about_access: self.scope != Scope::Bucket || self.when.contains("exposure"),
            power: power(&self.when),
            about_public: self.when.contains("statement.public"),
            undecided: self.undecided,
            applies: self.applies.as_deref().map(|it| expression("if", it)).transpose()?,
            when: expression("when", &self.when)?,
            at: expression("at", &self.at)?,
            message: template("message", &self.message)?,
            help: self.help.as_deref().map(|it| template("help", it)).transpose()?,
            related,
            severities,
        })
    }
}

/// Severities, the worst first, with their conditions.
fn severities(front: SeverityFront) -> Result<Vec<(Severity, Option<String>)>, Mistake> {
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
                all.push((parse(&severity)?, Some(condition)));
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

/// The one power that a condition names.
fn power(when: &str) -> Option<String> {
    let mut named = when.split("power == \"").skip(1).filter_map(|it| it.split('"').next());
    let first = named.next()?;
    named.all(|it| it == first).then(|| first.to_owned())
}
