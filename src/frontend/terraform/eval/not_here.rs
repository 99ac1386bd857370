//! What a module gives that is not here: of each instance of its call something else, which nobody knows.

use crate::source::Span;
use crate::syntax::hcl::TraversalOp;
use crate::value::{Cause, Class, Origin, Symbol, Val, Why};

use super::reference::Ops;
use super::{Evaluated, Scope, World, one_of};
use crate::frontend::terraform::instance::Repetition;
use crate::frontend::terraform::module::Block;

impl World<'_> {
    /// `module.name…` where what is called is not here.
    pub(super) fn not_here(&self, (name, call): (&str, &Block), ops: Ops, at: Span, scope: &Scope) -> Evaluated {
        let own = format!("module.{name}");
        let address = scope.instance.address(&own);
        if let Some(plan) = self.plan
            && let [(TraversalOp::Attribute(output), _), rest @ ..] = ops
            && let Some(value) = plan.output(&address, output, at)
        {
            return self.steps(value, rest, at, scope);
        }
        let of_instance = |suffix: &str| {
            let address = format!("{address}{suffix}");
            let why = Why::new(Cause::RemoteModule, address.clone(), Some(call.head.header));
            Val::unknown(Symbol::new(address, ""), Class::Any, why, Origin::at(at))
        };
        let expansion = self.expansion(&own, call, &Scope::of(&scope.instance));
        if expansion.kind == Repetition::Single {
            return self.steps(of_instance(""), ops, at, scope);
        }
        if let [(TraversalOp::Index(index), _), rest @ ..] = ops {
            let index = self.eval(index, scope)?;
            if let Some(one) = expansion.find(&index).and_then(|it| expansion.members.get(it)) {
                let value = one_of::by_index(self, one, (&index, &own), of_instance(&one.suffix), at);
                let value = self.when_there(one, scope, value, at);
                return self.steps(value, rest, at, scope);
            }
        }
        let whole = self.collection(&expansion.members, expansion.kind, at, |one| of_instance(&one.suffix));
        self.steps(whole, ops, at, scope)
    }
}
