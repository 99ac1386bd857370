//! What tells things that have a name in the code from others: what a data source asks for, and in whose name. One that asks for
//! something else is another one, whatever it is called.

use std::rc::Rc;

use crate::model::Provider;
use crate::source::Span;
use crate::syntax::hcl::{Body, Expr, ExprKind};

use super::super::pairs::steps;
use super::Says;
use super::modules::{Modules, Place, calls};
use super::normal::{Normal, STATE, Scope};

/// Arguments and blocks that say whether and when a thing is there, and not which it is.
pub(super) const META: [&str; 5] = ["count", "depends_on", "for_each", "lifecycle", "provider"];

/// Types of which there is one for all regions.
const GLOBAL: [&str; 5] = ["aws_caller_identity", "aws_cloudfront_", "aws_iam_", "aws_organizations_", "aws_partition"];

/// What tells a thing from others.
pub(in super::super) struct Identity<'a> {
    pub says: Says,
    /// What its provider configuration is called in the root module.
    pub alias: String,
    /// What that says.
    pub provider: Option<&'a Provider>,
}

impl Identity<'_> {
    /// Whether two of a type are looked for, or made, in one name and region: what one configuration says may change.
    pub fn is_one_place(&self, other: &Self, kind: &str) -> bool {
        let is_one = |(own, other): (&Provider, &Provider)| {
            let is_global = GLOBAL.iter().any(|it| kind.starts_with(it));
            own.is_one_account(other) && (is_global || own.region == other.region)
        };
        self.alias == other.alias || self.provider.zip(other.provider).is_some_and(is_one)
    }
}

impl Modules<'_> {
    /// The module of an address, and what the block is called there.
    pub(super) fn block_of(&self, address: &str) -> Option<(Rc<Place>, String)> {
        let calls = calls(address);
        let name = steps(address).into_iter().skip(2 * calls.len()).collect::<Vec<_>>().join(".");
        let way = |place: Rc<Place>, call: &String| self.called(&place, call);
        Some((calls.iter().try_fold(Rc::clone(self.root()), way)?, name))
    }

    /// The module that calls one that is not here, by the address of what that one gives, and what the call is called there.
    fn call_of(&self, address: &str) -> Option<(Rc<Place>, String)> {
        let mut calls = calls(address);
        let name = format!("module.{}", calls.pop()?);
        let is_call = steps(address).len() == 2 * (calls.len() + 1);
        let mut way = calls.iter();
        is_call.then(|| way.try_fold(Rc::clone(self.root()), |place, it| self.called(&place, it)))?.map(|it| (it, name))
    }

    /// A reference, which JSON writes as a text.
    fn text(&self, at: Span) -> String {
        self.sources().file(at.file).slice(at).trim().trim_matches('"').to_owned()
    }

    /// The provider configurations that a call passes on: the name there, and here.
    fn passed(&self, it: &Expr) -> Vec<(String, String)> {
        let ExprKind::Object(items) = &it.kind else { return Vec::new() };
        items.iter().map(|it| (self.text(it.key_span), self.text(it.value.span))).collect()
    }

    /// What the block of an address says of which thing it is, by some arguments or by all, and the provider configuration that it
    /// has in the root module.
    pub(super) fn identity(&self, address: &str, arguments: Option<&[&str]>) -> Option<(Says, String)> {
        let (place, name) = self.block_of(address).or_else(|| self.call_of(address))?;
        let folder = self.folder(&place.dir);
        let block = folder.named(&name).next()?;
        let said = Normal::of_instance(self, address);
        match name.starts_with("module.") {
            true => said.tell(said.remote(&place, &block.body, said.call_key(address))),
            false => said.identity(&place, &name, &block.body, arguments),
        }
        Some((said.finish(), self.alias(&place, &name, &block.body)))
    }

    /// The name of a provider configuration in the root module: calls pass them on.
    fn alias(&self, place: &Rc<Place>, name: &str, body: &Body) -> String {
        let kind = name.strip_prefix("data.").unwrap_or(name);
        let default = || kind.split(['_', '.']).next().unwrap_or_default().to_owned();
        let mut alias = body.attribute("provider").map_or_else(default, |it| self.text(it.value.span));
        let mut place = Rc::clone(place);
        while let [(from, call)] = place.callers.as_slice() {
            let folder = self.folder(&from.dir);
            let call = folder.named(&format!("module.{call}")).next();
            let given = call.and_then(|it| it.body.attribute("providers")).map(|it| self.passed(&it.value));
            if let Some((_, outer)) = given.into_iter().flatten().find(|it| it.0 == alias) {
                alias = outer;
            }
            place = Rc::clone(from);
        }
        alias
    }
}

impl Normal<'_, '_> {
    /// Tells what a block says of which thing it is.
    fn identity(&self, place: &Rc<Place>, name: &str, body: &Body, arguments: Option<&[&str]>) {
        let is_state = name.split('.').nth(1) == Some(STATE);
        let value = |scope: &Scope, name: &str, it: &Expr| match is_state {
            true => self.asked(scope, name, it),
            false => self.value(scope, it, &[]),
        };
        let scope = Scope::within(place, body).with_key(self.own_key());
        let is_it = |name: &str| match arguments {
            Some(all) => all.contains(&name),
            None => !META.contains(&name),
        };
        for it in body.attributes.iter().filter(|it| is_it(&it.name.text)) {
            self.tell(format!("{}={}", it.name.text, value(&scope, &it.name.text, &it.value)));
        }
        for it in body.blocks.iter().filter(|it| is_it(&it.kind.text)) {
            self.tell(self.block(&scope, it));
        }
        if self.own_key().is_none() {
            self.there(place, body);
        }
        self.tell("it".to_owned());
    }
}
