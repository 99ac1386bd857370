//! Would this request by an access point be allowed? Both policies must let it in, and either can deny it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use crate::model::{AccessPoint, Bucket, Estate, NetworkOrigin};
use crate::policy::{self, Patterns, Request};
use crate::value::{Seg, SymStr, Truth};

use super::access::{Asked, Caller, Layer, decide, policy_layer};
use super::access_point::{aws_public, carried, context, point_closers};
use super::settings::{RESTRICT_PUBLIC_BUCKETS, closed};
use super::{Closer, Options};

/// A resource by an access point: its ARN, its name, and the object's key with the slash before it.
fn parts(resource: &str) -> Option<(String, &str, String)> {
    let (head, tail) = resource.split_once(":accesspoint/")?;
    let (name, key) = tail.split_once("/object/").map_or((tail, String::new()), |it| (it.0, format!("/{}", it.1)));
    Some((format!("{head}:accesspoint/{name}"), name, key))
}

/// The access point of a bucket that a resource goes by.
#[must_use]
pub fn point_of<'e>(resource: &str, bucket: &Bucket, estate: &'e Estate) -> Option<&'e AccessPoint> {
    let (arn, name, _) = parts(resource)?;
    let is_meant = |it: &&AccessPoint| {
        let is_called = it.name.as_known().and_then(|it| it.known()).as_deref() == Some(name);
        it.leads_to(bucket) && is_called && super::access_point_arn(it).is_none_or(|it| it == arn)
    };
    estate.access_points.iter().find(is_meant)
}

/// What the policies say: the bucket's layer and whether it lets the caller in by name, and the same of the access point.
pub(super) fn layers(
    bucket: &Bucket,
    estate: &Estate,
    options: &Options,
    asked: &Asked<'_>,
    caller: Caller,
) -> Option<[(Layer, Truth); 2]> {
    let request = asked.request;
    let (arn, _, key) = parts(&request.resource)?;
    let point = point_of(&request.resource, bucket, estate);
    let mut by_bucket = request.clone();
    let given = |name: &str| request.context.keys().any(|it| it.eq_ignore_ascii_case(name));
    let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
    let mut known = vec![("s3:DataAccessPointArn", Some(arn.clone())), ("s3:DataAccessPointAccount", Some(account))];
    known.extend(point.iter().flat_map(|it| carried(it)).filter(|it| it.0 == "s3:AccessPointNetworkOrigin"));
    for (name, value) in known {
        if let Some(value) = value.filter(|_| !given(name)) {
            by_bucket.context.insert(name.to_owned(), vec![value]);
        }
    }
    let is_told = |it: &str| !is_of_points(it) && (asked.is_told)(it);
    let by_point = Request { context: by_bucket.context.clone(), ..request.clone() };
    let names = bucket
        .policy
        .possible()
        .into_iter()
        .flat_map(|it| policy::bucket_names(it, &super::bucket::context(bucket, options)));
    let own_name = bucket.name.as_known().and_then(|it| it.known());
    let name = own_name.or_else(|| names.into_iter().next()).unwrap_or_else(|| "bucket".to_owned());
    by_bucket.resource = format!("arn:aws:s3:::{name}{key}");
    let of_bucket = Asked { request: &by_bucket, is_told: &is_told, ..*asked };
    let of_point = Asked { request: &by_point, is_told: &is_told, ..*asked };
    let point = match point {
        Some(it) => point_layer(it, bucket, estate, options, &of_point, caller),
        None => (unknown(bucket), Truth::Unknown),
    };
    Some([policy_layer(bucket, estate, options, &of_bucket, caller), point])
}

/// Resources of an access point's policy as those of its bucket; whether that is all that they say.
pub fn as_of_bucket(resources: &mut Patterns, bucket: &SymStr, point: &str) -> bool {
    let mut is_exact = resources.rest.is_none();
    for item in resources.items.iter_mut().filter(|it| !it.0.is("*")) {
        let said = behind(&item.0, point).and_then(|it| key_of(&it).map(str::to_owned));
        is_exact &= said.is_some();
        item.0 = match said {
            Some(key) => {
                let mut out = SymStr::text("arn:aws:s3:::");
                out.push_str(bucket);
                out.push_str(&SymStr::text(key));
                out
            }
            None => SymStr::text("*"),
        };
    }
    // What is not known to be left out is not.
    if !is_exact && resources.negated {
        resources.negated = false;
        resources.items.clear();
        resources.items.push((SymStr::text("*"), resources.origin.clone()));
    }
    is_exact
}

/// What stands behind the name of an access point in a resource, where it is known: of the ARN itself nothing.
fn behind(resource: &SymStr, point: &str) -> Option<String> {
    if let Some(text) = resource.known() {
        let tail = text.split_once(":accesspoint/")?.1.to_owned();
        let (name, rest) = tail.split_at(tail.find('/').unwrap_or(tail.len()));
        return (!name.contains(['*', '?'])).then(|| rest.to_owned());
    }
    // Code has the account, the name or the whole ARN of it from elsewhere.
    let is_point = |it: &Seg| matches!(it, Seg::Hole(it) if &*it.symbol.entity == point);
    let from = resource.segs().iter().rposition(|it| it.known().is_none() || is_point(it))?;
    let tail: String = resource.segs().iter().skip(from + 1).filter_map(Seg::known).map(|it| &**it).collect();
    if resource.segs().get(from).is_some_and(is_point) && (tail.is_empty() || tail.starts_with('/')) {
        return Some(tail);
    }
    let (_, tail) = tail.split_once(":accesspoint/")?;
    let (name, rest) = tail.split_at(tail.find('/').unwrap_or(tail.len()));
    (!name.contains(['*', '?'])).then(|| rest.to_owned())
}

/// An object's key behind an access point's ARN as it stands behind a bucket's.
fn key_of(rest: &str) -> Option<&str> {
    match rest.strip_prefix("/object") {
        Some(key) if key.is_empty() || key.starts_with('/') => (!key.is_empty()).then_some(key),
        // All that is below it: objects.
        Some("*") => Some("/*"),
        _ if rest.is_empty() => Some(""),
        _ if rest == "/*" => Some("/*"),
        _ => None,
    }
}

/// A resource of the bucket as an access point has it.
#[must_use]
pub fn as_of_point(resource: &str, bucket: &str, arn: &str) -> String {
    match resource.split_once(&format!(":::{bucket}")).map(|it| it.1) {
        Some("") => arn.to_owned(),
        Some(key) => format!("{arn}/object{key}"),
        None => resource.to_owned(),
    }
}

/// Keys that requests by an access point alone carry.
#[must_use]
pub fn is_of_points(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["s3:dataaccesspoint", "s3:accesspoint"].iter().any(|it| key.starts_with(it))
}

fn unknown(bucket: &Bucket) -> Layer {
    let text = format!("the input has no such access point of {}: what its policy says is not known", bucket.address);
    Layer::unknown("access-point", text)
}

fn point_layer(
    point: &AccessPoint,
    bucket: &Bucket,
    estate: &Estate,
    options: &Options,
    asked: &Asked<'_>,
    caller: Caller,
) -> (Layer, Truth) {
    let context = context(Some(bucket), options);
    let of =
        |read: fn(&policy::Decision) -> Truth| point.policy.holds(Truth::No, |it| read(&decide(it, asked, &context)));
    let found = point.policy.possible().first().map(|it| decide(it, asked, &context));
    let statement = found.as_ref().and_then(|it| it.statement);
    let written = point.policy.possible().first().and_then(|it| it.statements.get(statement?).cloned());
    let mut closed_by = Vec::new();
    if !matches!(caller, Caller::Own | Caller::Service) {
        let public = aws_public(point, &context);
        closed_by = point_closers(point);
        closed_by.extend(RESTRICT_PUBLIC_BUCKETS.closers(bucket, estate, options));
        for it in &mut closed_by {
            it.holds = it.holds.and(public).and(if caller == Caller::Signed { Truth::Unknown } else { Truth::Yes });
        }
        closed_by.retain(|it| it.holds != Truth::No);
    }
    let from = point.network_origin.holds(Truth::No, |it| match it {
        NetworkOrigin::Internet => Truth::No,
        NetworkOrigin::Vpc(id) => outside(&id.as_known().and_then(|it| it.known()), asked),
    });
    if from != Truth::No {
        closed_by.push(Closer {
            setting: "access_point.vpc",
            holds: from,
            origin: point.network_origin.origin.clone(),
        });
    }
    let open = (!closed(&closed_by)).and(point.exists.truth());
    let (allows, denies) = (of(|it| it.allowed), of(|it| it.denied));
    let text = match (denies, allows) {
        (Truth::Yes, _) => "its policy denies it",
        (Truth::Unknown, _) => "its policy may deny it",
        (_, Truth::Yes) if open == Truth::No => "its policy allows it, without effect",
        (_, Truth::Yes) => "its policy allows it",
        (_, Truth::Unknown) => "whether its policy allows it is not known",
        _ if point.policy.is_absent() => "it has no policy",
        _ => "its policy does not allow it",
    };
    let layer = Layer {
        name: "access-point",
        allows: allows.and(open),
        denies: denies.or(from),
        text: format!("{}: {text}", point.address),
        origin: written.map_or_else(|| point.policy.origin.clone(), |it| it.origin),
        closed_by,
        why: found.and_then(|it| it.why).or_else(|| point.policy.why().cloned()),
    };
    (layer, of(|it| it.direct).and(open))
}

/// Whether a request comes from elsewhere than the VPC that alone an access point accepts.
fn outside(vpc: &Option<String>, asked: &Asked<'_>) -> Truth {
    let given = asked.request.context.iter().find(|it| it.0.eq_ignore_ascii_case("aws:SourceVpc"));
    match (given, vpc) {
        (Some((_, values)), Some(vpc)) => (!values.contains(vpc)).into(),
        (Some(_), None) => Truth::Unknown,
        (None, _) if (asked.is_told)("aws:SourceVpc") => Truth::Yes,
        (None, _) => Truth::Unknown,
    }
}
