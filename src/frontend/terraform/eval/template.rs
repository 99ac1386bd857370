//! Templates: literal pieces keep their places, interpolations become pieces or holes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source::{Piece, Span};
use crate::syntax::hcl::{self, Template, TemplatePart};
use crate::value::{Alternative, Class, Hole, Kind, Origin, Seg, SymStr, Val};

use super::{Evaluated, Scope, World, failure, why_of};

/// Longer texts (bytes) are not made by one template: a policy has 20 KB, and a rendered file is no input of S3.
const MAX_TEXT: usize = 4 << 20;

impl World<'_> {
    /// A template that is one interpolation is that value; anything else is a string.
    pub(super) fn template(&self, template: &Template, at: Span, scope: &Scope) -> Evaluated {
        if let [TemplatePart::Interpolation(inner)] = template.parts.as_slice() {
            let value = self.eval(inner, scope)?;
            return Ok(Val { origin: Origin { span: Some(at), via: value.origin.via.clone() }, ..value });
        }
        let mut out = Out::default();
        self.parts(template, at, scope, &mut out)?;
        Ok(out.finish(at))
    }

    fn parts(&self, template: &Template, at: Span, scope: &Scope, out: &mut Out) -> Result<(), super::Failure> {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(piece) => out.push(Seg::Lit(piece.clone())),
                TemplatePart::Interpolation(inner) => {
                    let value = self.eval(inner, scope)?;
                    out.sensitive |= value.sensitive;
                    out.append(&value, inner.span)?;
                }
                TemplatePart::If { condition, then, otherwise } => {
                    let condition = self.eval(condition, scope)?;
                    match condition.as_bool() {
                        Some(true) => self.parts(then, at, scope, out)?,
                        Some(false) => {
                            if let Some(otherwise) = otherwise {
                                self.parts(otherwise, at, scope, out)?;
                            }
                        }
                        None => {
                            let (mut yes, mut no) = (out.clone(), out.clone());
                            self.parts(then, at, scope, &mut yes)?;
                            if let Some(otherwise) = otherwise {
                                self.parts(otherwise, at, scope, &mut no)?;
                            }
                            let branches = [(true, yes), (false, no)];
                            let alternatives = branches.into_iter().flat_map(|(holds, it)| {
                                let guard = self.guard_of(&condition, holds);
                                it.alternatives.into_iter().map(move |(g, text)| (guard.and(&g), text))
                            });
                            out.alternatives = alternatives.collect();
                        }
                    }
                }
                TemplatePart::For { key, value, collection, body } => {
                    let collection = self.eval(collection, scope)?;
                    let Some(items) = super::for_expr::items(&collection) else {
                        let symbol = self.here("for", at, scope);
                        let why = why_of(&collection, at);
                        out.push(Seg::hole(Hole { symbol, class: Class::Any, known: None, why }));
                        continue;
                    };
                    for (index, item) in items {
                        let mut inner = scope.with(&value.text, item);
                        if let Some(key) = key {
                            inner = inner.with(&key.text, index);
                        }
                        self.parts(body, at, &inner, out)?;
                    }
                    let rest = match &collection.kind {
                        Kind::List(list) => list.rest.clone(),
                        Kind::Map(map) => map.rest.clone(),
                        _ => None,
                    };
                    if let Some(why) = rest {
                        // More rounds than are known: anything may stand here.
                        let symbol = self.here("for", at, scope);
                        out.push(Seg::hole(Hole { symbol, class: Class::Any, known: None, why }));
                    }
                }
            }
            if MAX_TEXT < out.length {
                let message = format!("this text grows beyond {MAX_TEXT} bytes");
                self.limit(at, message.clone());
                return Err(failure(at, message));
            }
            if 64 < out.alternatives.len() {
                return Err(failure(at, "the template has too many alternatives".to_owned()));
            }
        }
        Ok(())
    }

    /// Renders a text, cut into pieces that know their places, with variables of its own.
    pub(super) fn render(&self, pieces: &[Piece], vars: &Val, scope: &Scope, at: Span) -> Result<Val, String> {
        let whole = pieces.iter().find_map(|it| it.at).unwrap_or(at);
        let parsed = hcl::parse_template(whole.file, &self.sources.text(whole.file), pieces);
        self.report_syntax(&parsed.errors);
        let mut names = BTreeMap::new();
        match &vars.kind {
            Kind::Map(map) => {
                for entry in &map.entries {
                    names.insert(entry.key.display(), Arc::new(entry.value.clone()));
                }
            }
            _ => {
                let symbol = self.here("template", at, scope);
                return Ok(Val::unknown(symbol, Class::Any, why_of(vars, at), Origin::at(at)));
            }
        }
        let inner = Scope { names: Arc::new(names), ..scope.clone() };
        if self.rendering.replace(true) {
            // As Terraform has it.
            return Err("a template cannot render another template".to_owned());
        }
        let rendered = self.template(&parsed.tree, whole, &inner).map_err(|it| it.message);
        self.rendering.set(false);
        rendered
    }
}

fn length(segs: &[Seg]) -> usize {
    segs.iter().map(|it| if let Seg::Lit(piece) = it { piece.text.len() } else { 1 }).sum()
}

/// The text so far, by alternative.
#[derive(Clone)]
struct Out {
    alternatives: Vec<(crate::value::Guard, SymStr)>,
    sensitive: bool,
    /// Bytes that were added, in all alternatives.
    length: usize,
}

impl Default for Out {
    fn default() -> Self {
        Self { alternatives: vec![(crate::value::Guard::always(), SymStr::default())], sensitive: false, length: 0 }
    }
}

impl Out {
    fn push(&mut self, seg: Seg) {
        self.length += self.alternatives.len() * length(std::slice::from_ref(&seg));
        for (_, text) in &mut self.alternatives {
            text.push(seg.clone());
        }
    }

    fn append(&mut self, value: &Val, at: Span) -> Result<(), super::Failure> {
        if let Kind::Choice(choices) = &value.kind {
            let mut all = Vec::new();
            for choice in choices {
                let Some(more) = choice.value.as_symstr() else { continue };
                for (guard, text) in &self.alternatives {
                    let guard = guard.and(&choice.guard);
                    if guard == crate::value::Guard::Never {
                        continue;
                    }
                    let mut text = text.clone();
                    self.length += length(text.segs()) + length(more.segs());
                    text.push_str(&more);
                    all.push((guard, text));
                }
            }
            self.alternatives = all;
            return Ok(());
        }
        match value.as_symstr() {
            Some(more) => {
                self.length += self.alternatives.len() * length(more.segs());
                for (_, text) in &mut self.alternatives {
                    text.push_str(&more);
                }
                Ok(())
            }
            None => Err(failure(at, "a string template needs a string here".to_owned())),
        }
    }

    fn finish(mut self, at: Span) -> Val {
        let origin = Origin::at(at);
        let kind = match (self.alternatives.len(), self.alternatives.pop()) {
            (1, Some((_, text))) => Kind::String(text),
            (_, last) => {
                self.alternatives.extend(last);
                let alternatives = self
                    .alternatives
                    .into_iter()
                    .map(|(guard, text)| Alternative { guard, value: Val::new(Kind::String(text), origin.clone()) });
                Kind::Choice(alternatives.collect())
            }
        };
        Val { sensitive: self.sensitive, ..Val::new(kind, origin) }
    }
}
