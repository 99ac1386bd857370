//! CloudFormation within Terraform: templates and resources that are not read, and what they may say of buckets.

use crate::model::Gap;
use crate::syntax::hcl::ExprKind;
use crate::value::{Cause, Kind, Val, Why};

use super::Resource;
use super::node::Node;

/// Resources that have CloudFormation in them.
pub(super) fn is_embedding(kind: &str) -> bool {
    matches!(kind, "aws_cloudformation_stack" | "aws_cloudformation_stack_set" | "aws_cloudcontrolapi_resource")
}

/// What is not judged of such a resource; `None` where nothing in it is about S3.
pub(super) fn gap(resource: &Resource) -> Option<Gap> {
    match resource.kind.as_str() {
        "aws_cloudcontrolapi_resource" => of_cloud_control(resource),
        _ => of_stack(resource),
    }
}

fn of_stack(resource: &Resource) -> Option<Gap> {
    let node = &resource.node;
    let Some(body) = node.get("template_body") else {
        node.get("template_url")?;
        let why = Why::new(Cause::RemoteModule, resource.address.clone(), resource.origin.span);
        let message = format!("the template of {} is not here: its buckets are not judged", resource.address);
        return Some(of(resource, Some(why), message, "check the template itself"));
    };
    let why = unknown(&body);
    if why.is_none() && !mentions(&body, "AWS::S3") {
        return None;
    }
    if why.is_some() || !is_file(node) {
        let message = format!("the template in {} is not read: its buckets are not judged", resource.address);
        let help = "put the template in a file without interpolations: as a template of its own it is judged";
        return Some(of(resource, why, message, help));
    }
    // A file is judged as a template by itself.
    let parameters = node.get("parameters")?;
    let is_empty = matches!(&parameters.kind, Kind::Map(map) if map.entries.is_empty() && map.rest.is_none());
    let message = format!(
        "the parameters that {} gives its template are not read: the file is judged with their defaults",
        resource.address
    );
    let help =
        "give them to the template too: `cloudformation: { templates: … }` in the configuration, or --param-file";
    (!is_empty).then(|| of(resource, None, message, help))
}

fn of_cloud_control(resource: &Resource) -> Option<Gap> {
    let kind = resource.node.get("type_name")?;
    let why = kind.why();
    if why.is_none() && !mentions(&kind, "AWS::S3") {
        return None;
    }
    let message = format!("{} is not judged: resources of Cloud Control are not read", resource.address);
    Some(of(resource, why, message, "use the resource of the provider awscc or aws, which is read"))
}

fn of(resource: &Resource, why: Option<Why>, message: String, help: &str) -> Gap {
    let why = why.unwrap_or_else(|| Why::new(Cause::Unsupported, resource.address.clone(), resource.origin.span));
    Gap { why, origin: resource.origin.clone(), message, help: Some(help.to_owned()) }
}

/// Why it is not known which types of resources a template has, where it is not.
fn unknown(template: &Val) -> Option<Why> {
    match &template.kind {
        Kind::Json(inner) => unknown(inner),
        Kind::String(text) => text.symbol().and(text.why()).cloned(),
        Kind::Choice(all) => all.iter().find_map(|it| unknown(&it.value)),
        Kind::Unknown(hole) => Some(hole.why.clone()),
        Kind::Map(map) => map.rest.clone().or_else(|| of_resources(map.get("Resources")?)),
        _ => None,
    }
}

fn of_resources(resources: &Val) -> Option<Why> {
    let Kind::Map(map) = &resources.kind else { return resources.why() };
    let of_one = |it: &Val| match &it.kind {
        Kind::Map(one) => one.rest.clone().or_else(|| one.get("Type")?.why()),
        _ => it.why(),
    };
    map.rest.clone().or_else(|| map.entries.iter().find_map(|it| of_one(&it.value)))
}

/// Whether the template is what one file holds.
fn is_file(node: &Node) -> bool {
    let Node::Block { body, .. } = node else { return false };
    let written = body.attribute("template_body").map(|it| &it.value.kind);
    matches!(written, Some(ExprKind::Call { name, .. }) if name.text == "file")
}

/// Whether a text or what it is the text of speaks of something.
fn mentions(value: &Val, what: &str) -> bool {
    match &value.kind {
        Kind::Json(inner) => mentions(inner, what),
        Kind::List(list) => list.items.iter().any(|it| mentions(it, what)),
        Kind::Map(map) => map.entries.iter().any(|it| it.key.display().contains(what) || mentions(&it.value, what)),
        Kind::Choice(all) => all.iter().any(|it| mentions(&it.value, what)),
        Kind::String(text) => text.display().contains(what),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_) => false,
    }
}
