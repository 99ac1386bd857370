//! Calls of modules that are not here: what decides which things their outputs name.

use std::rc::Rc;

use crate::frontend::terraform::contracts;
use crate::syntax::hcl::Body;

use super::super::identity::META;
use super::super::modules::Place;
use super::{Normal, Scope, short};

/// Arguments of modules whose resources are known here that say how a thing is, and not which it is.
const BESIDE: [&str; 22] = [
    "architectures",
    "cloudwatch_logs_retention_in_days",
    "custom_role_policy_arns",
    "environment_variables",
    "ephemeral_storage_size",
    "handler",
    "layers",
    "max_session_duration",
    "memory_size",
    "message_retention_seconds",
    "policies",
    "policy_json",
    "policy_statements",
    "publish",
    "role_requires_mfa",
    "runtime",
    "source",
    "source_path",
    "timeout",
    "trusted_role_arns",
    "version",
    "visibility_timeout_seconds",
];

/// The same of any module.
fn is_beside(name: &str) -> bool {
    ["tags", "description"].iter().any(|it| name == *it || name.ends_with(&format!("_{it}")))
}

impl Normal<'_, '_> {
    /// What a call says of which things the module gives.
    pub fn remote(&self, place: &Rc<Place>, body: &Body) -> String {
        let scope = Scope::within(place, body);
        let text = |name: &str| {
            let text = self.modules.plain(body.attribute(name)?.value.span, &[]);
            Some(text.trim_matches('"').to_owned())
        };
        let known = text("source").and_then(|it| contracts::known(&it, text("version").as_deref()));
        let decides = |name: &str| {
            let is_known = known.is_some() && (BESIDE.contains(&name) || name.starts_with("attach_"));
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
