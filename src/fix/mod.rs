//! Floor 9¾: findings → edits. Each remedy that a rule page names is planned on the spans of the text at hand; nothing is
//! printed anew, so that all other bytes stay what they are. Whoever applies a plan proves it first, by judging the edited
//! text (see `cli::fix`).

mod acls;
mod arn;
mod bucket;
mod call;
mod comments;
mod data;
mod diff;
mod edit;
mod elsewhere;
mod flag;
mod grant;
mod hcl;
mod ignored;
mod list;
mod literal;
mod memo;
mod module;
mod policy;
mod remarks;
mod safety;
mod shared;
mod statement;
mod text;
mod tf_json;

pub use comments::aligned;
pub use diff::unified;
pub use edit::{apply, clash};

use std::path::Path;
use std::rc::Rc;

use crate::exposure::Exposure;
use crate::finding::{Edit, Finding, Fix, Remedy, RuleInfo, Safety, Status};
use crate::gate::suppression::{self, Suppression};
use crate::model::{Bucket, Estate};
use crate::source::{FileId, Sources};

use data::Document;
use elsewhere::Others;
use hcl::Code;
use memo::Memo;
use module::Module;

/// What plans are made from: a run's files, its model with the verdicts, and the rules.
pub struct Planner<'a> {
    sources: &'a Sources,
    estate: &'a Estate,
    exposures: &'a [Exposure],
    rules: &'a [RuleInfo],
    memo: Memo<'a>,
}

/// A plan before it is known whether it is safe: title, edits, and why it may be unsafe.
struct Draft {
    title: String,
    edits: Vec<Edit>,
    because: Option<String>,
}

impl Draft {
    fn new(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), edits, because: None }
    }

    fn because(mut self, why: Option<String>) -> Self {
        self.because = self.because.or(why);
        self
    }
}

/// In longer lines (bytes) nothing is edited: to find the ends of one again for each of thousands of findings would take quadratic time.
const MAX_LINE: usize = 64 * 1024;

/// A draft, or why there is none: one clause.
type Drafted = Result<Draft, String>;

impl<'a> Planner<'a> {
    /// A planner of a run; `exposures` are the verdicts about the buckets of the model, in the same order.
    #[must_use]
    pub fn new(sources: &'a Sources, estate: &'a Estate, exposures: &'a [Exposure], rules: &'a [RuleInfo]) -> Self {
        Self { sources, estate, exposures, rules, memo: Memo::default() }
    }

    /// The edits that mend a finding.
    ///
    /// `None` where nothing can: its rule names no remedy, or it is not decided.
    ///
    /// # Errors
    /// One clause where the remedy cannot be applied to the code at hand.
    #[must_use]
    pub fn plan(&self, finding: &Finding) -> Option<Result<Fix, String>> {
        let mend = self.rules.iter().find(|it| it.id == finding.rule)?.fix?;
        if finding.status != Status::Violated {
            return None;
        }
        Some(self.draft(finding, mend.r#do).and_then(|draft| self.finish(draft, mend.safety)))
    }

    /// Why S3 would refuse a bucket whose ACLs are off: it, or an object in it, is given one.
    #[must_use]
    pub fn refused(&self, bucket: &Bucket) -> Option<String> {
        safety::refused(bucket, self.estate, shared::is_own_acl(self, bucket))
    }

    fn draft(&self, finding: &Finding, remedy: Remedy) -> Drafted {
        if let Some(construct) = &finding.construct {
            return Err(format!("the template is made by a program: mend the construct {}", construct.path));
        }
        if finding.at.is_some_and(|at| MAX_LINE < self.sources.file(at.file).line_length(at.start)) {
            return Err(format!(
                "its line is longer than {MAX_LINE} bytes, as programs write them: mend what wrote it"
            ));
        }
        if !finding.environments.is_empty() {
            return Err("it depends on the environment: mend it by hand".to_owned());
        }
        if let Some((bucket, _)) = self.bucket(finding) {
            ignored::remedy(self, bucket, remedy)?;
        }
        match remedy {
            Remedy::RemoveGrant => grant::remove(self, finding),
            Remedy::RemoveStatement => statement::remove(self, finding),
            Remedy::DenyPlainHttp => policy::deny_plain_http(self, finding),
            Remedy::PublicAccessBlock if self.bucket(finding).is_none() => flag::of_account(self, finding),
            _ => bucket::plan(self, finding, remedy),
        }
    }

    /// The bucket that a finding is about, with its verdict.
    fn bucket(&self, finding: &Finding) -> Option<(&'a Bucket, &'a Exposure)> {
        self.memo.bucket((self.estate, self.exposures), &finding.namespace, &finding.address)
    }

    /// What may be about buckets of any root module.
    fn others(&self) -> &Others {
        self.memo.others(|| Others::of(self))
    }

    /// A file of Terraform.
    fn code(&self, file: FileId) -> Rc<Code> {
        self.memo.code(self.sources, file)
    }

    /// A file of YAML or JSON, where it parses without a loss.
    fn document(&self, file: FileId) -> Option<Rc<Document>> {
        self.memo.document(self.sources, file)
    }

    /// The suppressions of a file.
    fn suppressions(&self, file: FileId) -> Rc<Vec<Suppression>> {
        self.memo.suppressions(file, || suppression::find(self.sources, &[file], self.rules))
    }

    /// The Terraform module that a file is part of.
    fn module(&self, file: FileId) -> Result<Rc<Module>, String> {
        self.memo.module(self.sources, &memo::folder(self.sources, file), Some(file))
    }

    /// The Terraform module in a folder.
    fn module_in(&self, folder: &Path) -> Result<Rc<Module>, String> {
        self.memo.module(self.sources, folder, None)
    }

    fn finish(&self, mut draft: Draft, safety: Safety) -> Result<Fix, String> {
        if draft.edits.is_empty() {
            return Err("there is nothing to edit".to_owned());
        }
        for edit in &mut draft.edits {
            self.may_edit(edit.at.file)?;
            edit.text = text::with_line_ending(&edit.text, &self.sources.text(edit.at.file));
        }
        ignored::edits(self, &draft.edits)?;
        draft.edits.sort();
        draft.edits.dedup();
        let safety = if draft.because.is_some() { Safety::Unsafe } else { safety };
        let because = draft.because.filter(|_| safety == Safety::Unsafe);
        Ok(Fix { title: draft.title, safety, because, edits: draft.edits })
    }

    /// Whether a file is the user's to edit: not one that stands in for a module, nor one that `terraform init` fetched.
    fn may_edit(&self, file: FileId) -> Result<(), String> {
        let file = self.sources.file(file);
        if file.stands_at.is_some() {
            return Err("the source of its module is not here".to_owned());
        }
        let fetched = [".terraform", ".terragrunt-cache"];
        if file.path.components().any(|it| fetched.iter().any(|dir| it.as_os_str() == *dir)) {
            return Err(format!("{} was fetched by terraform init and would be lost", file.path.display()));
        }
        Ok(())
    }
}

impl Fix {
    /// What cannot be done together with it in one go: edits that touch the same bytes.
    #[must_use]
    pub fn clashes_with(&self, other: &Self) -> bool {
        clash(&self.edits, &other.edits)
    }
}
