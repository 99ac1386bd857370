//! What the provider reads back from a live bucket although nobody wrote it.

use crate::value::{Entry, Kind, List, Map, Val};

/// Arguments without the grant that every bucket's owner has: S3 gives `FULL_CONTROL` to the owner by itself.
///
/// The plan does not say who the owner is; of grants that were read back, the only one that gives a user everything is taken to
/// be the owner's. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#sample-acl>
pub(super) fn without_owner(map: &mut Map) {
    let Some(entry) = map.entries.iter_mut().find(|it| is_grant(it)) else { return };
    let Kind::List(List { items, rest: None }) = &mut entry.value.kind else { return };
    if items.iter().filter(|it| may_be_owner(it)).count() == 1 {
        items.retain(|it| !may_be_owner(it));
    }
    if items.is_empty() {
        map.entries.retain(|it| !is_grant(it));
    }
}

fn is_grant(entry: &Entry) -> bool {
    entry.key.known().is_some_and(|it| it == "grant")
}

fn may_be_owner(grant: &Val) -> bool {
    let text = |name: &str| grant.get(name).and_then(Val::as_text).unwrap_or_default();
    let permissions: Vec<String> = match grant.get("permissions").map(|it| &it.kind) {
        Some(Kind::List(all)) if all.rest.is_none() => all.items.iter().filter_map(Val::as_text).collect(),
        _ => Vec::new(),
    };
    text("type") == "CanonicalUser"
        && text("uri").is_empty()
        && !text("id").is_empty()
        && permissions == ["FULL_CONTROL"]
}
