//! CloudFront's origin access identities have two names. S3 keeps an ARN where a policy was given the canonical id, and nothing in the two
//! says that they are one.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>

use crate::policy::{self, Context, Policy, PrincipalKind, Request};
use crate::value::Truth;

use super::super::side::is_canonical_id;

/// Whether an ARN is that of an origin access identity.
fn is_identity(text: &str) -> bool {
    text.starts_with("arn:") && text.split(':').nth(4) == Some("cloudfront")
}

/// Why the caller of a request may be one whom the other policy lets in by another name: then it is neither gained nor lost.
#[must_use]
pub fn namesake(request: &Request, other: &Policy, context: &Context) -> Option<String> {
    let who = &request.principal;
    let is_id = |it: &str| is_canonical_id(it) && !context.trusted_accounts.contains(it);
    let (wanted, is_name): (PrincipalKind, &dyn Fn(&str) -> bool) = if is_identity(who) {
        (PrincipalKind::CanonicalUser, &is_id)
    } else if is_id(who) {
        (PrincipalKind::Aws, &is_identity)
    } else {
        return None;
    };
    let listed = other.statements.iter().flat_map(|it| &it.principals.items).filter(|it| it.kind == wanted);
    let mut names = listed.filter_map(|it| it.text.known()).filter(|it| is_name(it));
    let lets_in = |name: &str| {
        let mut asked = request.clone();
        name.clone_into(&mut asked.principal);
        asked.context.values_mut().flatten().filter(|it| *it == who).for_each(|it| name.clone_into(it));
        policy::allows(other, &asked, context).allowed != Truth::No
    };
    let name = names.find(|it| lets_in(it))?;
    Some(format!(
        "whether {who} and {name} are one CloudFront origin access identity is not known: S3 writes the ARN where the canonical id was given"
    ))
}
