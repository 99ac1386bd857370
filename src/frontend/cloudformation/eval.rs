//! Evaluates template nodes to values: scalars, lists, maps, and the dispatch of intrinsic functions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::source::{Diagnostic, FileId, Gravity, Piece, Sources, Span};
use crate::syntax::data::{Node, NodeKind, Pair, Scalar, Style};
use crate::value::{Cause, Class, Entry, Guard, Hole, Kind, List, Map, Number, Origin, Seg, SymStr, Symbol, Val, Why};

use super::Options;
use super::conditions::{Decision, Formula};
use super::nested::Child;
use super::node::{Call, call, scalar_text, text};
use super::parameters::Given;
use super::possible::Few;
use super::template::Template;
use super::worlds::{Fact, Scenario};

/// Deeper nesting of values and references is not evaluated.
const MAX_DEPTH: usize = 96;
/// More evaluation steps than this (a loop explosion) end in unknowns.
const MAX_STEPS: usize = 2_000_000;

/// More complaints than this about one template help nobody.
const MAX_NOTES: usize = 500;

/// What holds at a place of the template.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// Conditions assumed: the resource's own, and those of the branches around.
    pub assume: Guard,
    /// Variables of `Fn::ForEach`.
    pub loops: BTreeMap<String, Val>,
    /// Whether parameters take their defaults.
    pub defaults: bool,
}

impl Scope {
    /// Outside of any condition and loop.
    pub fn root() -> Self {
        Self { assume: Guard::always(), loops: BTreeMap::new(), defaults: true }
    }

    /// The same place under a further assumption.
    pub fn assuming(&self, guard: &Guard) -> Self {
        Self { assume: self.assume.and(guard), ..self.clone() }
    }
}

/// Evaluates one template (one instance, where it is a nested stack).
pub(super) struct Evaluator<'a> {
    /// For `AWS::Include` and nested templates.
    pub sources: &'a Sources,
    /// What the user gave.
    pub options: &'a Options,
    /// The sections.
    pub template: Template,
    /// `Stack.` for what stands in a nested stack; empty at the top.
    pub prefix: String,
    /// Parameters passed by a parent stack.
    pub arguments: BTreeMap<String, Val>,
    /// Parameters of the top-level template that the user gave.
    pub given: Arc<Given>,
    /// The file, to resolve relative paths.
    pub file: FileId,
    /// Whether `${self:…}` of the Serverless Framework is to be expected.
    pub serverless: bool,
    /// When the stack is there at all.
    pub exists: Guard,
    /// The templates that this one is nested in.
    pub above: Vec<FileId>,
    /// How many stacks were read for the template at the top.
    pub stacks: Rc<Cell<usize>>,
    pub(super) children: RefCell<BTreeMap<String, Option<Rc<Child<'a>>>>>,
    pub(super) notes: RefCell<Vec<Diagnostic>>,
    pub(super) gaps: RefCell<Vec<crate::model::Gap>>,
    /// Known values of parameters that are not to be shown (`NoEcho`).
    pub(super) secrets: RefCell<BTreeSet<String>>,
    pub(super) formulas: RefCell<BTreeMap<String, Arc<Formula>>>,
    pending: RefCell<Vec<String>>,
    /// Comparisons whose value is taken for given.
    pub scenario: Arc<Scenario>,
    /// What the `Rules` section asserts.
    pub(super) rules: RefCell<Vec<Fact>>,
    /// Undecided formulas by their text, as guards name them.
    pub(super) undecided: RefCell<BTreeMap<String, Arc<Formula>>>,
    /// What a hole may be, by its symbol: the entries that a look-up may find.
    pub(super) possible: RefCell<BTreeMap<Symbol, Few>>,
    /// What look-ups in mappings may find, by their keys as they are shown.
    pub(super) found: RefCell<BTreeMap<Vec<String>, Option<Few>>>,
    pub(super) decisions: RefCell<BTreeMap<(String, Guard), Decision>>,
    depth: Cell<usize>,
    steps: Cell<usize>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of a template whose resources and conditions are still to be expanded.
    pub fn new(sources: &'a Sources, options: &'a Options, file: FileId, template: Template) -> Self {
        Self {
            sources,
            options,
            template,
            prefix: String::new(),
            arguments: BTreeMap::new(),
            given: Arc::default(),
            file,
            serverless: false,
            exists: Guard::always(),
            above: Vec::new(),
            stacks: Rc::default(),
            children: RefCell::default(),
            notes: RefCell::default(),
            gaps: RefCell::default(),
            secrets: RefCell::default(),
            formulas: RefCell::default(),
            pending: RefCell::default(),
            scenario: Arc::default(),
            rules: RefCell::default(),
            undecided: RefCell::default(),
            decisions: RefCell::default(),
            possible: RefCell::default(),
            found: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
        }
    }

    /// Adds a complaint, once per place and text.
    pub fn note(&self, code: &'static str, gravity: Gravity, at: Span, message: impl Into<String>) {
        let note = Diagnostic::at(code, gravity, at, message);
        let mut notes = self.notes.borrow_mut();
        let repeated = code == "limit" && notes.iter().any(|it| it.code == code);
        if notes.len() < MAX_NOTES && !repeated && !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// The value of a node.
    pub fn eval(&self, node: &Node, scope: &Scope) -> Val {
        self.within_limits(node, || match call(node) {
            Some(call) if call.short || call.name != "Condition" => self.call(&call, scope),
            _ => self.bare(node, scope),
        })
    }

    /// The value of a call's argument.
    pub fn arg(&self, call: &Call<'_>, scope: &Scope) -> Val {
        if call.short {
            // `!Ref {Fn::Sub: …}`: the argument is a call in its long form.
            let inner = Node { tag: None, ..call.arg.clone() };
            match super::node::call(&inner) {
                Some(inner) => self.within_limits(call.arg, || self.call(&inner, scope)),
                None => self.within_limits(call.arg, || self.bare(call.arg, scope)),
            }
        } else {
            self.eval(call.arg, scope)
        }
    }

    /// Runs `inner` unless the template is too deep or too costly here.
    pub(super) fn within_limits(&self, node: &Node, inner: impl FnOnce() -> Val) -> Val {
        let (depth, steps) = (self.depth.get(), self.steps.get());
        if MAX_DEPTH <= depth || MAX_STEPS <= steps {
            let what = if MAX_DEPTH <= depth { "nesting" } else { "expansion" };
            self.note("limit", Gravity::Incomplete, node.span, format!("{what} is too deep to evaluate"));
            return self.unknown(&self.here("limit", node.span), Cause::Limit, what, node.span);
        }
        self.steps.set(steps + 1);
        self.depth.set(depth + 1);
        let out = inner();
        self.depth.set(depth);
        out
    }

    /// Runs `inner`, unless it is reached from within itself.
    pub(super) fn once_within<T>(&self, key: String, inner: impl FnOnce() -> T) -> Option<T> {
        if self.pending.borrow().contains(&key) {
            return None;
        }
        self.pending.borrow_mut().push(key);
        let out = inner();
        self.pending.borrow_mut().pop();
        Some(out)
    }

    /// The name of what one evaluation gives and no other: two unknowns of one place may differ, in rounds of a loop or
    /// for the alternatives of a choice.
    pub fn here(&self, what: &str, span: Span) -> String {
        format!("{what}@{}#{}", span.start, self.steps.get())
    }

    /// A wholly unknown value of any class.
    pub fn unknown(&self, entity: &str, cause: Cause, subject: &str, span: Span) -> Val {
        self.hole(entity, "", Class::Any, Why::new(cause, subject, Some(span)), span)
    }

    /// A hole that stands for a part of something of this template.
    pub fn hole(&self, entity: &str, attribute: &str, class: Class, why: Why, span: Span) -> Val {
        Val::unknown(self.symbol(entity, attribute), class, why, Origin::at(span))
    }

    /// The symbol of a part of something of this template.
    pub fn symbol(&self, entity: &str, attribute: &str) -> Symbol {
        Symbol::new(format!("{}{entity}", self.prefix), attribute)
    }

    /// An argument of the wrong form: unknown, and a complaint.
    pub fn invalid(&self, span: Span, message: &str) -> Val {
        self.note("invalid-value", Gravity::Note, span, message);
        self.unknown(&self.here("invalid", span), Cause::Invalid, message, span)
    }

    /// The value of a node whose tag, if any, is dealt with.
    fn bare(&self, node: &Node, scope: &Scope) -> Val {
        let origin = Origin::at(node.span);
        match &node.kind {
            NodeKind::Scalar(it) => Val::new(self.scalar(it, node.span), origin),
            NodeKind::Sequence(all) => {
                let items = all.iter().map(|it| self.eval(it, scope)).filter(|it| it.kind != Kind::Null).collect();
                Val::new(Kind::List(List { items, rest: None }), origin)
            }
            NodeKind::Mapping(pairs) => self.map(pairs, node.span, scope),
        }
    }

    fn map(&self, pairs: &[Pair], span: Span, scope: &Scope) -> Val {
        let mut map = Map::default();
        for pair in pairs {
            let Some(key) = text(&pair.key) else {
                self.note("invalid-key", Gravity::Note, pair.key.span, "a key that is not text is passed over");
                continue;
            };
            if key.starts_with("Fn::ForEach::") {
                self.loop_entries(pair, scope, &mut map);
            } else if key == "Fn::Transform" {
                self.transform_entries(&pair.value, scope, &mut map);
            } else {
                let value = self.eval(&pair.value, scope);
                if value.kind != Kind::Null {
                    let key = self.with_loops(&key, pair.key.span, scope);
                    map.entries.push(Entry { key, key_origin: Origin::at(pair.key.span), value });
                }
            }
        }
        Val::new(Kind::Map(map), Origin::at(span))
    }

    /// A scalar by CloudFormation's reading of YAML: quoted text is text, plain `true`, numbers and `null` are typed.
    fn scalar(&self, scalar: &Scalar, span: Span) -> Kind {
        if scalar.style == Style::Plain {
            let text = scalar_text(scalar);
            match text.as_str() {
                "true" | "True" | "TRUE" => return Kind::Bool(true),
                "false" | "False" | "FALSE" => return Kind::Bool(false),
                "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
                _ => (),
            }
            let numeric = text.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '-' | '+' | '.'))
                && text.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'-' | b'+' | b'.' | b'e' | b'E'));
            if let Some(value) = text.parse().ok().filter(|it: &f64| numeric && it.is_finite()) {
                return Kind::Number(Number { value, raw: Some(text.into()) });
            }
        }
        let text = scalar.pieces.iter().cloned().map(Seg::Lit).collect();
        let text = if self.serverless { self.framework_variables(&text, span) } else { text };
        single(self.dynamic_references(&text, span))
    }

    /// `{{resolve:ssm:…}}` becomes a hole: its value is read at deploy time.
    pub fn dynamic_references(&self, text: &SymStr, span: Span) -> SymStr {
        let is_start = |seg: &Seg| matches!(seg, Seg::Lit(lit) if lit.text.contains("{{resolve:"));
        if !text.segs().iter().any(is_start) {
            return text.clone();
        }
        let mut out = SymStr::default();
        let mut open: Option<SymStr> = None;
        for seg in text.segs() {
            let Seg::Lit(lit) = seg else {
                open.as_mut().unwrap_or(&mut out).push(seg.clone());
                continue;
            };
            let mut rest = lit.clone();
            loop {
                let (mark, skip) = if open.is_some() { ("}}", 2) } else { ("{{resolve:", 0) };
                let Some(found) = rest.text.find(mark) else {
                    open.as_mut().unwrap_or(&mut out).push(Seg::Lit(rest));
                    break;
                };
                let (head, tail) = split_piece(&rest, found + skip);
                rest = tail;
                match open.take() {
                    Some(mut reference) => {
                        reference.push(Seg::Lit(head));
                        out.push(Seg::hole(dynamic_hole(&reference, span)));
                    }
                    None => {
                        out.push(Seg::Lit(head));
                        open = Some(SymStr::default());
                    }
                }
            }
        }
        if let Some(rest) = open {
            out.push_str(&rest);
        }
        out
    }

    /// `${self:custom.x}`, `${env:X}`, `${file(…)}` of the Serverless Framework become holes.
    pub(super) fn framework_variables(&self, text: &SymStr, span: Span) -> SymStr {
        let mut out = SymStr::default();
        for seg in text.segs() {
            let Seg::Lit(lit) = seg else {
                out.push(seg.clone());
                continue;
            };
            let mut rest = lit.clone();
            let mut from = 0;
            while let Some(start) = rest.text.get(from..).and_then(|it| it.find("${")).map(|it| it + from) {
                let Some(end) = closing_brace(&rest.text, start) else { break };
                let name = rest.text.get(start + 2..end).unwrap_or_default().to_owned();
                if name.starts_with("AWS::") || !name.contains([':', '(']) {
                    from = end;
                    continue;
                }
                let (head, tail) = split_piece(&rest, start);
                let (_, tail) = split_piece(&tail, end + 1 - start);
                out.push(Seg::Lit(head));
                let why = Why::new(Cause::DataSource, format!("${{{name}}}"), Some(span));
                let symbol = Symbol::new(format!("${{{name}}}"), "");
                out.push(Seg::hole(Hole { symbol, class: Class::Any, known: None, why }));
                (rest, from) = (tail, 0);
            }
            out.push(Seg::Lit(rest));
        }
        out
    }
}

fn dynamic_hole(reference: &SymStr, span: Span) -> Hole {
    let name = reference.display();
    let why = Why::new(Cause::DataSource, name.as_str(), Some(span));
    Hole { symbol: Symbol::new(name, ""), class: Class::Any, known: None, why }
}

/// The `}` that closes the `${` at `start`, inner `${…}` skipped.
pub(crate) fn closing_brace(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return Some(at),
            b'}' => depth -= 1,
            _ => (),
        }
    }
    None
}

/// A string that is exactly one unknown hole is an unknown; any other is a string.
pub(super) fn single(text: SymStr) -> Kind {
    match text.segs() {
        [Seg::Hole(hole)] if hole.known.is_none() => Kind::Unknown(hole.clone()),
        _ => Kind::String(text),
    }
}

/// Splits a piece at a byte offset of its text, places kept.
pub(super) fn split_piece(piece: &Piece, offset: usize) -> (Piece, Piece) {
    let Some((head, tail)) = piece.text.split_at_checked(offset) else {
        return (piece.clone(), Piece { text: "".into(), at: None });
    };
    let middle = |at: Span| at.start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)).min(at.end);
    let first = piece.at.map(|at| Span::new(at.file, at.start, middle(at)));
    let second = piece.at.map(|at| Span::new(at.file, middle(at), at.end));
    (Piece { text: head.into(), at: first }, Piece { text: tail.into(), at: second })
}
