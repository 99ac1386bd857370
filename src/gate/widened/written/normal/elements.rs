//! Some elements of one statement, and whether it is there where it stands.

use std::rc::Rc;

use crate::frontend::terraform::is_code;
use crate::model::{Bucket, Format};
use crate::source::Span;
use crate::syntax::hcl::{Body, Expr, ExprKind, ObjectItem, ObjectKey};

use super::super::holds;
use super::super::modules::{Modules, Place};
use super::super::{Says, Written};
use super::text::literal;
use super::{Normal, Scope};

impl Written<'_> {
    /// Some elements of a statement, by their keys. Nothing where that is not found.
    pub(in super::super::super) fn elements(&self, bucket: &Bucket, at: Span, keys: &[&str]) -> Option<Says> {
        let is_code = bucket.format == Format::Terraform && is_code(&self.sources.file(at.file).path);
        self.modules(&bucket.namespace).elements(&bucket.address, at, keys).filter(|_| is_code)
    }
}

impl Modules<'_> {
    /// What some elements of the statement at a place say, by their keys. Nothing where that is not found.
    pub(in super::super) fn elements(&self, address: &str, at: Span, keys: &[&str]) -> Option<Says> {
        let place = self.place_of(address, at);
        let folder = self.folder(&place.dir);
        let block = folder.blocks.iter().find(|it| it.at.file == at.file && holds(it.at, at))?;
        let said = Normal::new(self, &[], address);
        said.elements(&place, &block.body, at, keys)?;
        Some(said.finish())
    }
}

impl Normal<'_, '_> {
    fn elements(&self, place: &Rc<Place>, mut body: &Body, at: Span, keys: &[&str]) -> Option<()> {
        let mut scope = Scope::within(place, body).with_set(true);
        while let Some(inner) = body.blocks.iter().find(|it| holds(it.span, at)) {
            let is_it = [inner.span, inner.header, inner.kind.span].contains(&at);
            body = &inner.body;
            if inner.kind.text == "dynamic" {
                scope = self.dynamic(scope, inner, true);
                body = if is_it { &body.blocks_of("content").next()?.body } else { body };
            }
            if is_it {
                self.elements_of_body(&scope, body, keys);
                return Some(());
            }
        }
        let all = body.attributes.iter().find(|it| holds(it.value.span, at))?;
        let ExprKind::Object(items) = &self.there_in(&all.value, at, &scope)?.kind else { return None };
        self.elements_of(&scope, items, keys);
        Some(())
    }

    fn elements_of_body(&self, scope: &Scope, body: &Body, keys: &[&str]) {
        for it in body.attributes.iter().filter(|it| keys.contains(&it.name.text.as_str())) {
            self.tell(format!("{}={}", it.name.text, self.argument(scope, &it.name.text, &it.value, &[])));
        }
        // The blocks of one kind say something together.
        let is_it = |it: &str| keys.contains(&it);
        let blocks = body.blocks.iter().filter(|it| {
            is_it(&it.kind.text) || (it.kind.text == "dynamic" && it.labels.first().is_some_and(|it| is_it(&it.text)))
        });
        let mut all: Vec<String> = blocks.map(|it| self.block(scope, it)).collect();
        all.sort();
        self.tell(format!("{{{}}}", all.join(" ")));
    }

    fn elements_of(&self, scope: &Scope, items: &[ObjectItem], keys: &[&str]) {
        let name = |it: &ObjectItem| match &it.key {
            ObjectKey::Name(it) => Some(it.clone()),
            ObjectKey::Expr(it) => match &it.kind {
                ExprKind::Template(it) => literal(&it.parts),
                _ => None,
            },
        };
        for it in items {
            match name(it) {
                Some(name) if !keys.contains(&name.as_str()) => (),
                Some(name) => self.tell(format!("{name}={}", self.argument(scope, &name, &it.value, &[]))),
                // It may be any of them.
                None => self.cut(),
            }
        }
    }

    /// The expression at a place within another, with what says whether it is there. Of one that is there for each of several, nothing.
    fn there_in<'e>(&self, it: &'e Expr, at: Span, scope: &Scope) -> Option<&'e Expr> {
        if it.span == at {
            return Some(it);
        }
        let next = match &it.kind {
            ExprKind::Object(items) => items.iter().map(|it| &it.value).find(|it| holds(it.span, at)),
            ExprKind::List(items) => items.iter().find(|it| holds(it.span, at)),
            ExprKind::Call { args, .. } => args.iter().find(|it| holds(it.span, at)),
            ExprKind::Parenthesis(it) => Some(&**it),
            ExprKind::Conditional(all) => {
                let [condition, then, otherwise] = &**all;
                let text = self.value(&scope.clone().with_set(false), condition, &[]);
                let is_then = holds(then.span, at);
                self.tell(format!("there {text} {is_then}"));
                Some(if is_then { then } else { otherwise }).filter(|it| holds(it.span, at))
            }
            _ => None,
        };
        self.there_in(next?, at, scope)
    }
}
