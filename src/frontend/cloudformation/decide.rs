//! Decides formulas where they are used: under what is assumed there, what `Rules` assert, and at last by defaults.

use std::sync::Arc;

use crate::source::Gravity;
use crate::value::{Guard, Truth, Val};

use super::conditions::{Decision, Formula};
use super::eval::{Evaluator, Scope};
use super::node::{get, items};
use super::worlds::{self, Fact, Term};

impl Evaluator<'_> {
    /// Remembers a formula, so that a guard that names it can be taken for what it says.
    pub(super) fn registered(&self, formula: Formula) -> Arc<Formula> {
        let formula = Arc::new(formula);
        self.undecided.borrow_mut().entry(formula.text()).or_insert_with(|| formula.clone());
        formula.each_leaf(&mut |leaf| {
            let mut all = self.undecided.borrow_mut();
            all.entry(leaf.text.clone()).or_insert_with(|| Arc::new(Formula::Leaf(leaf.clone())));
        });
        formula
    }

    /// A condition of which only the name is known.
    pub(super) fn opaque_formula(&self, name: &str) -> Arc<Formula> {
        let text = format!("{}{name}", self.prefix);
        match self.scenario.get(&text) {
            Some(known) => Arc::new(Formula::Known(*known)),
            None => self.registered(Formula::opaque(text)),
        }
    }

    /// A side of a comparison, where it is a text or one thing.
    pub(super) fn term(&self, val: &Val) -> Option<Term> {
        let text = val.as_symstr()?;
        if let Some(known) = text.known() {
            return Some(Term::Text(known));
        }
        let symbol = text.symbol()?;
        let name = symbol.entity.strip_prefix(self.prefix.as_str()).filter(|_| symbol.attribute.is_empty());
        let parameter = name.and_then(|it| self.template.parameters.get(it)).filter(|it| !it.is_stored());
        let allowed = parameter.map(|it| it.allowed.clone()).unwrap_or_default();
        Some(Term::Variable(format!("{}.{}", symbol.entity, symbol.attribute), allowed))
    }

    /// The truth of a formula without defaults.
    pub(super) fn certain(&self, formula: &Formula) -> Truth {
        match formula.certain() {
            Truth::Unknown => worlds::verdict(&self.asserted(&[formula]), formula).unwrap_or(Truth::Unknown),
            it => it,
        }
    }

    /// Decides a formula under an assumption: for certain where that is possible, else by defaults.
    pub(super) fn decide(&self, formula: &Formula, assume: &Guard) -> Decision {
        if let Formula::Known(it) = formula {
            return Decision { truth: (*it).into(), default_at: None };
        }
        let key = (formula.text(), assume.clone());
        if let Some(it) = self.decisions.borrow().get(&key) {
            return it.clone();
        }
        let decision = self.decide_anew(formula, assume);
        self.decisions.borrow_mut().insert(key, decision.clone());
        decision
    }

    fn decide_anew(&self, formula: &Formula, assume: &Guard) -> Decision {
        let textual = formula.decide(assume);
        let assumed = self.facts(assume);
        let goals: Vec<&Formula> = assumed.iter().map(|it| &*it.0).chain([formula]).collect();
        let mut facts = self.asserted(&goals);
        facts.extend(assumed);
        let Some(certain) = worlds::verdict(&facts, formula) else { return textual };
        if certain != Truth::Unknown {
            return Decision { truth: certain, default_at: None };
        }
        // Defaults hold for what the assumption leaves open.
        let (mut defaults, mut default_at) = (Vec::new(), None);
        formula.each_leaf(&mut |leaf| {
            let fact = Formula::Leaf(leaf.clone());
            if let Some(value) = leaf.by_default
                && worlds::verdict(&facts, &fact) == Some(Truth::Unknown)
            {
                defaults.push((Arc::new(fact), value));
                default_at = default_at.take().or_else(|| leaf.default_at.clone());
            }
        });
        if defaults.is_empty() {
            return Decision { truth: Truth::Unknown, default_at: None };
        }
        facts.extend(defaults);
        let truth = worlds::verdict(&facts, formula).unwrap_or(Truth::Unknown);
        if truth == textual.truth {
            return textual;
        }
        Decision { truth, default_at: default_at.filter(|_| truth != Truth::Unknown) }
    }

    /// What a guard says, as far as its conditions are known.
    fn facts(&self, guard: &Guard) -> Vec<Fact> {
        let Guard::When(atoms) = guard else { return Vec::new() };
        let known = self.undecided.borrow();
        atoms.iter().filter_map(|it| Some((known.get(&it.condition)?.clone(), it.holds))).collect()
    }

    /// The rules of the template that say something of what `goals` depend on.
    fn asserted(&self, goals: &[&Formula]) -> Vec<Fact> {
        worlds::relevant(&self.rules.borrow(), goals)
    }

    /// Reads the `Rules` section: each is a constraint on the values that parameters may have together.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>
    pub(super) fn read_rules(&self) {
        let scope = Scope::root();
        let mut facts: Vec<Fact> = Vec::new();
        for rule in &self.template.rules {
            let when = get(rule, "RuleCondition").map(|it| self.formula(it, &scope));
            for assertion in get(rule, "Assertions").map(items).unwrap_or_default() {
                let Some(assert) = get(assertion, "Assert") else { continue };
                let mut parts = vec![self.formula(assert, &scope)];
                parts.extend(when.iter().map(|it| Arc::new(Formula::Not(it.clone()))));
                let formula = Formula::Or(parts);
                if formula.certain() == Truth::No {
                    self.note("invalid-value", Gravity::Note, assert.span, "what is given breaks this rule");
                } else if formula.certain() == Truth::Unknown {
                    facts.push((Arc::new(formula), true));
                }
            }
        }
        // Rules that contradict one another decide nothing.
        if worlds::verdict(&facts, &Formula::Known(true)).is_some() {
            *self.rules.borrow_mut() = facts;
        }
    }
}
