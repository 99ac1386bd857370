//! `lifecycle { ignore_changes = … }`: what Terraform leaves as it is, whatever the code says. A fix of it would do nothing.

use crate::finding::{Edit, Remedy};
use crate::model::Bucket;
use crate::source::Span;
use crate::syntax::data::Node;
use crate::syntax::hcl::{Body, ExprKind};
use crate::value::Origin;

use super::Planner;
use super::bucket::FLAGS;
use super::hcl::Code;
use super::text::slice;
use super::tf_json::is_json;

/// Refuses edits of what a resource of Terraform does not change.
///
/// # Errors
/// One clause.
pub(super) fn edits(planner: &Planner<'_>, edits: &[Edit]) -> Result<(), String> {
    edits
        .iter()
        .filter(|it| is_json(&planner.sources.file(it.at.file).path))
        .try_for_each(|it| in_json(planner, it))?;
    edits.iter().filter(|it| is_code(planner, it.at)).try_for_each(|it| {
        let code = planner.code(it.at.file);
        let is_layout = slice(&code.text, it.at.range()).trim() == it.text.trim();
        if is_layout { Ok(()) } else { refuse(&code, it.at, &it.text) }
    })
}

/// Refuses to change what a bucket's resources leave as it is, where the value is written elsewhere than in them.
///
/// # Errors
/// One clause.
pub(super) fn remedy(planner: &Planner<'_>, bucket: &Bucket, remedy: Remedy) -> Result<(), String> {
    let mut origins: Vec<&Origin> = Vec::new();
    match remedy {
        Remedy::RemoveGrant => {
            origins.extend(bucket.acl.possible().into_iter().map(|it| &it.canned.origin));
            origins.push(&bucket.acl.origin);
        }
        Remedy::RemoveStatement | Remedy::DenyPlainHttp => origins.push(&bucket.policy.origin),
        Remedy::Versioning => origins.extend(bucket.versioning.possible().into_iter().map(|it| &it.status.origin)),
        Remedy::OwnershipEnforced => origins.push(&bucket.ownership.origin),
        Remedy::KeepObjects => origins.push(&bucket.force_destroy.origin),
        _ => {
            let flag = FLAGS.iter().find(|it| it.0 == remedy);
            let blocks = bucket.public_access_block.possible();
            origins.extend(flag.into_iter().flat_map(|flag| blocks.iter().map(|it| &flag.3(it).origin)));
        }
    }
    let places = origins.into_iter().flat_map(|it| it.span.into_iter().chain(it.hops().filter_map(|it| it.at)));
    places.filter(|it| is_code(planner, *it)).try_for_each(|at| refuse(&planner.code(at.file), at, ""))
}

fn is_code(planner: &Planner<'_>, at: Span) -> bool {
    let path = planner.sources.file(at.file).path.clone();
    path.extension().is_some_and(|it| it == "tf" || it == "tofu")
}

fn refuse(code: &Code, at: Span, new: &str) -> Result<(), String> {
    // What is written behind a block is none of it.
    let Some(top) =
        code.top_at(at).filter(|it| it.kind == "resource" && it.span.start < at.start && at.start < it.span.end)
    else {
        return Ok(());
    };
    let name = || top.labels.join(".");
    for lifecycle in top.body.blocks_of("lifecycle") {
        let Some(ignored) = lifecycle.body.attribute("ignore_changes") else { continue };
        let said = code.slice(ignored.value.span);
        if said == "all" {
            return Err(format!("{} ignores all changes (lifecycle): Terraform would not make it", name()));
        }
        let ExprKind::List(items) = &ignored.value.kind else { continue };
        let paths = paths(&top.body, at, new);
        let is_ignored =
            |own: &Vec<String>| paths.iter().any(|it| own.iter().zip(it).all(|(a, b)| a == b) && !own.is_empty());
        let mut own = items.iter().map(|it| steps(code.slice(it.span)));
        if let Some(own) = own.find(is_ignored) {
            return Err(format!(
                "{} ignores changes of {} (lifecycle): Terraform would not make it",
                name(),
                own.join(".")
            ));
        }
    }
    Ok(())
}

/// The same for code as JSON: by the names of a resource's own arguments.
fn in_json(planner: &Planner<'_>, edit: &Edit) -> Result<(), String> {
    let Some(document) = planner.document(edit.at.file) else { return Ok(()) };
    let at = edit.at;
    let covers = |it: Span| it.start <= at.start && at.end <= it.end;
    let is_inside = |it: Span| it.start < at.start && at.end < it.end;
    let each = |it: &'_ Node| if it.items().is_empty() { vec![it.clone()] } else { it.items().to_vec() };
    let kinds = document.root.get("resource").map(each).unwrap_or_default();
    let kinds = kinds.iter().flat_map(Node::entries).flat_map(|it| each(&it.value)).collect::<Vec<_>>();
    let Some(own) = kinds.iter().flat_map(Node::entries).find(|it| is_inside(it.value.span)) else { return Ok(()) };
    let name = || own.key.text().unwrap_or_default();
    let ignored = own.value.get("lifecycle").map(each).unwrap_or_default();
    let ignored = ignored.iter().find_map(|it| it.get("ignore_changes"));
    let Some(ignored) = ignored else { return Ok(()) };
    if ignored.text().is_some_and(|it| it == "all") {
        return Err(format!("{} ignores all changes (lifecycle): Terraform would not make it", name()));
    }
    let brought = edit.text.split('"').nth(1).filter(|_| edit.text.trim_start().starts_with([',', '"', '{']));
    let there = own.value.entries().iter().find(|it| covers(it.key.span) || covers(it.value.span));
    let about = there.and_then(|it| it.key.text()).or_else(|| brought.map(str::to_owned));
    match ignored.items().iter().filter_map(Node::text).find(|it| Some(it) == about.as_ref()) {
        Some(it) => Err(format!("{} ignores changes of {it} (lifecycle): Terraform would not make it", name())),
        None => Ok(()),
    }
}

/// `versioning_configuration[0].status` as its names.
fn steps(path: &str) -> Vec<String> {
    let name = |it: &str| it.trim().trim_matches('"').split('[').next().unwrap_or_default().to_owned();
    path.split('.').map(name).filter(|it| !it.is_empty()).collect()
}

/// What of a body an edit is about: the names on the way to what covers it, or of what it covers and of what it brings.
fn paths(body: &Body, at: Span, new: &str) -> Vec<Vec<String>> {
    let covers = |it: Span| it.start <= at.start && at.end <= it.end && at.start < it.end;
    if let Some(it) = body.attributes.iter().find(|it| covers(it.span)) {
        return vec![vec![it.name.text.clone()]];
    }
    let inner = body.blocks.iter().find(|it| covers(it.span) && (it.span.start < at.start || at.end < it.span.end));
    if let Some(block) = inner {
        let mut own = paths(&block.body, at, new);
        if own.is_empty() {
            own.push(Vec::new());
        }
        own.iter_mut().for_each(|it| it.insert(0, block.kind.text.clone()));
        return own;
    }
    let covered = |it: Span| at.start <= it.start && it.end <= at.end;
    let attributes = body.attributes.iter().filter(|it| covered(it.span)).map(|it| it.name.text.clone());
    let blocks = body.blocks.iter().filter(|it| covered(it.span)).map(|it| it.kind.text.clone());
    let brought = new.lines().filter_map(|it| {
        let end = it.trim_start().find([' ', '=', '{'])?;
        let name = it.trim_start().get(..end)?;
        (!name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')).then(|| name.to_owned())
    });
    attributes.chain(blocks).chain(brought).map(|it| vec![it]).collect()
}
