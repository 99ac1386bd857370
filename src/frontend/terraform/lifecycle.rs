//! `lifecycle` in override files: they replace it argument by argument, where they replace other nested blocks whole.
//!
//! <https://developer.hashicorp.com/terraform/language/files/override#merging-resource-and-data-blocks>

use crate::syntax::hcl::{Attribute, Body, Expr, ExprKind, Name, ObjectItem, ObjectKey};

pub(super) const LIFECYCLE: &str = "lifecycle";
const IGNORED: &str = "ignore_changes";

/// Adds to what an override says the arguments that ours has and it has not.
pub(super) fn keep(ours: &Body, theirs: &mut Body) {
    let ours = arguments(ours);
    for it in theirs.blocks.iter_mut().filter(|it| it.kind.text == LIFECYCLE) {
        let own = &mut it.body.attributes;
        own.retain(|it| says(&it.name.text, &it.value));
        let missing = ours.iter().filter(|it| !own.iter().any(|own| own.name.text == it.name.text));
        let missing: Vec<Attribute> = missing.cloned().collect();
        own.extend(missing);
    }
    let written = theirs.attributes.iter_mut().find(|it| it.name.text == LIFECYCLE).map(|it| &mut it.value);
    let object = match written {
        Some(Expr { kind: ExprKind::List(all), .. }) => all.first_mut(),
        it => it,
    };
    if let Some(Expr { kind: ExprKind::Object(own), .. }) = object {
        own.retain(|it| says(it.key.name().unwrap_or_default(), &it.value));
        let missing = ours.iter().filter(|it| !own.iter().any(|own| own.key.name() == Some(&it.name.text)));
        let item = |it: &Attribute| ObjectItem {
            key: ObjectKey::Name(it.name.text.clone()),
            key_span: it.name.span,
            value: it.value.clone(),
        };
        let missing: Vec<ObjectItem> = missing.map(item).collect();
        own.extend(missing);
    }
}

/// Whether an argument replaces anything: an empty `ignore_changes` does not.
fn says(name: &str, value: &Expr) -> bool {
    name != IGNORED || !matches!(&value.kind, ExprKind::List(items) if items.is_empty())
}

/// The arguments of `lifecycle`, which JSON writes as an object, or a list of them.
fn arguments(body: &Body) -> Vec<Attribute> {
    let blocks = body.blocks.iter().filter(|it| it.kind.text == LIFECYCLE);
    let mut out: Vec<Attribute> = blocks.flat_map(|it| it.body.attributes.iter().cloned()).collect();
    let objects = body.attribute(LIFECYCLE).map(|it| match &it.value.kind {
        ExprKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&it.value),
    });
    for it in objects.into_iter().flatten() {
        let ExprKind::Object(items) = &it.kind else { continue };
        out.extend(items.iter().filter_map(|it| {
            let name = Name { text: it.key.name()?.to_owned(), span: it.key_span };
            Some(Attribute { name, value: it.value.clone(), span: it.key_span })
        }));
    }
    out
}
