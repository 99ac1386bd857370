//! A statement of a policy as it is written: an element of a list in JSON or Terraform's language, an item in YAML, a block of
//! `aws_iam_policy_document`; and statements that come or go there.

use std::rc::Rc;

use crate::finding::{Edit, Finding};
use crate::lint::fingerprint;
use crate::model::Bucket;
use crate::policy::{Policy, Statement};
use crate::source::Span;
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::hcl::ExprKind;

use super::arn::Arn;
use super::data::{Document, json};
use super::hcl::Code;
use super::list;
use super::policy::Deny;
use super::remarks;
use super::shared;
use super::text::{after, indent, is_first, line_start, slice};
use super::{Draft, Drafted, Planner};

/// Makes an element of a list, over lines where it is given an indentation.
type Element = dyn Fn(Option<&str>) -> String;

/// How a statement is written.
pub(super) enum Form {
    /// A block of `data.aws_iam_policy_document`.
    Block(Rc<Code>),
    /// An object of Terraform's language, with what stands between names and values, and whether names are quoted.
    Object { separator: &'static str, quoted: bool },
    /// JSON as text: in a file of its own, or within Terraform's; in quotes there, where it is escaped.
    Json { interpolates: bool, escaped: bool },
    /// A part of a template: JSON, or YAML in braces, or an item of a YAML list.
    Template(Rc<Document>),
}

impl Form {
    pub fn of(planner: &Planner<'_>, at: Span) -> Result<Self, String> {
        planner.may_edit(at.file)?;
        let file = planner.sources.file(at.file);
        let written = file.slice(at);
        let name = file.path.to_string_lossy();
        if name.ends_with(".tf") || name.ends_with(".tofu") {
            let code = planner.code(at.file);
            let block = code.block_at(at).ok_or("it is not written out here")?;
            if block.kind == "statement" && !written.starts_with('{') {
                return Ok(Self::Block(code));
            }
            if !written.starts_with('{') {
                return Err("the statement is made by an expression".to_owned());
            }
            let (mut text, mut is_object) = (None, false);
            block.body.visit(&mut |it| {
                let covers = it.span.start <= at.start && at.end <= it.span.end;
                let length = it.span.end - it.span.start;
                let is_inner = text.is_none_or(|(outer, _)| length <= outer);
                if covers && is_inner && matches!(it.kind, ExprKind::Heredoc(_) | ExprKind::Template(_)) {
                    text = Some((length, matches!(it.kind, ExprKind::Template(_))));
                }
                is_object |= it.span == at && matches!(it.kind, ExprKind::Object(_));
            });
            if let Some((_, escaped)) = text {
                return Ok(Self::Json { interpolates: true, escaped });
            }
            if !is_object {
                return Err("the statement is made by an expression".to_owned());
            }
            let (quoted, separator) = names(written);
            return Ok(Self::Object { separator, quoted });
        }
        if name.ends_with(".json") && !name.ends_with(".tf.json") && planner.is_policy(at.file) {
            return Ok(Self::Json { interpolates: false, escaped: false });
        }
        if name.ends_with(".tf.json") {
            return Err("policies are not edited in Terraform's JSON".to_owned());
        }
        let document = planner.document(at.file).ok_or("the file does not parse")?;
        if node_at(&document.root, at).is_none() {
            return Err("the statement stands in a text of the template, which is not edited".to_owned());
        }
        Ok(Self::Template(document))
    }

    /// Adds the Deny behind a statement.
    pub fn insert(&self, text: &str, at: Span, deny: &Deny, arn: &Arn) -> Option<Vec<Edit>> {
        let edit = |at: (usize, String), file| Edit { at: Span::of(file, at.0..at.0), text: at.1 };
        let element: Box<Element> = match self {
            Self::Block(code) => {
                let block = code.block_at(at)?;
                let lines = super::text::indented(&deny.block(arn)?, indent(text, at.range().start));
                return Some(vec![code.insert_behind(block.span, &lines)]);
            }
            Self::Template(document) => {
                let item = node_at(&document.root, at)?;
                return Some(vec![document.insert_item(item, &deny.value(arn))?]);
            }
            Self::Object { separator, quoted } => {
                let (separator, quoted) = (*separator, *quoted);
                Box::new(deny.object(arn, separator, quoted)?)
            }
            Self::Json { escaped, .. } => {
                let (value, unit, escaped) = (deny.value(arn), unit(text, at), *escaped);
                Box::new(move |column| quoted(json(&value, column, &unit), escaped))
            }
        };
        if list::is_only(text, at.range()).is_none() {
            // One statement without a list: now there are two. What a loop or a directive makes stands in a list already.
            if !is_whole_value(text, at.range().start) {
                return None;
            }
            let is_long = slice(text, at.range()).contains('\n');
            let column = indent(text, at.range().end);
            let more = format!(", {}]", element(is_long.then_some(column)));
            let mut edits =
                vec![edit((at.range().start, "[".to_owned()), at.file), edit((at.range().end, more), at.file)];
            edits.extend(self.deeper(text, at));
            return Some(edits);
        }
        let mut edits = vec![edit(list::insert(text, at.range(), &*element)?, at.file)];
        if after(text, at.range().end).is_some_and(|it| it.1 == b']') {
            edits.extend(self.deeper(text, at));
        }
        Some(edits)
    }

    /// A brace before `, {` stands one level deeper than one before `]`, says `terraform fmt`.
    fn deeper(&self, text: &str, at: Span) -> Option<Edit> {
        let brace = at.range().end.checked_sub(1)?;
        let applies = matches!(self, Self::Object { .. }) && !is_first(text, at.range().start) && is_first(text, brace);
        applies.then(|| Edit { at: Span::of(at.file, brace..brace), text: "  ".to_owned() })
    }

    /// Takes a statement out; where it is the only one, the Deny takes its place, for S3 refuses a policy without any.
    fn remove(&self, planner: &Planner<'_>, at: Span, is_only: bool, deny: &Deny, arn: &Arn) -> Option<Vec<Edit>> {
        let text = &*planner.sources.text(at.file);
        let edit = |range: std::ops::Range<usize>, text: String| Edit { at: Span::of(at.file, range), text };
        let is_long = slice(text, at.range()).contains('\n');
        let column = Some(indent(text, at.range().end)).filter(|_| is_long);
        let mut edits = match self {
            Self::Block(code) => {
                let block = code.block_at(at)?;
                match is_only {
                    true => {
                        let own = indent(text, block.span.range().start);
                        let lines = super::text::indented(&deny.block(arn)?, own);
                        vec![edit(block.span.range(), lines.trim_start().to_owned())]
                    }
                    false => return Some(vec![code.remove_block(remarks::with_own(planner, block.span))]),
                }
            }
            Self::Template(document) => {
                let item = node_at(&document.root, at)?;
                let value = deny.value(arn);
                vec![document.replace_item(item, is_only.then_some(&value))?]
            }
            Self::Object { .. } if !is_only => {
                let gone = list::remove(text, at.range())?;
                let line = line_start(text, gone.start);
                let is_last = after(text, at.range().end).is_some_and(|it| it.1 == b']');
                let closes = slice(text, line..gone.start).trim() == "}" && !is_first(text, at.range().start);
                match is_last && closes && is_long {
                    // The brace before it was deeper for the one that follows.
                    true => vec![edit(line..gone.end, format!("{}}}", indent(text, at.range().end)))],
                    false => vec![edit(gone, String::new())],
                }
            }
            _ if !is_only => vec![edit(list::remove(text, at.range())?, String::new())],
            Self::Object { separator, quoted } => {
                vec![edit(at.range(), deny.object(arn, separator, *quoted)?(column))]
            }
            Self::Json { escaped, .. } => {
                vec![edit(at.range(), quoted(json(&deny.value(arn), column, &unit(text, at)), *escaped))]
            }
        };
        // JSON has no comments: what looks like one there is part of a text.
        let has_any = is_only && !matches!(self, Self::Json { .. });
        edits.extend(if has_any { remarks::without_any(planner, at) } else { remarks::without(planner, at) });
        Some(edits)
    }
}

/// JSON as it stands in quotes of Terraform's language, where it does.
fn quoted(json: String, escaped: bool) -> String {
    if escaped { json.replace('\\', "\\\\").replace('"', "\\\"") } else { json }
}

/// Takes the statement of a finding out of its policy.
pub(super) fn remove(planner: &Planner<'_>, finding: &Finding) -> Drafted {
    let (bucket, _) = planner.bucket(finding).ok_or("its bucket is not in this code")?;
    let policy = bucket.policy.as_known().ok_or("which policy the bucket has is not decided")?;
    let statement = of_finding(policy, finding).ok_or("the statement is not found")?;
    let at = statement.origin.span.ok_or("the statement has no place in the code")?;
    let form = Form::of(planner, at)?;
    shared::statement(planner, bucket, statement, at)?;
    let text = planner.sources.text(at.file);
    let others = policy.statements.iter().filter(|it| it.index != statement.index);
    let is_only = match &form {
        Form::Block(code) => {
            // The document's own, whatever others are merged into it.
            let block = code.top_at(at).ok_or("the statement's document is not found")?;
            block.body.blocks_of("statement").count() < 2 && others.count() == 0
        }
        Form::Template(document) => siblings(&document.root, at).ok_or("the statement is not in a list")? < 2,
        _ => match list::is_only(&text, at.range()) {
            Some(is_only) => is_only,
            None if is_whole_value(&text, at.range().start) => true,
            None => return Err("the statement is laid out in a way that is not edited".to_owned()),
        },
    };
    let deny = Deny::for_policy(policy);
    let arn = Arn::of(planner, bucket, policy, statement, &form);
    let arn = match arn {
        Ok(arn) => arn,
        Err(_) if !is_only => Arn::none(),
        Err(why) => return Err(why),
    };
    let edits = form
        .remove(planner, at, is_only, &deny, &arn)
        .ok_or("the statement is laid out in a way that is not edited")?;
    let title = match is_only {
        true => "put a Deny of plain HTTP in the place of the only statement",
        false => "remove the statement",
    };
    Ok(Draft::new(title, edits).because(Some("whoever gets in by the statement gets in no more".to_owned())))
}

/// The statement that a finding is about, known by what its fingerprint is made of.
fn of_finding<'p>(policy: &'p Policy, finding: &Finding) -> Option<&'p Statement> {
    let key = |it: &Statement| match it.sid.as_known().filter(|it| !it.is_empty()) {
        Some(sid) => sid.clone(),
        None => format!("statement {}", it.index),
    };
    let is_own = |it: &&Statement| fingerprint(&[&finding.rule, &finding.address, &key(it)]) == finding.identity;
    let mut all = policy.statements.iter().filter(is_own);
    let first = all.next()?;
    // A Sid that stands twice does not tell.
    match all.next() {
        None => Some(first),
        Some(_) => None,
    }
}

/// Whether what begins here is the value of `Statement` itself, and not what a loop over something of that name makes.
fn is_whole_value(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_end();
    let Some(key) = before.strip_suffix([':', '=']).map(str::trim_end) else { return false };
    let Some(rest) = key.trim_end_matches(['"', '\\']).strip_suffix("Statement") else { return false };
    let outer = rest.trim_end_matches(['"', '\\']);
    let open = outer.trim_end();
    open.ends_with(['{', ',']) || outer.get(open.len()..).is_some_and(|it| it.contains('\n'))
}

/// How an object's names are written, by the first that a statement has.
fn names(statement: &str) -> (bool, &'static str) {
    let inner = statement.trim_start_matches('{').trim_start();
    let quoted = inner.starts_with('"');
    let word =
        inner.trim_start_matches('"').trim_start_matches(|it: char| it.is_alphanumeric()).trim_start_matches('"');
    let separator = match (word.starts_with(':'), word.trim_start().starts_with(':')) {
        (true, _) => ": ",
        (_, true) => " : ",
        _ => " = ",
    };
    (quoted, separator)
}

/// What one level of a JSON object is indented by.
fn unit(text: &str, at: Span) -> String {
    let inner = slice(text, at.range()).lines().nth(1).map_or("", |it| indent(it, it.len()));
    let deeper = inner.strip_prefix(indent(text, at.range().end));
    deeper.filter(|it| (1..=8).contains(&it.len())).unwrap_or("  ").to_owned()
}

/// The node of a place.
pub(super) fn node_at(node: &Node, at: Span) -> Option<&Node> {
    if node.span == at && matches!(node.kind, NodeKind::Mapping(_)) {
        return Some(node);
    }
    let values = node.entries().iter().map(|it| &it.value).chain(node.items());
    values.filter(|it| it.span.start <= at.start && at.end <= it.span.end).find_map(|it| node_at(it, at))
}

/// How many items there are in the list that has an item.
fn siblings(node: &Node, at: Span) -> Option<usize> {
    if node.items().iter().any(|it| it.span == at) {
        return Some(node.items().len());
    }
    let values = node.entries().iter().map(|it| &it.value).chain(node.items());
    values.filter(|it| it.span.start <= at.start && at.end <= it.span.end).find_map(|it| siblings(it, at))
}

impl Planner<'_> {
    /// Whether a file is a policy, and no template that has one.
    fn is_policy(&self, file: crate::source::FileId) -> bool {
        let text = self.sources.text(file);
        let parsed = crate::syntax::json::parse(file, &text);
        parsed.tree.is_some_and(|it| it.get("Statement").is_some() && it.get("Resources").is_none())
    }
}

/// The bucket's own statements, last first: those beside which another can be written.
pub(super) fn last(bucket: &Bucket) -> Vec<&Statement> {
    let statements = bucket.policy.as_known().map(|it| it.statements.as_slice()).unwrap_or_default();
    let mut all: Vec<&Statement> = statements.iter().filter(|it| it.origin.span.is_some()).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.index));
    all
}
