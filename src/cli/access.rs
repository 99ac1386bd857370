//! `explain-access` and `diff`: questions about single requests and about two policies.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use crate::exposure::{Access, Asked, Layer, Options, explain_access as decide, is_of_points, point_of};
use crate::incident::diff::{
    AccessChange, BucketDiff, Direction, OWN_POINTS, left_to_points, namesake, nobody, of_own_points, statement_changes,
};
use crate::model::{Bucket, Estate};
use crate::policy::{self, Audience, BucketId, Context, Policy, Request};
use crate::report::Places;
use crate::report::access::{PolicyDiff, access_json, access_text, diff_json, diff_text};
use crate::report::changes::{Changes, Sides};
use crate::report::sarif;
use crate::source::{Disk, Gravity, Sources};
use crate::value::{Attr, Cause, SymStr, Truth, Value, Why, is_account_id};

use super::args::{AnswerFormat, Diff, DiffFailOn, DiffFormat, ExplainAccess};
use super::commands::{Complaint, Looked, look, options};
use super::floors::{self, Rules};
use super::{terminal, world};

/// `explain-access`. The exit code is 0 for an answer, 3 where it is *unknown* or the input was not wholly read.
pub fn explain_access(args: &ExplainAccess) -> Result<u8, Complaint> {
    let Looked { sources, outcome, .. } = look(&args.input, &[], &Rules::default(), None)?;
    if let Some(diagnostic) = outcome.report.diagnostics.iter().find(|it| it.gravity == Gravity::Usage) {
        let path = diagnostic.path.as_ref().map(|it| format!("{}: ", it.display())).unwrap_or_default();
        return Err(format!("{path}{}", diagnostic.message));
    }
    let bucket = choose(&outcome.estate, args)?;
    let request = request(args, bucket)?;
    let options = options(&args.input).exposure;
    let access = decided(args, bucket, &outcome.estate, &options, &request);
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let text = match args.format {
        AnswerFormat::Json => access_json(&bucket.address, &request, &access, &places),
        AnswerFormat::Pretty => access_text(&bucket.address, &request, &access, &places),
    };
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    let incomplete = outcome.report.diagnostics.iter().any(|it| it.gravity == Gravity::Incomplete);
    Ok(if access.allowed == Truth::Unknown || incomplete { 3 } else { 0 })
}

/// What is certain of the request: who asks says a part of it, what was given another, and of the rest nothing is taken for granted but
/// that it comes over TLS.
fn decided(args: &ExplainAccess, bucket: &Bucket, estate: &Estate, options: &Options, request: &Request) -> Access {
    let policies = bucket.policy.possible();
    let points = estate.access_points.iter().flat_map(|it| it.policy.possible());
    let texts: Vec<_> = policies.into_iter().chain(points).flat_map(|it| it.statements.iter()).collect();
    let texts: Vec<String> = texts.iter().flat_map(|it| it.texts()).filter_map(SymStr::known).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let roles = policy::roles_of(&request.principal, &texts);
    let by_point = request.resource.contains(":accesspoint/");
    let ask = |keys: BTreeMap<String, Vec<String>>| {
        let mut full = request.clone();
        let mut known = vec![("aws:SecureTransport", Some("true")), ("aws:ViaAWSService", Some("false"))];
        let own = options.own_account.as_deref().or(bucket.account.as_deref());
        known.extend([("aws:ResourceAccount", own), ("s3:ResourceAccount", own)]);
        let known = known.into_iter().filter_map(|it| Some((it.0.to_owned(), vec![it.1?.to_owned()])));
        for (key, values) in known.chain(keys) {
            if !full.context.keys().any(|it| it.eq_ignore_ascii_case(&key)) {
                full.context.insert(key, values);
            }
        }
        let is_told = |key: &str| {
            policy::never_carries(&request.principal, &request.action, key) || !by_point && is_of_points(key)
        };
        decide(
            bucket,
            estate,
            options,
            &Asked { request: &full, identity_allows: args.identity_allows, is_told: &is_told },
        )
    };
    let by_role = |it: &String| ask(policy::caller_keys(&request.principal, Some(it)));
    // Under which path the role behind a session stands, nobody knows here.
    let by_name = || {
        let mut keys = policy::caller_keys(&request.principal, None);
        if !roles.all.is_empty() {
            keys.remove("aws:PrincipalArn");
        }
        ask(keys)
    };
    let mut found: Vec<Access> = roles.all.iter().map(by_role).collect();
    found.extend((!roles.otherwise.is_empty()).then(by_name));
    let mut access = match found.split_first() {
        Some((first, rest)) if rest.iter().all(|it| it.allowed == first.allowed) => first.clone(),
        _ => by_name(),
    };
    if !by_point && access.allowed == Truth::Yes && request.context.keys().any(|it| is_of_points(it)) {
        access.allowed = Truth::Unknown;
        let text = "what the policy of the access point says is not asked: say the access point's ARN with --resource";
        access.layers.push(Layer::unknown("access-point", text));
    }
    access
}

/// The bucket that is meant: by name or address, by its access point, or the only one. A bare policy is of any bucket.
fn choose<'b>(estate: &'b Estate, args: &ExplainAccess) -> Result<&'b Bucket, Complaint> {
    let (buckets, wanted) = (estate.buckets.as_slice(), args.bucket.as_deref());
    let names = || {
        let all: Vec<&str> = buckets.iter().map(|it| it.address.as_str()).take(20).collect();
        if all.is_empty() {
            "there is no bucket in the input".to_owned()
        } else {
            format!("there are {}", all.join(", "))
        }
    };
    let Some(wanted) = wanted else {
        let resource = args.resource.as_deref().unwrap_or_default();
        let mut by_point = buckets.iter().filter(|it| point_of(resource, it, estate).is_some());
        if let (Some(only), None) = (by_point.next(), by_point.next()) {
            return Ok(only);
        }
        return match buckets {
            [only] => Ok(only),
            _ => Err(format!("say which bucket is meant with --bucket: {}", names())),
        };
    };
    let is_called = |it: &&Bucket| {
        it.address == wanted || it.name.as_known().is_some_and(|it| it.known().as_deref() == Some(wanted))
    };
    let mut found = buckets.iter().filter(is_called);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(format!("several buckets are called `{wanted}`; say its address")),
        (None, _) => match buckets {
            [only] if only.format == crate::model::Format::Policy => Ok(only),
            _ => Err(format!("no bucket is called `{wanted}`: {}", names())),
        },
    }
}

fn request(args: &ExplainAccess, bucket: &Bucket) -> Result<Request, Complaint> {
    let action = if args.action.contains(':') { args.action.clone() } else { format!("s3:{}", args.action) };
    let Some((on_bucket, on_object)) = policy::targets(&action) else {
        return Err(format!("S3 has no action `{action}`"));
    };
    let name = match (&args.bucket, bucket.name.as_known()) {
        (_, Some(name)) => name.known().unwrap_or_else(|| name.display()),
        (Some(name), None) => name.clone(),
        // A bare policy is of the bucket that it names.
        (None, None) => {
            let of = |it: &Policy| policy::bucket_names(it, &Context::default()).into_iter().next();
            bucket.policy.possible().first().and_then(|it| of(it)).unwrap_or_else(|| "bucket".to_owned())
        }
    };
    let partition = bucket.partition.clone().unwrap_or_else(|| policy::partition(bucket.policy.possible()));
    let arn = format!("arn:{partition}:s3:::{name}");
    let resource = match &args.resource {
        Some(it) if it.starts_with("arn:") => it.clone(),
        Some(key) if on_object => format!("{arn}/{}", key.trim_start_matches('/')),
        Some(key) => return Err(format!("`{action}` is about the bucket, not about an object `{key}`")),
        None if on_object => format!("{arn}/example"),
        None if on_bucket => arn,
        None => return Err(format!("`{action}` is about neither a bucket nor an object; say --resource")),
    };
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in &args.context {
        context.entry(key.clone()).or_default().push(value.clone());
    }
    // An account by its id is its root user.
    let principal = match is_account_id(&args.principal) {
        true => format!("arn:{partition}:iam::{}:root", args.principal),
        false => args.principal.clone(),
    };
    Ok(Request { principal, action, resource, context })
}

/// `diff`. Exit codes: 0 no change that --fail-on names; 1 such a change; 3 undecided.
pub fn diff(args: &Diff) -> Result<u8, Complaint> {
    let roots = world::roots(&[args.old.clone(), args.new.clone()]);
    let sources = Sources::new(Box::new(Disk::new(&roots)));
    let (old, new) = (read(&sources, &args.old)?, read(&sources, &args.new)?);
    let bucket = BucketId { entity: None, name: args.bucket.as_ref().map(|it| SymStr::text(it.as_str())) };
    let context = Context { bucket, own_account: args.account.clone(), ..Context::default() };
    let (Value::Known(old), Value::Known(new)) = (&old.value, &new.value) else {
        return Err("a file holds no policy".to_owned());
    };
    let statements = match (document(&sources, &args.old), document(&sources, &args.new)) {
        (Some(old), Some(new)) => statement_changes(&old, &new),
        _ => Vec::new(),
    };
    let diff = PolicyDiff { gained: beyond(new, old, &context), lost: beyond(old, new, &context), statements };
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let certain = |all: &[policy::Grant]| all.iter().any(|it| it.holds == Truth::Yes);
    let undecided = diff.gained.iter().chain(&diff.lost).any(|it| it.holds != Truth::Yes);
    let fails = match args.fail_on {
        DiffFailOn::Gained => certain(&diff.gained),
        DiffFailOn::Any => certain(&diff.gained) || certain(&diff.lost) || !diff.statements.is_empty(),
        DiffFailOn::None => false,
    };
    let code = match (fails, undecided && args.fail_on != DiffFailOn::None) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    };
    let text = match args.format {
        DiffFormat::Json => diff_json(&diff, &places),
        DiffFormat::Pretty => diff_text(&diff, &places),
        DiffFormat::Markdown => format!("```\n{}```\n", diff_text(&diff, &places)),
        DiffFormat::Sarif => diff_sarif(args, diff, places, code),
    };
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(code)
}

/// What one policy permits and the other does not.
fn beyond(new: &Policy, old: &Policy, context: &Context) -> Vec<policy::Grant> {
    let found = policy::permits_more(new, old, context).into_iter();
    found.map(|it| by_points(doubted(it, old, context), new, context)).collect()
}

/// What a statement leaves to access points of the own account, these may give: no policy file has theirs.
fn by_points(mut it: policy::Grant, policy: &Policy, context: &Context) -> policy::Grant {
    let account = context.own_account.as_deref();
    let statement = policy.statements.iter().find(|own| own.index == it.statement);
    let is_own = statement.map_or(Truth::No, |it| of_own_points(it, account));
    if is_own != Truth::No {
        let is_wide = matches!(it.audience, Audience::Anonymous | Audience::AnyAccount);
        if is_wide && is_own == Truth::Yes {
            it.audience = Audience::Account(OWN_POINTS.to_owned());
        }
        it.holds = it.holds.and(Truth::Unknown);
        it.why.get_or_insert_with(|| Why::new(Cause::Invalid, left_to_points(is_own), None));
    }
    it
}

/// What is given to nobody, as far as is known, may be given; and so what the other policy may give to the same caller by another name.
fn doubted(mut it: policy::Grant, other: &Policy, context: &Context) -> policy::Grant {
    let other_name = || namesake(it.witness.as_ref()?, other, context, (false, false));
    if let Some(why) = nobody(&it.audience).or_else(other_name) {
        it.holds = it.holds.and(Truth::Unknown);
        it.why.get_or_insert_with(|| Why::new(Cause::Invalid, why, None));
    }
    it
}

/// As the change of one bucket.
fn diff_sarif(args: &Diff, diff: PolicyDiff, places: Places<'_>, code: u8) -> String {
    let name = args.bucket.clone().unwrap_or_else(|| "the bucket".to_owned());
    let change = |direction: Direction| {
        move |it: policy::Grant| AccessChange {
            direction,
            holds: it.holds,
            audience: it.audience,
            power: it.power,
            via: format!("statement {}", it.statement + 1),
            origin: it.origin,
            witness: it.witness,
            why: it.why.iter().map(ToString::to_string).collect(),
        }
    };
    let gained = diff.gained.into_iter().map(change(Direction::Gained));
    let access = gained.chain(diff.lost.into_iter().map(change(Direction::Lost))).collect();
    let bucket = BucketDiff { access, statements: diff.statements, ..BucketDiff::none(&name) };
    let changes = Changes {
        old: args.old.to_string_lossy().into_owned(),
        new: args.new.to_string_lossy().into_owned(),
        buckets: vec![bucket],
        compared: 1,
        ..Changes::default()
    };
    sarif::changes(&changes, &Sides { old: places, new: places }, code)
}

/// The document of a policy file, or of the answer of the aws CLI; nothing where it is no strict JSON, which S3 refuses.
fn document(sources: &Sources, path: &Path) -> Option<Json> {
    let text = sources.text(sources.load(path).ok()?);
    let document: Json = serde_json::from_str(&text).ok()?;
    match document.get("Policy").and_then(Json::as_str) {
        Some(inner) => serde_json::from_str(inner).ok(),
        None => Some(document),
    }
}

/// The policy in a file; what does not parse is a complaint with its place.
fn read(sources: &Sources, path: &Path) -> Result<Attr<Policy>, Complaint> {
    let id = sources.load(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (estate, diagnostics) = floors::lower_policy(sources, id);
    let base = world::base();
    let places = Places { sources, base: base.as_deref() };
    if let Some(wrong) = diagnostics.iter().find(|it| it.gravity == Gravity::Incomplete) {
        let at = wrong.at.map(|at| places.short(at)).unwrap_or_else(|| path.display().to_string());
        return Err(format!("{at}: {}", wrong.message));
    }
    let bucket = estate.buckets.into_iter().next();
    bucket.map(|it| it.policy).ok_or_else(|| format!("{}: holds no policy", path.display()))
}
