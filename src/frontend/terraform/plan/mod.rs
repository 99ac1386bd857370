//! Terraform's plan and state as JSON (`terraform show -json`) → model.
//!
//! Instances and values are the plan's. What is unknown until apply is unknown; a companion whose bucket is not yet known
//! finds it through the references of the configuration part. Places are those of the values in the JSON.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

mod document;
mod identities;
mod informed;
mod mirror;
mod read;
mod references;
mod values;

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::{self, Estate};
use crate::source::{Diagnostic, FileId, Gravity, Sources, Span};
use crate::syntax::skim::{Raw, Wrong};
use crate::value::{Cause, Class, Guard, Hole, Map, Origin, SymStr, Symbol, Val, Why};

use super::Options;
use super::eval::identity;
use super::resources::bucket_types::{self, BucketAttribute};
use super::resources::node::Node;
use super::resources::{self, Found, Resource};
use document::Planned;
pub(super) use document::{Document, Keep};
use references::{From, Instances, References, Target};
pub(super) use values::Reader;
use values::Resolved;

/// So many resources are lowered by one core at a time.
const CHUNK: usize = 64;

/// So many by all of them before they are gathered.
const BATCH: usize = 32 * CHUNK;

/// Whether a text is a plan or a state as JSON, by a cheap look at its keys.
#[must_use]
pub fn is_plan(text: &str) -> bool {
    let head = text.trim_start().as_bytes();
    let has = |it: &str| memchr::memmem::find(head, it.as_bytes()).is_some();
    head.starts_with(b"{")
        && has("\"format_version\"")
        && (has("\"resource_changes\"") || has("\"planned_values\"") || (has("\"values\"") && has("\"root_module\"")))
}

/// Whether such a text is a plan: what will be, beside what is there.
#[must_use]
pub fn is_planned(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        resource_changes: Option<IgnoredAny>,
        planned_values: Option<IgnoredAny>,
    }
    serde_json::from_str::<Head>(text).is_ok_and(|it| it.resource_changes.is_some() || it.planned_values.is_some())
}

/// Reads the JSON; what is wrong with it is said. `None` where nothing of it can be judged.
pub(super) fn read(file: FileId, text: &str, keep: Keep) -> (Option<Document<'_>>, Vec<Diagnostic>) {
    match read::document(text, keep) {
        Ok(document) => {
            let complaints = complaints(&document, file);
            let is_known = !complaints.iter().any(|it| it.code == "plan-version");
            (is_known.then_some(document), complaints)
        }
        Err(error) => (None, vec![broken(text, file, &error)]),
    }
}

/// Lowers one plan or state by itself.
#[must_use]
pub fn lower(sources: &Sources, file: FileId, options: &Options) -> (Estate, Vec<Diagnostic>) {
    let text = sources.text(file);
    let mut estate = Estate::default();
    estate.tally.files = 1;
    let (document, complaints) = read(file, &text, Keep::S3);
    let Some(document) = document else {
        estate.tally.broken_files = 1;
        return (estate, complaints);
    };
    let path = sources.file(file).path.to_string_lossy().replace('\\', "/");
    let plan = Plan::new(&document, Reader { file, text: &text }, &path, options);
    let mut seen = HashSet::new();
    let chosen = plan.planned.iter().copied().filter(|it| !it.is_data && resources::concerns_s3(&it.kind));
    let chosen: Vec<&Planned> = chosen.filter(|it| seen.insert(&*it.address)).collect();
    let mut found = Found::default();
    let of_kind = |wanted: fn(&str) -> bool| chosen.iter().filter(|it| wanted(&it.kind)).count();
    found.buckets.reserve_exact(of_kind(|it| bucket_types::name_argument(it).is_some()));
    found.companions.reserve_exact(of_kind(|it| it.starts_with("aws_s3_bucket_")));
    // A batch at a time: the parts of all would be held beside what they become.
    for batch in chosen.chunks(BATCH) {
        let parts = batch.par_chunks(CHUNK).map(|chunk| {
            let mut part = Found::default();
            for one in chunk {
                resources::lower_one(&plan.resource(one), &mut part);
            }
            part
        });
        for part in parts.collect::<Vec<Found>>() {
            found.absorb(part);
        }
    }
    for bucket in &mut found.buckets {
        bucket.account.clone_from(&plan.account);
    }
    let identities = identities::known(&plan);
    drop(plan);
    drop(document);
    found.complete();
    let governed = resources::organization::accounts(&found.s3_policies, &found.attachments);
    found.rest.accounts.extend(governed);
    let mut linked = model::link(found.buckets, found.companions);
    linked.absorb(found.rest);
    linked.dangling.extend(found.dangling);
    identities::fold(&identities, &mut linked);
    model::resolve(&mut linked);
    model::mark_log_targets(&mut linked, &found.log_targets, &found.cdn_log_targets);
    model::mark_backed_up(&mut linked, &found.backed_up);
    linked.set_namespace(&path);
    linked.tally = estate.tally;
    (linked, complaints)
}

fn broken(text: &str, file: FileId, error: &Wrong) -> Diagnostic {
    let found = if text.len() <= error.at { ", found the end of the file" } else { "" };
    let message = format!("this Terraform plan or state cannot be read: {error}{found}");
    let at = Span::of_char(file, text, error.at);
    Diagnostic::at("syntax-error", Gravity::Incomplete, at, message)
        .help("write it again with `terraform show -json PLANFILE`")
}

fn complaints(document: &Document, file: FileId) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    let mut say = |code, message: String, help: &str| {
        all.push(Diagnostic::at(code, Gravity::Incomplete, Span::head(file), message).help(help));
    };
    let version = document.format_version.as_deref().unwrap_or("none");
    // "The minor version will be increased for compatible additions, the major version for incompatible changes."
    let known = matches!(version.split('.').next(), Some("0" | "1"));
    if !known {
        let message = format!("format version {version} of Terraform's JSON is not known: nothing of it was judged");
        say("plan-version", message, "known are the versions 0 and 1, of Terraform 0.12 and later");
    }
    if document.errored {
        say("plan-errored", "this plan ended in an error: it may lack resources".to_owned(), "plan again");
    }
    if document.complete == Some(false) && !document.errored {
        let message = "this plan is not complete: further changes are deferred, or it was targeted";
        say("plan-incomplete", message.to_owned(), "plan again without `-target` once it is applied");
    }
    // One without resources has no changes of any either.
    let plans = |it: &Raw<'_>| document.changes.is_none() || has_resources(*it);
    if known
        && !document.lists_changes
        && document.values.is_none()
        && document.planned_values.as_ref().is_some_and(plans)
    {
        let message = "this plan has no `resource_changes`: nothing of it was judged".to_owned();
        say("plan-incomplete", message, "write it with `terraform show -json PLANFILE`");
    }
    all
}

/// Whether `planned_values` name a resource, or a module that has some.
fn has_resources(values: Raw) -> bool {
    let all = values.member("root_module").map(Raw::members).unwrap_or_default();
    let is_list = |name: &str| matches!(name, "resources" | "child_modules");
    all.iter().any(|(name, it)| is_list(name) && it.items().is_some_and(|all| !all.is_empty()))
}

/// A plan with what is looked up in it.
pub(super) struct Plan<'a> {
    reader: Reader<'a>,
    /// The root module, or the file itself: provider configurations are told apart by it.
    owner: String,
    planned: Vec<&'a Planned<'a>>,
    by_address: HashMap<&'a str, usize>,
    /// Types of managed resources.
    kinds: BTreeSet<&'a str>,
    references: References<'a>,
    partition: String,
    account: Option<String>,
    /// Whether what is not in it is not there: nothing was targeted or deferred.
    is_whole: bool,
}

impl<'a> Plan<'a> {
    pub fn new(document: &'a Document<'a>, reader: Reader<'a>, owner: &str, options: &Options) -> Self {
        let planned = document.planned();
        let mut instances = Instances::new();
        let mut by_address = HashMap::with_capacity(planned.len());
        for (at, one) in planned.iter().enumerate() {
            // A data source may be listed as read and as known before: the first counts.
            if let Entry::Vacant(entry) = by_address.entry(&*one.address) {
                entry.insert(at);
                let block = (&*one.module, one.is_data, &*one.kind, &*one.name);
                instances.entry(block).or_insert_with(|| Vec::with_capacity(1)).push(one.key.clone());
            }
        }
        let kinds = planned.iter().filter(|it| !it.is_data).map(|it| &*it.kind).collect();
        let modules = document.modules.iter().map(|it| &**it).collect();
        let references = References::new(&document.configuration, instances, modules);
        let partition = options.partition.clone().unwrap_or_else(|| "aws".to_owned());
        let is_whole = document.changes.is_some() && document.complete != Some(false) && !document.errored;
        let owner = owner.to_owned();
        let mut plan =
            Self { reader, owner, planned, by_address, kinds, references, partition, account: None, is_whole };
        plan.account = plan.own_account(document).or_else(|| options.account_id.clone());
        plan
    }

    /// The account of the caller who planned, else the only one that the provider allows.
    fn own_account(&self, document: &Document) -> Option<String> {
        let identity = self.planned.iter().find(|it| it.is_data && it.kind == "aws_caller_identity");
        let read = identity.and_then(|it| self.reader.value(it.after?)?.get("account_id")?.as_text());
        read.or_else(|| {
            let expressions = document.configuration.provider_config?.member("aws")?.member("expressions")?;
            match expressions.member("allowed_account_ids")?.member("constant_value")?.items()?.as_slice() {
                [only] => only.text().map(Cow::into_owned),
                _ => None,
            }
        })
    }

    fn resource(&self, one: &Planned) -> Resource<'static, 'static> {
        let at = self.reader.place(one.at);
        let map = self.arguments(one, 0);
        let key = self.references.resource(&one.module, one.is_data, &one.kind, &one.name);
        let key = key.and_then(|it| it.provider_config_key.as_deref()).unwrap_or("aws");
        Resource {
            kind: one.kind.to_string(),
            address: one.address.to_string(),
            exists: Guard::always(),
            provider: format!("{}|{key}", self.owner),
            // References do not always tell which bucket is meant, nor which module it is in.
            scope: None,
            node: Node::Object { map, origin: Origin::at(at) },
            origin: Origin::at(at),
        }
    }

    /// The arguments of an instance.
    fn arguments(&self, one: &Planned, depth: usize) -> Map {
        let at = self.reader.place(one.at);
        let block = self.references.resource(&one.module, one.is_data, &one.kind, &one.name);
        let each = block.and_then(|it| it.for_each_expression);
        let from = From { module: &one.module, key: &one.key, each };
        let expressions = block.and_then(|it| it.expressions).map(Raw::members).unwrap_or_default();
        let expression = |name: &str| expressions.iter().rev().find(|it| it.0 == name).map(|it| it.1);
        let resolve = |path: &[String]| {
            let (Some(_), Some(name)) = (block, path.first()) else { return Resolved::Unknown };
            let Some(expression) = expression(name) else { return Resolved::Unwritten };
            if 1 < path.len() {
                return Resolved::Unknown;
            }
            let target = self.references.target(expression, from);
            target.and_then(|it| self.value_of(&it, at, depth)).map_or(Resolved::Unknown, Resolved::To)
        };
        let written: Vec<String> = expressions.iter().map(|it| it.0.to_string()).collect();
        let mut map = self.reader.arguments(&one.address, at, one.after, one.after_unknown, &written, &resolve);
        if let Some(mask) = one.sensitive {
            values::conceal(&mut map, mask, &one.address, at);
        }
        if one.kind == "aws_s3_bucket" && !written.iter().any(|it| it == "grant") {
            mirror::without_owner(&mut map);
        }
        if block.is_some() && one.kind == "aws_s3_bucket" && !one.is_created {
            // What the provider read back from other resources is theirs to say.
            let mirrored = |name: &str| {
                let split = SPLIT.iter().find(|it| it.0 == name);
                expression(name).is_none() && split.is_some_and(|it| self.kinds.contains(it.1))
            };
            map.entries.retain(|it| !it.key.known().is_some_and(|it| mirrored(&it)));
        }
        map
    }

    /// What a target is, where that is known although the argument is not.
    fn value_of(&self, target: &Target, at: Span, depth: usize) -> Option<Val> {
        const MAX_DEPTH: usize = 8;
        let one = self.planned.get(*self.by_address.get(target.address.as_str())?)?;
        let origin = Origin::at(at);
        match (one.is_data, &*one.kind, target.attribute.as_str()) {
            (false, kind, attribute) if bucket_types::name_argument(kind).is_some() => {
                let argument = bucket_types::name_argument(kind)?;
                let after = self.reader.value(one.after?)?;
                let name = after.get(argument).and_then(Val::as_text);
                let why = Why::new(Cause::Computed, &*one.address, Some(at));
                let own = identity(&one.address, name, why);
                let attribute = if attribute.is_empty() { argument } else { attribute };
                let text = match bucket_types::attribute(kind, attribute)? {
                    BucketAttribute::Name => own,
                    BucketAttribute::DomainName | BucketAttribute::RegionalDomainName => return None,
                    BucketAttribute::Arn(service) => {
                        let fact = |name, class| {
                            let why = Why::new(Cause::Deployment, name, Some(at));
                            SymStr::hole(Hole { symbol: Symbol::new("aws", name), class, known: None, why })
                        };
                        let place = bucket_types::Place {
                            region: fact("region", Class::Region),
                            account: fact("account_id", Class::AccountId),
                            outpost: after.get("outpost_id").and_then(Val::as_symstr),
                        };
                        bucket_types::arn(service, &SymStr::text(&*self.partition), &place, &own)
                    }
                };
                Some(Val::new(crate::value::Kind::String(text), origin))
            }
            (true, "aws_iam_policy_document", "json" | "minified_json") if depth < MAX_DEPTH => {
                let own = Origin::at(self.reader.place(one.at));
                let node = Node::Object { map: self.arguments(one, depth + 1), origin: own };
                Some(resources::policy_document::of_node(&node))
            }
            _ => None,
        }
    }
}

/// Arguments of `aws_s3_bucket` that the provider also fills from the live bucket, and the resources that set them since
/// version 4.
const SPLIT: [(&str, &str); 13] = [
    ("acl", "aws_s3_bucket_acl"),
    ("grant", "aws_s3_bucket_acl"),
    ("policy", "aws_s3_bucket_policy"),
    ("versioning", "aws_s3_bucket_versioning"),
    ("server_side_encryption_configuration", "aws_s3_bucket_server_side_encryption_configuration"),
    ("logging", "aws_s3_bucket_logging"),
    ("lifecycle_rule", "aws_s3_bucket_lifecycle_configuration"),
    ("replication_configuration", "aws_s3_bucket_replication_configuration"),
    ("cors_rule", "aws_s3_bucket_cors_configuration"),
    ("website", "aws_s3_bucket_website_configuration"),
    ("object_lock_configuration", "aws_s3_bucket_object_lock_configuration"),
    ("acceleration_status", "aws_s3_bucket_accelerate_configuration"),
    ("request_payer", "aws_s3_bucket_request_payment_configuration"),
];
