//! Terraform's code as JSON: new resources and arguments.

use std::path::Path;

use crate::model::Bucket;
use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Pair};

use super::data::{New, mapping_at};
use super::{Draft, Drafted, Planner};

/// Whether a file is Terraform's code as JSON.
pub(super) fn is_json(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".tf.json") || name.ends_with(".tofu.json")
}

/// The resources of a type: name and body.
pub(super) fn resources<'n>(root: &'n Node, kind: &str) -> Vec<&'n Pair> {
    // Everywhere in this syntax a list of objects may stand for one.
    let each =
        |it: &'n Node| -> Vec<&'n Node> { if it.items().is_empty() { vec![it] } else { it.items().iter().collect() } };
    let types = root.get("resource").into_iter().flat_map(each).filter_map(|it| it.get(kind));
    types.flat_map(each).flat_map(Node::entries).collect()
}

/// Adds a resource beside a bucket. `body` is what it says but which bucket it is about.
pub(super) fn companion(
    planner: &Planner<'_>,
    bucket: &Bucket,
    kind: &str,
    title: &str,
    body: Vec<(&'static str, New)>,
) -> Drafted {
    let odd = || "the file is laid out in a way that is not edited".to_owned();
    let at = bucket.origin.span.ok_or("it has no place in the code")?;
    if !bucket.is_source {
        return Err("it stands in a plan or state: mend the code".to_owned());
    }
    let document = planner.document(at.file).ok_or("the file does not parse")?;
    let own = resources(&document.root, "aws_s3_bucket").into_iter().find(|it| it.key.span == at);
    let own = own.ok_or("only aws_s3_bucket can be mended")?;
    let name = own.key.text().ok_or_else(odd)?;
    let taken = planner.module(at.file)?.siblings(kind, &name)?;
    if taken.in_json || !taken.about.is_empty() {
        return Err(format!("there is a {kind} for it that does not exist here"));
    }
    let raw = |name: &'static str| {
        let text = planner.sources.file(at.file).slice(own.value.get(name)?.span).to_owned();
        Some((name, New::Function { yaml: text.clone(), json: text }))
    };
    let mut entries = Vec::new();
    let (count, each) = (raw("count"), raw("for_each"));
    let index = match (&count, &each) {
        (Some(_), _) => "[count.index]",
        (_, Some(_)) => "[each.key]",
        _ => "",
    };
    entries.extend(count.or(each));
    entries.extend(["provider", "region"].into_iter().filter_map(raw));
    entries.push(("bucket", New::Text(format!("${{aws_s3_bucket.{name}{index}.id}}"))));
    entries.extend(body);
    let value = New::Map(entries);
    let new = taken.free_name(&name);
    let resource = document.root.entry("resource").ok_or_else(odd)?;
    let edit = match resource.value.entry(kind) {
        Some(all) => document.insert_entry(all, &new, &value),
        None if matches!(resource.value.kind, NodeKind::Mapping(_)) => {
            document.insert_entry(resource, kind, &New::Under(new, Box::new(value)))
        }
        None => None,
    };
    Ok(Draft::new(title, vec![edit.ok_or_else(odd)?]))
}

/// Adds an argument, as JSON writes it, to the block of a place.
pub(super) fn argument(planner: &Planner<'_>, at: Span, name: &str, value: &str, title: &str) -> Drafted {
    let document = planner.document(at.file).ok_or("the file does not parse")?;
    let block = mapping_at(&document.root, at).ok_or("its block is not written out here")?;
    if block.get(name).is_some() {
        return Err(format!("{name} is there already"));
    }
    let value = New::Function { yaml: value.to_owned(), json: value.to_owned() };
    let edit = document.insert_into(block, name, &value).ok_or("its block is laid out in a way that is not edited")?;
    Ok(Draft::new(title, vec![edit]))
}
