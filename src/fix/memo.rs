//! What plans read again and again, kept for all findings of a run: without it a folder of many buckets is taken apart once for
//! each finding in it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::exposure::Exposure;
use crate::model::{Bucket, Estate};
use crate::source::{FileId, Sources};

use super::data::Document;
use super::hcl::Code;
use super::module::Module;

/// Files taken apart, and where buckets stand in the model.
#[derive(Default)]
pub(super) struct Memo<'a> {
    codes: RefCell<HashMap<FileId, Rc<Code>>>,
    documents: RefCell<HashMap<FileId, Option<Rc<Document>>>>,
    modules: RefCell<HashMap<PathBuf, Rc<Module>>>,
    buckets: OnceCell<HashMap<(&'a str, &'a str), usize>>,
}

impl<'a> Memo<'a> {
    /// A file of Terraform.
    pub fn code(&self, sources: &Sources, file: FileId) -> Rc<Code> {
        let mut all = self.codes.borrow_mut();
        Rc::clone(all.entry(file).or_insert_with(|| Rc::new(Code::new(sources, file))))
    }

    /// A file of YAML or JSON, where it parses without a loss.
    pub fn document(&self, sources: &Sources, file: FileId) -> Option<Rc<Document>> {
        let mut all = self.documents.borrow_mut();
        all.entry(file).or_insert_with(|| Document::new(sources, file).map(Rc::new)).clone()
    }

    /// The Terraform module that a file is part of.
    pub fn module(&self, sources: &Sources, file: FileId) -> Rc<Module> {
        let path = sources.file(file).path.clone();
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Some(there) = self.modules.borrow().get(folder).filter(|it| it.has(file)) {
            return Rc::clone(there);
        }
        let is_code = |it: &Path| it.extension().is_some_and(|it| it == "tf" || it == "tofu");
        let mut files: Vec<FileId> =
            sources.fs().list(folder).iter().filter(|it| is_code(it)).filter_map(|it| sources.load(it).ok()).collect();
        if !files.contains(&file) {
            files.push(file);
        }
        let module = Rc::new(Module::new(files.into_iter().map(|it| self.code(sources, it)).collect()));
        self.modules.borrow_mut().insert(folder.to_owned(), Rc::clone(&module));
        module
    }

    /// The bucket of an address, with its verdict; of two with one address the first.
    pub fn bucket(
        &self,
        (estate, exposures): (&'a Estate, &'a [Exposure]),
        namespace: &str,
        address: &str,
    ) -> Option<(&'a Bucket, &'a Exposure)> {
        let places = self.buckets.get_or_init(|| {
            let mut places = HashMap::new();
            for (at, bucket) in estate.buckets.iter().enumerate() {
                places.entry((bucket.namespace.as_str(), bucket.address.as_str())).or_insert(at);
            }
            places
        });
        let at = *places.get(&(namespace, address))?;
        Some((estate.buckets.get(at)?, exposures.get(at)?))
    }
}
