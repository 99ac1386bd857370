//! Evaluates expressions on demand: only what a bucket reaches is ever looked at.

mod enabled;
mod expand;
mod files;
mod for_expr;
mod identity;
mod not_here;
mod object;
mod one_of;
mod operators;
mod reference;
mod spot;
mod template;
mod trying;
mod types;
mod variable;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::{Diagnostic, Gravity, Sources, Span};
use crate::syntax::SyntaxError;
use crate::syntax::hcl::{Expr, ExprKind, ObjectKey};
use crate::value::{
    Alternative, Cause, Class, Entry, Guard, Kind, List, Map, Number, Origin, SymStr, Symbol, Val, Why,
};

use super::Options;
use super::functions;
use super::instance::{Expansion, Instance, Scope};
use super::module::Module;
use super::plan::Plan;
use super::terragrunt;

/// Expressions nested more deeply are unknown.
const MAX_DEPTH: usize = 120;

/// What a root module asks for beyond so many evaluations of expressions is unknown: loops in loops take years.
const MAX_STEPS: usize = 5_000_000;

/// Larger values are unknown (see [`Val::weight`]).
const MAX_WEIGHT: usize = 200_000;

/// Why an expression has no value: what Terraform would refuse. `try` and `can` catch it.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub message: String,
    pub at: Span,
}

pub(super) use crate::source::normal;
pub(super) use expand::mapped;
use files::Files;
pub(super) use for_expr::items;
pub(super) use identity::same;
pub(super) use reference::{class_of, identity};
use trying::refused;

pub(super) type Evaluated = Result<Val, Failure>;

/// The instances of a called module; `None` where its source is not here.
pub(super) type Children = Option<Arc<Vec<Arc<Instance>>>>;

/// Everything that evaluation shares.
pub(super) struct World<'s> {
    pub sources: &'s Sources,
    pub options: &'s Options,
    pub root: PathBuf,
    pub tfvars: BTreeMap<String, Val>,
    /// Whether there were too many instances of modules: those that are not there are not judged.
    pub full: Cell<bool>,
    /// The folder of the Terragrunt unit whose own file is evaluated.
    pub terragrunt: Option<PathBuf>,
    /// The plan that was made of this configuration.
    pub plan: Option<&'s Plan<'s>>,
    /// Modules that were fetched, by dotted path of calls.
    pub manifest: BTreeMap<String, super::inputs::Fetched>,
    pub diagnostics: RefCell<Vec<Diagnostic>>,
    pub gaps: RefCell<Vec<crate::model::Gap>>,
    /// Known texts that are marked as sensitive.
    pub secrets: RefCell<BTreeSet<String>>,
    /// What code says to be none, though it was made of some.
    pub published: RefCell<BTreeSet<String>>,
    pub modules: RefCell<BTreeMap<PathBuf, Arc<Module>>>,
    pub children: RefCell<BTreeMap<(usize, String), Children>>,
    pub instances: Cell<usize>,
    /// Instances of repeated blocks so far.
    members: Cell<usize>,
    memo: RefCell<BTreeMap<Key, Val>>,
    expansions: RefCell<BTreeMap<(usize, String), Arc<Expansion>>>,
    running: RefCell<BTreeSet<Key>>,
    depth: Cell<usize>,
    steps: Cell<usize>,
    /// Whether that many steps were taken, and it was said.
    spent: Cell<bool>,
    /// Whether a template's file is rendered: it renders no other.
    rendering: Cell<bool>,
    /// How many calls of `try` and `can` surround what is evaluated: only there may a part be refused.
    trying: Cell<usize>,
    /// What places of the code are called.
    spots: RefCell<spot::Spots>,
}

/// What is remembered: an instance's name, by kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub instance: usize,
    pub kind: &'static str,
    pub name: String,
}

impl<'s> World<'s> {
    pub fn new(sources: &'s Sources, options: &'s Options, root: &Path) -> Self {
        Self {
            sources,
            options,
            root: root.to_path_buf(),
            tfvars: BTreeMap::new(),
            full: Cell::new(false),
            terragrunt: None,
            plan: None,
            manifest: BTreeMap::new(),
            diagnostics: RefCell::default(),
            gaps: RefCell::default(),
            secrets: RefCell::default(),
            published: RefCell::default(),
            modules: RefCell::default(),
            children: RefCell::default(),
            instances: Cell::new(0),
            members: Cell::new(0),
            memo: RefCell::default(),
            expansions: RefCell::default(),
            running: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
            spent: Cell::new(false),
            rendering: Cell::new(false),
            trying: Cell::new(0),
            spots: RefCell::default(),
        }
    }

    pub fn report_syntax(&self, errors: &[SyntaxError]) {
        self.diagnostics.borrow_mut().extend(errors.iter().map(SyntaxError::diagnostic));
    }

    pub fn note(&self, code: &'static str, at: Span, message: String) {
        let diagnostic = Diagnostic::at(code, Gravity::Note, at, message);
        let mut all = self.diagnostics.borrow_mut();
        if !all.contains(&diagnostic) {
            all.push(diagnostic);
        }
    }

    /// A value that outgrows every real configuration is unknown: doubling a list forty times fits in forty lines.
    fn bounded(&self, value: Val, key: &Key, at: Span) -> Val {
        let name = &key.name;
        if value.weight(MAX_WEIGHT) <= MAX_WEIGHT {
            return value;
        }
        self.limit(at, format!("the value of `{name}` is too large to be evaluated"));
        let symbol = Symbol::new(format!("{}.{name}#{}", key.kind, key.instance), "");
        unknown(symbol, Cause::Limit, &format!("the size of `{name}`"), at)
    }

    /// A call whose result is too large says so itself: nobody may look at the value.
    fn note_limit(&self, value: &Val, at: Span) {
        let Kind::Unknown(hole) = &value.kind else { return };
        if hole.why.cause() != Cause::Limit || hole.why.at() != Some(at) {
            return;
        }
        self.limit(at, format!("{} is too large to be evaluated", hole.why.subject()));
    }

    /// Says that a limit was reached: the run is incomplete.
    pub(super) fn limit(&self, at: Span, message: String) {
        let diagnostic = Diagnostic::at("limit", Gravity::Incomplete, at, message);
        let mut all = self.diagnostics.borrow_mut();
        if !all.contains(&diagnostic) {
            all.push(diagnostic);
        }
    }

    /// A large value that is looked up again and again is work as well: each look-up copies it.
    pub(super) fn spend(&self, value: &Val) {
        if matches!(value.kind, Kind::List(_) | Kind::Map(_) | Kind::Json(_)) {
            self.steps.set(self.steps.get() + value.weight(MAX_WEIGHT).min(MAX_WEIGHT) / 256);
        }
    }

    /// Evaluates a named thing once; a thing that needs itself is unknown.
    pub fn remember(&self, key: Key, at: Span, evaluate: impl FnOnce() -> Val) -> Val {
        if let Some(found) = self.memo.borrow().get(&key) {
            self.spend(found);
            return found.clone();
        }
        if !self.running.borrow_mut().insert(key.clone()) {
            let symbol = Symbol::new(format!("{}.{}#{}", key.kind, key.name, key.instance), "");
            return unknown(symbol, Cause::Cycle, &key.name, at);
        }
        // What a name stands for is refused where it is declared, whoever asks.
        let (trying, rendering) = (self.trying.replace(0), self.rendering.replace(false));
        let value = self.bounded(evaluate(), &key, at);
        self.trying.set(trying);
        self.rendering.set(rendering);
        self.running.borrow_mut().remove(&key);
        self.memo.borrow_mut().insert(key, value.clone());
        value
    }

    /// The value of an expression that may name nothing: variable files, the command line.
    pub fn constant(&self, expr: &Expr) -> Val {
        let instance = Instance {
            id: usize::MAX,
            path: String::new(),
            module: Arc::default(),
            guard: Guard::always(),
            call: None,
            providers: BTreeMap::new(),
            depth: 0,
            dirs: Vec::new(),
        };
        self.value(expr, &Scope::of(&Arc::new(instance)))
    }

    /// The value of an expression; what Terraform would refuse is unknown, with a note.
    pub fn value(&self, expr: &Expr, scope: &Scope) -> Val {
        match self.eval(expr, scope) {
            Ok(value) => value,
            Err(failure) => {
                self.note("invalid-expression", failure.at, failure.message.clone());
                let symbol = self.here("", expr.span, scope);
                let why = Why::new(Cause::Invalid, failure.message, Some(failure.at));
                Val::unknown(symbol, Class::Any, why, Origin::at(expr.span))
            }
        }
    }

    /// The value of an expression.
    pub fn eval(&self, expr: &Expr, scope: &Scope) -> Evaluated {
        if MAX_DEPTH < self.depth.get() {
            let symbol = self.here("", expr.span, scope);
            return Ok(unknown(symbol, Cause::Limit, "the nesting of this expression", expr.span));
        }
        self.steps.set(self.steps.get() + 1);
        if MAX_STEPS < self.steps.get() {
            if !self.spent.replace(true) {
                let message =
                    format!("this module takes more than {MAX_STEPS} steps to evaluate; the rest is not known");
                self.limit(expr.span, message);
            }
            // Each is another value: nothing may be taken for the same as something else.
            let symbol = Symbol::new(format!("limit#{}", self.steps.get()), "");
            return Ok(unknown(symbol, Cause::Limit, "the work to evaluate this module", expr.span));
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.eval_kind(expr, scope);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn eval_kind(&self, expr: &Expr, scope: &Scope) -> Evaluated {
        let origin = Origin::at(expr.span);
        let kind = match &expr.kind {
            ExprKind::Null => Kind::Null,
            ExprKind::Bool(it) => Kind::Bool(*it),
            ExprKind::Number(text) => match text.parse() {
                Ok(value) => Kind::Number(Number { value, raw: Some(text.as_str().into()) }),
                Err(_) => return Err(failure(expr.span, format!("`{text}` is not a number"))),
            },
            ExprKind::Template(template) => return self.template(template, expr.span, scope),
            ExprKind::Heredoc(heredoc) => return self.template(&heredoc.template, expr.span, scope),
            ExprKind::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|it| self.eval(it, scope)).collect();
                Kind::List(List { items: items?, rest: None })
            }
            ExprKind::Object(items) => {
                let mut map = Map::default();
                for item in items {
                    let key = match &item.key {
                        ObjectKey::Name(name) => SymStr::text(name.as_str()),
                        ObjectKey::Expr(key) => match self.eval(key, scope)?.as_symstr() {
                            Some(key) => key,
                            None => return Err(failure(item.key_span, "this key is not a string".to_owned())),
                        },
                    };
                    let value = self.eval(&item.value, scope)?;
                    map.entries.push(Entry { key, key_origin: Origin::at(item.key_span), value });
                }
                Kind::Map(map)
            }
            ExprKind::Variable(name) => return self.lone_name(name, expr.span, scope),
            ExprKind::Traversal(traversal) => return self.traversal(traversal, expr.span, scope),
            ExprKind::Call { name, args, expand_final } => {
                return self.call(&name.text, args, *expand_final, expr.span, scope);
            }
            ExprKind::Conditional(parts) => {
                let [condition, yes, no] = &**parts;
                return self.conditional(condition, yes, no, expr.span, scope);
            }
            ExprKind::Unary(operator, inner) => return self.unary(*operator, inner, expr.span, scope),
            ExprKind::Binary(operator, parts) => {
                let [left, right] = &**parts;
                return self.binary(*operator, left, right, expr.span, scope);
            }
            ExprKind::Parenthesis(inner) => return self.eval(inner, scope),
            ExprKind::For(parts) => return self.for_expr(parts, expr.span, scope),
            ExprKind::Invalid(error) => {
                let symbol = self.here("", expr.span, scope);
                return Ok(unknown(symbol, Cause::Syntax, "this expression", error.at));
            }
        };
        Ok(Val::new(kind, origin))
    }

    fn call(&self, name: &str, args: &[Expr], expand: bool, at: Span, scope: &Scope) -> Evaluated {
        match name.strip_prefix("core::").unwrap_or(name) {
            "try" => return self.try_call(args, at, scope),
            "can" => return Ok(self.can_call(args, at, scope)),
            _ => (),
        }
        let mut values = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            let value = self.eval(arg, scope)?;
            let last = index + 1 == args.len();
            match &value.kind {
                Kind::List(list) if expand && last => {
                    values.extend(list.items.iter().cloned());
                    if let Some(why) = &list.rest {
                        let symbol = self.here(name, at, scope);
                        return Ok(Val::unknown(symbol, Class::Any, why.clone(), Origin::at(at)));
                    }
                }
                Kind::Unknown(hole) if expand && last => {
                    let symbol = self.here(name, at, scope);
                    return Ok(Val::unknown(symbol, Class::Any, hole.why.clone(), Origin::at(at)));
                }
                _ => values.push(value),
            }
        }
        if let Some(unit) = &self.terragrunt
            && let Some(value) = terragrunt::call(self, unit, name, &values, at)
        {
            return Ok(value);
        }
        let host = Files { world: self, scope };
        match functions::call(name, &values, at, &host) {
            Some(Ok(value)) => {
                self.note_limit(&value, at);
                // What is made of a secret is one: a digest, a part, another spelling. A structure with one in it has its own texts.
                let is_made = matches!(value.kind, Kind::String(_)) && !name.contains("template");
                if name == "nonsensitive" {
                    self.published.borrow_mut().extend(value.texts());
                }
                if value.sensitive && (is_made || name.ends_with("sensitive")) {
                    self.secrets.borrow_mut().extend(value.texts());
                }
                Ok(value)
            }
            Some(Err(error)) => Err(failure(at, format!("{name}: {}", error.message))),
            None => {
                let symbol = self.here(name, at, scope);
                Ok(unknown(symbol, Cause::Unsupported, &format!("the function {name}"), at))
            }
        }
    }

    fn conditional(&self, condition: &Expr, yes: &Expr, no: &Expr, at: Span, scope: &Scope) -> Evaluated {
        let condition = self.eval(condition, scope)?;
        match condition.as_bool() {
            Some(true) => return self.eval(yes, scope),
            Some(false) => return self.eval(no, scope),
            None => (),
        }
        if !is_unknown(&condition) && !matches!(condition.kind, Kind::Choice(_)) {
            return Err(failure(at, "the condition is not true or false".to_owned()));
        }
        // A branch that Terraform would refuse may never be taken.
        let branch = |expr: &Expr| {
            self.eval(expr, scope).unwrap_or_else(|failed| {
                let symbol = self.here("", expr.span, scope);
                Val::unknown(
                    symbol,
                    Class::Any,
                    Why::new(Cause::Invalid, failed.message, Some(failed.at)),
                    Origin::at(at),
                )
            })
        };
        let (yes, no) = (branch(yes), branch(no));
        if same(&yes, &no) {
            return Ok(yes);
        }
        let mut alternatives = Vec::new();
        for (holds, value) in [(true, yes), (false, no)] {
            let guard = self.guard_of(&condition, holds);
            match value.kind {
                Kind::Choice(inner) => alternatives
                    .extend(inner.into_iter().map(|it| Alternative { guard: guard.and(&it.guard), value: it.value })),
                _ => alternatives.push(Alternative { guard, value }),
            }
        }
        alternatives.retain(|it| it.guard != Guard::Never);
        if alternatives.len() > 64 {
            let symbol = self.here("", at, scope);
            return Ok(unknown(symbol, Cause::Limit, "the number of alternatives", at));
        }
        Ok(Val::new(Kind::Choice(alternatives), Origin::at(at)))
    }
}

pub(super) fn failure(at: Span, message: String) -> Failure {
    Failure { message, at }
}

pub(super) fn unknown(symbol: Symbol, cause: Cause, subject: &str, at: Span) -> Val {
    Val::unknown(symbol, Class::Any, Why::new(cause, subject, Some(at)), Origin::at(at))
}

pub(super) fn is_unknown(value: &Val) -> bool {
    match &value.kind {
        Kind::Unknown(hole) => hole.known.is_none(),
        Kind::String(text) => text.known().is_none(),
        _ => false,
    }
}

pub(super) fn why_of(value: &Val, at: Span) -> Why {
    value.why().unwrap_or_else(|| Why::new(Cause::Unsupported, "this value", Some(at)))
}
