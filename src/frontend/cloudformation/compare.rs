//! Builds formulas from the `Conditions` section.

use std::sync::Arc;

use crate::source::{Gravity, Span};
use crate::syntax::data::Node;
use crate::value::{Guard, Kind, SymStr, Truth, Val};

use super::conditions::{Formula, Leaf};
use super::eval::{Evaluator, Scope};
use super::node::{Call, call, items, text};
use super::worlds::Test;

/// Texts with more unknown parts than this are not compared.
const MAX_HOLES: usize = 3;
/// Conditions that spell out to more comparisons than this are not taken apart (they grow exponentially when each
/// names the one before twice).
const MAX_LEAVES: usize = 200;

impl Evaluator<'_> {
    /// The formula of a named condition.
    pub(super) fn condition(&self, name: &str, span: Span) -> Arc<Formula> {
        if let Some(it) = self.formulas.borrow().get(name) {
            return it.clone();
        }
        let opaque = || self.opaque_formula(&format!("Conditions.{name}"));
        let Some(named) = self.template.conditions.iter().rev().find(|it| it.name == name) else {
            self.note("undeclared-name", Gravity::Note, span, format!("there is no condition `{name}`"));
            return opaque();
        };
        let scope = Scope { loops: named.loops.clone(), ..Scope::root() };
        let found = self.once_within(format!("condition {name}"), || self.formula(&named.node, &scope));
        let Some(formula) = found else {
            self.note("cycle", Gravity::Incomplete, span, format!("condition `{name}` refers to itself"));
            return opaque();
        };
        self.formulas.borrow_mut().insert(name.to_owned(), formula.clone());
        formula
    }

    /// The formula of a node.
    pub(super) fn formula(&self, node: &Node, scope: &Scope) -> Arc<Formula> {
        let mut out = None;
        let _ = self.within_limits(node, || {
            out = call(node).map(|it| self.formula_call(&it, scope));
            Val::new(Kind::Null, crate::value::Origin::at(node.span))
        });
        match (out, text(node).as_deref()) {
            (Some(it), _) => it,
            (None, Some("true")) => Arc::new(Formula::Known(true)),
            (None, Some("false")) => Arc::new(Formula::Known(false)),
            _ => {
                self.note("invalid-value", Gravity::Note, node.span, "this is not a condition");
                self.opaque_formula(&format!("condition@{}", node.span.start))
            }
        }
    }

    /// The formula of a condition function.
    pub(super) fn formula_call(&self, call: &Call<'_>, scope: &Scope) -> Arc<Formula> {
        let parts = || call.items().iter().map(|it| self.formula(it, scope)).collect::<Vec<_>>();
        let formula = match (call.name.as_str(), call.items()) {
            ("Condition", _) => {
                let name = call.text().unwrap_or_default();
                return self.condition(&self.loop_text(&name, scope), call.span);
            }
            ("Fn::Equals", [a, b]) => self.equals(a, b, scope),
            ("Fn::Not", [it]) => {
                let inner = self.formula(it, scope);
                if let Formula::Not(inner) = &*inner {
                    return inner.clone();
                }
                Formula::Not(inner)
            }
            ("Fn::Contains", [list, it]) => {
                Formula::Or(items(list).iter().map(|one| Arc::new(self.equals(one, it, scope))).collect())
            }
            ("Fn::EachMemberIn" | "Fn::EachMemberEquals", _) => {
                return self.opaque_formula(&format!("condition@{}", call.span.start));
            }
            ("Fn::And", [_, ..]) => Formula::And(parts()),
            ("Fn::Or", [_, ..]) => Formula::Or(parts()),
            _ => {
                self.note("invalid-value", Gravity::Note, call.span, "this is not a condition");
                return self.opaque_formula(&format!("condition@{}", call.span.start));
            }
        };
        if MAX_LEAVES < formula.leaves() {
            self.note("limit", Gravity::Note, call.span, "this condition is too large to be taken apart");
            return self.opaque_formula(&format!("condition@{}", call.span.start));
        }
        // A part decided without defaults may decide the whole.
        match formula.certain() {
            Truth::Yes => Arc::new(Formula::Known(true)),
            Truth::No => Arc::new(Formula::Known(false)),
            Truth::Unknown => self.registered(formula),
        }
    }

    fn equals(&self, a: &Node, b: &Node, scope: &Scope) -> Formula {
        let without = Scope { defaults: false, ..scope.clone() };
        let (left, right) = (self.eval(a, &without), self.eval(b, &without));
        let certain = self.same(&left, &right);
        if certain != Truth::Unknown {
            return Formula::Known(certain == Truth::Yes);
        }
        let (with_left, with_right) = (self.eval(a, scope), self.eval(b, scope));
        let by_default = match self.same(&with_left, &with_right) {
            Truth::Yes => Some(true),
            Truth::No => Some(false),
            Truth::Unknown => None,
        };
        let assumed = [&with_left, &with_right].into_iter().find_map(|it| {
            let hop = it.origin.assumptions().next()?;
            Some((hop.name.trim_start_matches("Parameters.").to_owned(), hop.at))
        });
        if by_default.is_none() {
            let one_of = self.equals_one_of(&left, &|it| self.same(it, &right));
            if let Some(it) = one_of.or_else(|| self.equals_one_of(&right, &|it| self.same(&left, it))) {
                return it;
            }
        }
        let mut sides = [shown(&left), shown(&right)];
        sides.sort_by_key(|it| it.starts_with('"'));
        let text = sides.join(" == ");
        if let Some(known) = self.scenario.get(&text) {
            return Formula::Known(*known);
        }
        let test = self.term(&left).zip(self.term(&right)).map(|(left, right)| Test { left, right });
        Formula::Leaf(Leaf { text, by_default, default_at: by_default.and(assumed), test })
    }

    /// Whether two values are equal, as `Fn::Equals` compares them: texts, letter case matters.
    fn same(&self, a: &Val, b: &Val) -> Truth {
        let (Some(left), Some(right)) = (a.as_symstr(), b.as_symstr()) else { return Truth::Unknown };
        if let (Some(left), Some(right)) = (left.known(), right.known()) {
            return (left == right).into();
        }
        if left == right {
            return Truth::Yes;
        }
        let (open, text) = match (left.known(), right.known()) {
            (None, Some(text)) => (left, text),
            (Some(text), None) => (right, text),
            _ => return Truth::Unknown,
        };
        if MAX_HOLES < open.unknown_holes().count() {
            return Truth::Unknown;
        }
        open.equals(&text).and(self.allows(&open, &text))
    }

    /// `AllowedValues` of the parameter that `open` is: a text that is not among them is never equal.
    fn allows(&self, open: &SymStr, text: &str) -> Truth {
        let parameter = open.symbol().and_then(|it| it.entity.strip_prefix(self.prefix.as_str()));
        match parameter.and_then(|it| self.template.parameters.get(it)) {
            Some(it) if text.is_empty() && !it.may_be_empty && !it.is_stored() => Truth::No,
            Some(it) if !it.allowed.is_empty() && !it.is_stored() && !it.allowed.iter().any(|it| it == text) => {
                Truth::No
            }
            _ => Truth::Yes,
        }
    }

    /// When a resource exists by its `Condition`. One that only a default switches off keeps its guard: deployed with
    /// another value, it is there.
    pub(super) fn exists(&self, condition: Option<&Node>, scope: &Scope) -> Guard {
        let Some(node) = condition else { return Guard::always() };
        let Some(name) = text(node) else {
            self.note("invalid-value", Gravity::Note, node.span, "`Condition` needs the name of a condition");
            return Guard::when(format!("{}condition@{}", self.prefix, node.span.start), true);
        };
        let formula = self.condition(&self.loop_text(&name, scope), node.span);
        if self.certain(&formula) == Truth::No { Guard::Never } else { formula.guard(true, &scope.assume) }
    }
}

/// A side of a comparison for people: a parameter by its name, a text in quotes.
fn shown(val: &Val) -> String {
    let Some(text) = val.as_symstr() else { return "…".to_owned() };
    match text.symbol() {
        Some(it) if it.attribute.is_empty() => it.entity.to_string(),
        Some(it) if &*it.entity == "AWS" => format!("AWS::{}", it.attribute),
        Some(it) => format!("{}.{}", it.entity, it.attribute),
        None => format!("\"{}\"", text.display()),
    }
}
