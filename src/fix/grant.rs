//! Grants of ACLs: a canned ACL becomes `private`, an explicit grant goes. Where the last one goes the ACL becomes `private`: of a
//! bucket without any `grant` and `acl` Terraform leaves the ACL as it is (both are computed), and an `access_control_policy` without
//! a grant is none that S3 takes.

use crate::finding::{Edit, Finding};
use crate::model::{Acl, Format, Grantee};
use crate::source::Span;
use crate::syntax::hcl::Block;
use crate::value::{Attr, Origin};

use super::bucket::{code_file, replaced};
use super::hcl::{Code, Found};
use super::{Draft, Drafted, Planner, remarks};

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
    if is_all_public(acl) {
        let edits = without_any(planner, &code, acl)?;
        return Ok(Draft::new("put the ACL private in the place of the grants", edits));
    }
    Ok(Draft::new("remove the grant", vec![code.remove_block(remarks::with_own(planner, block.span))]))
}

/// Whether nothing is left when the public grants are gone, each by a fix of its own.
fn is_all_public(acl: &Acl) -> bool {
    let public = |it: &Grantee| matches!(it, Grantee::AllUsers | Grantee::AuthenticatedUsers);
    acl.grants_rest.is_none() && acl.grants.iter().all(|it| it.grantee.as_known().is_some_and(public))
}

/// The ACL `private` for all grants of a resource.
fn without_any(planner: &Planner<'_>, code: &Code, acl: &Acl) -> Result<Vec<Edit>, String> {
    let elsewhere = || "the grants are made by expressions, and none would be left: set the ACL private".to_owned();
    let mut spans: Vec<Span> = acl.grants.iter().filter_map(|it| it.origin.span).collect();
    spans.sort();
    spans.dedup();
    let top = spans.first().and_then(|it| code.top_at(*it)).ok_or_else(elsewhere)?;
    for at in &spans {
        super::shared::grant(planner, *at)?;
    }
    let covers =
        |outer: Span, inner: &Span| outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end;
    let is_resource = top.kind == "resource"
        && matches!(top.labels.first().map(String::as_str), Some("aws_s3_bucket" | "aws_s3_bucket_acl"));
    if !is_resource || !spans.iter().all(|it| covers(top.span, it)) || top.body.attribute("acl").is_some() {
        return Err(elsewhere());
    }
    let holder = |it: &&Block| matches!(it.kind.text.as_str(), "grant" | "access_control_policy");
    let gone: Vec<&Block> = top.body.blocks.iter().filter(holder).collect();
    let is_made = |it: &Block| it.kind.text == "dynamic";
    let is_whole = gone.iter().all(|it| !it.body.blocks.iter().any(is_made)) && !top.body.blocks.iter().any(is_made);
    if gone.is_empty() || !is_whole || !spans.iter().all(|at| gone.iter().any(|it| covers(it.span, at))) {
        return Err(elsewhere());
    }
    let top = Found { kind: top.kind.clone(), labels: top.labels.clone(), span: top.span, body: top.body.clone() };
    let mut edits = code
        .insert_arguments(&top, &[("acl", "\"private\"")])
        .ok_or("the resource is laid out in a way that is not edited")?;
    edits.extend(gone.iter().map(|it| code.remove_block(remarks::with_own(planner, it.span))));
    Ok(edits)
}
