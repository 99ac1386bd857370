//! Decides conditions by trying the values that their parameters may have: `AllowedValues`, else the texts that a parameter
//! is compared with and one more. A comparison that is not understood is a free truth value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::value::Truth;

use super::conditions::{Formula, Leaf};

/// With more combinations of values than this, nothing is decided here.
const MAX_WORLDS: usize = 4096;
/// More scenarios than this are not told apart.
const MAX_SCENARIOS: usize = 64;

/// The two sides of a comparison, where each is a text or the value of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// The one side.
    pub left: Term,
    /// The other.
    pub right: Term,
}

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// This text.
    Text(String),
    /// The value of a parameter, and the values that it may have; none where any.
    Variable(String, Vec<String>),
}

/// A formula and the value that it has.
pub(super) type Fact = (Arc<Formula>, bool);

/// A truth value for each undecided comparison, by its text.
pub(super) type Scenario = BTreeMap<String, bool>;

/// Whether `goal` holds in every world in which all `facts` do. `None` where there is no such world, or there are too many.
pub(super) fn verdict(facts: &[Fact], goal: &Formula) -> Option<Truth> {
    let space = Space::of(facts.iter().map(|it| &*it.0).chain([goal]))?;
    let (mut yes, mut no) = (false, false);
    for world in space.worlds() {
        if facts.iter().all(|(fact, holds)| space.holds(fact, &world) == *holds) {
            match space.holds(goal, &world) {
                true => yes = true,
                false => no = true,
            }
            if yes && no {
                return Some(Truth::Unknown);
            }
        }
    }
    match (yes, no) {
        (false, false) => None,
        _ => Some(yes.into()),
    }
}

/// The truth values that the comparisons in `formulas` can have together under `facts`. Those that a default decides keep
/// that value and are not part of a scenario. None where there are too many.
pub(super) fn scenarios(formulas: &[Arc<Formula>], facts: &[Fact]) -> Vec<Scenario> {
    let mut leaves: BTreeMap<String, &Leaf> = BTreeMap::new();
    for formula in formulas {
        formula.each_leaf(&mut |leaf| {
            leaves.insert(leaf.text.clone(), leaf);
        });
    }
    let Some(space) = Space::of(formulas.iter().map(Arc::as_ref).chain(facts.iter().map(|it| &*it.0))) else {
        return Vec::new();
    };
    let mut found: BTreeSet<Scenario> = BTreeSet::new();
    for world in space.worlds() {
        let by_default = leaves.values().all(|it| it.by_default.is_none_or(|value| space.leaf(it, &world) == value));
        if by_default && facts.iter().all(|(fact, holds)| space.holds(fact, &world) == *holds) {
            let open = leaves.values().filter(|it| it.by_default.is_none());
            found.insert(open.map(|it| (it.text.clone(), space.leaf(it, &world))).collect());
            if MAX_SCENARIOS < found.len() {
                return Vec::new();
            }
        }
    }
    found.into_iter().collect()
}

/// The facts that say something of what `goal` depends on, perhaps through each other.
pub(super) fn relevant(facts: &[Fact], goal: &[&Formula]) -> Vec<Fact> {
    let names = |it: &Formula| {
        let mut names = BTreeSet::new();
        it.each_leaf(&mut |leaf| names.extend(leaf_names(leaf)));
        names
    };
    let mut known: BTreeSet<String> = goal.iter().flat_map(|it| names(it)).collect();
    let mut rest: Vec<(BTreeSet<String>, &Fact)> = facts.iter().map(|it| (names(&it.0), it)).collect();
    let mut out = Vec::new();
    loop {
        let (near, far): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| !it.0.is_disjoint(&known));
        if near.is_empty() {
            return out;
        }
        for (names, fact) in near {
            known.extend(names);
            out.push(fact.clone());
        }
        rest = far;
    }
}

fn leaf_names(leaf: &Leaf) -> Vec<String> {
    let Some(test) = &leaf.test else { return vec![leaf.text.clone()] };
    let name = |it: &Term| match it {
        Term::Variable(name, _) => Some(name.clone()),
        Term::Text(_) => None,
    };
    [&test.left, &test.right].into_iter().filter_map(name).collect()
}

/// Variables with the values that are worth trying.
struct Space {
    variables: BTreeMap<String, Vec<String>>,
}

type World<'a> = BTreeMap<&'a str, &'a str>;

impl Space {
    fn of<'a>(formulas: impl Iterator<Item = &'a Formula>) -> Option<Self> {
        let mut tests = Vec::new();
        let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for formula in formulas {
            formula.each_leaf(&mut |leaf| match &leaf.test {
                Some(it) => tests.push(it.clone()),
                None => drop(variables.insert(leaf.text.clone(), vec!["true".to_owned(), "false".to_owned()])),
            });
        }
        variables.extend(domains(&tests));
        let mut size = 1_usize;
        for values in variables.values() {
            size = size.checked_mul(values.len().max(1)).filter(|it| *it <= MAX_WORLDS)?;
        }
        Some(Self { variables })
    }

    fn worlds(&self) -> Vec<World<'_>> {
        let mut out: Vec<World<'_>> = vec![World::new()];
        for (name, values) in &self.variables {
            let mut next = Vec::with_capacity(out.len() * values.len());
            for world in &out {
                for value in values {
                    let mut world = world.clone();
                    world.insert(name, value);
                    next.push(world);
                }
            }
            out = next;
        }
        out
    }

    fn leaf(&self, leaf: &Leaf, world: &World<'_>) -> bool {
        let value = |it: &Term| match it {
            Term::Text(it) => Some(it.clone()),
            Term::Variable(name, _) => world.get(name.as_str()).map(|it| (*it).to_owned()),
        };
        match &leaf.test {
            Some(it) => value(&it.left) == value(&it.right),
            None => world.get(leaf.text.as_str()) == Some(&"true"),
        }
    }

    fn holds(&self, formula: &Formula, world: &World<'_>) -> bool {
        match formula {
            Formula::Known(it) => *it,
            Formula::Leaf(it) => self.leaf(it, world),
            Formula::Not(it) => !self.holds(it, world),
            Formula::And(all) => all.iter().all(|it| self.holds(it, world)),
            Formula::Or(all) => all.iter().any(|it| self.holds(it, world)),
        }
    }
}

/// The values of each variable. Variables that are compared with each other share theirs, and get one value more for each,
/// so that they can be equal to one another and to no text.
fn domains(tests: &[Test]) -> BTreeMap<String, Vec<String>> {
    let mut group: BTreeMap<&str, usize> = BTreeMap::new();
    let mut allowed: BTreeMap<&str, &[String]> = BTreeMap::new();
    for (at, test) in tests.iter().enumerate() {
        for side in [&test.left, &test.right] {
            if let Term::Variable(name, values) = side {
                group.entry(name).or_insert(at);
                if !values.is_empty() {
                    allowed.insert(name, values);
                }
            }
        }
        if let (Term::Variable(a, _), Term::Variable(b, _)) = (&test.left, &test.right)
            && let (Some(a), Some(b)) = (group.get(a.as_str()).copied(), group.get(b.as_str()).copied())
        {
            group.values_mut().filter(|it| **it == b).for_each(|it| *it = a);
        }
    }
    let mut texts: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (name, group) in &group {
        let texts = texts.entry(*group).or_default();
        // One that is no text of a template: it starts with NUL.
        texts.insert(format!("\0{name}"));
        texts.extend(allowed.get(name).into_iter().flat_map(|it| it.iter().cloned()));
    }
    for test in tests {
        if let (Term::Variable(name, _), Term::Text(text)) | (Term::Text(text), Term::Variable(name, _)) =
            (&test.left, &test.right)
            && let Some(texts) = group.get(name.as_str()).and_then(|it| texts.get_mut(it))
        {
            texts.insert(text.clone());
        }
    }
    let values = |name: &str, group: &usize| match allowed.get(name) {
        Some(allowed) => allowed.to_vec(),
        None => texts.get(group).into_iter().flatten().cloned().collect(),
    };
    group.iter().map(|(name, group)| ((*name).to_owned(), values(name, group))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(name: &str, allowed: &[&str], text: &str) -> Arc<Formula> {
        let allowed = allowed.iter().map(|it| (*it).to_owned()).collect();
        let test = Test { left: Term::Variable(name.to_owned(), allowed), right: Term::Text(text.to_owned()) };
        let text = format!("{name} == {text}");
        Arc::new(Formula::Leaf(Leaf { text, by_default: None, default_at: None, test: Some(test) }))
    }

    #[test]
    fn one_parameter_has_one_value() {
        let (a, b) = (equal("P", &[], "a"), equal("P", &[], "b"));
        assert_eq!(verdict(&[(a.clone(), true)], &b), Some(Truth::No));
        assert_eq!(verdict(&[(a.clone(), false)], &b), Some(Truth::Unknown));
        assert_eq!(verdict(&[(a.clone(), true), (b.clone(), true)], &b), None);
        let both = ["a", "b"];
        let (a, b) = (equal("P", &both, "a"), equal("P", &both, "b"));
        assert_eq!(verdict(&[(a.clone(), false)], &b), Some(Truth::Yes));
        assert_eq!(verdict(&[], &Formula::Or(vec![a.clone(), b.clone()])), Some(Truth::Yes));
        assert_eq!(scenarios(&[a, b], &[]).len(), 2);
    }

    #[test]
    fn two_parameters_may_be_equal() {
        let variable = |it: &str| Term::Variable(it.to_owned(), Vec::new());
        let test = Test { left: variable("P"), right: variable("Q") };
        let same = Arc::new(Formula::Leaf(Leaf {
            text: "P == Q".into(),
            by_default: None,
            default_at: None,
            test: Some(test),
        }));
        let (p, q) = (equal("P", &[], "a"), equal("Q", &[], "a"));
        assert_eq!(verdict(&[(same.clone(), true), (p.clone(), true)], &q), Some(Truth::Yes));
        assert_eq!(verdict(&[(same.clone(), false), (p.clone(), true)], &q), Some(Truth::No));
        assert_eq!(verdict(&[(p, false), (q, false)], &same), Some(Truth::Unknown));
    }
}
