//! The intrinsic functions, lifted over holes and choices.

use std::collections::BTreeMap;

use crate::source::{Gravity, Span};
use crate::syntax::data::Node;
use crate::value::{Cause, Class, Guard, HopKind, Kind, List, Number, Origin, Seg, SymStr, Truth, Val, Why};

use super::conditions::default_hop;
use super::eval::{Evaluator, Scope, single};
use super::lift::{choice, hoist_items, lift, resting_on, text_of};
use super::node::{Call, get, items, text};
use super::reference::{split, split_first};

/// Longer texts (bytes) are not made: a template is at most 1 MB.
const MAX_TEXT: usize = 1 << 20;

/// `Fn::Split` makes no more parts.
const MAX_PARTS: usize = 10_000;

fn text_length(text: &SymStr) -> usize {
    text.segs().iter().map(|it| if let Seg::Lit(it) = it { it.text.len() } else { 1 }).sum()
}

impl Evaluator<'_> {
    /// The value of an intrinsic function.
    pub(super) fn call(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let span = call.span;
        match call.name.as_str() {
            "Ref" => self.reference(call, scope),
            "Fn::GetAtt" => self.get_att(call, scope),
            "Fn::Sub" => self.sub(call, scope),
            "Fn::If" => self.branch(call, scope),
            "Fn::Join" => self.join(call, scope),
            "Fn::Split" => self.split(call, scope),
            "Fn::Select" => self.select(call, scope),
            "Fn::FindInMap" => self.find_in_map(call, scope),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition" => self.truth_value(call, scope),
            "Fn::Length" => self.length(call, scope),
            "Fn::ToJsonString" => {
                let inner = self.arg(call, scope);
                Val::new(Kind::Json(Box::new(inner)), Origin::at(span))
            }
            "Fn::Base64" => {
                let inner = self.arg(call, scope);
                self.lifted(span, &[inner], &|args| match args.first().and_then(Val::as_text) {
                    Some(it) => Val::string(base64(it.as_bytes()), Origin::at(span)),
                    None => self.unknown(&self.here("Fn::Base64", span), Cause::Unsupported, "Fn::Base64", span),
                })
            }
            "Fn::ImportValue" => {
                let name = self.arg(call, scope);
                let name = crate::value::ops::canonical("", std::slice::from_ref(&name)).text;
                let name = name.trim_matches('"');
                let subject = format!("Fn::ImportValue {name}");
                self.unknown(&subject, Cause::DataSource, &subject, span)
            }
            "Fn::GetAZs" | "Fn::Cidr" => {
                let rest = Some(Why::new(Cause::Deployment, call.name.as_str(), Some(span)));
                Val::new(Kind::List(List { items: Vec::new(), rest }), Origin::at(span))
            }
            "Fn::Transform" => self.transform_value(call.arg, scope),
            other => {
                self.note(
                    "unknown-function",
                    Gravity::Note,
                    span,
                    format!("`{other}` is not evaluated by this version"),
                );
                self.unknown(&self.here(other, span), Cause::Unsupported, other, span)
            }
        }
    }

    /// [`lift`] with an unknown where there are too many alternatives.
    fn lifted(&self, span: Span, args: &[Val], apply: &dyn Fn(&[Val]) -> Val) -> Val {
        lift(args, &Origin::at(span), apply)
            .unwrap_or_else(|| self.unknown(&self.here("limit", span), Cause::Limit, "conditions", span))
    }

    /// `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!literal}`, and the map form's own variables.
    fn sub(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let (template, variables) = match call.items() {
            [] => (call.arg, None),
            [template, variables, ..] => (template, Some(variables)),
            [template] => (template, None),
        };
        let crate::syntax::data::NodeKind::Scalar(scalar) = &template.kind else {
            return self.invalid(call.span, "Fn::Sub needs a string");
        };
        let span = template.span;
        let whole = scalar.pieces.iter().cloned().map(Seg::Lit).collect();
        // The framework fills in its own before CloudFormation sees the text.
        let whole = if self.serverless { self.framework_variables(&whole, span) } else { whole };
        let mut parts = Vec::new();
        // A variable that stands twice is evaluated once: such calls nest.
        let mut known: BTreeMap<String, Val> = BTreeMap::new();
        for part in parts_of_sub(&whole) {
            match part {
                Part::Text(text) => parts.push(Val::new(Kind::String(text), Origin::at(span))),
                Part::Name(name, at) => {
                    let own = variables.and_then(|it| get(it, &name));
                    parts.push(match own {
                        Some(node) => known.entry(name).or_insert_with(|| self.eval(node, scope)).clone(),
                        None => self.sub_name(&name, at.unwrap_or(span), scope),
                    });
                }
            }
        }
        self.lifted(span, &parts, &|parts| self.concat(parts, &SymStr::default(), span))
    }

    fn sub_name(&self, name: &str, span: Span, scope: &Scope) -> Val {
        let declared = scope.loops.contains_key(name) || self.template.parameters.contains_key(name);
        match name.split_once('.') {
            Some((id, attribute)) if !declared => self.attribute(id, attribute, span, scope),
            _ => self.named(name, span, scope),
        }
    }

    /// The parts joined with a separator; the first part that has no text makes it unknown.
    fn concat(&self, parts: &[Val], separator: &SymStr, span: Span) -> Val {
        let (mut out, mut length) = (SymStr::default(), 0);
        for (index, part) in parts.iter().enumerate() {
            if 0 < index {
                out.push_str(separator);
            }
            match text_of(part) {
                Ok(it) => {
                    length += text_length(&it) + text_length(separator);
                    if MAX_TEXT < length {
                        return self.too_large("the length of this text", span);
                    }
                    out.push_str(&it);
                }
                Err(why) => {
                    if why.cause() == Cause::Invalid {
                        self.note("invalid-value", Gravity::Note, span, why.subject());
                    }
                    return self.hole(&self.here("invalid", span), "", Class::Any, why, span);
                }
            }
        }
        let origins: Vec<_> = parts.iter().map(|it| &it.origin).collect();
        let kind = single(self.dynamic_references(&out, span));
        Val { sensitive: parts.iter().any(|it| it.sensitive), ..Val::new(kind, resting_on(span, &origins)) }
    }

    /// What grows beyond every real template is unknown, and told.
    fn too_large(&self, what: &str, span: Span) -> Val {
        self.note("limit", Gravity::Incomplete, span, format!("{what} is beyond what is evaluated"));
        self.unknown(&self.here("limit", span), Cause::Limit, what, span)
    }

    fn join(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let [separator, list] = call.items() else {
            return self.invalid(call.span, "Fn::Join needs a separator and a list");
        };
        let (separator, list) = (self.eval(separator, scope), self.eval(list, scope));
        let span = call.span;
        let Some(list) = hoist_items(&list) else {
            return self.unknown(&self.here("limit", span), Cause::Limit, "conditions", span);
        };
        self.lifted(span, &[separator, list], &|args| {
            let [separator, list] = args else { return self.invalid(span, "Fn::Join needs two arguments") };
            let Some(separator) = separator.as_symstr() else { return self.invalid(span, "a separator must be text") };
            match &list.kind {
                Kind::List(List { items, rest: None }) => self.concat(items, &separator, span),
                _ => self.dependent(list, "Fn::Join", span),
            }
        })
    }

    fn split(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let [separator, source] = call.items() else {
            return self.invalid(call.span, "Fn::Split needs a separator and a text");
        };
        let (args, span) = ([self.eval(separator, scope), self.eval(source, scope)], call.span);
        self.lifted(span, &args, &|args| {
            let [separator, source] = args else { return self.invalid(span, "Fn::Split needs two arguments") };
            let (Some(separator), Kind::String(source)) = (separator.as_text(), &source.kind) else {
                let rest = Some(source.why().unwrap_or_else(|| Why::new(Cause::Invalid, "Fn::Split", Some(span))));
                return Val::new(Kind::List(List { items: Vec::new(), rest }), Origin::at(span));
            };
            let pieces = |it: &Seg| if let Seg::Lit(it) = it { it.text.matches(separator.as_str()).count() } else { 0 };
            if MAX_PARTS < source.segs().iter().map(pieces).sum() {
                return self.too_large("the number of parts", span);
            }
            let parts = split(source, &separator, false).into_iter();
            let items = parts.map(|it| Val::new(single(it), Origin::at(span))).collect();
            Val::new(Kind::List(List { items, rest: None }), Origin::at(span))
        })
    }

    fn select(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let [index, list] = call.items() else {
            return self.invalid(call.span, "Fn::Select needs an index and a list");
        };
        let (args, span) = ([self.eval(index, scope), self.eval(list, scope)], call.span);
        self.lifted(span, &args, &|args| {
            let [index, list] = args else { return self.invalid(span, "Fn::Select needs two arguments") };
            let Some(index) = index.as_text().and_then(|it| it.parse::<usize>().ok()) else {
                return self.dependent(index, "Fn::Select", span);
            };
            // A part of an unknown text may be anything; a list with an unknown rest is known at its start.
            match &list.kind {
                Kind::List(it) => match it.items.get(index) {
                    Some(it) => it.clone(),
                    None if it.rest.is_some() => self.dependent(list, "Fn::Select", span),
                    None => self.invalid(span, "Fn::Select reaches beyond the list"),
                },
                _ => self.dependent(list, "Fn::Select", span),
            }
        })
    }

    /// What cannot be computed because `part` is not known.
    fn dependent(&self, part: &Val, function: &str, span: Span) -> Val {
        match part.why() {
            Some(why) => self.hole(&self.here(function, span), "", Class::Any, why, span),
            None => self.invalid(span, &format!("an argument of {function} has the wrong type")),
        }
    }

    fn find_in_map(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let [map, first, second, options @ ..] = call.items() else {
            return self.invalid(call.span, "Fn::FindInMap needs a map and two keys");
        };
        let keys = [self.eval(map, scope), self.eval(first, scope), self.eval(second, scope)];
        let span = call.span;
        let fallback = options.first().and_then(|it| get(it, "DefaultValue"));
        self.lifted(span, &keys, &|keys| {
            let mut names = Vec::new();
            for key in keys {
                match key.as_text() {
                    Some(name) => names.push(name),
                    None => {
                        let default = fallback.map(|it| self.eval(it, scope));
                        return self.found_by_undecided(keys, default.as_ref(), span);
                    }
                }
            }
            let [map, first, second] = names.as_slice() else { return self.invalid(span, "Fn::FindInMap needs text") };
            let map_node = self.template.mappings.iter().rev().find(|it| it.0 == *map).map(|it| &it.1);
            let found = map_node.and_then(|it| get(it, first)).and_then(|it| get(it, second));
            match (found, fallback) {
                (Some(node), _) => {
                    let value = self.eval(node, &Scope::root());
                    let inner = value.origin.used_at(span, HopKind::Other, format!("Mappings.{map}.{first}.{second}"));
                    let keys: Vec<_> = keys.iter().map(|it| &it.origin).collect();
                    let assumed = resting_on(span, &keys);
                    let origin = if assumed.via.is_some() { assumed } else { inner };
                    Val { origin, ..value }
                }
                (None, Some(node)) => self.eval(node, scope),
                (None, None) => {
                    let subject = format!("Mappings.{map}.{first}.{second}");
                    let code = "undeclared-name";
                    self.note(code, Gravity::Note, span, format!("there is no `{subject}`"));
                    self.unknown(&subject, Cause::Undeclared, &subject, span)
                }
            }
        })
    }

    fn length(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let (list, span) = (self.arg(call, scope), call.span);
        self.lifted(span, &[list], &|args| match args.first().map(|it| &it.kind) {
            Some(Kind::List(it))
                if it.rest.is_none() && !it.items.iter().any(|it| matches!(it.kind, Kind::Choice(_))) =>
            {
                let length = u32::try_from(it.items.len()).unwrap_or(u32::MAX);
                Val::new(Kind::Number(Number::new(f64::from(length))), Origin::at(span))
            }
            _ => match args.first() {
                Some(it) => self.dependent(it, "Fn::Length", span),
                None => self.invalid(span, "Fn::Length needs a list"),
            },
        })
    }

    /// `Fn::If`: the branch where the condition is decided (perhaps by a default), else both under their guards.
    fn branch(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let [condition, yes, no] = call.items() else {
            return self.invalid(call.span, "Fn::If needs a condition and two values");
        };
        let formula = match text(condition) {
            Some(name) => self.condition(&self.loop_text(&name, scope), condition.span),
            None => self.formula(condition, scope),
        };
        let decision = self.decide(&formula, &scope.assume);
        let taken: &Node = match decision.truth {
            Truth::Yes => yes,
            Truth::No => no,
            Truth::Unknown => {
                let one = |node: &Node, holds: bool| -> (Guard, Val) {
                    let guard = formula.guard(holds, &scope.assume);
                    let inner = self.eval(node, &scope.assuming(&guard));
                    (guard, inner)
                };
                return choice(vec![one(yes, true), one(no, false)], Origin::at(call.span));
            }
        };
        let mut value = self.eval(taken, scope);
        if let Some((name, at)) = decision.default_at {
            // The branch stays the last hop: that is where the value is written.
            let branch = crate::value::Hop {
                kind: HopKind::Other,
                name: "Fn::If".to_owned(),
                at: value.origin.span,
                next: value.origin.via.clone(),
            };
            value.origin.via = Some(default_hop(&name, at, Some(std::sync::Arc::new(branch))));
        }
        value
    }

    fn truth_value(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let formula = self.formula_call(call, scope);
        match self.decide(&formula, &scope.assume).truth {
            Truth::Yes => Val::new(Kind::Bool(true), Origin::at(call.span)),
            Truth::No => Val::new(Kind::Bool(false), Origin::at(call.span)),
            Truth::Unknown => {
                self.unknown(&self.here("condition", call.span), Cause::Conditional, "a condition", call.span)
            }
        }
    }

    /// A name with its loop variables replaced.
    pub(super) fn loop_text(&self, name: &str, scope: &Scope) -> String {
        self.with_loops(name, Span::head(self.file), scope).known().unwrap_or_else(|| name.to_owned())
    }

    /// A macro in value position: a local `AWS::Include` is read, anything else is opaque.
    pub(super) fn transform_value(&self, node: &Node, scope: &Scope) -> Val {
        let name = get(node, "Name").and_then(text).unwrap_or_else(|| "Fn::Transform".to_owned());
        if let Some(included) = self.included(node, |fragment| self.eval(fragment, scope)) {
            return included;
        }
        self.gap(&name, node.span, "a macro builds this value at deploy time");
        self.unknown(&self.here(&name, node.span), Cause::Transform, &name, node.span)
    }

    /// The items of a node as values, one text being a list of one.
    pub(super) fn values(&self, node: &Node, scope: &Scope) -> Vec<Val> {
        let all = items(node);
        if all.is_empty() { vec![self.eval(node, scope)] } else { all.iter().map(|it| self.eval(it, scope)).collect() }
    }
}

enum Part {
    Text(SymStr),
    Name(String, Option<Span>),
}

/// Cuts a `Fn::Sub` text at its `${…}`; `${!x}` is the literal `${x}`.
fn parts_of_sub(text: &SymStr) -> Vec<Part> {
    let mut out = Vec::new();
    for (index, chunk) in split(text, "${", false).into_iter().enumerate() {
        if index == 0 {
            out.push(Part::Text(chunk));
            continue;
        }
        let Some((name, tail)) = split_first(&chunk, "}") else {
            // No closing brace: not a variable.
            out.push(Part::Text([SymStr::text("${"), chunk].iter().flat_map(|it| it.segs().to_vec()).collect()));
            continue;
        };
        let at = match name.segs() {
            [Seg::Lit(lit)] => lit.at,
            _ => None,
        };
        let known = name.known().unwrap_or_default();
        match known.strip_prefix('!') {
            Some(literal) => out.push(Part::Text(SymStr::text(format!("${{{literal}}}")))),
            None => out.push(Part::Name(known.trim().to_owned(), at)),
        }
        out.push(Part::Text(tail));
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = ALPHABET.get((bits >> shift) as usize & 63).copied().unwrap_or(b'=');
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
