//! Calls of functions: some say no more than their argument.

use crate::syntax::hcl::{Expr, ExprKind, ForExpr, TraversalOp};

use super::{ABSENT, Normal, Scope, Step, bare, quoted, set, suffix};

/// Functions whose list has what is in their arguments, in some order and once or more.
const SETS: [&str; 7] = ["concat", "distinct", "flatten", "setunion", "sort", "tolist", "toset"];

impl Normal<'_, '_> {
    pub(super) fn call(&self, scope: &Scope, name: &str, args: &[Expr], path: &[Step]) -> String {
        let plain = scope.clone().with_set(false);
        let keys = path.first() == Some(&Step::Keys);
        // Items of a set are their own keys.
        if let ("toset", [_], [Step::Key(own)]) = (name, args, path) {
            return quoted(own);
        }
        // In a policy a list is a set.
        if let (true, [], true) = (scope.is_set, path, SETS.contains(&name)) {
            return set(&args.iter().map(|it| self.value(scope, it, &[])).collect::<Vec<_>>());
        }
        match (name, args) {
            ("sensitive" | "nonsensitive" | "tomap" | "tostring" | "tobool", [it]) => self.value(scope, it, path),
            ("toset", [it]) if keys => self.value(scope, it, path),
            // Each of them, whatever its key.
            ("values", [it]) if path.first() == Some(&Step::Any("*".to_owned())) => self.value(scope, it, path),
            ("compact", [it]) if scope.is_set && path.is_empty() => format!("compact({})", self.value(scope, it, &[])),
            ("jsonencode", [it]) if path.is_empty() => format!("json({})", self.value(scope, it, &[])),
            // Without a default it is what brackets are.
            ("lookup", [map, key]) => self.value(scope, map, &[&[self.index(&plain, key)], path].concat()),
            ("lookup", [map, key, rest @ ..]) => {
                let found = self.value(scope, map, &[&[self.index(&plain, key)], path].concat());
                let rest: Vec<String> = rest.iter().map(|it| self.value(scope, it, path)).collect();
                format!("lookup({found} {})", rest.join(" "))
            }
            ("merge", all) if !path.is_empty() && !keys => self.merged(scope, all, path),
            ("concat", all) if path.is_empty() => {
                let is_empty = |it: &&Expr| matches!(&it.kind, ExprKind::List(items) if items.is_empty());
                let all: Vec<String> =
                    all.iter().filter(|it| !is_empty(it)).map(|it| self.value(scope, it, &[])).collect();
                match all.as_slice() {
                    [only] => only.clone(),
                    _ => format!("concat({})", all.join(" ")),
                }
            }
            ("read_terragrunt_config", [file, ..]) if scope.unit.is_some() => {
                let plain = || format!("{name}({}){}", self.value(&plain, file, &[]), suffix(path));
                self.read_unit(scope, file, path).unwrap_or_else(plain)
            }
            ("try" | "coalesce", all) => {
                let all: Vec<String> = all.iter().map(|it| self.value(&plain, it, path)).collect();
                format!("{name}({})", all.join(" "))
            }
            ("yamldecode" | "jsondecode", [it]) => match self.decoded(&plain, it, path) {
                Some(found) => found,
                None => format!("{name}({}){}", self.value(&plain, it, &[]), suffix(path)),
            },
            _ => {
                if let Some(found) = self.of_files(&plain, name, args) {
                    return found + &suffix(path);
                }
                let all: Vec<String> = args.iter().map(|it| self.value(&plain, it, &[])).collect();
                format!("{name}({}){}", all.join(" "), suffix(path))
            }
        }
    }

    /// What is looked up in several maps: the last that has it gives it.
    fn merged(&self, scope: &Scope, all: &[Expr], path: &[Step]) -> String {
        let mut found: Vec<String> = Vec::new();
        for it in all {
            let own = self.value(scope, it, path);
            let is_there = matches!(&it.kind, ExprKind::Object(_)) && matches!(path, [Step::Key(_)]);
            match own.as_str() {
                ABSENT => (),
                _ if is_there => found = vec![own],
                _ => found.push(own),
            }
        }
        match found.as_slice() {
            [only] => only.clone(),
            _ => format!("merge({})", found.join(" ")),
        }
    }

    /// What an index looks up.
    pub(super) fn index(&self, scope: &Scope, it: &Expr) -> Step {
        let text = self.value(&scope.clone().with_set(false), it, &[]);
        let is_known = text.starts_with('"') || text.parse::<i64>().is_ok();
        if is_known { Step::Key(bare(text)) } else { Step::Any(text) }
    }
}

/// What is looked up in each of several, where a `for` says nothing else: `[for it in all : it.arn]` is `all[*].arn`.
pub(super) fn each_attribute(it: &ForExpr) -> Option<Vec<Step>> {
    let is_plain = it.key.is_none() && it.result_key.is_none() && it.condition.is_none();
    let ExprKind::Traversal(own) = &it.result.kind else { return None };
    let is_item = matches!(&own.root.kind, ExprKind::Variable(name) if *name == it.value.text);
    let attribute = |it: &TraversalOp| match it {
        TraversalOp::Attribute(name) => Some(Step::Key(name.clone())),
        _ => None,
    };
    let attributes: Option<Vec<Step>> = own.ops.iter().map(|it| attribute(&it.0)).collect();
    let steps = std::iter::once(Step::Any("*".to_owned())).chain(attributes?);
    (is_plain && is_item).then(|| steps.collect())
}
