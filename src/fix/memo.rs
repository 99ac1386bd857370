//! What plans read again and again, kept for all findings of a run: without it a folder of many buckets is taken apart once for
//! each finding in it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::exposure::Exposure;
use crate::finding::Remedy;
use crate::gate::suppression::Suppression;
use crate::model::{Bucket, Estate};
use crate::source::{FileId, Sources, Span};
use crate::value::SymStr;

use super::bucket::FLAGS;
use super::data::Document;
use super::elsewhere::Others;
use super::hcl::Code;
use super::module::Module;
use super::tf_json::is_json;

/// Files taken apart, and where buckets stand in the model.
#[derive(Default)]
pub(super) struct Memo<'a> {
    codes: RefCell<HashMap<FileId, Rc<Code>>>,
    documents: RefCell<HashMap<FileId, Option<Rc<Document>>>>,
    modules: RefCell<HashMap<PathBuf, Rc<Module>>>,
    buckets: OnceCell<HashMap<(&'a str, &'a str), usize>>,
    written: OnceCell<HashMap<Span, Vec<usize>>>,
    called: OnceCell<HashMap<&'a str, HashMap<&'a str, Vec<usize>>>>,
    shared: RefCell<HashMap<(Span, Remedy), Option<String>>>,
    alike: RefCell<HashMap<(Span, Option<Span>), bool>>,
    names: OnceCell<HashMap<String, Vec<usize>>>,
    others: OnceCell<Others>,
    suppressions: RefCell<HashMap<FileId, Rc<Vec<Suppression>>>>,
}

impl<'a> Memo<'a> {
    /// A file of Terraform.
    pub fn code(&self, sources: &Sources, file: FileId) -> Rc<Code> {
        let mut all = self.codes.borrow_mut();
        Rc::clone(all.entry(file).or_insert_with(|| Rc::new(Code::new(sources, file))))
    }

    /// Whether what a place makes is alike for all, buckets of one block among them: found out once.
    pub fn alike(&self, place: (Span, Option<Span>), find: impl FnOnce() -> bool) -> bool {
        *self.alike.borrow_mut().entry(place).or_insert_with(find)
    }

    /// What may be about buckets of any root module: looked for once.
    pub fn others(&self, find: impl FnOnce() -> Others) -> &Others {
        self.others.get_or_init(find)
    }

    /// The suppressions of a file, which `find` looks for.
    pub fn suppressions(&self, file: FileId, find: impl FnOnce() -> Vec<Suppression>) -> Rc<Vec<Suppression>> {
        let mut all = self.suppressions.borrow_mut();
        Rc::clone(all.entry(file).or_insert_with(|| Rc::new(find())))
    }

    /// The buckets of the model that have a name, which is one bucket's in all of AWS.
    pub fn named(&self, estate: &Estate, name: &str) -> &[usize] {
        let all = self.names.get_or_init(|| {
            let mut all: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, bucket) in estate.buckets.iter().enumerate() {
                if let Some(name) = bucket.name.as_known().and_then(SymStr::known_text) {
                    all.entry(name.into_owned()).or_default().push(at);
                }
            }
            all
        });
        all.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// A file of YAML or JSON, where it parses without a loss.
    pub fn document(&self, sources: &Sources, file: FileId) -> Option<Rc<Document>> {
        let mut all = self.documents.borrow_mut();
        all.entry(file).or_insert_with(|| Document::new(sources, file).map(Rc::new)).clone()
    }

    /// The Terraform module in a folder. `own` is a file of it, which is no file of the disk where it stands in for another.
    ///
    /// # Errors
    /// Where a file of it cannot be read: what it has is not known.
    pub fn module(&self, sources: &Sources, folder: &Path, own: Option<FileId>) -> Result<Rc<Module>, String> {
        let own = own.filter(|it| is_code(&sources.file(*it).path));
        if let Some(there) = self.modules.borrow().get(folder).filter(|it| own.is_none_or(|own| it.has(own))) {
            return Ok(Rc::clone(there));
        }
        let (mut codes, mut documents) = (Vec::new(), Ok(Vec::new()));
        for path in sources.fs().list(folder) {
            let (is_code, is_json) = (is_code(&path), is_json(&path));
            if !(is_code || is_json) || sources.fs().is_dir(&path) {
                continue;
            }
            let file = sources.load(&path).map_err(|_| format!("{} of its module cannot be read", path.display()))?;
            if is_code {
                codes.push(self.code(sources, file));
                continue;
            }
            match (&mut documents, self.document(sources, file)) {
                (Ok(all), Some(document)) => all.push(document),
                (Ok(_), None) => documents = Err(format!("{} of its module does not parse", path.display())),
                (Err(_), _) => (),
            }
        }
        let missing = own.filter(|own| !codes.iter().any(|it: &Rc<Code>| it.file == *own));
        codes.extend(missing.map(|it| self.code(sources, it)));
        let module = Rc::new(Module::new(codes, documents));
        self.modules.borrow_mut().insert(folder.to_owned(), Rc::clone(&module));
        Ok(module)
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

    /// The buckets that code at a place makes, or decides a setting of.
    pub fn written(&self, estate: &'a Estate, at: Span) -> &[usize] {
        let all = self.written.get_or_init(|| {
            let mut all: HashMap<Span, Vec<usize>> = HashMap::new();
            for (number, bucket) in estate.buckets.iter().enumerate() {
                for at in places(bucket) {
                    let own = all.entry(at).or_default();
                    if own.last() != Some(&number) {
                        own.push(number);
                    }
                }
            }
            all
        });
        all.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    /// The buckets below a call of a root module: of `module.NAME`.
    pub fn called<'s>(&'s self, estate: &'a Estate, namespace: &str, name: &str) -> &'s [usize] {
        let all = self.called.get_or_init(|| {
            let mut all: HashMap<&str, HashMap<&str, Vec<usize>>> = HashMap::new();
            for (number, bucket) in estate.buckets.iter().enumerate() {
                if let Some(name) = first_call(&bucket.address) {
                    all.entry(bucket.namespace.as_str()).or_default().entry(name).or_default().push(number);
                }
            }
            all
        });
        all.get(namespace).and_then(|it| it.get(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// What speaks against a remedy at a place, worked out once for all findings that it would mend.
    pub fn shared(&self, at: Span, remedy: Remedy, work: impl FnOnce() -> Option<String>) -> Option<String> {
        if let Some(known) = self.shared.borrow().get(&(at, remedy)) {
            return known.clone();
        }
        let why = work();
        self.shared.borrow_mut().insert((at, remedy), why.clone());
        why
    }
}

/// Where a bucket and its settings are written.
fn places(bucket: &Bucket) -> impl Iterator<Item = Span> {
    let blocks = bucket.public_access_block.possible();
    let flags = blocks.into_iter().flat_map(|block| FLAGS.iter().filter_map(|it| it.3(block).origin.span));
    bucket.origin.span.into_iter().chain(bucket.ownership.origin.span).chain(flags)
}

/// The name of the outermost call on an address's way: `a` of `module.a["x"].module.b.aws_s3_bucket.c`.
pub(super) fn first_call(address: &str) -> Option<&str> {
    let inner = address.strip_prefix("module.")?;
    inner.get(..inner.find(['.', '[']).unwrap_or(inner.len()))
}

fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "tf" || it == "tofu")
}

/// The folder of a file.
pub(super) fn folder(sources: &Sources, file: FileId) -> PathBuf {
    sources.file(file).path.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}
