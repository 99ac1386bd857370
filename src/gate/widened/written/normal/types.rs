//! What the type of a variable gives where the value does not: the defaults of `optional`.

use crate::syntax::hcl::{Expr, ExprKind, ObjectItem, ObjectKey};

use super::{Normal, Scope, Step, suffix};

impl Normal<'_, '_> {
    /// The defaults that a type has for what is looked up, each with where it stands.
    pub(super) fn defaults(&self, scope: &Scope, of: &Expr, path: &[Step]) -> Vec<String> {
        let ExprKind::Call { name, args, .. } = &of.kind else { return Vec::new() };
        match (name.text.as_str(), args.as_slice()) {
            ("optional", [of, rest @ ..]) => {
                let mut all = self.defaults(scope, of, path);
                all.extend(rest.iter().map(|it| format!("else {}", self.value(scope, it, path))));
                all
            }
            ("object", [Expr { kind: ExprKind::Object(items), .. }]) => {
                let is_it = |it: &&ObjectItem| match path.first() {
                    Some(Step::Key(own)) => key(it).is_none_or(|it| it == own),
                    _ => true,
                };
                let rest = path.get(1..).unwrap_or_default();
                let of = |it: &ObjectItem| {
                    let own = suffix(&[Step::Key(key(it).unwrap_or_default().to_owned())]);
                    self.defaults(scope, &it.value, rest).into_iter().map(move |it| format!("{own} {it}"))
                };
                items.iter().filter(is_it).flat_map(of).collect()
            }
            ("map" | "list" | "set", [of]) => self.defaults(scope, of, path.get(1..).unwrap_or_default()),
            ("tuple", [Expr { kind: ExprKind::List(items), .. }]) => {
                items.iter().flat_map(|it| self.defaults(scope, it, &[])).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn key(it: &ObjectItem) -> Option<&str> {
    match &it.key {
        ObjectKey::Name(it) => Some(it),
        ObjectKey::Expr(_) => None,
    }
}
