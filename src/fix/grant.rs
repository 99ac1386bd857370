//! Grants of ACLs: a canned ACL becomes `private`, an explicit grant goes.

use crate::finding::Finding;
use crate::model::{Acl, Format};
use crate::source::Span;
use crate::value::{Attr, Origin};

use super::bucket::{code_file, replaced};
use super::{Draft, Drafted, Planner};

pub(super) fn remove(planner: &Planner<'_>, finding: &Finding) -> Drafted {
    let at = finding.at.ok_or("it has no place in the code")?;
    let because = Some("whoever gets in by the ACL gets in no more".to_owned());
    if let Some((bucket, _)) = planner.bucket(finding) {
        let private = if bucket.format == Format::CloudFormation { "Private" } else { "private" };
        return from(planner, &bucket.acl, at, private).map(|it| it.because(because));
    }
    let mut objects = planner.estate.objects.iter();
    let object = objects
        .find(|it| it.address == finding.address && it.namespace == finding.namespace)
        .ok_or("what it is about is not in this code")?;
    from(planner, &object.acl, at, "private").map(|it| it.because(because))
}

fn from(planner: &Planner<'_>, acl: &Attr<Acl>, at: Span, private: &str) -> Drafted {
    let acl = acl.as_known().ok_or("the ACL is not decided")?;
    if acl.canned.as_known().is_some() {
        return replaced(planner, &acl.canned.origin, private, private, &format!("set the ACL to {private}"));
    }
    let origins: Vec<&Origin> = acl.grants.iter().map(|it| &it.origin).collect();
    let own = origins.iter().find(|it| it.span == Some(at)).or_else(|| origins.first());
    let at = own.and_then(|it| it.span).ok_or("the grant has no place in the code")?;
    super::shared::grant(planner, at)?;
    code_file(planner, at)?;
    let code = planner.code(at.file);
    let block = code.block_at(at).filter(|it| it.kind == "grant").ok_or("the grant is made by an expression")?;
    Ok(Draft::new("remove the grant", vec![code.remove_block(block.span)]))
}
