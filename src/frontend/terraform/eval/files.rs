//! The door of functions to files: held within the scanned folders by the file system.

use std::path::{Component, Path, PathBuf};

use crate::frontend::terraform::functions;
use crate::frontend::terraform::instance::Scope;
use crate::source::{Piece, ReadError, Span};
use crate::value::{Cause, Class, Kind, Origin, Seg, SymStr, Symbol, Val, Why};

use super::{World, normal};

/// `fileset()` looks at no more files, and no deeper.
const MAX_FILES: usize = 20_000;
const MAX_FOLDERS: usize = 32;

/// What functions see of the outside, from one scope.
pub(super) struct Files<'a, 's> {
    pub world: &'a World<'s>,
    pub scope: &'a Scope,
}

impl functions::Host for Files<'_, '_> {
    fn read_file(&self, path: &str) -> Result<Val, String> {
        let (file, _) = self.load(path)?;
        let text = self.world.sources.text(file);
        let span = Span::of(file, 0..text.len());
        Ok(Val::new(Kind::String(SymStr::text_at(text.as_str(), span)), Origin::at(span)))
    }

    fn render_template_file(&self, path: &str, vars: &Val, at: Span) -> Result<Val, String> {
        let (file, _) = self.load(path)?;
        let text = self.world.sources.text(file);
        let pieces = [Piece { text: text.as_str().into(), at: Some(Span::of(file, 0..text.len())) }];
        self.world.render(&pieces, vars, self.scope, at)
    }

    fn place(&self, at: Span) -> String {
        self.world.place(at, self.scope)
    }

    fn file_exists(&self, path: &str) -> Option<bool> {
        if self.paths(path).iter().any(|it| self.world.sources.fs().is_file(it)) {
            return Some(true);
        }
        let outside = |it: &PathBuf| matches!(self.world.sources.fs().read(it), Err(ReadError::Outside));
        if self.paths(path).iter().any(outside) { None } else { Some(false) }
    }

    fn render_template_text(&self, template: &Val, vars: &Val, at: Span) -> Result<Val, String> {
        let text = template.as_symstr().ok_or("a template that is not a text")?;
        if text.known().is_none() {
            return Err("a template of which parts are not known".to_owned());
        }
        let piece = |seg: &Seg| match seg {
            Seg::Lit(piece) => piece.clone(),
            Seg::Hole(hole) => Piece { text: hole.known.clone().unwrap_or_default(), at: None },
        };
        let pieces: Vec<Piece> = text.segs().iter().map(piece).collect();
        self.world.render(&pieces, vars, self.scope, at)
    }

    fn file_set(&self, folder: &str, pattern: &str) -> Result<Vec<String>, String> {
        let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("the pattern `{pattern}`: {error}"))?.compile_matcher();
        let base = self.paths(folder).into_iter().find(|it| self.world.sources.fs().is_dir(it));
        let base = base.ok_or_else(|| format!("the folder `{folder}` cannot be read"))?;
        let (mut found, mut seen) = (Vec::new(), 0_usize);
        let mut open = vec![(base, String::new(), 0_usize)];
        while let Some((dir, prefix, depth)) = open.pop() {
            for path in self.world.sources.fs().list(&dir) {
                let Some(name) = path.file_name().and_then(|it| it.to_str()) else { continue };
                let relative = format!("{prefix}{name}");
                seen += 1;
                if MAX_FILES < seen || MAX_FOLDERS < depth {
                    return Err(format!("the folder `{folder}` holds too many files"));
                }
                if self.world.sources.fs().is_dir(&path) {
                    open.push((path, format!("{relative}/"), depth + 1));
                } else if glob.is_match(&relative) {
                    found.push(relative);
                }
            }
        }
        Ok(found)
    }
}

impl World<'_> {
    /// `path.module` and `path.root`, from the root module as Terraform has them; `path.cwd`, which only the run knows.
    pub(super) fn path(&self, name: &str, at: Span, scope: &Scope) -> Val {
        let dir = match name {
            "module" => relative(&normal(&scope.instance.module.dir), &normal(&self.root)),
            "root" => ".".to_owned(),
            _ => {
                let shown = format!("path.{name}");
                let why = Why::new(Cause::Deployment, shown.as_str(), Some(at));
                return Val::unknown(Symbol::new(shown, ""), Class::Any, why, Origin::at(at));
            }
        };
        Val::string(dir, Origin::at(at))
    }
}

/// The way from one folder to another, neither of which has `.` in it: `.`, `modules/store`, `../shared`.
fn relative(to: &Path, from: &Path) -> String {
    let (to_parts, from_parts): (Vec<_>, Vec<_>) = (to.components().collect(), from.components().collect());
    let shared = to_parts.iter().zip(&from_parts).take_while(|(a, b)| a == b).count();
    let up = from_parts.iter().skip(shared);
    // What lies above a folder that is itself written with `..`, or on another root, has no name here.
    if to.is_absolute() != from.is_absolute() || up.clone().any(|it| !matches!(it, Component::Normal(_))) {
        return to.to_string_lossy().into_owned();
    }
    let mut out: PathBuf = up.map(|_| Component::ParentDir).collect();
    out.extend(to_parts.iter().skip(shared));
    if out.as_os_str().is_empty() { ".".to_owned() } else { out.to_string_lossy().replace('\\', "/") }
}

impl Files<'_, '_> {
    /// A relative path counts from the root module; some write paths as if from their module, or from where they stand.
    fn paths(&self, path: &str) -> Vec<PathBuf> {
        let path = Path::new(path);
        vec![self.world.root.join(path), self.scope.instance.module.dir.join(path), path.to_path_buf()]
    }

    fn load(&self, path: &str) -> Result<(crate::source::FileId, PathBuf), String> {
        let mut error = format!("`{path}` cannot be read");
        for candidate in self.paths(path) {
            match self.world.sources.load(&candidate) {
                Ok(file) => return Ok((file, candidate)),
                Err(crate::source::ReadError::NotFound) => (),
                Err(other) => error = format!("`{path}` {other}"),
            }
        }
        Err(error)
    }
}
