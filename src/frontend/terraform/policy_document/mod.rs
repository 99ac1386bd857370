//! What the data source `aws_iam_policy_document` makes of its arguments: the provider's merging and normalising, over
//! values that are partly known. Nothing is dropped: what is not known stays, as an unknown part.
//! <https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/d/iam_policy_document.html.markdown>

mod merge;
mod refusal;
mod statement;

use crate::value::{Entry, Guard, Kind, List, Map, Origin, SymStr, Val, Why};

use merge::Document;
pub use refusal::refusals;

/// The arguments of the data source. `None` is an argument that is not written, or null.
#[derive(Clone, Debug, Default)]
pub struct PolicyDocumentArgs {
    /// The data block.
    pub origin: Origin,
    /// `version`.
    pub version: Option<Val>,
    /// `policy_id`.
    pub policy_id: Option<Val>,
    /// `source_policy_documents`: merged before the own statements.
    pub source_policy_documents: Option<Val>,
    /// `override_policy_documents`: merged after the own statements.
    pub override_policy_documents: Option<Val>,
    /// `source_json`, up to version 4 of the provider.
    pub source_json: Option<Val>,
    /// `override_json`, up to version 4 of the provider.
    pub override_json: Option<Val>,
    /// The `statement` blocks.
    pub statements: Vec<StatementArgs>,
    /// Why there may be more statements.
    pub rest: Option<Why>,
}

/// One `statement` block.
#[derive(Clone, Debug, Default)]
pub struct StatementArgs {
    /// The block.
    pub origin: Origin,
    /// When the block is there.
    pub exists: Guard,
    /// `sid`.
    pub sid: Option<Val>,
    /// `effect`.
    pub effect: Option<Val>,
    /// `actions`.
    pub actions: Option<Val>,
    /// `not_actions`.
    pub not_actions: Option<Val>,
    /// `resources`.
    pub resources: Option<Val>,
    /// `not_resources`.
    pub not_resources: Option<Val>,
    /// `principals` blocks.
    pub principals: Blocks<PrincipalArgs>,
    /// `not_principals` blocks.
    pub not_principals: Blocks<PrincipalArgs>,
    /// `condition` blocks.
    pub conditions: Blocks<ConditionArgs>,
}

/// Blocks of one kind.
#[derive(Clone, Debug)]
pub struct Blocks<T> {
    /// Those that are there.
    pub known: Vec<T>,
    /// Why there may be more.
    pub rest: Option<Why>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { known: Vec::new(), rest: None }
    }
}

/// A `principals` or `not_principals` block.
#[derive(Clone, Debug, Default)]
pub struct PrincipalArgs {
    /// The block.
    pub origin: Origin,
    /// `type`.
    pub kind: Option<Val>,
    /// `identifiers`.
    pub identifiers: Option<Val>,
}

/// A `condition` block.
#[derive(Clone, Debug, Default)]
pub struct ConditionArgs {
    /// The block.
    pub origin: Origin,
    /// `test`.
    pub test: Option<Val>,
    /// `variable`.
    pub variable: Option<Val>,
    /// `values`.
    pub values: Option<Val>,
}

/// The attribute `json`: a [`Kind::Json`] of the policy, its statements placed at their blocks or in the merged documents.
#[must_use]
pub fn document(args: &PolicyDocumentArgs) -> Val {
    let mut merged = Document::default();
    for source in sources(args.source_json.as_ref(), args.source_policy_documents.as_ref()) {
        merged.source(&source);
    }
    merged.own(args);
    for over in sources(args.override_json.as_ref(), args.override_policy_documents.as_ref()) {
        merged.overlay(&over);
    }
    let mut entries = vec![entry("Version", merged.version(&args.origin))];
    entries.extend(merged.id.take().map(|it| entry("Id", it)));
    let list = List { items: merged.statements.into_iter().map(|it| it.value).collect(), rest: merged.rest };
    entries.push(entry("Statement", Val::new(Kind::List(list), args.origin.clone())));
    let tree = Val::new(Kind::Map(Map { entries, rest: None }), args.origin.clone());
    Val::new(Kind::Json(Box::new(tree)), args.origin.clone())
}

/// The documents of an argument in order; of a list that is not known, one that is not known.
fn sources(single: Option<&Val>, many: Option<&Val>) -> Vec<Val> {
    let mut all: Vec<Val> = single.cloned().into_iter().collect();
    match many {
        None => (),
        Some(Val { kind: Kind::List(list), origin, .. }) => {
            all.extend(list.items.iter().cloned());
            if let Some(why) = &list.rest {
                let symbol = crate::value::Symbol::new(why.subject(), "");
                all.push(Val::unknown(symbol, crate::value::Class::Any, why.clone(), origin.clone()));
            }
        }
        Some(other) => all.push(other.clone()),
    }
    all
}

fn entry(key: &str, value: Val) -> Entry {
    Entry { key: SymStr::text(key), key_origin: value.origin.clone(), value }
}

#[cfg(test)]
mod tests;
