//! Files and paths.

use crate::value::{Cause, Class, Kind, List, Seg, SymStr, Why};

use super::argument::{Call, Outcome, Stop};

pub(super) fn file(cx: &Call) -> Outcome {
    cx.host.read_file(&path(cx)?).map_err(|message| missing(cx, message))
}

/// The path of a file to read. `path.cwd` is not known as a text, but files that code finds there lie in the root module, where
/// Terraform is mostly run.
fn path(cx: &Call) -> Result<String, Stop> {
    let path = cx.sym(0)?;
    if let [Seg::Hole(hole), rest @ ..] = path.segs()
        && hole.known.is_none()
        && &*hole.symbol.entity == "path.cwd"
    {
        let mut below = SymStr::text(".");
        rest.iter().for_each(|it| below.push(it.clone()));
        return below.known().ok_or_else(|| cx.open());
    }
    cx.text(0)
}

pub(super) fn base64(cx: &Call) -> Outcome {
    let text = cx.host.read_file(&path(cx)?).map_err(|message| missing(cx, message))?;
    match text.as_text() {
        Some(text) => cx.string(super::encoding::encode(text.as_bytes())),
        None => Err(cx.open()),
    }
}

pub(super) fn exists(cx: &Call) -> Outcome {
    let path = cx.text(0)?;
    match cx.host.file_exists(&path) {
        Some(it) => cx.bool(it),
        None => Err(missing(cx, format!("`{path}` is outside the scanned folders"))),
    }
}

pub(super) fn set(cx: &Call) -> Outcome {
    let mut found = cx.host.file_set(&path(cx)?, &cx.text(1)?).map_err(|message| missing(cx, message))?;
    found.sort();
    found.dedup();
    let items = found.into_iter().map(|it| cx.value(Kind::String(SymStr::text(it)))).collect();
    cx.done(Kind::List(List { items, rest: None }))
}

pub(super) fn templatefile(cx: &Call) -> Outcome {
    let rendered = cx.host.render_template_file(&path(cx)?, cx.arg(1)?, cx.at);
    rendered.map_err(|message| missing(cx, message))
}

pub(super) fn templatestring(cx: &Call) -> Outcome {
    let rendered = cx.host.render_template_text(cx.arg(0)?, cx.arg(1)?, cx.at);
    rendered
        .map_err(|message| Stop::Open { why: Why::new(Cause::Unsupported, message, Some(cx.at)), class: Class::Any })
}

/// A file that is not here is unknown, not an error of the code: it may be made before deployment.
fn missing(cx: &Call, message: String) -> Stop {
    Stop::Open { why: Why::new(Cause::MissingFile, message, Some(cx.at)), class: Class::Any }
}

/// The last part of a path. Slashes at its end do not count.
pub(super) fn basename(cx: &Call) -> Outcome {
    let path = cx.text(0)?;
    let cut = path.trim_end_matches('/');
    cx.string(match cut.rsplit_once('/') {
        Some((_, name)) => name,
        None if !cut.is_empty() => cut,
        None if path.is_empty() => ".",
        None => "/",
    })
}

/// The path without its last part.
pub(super) fn dirname(cx: &Call) -> Outcome {
    let path = cx.text(0)?;
    cx.string(match path.rsplit_once('/') {
        Some((dir, _)) => clean(&format!("{dir}/")),
        None => ".".to_owned(),
    })
}

/// The shortest equal path, as Go's `filepath.Clean`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." if parts.last().is_some_and(|it| *it != "..") => drop(parts.pop()),
            ".." if rooted => (),
            other => parts.push(other),
        }
    }
    match (rooted, parts.join("/")) {
        (true, it) => format!("/{it}"),
        (false, it) if it.is_empty() => ".".to_owned(),
        (false, it) => it,
    }
}

/// The folder of the run is not a fact of the code: a relative path stays unknown.
pub(super) fn abspath(cx: &Call) -> Outcome {
    let path = cx.text(0)?;
    if path.starts_with('/') { cx.string(clean(&path)) } else { deployment(cx, "the folder that Terraform runs in") }
}

pub(super) fn pathexpand(cx: &Call) -> Outcome {
    let path = cx.text(0)?;
    if path.starts_with('~') { deployment(cx, "the home folder") } else { cx.arg(0).cloned() }
}

fn deployment(cx: &Call, what: &str) -> Outcome {
    Err(Stop::Open { why: Why::new(Cause::Deployment, what, Some(cx.at)), class: Class::Identifier })
}
