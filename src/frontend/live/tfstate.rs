//! Terraform's state file (`terraform.tfstate`, version 4) → the JSON of `terraform show -json`, which the Terraform frontend
//! reads. A state file is no stable interface; version 4 has been written since Terraform 0.12.

use serde_json::{Value as Json, json};

/// Whether a document is a state file.
#[must_use]
pub fn is_tfstate(document: &Json) -> bool {
    document.get("terraform_version").is_some()
        && document.get("lineage").is_some()
        && document.get("resources").is_some_and(Json::is_array)
}

/// The attributes of an instance but for those that Terraform marks as sensitive: they are left unknown, and never shown.
fn open_attributes(instance: &Json) -> (Json, Json) {
    let mut attributes = instance.get("attributes").cloned().unwrap_or_default();
    let mut mask = serde_json::Map::new();
    let paths = instance.get("sensitive_attributes").and_then(Json::as_array);
    for path in paths.into_iter().flatten() {
        let first = path.get(0).and_then(|it| it.get("value")).and_then(Json::as_str);
        if let (Some(name), Some(map)) = (first, attributes.as_object_mut()) {
            map.shift_remove(name);
            mask.insert(name.to_owned(), true.into());
        }
    }
    (attributes, mask.into())
}

/// The state as `terraform show -json` has it.
///
/// # Errors
/// A sentence, where the version is not 4.
pub fn as_shown(document: &Json) -> Result<Json, String> {
    let version = document.get("version").and_then(Json::as_i64);
    if version != Some(4) {
        let found = version.map_or_else(|| "none".to_owned(), |it| it.to_string());
        return Err(format!(
            "version {found} of Terraform's state file is not known, 4 was expected: \
             write it with `terraform show -json`"
        ));
    }
    let mut out = Vec::new();
    let resources = document.get("resources").and_then(Json::as_array);
    for resource in resources.into_iter().flatten() {
        let text = |key: &str| resource.get(key).and_then(Json::as_str).unwrap_or_default();
        let (kind, name, mode) = (text("type"), text("name"), text("mode"));
        let module = text("module");
        let prefix = if module.is_empty() { String::new() } else { format!("{module}.") };
        let data = if mode == "data" { "data." } else { "" };
        let instances = resource.get("instances").and_then(Json::as_array);
        // What a replacement left behind, to be destroyed: another instance stands for the resource.
        let is_current = |it: &&Json| it.get("deposed").is_none_or(Json::is_null);
        for instance in instances.into_iter().flatten().filter(is_current) {
            let index = instance.get("index_key");
            let key = index.map(|it| format!("[{it}]")).unwrap_or_default();
            let (attributes, sensitive) = open_attributes(instance);
            let mut one = json!({
                "address": format!("{prefix}{data}{kind}.{name}{key}"),
                "mode": mode,
                "type": kind,
                "name": name,
                "values": attributes,
                "sensitive_values": sensitive,
            });
            if let (Some(index), Some(object)) = (index, one.as_object_mut()) {
                object.insert("index".to_owned(), index.clone());
            }
            out.push(one);
        }
    }
    Ok(json!({ "format_version": "1.0", "values": { "root_module": { "resources": out } } }))
}

/// Leaves the ACL that S3 answered with where a state has the canned one too, which is what somebody asked for once: the provider reads
/// `access_control_policy` from `GetBucketAcl`, and keeps `acl` as it was written.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_acl>
pub fn settle_acls(module: &mut Json) {
    let Some(module) = module.as_object_mut() else { return };
    for resource in module.get_mut("resources").and_then(Json::as_array_mut).into_iter().flatten() {
        let is_acl = resource.get("type").and_then(Json::as_str) == Some("aws_s3_bucket_acl");
        let Some(values) = resource.get_mut("values").and_then(Json::as_object_mut).filter(|_| is_acl) else {
            continue;
        };
        let policies = values.get("access_control_policy").and_then(Json::as_array);
        if policies.is_some_and(|it| !it.is_empty()) {
            values.shift_remove("acl");
        }
    }
    for child in module.get_mut("child_modules").and_then(Json::as_array_mut).into_iter().flatten() {
        settle_acls(child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deposed_instances_are_no_resources() {
        let state = json!({
            "version": 4, "terraform_version": "1.9.8", "lineage": "x",
            "resources": [{ "mode": "managed", "type": "aws_s3_bucket_policy", "name": "b", "instances": [
                { "attributes": { "bucket": "data", "policy": "new" } },
                { "deposed": "00000001", "attributes": { "bucket": "data", "policy": "old" } },
            ] }],
        });
        let shown = as_shown(&state).unwrap().to_string();
        assert!(shown.contains("\"new\"") && !shown.contains("\"old\""), "{shown}");
    }

    #[test]
    fn sensitive_attributes_are_left_out() {
        let state = json!({
            "version": 4, "terraform_version": "1.9.8", "lineage": "x",
            "resources": [{ "mode": "managed", "type": "aws_s3_bucket_policy", "name": "b", "module": "module.m", "instances": [{
                "index_key": "x",
                "attributes": { "bucket": "data", "policy": "secret" },
                "sensitive_attributes": [[{ "type": "get_attr", "value": "policy" }]],
            }] }],
        });
        assert!(is_tfstate(&state));
        let shown = as_shown(&state).unwrap().to_string();
        assert!(shown.contains("module.m.aws_s3_bucket_policy.b[\\\"x\\\"]") && !shown.contains("secret"), "{shown}");
        assert!(as_shown(&json!({ "version": 3 })).unwrap_err().contains("4 was expected"));
    }
}
