//! Functions whose result is not computed here: it is known to exist, and why its text is not.

use crate::source::Span;
use crate::value::{Cause, Class, Entry, Kind, Map, Origin, SymStr, Symbol, Truth, Val, Why, ops};

use super::Host;
use super::argument::{Call, Outcome, Stop, canonical};

/// Digests and the like: never empty, never a wildcard, the same for the same text.
pub(super) fn hash(cx: &Call) -> Outcome {
    let why = cx.args.iter().find_map(Val::why);
    let why = why.unwrap_or_else(|| Why::new(Cause::Unsupported, canonical(cx), Some(cx.at)));
    Err(Stop::Open { why, class: Class::Identifier })
}

/// Another result in every run: two calls are never known to be equal.
pub(super) fn impure(cx: &Call) -> Outcome {
    let why = Why::new(Cause::Impure, format!("{}()", cx.name), Some(cx.at));
    let symbol = Symbol::new(format!("{}{}", cx.name, cx.host.place(cx.at)), "");
    Ok(Val::unknown(symbol, Class::Identifier, why, Origin::at(cx.at)))
}

/// A function of a provider. The AWS provider's ARN functions are computed.
pub(super) fn provider(name: &str, args: &[Val], at: Span, host: &dyn Host) -> Val {
    let origin = Origin::at(at);
    let known = match name {
        "provider::aws::arn_parse" => arn_parse(args, &origin),
        "provider::aws::arn_build" => arn_build(args),
        _ => None,
    };
    if let Some(kind) = known {
        return Val::new(kind, origin);
    }
    let why = args.iter().find_map(Val::why);
    let why = why.unwrap_or_else(|| Why::new(Cause::Unsupported, format!("the function {name}"), Some(at)));
    Val::unknown(Symbol::new(format!("{name}{}", host.place(at)), ""), Class::Any, why, origin)
}

const PARTS: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/functions/arn_parse.html.markdown>
fn arn_parse(args: &[Val], origin: &Origin) -> Option<Kind> {
    let [arn] = args else { return None };
    let (items, complete) = ops::split(&ops::to_string(arn)?, ":");
    let (head, resource) = items.split_at_checked(5)?;
    if !complete || resource.is_empty() || head.first()?.equals("arn") != Truth::Yes {
        return None;
    }
    let resource = ops::join(&SymStr::text(":"), resource);
    let parts = head.iter().skip(1).cloned().chain([resource]);
    let entry = |(key, value): (&str, SymStr)| Entry {
        key: SymStr::text(key),
        key_origin: origin.clone(),
        value: Val::new(Kind::String(value), origin.clone()),
    };
    Some(Kind::Map(Map { entries: PARTS.into_iter().zip(parts).map(entry).collect(), rest: None }))
}

/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/functions/arn_build.html.markdown>
fn arn_build(args: &[Val]) -> Option<Kind> {
    if args.len() != PARTS.len() {
        return None;
    }
    let parts: Option<Vec<SymStr>> =
        [Some(SymStr::text("arn"))].into_iter().chain(args.iter().map(ops::to_string)).collect();
    Some(Kind::String(ops::join(&SymStr::text(":"), &parts?)))
}
