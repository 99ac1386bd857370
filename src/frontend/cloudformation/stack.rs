//! Lowers one template, and the local templates nested in it, to one estate.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{self, AccessPoint, Bucket, Companion, Estate};
use crate::source::{Diagnostic, FileId, Sources, Span};
use crate::syntax::data::Node;
use crate::value::{Attr, Entry, Guard, Hole, Kind, Map, Origin, SymStr, Val, Value};

use super::Options;
use super::conditions::Formula;
use super::eval::{Evaluator, Scope};
use super::nested::is_stack;
use super::node::{get, text};
use super::parameters;
use super::read::{Body, Notes};
use super::reference::resource_type;
use super::resources;
use super::template::{Named, Template};
use super::worlds::{self, Fact, Scenario};

/// What is collected before linking.
#[derive(Default)]
struct Collected {
    buckets: Vec<Bucket>,
    companions: Vec<Companion>,
    access_points: Vec<AccessPoint>,
    point_policies: Vec<(Attr<SymStr>, Attr<crate::policy::Policy>)>,
    beside: Vec<model::beside::Beside>,
    log_targets: Vec<SymStr>,
    /// Buckets that CloudFront distributions log to.
    cdn_log_targets: Vec<SymStr>,
    /// Buckets that selections of AWS Backup name.
    backed_up: Vec<SymStr>,
    extra_events: Vec<SymStr>,
    gaps: Vec<model::Gap>,
    secrets: BTreeSet<String>,
    notes: Notes,
    conditions: Vec<Arc<Formula>>,
    rules: Vec<Fact>,
    constructs: BTreeMap<Span, model::Construct>,
    /// Templates read for nested stacks.
    entered: Vec<FileId>,
}

/// A document that is a template, and what is known of its deployment.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// Where files are read.
    pub sources: &'a Sources,
    /// The document's file.
    pub file: FileId,
    /// The document.
    pub root: &'a Node,
    /// What the user says.
    pub options: &'a Options,
    /// Whether it is a Serverless Framework file.
    pub serverless: bool,
}

/// Lowers a template and links what it holds.
pub(super) fn lower(input: Input<'_>) -> super::Lowered {
    let mut out = collect(input, Scenario::new());
    let entered = std::mem::take(&mut out.entered);
    let (estate, diagnostics) = linked(out);
    super::Lowered { estate, diagnostics, entered }
}

/// The estate in each scenario of the template's undecided conditions; none where there are too many, or nothing is
/// undecided.
pub(super) fn scenarios(input: Input<'_>) -> Vec<(Scenario, Estate)> {
    let open = collect(input, Scenario::new());
    let all = worlds::scenarios(&open.conditions, &open.rules);
    if all.len() < 2 {
        return Vec::new();
    }
    all.into_iter().map(|it| (it.clone(), linked(collect(input, it)).0)).collect()
}

fn collect(input: Input<'_>, scenario: Scenario) -> Collected {
    let Input { sources, file, root, options, serverless } = input;
    let mut out = Collected::default();
    let (given, complaints) = parameters::given(sources, options);
    out.notes.borrow_mut().extend(complaints);
    let mut evaluator = Evaluator::new(sources, options, file, Template::of(root));
    evaluator.serverless = serverless;
    evaluator.given = Arc::new(given);
    evaluator.scenario = Arc::new(scenario);
    parameters::check(&evaluator);
    evaluator.read_sections(root);
    template(&evaluator, &mut out);
    out.entered = evaluator.entered();
    out
}

fn linked(out: Collected) -> (Estate, Vec<Diagnostic>) {
    let mut estate = model::link(out.buckets, out.companions);
    estate.access_points = out.access_points;
    estate.beside = out.beside;
    estate.gaps.extend(out.gaps);
    estate.secrets.extend(out.secrets);
    estate.constructs = out.constructs;
    attach_point_policies(&mut estate, out.point_policies);
    model::resolve(&mut estate);
    for bucket in &mut estate.buckets {
        bucket.is_backed_up = out.backed_up.iter().any(|it| is_bucket(bucket, it));
        bucket.is_cdn_log_target = out.cdn_log_targets.iter().any(|it| is_bucket(bucket, it));
        bucket.is_log_target |= bucket.is_cdn_log_target || out.log_targets.iter().any(|it| is_bucket(bucket, it));
        let events = out.extra_events.iter().filter(|it| is_bucket(bucket, it)).count();
        (0..events).for_each(|_| add_event(bucket));
    }
    (estate, out.notes.into_inner())
}

fn template(evaluator: &Evaluator<'_>, out: &mut Collected) {
    for (name, at) in evaluator.template.transforms.clone() {
        if !is_harmless(&name) {
            evaluator.gap(&name, at, "a macro may change any resource of this template at deploy time");
        }
    }
    for resource in &evaluator.template.resources {
        lower_resource(evaluator, resource, out);
    }
    out.constructs.extend(super::cdk::constructs(evaluator));
    out.conditions.extend(evaluator.undecided.borrow().values().cloned());
    out.rules.append(&mut evaluator.rules.borrow_mut());
    out.gaps.append(&mut evaluator.gaps.borrow_mut());
    out.secrets.append(&mut evaluator.secrets.borrow_mut());
    out.notes.borrow_mut().append(&mut evaluator.notes.borrow_mut());
}

/// Transforms that leave S3 resources as written.
pub(super) fn is_harmless(name: &str) -> bool {
    let known = [
        "AWS::Serverless-2016-10-31",
        "AWS::LanguageExtensions",
        "AWS::SecretsManager-2020-07-23",
        "AWS::SecretsManager-2024-09-16",
        "AWS::CodeDeployBlueGreen",
        "AWS::ServiceCatalog",
        "AWS::Include",
    ];
    known.contains(&name)
}

fn lower_resource(evaluator: &Evaluator<'_>, resource: &Named, out: &mut Collected) {
    let kind = resource_type(resource);
    if let Some(gap) = module(evaluator, resource, &kind) {
        out.gaps.push(gap);
        return;
    }
    let wanted = kind.starts_with("AWS::S3") || is_log_source(&kind) || is_stack(&kind);
    let wanted = wanted || resources::is_beside(&kind);
    if !wanted && kind != "AWS::Serverless::Function" {
        return;
    }
    let outside = Scope { loops: resource.loops.clone(), ..Scope::root() };
    let exists = evaluator.exists.and(&evaluator.exists(get(&resource.node, "Condition"), &outside));
    if exists == Guard::Never {
        return;
    }
    let scope = outside.assuming(&exists);
    let address = format!("{}{}", evaluator.prefix, resource.name);
    let origin = Origin::at(resource.at);
    let properties = properties(evaluator, &resource.node, &scope);
    super::properties::check(evaluator, &kind, resource, properties.as_ref());
    let notes = RefCell::default();
    let unknown = properties.as_ref().filter(|it| !matches!(it.kind, Kind::Map(_))).and_then(Val::why);
    let open = Map { entries: Vec::new(), rest: unknown };
    let map = match properties.as_ref().map(|it| &it.kind) {
        Some(Kind::Map(map)) => Some(map),
        Some(_) => Some(&open),
        None => None,
    };
    let values = |hole: &Hole| evaluator.values_of(hole, &scope);
    let body = Body::new(map, &origin, &notes, &values);
    out.beside.extend(resources::beside(&address, &origin, &exists, body, &kind));
    match kind.as_str() {
        BACKUP if exists == Guard::always() => out.backed_up.extend(backed_up(body)),
        "AWS::S3::Bucket" | "AWS::S3Express::DirectoryBucket" => {
            let deletion = deletion_policy(evaluator, resource, &scope);
            let directory = kind == "AWS::S3Express::DirectoryBucket";
            let bucket = resources::bucket(address, origin.clone(), exists, body, directory, deletion);
            out.buckets.push(bucket);
        }
        "AWS::S3Tables::TableBucket" | "AWS::S3Vectors::VectorBucket" | "AWS::S3Outposts::Bucket" => {
            let deletion = deletion_policy(evaluator, resource, &scope);
            if let Some(bucket) = resources::other_bucket(&kind, &address, &origin, body) {
                out.buckets.push(Bucket { exists, deletion_policy: deletion, ..bucket });
            }
        }
        "AWS::S3Express::AccessPoint" | "AWS::S3::AccessPoint" | "AWS::S3::MultiRegionAccessPoint" => {
            out.access_points.push(resources::access_point(address, origin.clone(), exists, body, &kind));
        }
        "AWS::S3::MultiRegionAccessPointPolicy" => {
            let policy = resources::access_point_policy(body, "Policy");
            out.point_policies.push((body.symbolic("MrapName"), policy));
        }
        "AWS::S3ObjectLambda::AccessPoint" => {
            // It leads to a bucket through the access point that supports it, and has no Block Public Access to set.
            out.access_points.push(resources::access_point(address, origin.clone(), exists, body, &kind));
        }
        "AWS::S3ObjectLambda::AccessPointPolicy" => {
            let policy = resources::access_point_policy(body, "PolicyDocument");
            out.point_policies.push((body.symbolic("ObjectLambdaAccessPoint"), policy));
        }
        it if is_stack(it) => nested(evaluator, resource, body, out),
        "AWS::Serverless::Function" => out.extra_events.extend(function_events(body)),
        _ => {
            let scope = Some(evaluator.prefix.trim_end_matches('.').to_owned());
            match resources::bucket_policy(&kind, address, scope, origin.clone(), exists, body) {
                Some(it) => out.companions.push(it),
                None if kind == "AWS::CloudFront::Distribution" => out.cdn_log_targets.extend(cdn_log_target(body)),
                None if kind == LOAD_BALANCER => out.log_targets.extend(balancer_log_targets(body)),
                None => out.log_targets.extend(log_target(&kind, body)),
            }
        }
    }
    out.notes.borrow_mut().append(&mut notes.into_inner());
}

/// A resource that stands for others: a module of the CloudFormation registry, or one of a preprocessor, whose type is no text.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html>
fn module(evaluator: &Evaluator<'_>, resource: &Named, kind: &str) -> Option<model::Gap> {
    let written = get(&resource.node, "Type").is_some_and(|it| text(it).is_none());
    if !written && !kind.ends_with("::MODULE") {
        return None;
    }
    let address = format!("{}{}", evaluator.prefix, resource.name);
    let message = format!("`{address}` stands for the resources of a module that is not read: they are not checked");
    let why = crate::value::Why::new(crate::value::Cause::RemoteModule, address, Some(resource.at));
    let help = Some("check the template as it is deployed, with the module's resources in their place".to_owned());
    Some(model::Gap { why, origin: Origin::at(resource.at), message, help })
}

/// The evaluated properties; `Fn::Transform` beside them is dealt with by the map itself.
fn properties(evaluator: &Evaluator<'_>, node: &Node, scope: &Scope) -> Option<Val> {
    let written = get(node, "Properties").map(|it| evaluator.eval(it, scope)).filter(|it| it.kind != Kind::Null);
    let Some(transform) = get(node, "Fn::Transform") else { return written };
    let mut map = match written.map(|it| it.kind) {
        Some(Kind::Map(map)) => map,
        _ => Map::default(),
    };
    evaluator.transform_entries(transform, scope, &mut map);
    Some(Val::new(Kind::Map(map), Origin::at(node.span)))
}

/// `DeletionPolicy`, where intrinsic functions may stand with `AWS::LanguageExtensions`.
fn deletion_policy(evaluator: &Evaluator<'_>, resource: &Named, scope: &Scope) -> Attr<String> {
    let (key, origin, notes) = ("DeletionPolicy", Origin::at(resource.at), Notes::default());
    let Some(node) = get(&resource.node, key) else { return Attr::absent(origin) };
    let entry = Entry { key: SymStr::text(key), key_origin: origin.clone(), value: evaluator.eval(node, scope) };
    let values = |hole: &Hole| evaluator.values_of(hole, scope);
    let map = Map { entries: vec![entry], rest: None };
    let read = Body::new(Some(&map), &origin, &notes, &values).text(key);
    evaluator.notes.borrow_mut().extend(notes.into_inner());
    read
}

/// Policies that name an access point by its logical id or its name.
fn attach_point_policies(estate: &mut Estate, policies: Vec<(Attr<SymStr>, Attr<crate::policy::Policy>)>) {
    for (name, policy) in policies {
        let Some(name) = name.as_known() else { continue };
        let address = name.symbol().map(|it| it.entity.to_string());
        let point = estate.access_points.iter_mut().find(|it| Some(it.address.as_str()) == address.as_deref());
        if let Some(point) = point.filter(|it| it.policy.is_absent()) {
            point.policy = policy;
        }
    }
}

fn is_bucket(bucket: &Bucket, name: &SymStr) -> bool {
    let by_symbol = name.symbol().is_some_and(|it| *it.entity == *bucket.address && &*it.attribute == "id");
    let by_name = || bucket.name.as_known().is_some_and(|own| own.known().is_some() && own.known() == name.known());
    by_symbol || by_name()
}

/// The buckets that a selection of AWS Backup names, by reference or by ARN.
fn backed_up(body: Body<'_>) -> Vec<SymStr> {
    let selection = body.part("BackupSelection", |it| match it.raw("Resources") {
        Some(Val { kind: Kind::List(list), .. }) => {
            Value::Known(list.items.iter().filter_map(Val::as_symstr).collect())
        }
        _ => Value::Known(Vec::new()),
    });
    let plain = |it: &&SymStr| !it.display().contains(['*', '?']);
    let name = |arn: &SymStr| {
        let by_reference = arn.segs().iter().find_map(|seg| match seg {
            crate::value::Seg::Hole(hole) if &*hole.symbol.attribute == "id" => Some(SymStr::hole(hole.clone())),
            _ => None,
        });
        by_reference.or_else(|| arn.known()?.strip_prefix("arn:aws:s3:::").map(SymStr::text))
    };
    selection.as_known().into_iter().flatten().filter(plain).filter_map(name).collect()
}

/// Resources that write logs to a bucket, or copy what is in it.
fn is_log_source(kind: &str) -> bool {
    let trail = matches!(kind, "AWS::CloudTrail::Trail" | "AWS::Config::DeliveryChannel");
    trail || kind == BACKUP || matches!(kind, "AWS::CloudFront::Distribution" | CLASSIC_LOAD_BALANCER | LOAD_BALANCER)
}

const BACKUP: &str = "AWS::Backup::BackupSelection";
const CLASSIC_LOAD_BALANCER: &str = "AWS::ElasticLoadBalancing::LoadBalancer";
const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";

fn log_target(kind: &str, body: Body<'_>) -> Vec<SymStr> {
    let found = match kind {
        CLASSIC_LOAD_BALANCER => body.part("AccessLoggingPolicy", |it| it.symbolic("S3BucketName").value),
        _ => body.symbolic("S3BucketName"),
    };
    found.possible().into_iter().cloned().collect()
}

fn cdn_log_target(body: Body<'_>) -> Vec<SymStr> {
    let domain = body.part("DistributionConfig", |it| it.part("Logging", |it| it.symbolic("Bucket").value).value);
    // `bucket.s3.amazonaws.com`: the first part is the bucket.
    let first = |it: &SymStr| it.segs().first().cloned().map(|it| SymStr::from_iter([it]));
    domain.possible().into_iter().filter_map(first).collect()
}

/// The attributes of a load balancer that name buckets of logs.
fn balancer_log_targets(body: Body<'_>) -> Vec<SymStr> {
    let attributes = body.parts("LoadBalancerAttributes", |it| (it.text("Key"), it.symbolic("Value")));
    let is_log = |it: &Attr<String>| it.as_known().is_some_and(|it| it.ends_with("_logs.s3.bucket"));
    let logs = attributes.possible().into_iter().flatten().filter(|it| is_log(&it.0));
    logs.flat_map(|it| it.1.possible()).cloned().collect()
}

/// Buckets whose events a SAM function subscribes to: the transform adds a notification to them.
fn function_events(body: Body<'_>) -> Vec<SymStr> {
    let mut out = Vec::new();
    let Some(Val { kind: Kind::Map(events), .. }) = body.raw("Events") else { return out };
    for event in &events.entries {
        if event.value.get("Type").and_then(Val::as_text).as_deref() == Some("S3") {
            let bucket = event.value.get("Properties").and_then(|it| it.get("Bucket")).and_then(Val::as_symstr);
            out.extend(bucket);
        }
    }
    out
}

fn add_event(bucket: &mut Bucket) {
    let written =
        || model::Written::Part("an event of a function adds a destination whose ARN is not known".to_owned());
    match &mut bucket.notification.value {
        Value::Known(it) => {
            it.destinations += 1;
            it.written = written();
        }
        Value::Absent => {
            let event_bridge = Attr::absent(bucket.origin.clone());
            let written = written();
            bucket.notification.value = Value::Known(model::Notification { destinations: 1, event_bridge, written });
        }
        Value::Unknown(_) | Value::OneOf(..) => (),
    }
}

/// A nested stack whose template is a local file; any other is a gap.
fn nested(evaluator: &Evaluator<'_>, resource: &Named, body: Body<'_>, out: &mut Collected) {
    match evaluator.child(resource) {
        Some(child) => template(&child.evaluator, out),
        None => remote(body, &format!("{}{}", evaluator.prefix, resource.name), out),
    }
}

fn remote(body: Body<'_>, address: &str, out: &mut Collected) {
    let why = crate::value::Why::new(crate::value::Cause::RemoteModule, address, body.owner.span);
    out.gaps.push(model::Gap {
        why,
        origin: body.owner.clone(),
        message: format!("the template of nested stack `{address}` is not here: its buckets are not checked"),
        help: Some("check the nested template itself, or run on a tree where TemplateURL is a local path".to_owned()),
    });
}
