//! Expressions of Terraform in one form: those that say the same are one text, and of a map only what is looked up counts.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::source::Span;
use crate::syntax::hcl::{
    BinaryOp, Block, Body, Expr, ExprKind, ObjectItem, ObjectKey, Template, TemplatePart, UnaryOp,
};

use super::Says;
use super::holds;
use super::modules::{Beside, Modules, Place};

mod calls;
mod elements;
pub(super) mod files;
mod given;
mod keys;
mod names;
mod remote;
mod terragrunt;
mod text;
mod types;

use calls::each_attribute;
pub(in super::super) use keys::are_instances;
pub(super) use remote::STATE;
pub(super) use terragrunt::Unit;
use text::{DEFAULT_VERSION, bare, each_once, everybody, is_empty, literal, lower, parts, set};
pub(super) use text::{all_of, either, equal, not, quoted, short, suffix};

/// So deep expressions and what they name are followed.
const MAX_DEPTH: usize = 400;

/// So many expressions are put in this form for one place.
const MAX_WORK: usize = 100_000;

/// Longer texts of what has a name are told by their digest.
const MAX_TEXT: usize = 2_000;

/// What stands in the place of what is left out.
const LEFT_OUT: &str = "_";

/// Arguments and keys of policies of which the case says nothing.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
const CASELESS: [&str; 5] = ["Action", "NotAction", "actions", "not_actions", "variable"];

/// What a map without a key gives for it.
const ABSENT: &str = "absent()";

/// What is looked up in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An attribute, or an index that is known.
    Key(String),
    /// An index that is not, in this form.
    Any(String),
    /// Which keys there are.
    Keys,
}

/// Where an expression stands.
#[derive(Clone)]
pub(super) struct Scope {
    pub place: Rc<Place>,
    /// The names that `for` gives, the outer ones first.
    bound: Vec<String>,
    /// What `each` and the names of dynamic blocks are of.
    each: Vec<(String, Rc<Expr>)>,
    /// Whether a list of one says what its item says, and the order nothing: in a policy.
    is_set: bool,
    /// The file of Terragrunt that it stands in.
    unit: Option<Rc<Unit>>,
    /// Which instance of its block it is of, where that is one.
    key: Option<String>,
}

impl Scope {
    pub fn of(place: &Rc<Place>) -> Self {
        Self { place: Rc::clone(place), bound: Vec::new(), each: Vec::new(), is_set: false, unit: None, key: None }
    }

    /// In a block, which may be there once for each of something.
    pub fn within(place: &Rc<Place>, body: &Body) -> Self {
        Self::of(place).with_each("each", body)
    }

    fn with_each(mut self, name: &str, body: &Body) -> Self {
        let own = body.attribute("for_each").map(|it| (name.to_owned(), Rc::new(it.value.clone())));
        self.each.extend(own);
        self
    }

    /// Without the names that something around it gives.
    fn unnamed(&self) -> Self {
        Self { unit: self.unit.clone(), ..Self::of(&self.place).with_set(self.is_set) }
    }

    fn with_set(mut self, is_set: bool) -> Self {
        self.is_set = is_set;
        self
    }

    pub fn with_key(self, key: Option<&String>) -> Self {
        Self { key: key.cloned(), ..self }
    }
}

/// What is found out for one place.
pub(super) struct Normal<'m, 'a> {
    modules: &'m Modules<'a>,
    /// Places that are left out.
    known: &'m [Span],
    /// Which instance it is of: the key of its bucket.
    key: Option<String>,
    /// The same of a thing, and of the calls that lead to it by their names, where they are known.
    keys: BTreeMap<String, String>,
    /// Whether what variables are given counts: what a policy says with it is known.
    is_given: bool,
    found: RefCell<Says>,
    /// What has a name, by module, name and what is looked up.
    texts: RefCell<BTreeMap<(String, String, String), Option<String>>>,
    depth: Cell<usize>,
    work: Cell<usize>,
    /// The units that others depend on.
    beside: Rc<Beside<'a>>,
}

impl<'m, 'a> Normal<'m, 'a> {
    pub fn new(modules: &'m Modules<'a>, known: &'m [Span], address: &str) -> Self {
        let key =
            address.strip_suffix(']').and_then(|it| it.rsplit_once('[')).map(|it| it.1.trim_matches('"').to_owned());
        Self {
            modules,
            known,
            key,
            keys: BTreeMap::new(),
            is_given: false,
            found: RefCell::default(),
            texts: RefCell::default(),
            depth: Cell::new(0),
            work: Cell::new(0),
            beside: Rc::clone(modules.beside()),
        }
    }

    pub fn finish(self) -> Says {
        self.found.into_inner()
    }

    pub fn tell(&self, text: String) {
        self.found.borrow_mut().texts.insert(text);
    }

    /// Not all that it depends on was looked at.
    fn cut(&self) {
        self.found.borrow_mut().is_cut = true;
    }

    fn limit(&self, text: String) {
        self.found.borrow_mut().limits.insert(text);
    }

    /// What stands at a place of a block, with what says whether it is there.
    pub fn place(&self, place: &Rc<Place>, body: &Body, at: Span, is_policy: bool) {
        let mut scope = Scope::within(place, body).with_set(is_policy);
        self.there(place, body);
        let mut body = body;
        while let Some(inner) = body.blocks.iter().find(|it| holds(it.span, at)) {
            if inner.span == at || inner.header == at || inner.kind.span == at {
                let text = self.block(&scope, inner);
                return self.tell(text);
            }
            if inner.kind.text == "dynamic" {
                scope = self.dynamic(scope, inner, true);
            }
            body = &inner.body;
        }
        match body.attributes.iter().find(|it| holds(it.value.span, at) || holds(it.span, at)) {
            Some(it) => {
                let (it, scope) = inner(&it.value, at, scope);
                self.tell(self.known_once(&scope, it, &[]));
            }
            None => self.tell(self.body(&scope, body)),
        }
    }

    /// Whether a block is there, and how often.
    pub fn there(&self, place: &Rc<Place>, body: &Body) {
        let scope = Scope::of(place);
        for (name, path) in [("count", [].as_slice()), ("for_each", &[Step::Keys])] {
            let Some(it) = body.attribute(name) else { continue };
            let text = self.known_once(&scope, &it.value, path);
            let text = self.is_there(&text).unwrap_or(text);
            if text != "true" {
                self.tell(format!("there {text}"));
            }
        }
    }

    /// Whether one instance is there by its `count` or the keys of its `for_each`: what they are says nothing more, where it is known.
    fn is_there(&self, text: &str) -> Option<String> {
        let keys = |it: &str| -> Option<Vec<String>> {
            let inner = it.strip_prefix("keys(")?.strip_suffix(')').filter(|it| !it.contains(['(', '$']))?;
            Some(inner.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect())
        };
        let count = |it: &str| it.parse::<u32>().ok();
        if keys(text).is_some() || count(text).is_some() {
            // The evaluation knows which instances there are.
            return Some("true".to_owned());
        }
        let [condition, then, otherwise] = parts(text, "if")?.try_into().ok()?;
        let is_one = |it: &str| match (count(it), keys(it)) {
            (Some(count), _) => (count < 2).then_some(count == 1),
            (None, Some(keys)) => match keys.as_slice() {
                [] => Some(false),
                [_] => Some(true),
                _ => self.key.as_ref().is_some_and(|it| keys.contains(it)).then_some(true),
            },
            (None, None) => None,
        };
        let (then, otherwise) = (is_one(then)?, is_one(otherwise)?);
        // One key or another.
        (then != otherwise).then(|| either(condition, &then.to_string(), &otherwise.to_string()))
    }

    /// The same for each place of which nothing is left out: found out once for all that ask.
    fn known_once(&self, scope: &Scope, it: &Expr, path: &[Step]) -> String {
        // Within another the circles are known to that.
        if 0 < self.depth.get() || !self.known.is_empty() || !scope.each.iter().all(|it| it.0 == "each") {
            return self.value(scope, it, path);
        }
        let key = (format!("{} {}{}", scope.place.key, scope.place.dir.display(), suffix(path)), it.span);
        let (text, said) = self.modules.said_once(key, || {
            let own = Normal::new(self.modules, &[], "");
            let text = own.value(scope, it, path);
            (short(text), own.finish())
        });
        self.found.borrow_mut().add(said);
        text
    }

    /// The content of a dynamic block, its name being that of what it is of.
    fn dynamic(&self, scope: Scope, block: &Block, is_told: bool) -> Scope {
        let label = block.labels.first().map(|it| it.text.clone()).unwrap_or_default();
        let iterator = block.body.attribute("iterator").and_then(|it| match &it.value.kind {
            ExprKind::Variable(name) => Some(name.clone()),
            _ => None,
        });
        if let Some(each) = block.body.attribute("for_each").filter(|_| is_told) {
            self.tell(format!("there {}", self.value(&scope, &each.value, &[])));
        }
        scope.with_each(&iterator.unwrap_or(label), &block.body)
    }

    pub fn block(&self, scope: &Scope, block: &Block) -> String {
        if self.is_left_out(block.span) || self.known.contains(&block.header) {
            return LEFT_OUT.to_owned();
        }
        let labels: Vec<&str> = block.labels.iter().map(|it| it.text.as_str()).collect();
        let scope = match block.kind.text.as_str() {
            "dynamic" => &self.dynamic(scope.clone(), block, false),
            _ => scope,
        };
        let mut text = self.body(scope, &block.body);
        match block.kind.text.as_str() {
            "dynamic" => text = each_once(text),
            "principals" | "not_principals" => text = everybody(text),
            _ => (),
        }
        format!("{}{}{text}", block.kind.text, labels.join(" "))
    }

    /// All that a block says.
    pub fn body(&self, scope: &Scope, body: &Body) -> String {
        let is_said = |name: &str| name != "depends_on" && !(name == "sid" && self.is_nameless(scope));
        let attributes = body.attributes.iter().filter(|it| is_said(&it.name.text));
        let mut all: Vec<String> = attributes
            .map(|it| format!("{}={}", it.name.text, self.argument(scope, &it.name.text, &it.value, &[])))
            .filter(|it| !(scope.is_set && it == DEFAULT_VERSION))
            .collect();
        all.extend(body.blocks.iter().map(|it| self.block(scope, it)));
        all.retain(|it| it != LEFT_OUT);
        all.sort();
        format!("{{{}}}", all.join(" "))
    }

    /// An expression, and what is looked up in it.
    pub fn value(&self, scope: &Scope, it: &Expr, path: &[Step]) -> String {
        if self.is_left_out(it.span) {
            return LEFT_OUT.to_owned();
        }
        self.work.set(self.work.get() + 1);
        if MAX_DEPTH < self.depth.get() || MAX_WORK < self.work.get() {
            // Too much to follow: all of it counts.
            self.tell(self.modules.all_said());
            return "much()".to_owned();
        }
        self.depth.set(self.depth.get() + 1);
        let text = self.kind(scope, it, path);
        self.depth.set(self.depth.get() - 1);
        text
    }

    fn kind(&self, scope: &Scope, it: &Expr, path: &[Step]) -> String {
        let after = |text: String| text + &suffix(path);
        let plain = |it: &Expr| self.value(&scope.clone().with_set(false), it, &[]);
        match &it.kind {
            ExprKind::Null => "null".to_owned(),
            ExprKind::Bool(it) => it.to_string(),
            ExprKind::Number(it) => after(it.clone()),
            ExprKind::Template(it) => self.template(scope, it, path),
            ExprKind::Heredoc(it) => self.template(scope, &it.template, path),
            ExprKind::List(items) => self.list(scope, items, path),
            ExprKind::Object(items) => self.object(scope, items, path),
            ExprKind::Variable(name) => self.name(scope, name, path),
            ExprKind::Traversal(it) => self.traversal(scope, it, path),
            ExprKind::Call { name, args, .. } => self.call(scope, &name.text, args, path),
            ExprKind::Conditional(it) => {
                let [condition, then, otherwise] = &**it;
                let condition = plain(condition);
                either(&condition, &self.value(scope, then, path), &self.value(scope, otherwise, path))
            }
            ExprKind::Unary(UnaryOp::Not, it) => not(&plain(it)),
            ExprKind::Unary(UnaryOp::Negate, it) => format!("-{}", plain(it)),
            ExprKind::Binary(op, both) => self.binary(*op, both, &plain),
            ExprKind::Parenthesis(it) => self.value(scope, it, path),
            ExprKind::For(it) => {
                if let Some(steps) = each_attribute(it).filter(|_| scope.is_set && path.is_empty()) {
                    return self.value(&scope.clone().with_set(false), &it.collection, &steps);
                }
                let mut inner = scope.clone().with_set(false);
                let collection = self.value(&inner, &it.collection, &[]);
                inner.bound.push(it.value.text.clone());
                inner.bound.push(it.key.as_ref().map(|it| it.text.clone()).unwrap_or_default());
                let parts = [it.result_key.as_ref(), Some(&it.result), it.condition.as_ref()];
                let parts = parts.map(|it| it.map_or_else(|| "-".to_owned(), |it| self.value(&inner, it, &[])));
                after(format!("for({collection} {} {})", parts.join(" "), it.grouped))
            }
            ExprKind::Invalid(_) => after(self.modules.plain(it.span, self.known)),
        }
    }

    fn is_left_out(&self, at: Span) -> bool {
        self.known.iter().any(|it| it.file == at.file && holds(*it, at))
    }

    /// Whether what a statement is called says nothing there: documents are not put over each other by it.
    fn is_nameless(&self, scope: &Scope) -> bool {
        scope.is_set && !self.modules.merges_documents()
    }

    fn template(&self, scope: &Scope, it: &Template, path: &[Step]) -> String {
        if let [TemplatePart::Interpolation(it)] = it.parts.as_slice() {
            return self.value(scope, it, path);
        }
        let scope = &scope.clone().with_set(false);
        self.named_file(scope, it);
        literal(&it.parts).map_or_else(|| self.pieces(scope, it), |it| quoted(&it)) + &suffix(path)
    }

    fn pieces(&self, scope: &Scope, it: &Template) -> String {
        let piece = |it: &TemplatePart| match it {
            TemplatePart::Literal(it) => format!("{:?}", it.text),
            TemplatePart::Interpolation(it) => self.value(scope, it, &[]),
            TemplatePart::If { condition, then, otherwise } => {
                let otherwise = otherwise.as_ref().map_or_else(|| "\"\"".to_owned(), |it| self.pieces(scope, it));
                either(&self.value(scope, condition, &[]), &self.pieces(scope, then), &otherwise)
            }
            TemplatePart::For { key, value, collection, body } => {
                let mut inner = scope.clone();
                let collection = self.value(scope, collection, &[]);
                inner.bound.push(value.text.clone());
                inner.bound.push(key.as_ref().map(|it| it.text.clone()).unwrap_or_default());
                format!("for({collection} {})", self.pieces(&inner, body))
            }
        };
        let all: Vec<String> = it.parts.iter().map(piece).collect();
        format!("text({})", all.join(" ").replace("\" \"", ""))
    }

    fn list(&self, scope: &Scope, items: &[Expr], path: &[Step]) -> String {
        match path {
            [Step::Key(at), rest @ ..] if at.parse::<usize>().is_ok() => {
                let at = at.parse::<usize>().unwrap_or_default();
                items.get(at).map_or_else(|| ABSENT.to_owned(), |it| self.value(scope, it, rest))
            }
            [Step::Keys, ..] => {
                let mut keys: Vec<String> = items.iter().map(|it| bare(self.value(scope, it, &[]))).collect();
                keys.sort();
                format!("keys({})", keys.join(" "))
            }
            [first, rest @ ..] => {
                let all: Vec<String> = items.iter().map(|it| self.value(scope, it, rest)).collect();
                format!("[{}]{}", all.join(" "), suffix(std::slice::from_ref(first)))
            }
            [] => {
                let mut all: Vec<String> = items.iter().map(|it| self.value(scope, it, &[])).collect();
                if scope.is_set {
                    all.retain(|it| it != LEFT_OUT);
                    return set(&all);
                }
                format!("[{}]", all.join(" "))
            }
        }
    }

    fn object(&self, scope: &Scope, items: &[ObjectItem], path: &[Step]) -> String {
        let key = |it: &ObjectItem| match &it.key {
            ObjectKey::Name(it) => it.clone(),
            ObjectKey::Expr(it) => bare(self.value(&scope.clone().with_set(false), it, &[])),
        };
        let text = |it: &ObjectItem| match &it.key {
            ObjectKey::Name(_) => None,
            ObjectKey::Expr(it) => match &it.kind {
                ExprKind::Template(it) => literal(&it.parts),
                _ => None,
            },
        };
        let is_plain = |it: &ObjectItem| matches!(it.key, ObjectKey::Name(_)) || text(it).is_some();
        let is_named = |it: &ObjectItem, own: &str| match &it.key {
            ObjectKey::Name(it) => it == own,
            ObjectKey::Expr(_) => text(it).is_some_and(|it| bare(quoted(&it)) == own),
        };
        // Of doubles Terraform takes the last.
        if let ([Step::Key(own), rest @ ..], true) = (path, items.iter().all(is_plain)) {
            let found = items.iter().rev().find(|it| is_named(it, own));
            return found.map_or_else(|| ABSENT.to_owned(), |it| self.value(scope, &it.value, rest));
        }
        let mut all: BTreeMap<String, &ObjectItem> = items.iter().map(|it| (key(it), it)).collect();
        if path.is_empty() && self.is_nameless(scope) {
            all.remove("Sid");
        }
        let with = |rest: &[Step]| {
            let all = all.iter().map(|(key, it)| format!("{key}={}", self.argument(scope, key, &it.value, rest)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(" "))
        };
        match path {
            [] => with(&[]),
            [Step::Keys, ..] => format!("keys({})", all.into_keys().collect::<Vec<_>>().join(" ")),
            [first, rest @ ..] => with(rest) + &suffix(std::slice::from_ref(first)),
        }
    }

    /// What is given for an argument or a key.
    fn argument(&self, scope: &Scope, name: &str, it: &Expr, path: &[Step]) -> String {
        let text = self.value(scope, it, path);
        if scope.is_set && path.is_empty() && CASELESS.contains(&name) { lower(&text) } else { text }
    }

    fn binary(&self, op: BinaryOp, both: &[Expr; 2], plain: &dyn Fn(&Expr) -> String) -> String {
        let [a, b] = both;
        let (a, b) = (plain(a), plain(b));
        if let Some(it) = is_empty(op, &a, &b) {
            return it;
        }
        let name = match op {
            BinaryOp::Equal => return equal(a, b),
            BinaryOp::NotEqual => return not(&equal(a, b)),
            BinaryOp::And => return all_of("and", &a, &b),
            BinaryOp::Or => return not(&all_of("and", &not(&a), &not(&b))),
            BinaryOp::Greater => return format!("less({b} {a})"),
            BinaryOp::GreaterOrEqual => return format!("most({b} {a})"),
            BinaryOp::Less => "less",
            BinaryOp::LessOrEqual => "most",
            BinaryOp::Add => return all_of("add", &a, &b),
            BinaryOp::Subtract => "subtract",
            BinaryOp::Multiply => return all_of("multiply", &a, &b),
            BinaryOp::Divide => "divide",
            BinaryOp::Modulo => "modulo",
        };
        format!("{name}({a} {b})")
    }
}

/// The smallest expression around a place that is the value of something, and not one of several that it may be.
fn inner(it: &Expr, at: Span, scope: Scope) -> (&Expr, Scope) {
    if it.span == at {
        return (it, scope);
    }
    let next = match &it.kind {
        ExprKind::Object(items) => items.iter().map(|it| &it.value).find(|it| holds(it.span, at)),
        ExprKind::List(items) => items.iter().find(|it| holds(it.span, at)),
        ExprKind::Parenthesis(it) => Some(&**it),
        _ => None,
    };
    match next {
        Some(next) => inner(next, at, scope),
        None => (it, scope),
    }
}
