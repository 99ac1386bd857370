//! Principals: their form, and ids of users and roles that are gone.

use crate::value::{Truth, is_account_id};

use super::super::principal::is_unique_id;
use super::super::{NoteKind, Principal, PrincipalKind, Statement};
use super::Notes;

pub(super) fn check(statement: &Statement, notes: &mut Notes<'_>) {
    let principals = &statement.principals;
    if principals.present && principals.items.is_empty() && principals.rest.is_none() {
        notes.add(
            NoteKind::RedundantEmpty,
            "the principal is empty: the statement applies to no one",
            &principals.origin,
        );
    }
    for (at, it) in principals.items.iter().enumerate() {
        let same = |other: &Principal| other.kind == it.kind && other.text.display() == it.text.display();
        if principals.items.iter().take(at).any(same) {
            notes.add(
                NoteKind::RedundantEmpty,
                format!("the principal `{}` stands twice", it.text.display()),
                &it.origin,
            );
        }
        let Some(text) = it.text.known() else { continue };
        if it.kind == PrincipalKind::Aws && is_unique_id(&text) {
            let message = format!("`{text}` is the id of a user or role that no longer exists: remove it");
            notes.add(NoteKind::OrphanPrincipalId, message, &it.origin);
        } else if let Some(message) = malformed(it, &text) {
            notes.add(NoteKind::PrincipalFormat, message, &it.origin);
        }
    }
}

fn malformed(principal: &Principal, text: &str) -> Option<String> {
    match principal.kind {
        PrincipalKind::Anyone | PrincipalKind::Other => None,
        PrincipalKind::Service => {
            let dotted = text.ends_with(".amazonaws.com")
                || text.ends_with(".amazonaws.com.cn")
                || text.ends_with(".aws.internal");
            (!dotted).then(|| format!("`{text}` is not a service principal: they look like `logging.s3.amazonaws.com`"))
        }
        PrincipalKind::Federated => None,
        PrincipalKind::CanonicalUser => {
            let hex = text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
            (!hex).then(|| format!("`{text}` is not a canonical user id: 64 hexadecimal digits"))
        }
        PrincipalKind::Aws => aws(principal, text),
    }
}

fn aws(principal: &Principal, text: &str) -> Option<String> {
    if principal.text.has_wildcard() == Truth::Yes {
        return Some(format!(
            "`{text}`: a principal cannot have a wildcard in it: name each one, or use `aws:PrincipalArn`"
        ));
    }
    if is_account_id(text) {
        return None;
    }
    let Some(rest) = text.strip_prefix("arn:") else {
        let right = "twelve digits, or `arn:aws:iam::account:role/name`";
        return Some(format!("`{text}` is not a principal: {right}"));
    };
    let fields: Vec<&str> = rest.splitn(5, ':').collect();
    let [partition, service, region, account, resource] = fields.as_slice() else {
        return Some(format!("`{text}` is not an ARN: write `arn:aws:iam::account:role/name`"));
    };
    if !partition.starts_with("aws") {
        return Some(format!("`{partition}` is not a partition: write `aws`"));
    }
    if !matches!(*service, "iam" | "sts") || !region.is_empty() {
        return Some(format!("`{text}` is not the ARN of a principal: they start with `arn:{partition}:iam::`"));
    }
    // CloudFront's origin access identities and a few services stand under a name in place of an account.
    if !is_account_id(account) && *account != "cloudfront" && *account != "aws" {
        return Some(format!("`{account}` is not an account id: twelve digits"));
    }
    let known = ["user/", "role/", "assumed-role/", "federated-user/"];
    if resource.starts_with("group/") {
        return Some(format!("`{text}` is a group: groups cannot be principals"));
    }
    let fits = *resource == "root" || known.iter().any(|it| resource.starts_with(it) && it.len() < resource.len());
    (!fits).then(|| format!("`{resource}` is not a principal of an account: `root`, `user/name` or `role/name`"))
}
