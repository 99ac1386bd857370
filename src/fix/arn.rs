//! The ARN of the bucket that a policy is about, as the language at hand writes it.

use crate::model::Bucket;
use crate::policy::{Policy, Statement};
use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Pair, Style};

use super::Planner;
use super::bucket::home;
use super::data::{Document, New};
use super::statement::{Form, node_at};
use super::text::slice;

/// The bucket's ARN and that of its objects, as the language at hand writes them.
pub(super) struct Arn {
    pub bucket: New,
    pub objects: New,
    /// The two as expressions of Terraform's language.
    pub code: Option<(String, String)>,
}

impl Arn {
    /// No name at all, for what names none.
    pub fn none() -> Self {
        let none = New::Text(String::new());
        Self { bucket: none.clone(), objects: none, code: None }
    }

    /// As code or text: `base` is an expression or what stands in quotes.
    pub fn code(base: &str) -> Self {
        let bucket = base.to_owned();
        let objects = format!("\"${{{base}}}/*\"");
        Self { code: Some((bucket, objects)), ..Self::text(&format!("${{{base}}}")) }
    }

    fn text(base: &str) -> Self {
        let code = Some((format!("\"{base}\""), format!("\"{base}/*\"")));
        Self { bucket: New::Text(base.to_owned()), objects: New::Text(format!("{base}/*")), code }
    }

    /// As CloudFormation names a resource of the same template.
    pub fn logical(id: &str) -> Self {
        let bucket = New::Function {
            yaml: format!("!GetAtt {id}.Arn"),
            json: format!("{{\"Fn::GetAtt\": [\"{id}\", \"Arn\"]}}"),
        };
        let objects = New::Function {
            yaml: format!("!Sub \"${{{id}.Arn}}/*\""),
            json: format!("{{\"Fn::Sub\": \"${{{id}.Arn}}/*\"}}"),
        };
        Self { bucket, objects, code: None }
    }

    /// The bucket as a policy names it: as the statement itself does, else by its block.
    pub fn of(
        planner: &Planner<'_>,
        bucket: &Bucket,
        policy: &Policy,
        statement: &Statement,
        form: &Form,
    ) -> Result<Self, String> {
        let at = statement.origin.span.ok_or("the statement has no place in the code")?;
        if let Form::Template(document) = form {
            return template(document, bucket, at);
        }
        let own = std::iter::once(statement).chain(policy.statements.iter().filter(|it| it.index != statement.index));
        let written = own.flat_map(|it| &it.resources.items).filter_map(|it| it.1.span).filter(|it| it.file == at.file);
        let text = planner.sources.text(at.file);
        let is_text = matches!(form, Form::Json { .. });
        if let Some(found) = written.filter_map(|it| Self::from_text(slice(&text, it.range()), is_text)).next() {
            return Ok(found);
        }
        if matches!(form, Form::Json { interpolates: false, .. }) {
            return Err("the policy does not name the bucket".to_owned());
        }
        let home = home(planner, bucket)?;
        let folder = |file| planner.sources.file(file).path.parent().map(std::path::Path::to_path_buf);
        if home.is_repeated() || folder(home.code.file) != folder(at.file) {
            return Err("how to name the bucket there is not known".to_owned());
        }
        Ok(Self::code(&format!("{}.arn", home.reference())))
    }

    /// From a resource as a statement names it: `"arn:aws:s3:::b/*"`, `"${aws_s3_bucket.b.arn}/*"`, `aws_s3_bucket.b.arn`.
    fn from_text(written: &str, is_text: bool) -> Option<Self> {
        // In quotes of Terraform's language the quotes of JSON are escaped.
        let plain = written.replace("\\\"", "\"");
        let written = if is_text { plain.as_str() } else { written };
        let bare = written.trim_matches('"');
        let is_reference = |it: &str| {
            it.contains('.')
                && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-' | b'[' | b']'))
        };
        if bare == written && !is_text {
            return (is_reference(written) && written.ends_with("arn")).then(|| Self::code(written));
        }
        // Up to the first slash behind the name; interpolations have none in what is understood here.
        let name_at = bare.find(":::").map_or(0, |it| it + 3);
        let end = bare.get(name_at..)?.find('/').map_or(bare.len(), |it| name_at + it);
        let base = bare.get(..end)?;
        if base.is_empty() || base.contains(['*', '?', '"', '\\', '\n']) {
            return None;
        }
        let inner = base.strip_prefix("${").and_then(|it| it.strip_suffix('}')).filter(|it| is_reference(it));
        match inner {
            Some(inner) => inner.ends_with("arn").then(|| Self::code(inner)),
            None => (base.starts_with("arn:") && base.contains(":::")).then(|| Self::text(base)),
        }
    }
}

/// The bucket in a template: by its resource, where that is here, else as the statement names it, else as the policy does. A policy
/// without a bucket stands for one, and has no ARN.
fn template(document: &Document, bucket: &Bucket, at: Span) -> Result<Arn, String> {
    let own = bucket.origin.span.filter(|it| it.file == document.file);
    let own = own.and_then(|it| document.resource(it)).filter(|it| is_a(it, "AWS::S3::Bucket"));
    let id = own.and_then(|it| it.key.text());
    if let Some(id) = id.filter(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric())) {
        return Ok(Arn::logical(&id));
    }
    let statement = node_at(&document.root, at).and_then(|it| it.get("Resource"));
    // What a function is given is no list of resources.
    let is_list = |it: &&Node| !it.items().is_empty() && it.tag.is_none();
    let mut written =
        statement.into_iter().flat_map(|it| if is_list(&it) { it.items().iter().collect() } else { vec![it] });
    let covers = |it: &&Pair| it.value.span.start <= at.start && at.end <= it.value.span.end;
    let policy = || {
        let all = document.root.get("Resources")?.entries();
        let own =
            all.iter().find(|it| it.value.span.file == at.file && covers(it) && is_a(it, "AWS::S3::BucketPolicy"))?;
        Arn::of_bucket(own.value.get("Properties")?.get("Bucket")?)
    };
    let found = written.find_map(Arn::of_resource).or_else(policy);
    found.ok_or_else(|| "how to name the bucket there is not known: it is not in this template".to_owned())
}

fn is_a(resource: &Pair, kind: &str) -> bool {
    resource.value.get("Type").and_then(Node::text).is_some_and(|it| it == kind)
}

/// A function of a template by its short or its long name, and what it is given.
fn function(node: &Node) -> Option<(&str, Given<'_>)> {
    if let Some(tag) = &node.tag {
        return Some((tag.name.strip_prefix('!')?, Given(node)));
    }
    match (&node.kind, node.entries()) {
        (NodeKind::Mapping(_), [only]) => {
            let NodeKind::Scalar(key) = &only.key.kind else { return None };
            let [name] = key.pieces.as_slice() else { return None };
            Some((name.text.strip_prefix("Fn::").unwrap_or(&name.text), Given(&only.value)))
        }
        _ => None,
    }
}

/// What a function is given.
struct Given<'n>(&'n Node);

impl Given<'_> {
    /// One text, which needs no care in quotes.
    fn text(&self) -> Option<String> {
        let plain = |it: &String| !it.is_empty() && !it.contains(['"', '\\', '\n', '\'']);
        self.0.text().filter(plain)
    }
}

impl Arn {
    /// From an element of `Resource`: a text, or the same with `Fn::Sub`.
    fn of_resource(node: &Node) -> Option<Self> {
        match function(node) {
            None => Self::from_text(&node.text()?, true),
            Some(("Sub", given)) => {
                let text = given.text()?;
                let end = text.rfind(":::").map_or(0, |it| it + 3);
                let end = text.get(end..)?.find('/').map_or(text.len(), |it| end + it);
                let base = text.get(..end)?;
                let is_arn = base.starts_with("arn:") && base.contains(":::") || base.ends_with(".Arn}");
                (is_arn && !base.ends_with(":::") && !base.contains(['*', '?'])).then(|| Self::sub(base))
            }
            Some(_) => None,
        }
    }

    /// From the `Bucket` of a policy: a name, a parameter, what another stack exports.
    fn of_bucket(node: &Node) -> Option<Self> {
        let prefix = "arn:${AWS::Partition}:s3:::";
        match function(node) {
            None => {
                let name =
                    node.text().filter(|_| matches!(&node.kind, NodeKind::Scalar(it) if it.style != Style::Block))?;
                let is_name = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_');
                (!name.is_empty() && name.bytes().all(is_name)).then(|| Self::sub(&format!("{prefix}{name}")))
            }
            Some(("Ref", given)) => Some(Self::sub(&format!("{prefix}${{{}}}", given.text()?))),
            Some(("Sub", given)) => Some(Self::sub(&format!("{prefix}{}", given.text()?))),
            Some(("ImportValue", given)) => {
                // An export may be named by a function itself; a text alone is taken here.
                let name = given.text()?;
                let part = |rest: &str| {
                    let partition = "{\"Ref\": \"AWS::Partition\"}";
                    let import = format!("{{\"Fn::ImportValue\": \"{name}\"}}");
                    let more = if rest.is_empty() { String::new() } else { format!(", \"{rest}\"") };
                    let parts = format!("[\"\", [\"arn:\", {partition}, \":s3:::\", {import}{more}]]");
                    New::Function { yaml: format!("!Join {parts}"), json: format!("{{\"Fn::Join\": {parts}}}") }
                };
                Some(Self { bucket: part(""), objects: part("/*"), code: None })
            }
            Some(_) => None,
        }
    }

    /// A text with names of the template in it.
    fn sub(base: &str) -> Self {
        let one =
            |it: String| New::Function { yaml: format!("!Sub \"{it}\""), json: format!("{{\"Fn::Sub\": \"{it}\"}}") };
        Self { bucket: one(base.to_owned()), objects: one(format!("{base}/*")), code: None }
    }
}
