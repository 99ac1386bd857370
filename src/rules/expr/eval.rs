//! Evaluates expressions by Kleene's logic. Every result that is undecided says why.

use std::borrow::Cow;
use std::cell::Cell;

use crate::value::{Cause, Truth, Why};

use super::ast::{Expr, ExprKind, Macro, Operator};
use super::{Fact, Item};

/// Items that macros may go through for one subject: lists within lists within lists grow beyond all bounds.
const MAX_ITEMS: usize = 200_000;

std::thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(MAX_ITEMS) };
}

/// Begins the work for another subject.
pub(crate) fn refill() {
    LEFT.with(|it| it.set(MAX_ITEMS));
}

fn spend() -> bool {
    LEFT.with(|it| {
        let left = it.get();
        it.set(left.saturating_sub(1));
        0 < left
    })
}

/// What names mean.
#[derive(Clone, Default)]
pub(crate) struct Scope<'m> {
    names: Vec<(&'m str, Item<'m>)>,
}

impl<'m> Scope<'m> {
    pub fn with(mut self, name: &'m str, item: Item<'m>) -> Self {
        self.names.push((name, item));
        self
    }
}

/// The names of the subject and, before them, what the macros around an expression bind.
#[derive(Clone, Copy)]
struct Bound<'e, 'm> {
    subject: &'e Scope<'m>,
    innermost: Option<&'e Binding<'e, 'm>>,
}

struct Binding<'e, 'm> {
    name: &'e str,
    item: &'e Item<'m>,
    outer: Option<&'e Binding<'e, 'm>>,
}

impl<'e, 'm> Bound<'e, 'm> {
    fn get(&self, name: &str) -> Option<&'e Item<'m>> {
        let mut next = self.innermost;
        while let Some(binding) = next {
            if binding.name == name {
                return Some(binding.item);
            }
            next = binding.outer;
        }
        self.subject.names.iter().rev().find(|(it, _)| *it == name).map(|(_, item)| item)
    }
}

/// The value of an expression. Expressions are checked when they are loaded; what slips through is absent.
pub(crate) fn evaluate<'m>(expr: &'m Expr, scope: &Scope<'m>) -> Item<'m> {
    value(expr, Bound { subject: scope, innermost: None })
}

fn value<'m>(expr: &'m Expr, scope: Bound<'_, 'm>) -> Item<'m> {
    let done = |fact| Item::new(fact);
    match &expr.kind {
        ExprKind::Bool(it) => done(Fact::Bool(*it)),
        ExprKind::Number(it) => done(Fact::Number(*it)),
        ExprKind::Text(it) => done(Fact::text(it)),
        ExprKind::List(items) => done(Fact::list(items.iter().map(|it| value(it, scope)))),
        ExprKind::Name(name) => scope.get(name).cloned().unwrap_or_else(|| done(Fact::Absent)),
        ExprKind::Field(base, name) => field(value(base, scope), name),
        ExprKind::Index(base, index) => item_at(value(base, scope), &value(index, scope)),
        ExprKind::Call(name, args) => {
            let args: Vec<_> = args.iter().map(|it| value(it, scope)).collect();
            done(super::super::functions::call(name, &args))
        }
        ExprKind::Method(receiver, name, args) => {
            let receiver = value(receiver, scope);
            let args: Vec<_> = args.iter().map(|it| value(it, scope)).collect();
            done(super::super::functions::method(&receiver.fact, name, &args))
        }
        ExprKind::Macro(kind, receiver, variable, body) => {
            let receiver = value(receiver, scope);
            let fact = comprehension(*kind, &receiver.fact, variable, body, scope);
            Item { fact, origin: receiver.origin }
        }
        ExprKind::Not(inner) => {
            let (it, whys) = truth(&value(inner, scope).fact);
            done(from_truth(!it, whys))
        }
        ExprKind::Negate(inner) => match value(inner, scope).fact {
            Fact::Number(it) => done(Fact::Number(-it)),
            other => done(other),
        },
        ExprKind::Binary(operator, left, right) => binary(*operator, left, right, scope),
        ExprKind::Conditional(condition, yes, no) => {
            let (it, whys) = truth(&value(condition, scope).fact);
            match it {
                Truth::Yes => value(yes, scope),
                Truth::No => value(no, scope),
                Truth::Unknown => {
                    let (yes, no) = (value(yes, scope), value(no, scope));
                    let (same, _) = equal(&yes.fact, &no.fact);
                    if same == Truth::Yes { yes } else { done(Fact::Unknown(whys)) }
                }
            }
        }
    }
}

fn binary<'m>(operator: Operator, left: &'m Expr, right: &'m Expr, scope: Bound<'_, 'm>) -> Item<'m> {
    let a = value(left, scope);
    if matches!(operator, Operator::And | Operator::Or) {
        let (first, mut whys) = truth(&a.fact);
        let decides = if operator == Operator::And { Truth::No } else { Truth::Yes };
        if first == decides {
            return Item { fact: Fact::Bool(first == Truth::Yes), origin: a.origin };
        }
        let b = value(right, scope);
        let (second, more) = truth(&b.fact);
        whys.extend(more);
        let result = if operator == Operator::And { first.and(second) } else { first.or(second) };
        return Item { fact: from_truth(result, whys), origin: b.origin.or(a.origin) };
    }
    let b = value(right, scope);
    let (result, whys) = match operator {
        Operator::Equal => equal(&a.fact, &b.fact),
        Operator::NotEqual => {
            let (it, whys) = equal(&a.fact, &b.fact);
            (!it, whys)
        }
        Operator::In => contains(&b.fact, &a.fact),
        Operator::Add => {
            return Item::new(match (a.fact, b.fact) {
                (Fact::Text(a), Fact::Text(b)) => Fact::Text(Cow::Owned(format!("{a}{b}"))),
                (Fact::Number(a), Fact::Number(b)) => Fact::Number(a + b),
                (Fact::List(mut a, rest), Fact::List(b, more)) => {
                    a.extend(b);
                    Fact::List(a, rest.or(more))
                }
                (a, b) => {
                    let mut whys = whys_of(&a);
                    whys.extend(whys_of(&b));
                    if whys.is_empty() { Fact::Absent } else { Fact::Unknown(whys) }
                }
            });
        }
        _ => compare(operator, &a.fact, &b.fact),
    };
    Item { fact: from_truth(result, whys), origin: a.origin.or(b.origin) }
}

/// Truth and, where undecided, why. What is absent is not true.
pub(crate) fn truth(fact: &Fact) -> (Truth, Vec<Why>) {
    match fact {
        Fact::Bool(it) => ((*it).into(), Vec::new()),
        Fact::Absent => (Truth::No, Vec::new()),
        Fact::Unknown(whys) => (Truth::Unknown, whys.clone()),
        Fact::OneOf(all, why) => over(all, why, |it| truth(it)),
        Fact::Number(_) | Fact::Text(_) | Fact::Symbolic(_) | Fact::List(..) | Fact::Object(_) => {
            (Truth::Yes, Vec::new())
        }
    }
}

fn from_truth<'m>(truth: Truth, whys: Vec<Why>) -> Fact<'m> {
    match truth {
        Truth::Yes => Fact::Bool(true),
        Truth::No => Fact::Bool(false),
        Truth::Unknown => Fact::Unknown(whys),
    }
}

/// All alternatives agree, or it depends.
fn over<'f, 'm>(
    all: &'f [Fact<'m>],
    why: &Why,
    decide: impl Fn(&'f Fact<'m>) -> (Truth, Vec<Why>),
) -> (Truth, Vec<Why>) {
    let mut results = all.iter().map(decide);
    let Some((first, mut whys)) = results.next() else { return (Truth::Unknown, vec![why.clone()]) };
    for (next, more) in results {
        whys.extend(more);
        if next != first {
            return (Truth::Unknown, vec![why.clone()]);
        }
    }
    if first == Truth::Unknown && whys.is_empty() {
        whys.push(why.clone());
    }
    (first, whys)
}

pub(crate) fn whys_of(fact: &Fact) -> Vec<Why> {
    match fact {
        Fact::Unknown(whys) => whys.clone(),
        Fact::OneOf(_, why) | Fact::List(_, Some(why)) => vec![why.clone()],
        Fact::Symbolic(text) => text.why().cloned().into_iter().collect(),
        _ => Vec::new(),
    }
}

fn equal(a: &Fact, b: &Fact) -> (Truth, Vec<Why>) {
    let decided = |it: bool| (Truth::from(it), Vec::new());
    match (a, b) {
        (Fact::OneOf(all, why), other) | (other, Fact::OneOf(all, why)) => over(all, why, |it| equal(it, other)),
        (Fact::Unknown(whys), _) | (_, Fact::Unknown(whys)) => (Truth::Unknown, whys.clone()),
        (Fact::Absent, Fact::Absent) => decided(true),
        (Fact::Absent, _) | (_, Fact::Absent) => decided(false),
        (Fact::Bool(a), Fact::Bool(b)) => decided(a == b),
        (Fact::Number(a), Fact::Number(b)) => decided(a == b),
        (Fact::Text(a), Fact::Text(b)) => decided(a == b),
        (Fact::Symbolic(a), Fact::Text(b)) | (Fact::Text(b), Fact::Symbolic(a)) => {
            (a.equals(b), a.why().cloned().into_iter().collect())
        }
        (Fact::Symbolic(a), Fact::Symbolic(b)) => match a.display() == b.display() {
            true => decided(true),
            false => (Truth::Unknown, a.why().cloned().into_iter().collect()),
        },
        (Fact::List(a, None), Fact::List(b, None)) => {
            if a.len() != b.len() {
                return decided(false);
            }
            all_of(a.iter().zip(b).map(|(a, b)| equal(&a.fact, &b.fact)))
        }
        _ => decided(false),
    }
}

fn all_of(results: impl Iterator<Item = (Truth, Vec<Why>)>) -> (Truth, Vec<Why>) {
    let (mut result, mut whys) = (Truth::Yes, Vec::new());
    for (it, more) in results {
        if it == Truth::No {
            return (Truth::No, Vec::new());
        }
        result = result.and(it);
        whys.extend(more);
    }
    (result, whys)
}

fn any_of(results: impl Iterator<Item = (Truth, Vec<Why>)>) -> (Truth, Vec<Why>) {
    let (mut result, mut whys) = (Truth::No, Vec::new());
    for (it, more) in results {
        if it == Truth::Yes {
            return (Truth::Yes, Vec::new());
        }
        result = result.or(it);
        whys.extend(more);
    }
    (result, whys)
}

fn contains(list: &Fact, wanted: &Fact) -> (Truth, Vec<Why>) {
    if let Fact::OneOf(all, why) = wanted {
        return over(all, why, |it| contains(list, it));
    }
    match list {
        Fact::List(items, rest) => {
            let (found, mut whys) = any_of(items.iter().map(|it| equal(&it.fact, wanted)));
            match rest {
                Some(why) if found != Truth::Yes => {
                    whys.push(why.clone());
                    (Truth::Unknown, whys)
                }
                _ => (found, whys),
            }
        }
        Fact::OneOf(all, why) => over(all, why, |it| contains(it, wanted)),
        Fact::Unknown(whys) => (Truth::Unknown, whys.clone()),
        _ => (Truth::No, Vec::new()),
    }
}

fn compare(operator: Operator, a: &Fact, b: &Fact) -> (Truth, Vec<Why>) {
    match (a, b) {
        (Fact::Number(a), Fact::Number(b)) => {
            let result = match operator {
                Operator::Less => a < b,
                Operator::LessOrEqual => a <= b,
                Operator::Greater => b < a,
                _ => b <= a,
            };
            (result.into(), Vec::new())
        }
        (Fact::OneOf(all, why), other) => over(all, why, |it| compare(operator, it, other)),
        (other, Fact::OneOf(all, why)) => over(all, why, |it| compare(operator, other, it)),
        (Fact::Unknown(whys), _) | (_, Fact::Unknown(whys)) => (Truth::Unknown, whys.clone()),
        _ => (Truth::No, Vec::new()),
    }
}

fn field<'m>(base: Item<'m>, name: &str) -> Item<'m> {
    match base.fact {
        Fact::Object(object) => {
            let found = object.field(name).unwrap_or_else(|| Item::new(Fact::Absent));
            Item { fact: found.fact, origin: found.origin.or(base.origin) }
        }
        Fact::OneOf(all, why) => {
            let fields: Vec<_> =
                all.into_iter().map(|it| field(Item { fact: it, origin: base.origin }, name)).collect();
            let origin = fields.iter().find_map(|it| it.origin).or(base.origin);
            Item { fact: flat(fields.into_iter().map(|it| it.fact), why), origin }
        }
        Fact::Unknown(whys) => Item { fact: Fact::Unknown(whys), origin: base.origin },
        _ => Item { fact: Fact::Absent, origin: base.origin },
    }
}

fn flat<'m>(facts: impl Iterator<Item = Fact<'m>>, why: Why) -> Fact<'m> {
    let mut all = Vec::new();
    for fact in facts {
        match fact {
            Fact::OneOf(inner, _) => all.extend(inner),
            other => all.push(other),
        }
    }
    Fact::OneOf(all, why)
}

fn item_at<'m>(base: Item<'m>, index: &Item<'m>) -> Item<'m> {
    match (&base.fact, &index.fact) {
        (Fact::List(items, rest), Fact::Number(number)) if 0.0 <= *number => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
            let found = items.get(*number as usize);
            match (found, rest) {
                (Some(item), _) => item.clone(),
                (None, Some(why)) => Item { fact: Fact::Unknown(vec![why.clone()]), origin: base.origin },
                (None, None) => Item { fact: Fact::Absent, origin: base.origin },
            }
        }
        _ => Item { fact: Fact::Absent, origin: base.origin },
    }
}

fn comprehension<'m>(
    kind: Macro,
    receiver: &Fact<'m>,
    variable: &'m str,
    body: &'m Expr,
    scope: Bound<'_, 'm>,
) -> Fact<'m> {
    let (items, rest) = match receiver {
        Fact::List(items, rest) => (items, rest),
        Fact::Unknown(whys) => return Fact::Unknown(whys.clone()),
        Fact::OneOf(all, why) => {
            let results: Vec<_> = all.iter().map(|it| comprehension(kind, it, variable, body, scope)).collect();
            if matches!(kind, Macro::Filter | Macro::Map) {
                return flat(results.into_iter(), why.clone());
            }
            let (it, whys) = over(&results, why, truth);
            return from_truth(it, whys);
        }
        _ => (&Vec::new(), &None),
    };
    let apply = |item: &Item<'m>| match spend() {
        true => {
            let binding = Binding { name: variable, item, outer: scope.innermost };
            value(body, Bound { innermost: Some(&binding), ..scope })
        }
        false => Item::new(Fact::Unknown(vec![Why::new(Cause::Limit, "the work of one condition", None)])),
    };
    let results = || items.iter().map(|it| truth(&apply(it).fact));
    let open = |found: (Truth, Vec<Why>), decided: Truth| match rest {
        Some(why) if found.0 != decided => {
            from_truth(Truth::Unknown, found.1.into_iter().chain([why.clone()]).collect())
        }
        _ => from_truth(found.0, found.1),
    };
    match kind {
        Macro::Exists => open(any_of(results()), Truth::Yes),
        Macro::All => open(all_of(results()), Truth::No),
        Macro::ExistsOne => {
            let results: Vec<_> = results().collect();
            let undecided = results.iter().any(|(it, _)| *it == Truth::Unknown) || rest.is_some();
            let certain = results.iter().filter(|(it, _)| *it == Truth::Yes).count();
            match (certain, undecided) {
                (2.., _) => Fact::Bool(false),
                (_, true) => {
                    let whys = results.into_iter().flat_map(|(_, whys)| whys).chain(rest.clone()).collect();
                    Fact::Unknown(whys)
                }
                (count, false) => Fact::Bool(count == 1),
            }
        }
        Macro::Filter => {
            let (mut kept, mut rest) = (Vec::new(), rest.clone());
            for item in items {
                match truth(&apply(item).fact) {
                    (Truth::Yes, _) => kept.push(item.clone()),
                    (Truth::No, _) => (),
                    (Truth::Unknown, whys) => rest = rest.or_else(|| whys.into_iter().next()),
                }
            }
            Fact::List(kept, rest)
        }
        Macro::Map => Fact::List(items.iter().map(apply).collect(), rest.clone()),
    }
}
