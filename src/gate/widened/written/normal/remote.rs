//! What other code gives: calls of modules that are not here, and states. What decides which things their outputs name.

use std::rc::Rc;

use crate::frontend::terraform::contracts;
use crate::syntax::hcl::{Body, Expr, ExprKind, ObjectItem};

use super::super::identity::META;
use super::super::modules::Place;
use super::{Normal, Scope, short};

/// Arguments of modules whose resources are known here that say how a thing is, and not which it is.
const BESIDE: [&str; 43] = [
    "architectures",
    "artifacts_dir",
    "build_in_docker",
    "cloudwatch_logs_retention_in_days",
    "create_package",
    "custom_role_policy_arns",
    "dead_letter_target_arn",
    "enable_dns_hostnames",
    "enable_dns_support",
    "enable_flow_log",
    "environment_variables",
    "ephemeral_storage_size",
    "file_system_arn",
    "handler",
    "ignore_source_code_hash",
    "image_uri",
    "layers",
    "local_existing_package",
    "max_session_duration",
    "memory_size",
    "message_retention_seconds",
    "package_type",
    "policies",
    "policy_json",
    "policy_statements",
    "publish",
    "reserved_concurrent_executions",
    "role_requires_mfa",
    "runtime",
    "s3_bucket",
    "s3_existing_package",
    "s3_prefix",
    "snap_start",
    "source",
    "source_path",
    "store_on_s3",
    "timeout",
    "tracing_mode",
    "trusted_role_arns",
    "version",
    "visibility_timeout_seconds",
    "vpc_security_group_ids",
    "vpc_subnet_ids",
];

/// How more of them start.
const BEFORE: [&str; 2] = ["attach_", "flow_log_"];

/// The data source that reads the outputs of another state.
pub(in super::super) const STATE: &str = "terraform_remote_state";

/// Keys of a state's configuration that say how it is kept, and not which it is.
/// <https://developer.hashicorp.com/terraform/language/backend/s3>
const KEPT: [&str; 10] = [
    "acl",
    "dynamodb_table",
    "encrypt",
    "kms_key_id",
    "max_retries",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "use_lockfile",
];

/// The same of any module.
fn is_beside(name: &str) -> bool {
    ["tags", "description"].iter().any(|it| name == *it || name.ends_with(&format!("_{it}")))
}

impl Normal<'_, '_> {
    /// What a data source says that reads a state.
    pub fn state(&self, scope: &Scope, body: &Body) -> String {
        let attributes = body.attributes.iter().filter(|it| it.name.text != "depends_on");
        let mut all: Vec<String> =
            attributes.map(|it| format!("{}={}", it.name.text, self.asked(scope, &it.name.text, &it.value))).collect();
        all.extend(body.blocks.iter().map(|it| self.block(scope, it)));
        all.sort();
        short(format!("{{{}}}", all.join(" ")))
    }

    /// What an argument of such a one says of which state it is.
    pub fn asked(&self, scope: &Scope, name: &str, it: &Expr) -> String {
        let is_which = |it: &&ObjectItem| it.key.name().is_none_or(|it| !KEPT.contains(&it));
        match &it.kind {
            ExprKind::Object(items) if name == "config" => {
                self.object(scope, &items.iter().filter(is_which).cloned().collect::<Vec<_>>(), &[])
            }
            _ => self.value(scope, it, &[]),
        }
    }

    /// What a call says of which things the module gives, or one instance of it.
    pub fn remote(&self, place: &Rc<Place>, body: &Body, key: Option<&String>) -> String {
        let scope = Scope::within(place, body).with_key(key);
        let text = |name: &str| {
            let text = self.modules.plain(body.attribute(name)?.value.span, &[]);
            Some(text.trim_matches('"').to_owned())
        };
        let known = text("source").and_then(|it| contracts::known(&it, text("version").as_deref()));
        let decides = |name: &str| {
            let is_known = known.is_some() && (BESIDE.contains(&name) || BEFORE.iter().any(|it| name.starts_with(it)));
            !META.contains(&name) && !is_beside(name) && !is_known
        };
        let attributes = body.attributes.iter().filter(|it| decides(&it.name.text));
        let mut all: Vec<String> =
            attributes.map(|it| format!("{}={}", it.name.text, self.value(&scope, &it.value, &[]))).collect();
        all.extend(body.blocks.iter().map(|it| self.block(&scope, it)));
        all.extend(known);
        all.sort();
        short(format!("{{{}}}", all.join(" ")))
    }
}
