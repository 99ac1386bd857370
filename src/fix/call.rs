//! Arguments that a call of a module lacks. Which input decides a feature is read from the module's own code, or from the contract
//! that stands in for it: the setting, or the condition on which its resource exists, names a variable that the call does not set.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::finding::{Edit, Remedy};
use crate::model::{Bucket, Format};
use crate::source::Span;
use crate::syntax::hcl::{self, Expr, ExprKind};
use crate::value::{Attr, Value};

use super::bucket::FLAGS;
use super::hcl::{Code, Found};
use super::memo::folder;
use super::{Draft, Planner};

/// How deep local values are followed.
const MAX_LOCALS: usize = 3;

/// What decides a feature, as text of the module, and what it is to be.
struct Wanted {
    /// Code that names the deciding variable.
    text: String,
    /// Code that reads the entries of one that is an object.
    read: String,
    /// Entries of an object that say it, the best first: `enabled = true`.
    entries: &'static [(&'static str, &'static str)],
    /// Words that the variable's name must have one of; none where any will do.
    words: &'static [&'static str],
    /// What a text is to be.
    word: Option<&'static str>,
}

/// A call of a module.
struct Call {
    code: Rc<Code>,
    block: Rc<Found>,
    /// Whether the call itself stands in a module.
    is_nested: bool,
}

/// The edit that sets the deciding input in the call of the module that makes a bucket. `None` where there is no such call, or
/// nothing tells which input it is.
///
/// # Errors
/// Where a file of the module cannot be read.
pub(super) fn argument(planner: &Planner<'_>, bucket: &Bucket, remedy: Remedy) -> Result<Option<Draft>, String> {
    let Some(at) = bucket.origin.span.filter(|_| is_called(bucket)) else { return Ok(None) };
    let module = planner.module(at.file)?;
    let code = module.codes();
    let Some(wanted) = wanted(planner, bucket, remedy, at, code)? else { return Ok(None) };
    let Some(call) = call(planner, bucket, at)? else { return Ok(None) };
    if planner.may_edit(call.code.file).is_err() {
        return Ok(None);
    }
    let title = FLAGS.iter().find(|it| it.0 == remedy).map_or("", |it| it.1);
    let mut names = variables(&wanted.text, code);
    names.retain(|name| wanted.words.is_empty() || wanted.words.iter().any(|it| name.contains(it)));
    // One that is called as the setting is, then one that the call sets, before one that the condition names too.
    names.sort_by_key(|it| (it != title, call.block.body.attribute(it).is_none()));
    let edits = |name: String| set(&call, &name, &wanted, code).map(|it| (name, it));
    let Some((name, edits)) = names.into_iter().find_map(edits) else { return Ok(None) };
    let module = call.block.labels.first().map_or("", String::as_str);
    let Some(edits) = edits else {
        return Err(format!("the call of module.{module} is laid out in a way that is not edited"));
    };
    let is_repeated = ["count", "for_each"].iter().any(|it| call.block.body.attribute(it).is_some());
    let because = match (call.is_nested, is_repeated) {
        (true, _) => Some("the call stands in a module that may be called elsewhere too".to_owned()),
        (_, true) if remedy != Remedy::Versioning => Some("it is about every instance of the call".to_owned()),
        _ => None,
    };
    Ok(Some(Draft::new(format!("set {name} in the call of module.{module}"), edits).because(because)))
}

/// The edits that set a variable in a call: an argument more, or a literal that is turned. `None` where what it is to be is not
/// known, `Some(None)` where the call is laid out in a way that is not edited.
fn set(call: &Call, name: &str, wanted: &Wanted, code: &[Rc<Code>]) -> Option<Option<Vec<Edit>>> {
    let Some(there) = call.block.body.attribute(name) else {
        let value = value(name, wanted, code)?;
        return Some(call.code.insert_arguments(&call.block, &[(name, &value)]));
    };
    let turned =
        |it: &Expr| matches!(it.kind, ExprKind::Bool(false)).then(|| Edit { at: it.span, text: "true".to_owned() });
    let edit = match &there.value.kind {
        ExprKind::Object(items) => {
            let key = |it: &hcl::ObjectItem| call.code.slice(it.key_span).trim_matches('"').to_owned();
            items.iter().find_map(|it| {
                let (_, to) = wanted.entries.iter().find(|entry| entry.0 == key(it))?;
                let is_text = matches!(it.value.kind, ExprKind::Template(_)) && to.starts_with('"');
                let is_plain =
                    call.code.slice(it.value.span).bytes().all(|it| it.is_ascii_alphanumeric() || it == b'"');
                let text = || (is_text && is_plain).then(|| Edit { at: it.value.span, text: (*to).to_owned() });
                turned(&it.value).or_else(text)
            })?
        }
        _ => turned(&there.value)?,
    };
    Some(Some(vec![edit]))
}

fn is_called(bucket: &Bucket) -> bool {
    bucket.format == Format::Terraform && bucket.is_source && bucket.address.starts_with("module.")
}

fn wanted(
    planner: &Planner<'_>,
    bucket: &Bucket,
    remedy: Remedy,
    at: Span,
    code: &[Rc<Code>],
) -> Result<Option<Wanted>, String> {
    // The condition on which a companion exists, and the whole companion.
    let condition = |kind: &str| -> Result<Option<(String, String)>, String> {
        let Some(own) = code.iter().find(|it| it.file == at.file) else { return Ok(None) };
        let home = own.top_at(at).and_then(|it| it.labels.get(1).cloned());
        let Some(name) = home else { return Ok(None) };
        let all = planner.module(at.file)?.siblings(kind, &name)?;
        let [(file, block)] = all.about.as_slice() else { return Ok(None) };
        let Some(own) = code.iter().find(|it| it.file == *file) else { return Ok(None) };
        let condition = ["count", "for_each"].iter().find_map(|it| block.body.attribute(it));
        Ok(condition.map(|it| (own.slice(it.value.span).to_owned(), own.slice(block.span).to_owned())))
    };
    let plain = |text: String| Wanted { read: text.clone(), text, entries: &[], words: &[], word: None };
    Ok(match remedy {
        Remedy::PublicAccessBlock if bucket.public_access_block.is_absent() => {
            condition("aws_s3_bucket_public_access_block")?
                .map(|it| Wanted { words: &["public", "block"], ..plain(it.0) })
        }
        Remedy::Versioning => {
            let text = match &bucket.versioning.value {
                Value::Known(it) => given(&it.status, code).map(|it| (it.clone(), it)),
                Value::Absent => condition("aws_s3_bucket_versioning")?,
                Value::Unknown(_) | Value::OneOf(..) => None,
            };
            let entries = &[("enabled", "true"), ("status", "\"Enabled\"")];
            text.map(|(text, read)| Wanted { read, entries, words: &["version"], ..plain(text) })
        }
        Remedy::OwnershipEnforced => {
            let word = Some("BucketOwnerEnforced");
            given(&bucket.ownership, code).map(|it| Wanted { word, words: &["ownership"], ..plain(it) })
        }
        Remedy::DenyPlainHttp => {
            let words = &["insecure_transport", "secure_transport", "ssl_requests_only", "enforce_ssl", "require_ssl"];
            let all: Vec<&str> = code.iter().map(|it| it.text.as_str()).collect();
            Some(Wanted { words, ..plain(all.join("\n")) })
        }
        _ => FLAGS.iter().find(|it| it.0 == remedy).and_then(|it| match &bucket.public_access_block.value {
            Value::Known(block) => given(it.3(block), code).map(plain),
            Value::Absent | Value::Unknown(_) | Value::OneOf(..) => None,
        }),
    })
}

/// The expression of the module that gives a value.
fn given<T>(attr: &Attr<T>, code: &[Rc<Code>]) -> Option<String> {
    let at = attr.origin.span?;
    let own = code.iter().find(|it| it.file == at.file)?;
    let block = own.block_at(at)?;
    let covers = |it: Span| it.start <= at.start && at.end <= it.end;
    let whole = block.body.attributes.iter().map(|it| it.value.span).find(|it| covers(*it));
    whole.map(|it| own.slice(it).to_owned())
}

/// The variables that code names, itself or through local values.
fn variables(text: &str, code: &[Rc<Code>]) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = vec![text.to_owned()];
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..=MAX_LOCALS {
        let mut next = Vec::new();
        for text in &open {
            for name in named(text, "var.") {
                if !out.contains(&name) {
                    out.push(name);
                }
            }
            for name in named(text, "local.") {
                if !seen.contains(&name) {
                    next.extend(local(&name, code));
                    seen.push(name);
                }
            }
        }
        open = next;
    }
    out
}

/// The names behind a prefix: `a` of `var.a["b"]`.
fn named(text: &str, prefix: &str) -> Vec<String> {
    let is_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let mut out = Vec::new();
    for (at, _) in text.match_indices(prefix) {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        if before.is_some_and(|it| is_word(it) || it == '.') {
            continue;
        }
        let rest = text.get(at + prefix.len()..).unwrap_or_default();
        let name: String = rest.chars().take_while(|it| is_word(*it)).collect();
        if !name.is_empty() && !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

fn local(name: &str, code: &[Rc<Code>]) -> Option<String> {
    code.iter().find_map(|code| {
        let mut blocks = code.blocks.iter().filter(|it| it.kind.text == "locals");
        blocks.find_map(|it| {
            let body = it.body(&code.text).tree;
            Some(code.slice(body.attribute(name)?.value.span).to_owned())
        })
    })
}

/// What the variable is to be, by its default: `true` for one that is off, an object for one that is empty.
fn value(name: &str, wanted: &Wanted, code: &[Rc<Code>]) -> Option<String> {
    let (own, block) = code.iter().find_map(|code| {
        let is_own = |it: &&crate::syntax::hcl::TopBlock| {
            it.kind.text == "variable" && it.labels.first().is_some_and(|it| it.text == name)
        };
        code.blocks.iter().find(is_own).map(|it| (code, code.found(it)))
    })?;
    let kind = block.body.attribute("type").map_or("", |it| own.slice(it.value.span)).trim();
    let default = &block.body.attribute("default")?.value;
    match &default.kind {
        ExprKind::Bool(false) if wanted.word.is_none() => Some("true".to_owned()),
        ExprKind::Template(_) => wanted.word.map(|it| format!("\"{it}\"")),
        ExprKind::Null if wanted.word.is_none() && wanted.entries.is_empty() && matches!(kind, "bool" | "" | "any") => {
            Some("true".to_owned())
        }
        ExprKind::Object(items) if items.is_empty() => {
            let is_read = |key: &str| {
                let text = &wanted.read;
                [format!("var.{name}[\"{key}\"]"), format!("var.{name}.{key}"), format!("lookup(var.{name}, \"{key}\"")]
                    .iter()
                    .any(|it| text.contains(it))
            };
            let (key, value) = wanted.entries.iter().find(|it| is_read(it.0))?;
            Some(format!("{{ {key} = {value} }}"))
        }
        _ => None,
    }
}

/// The call that makes a bucket: where its contract stands in, or by the way that its address goes from the root module.
fn call(planner: &Planner<'_>, bucket: &Bucket, at: Span) -> Result<Option<Call>, String> {
    let sources = planner.sources;
    if let Some(stands_at) = sources.file(at.file).stands_at {
        let path = sources.file(stands_at.file).path.clone();
        if path.extension().is_none_or(|it| it != "tf" && it != "tofu") {
            return Ok(None);
        }
        let code = planner.code(stands_at.file);
        let Some(block) = code.top_at(stands_at).filter(|it| it.kind == "module") else { return Ok(None) };
        let is_nested = bucket.address.matches("module.").count() > 1;
        return Ok(Some(Call { code, block, is_nested }));
    }
    let home = folder(sources, at.file);
    let mut here = PathBuf::from(&bucket.namespace);
    let names = steps(&bucket.address);
    for (depth, name) in names.iter().enumerate() {
        let found = planner.module_in(&here)?.codes().iter().find_map(|code| {
            let is_own = |it: &&crate::syntax::hcl::TopBlock| {
                it.kind.text == "module" && it.labels.first().is_some_and(|it| it.text == *name) && !it.broken
            };
            let block = code.blocks.iter().find(is_own).map(|it| code.found(it))?;
            Some((Rc::clone(code), block))
        });
        let Some((code, block)) = found else { return Ok(None) };
        let source = block.body.attribute("source").map(|it| code.slice(it.value.span).trim_matches('"').to_owned());
        let local = source.filter(|it| it.starts_with('.')).map(|it| crate::source::normal(&here.join(it)));
        if depth + 1 == names.len() {
            // What was fetched stands in the folder of `terraform init`.
            let is_it = match &local {
                Some(folder) => same(folder, &home),
                None => home.components().any(|it| it.as_os_str() == ".terraform"),
            };
            return Ok(is_it.then_some(Call { code, block, is_nested: depth > 0 }));
        }
        let Some(next) = local else { return Ok(None) };
        here = next;
    }
    Ok(None)
}

fn same(a: &Path, b: &Path) -> bool {
    crate::source::normal(a) == crate::source::normal(b)
}

/// The names of the modules on an address's way: `a`, `b` of `module.a["x"].module.b.aws_s3_bucket.c`.
fn steps(address: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = address;
    while let Some(inner) = rest.strip_prefix("module.") {
        let end = inner.find(['.', '[']).unwrap_or(inner.len());
        out.push(inner.get(..end).unwrap_or_default().to_owned());
        rest = inner.get(end..).unwrap_or_default();
        if rest.starts_with('[') {
            let close = if rest.starts_with("[\"") {
                rest.find("\"]").map(|it| it + 2)
            } else {
                rest.find(']').map(|it| it + 1)
            };
            rest = close.and_then(|it| rest.get(it..)).unwrap_or_default();
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_an_address() {
        assert_eq!(steps("module.a[\"x.y\"].module.b[0].aws_s3_bucket.c[0]"), ["a", "b"]);
        assert_eq!(steps("aws_s3_bucket.c"), [""; 0]);
    }

    #[test]
    fn names_behind_a_prefix() {
        assert_eq!(named("var.a[\"b\"] && !var.c_d ? myvar.e : x.var.f", "var."), ["a", "c_d"]);
    }
}
