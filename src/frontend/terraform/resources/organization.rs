//! Organisation-wide Block Public Access: S3 policies of AWS Organizations and what they are attached to.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html>

use crate::model::{Account, AccountLevel, PublicAccessBlock};
use crate::value::{Attr, Guard, Origin, Seg, SymStr, Symbol, Val, Value, is_account_id, json};

use super::Resource;

/// An S3 policy, with whether it turns all four settings on or off.
pub(in crate::frontend::terraform) struct S3Policy {
    address: String,
    exists: Guard,
    all: Attr<bool>,
}

/// What a policy is attached to: a root, an organisational unit or an account.
pub(in crate::frontend::terraform) struct Attachment {
    address: String,
    origin: Origin,
    exists: Guard,
    provider: String,
    policy: Attr<SymStr>,
    target: Option<Val>,
}

/// `aws_organizations_policy`; policies of other types concern us not.
pub(super) fn policy(resource: &Resource) -> Option<S3Policy> {
    let kind = resource.node.text("type");
    if kind.as_known().map(String::as_str) != Some("S3_POLICY") {
        return None;
    }
    let content = super::node::typed(resource.node.get("content"), &resource.origin, &all_or_none);
    Some(S3Policy { address: resource.address.clone(), exists: resource.exists.clone(), all: content })
}

/// `aws_organizations_policy_attachment`.
pub(super) fn attachment(resource: &Resource) -> Attachment {
    Attachment {
        address: resource.address.clone(),
        origin: resource.origin.clone(),
        exists: resource.exists.clone(),
        provider: resource.provider.clone(),
        policy: resource.node.symbolic("policy_id"),
        target: resource.node.get("target_id"),
    }
}

fn all_or_none(content: &Val) -> Option<bool> {
    let document = json::decode(&content.as_symstr()?, &content.origin).ok()?;
    let block = document.get("s3_attributes")?.get("public_access_block_configuration")?;
    match block.get("@@assign")?.as_text()?.as_str() {
        "all" => Some(true),
        "none" => Some(false),
        _ => None,
    }
}

/// The accounts that attached S3 policies govern. A root governs the account of its own provider configuration, for that is
/// the organisation's; which accounts an organisational unit holds, the code does not tell.
pub(in crate::frontend::terraform) fn accounts(policies: &[S3Policy], attachments: &[Attachment]) -> Vec<Account> {
    attachments.iter().filter_map(|it| account(policies, it)).collect()
}

fn account(policies: &[S3Policy], attachment: &Attachment) -> Option<Account> {
    let policy_id = attachment.policy.as_known()?;
    let policy = policies.iter().find(|it| entity(policy_id).is_some_and(|entity| entity == it.address))?;
    let target = attachment.target.as_ref()?;
    let literal = target.as_text();
    let is_root = literal.as_deref().is_some_and(|it| it.starts_with("r-"))
        || target.as_symstr().is_some_and(|it| it.symbol().is_some_and(is_root_of_organization));
    let id = literal.filter(|it| is_account_id(it));
    let governed = match (&id, is_root) {
        (Some(id), _) => Attr::known(id.clone(), target.origin.clone()),
        (None, true) => Attr::absent(target.origin.clone()),
        (None, false) => return None,
    };
    Some(Account {
        address: attachment.address.clone(),
        origin: attachment.origin.clone(),
        exists: attachment.exists.and(&policy.exists),
        provider: attachment.provider.clone(),
        level: AccountLevel::Organization,
        account_id: governed,
        public_access_block: settings(&policy.all),
    })
}

fn is_root_of_organization(symbol: &Symbol) -> bool {
    symbol.entity.contains("aws_organizations_organization.") && symbol.attribute.starts_with("roots")
}

fn entity(text: &SymStr) -> Option<String> {
    text.segs().iter().find_map(|it| match it {
        Seg::Hole(hole) => Some(hole.symbol.entity.to_string()),
        Seg::Lit(_) => None,
    })
}

/// All four settings are governed together.
fn settings(all: &Attr<bool>) -> Attr<PublicAccessBlock> {
    let block = |on: Attr<bool>| PublicAccessBlock {
        block_public_acls: on.clone(),
        block_public_policy: on.clone(),
        ignore_public_acls: on.clone(),
        restrict_public_buckets: on,
    };
    match &all.value {
        Value::Absent => Attr::absent(all.origin.clone()),
        _ => Attr::known(block(all.clone()), all.origin.clone()),
    }
}
