//! Whether who runs a plan can still do what it needs once its policy is in place: change the policy back, and take and read back the
//! other steps. What a request of the `aws` CLI certainly carries is told to the engine; of every other key a Deny may hold.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::collections::BTreeMap;

use crate::policy::{self, BucketId, Context, Policy, Request};
use crate::value::{SymStr, Truth};

use super::super::time::Time;
use super::preflight::parsed;
use super::{Ask, Step, spec_of, steps};

/// What a policy is changed back with.
const OWN: &str = "s3:PutBucketPolicy";

/// What would be refused to the caller afterwards.
pub(super) fn check(ask: &Ask<'_>, text: &str, all: &[Step], refused: &mut Vec<String>, warnings: &mut Vec<String>) {
    let Some(policy) = parsed(text) else { return };
    // Nobody whom a policy names, where it is not known who runs the plan.
    let account = ask.live.account.as_deref().unwrap_or("000000000000");
    let somebody = format!("arn:aws:iam::{account}:role/bucketlint-caller-not-known");
    let arn = ask.caller.unwrap_or(&somebody);
    let texts: Vec<&str> = text.split('"').collect();
    let policy::Roles { all: roles, otherwise } = policy::roles_of(arn, &texts);
    let caller = Caller { arn, is_known: ask.caller.is_some(), roles };
    let other = Caller { roles: otherwise, ..caller.clone() };
    let decides = |action: &str| caller.is_denied(ask, &policy, action) != other.is_denied(ask, &policy, action);
    if !other.roles.is_empty() && std::iter::once(OWN).chain(all.iter().flat_map(needed)).any(decides) {
        warnings.push(format!(
            "the role of {arn} is taken to have the path that the policy has: one of IAM Identity Center has a region in it, but where Identity \
             Center is in us-east-1"
        ));
    }
    // Who signed in as the account itself keeps the policy, whatever it denies.
    let is_root = ask.live.account.as_deref().is_some_and(|it| policy::is_root(arn, it));
    let denied = |action: &str| match is_root && policy::stays_with_root(action) {
        true => Truth::No,
        false => caller.is_denied(ask, &policy, action),
    };
    let own = if ask.confirm_self_lockout { Truth::No } else { denied(OWN) };
    if own != Truth::No {
        let denies = denies(own);
        if ask.caller.is_none() {
            warnings.push(format!(
                "the policy {denies} {OWN} to whom it does not except, and who runs this plan is not known: it may be that afterwards \
                 the root user of the bucket's account alone could change it; say --caller ARN to have that checked"
            ));
        } else {
            refused.push(format!(
                "the policy {denies} {OWN} to {}, who runs this plan: afterwards the root user of the bucket's account alone could \
                 change it; say --confirm-self-lockout if that is meant",
                caller.arn
            ));
        }
        return;
    }
    if ask.caller.is_none() {
        return;
    }
    // All are read back after the last one, so that their order does not help.
    for step in all {
        let Some(action) = needed(step).find(|it| denied(it) != Truth::No) else { continue };
        let denies = denies(denied(action));
        let told = format!(
            "the policy {denies} {action} to {}, who runs this plan: with it in place the step for {} is refused, or cannot be read back",
            caller.arn, step.feature
        );
        if ask.confirm_self_lockout {
            warnings.push(format!("{told}; the plan stops there"));
        } else {
            let how = "run the plan as whom the policy lets (--caller), or take the other features first (--only) and the policy after \
                       them; --confirm-self-lockout plans it as it is";
            refused.push(format!("{told}: {how}"));
        }
    }
}

/// What a step is taken and read back with; that of the policy itself is asked of by itself.
fn needed(step: &Step) -> impl Iterator<Item = &'static str> {
    let put = steps::action(&step.command).filter(|it| *it != OWN);
    let get =
        spec_of(&step.feature).map(|it| it.action).filter(|_| step.command.first().is_some_and(|it| it == "s3api"));
    [put, get].into_iter().flatten()
}

fn denies(it: Truth) -> &'static str {
    if it == Truth::Yes { "denies" } else { "denies or may deny" }
}

/// Who runs the plan.
#[derive(Clone)]
struct Caller<'a> {
    arn: &'a str,
    is_known: bool,
    /// The role behind a session, under each path that it may have.
    roles: Vec<String>,
}

impl Caller<'_> {
    /// Whether a policy denies an action on the bucket to the caller: as the session and as its role.
    fn is_denied(&self, ask: &Ask<'_>, policy: &Policy, action: &str) -> Truth {
        let context = Context {
            bucket: BucketId { entity: None, name: Some(SymStr::text(ask.bucket)) },
            own_account: ask.live.account.clone(),
            ..Context::default()
        };
        let narrow = policy::as_narrow(policy, self.arn, &self.roles);
        let mut found = Vec::new();
        for role in self.roles.iter().map(Some).chain(self.roles.is_empty().then_some(None)) {
            let of = |policy: &Policy| {
                let principals = std::iter::once(self.arn).chain(role.map(String::as_str));
                Truth::any(principals.map(|it| self.is_denied_as(ask, (policy, &context), it, role, action)))
            };
            let own = of(policy);
            found.push(if own == Truth::No && narrow.as_ref().is_some_and(|it| of(it) != Truth::No) {
                Truth::Unknown
            } else {
                own
            });
        }
        // Under which path the role stands, nobody knows here.
        match found.split_first() {
            Some((first, rest)) if rest.iter().all(|it| it == first) => *first,
            _ => Truth::Unknown,
        }
    }

    fn is_denied_as(
        &self,
        ask: &Ask<'_>,
        (policy, context): (&Policy, &Context),
        principal: &str,
        role: Option<&String>,
        action: &str,
    ) -> Truth {
        // What is one of several is asked for both ends of them.
        let [first, second] = [("1.2", "0", false), ("1.3", "f", true)].map(|(tls, digit, is_later)| {
            let mut carried = self.carried(ask, role);
            let now = if is_later { "9999-12-31T23:59:59Z".to_owned() } else { Time::now().to_string() };
            carried.extend([
                ("s3:TlsVersion".to_owned(), vec![tls.to_owned()]),
                ("s3:signatureAge".to_owned(), vec![if is_later { "60000" } else { "0" }.to_owned()]),
                ("s3:x-amz-content-sha256".to_owned(), vec![digit.repeat(64)]),
                ("aws:CurrentTime".to_owned(), vec![now]),
            ]);
            let request = Request {
                context: carried,
                principal: principal.to_owned(),
                action: action.to_owned(),
                resource: format!("arn:{}:s3:::{}", partition(ask), ask.bucket),
            };
            policy::denies(policy, &request, context, &|key| is_absent(key, action))
        });
        if first == second { first } else { Truth::Unknown }
    }

    /// Keys of which a call of the `aws` CLI by this caller certainly has these values.
    fn carried(&self, ask: &Ask<'_>, role: Option<&String>) -> BTreeMap<String, Vec<String>> {
        let mut out = BTreeMap::new();
        let mut set = |key: &str, value: &str| {
            out.insert(key.to_owned(), vec![value.to_owned()]);
        };
        set("aws:SecureTransport", "true");
        set("aws:ViaAWSService", "false");
        set("s3:authType", "REST-HEADER");
        set("s3:signatureversion", "AWS4-HMAC-SHA256");
        if let Some(account) = &ask.live.account {
            set("aws:ResourceAccount", account);
            set("s3:ResourceAccount", account);
        }
        if let Some(region) = &ask.live.region {
            set("aws:RequestedRegion", region);
        }
        let mut own = policy::caller_keys(self.arn, role.map(String::as_str));
        if !self.is_known {
            own.retain(|key, _| !matches!(key.as_str(), "aws:PrincipalType" | "aws:username"));
        }
        out.extend(own);
        out
    }
}

/// Whether a call of the `aws` CLI certainly does not carry a key: those of calls that services make, of access points, of browsers, and
/// those of S3 that are about objects or listing.
fn is_absent(key: &str, action: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let is_tagging = action == "s3:PutBucketTagging";
    match key.split('/').next().unwrap_or_default() {
        "aws:calledvia"
        | "aws:calledviafirst"
        | "aws:calledvialast"
        | "aws:referer"
        | "aws:sourceaccount"
        | "aws:sourcearn"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:principalservicename"
        | "aws:principalservicenameslist" => true,
        "aws:requesttag" | "aws:tagkeys" => !is_tagging,
        "s3:buckettag" | "s3:accesspointtag" | "s3:authtype" | "s3:signatureversion" | "s3:resourceaccount" => false,
        it if it.starts_with("s3:x-amz-acl")
            || it.starts_with("s3:x-amz-grant")
            || it == "s3:x-amz-object-ownership" =>
        {
            !matches!(action, "s3:PutBucketAcl" | "s3:PutBucketOwnershipControls")
        }
        it => it.starts_with("s3:") && policy::is_key(&key),
    }
}

/// Where the bucket is, by its region, else by who runs the plan.
fn partition(ask: &Ask<'_>) -> String {
    let by_region = ask.live.region.as_deref().map(crate::model::partition_of);
    let by_caller = || ask.caller?.strip_prefix("arn:")?.split(':').next();
    by_region.or_else(by_caller).unwrap_or("aws").to_owned()
}
