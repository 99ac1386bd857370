//! Merging documents: a statement with the Sid of an earlier one takes its place.

use crate::value::{Alternative, Cause, Guard, Kind, List, Origin, SymStr, Truth, Val, Why, json, ops};

use super::statement;
use super::{PolicyDocumentArgs, StatementArgs};

/// The default of `version`.
const VERSION: &str = "2012-10-17";

/// A document in the making.
#[derive(Default)]
pub(super) struct Document {
    pub statements: Vec<Statement>,
    pub id: Option<Val>,
    pub rest: Option<Why>,
    versions: Vec<Val>,
}

pub(super) struct Statement {
    sid: Option<SymStr>,
    pub value: Val,
}

impl Document {
    /// A document merged before the own statements. One that is not known adds statements, but replaces none: the same Sid
    /// in two sources is an error.
    pub fn source(&mut self, document: &Val) {
        self.merge(document, &Guard::always(), false);
    }

    /// A document merged after the own statements. One that is not known may replace any statement that has a Sid.
    pub fn overlay(&mut self, document: &Val) {
        self.merge(document, &Guard::always(), true);
    }

    pub fn own(&mut self, args: &PolicyDocumentArgs) {
        self.versions.extend(args.version.clone());
        if args.version.is_none() {
            self.versions.push(Val::string(VERSION, args.origin.clone()));
        }
        self.identify(args.policy_id.as_ref());
        let before = self.statements.len();
        for one in &args.statements {
            // Which statement is replaced depends on the Sid: one that is one of several is several statements.
            let Some(Val { kind: Kind::Choice(sids), .. }) = &one.sid else {
                let sid = one.sid.as_ref().and_then(ops::to_string);
                self.push(statement::render(one), sid, &one.exists, before);
                continue;
            };
            for sid in sids {
                let with_sid = StatementArgs { sid: Some(sid.value.clone()), ..one.clone() };
                let exists = one.exists.and(&sid.guard);
                self.push(statement::render(&with_sid), ops::to_string(&sid.value), &exists, before);
            }
        }
        self.rest = self.rest.take().or_else(|| args.rest.clone());
    }

    /// The larger text, as the provider compares versions; the first that is not known.
    pub fn version(&self, origin: &Origin) -> Val {
        if let Some(open) = self.versions.iter().find(|it| it.as_text().is_none()) {
            return open.clone();
        }
        let latest = self.versions.iter().max_by_key(|it| it.as_text());
        latest.cloned().unwrap_or_else(|| Val::string(VERSION, origin.clone()))
    }

    fn identify(&mut self, id: Option<&Val>) {
        let given = id.filter(|it| it.kind != Kind::Null && it.as_text().is_none_or(|it| !it.is_empty()));
        self.id = given.cloned().or_else(|| self.id.take());
    }

    fn merge(&mut self, document: &Val, guard: &Guard, overlay: bool) {
        let decoded;
        let tree = match &document.kind {
            Kind::Null => return,
            Kind::Choice(all) => {
                all.iter().for_each(|it| self.merge(&it.value, &guard.and(&it.guard), overlay));
                return;
            }
            Kind::Json(tree) => &**tree,
            Kind::String(text) if text.known().is_some_and(|it| it.trim().is_empty()) => return,
            Kind::String(text) => match json::decode(text, &document.origin) {
                Ok(tree) => {
                    decoded = tree;
                    &decoded
                }
                Err(error) => {
                    let invalid = || Why::new(Cause::Invalid, "a policy document that is not JSON", error.at);
                    return self.open(error.why.clone().unwrap_or_else(invalid), overlay);
                }
            },
            _ => {
                let invalid = || Why::new(Cause::Invalid, "a policy document that is no text", document.origin.span);
                return self.open(document.why().unwrap_or_else(invalid), overlay);
            }
        };
        let Kind::Map(map) = &tree.kind else {
            let invalid = || Why::new(Cause::Invalid, "a policy document that is no object", tree.origin.span);
            return self.open(tree.why().unwrap_or_else(invalid), overlay);
        };
        if *guard == Guard::always() {
            self.identify(statement::element(map, "Id"));
            self.versions.extend(statement::element(map, "Version").filter(|it| it.kind != Kind::Null).cloned());
        }
        if let Some(why) = &map.rest {
            self.open(why.clone(), overlay);
        }
        let before = self.statements.len();
        self.statements_of(statement::element(map, "Statement"), guard, overlay, before);
    }

    fn statements_of(&mut self, value: Option<&Val>, guard: &Guard, overlay: bool, before: usize) {
        let Some(value) = value else { return };
        match &value.kind {
            Kind::Null => (),
            Kind::List(List { items, rest }) => {
                items.iter().for_each(|it| self.statement(it, guard, overlay, before));
                if let Some(why) = rest {
                    self.open(why.clone(), overlay);
                }
            }
            Kind::Choice(all) => {
                all.iter().for_each(|it| self.statements_of(Some(&it.value), &guard.and(&it.guard), overlay, before));
            }
            _ => self.statement(value, guard, overlay, before),
        }
    }

    fn statement(&mut self, value: &Val, guard: &Guard, overlay: bool, before: usize) {
        match &value.kind {
            Kind::Map(map) => {
                let sid = statement::element(map, "Sid");
                let Some(Val { kind: Kind::Choice(sids), .. }) = sid else {
                    return self.push(statement::normal(value), sid.and_then(ops::to_string), guard, before);
                };
                for sid in sids {
                    let exists = guard.and(&sid.guard);
                    let with_sid = statement::with_sid(value, &sid.value);
                    self.push(statement::normal(&with_sid), ops::to_string(&sid.value), &exists, before);
                }
            }
            Kind::Choice(all) => {
                all.iter().for_each(|it| self.statement(&it.value, &guard.and(&it.guard), overlay, before));
            }
            Kind::Null => (),
            _ => {
                let invalid = || Why::new(Cause::Invalid, "a statement that is no object", value.origin.span);
                self.open(value.why().unwrap_or_else(invalid), overlay);
            }
        }
    }

    /// A document that is not known may hold any statement.
    fn open(&mut self, why: Why, overlay: bool) {
        if overlay {
            for own in &mut self.statements {
                if let Some(sid) = own.sid.as_ref().filter(|it| it.equals("") != Truth::Yes) {
                    let condition = format!("{} replaces the statement \"{}\"", why.subject(), sid.display());
                    own.value = guarded(own.value.clone(), &Guard::when(condition, false));
                }
            }
        }
        self.rest = self.rest.take().or(Some(why));
    }

    /// Adds a statement, or puts it in the place of an earlier one (of the first `before`) with its Sid.
    fn push(&mut self, value: Val, sid: Option<SymStr>, guard: &Guard, before: usize) {
        if *guard == Guard::Never {
            return;
        }
        let sid = sid.filter(|it| it.equals("") != Truth::Yes);
        if let Some(new) = &sid {
            for own in self.statements.iter_mut().take(before) {
                let Some(old) = &own.sid else { continue };
                match ops::text_equal(old, new) {
                    Truth::Yes => {
                        own.value = replaced(&own.value, value, guard);
                        return;
                    }
                    Truth::Unknown => {
                        let condition = format!("\"{}\" == \"{}\"", new.display(), old.display());
                        own.value = guarded(own.value.clone(), &Guard::when(condition, false));
                    }
                    Truth::No => (),
                }
            }
        }
        self.statements.push(Statement { sid, value: guarded(value, guard) });
    }
}

/// A statement that is there when the guard holds.
fn guarded(value: Val, guard: &Guard) -> Val {
    if guard.truth() == Truth::Yes {
        return value;
    }
    let origin = value.origin.clone();
    let alternatives = match value.kind {
        Kind::Choice(all) => {
            all.into_iter().map(|it| Alternative { guard: it.guard.and(guard), value: it.value }).collect()
        }
        _ => vec![Alternative { guard: guard.clone(), value }],
    };
    Val::new(Kind::Choice(alternatives), origin)
}

/// The new statement when the guard holds, the old one when any of its conditions does not.
fn replaced(old: &Val, new: Val, guard: &Guard) -> Val {
    let Guard::When(atoms) = guard else { return old.clone() };
    if atoms.is_empty() {
        return new;
    }
    let origin = new.origin.clone();
    let mut all = vec![Alternative { guard: guard.clone(), value: new }];
    for atom in atoms {
        let otherwise = Guard::when(atom.condition.clone(), !atom.holds);
        match guarded(old.clone(), &otherwise).kind {
            Kind::Choice(inner) => all.extend(inner.into_iter().filter(|it| it.guard != Guard::Never)),
            kind => all.push(Alternative { guard: otherwise, value: old.with_kind(kind) }),
        }
    }
    Val::new(Kind::Choice(all), origin)
}
