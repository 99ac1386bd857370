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
    let caller = Caller { arn: ask.caller.unwrap_or(&somebody), is_known: ask.caller.is_some(), role: None };
    let caller = Caller { role: role_of(caller.arn, text), ..caller };
    let denied = |action: &str| caller.is_denied(ask, &policy, action);
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
        let put = steps::action(&step.command).filter(|it| *it != OWN);
        let get =
            spec_of(&step.feature).map(|it| it.action).filter(|_| step.command.first().is_some_and(|it| it == "s3api"));
        let Some(action) = [put, get].into_iter().flatten().find(|it| denied(it) != Truth::No) else { continue };
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

fn denies(it: Truth) -> &'static str {
    if it == Truth::Yes { "denies" } else { "denies or may deny" }
}

/// Who runs the plan.
struct Caller<'a> {
    arn: &'a str,
    is_known: bool,
    role: Option<String>,
}

impl Caller<'_> {
    /// Whether a policy denies an action on the bucket to the caller: as the session and as its role.
    fn is_denied(&self, ask: &Ask<'_>, policy: &Policy, action: &str) -> Truth {
        let context = Context {
            bucket: BucketId { entity: None, name: Some(SymStr::text(ask.bucket)) },
            own_account: ask.live.account.clone(),
            ..Context::default()
        };
        let principals = [Some(self.arn.to_owned()), self.role.clone()];
        let mut found = Vec::new();
        for principal in principals.into_iter().flatten() {
            // What is one of several is asked for both ends of them.
            let [first, second] = [("1.2", "0", false), ("1.3", "f", true)].map(|(tls, digit, is_later)| {
                let mut carried = self.carried(ask);
                let now = if is_later { "9999-12-31T23:59:59Z".to_owned() } else { Time::now().to_string() };
                carried.extend([
                    ("s3:TlsVersion".to_owned(), vec![tls.to_owned()]),
                    ("s3:signatureAge".to_owned(), vec![if is_later { "60000" } else { "0" }.to_owned()]),
                    ("s3:x-amz-content-sha256".to_owned(), vec![digit.repeat(64)]),
                    ("aws:CurrentTime".to_owned(), vec![now]),
                ]);
                let request = Request {
                    context: carried,
                    principal: principal.clone(),
                    action: action.to_owned(),
                    resource: format!("arn:{}:s3:::{}", partition(ask), ask.bucket),
                };
                policy::denies(policy, &request, &context, &|key| is_absent(key, action))
            });
            found.push(if first == second { first } else { Truth::Unknown });
        }
        Truth::any(found)
    }

    /// Keys of which a call of the `aws` CLI by this caller certainly has these values.
    fn carried(&self, ask: &Ask<'_>) -> BTreeMap<String, Vec<String>> {
        let mut out = BTreeMap::new();
        let mut set = |key: &str, value: &str| {
            out.insert(key.to_owned(), vec![value.to_owned()]);
        };
        set("aws:PrincipalArn", self.role.as_deref().unwrap_or(self.arn));
        set("aws:SecureTransport", "true");
        set("aws:PrincipalIsAWSService", "false");
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
        let mut fields = self.arn.splitn(6, ':').skip(4);
        if let Some(account) = fields.next() {
            set("aws:PrincipalAccount", account);
        }
        let resource = fields.next().unwrap_or_default();
        let kind = match resource.split('/').next() {
            _ if !self.is_known => None,
            Some("user") => Some("User"),
            Some("assumed-role" | "role") => Some("AssumedRole"),
            Some("federated-user") => Some("FederatedUser"),
            Some("root") => Some("Account"),
            _ => None,
        };
        if let Some(kind) = kind {
            set("aws:PrincipalType", kind);
        }
        if let Some(name) =
            resource.strip_prefix("user/").and_then(|it| it.rsplit('/').next()).filter(|_| self.is_known)
        {
            set("aws:username", name);
        }
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
    let by_region = ask.live.region.as_deref().map(crate::incident::points::partition_of);
    let by_caller = || ask.caller?.strip_prefix("arn:")?.split(':').next();
    by_region.or_else(by_caller).unwrap_or("aws").to_owned()
}

/// The role behind a session: policies and `aws:PrincipalArn` speak of the role. The session's ARN does not have the role's path:
/// where the policy names a role of that name with one, that is the role, for names are unique in an account.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
fn role_of(caller: &str, policy: &str) -> Option<String> {
    let (head, rest) = caller.split_once(":assumed-role/")?;
    let mut parts = head.split(':');
    let (Some("arn"), Some(partition), Some("sts"), Some(_), Some(account)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let role = rest.split('/').next()?;
    let (start, end) = (format!("arn:{partition}:iam::{account}:role/"), format!("/{role}"));
    let named = policy.split('"').find(|it| it.starts_with(&start) && it.ends_with(&end) && !it.contains(['*', '?']));
    Some(named.map_or_else(|| format!("{start}{role}"), str::to_owned))
}
