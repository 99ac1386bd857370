//! The values that something undecided may have, where they are few: a parameter's `AllowedValues`, what a look-up in a
//! mapping may find. They are used where text must be known; elsewhere a hole says more.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::data::Node;
use crate::value::{Cause, Class, Guard, Hole, Kind, Origin, SymStr, Truth, Val, Why};

use super::conditions::{Formula, Leaf};
use super::eval::{Evaluator, Scope};
use super::lift::{alternatives, choice};
use super::node::{get, pairs, text};
use super::worlds::{Term, Test};

/// Values that something may have, and when.
pub(super) type Few = Vec<(Guard, Val)>;

/// More values than this are not told apart.
const MAX_VALUES: usize = 32;

/// A map with more keys is not looked through for an undecided one: a template may not have it
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MAX_KEYS: usize = 200;

impl Evaluator<'_> {
    /// The choice that a hole stands for, as far as the scope leaves it open.
    pub(super) fn values_of(&self, hole: &Hole, scope: &Scope) -> Option<Val> {
        let all = match self.possible.borrow().get(&hole.symbol) {
            Some(all) => all.clone(),
            None => self.allowed_values(hole)?,
        };
        let origin = all.first().map(|it| it.1.origin.clone())?;
        let open = all.into_iter().filter_map(|(guard, val)| Some((self.still_open(&guard, scope)?, val)));
        let open: Vec<_> = open.collect();
        (!open.is_empty()).then(|| choice(open, origin))
    }

    /// What remains of a guard in a scope; `None` where it does not hold there.
    fn still_open(&self, guard: &Guard, scope: &Scope) -> Option<Guard> {
        let Guard::When(atoms) = guard else { return None };
        let mut open = Guard::always();
        for atom in atoms {
            let known = self.scenario.get(&atom.condition).copied();
            let formula = self.undecided.borrow().get(&atom.condition).cloned();
            let truth = match (known, formula) {
                (Some(it), _) => it.into(),
                (None, Some(formula)) => self.decide(&formula, &scope.assume).truth,
                (None, None) => Truth::Unknown,
            };
            match truth == Truth::Unknown {
                true => open = open.and(&Guard::when(atom.condition.as_str(), atom.holds)),
                false if truth == atom.holds.into() => (),
                false => return None,
            }
        }
        Some(open)
    }

    fn allowed_values(&self, hole: &Hole) -> Option<Few> {
        let name =
            hole.symbol.entity.strip_prefix(self.prefix.as_str()).filter(|_| hole.symbol.attribute.is_empty())?;
        let parameter = self.template.parameters.get(name).filter(|it| !it.is_stored() && !it.is_list())?;
        if parameter.allowed.is_empty() || MAX_VALUES < parameter.allowed.len() {
            return None;
        }
        let origin = Origin::at(parameter.at);
        let one = |it: &String| Some((self.when_equal(hole, it)?, Val::string(it.as_str(), origin.clone())));
        parameter.allowed.iter().map(one).collect()
    }

    /// The guard that a hole is a text; `None` where it is another.
    fn when_equal(&self, hole: &Hole, value: &str) -> Option<Guard> {
        let val = Val::new(Kind::String(SymStr::hole(hole.clone())), Origin::default());
        let left = self.term(&val)?;
        let shown = if hole.symbol.attribute.is_empty() {
            hole.symbol.entity.to_string()
        } else if &*hole.symbol.entity == "AWS" {
            format!("AWS::{}", hole.symbol.attribute)
        } else {
            format!("{}.{}", hole.symbol.entity, hole.symbol.attribute)
        };
        let test = Test { left, right: Term::Text(value.to_owned()) };
        let text = format!("{shown} == \"{value}\"");
        let (by_default, default_at) = self.default_is(hole, value).unzip();
        let leaf = Leaf { text: text.clone(), by_default, default_at, test: Some(test) };
        self.registered(Formula::Leaf(leaf));
        Some(Guard::when(text, true))
    }

    /// Whether a parameter's default is a text, and where that stands. A hole of a parameter that has a default comes from
    /// an evaluation without defaults.
    fn default_is(&self, hole: &Hole, value: &str) -> Option<(bool, (String, Option<Span>))> {
        let name =
            hole.symbol.entity.strip_prefix(self.prefix.as_str()).filter(|_| hole.symbol.attribute.is_empty())?;
        let parameter = self.template.parameters.get(name).filter(|_| !self.arguments.contains_key(name))?;
        let default =
            parameter.default.as_ref().filter(|_| !parameter.is_stored() && !self.given.contains_key(name))?;
        Some((text(default).as_deref() == Some(value), (name.to_owned(), Some(default.span))))
    }

    /// A look-up whose keys are not all known: a hole, and the entries that it may be. CloudFormation refuses a stack whose
    /// key is not there, so without a default the keys that are there are all there is.
    pub(super) fn found_by_undecided(&self, keys: &[Val], default: Option<&Val>, span: Span) -> Val {
        let open = keys.iter().find(|it| it.as_text().is_none());
        let why = open.and_then(Val::why);
        let why = why.unwrap_or_else(|| Why::new(Cause::Invalid, "a key of Fn::FindInMap", Some(span)));
        let shown: Vec<String> =
            keys.iter().map(|it| it.as_symstr().map(|it| it.display()).unwrap_or_default()).collect();
        // The same look-up stands at many places; what it finds without a default is the same at each.
        let known = default.is_none().then(|| self.found.borrow().get(&shown).cloned()).flatten();
        let found = known.unwrap_or_else(|| {
            let found = self.entries_of_map(keys, default);
            if default.is_none() {
                self.found.borrow_mut().insert(shown.clone(), found.clone());
            }
            found
        });
        let class = found.as_deref().map_or(Class::Any, common_class);
        let symbol = self.symbol(&format!("Mappings.{}", shown.join(".")), "value");
        let hole = Hole { symbol, class, known: None, why };
        if let Some(found) = found {
            self.possible.borrow_mut().insert(hole.symbol.clone(), found);
        }
        Val::new(Kind::Unknown(hole.into()), Origin::at(span))
    }

    fn entries_of_map(&self, keys: &[Val], default: Option<&Val>) -> Option<Few> {
        let [map, first, second] = keys else { return None };
        let map = map.as_text()?;
        let map = &self.template.mappings.iter().rev().find(|it| it.0 == map)?.1;
        let mut out = Vec::new();
        let mut add = |guard: Guard, node: Option<&Node>| {
            let value = node.map(|it| self.eval(it, &Scope::root())).or_else(|| default.cloned());
            if let Some(value) = value.filter(|_| guard != Guard::Never) {
                out.push((guard, value));
            }
        };
        for (at_first, inner) in self.matching(map, first)? {
            let Some(inner) = inner else {
                add(at_first, None);
                continue;
            };
            for (at_second, node) in self.matching(inner, second)? {
                add(at_first.and(&at_second), node);
            }
        }
        (!out.is_empty() && out.len() <= MAX_VALUES).then_some(out)
    }

    /// The entries of a map that a key may name, each with its guard, and under which guard it names none.
    fn matching<'n>(&self, map: &'n Node, key: &Val) -> Option<Vec<(Guard, Option<&'n Node>)>> {
        if let Some(known) = key.as_text() {
            return Some(vec![(Guard::always(), get(map, &known))]);
        }
        let symbolic = key.as_symstr()?;
        symbolic.symbol()?;
        let hole = symbolic.unknown_holes().next()?;
        let allowed: Option<Vec<_>> =
            self.allowed_values(hole).map(|all| all.iter().filter_map(|it| it.1.as_text()).collect());
        let mut out = Vec::new();
        let mut none = Guard::always();
        let mut names = Vec::new();
        if MAX_KEYS < pairs(map).len() {
            return None;
        }
        for pair in pairs(map) {
            let Some(name) = text(&pair.key) else { continue };
            if allowed.as_ref().is_some_and(|all| !all.contains(&name)) {
                continue;
            }
            let equal = self.when_equal(hole, &name)?;
            let Guard::When(atoms) = &equal else { return None };
            for it in atoms {
                none = none.and(&Guard::when(it.condition.clone(), !it.holds));
            }
            out.push((equal, Some(&pair.value)));
            names.push(name);
        }
        if allowed.is_none_or(|all| all.iter().any(|it| !names.contains(it))) {
            out.push((none, None));
        }
        Some(out)
    }

    /// A comparison with one of several values: it holds where one that is equal is the one.
    pub(super) fn equals_one_of(&self, one_of: &Val, equal: &dyn Fn(&Val) -> Truth) -> Option<Formula> {
        let all = match &one_of.kind {
            Kind::Choice(_) => alternatives(one_of),
            Kind::Unknown(hole) => self.possible.borrow().get(&hole.symbol).cloned()?,
            _ => return None,
        };
        let mut parts = Vec::new();
        for (guard, val) in &all {
            match equal(val) {
                Truth::No => (),
                Truth::Unknown => return None,
                Truth::Yes => {
                    let Guard::When(atoms) = guard else { continue };
                    let facts = atoms.iter().map(|it| {
                        let formula = match self.scenario.get(&it.condition) {
                            Some(known) => Arc::new(Formula::Known(*known)),
                            None => self.undecided.borrow().get(&it.condition).cloned()?,
                        };
                        Some(if it.holds { formula } else { Arc::new(Formula::Not(formula)) })
                    });
                    parts.push(Arc::new(Formula::And(facts.collect::<Option<Vec<_>>>()?)));
                }
            }
        }
        Some(Formula::Or(parts))
    }
}

/// What all values that a key may give have in common: a map of account ids per region gives an account id, never `*`.
fn common_class(found: &[(Guard, Val)]) -> Class {
    let texts: Option<Vec<String>> = found.iter().map(|it| Some(it.1.as_text()?.to_string())).collect();
    texts.map_or(Class::Any, |it| Class::common(&it))
}
