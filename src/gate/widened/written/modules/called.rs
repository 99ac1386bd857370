//! The modules that calls lead to: those that are here, and what is known of others.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::frontend::terraform::contracts;
use crate::source::normal;

use super::{Modules, Place, calls};

impl Modules<'_> {
    /// The module that a call leads to, where it is here, or what is known of it.
    pub(in super::super) fn called(&self, from: &Rc<Place>, name: &str) -> Option<Rc<Place>> {
        let it = self.leads_to(from, name)?;
        if !self.folder(&it.dir).blocks.is_empty() {
            return Some(it);
        }
        let address: Vec<String> = it.key.split('.').map(|it| format!("module.{it}")).collect();
        let dir = normal(&self.root.dir.join(contracts::FOLDER).join(address.join(".")));
        let is_known = !self.folder(&dir).blocks.is_empty();
        is_known.then(|| Rc::new(Place { dir, key: it.key.clone(), callers: it.callers.clone() }))
    }

    /// The module that a call leads to, where it is here.
    pub(super) fn here(&self, from: &Rc<Place>, name: &str) -> Option<Rc<Place>> {
        self.leads_to(from, name).filter(|it| !self.folder(&it.dir).blocks.is_empty())
    }

    fn leads_to(&self, from: &Rc<Place>, name: &str) -> Option<Rc<Place>> {
        let folder = self.folder(&from.dir);
        let source = folder.named(&format!("module.{name}")).next()?.attribute("source");
        let source = source.map(|it| self.plain(it, &[])).unwrap_or_default();
        let source = source.trim_matches('"');
        let key = if from.key.is_empty() { name.to_owned() } else { format!("{}.{name}", from.key) };
        let to = match source.starts_with("./") || source.starts_with("../") {
            true => from.dir.join(source),
            false => {
                let inner = source.split_once("://").map_or(source, |it| it.1).split_once("//");
                let inner = inner.map_or("", |it| it.1.split('?').next().unwrap_or_default());
                self.root.dir.join(".terraform/modules").join(&key).join(inner)
            }
        };
        Some(Rc::new(Place { dir: normal(&to), key, callers: vec![(Rc::clone(from), name.to_owned())] }))
    }

    /// What stands in the place of a module that is not here, by the folder that is made up for it.
    pub(super) fn contract(&self, dir: &Path) -> Option<Rc<Place>> {
        let folders: Vec<_> = dir.components().map(|it| it.as_os_str()).collect();
        let at = folders.iter().rposition(|it| *it == contracts::FOLDER)?;
        let address: PathBuf = folders.get(at + 1..)?.iter().collect();
        let mut names = calls(&address.to_string_lossy());
        let last = names.pop()?;
        let from = names.iter().try_fold(Rc::clone(&self.root), |place, it| self.called(&place, it))?;
        let key = if from.key.is_empty() { last.clone() } else { format!("{}.{last}", from.key) };
        Some(Rc::new(Place { dir: dir.to_path_buf(), key, callers: vec![(from, last)] }))
    }
}
