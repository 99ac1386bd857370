//! The template inside a Serverless Framework file: `resources`, and the buckets that events of functions make.
//!
//! The bucket that deployments go to is the tool's own affair and is not judged.

use std::path::Path;

use crate::source::{FileId, Sources, Span};
use crate::syntax::data::{Node, NodeKind, Pair, Scalar, Style};

use super::expand::merge_section;
use super::node::{get, items, pairs, text};

/// What a Serverless Framework file comes to.
pub(super) struct Framework {
    /// A template with the sections of all fragments.
    pub template: Node,
    /// Files that fragments were read from.
    pub read: Vec<FileId>,
    /// Fragments that are not here.
    pub missing: Vec<(String, Span)>,
}

/// Whether a document is a Serverless Framework file for AWS.
pub(crate) fn is_framework(root: &Node) -> bool {
    let name = get(root, "provider").and_then(|it| text(it).or_else(|| get(it, "name").and_then(text)));
    get(root, "service").is_some() && name.is_some_and(|it| it == "aws")
}

/// The parts of a template that a Serverless Framework file has, or names.
pub(crate) fn fragments(root: &Node) -> &[Node] {
    let Some(it) = get(root, "resources") else { return &[] };
    if items(it).is_empty() { std::slice::from_ref(it) } else { items(it) }
}

/// Reads a document that is a Serverless Framework file for AWS; `None` where it is not, or says nothing of resources.
pub(super) fn framework(sources: &Sources, file: FileId, root: &Node) -> Option<Framework> {
    let provider = get(root, "provider").filter(|_| is_framework(root))?;
    let mut out = Framework { template: mapping(Vec::new(), root.span), read: Vec::new(), missing: Vec::new() };
    let mut sections: Vec<Pair> = Vec::new();
    for fragment in fragments(root) {
        if let Some(fragment) = resolved(sources, file, fragment.clone(), &mut out) {
            pairs(&fragment).iter().for_each(|it| merge_section(&mut sections, it.clone()));
        }
    }
    // A section may be a file of its own.
    for section in &mut sections {
        if let Some(it) = resolved(sources, file, section.value.clone(), &mut out) {
            section.value = it;
        }
    }
    let made = buckets_of_events(root, provider);
    if !made.is_empty() {
        merge_section(&mut sections, Pair { key: word("Resources", root.span), value: mapping(made, root.span) });
    }
    out.template = mapping(sections, root.span);
    (get(&out.template, "Resources").is_some() || !out.missing.is_empty()).then_some(out)
}

/// A fragment, read where it is `${file(path)}` or `${file(path):key}`. Others that are no map are missing.
fn resolved(sources: &Sources, file: FileId, node: Node, out: &mut Framework) -> Option<Node> {
    let Some(written) = text(&node) else { return Some(node) };
    let inner = written.trim().strip_prefix("${file(").and_then(|it| it.strip_suffix('}'));
    let found = inner.and_then(|it| it.split_once(')')).and_then(|(path, key)| {
        let here = sources.file(file).path.clone();
        let path = here.parent().unwrap_or(Path::new("")).join(path.trim().trim_matches(['"', '\'']));
        let file = sources.load(&path).ok().filter(|it| *it != file)?;
        let mut node = super::documents(sources, file).0.into_iter().next()?;
        for key in key.trim_start_matches(':').split('.').filter(|it| !it.is_empty()) {
            node = get(&node, key)?.clone();
        }
        out.read.push(file);
        Some(node)
    });
    if found.is_none() && written.contains("${") {
        out.missing.push((written, node.span));
    }
    found
}

/// The buckets that `s3` events of functions make, unless they say that theirs exists. `provider.s3` has their properties.
/// <https://www.serverless.com/framework/docs/providers/aws/events/s3>
fn buckets_of_events(root: &Node, provider: &Node) -> Vec<Pair> {
    let mut out: Vec<Pair> = Vec::new();
    let functions = get(root, "functions").map(pairs).unwrap_or_default();
    let events = functions.iter().filter_map(|it| get(&it.value, "events")).flat_map(items);
    for event in events.filter_map(|it| get(it, "s3")) {
        let exists = get(event, "existing").and_then(text).is_some_and(|it| it == "true");
        let named = if pairs(event).is_empty() { Some(event) } else { get(event, "bucket") };
        let Some((name, at)) = named.filter(|_| !exists).and_then(|it| Some((text(it)?, it.span))) else { continue };
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let id = format!("S3Bucket{}", capitalised(&plain));
        if !out.iter().any(|it| text(&it.key).as_deref() == Some(id.as_str())) {
            let settings = get(provider, "s3").and_then(|it| get(it, &name));
            let bucket = vec![
                Pair { key: word("Type", at), value: word("AWS::S3::Bucket", at) },
                Pair { key: word("Properties", at), value: mapping(properties(&name, settings, at), at) },
            ];
            out.push(Pair { key: word(&id, at), value: mapping(bucket, at) });
        }
    }
    out
}

fn properties(name: &str, settings: Option<&Node>, at: Span) -> Vec<Pair> {
    let mut out = Vec::new();
    for pair in settings.map(pairs).unwrap_or_default() {
        let Some(key) = text(&pair.key) else { continue };
        let key = if key == "name" { "BucketName".to_owned() } else { capitalised(&key) };
        out.push(Pair { key: word(&key, pair.key.span), value: pair.value.clone() });
    }
    if !out.iter().any(|it| text(&it.key).as_deref() == Some("BucketName")) {
        out.push(Pair { key: word("BucketName", at), value: word(name, at) });
    }
    // What the event is for.
    let target = mapping(vec![Pair { key: word("Event", at), value: word("s3:ObjectCreated:*", at) }], at);
    let list = Node { kind: NodeKind::Sequence(vec![target]), span: at, tag: None };
    let notification = mapping(vec![Pair { key: word("LambdaConfigurations", at), value: list }], at);
    out.push(Pair { key: word("NotificationConfiguration", at), value: notification });
    out
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|it| it.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn mapping(pairs: Vec<Pair>, span: Span) -> Node {
    Node { kind: NodeKind::Mapping(pairs), span, tag: None }
}

fn word(text: &str, at: Span) -> Node {
    let piece = crate::source::Piece { text: text.into(), at: Some(at) };
    Node { kind: NodeKind::Scalar(Scalar { pieces: vec![piece], style: Style::Quoted }), span: at, tag: None }
}
