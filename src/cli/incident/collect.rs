//! The live configuration of buckets, asked of the `aws` CLI with a bounded number of calls at a time. Nothing is changed.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value as Json;

use crate::frontend::live::{
    ACCOUNT_BLOCK, AccountRecord, BucketRecord, Caller, Evidence, FEATURES, Failure, FeatureSpec, INCOMPLETE, LISTED,
    POINT, POINT_POLICY, PointRecord, Reply, Snapshot, State, classify, error_code, region_of, saved,
};
use crate::incident::time::Time;

use super::aws::{Aws, AwsError};

/// What tells the region.
const LOCATION: &str = "get-bucket-location";

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Names of buckets; all of the account where there are none.
    pub buckets: Vec<String>,
    /// The account that must own them; the caller's where it is not said.
    pub account: Option<String>,
    /// Calls at a time.
    pub jobs: usize,
}

/// Collects.
///
/// # Errors
/// A sentence, where the CLI cannot be run or has no credentials: then nothing at all is known.
pub fn collect(aws: &Aws, wanted: &Wanted) -> Result<Snapshot, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(wanted.jobs.max(1)).build();
    let pool = pool.map_err(|error| format!("cannot start {} workers: {error}", wanted.jobs))?;
    let mut snapshot = Snapshot::new("the aws CLI");
    snapshot.collected_at = Some(Time::now().to_string());
    let caller = caller(aws)?;
    let account = match (&wanted.account, &caller) {
        (Some(account), _) => Some(account.clone()),
        (None, Ok(caller)) => Some(caller.account.clone()),
        (None, Err(complaint)) => return Err(complaint.clone()),
    };
    snapshot.caller = caller.ok();
    let names = if wanted.buckets.is_empty() { list(aws)? } else { wanted.buckets.clone() };
    let asker = Asker { aws, account };
    let records: Vec<Result<Found, AwsError>> =
        pool.install(|| names.par_iter().map(|name| asker.bucket(name)).collect());
    for (name, found) in names.iter().zip(records) {
        let found = found.map_err(|it| it.to_string())?;
        snapshot.buckets.insert(name.clone(), found.record);
        snapshot.access_points.extend(found.points);
        snapshot.errors.extend(found.errors);
    }
    if let Some(id) = asker.account.clone() {
        let args = ["s3control", ACCOUNT_BLOCK.command, "--account-id", &id];
        let (state, evidence) = asker.ask(&ACCOUNT_BLOCK, &args, ACCOUNT_BLOCK.command).map_err(|it| it.to_string())?;
        snapshot.accounts.insert(id, AccountRecord { public_access_block: state, evidence });
    }
    snapshot.complete();
    Ok(snapshot)
}

/// Who asks; the inner complaint is one that an account id on the command line makes up for.
fn caller(aws: &Aws) -> Result<Result<Caller, String>, String> {
    let reply = aws.call(&["sts", "get-caller-identity"]).map_err(|it| it.to_string())?;
    let answer = serde_json::from_str::<Json>(&reply.stdout).ok();
    let member = |key: &str| answer.as_ref()?.get(key)?.as_str().map(str::to_owned);
    if let (Some(0), Some(account), Some(arn)) = (reply.code, member("Account"), member("Arn")) {
        return Ok(Ok(Caller { account, arn }));
    }
    let said = first_line(&reply);
    let hint = "`aws sts get-caller-identity` must answer; sign in, or choose another --profile";
    if error_code(&reply.stderr).is_none() {
        // <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html>
        if matches!(reply.code, Some(2 | 252)) {
            return Err(format!("the aws CLI does not take what it was asked: {said}; is it an old version?"));
        }
        return Err(format!("the aws CLI has no working credentials: {said}; {hint}"));
    }
    Ok(Err(format!("AWS does not say who asks: {said}; {hint}, or say the owner's account with --account")))
}

fn first_line(reply: &Reply) -> String {
    let line = reply.stderr.lines().map(str::trim).find(|it| !it.is_empty()).unwrap_or("it printed no answer");
    line.chars().take(300).collect()
}

fn list(aws: &Aws) -> Result<Vec<String>, String> {
    let reply = aws.call(&["s3api", "list-buckets"]).map_err(|it| it.to_string())?;
    let answer = serde_json::from_str::<Json>(&reply.stdout).ok().filter(|_| reply.code == Some(0));
    let buckets = answer.as_ref().and_then(|it| it.get("Buckets")).and_then(Json::as_array);
    let Some(buckets) = buckets else {
        return Err(format!("the buckets cannot be listed: {}; name them with --bucket", first_line(&reply)));
    };
    if let Some(key) = answer.as_ref().and_then(saved::next_page) {
        return Err(format!("the list of buckets is one page of several (`{key}`): name the buckets with --bucket"));
    }
    Ok(buckets.iter().filter_map(|it| it.get("Name")?.as_str().map(str::to_owned)).collect())
}

struct Asker<'a> {
    aws: &'a Aws,
    account: Option<String>,
}

struct Found {
    record: BucketRecord,
    points: Vec<PointRecord>,
    errors: Vec<Failure>,
}

impl Asker<'_> {
    fn bucket(&self, name: &str) -> Result<Found, AwsError> {
        let mut record = BucketRecord { account: self.account.clone(), ..BucketRecord::default() };
        let mut owner = vec!["--bucket", name];
        if let Some(account) = &self.account {
            owner.extend(["--expected-bucket-owner", account]);
        }
        let location = self.aws.call(&[&["s3api", "get-bucket-location"], owner.as_slice()].concat())?;
        record.region = serde_json::from_str::<Json>(&location.stdout).ok().and_then(|it| region_of(&it));
        let is_error = location.stdout.is_empty() || error_code(&location.stderr).is_some();
        let raw = if is_error { &location.stderr } else { &location.stdout };
        record.evidence.insert(LOCATION.to_owned(), Evidence::kept(format!("aws s3api {LOCATION}"), raw));
        let region = record.region.clone();
        let place: Vec<&str> = region.as_deref().map(|it| vec!["--region", it]).unwrap_or_default();
        let answers: Vec<_> = FEATURES
            .par_iter()
            .map(|spec| {
                let args = [&["s3api", spec.command], owner.as_slice(), place.as_slice()].concat();
                self.ask(spec, &args, spec.command)
            })
            .collect();
        for (spec, answer) in FEATURES.iter().zip(answers) {
            let (state, evidence) = answer?;
            record.features.insert(spec.name.to_owned(), state);
            record.evidence.extend(evidence);
        }
        let (points, mut errors) = self.points(name, &place, &mut record)?;
        if record.region.is_none() {
            errors.push(Failure {
                subject: name.to_owned(),
                asked: LOCATION.to_owned(),
                code: error_code(&location.stderr).unwrap_or("Failed").to_owned(),
                message: first_line(&location),
            });
        }
        Ok(Found { record, points, errors })
    }

    /// The state of a feature, with the answer as evidence.
    fn ask(
        &self,
        spec: &FeatureSpec,
        args: &[&str],
        key: &str,
    ) -> Result<(State, BTreeMap<String, Evidence>), AwsError> {
        let reply = self.aws.call(args)?;
        let is_error = reply.stdout.is_empty() || error_code(&reply.stderr).is_some();
        let raw = if is_error { &reply.stderr } else { &reply.stdout };
        let evidence = Evidence::kept(format!("aws {}", args.join(" ")), raw);
        Ok((classify(spec, &reply).resting_on(key), BTreeMap::from([(key.to_owned(), evidence)])))
    }

    fn points(
        &self,
        bucket: &str,
        place: &[&str],
        record: &mut BucketRecord,
    ) -> Result<(Vec<PointRecord>, Vec<Failure>), AwsError> {
        let Some(account) = &self.account else { return Ok((Vec::new(), Vec::new())) };
        let own = ["--account-id", account];
        let args = [&["s3control", "list-access-points", "--bucket", bucket], own.as_slice(), place].concat();
        let reply = self.aws.call(&args)?;
        let answer = serde_json::from_str::<Json>(&reply.stdout).ok().filter(|_| reply.code == Some(0));
        let listed = answer.as_ref().and_then(|it| it.get("AccessPointList")).and_then(Json::as_array);
        // Nothing printed and no error: there are none.
        let is_none = reply.code == Some(0) && reply.stdout.trim().is_empty();
        let next = answer.as_ref().and_then(saved::next_page);
        let state = match (&answer, listed) {
            (Some(_), Some(_)) if next.is_some() => State::unknown(INCOMPLETE, "the list is one page of several"),
            (Some(answer), Some(_)) => State::set(answer.clone()),
            _ if is_none => State::absent(),
            _ => State::unknown(error_code(&reply.stderr).unwrap_or("Failed"), first_line(&reply)),
        };
        let key = "list-access-points";
        let raw = if reply.stdout.is_empty() { &reply.stderr } else { &reply.stdout };
        record.evidence.insert(key.to_owned(), Evidence::kept(format!("aws {}", args.join(" ")), raw));
        record.features.insert(LISTED.to_owned(), state.resting_on(key));
        let Some(listed) = listed else {
            let errors = if is_none { Vec::new() } else { vec![not_listed(bucket, &reply)] };
            return Ok((Vec::new(), errors));
        };
        let mut errors = Vec::new();
        if let Some(key) = next {
            errors.push(Failure {
                code: INCOMPLETE.to_owned(),
                message: format!("the list is one page of several: `{key}` asks for the next"),
                ..not_listed(bucket, &reply)
            });
        }
        let mut out = Vec::new();
        for point in listed {
            let member = |key: &str| point.get(key).and_then(Json::as_str).map(str::to_owned);
            let Some(name) = member("Name") else { return Ok((out, vec![not_listed(bucket, &reply)])) };
            let args = |command| [&["s3control", command, "--name", name.as_str()], own.as_slice(), place].concat();
            let (own_state, mut evidence) = self.ask(&POINT, &args(POINT.command), POINT.command)?;
            let (policy, more) = self.ask(&POINT_POLICY, &args(POINT_POLICY.command), POINT_POLICY.command)?;
            evidence.extend(more);
            out.push(PointRecord {
                bucket: bucket.to_owned(),
                account: Some(account.clone()),
                arn: member("AccessPointArn"),
                point: own_state,
                policy,
                evidence,
                name,
            });
        }
        Ok((out, errors))
    }
}

fn not_listed(bucket: &str, reply: &Reply) -> Failure {
    Failure {
        subject: bucket.to_owned(),
        asked: "s3control list-access-points".to_owned(),
        code: error_code(&reply.stderr).unwrap_or("Failed").to_owned(),
        message: first_line(reply),
    }
}
