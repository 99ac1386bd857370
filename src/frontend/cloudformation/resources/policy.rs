//! Policies that stand in a resource of their own.

use crate::policy::Policy;
use crate::value::Attr;

use super::super::read::Body;

/// The policy of a resource that refers to an access point.
pub(in super::super) fn access_point_policy(body: Body<'_>, key: &str) -> Attr<Policy> {
    document(body, key)
}

/// A policy document in a property; `policy::parse` knows maps, JSON text and choices.
pub(super) fn document(body: Body<'_>, key: &str) -> Attr<Policy> {
    match (body.raw(key), body.rest()) {
        (Some(val), _) => crate::policy::parse(val),
        (None, Some(why)) => Attr::unknown(why.clone(), body.owner.clone()),
        (None, None) => Attr::absent(body.owner.clone()),
    }
}
