//! Who a principal element names, seen from the owner of the bucket.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::value::{Cause, Class, Hole, Seg, SymStr, Why};

use super::glob::{placeholder, plain};
use super::{Context, Principal, PrincipalKind};

/// Whom a principal element names.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Who {
    /// Everyone.
    Anyone,
    /// The own account, an own role, or an account or organisation that counts as own.
    Own,
    /// Another account: its id or canonical id, and the ARN or id as written.
    Account {
        /// Twelve digits, or what stands for them.
        id: String,
        /// As written.
        text: String,
        /// Whether only that user or role is named, not the account as a whole.
        exact: bool,
        /// Why it may be the own account all the same.
        maybe_own: Option<Why>,
    },
    /// An AWS service.
    Service(String),
    /// Users of an identity provider outside AWS.
    Federated(String),
    /// No one: the id of a user or role that no longer exists.
    Orphan(String),
    /// Not known: may be anyone.
    Unknown(Why),
}

/// AWS accounts that act as a service: each line an account id and the service.
const SERVICE_ACCOUNTS: &str = include_str!("service_accounts.tsv");

/// The canonical id of the S3 log delivery group's account, as Amazon CloudFront's access logs use it:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html>.
const LOG_DELIVERY: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";

/// Whether a canonical id is that of the account that writes CloudFront's logs: as text, or by Terraform's data source for it.
#[must_use]
pub fn is_log_delivery(id: &SymStr) -> bool {
    let read = |seg: &Seg| matches!(seg, Seg::Hole(it) if it.symbol.entity.contains("aws_cloudfront_log_delivery_canonical_user_id"));
    id.known().is_some_and(|it| it == LOG_DELIVERY) || id.segs().iter().any(read)
}

/// Whom a principal names.
pub(super) fn who(principal: &Principal, context: &Context) -> Who {
    let text = match plain(&principal.text) {
        Ok(text) => text,
        Err(why) => return unknown(&principal.text, why, context),
    };
    match principal.kind {
        PrincipalKind::Anyone => Who::Anyone,
        PrincipalKind::Service => Who::Service(text),
        PrincipalKind::Federated => match account_field(&principal.text) {
            Some(account) => named(account, &text, true, context),
            None => Who::Federated(text),
        },
        PrincipalKind::CanonicalUser if text == LOG_DELIVERY => Who::Service("delivery.logs.amazonaws.com".to_owned()),
        PrincipalKind::CanonicalUser => match principal.text.segs() {
            // The canonical id of something of this very configuration, or read from AWS.
            [Seg::Hole(hole)] => whole(hole, &text),
            _ => named(SymStr::text(text.as_str()), &text, false, context),
        },
        PrincipalKind::Aws => aws(&principal.text, &text, context),
        PrincipalKind::Other => {
            Who::Unknown(Why::new(Cause::Invalid, format!("`{text}` is not a principal"), principal.origin.span))
        }
    }
}

/// Whether a text is the unique id of a user, role or policy, which IAM shows once the thing is gone:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>.
#[must_use]
pub fn is_unique_id(text: &str) -> bool {
    let known = ["AIDA", "AROA", "ANPA", "AGPA"].iter().any(|start| text.starts_with(start));
    known && text.bytes().all(|it| it.is_ascii_alphanumeric()) && 16 <= text.len()
}

fn aws(text: &SymStr, plain: &str, context: &Context) -> Who {
    if let [Seg::Hole(hole)] = text.segs()
        && hole.known.is_none()
        && hole.class != Class::AccountId
    {
        return whole(hole, plain);
    }
    if plain == "*" {
        return Who::Anyone;
    }
    if is_unique_id(plain) {
        return Who::Orphan(plain.to_owned());
    }
    if plain.contains(['*', '?']) {
        // AWS rejects wildcards inside a principal: what was meant is not known, though a fixed account limits it.
        let why = Why::new(Cause::Invalid, format!("a wildcard in the principal `{plain}`"), None);
        let account = account_field(text).and_then(|it| it.known()).filter(|it| !it.contains(['*', '?']));
        return match account.map(|it| named(SymStr::text(it), plain, false, context)) {
            Some(Who::Account { id, text, exact, maybe_own }) => {
                Who::Account { id, text, exact, maybe_own: maybe_own.or(Some(why)) }
            }
            Some(own) => own,
            None => Who::Unknown(why),
        };
    }
    if plain.starts_with("arn:") {
        let Some(account) = account_field(text) else {
            return Who::Unknown(Why::new(Cause::Invalid, format!("`{plain}` names no account"), None));
        };
        let resource = plain.splitn(6, ':').nth(5).unwrap_or_default();
        if account.is("cloudfront") {
            return Who::Service("cloudfront.amazonaws.com".to_owned());
        }
        return named(account, plain, resource != "root", context);
    }
    named(text.clone(), plain, false, context)
}

/// A principal that is wholly an unknown identifier.
fn whole(hole: &Hole, text: &str) -> Who {
    // What this configuration creates is of the own account, and so is what it reads of IAM, which knows no other
    // account; what else it reads or is given may be anyone's.
    let reads_own_iam = hole.symbol.entity.contains("data.aws_iam_");
    if let Some(service) = read_service_account(hole) {
        return Who::Service(service.to_owned());
    }
    if hole.why.cause() == Cause::Computed || reads_own_iam || is_own_account(hole) {
        return Who::Own;
    }
    let (id, text) = (text.to_owned(), text.to_owned());
    Who::Account { id, text, exact: true, maybe_own: Some(hole.why.clone()) }
}

/// A principal with a part that may be any text.
fn unknown(text: &SymStr, why: Why, context: &Context) -> Who {
    // `arn:aws:iam::${var.account}:root` names some account, never everyone.
    if !text.known_prefix().starts_with("arn:") {
        return Who::Unknown(why);
    }
    if let Some(account) = account_field(text).filter(|it| it.known().is_some()) {
        return named(account, &text.display(), true, context);
    }
    Who::Account { id: text.display(), text: text.display(), exact: true, maybe_own: Some(why) }
}

fn named(account: SymStr, text: &str, exact: bool, context: &Context) -> Who {
    if let [Seg::Hole(hole)] = account.segs()
        && hole.known.is_none()
    {
        let id = placeholder(&hole.symbol.entity, &hole.symbol.attribute);
        if is_own_account(hole) || context.trusted_accounts.contains(&id) {
            return Who::Own;
        }
        if let Some(service) = read_service_account(hole) {
            return Who::Service(service.to_owned());
        }
        return Who::Account { id, text: text.to_owned(), exact, maybe_own: Some(hole.why.clone()) };
    }
    let Some(id) = account.known() else {
        let why = account.why().cloned().unwrap_or_else(|| Why::new(Cause::Invalid, "an account id", None));
        return Who::Account { id: account.display(), text: text.to_owned(), exact, maybe_own: Some(why) };
    };
    if context.own_account.as_deref() == Some(&*id) || context.trusted_accounts.contains(&id) {
        return Who::Own;
    }
    if let Some(service) = service_account(&id) {
        return Who::Service(service.to_owned());
    }
    let maybe_own = match &context.own_account {
        Some(_) => None,
        None => Some(Why::new(Cause::Deployment, "the own account", None)),
    };
    Who::Account { id, text: text.to_owned(), exact, maybe_own }
}

/// Whether a hole is the account that this configuration runs in.
fn is_own_account(hole: &Hole) -> bool {
    let attribute = &*hole.symbol.attribute;
    let entity = &*hole.symbol.entity;
    (entity == "AWS" && attribute == "AccountId")
        || (entity == "aws" && matches!(attribute, "account_id" | "canonical_user_id"))
        || (matches!(attribute, "account_id" | "id" | "arn") && entity.contains("aws_caller_identity"))
        || (attribute == "id" && entity.contains("data.aws_canonical_user_id"))
}

/// The service whose account Terraform's provider is asked for:
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/elb_service_account> and its kin.
fn read_service_account(hole: &Hole) -> Option<&'static str> {
    const READ: [(&str, &str); 4] = [
        ("data.aws_elb_service_account.", "logdelivery.elasticloadbalancing.amazonaws.com"),
        ("data.aws_billing_service_account.", "billing.amazonaws.com"),
        ("data.aws_cloudtrail_service_account.", "cloudtrail.amazonaws.com"),
        ("data.aws_redshift_service_account.", "redshift.amazonaws.com"),
    ];
    READ.iter().find(|it| hole.symbol.entity.contains(it.0)).map(|it| it.1)
}

fn service_account(id: &str) -> Option<&'static str> {
    let lines = SERVICE_ACCOUNTS.lines().filter(|it| !it.starts_with('#'));
    lines.filter_map(|it| it.split_once('\t')).find(|(account, _)| *account == id).map(|(_, service)| service)
}

/// The fifth field of an ARN, with its holes.
fn account_field(arn: &SymStr) -> Option<SymStr> {
    let mut field = 0;
    let mut out = SymStr::default();
    for seg in arn.segs() {
        let Some(text) = seg.known() else {
            if field == 4 {
                out.push(seg.clone());
            }
            continue;
        };
        for (at, part) in text.split(':').enumerate() {
            field += usize::from(at != 0);
            if field == 4 {
                out.push_str(&SymStr::text(part));
            }
        }
    }
    (5 <= field && !out.segs().is_empty()).then_some(out)
}
