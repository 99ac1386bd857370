//! Files that code reads: where the path is not known, all that it may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::frontend::terraform::is_code;
use crate::source::{FileSystem, normal};
use crate::syntax::hcl::{Expr, ExprKind, Template, TemplatePart, TraversalOp};

use super::super::modules::digest;
use super::super::{rendered, tree};
use super::{Normal, Scope, Step, either, short, suffix};

/// So many files are looked through for those that a path may be of.
const MAX_FILES: usize = 10_000;

/// So deep folders are looked through.
const MAX_FOLDERS: usize = 8;

/// Longer texts (bytes) are no paths.
const MAX_PATH: usize = 300;

/// Paths are passed on so often.
const MAX_PASSED: usize = 16;

/// What stands before the folder of a module.
const MARK: char = '\0';

/// A part of a path.
pub(in super::super) enum Part {
    Text(String),
    /// What is not known, in the form of expressions.
    Hole(String),
}

impl Normal<'_, '_> {
    /// What a function gives that reads files.
    pub(super) fn of_files(&self, scope: &Scope, name: &str, args: &[Expr]) -> Option<String> {
        let rest = |args: &[Expr]| args.iter().map(|it| self.value(scope, it, &[])).collect::<Vec<_>>().join(" ");
        match (name, args) {
            ("fileset", [folder, pattern]) => {
                let mut parts = self.path(scope, folder, 0);
                parts.push(Part::Text("/".to_owned()));
                parts.extend(self.path(scope, pattern, 0).into_iter().flat_map(globbed));
                let names = self.matching(scope, &parts).into_keys();
                Some(format!("fileset({} {})", names.collect::<Vec<_>>().join(" "), holes(&parts)))
            }
            ("fileexists", [path]) => {
                let parts = self.path(scope, path, 0);
                let names = self.matching(scope, &parts).into_keys();
                Some(format!("fileexists({} {})", names.collect::<Vec<_>>().join(" "), holes(&parts)))
            }
            ("file" | "templatefile" | "read_tfvars_file", [path, args @ ..])
            | (
                "filebase64" | "filemd5" | "filesha1" | "filesha256" | "filesha512" | "filebase64sha256",
                [path, args @ ..],
            ) => {
                let text = self.read(scope, path, &|path, text| match tree::of_text(path, text) {
                    Some(it) => tree::normal(&it, &[]),
                    None if name == "templatefile" => format!("{:?}", rendered::bare(text)),
                    None => format!("{text:?}"),
                });
                Some(format!("{name}({text} {})", rest(args)))
            }
            _ => None,
        }
    }

    /// A text that may be the path of a file, which something else reads: a program, a data source.
    pub(super) fn named_file(&self, scope: &Scope, it: &Template) {
        let is_own = |it: &Expr| match &it.kind {
            ExprKind::Traversal(it) => matches!(&it.root.kind, ExprKind::Variable(root) if root == "path"),
            _ => false,
        };
        let may_be = match it.parts.as_slice() {
            [TemplatePart::Interpolation(it), ..] => is_own(it),
            [TemplatePart::Literal(it)] => it.text.contains('.') && it.text.len() < MAX_PATH,
            _ => false,
        };
        if !may_be {
            return;
        }
        let parts = self.path_of(scope, it, 0);
        for (own, path) in self.matching(scope, &parts) {
            let Ok(file) = self.modules.sources().load(&path) else { continue };
            let text = self.modules.sources().text(file).to_string();
            self.tell(format!("file {} {own} {}", holes(&parts), digest(&[text].into())));
        }
    }

    /// What is looked up in what a file says.
    pub(super) fn decoded(&self, scope: &Scope, it: &Expr, path: &[Step]) -> Option<String> {
        let it = self.through(scope, it, 0);
        let (it, scope) = (&it.0, &it.1);
        let ExprKind::Call { name, args, .. } = &it.kind else { return None };
        let [of] = args.as_slice() else { return None };
        let look = |file: &Path, text: &str| match tree::of_text(file, text) {
            Some(it) => tree::normal(&it, path),
            None => format!("{text:?}{}", suffix(path)),
        };
        (name.text == "file").then(|| format!("decoded({})", self.read(scope, of, &look)))
    }

    /// What the files of a path say, each by the part that is not known of its path.
    fn read(&self, scope: &Scope, path: &Expr, says: &dyn Fn(&Path, &str) -> String) -> String {
        let (path, scope) = self.through(scope, path, 0);
        if let ExprKind::Conditional(it) = &path.kind {
            let [condition, then, otherwise] = &**it;
            let condition = self.value(&scope, condition, &[]);
            return either(&condition, &self.read(&scope, then, says), &self.read(&scope, otherwise, says));
        }
        let parts = self.path(&scope, &path, 0);
        let sources = self.modules.sources();
        let said = |path: &Path| sources.load(path).ok().map(|it| says(path, &sources.text(it)));
        let found = self.matching(&scope, &parts);
        // Of what is not here, its path is all that is known.
        if found.is_empty() {
            return format!("missing({})", joined(&parts));
        }
        if parts.iter().all(|it| matches!(it, Part::Text(_))) {
            return found.values().find_map(|it| said(it)).unwrap_or_else(|| format!("missing({})", joined(&parts)));
        }
        let all = found.iter().filter_map(|(own, path)| Some(format!("{own}={}", short(said(path)?))));
        format!("of({} {{{}}})", holes(&parts), all.collect::<Vec<_>>().join(" "))
    }

    /// An expression that only passes one on, as that.
    fn through(&self, scope: &Scope, it: &Expr, count: usize) -> (Expr, Scope) {
        match self.passed(scope, it) {
            Some((next, inner)) if count < MAX_PASSED => self.through(&inner, &next, count + 1),
            _ => (it.clone(), scope.clone()),
        }
    }

    fn passed(&self, scope: &Scope, it: &Expr) -> Option<(Expr, Scope)> {
        if let ExprKind::Parenthesis(it) = &it.kind {
            return Some(((**it).clone(), scope.clone()));
        }
        let ExprKind::Traversal(it) = &it.kind else { return None };
        let (ExprKind::Variable(root), [(TraversalOp::Attribute(name), _)]) = (&it.root.kind, it.ops.as_slice()) else {
            return None;
        };
        let place = &scope.place;
        match (root.as_str(), place.callers.as_slice()) {
            ("local", _) => {
                let folder = self.modules.folder(&place.dir);
                let value = folder.local(name).next()?.clone();
                Some((value, Scope::of(place)))
            }
            ("var", [(from, call)]) => {
                let folder = self.modules.folder(&from.dir);
                let call = folder.named(&format!("module.{call}")).next()?;
                Some((call.body.attribute(name)?.value.clone(), Scope::within(from, &call.body)))
            }
            _ => None,
        }
    }

    /// A path, taken apart.
    fn path(&self, scope: &Scope, it: &Expr, count: usize) -> Vec<Part> {
        let hole = || vec![Part::Hole(self.value(scope, it, &[]))];
        if let Some(path) = scope.unit.as_ref().and_then(|own| own.target(self.modules.sources(), it)) {
            return vec![Part::Text(format!("{MARK}{}", path.display()))];
        }
        match &it.kind {
            _ if MAX_PASSED < count => hole(),
            ExprKind::Template(it) => self.path_of(scope, it, count),
            ExprKind::Traversal(own) => {
                let ExprKind::Variable(root) = &own.root.kind else { return hole() };
                match (root.as_str(), own.ops.as_slice()) {
                    ("path", [(TraversalOp::Attribute(of), _)]) => {
                        let dir = if of == "module" { &scope.place.dir } else { self.modules.root_dir() };
                        vec![Part::Text(format!(
                            "{MARK}{}",
                            if dir.as_os_str().is_empty() { Path::new(".") } else { dir }.display()
                        ))]
                    }
                    _ => match self.passed(scope, it) {
                        Some((next, inner)) => self.path(&inner, &next, count + 1),
                        None => hole(),
                    },
                }
            }
            _ => match self.passed(scope, it) {
                Some((next, inner)) => self.path(&inner, &next, count + 1),
                None => hole(),
            },
        }
    }

    fn path_of(&self, scope: &Scope, it: &Template, count: usize) -> Vec<Part> {
        let part = |it: &TemplatePart| match it {
            TemplatePart::Literal(it) => vec![Part::Text(it.text.to_string())],
            TemplatePart::Interpolation(it) => self.path(scope, it, count + 1),
            _ => vec![Part::Hole("template()".to_owned())],
        };
        it.parts.iter().flat_map(part).collect()
    }

    /// The files that a path may be of, each by the parts that are not known.
    fn matching(&self, scope: &Scope, parts: &[Part]) -> BTreeMap<String, PathBuf> {
        // What starts with the folder of a module is marked so; all else is as Terraform finds it beside the code.
        let place = |start: &str| match start.strip_prefix(MARK) {
            Some(it) => PathBuf::from(it),
            None => scope.place.dir.join(start),
        };
        let (found, is_whole) = matching(self.modules.sources().fs(), &place, parts);
        if !is_whole {
            self.cut();
        }
        found
    }
}

/// The files that a path may be of, each by the parts that are not known; whether those are all. `place` is where a path starts.
pub(in super::super) fn matching(
    fs: &dyn FileSystem,
    place: &dyn Fn(&str) -> PathBuf,
    parts: &[Part],
) -> (BTreeMap<String, PathBuf>, bool) {
    let (mut start, mut rest) = (String::new(), parts);
    while let [Part::Text(text), more @ ..] = rest {
        start.push_str(text);
        rest = more;
    }
    let own = place(&start);
    if rest.is_empty() {
        let path = normal(&own);
        return (fs.is_file(&path).then(|| (String::new(), path)).into_iter().collect(), true);
    }
    let is_open = start.ends_with('/') || start.is_empty();
    let folder = if is_open { own.clone() } else { own.parent().map(Path::to_path_buf).unwrap_or_default() };
    let folder = normal(&folder);
    let head = if is_open {
        String::new()
    } else {
        own.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let mut all = Vec::new();
    let is_whole = below(fs, &folder, 0, &mut all);
    let named = all.into_iter().filter_map(|it| {
        let below = it.strip_prefix(&folder).ok()?.to_string_lossy().replace('\\', "/");
        let own = filled(below.strip_prefix(&head)?, rest)?;
        Some((own, it))
    });
    (named.collect(), is_whole)
}

/// The files below a folder that code may read as data; whether those are all.
fn below(fs: &dyn FileSystem, folder: &Path, depth: usize, all: &mut Vec<PathBuf>) -> bool {
    let listed = if folder.as_os_str().is_empty() { fs.list(Path::new(".")) } else { fs.list(folder) };
    let mut is_whole = true;
    for path in listed.into_iter().map(|it| normal(&it)) {
        let is_hidden = path.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
        if is_hidden || is_code(&path) {
            continue;
        }
        match fs.is_dir(&path) {
            true if depth < MAX_FOLDERS => is_whole &= below(fs, &path, depth + 1, all),
            true => is_whole = false,
            false if all.len() < MAX_FILES => all.push(path),
            false => is_whole = false,
        }
        if !is_whole && MAX_FILES <= all.len() {
            break;
        }
    }
    is_whole
}

/// What stands in the holes of a path, where it fits.
fn filled(text: &str, parts: &[Part]) -> Option<String> {
    let (mut rest, mut all, mut is_open) = (text, String::new(), false);
    for (at, part) in parts.iter().enumerate() {
        let Part::Text(own) = part else {
            is_open = true;
            continue;
        };
        let (hole, after) = match is_open {
            false => ("", rest.strip_prefix(own.as_str())?),
            true if at + 1 == parts.len() => (rest.strip_suffix(own.as_str())?, ""),
            true => rest.split_once(own.as_str())?,
        };
        if is_open {
            all = all + hole + "|";
        }
        (rest, is_open) = (after, false);
    }
    (is_open || rest.is_empty()).then(|| all + rest)
}

fn globbed(part: Part) -> Vec<Part> {
    let Part::Text(text) = part else { return vec![part] };
    let mut all = Vec::new();
    for (at, it) in text.split(['*', '?', '{', '}']).enumerate() {
        if 0 < at && !matches!(all.last(), Some(Part::Hole(_))) {
            all.push(Part::Hole("*".to_owned()));
        }
        if !it.is_empty() {
            all.push(Part::Text(it.to_owned()));
        }
    }
    all
}

fn holes(parts: &[Part]) -> String {
    let hole = |it: &Part| match it {
        Part::Hole(it) => Some(it.clone()),
        Part::Text(_) => None,
    };
    parts.iter().filter_map(hole).collect::<Vec<_>>().join(" ")
}

fn joined(parts: &[Part]) -> String {
    let text = |it: &Part| match it {
        Part::Hole(it) | Part::Text(it) => it.clone(),
    };
    parts.iter().map(text).collect()
}
