//! Policies that stand apart from their access point: they reach it as companions reach their bucket.

use crate::policy::Policy;
use crate::value::{Attr, Guard};

use super::super::{AccessPoint, Feature};
use super::attach::{Candidate, combine};

/// Gives an access point the policies that are certainly about it, each with the guard under which it exists.
pub fn attach_policies(point: &mut AccessPoint, policies: &[(Guard, Attr<Policy>)]) {
    let candidate = |(exists, policy): &(Guard, Attr<Policy>)| Candidate {
        certain: true,
        exists: exists.clone(),
        why: None,
        address: point.address.clone(),
        provider: String::new(),
        origin: policy.origin.clone(),
        feature: Feature::Policy(policy.clone()),
        left: None,
    };
    let all: Vec<Candidate> = policies.iter().map(candidate).collect();
    for (candidate, (_, policy)) in all.iter().zip(policies) {
        combine(&mut point.policy, policy, &point.exists, candidate, &all);
    }
}
