//! Subjects of the scopes about what stands beside buckets.

use crate::model::beside::{Beside, Document, What};
use crate::rules::{BesideView, Fact, Item, Names, Object, Scope, StatementView, World};
use crate::value::{Guard, Origin, Why};

use super::subjects::{Subject, with_bucket};

/// The subjects of a scope.
pub(super) fn of<'m>(scope: Scope, world: &'m World<'m>) -> Vec<Subject<'m>> {
    let all = world.estate.beside.iter().filter(|it| it.exists != Guard::Never);
    all.flat_map(|beside| match (scope, &beside.what) {
        (Scope::DocumentStatement, What::Document(own)) => statements(beside, own, world),
        (Scope::Trail, What::Trail(own)) => vec![one("trail", Object::Trail(view(beside, own, world)), beside, world)],
        (Scope::Service, What::Service(own)) => {
            vec![one("service", Object::Service(view(beside, own, world)), beside, world)]
        }
        (Scope::Export, What::Export(own)) => {
            vec![one("export", Object::Export(view(beside, own, world)), beside, world)]
        }
        (Scope::Tier, What::Tier(own)) => vec![one("tier", Object::Tier(view(beside, own, world)), beside, world)],
        (Scope::CdnOrigin, What::CdnOrigin(own)) => {
            vec![one("cdn_origin", Object::CdnOrigin(view(beside, own, world)), beside, world)]
        }
        (Scope::MetricFilter, What::MetricFilter(own)) => {
            vec![one("metric_filter", Object::MetricFilter(view(beside, own, world)), beside, world)]
        }
        _ => Vec::new(),
    })
    .collect()
}

fn view<'m, T>(beside: &'m Beside, own: &'m T, world: &'m World<'m>) -> BesideView<'m, T> {
    BesideView { beside, own, world }
}

fn one<'m>(name: &'static str, object: Object<'m>, beside: &'m Beside, world: &'m World<'m>) -> Subject<'m> {
    let names = Names::default().with(name, Item::at(Fact::Object(object), &beside.origin));
    let names = with_bucket(names, &beside.namespace, beside.bucket_address.as_ref(), world);
    subject(beside, &beside.origin, names, name.to_owned())
}

fn subject<'m>(beside: &'m Beside, origin: &'m Origin, names: Names<'m>, key: String) -> Subject<'m> {
    Subject {
        address: beside.address.clone(),
        namespace: &beside.namespace,
        origin,
        declared: &beside.origin,
        exists: &beside.exists,
        names,
        key,
        ways: Vec::new(),
        undecided: None,
        conditional: None,
        statement: None,
        policies: Vec::new(),
    }
}

/// The statements, and one undecided subject where there may be further ones.
fn statements<'m>(beside: &'m Beside, own: &'m Document, world: &'m World<'m>) -> Vec<Subject<'m>> {
    let document = Item::at(Fact::Object(Object::Document(view(beside, own, world))), &beside.origin);
    let conditional = if own.policy.as_known().is_some() { None } else { own.policy.why().cloned() };
    let mut subjects = Vec::new();
    let mut missing: Option<Why> = None;
    for policy in own.policy.possible() {
        missing = missing.or_else(|| policy.rest.clone());
        for statement in &policy.statements {
            let object = Object::Statement(StatementView { statement, status: None, ways: &[], is_of_point: false });
            let names = Names::default()
                .with("document", document.clone())
                .with("statement", Item::at(Fact::Object(object), &statement.origin));
            let sid = statement.sid.as_known().filter(|it| !it.is_empty()).cloned();
            let key = sid.unwrap_or_else(|| format!("statement {}", statement.index));
            let made = subject(beside, &statement.origin, names, key);
            subjects.push(Subject { conditional: conditional.clone(), statement: Some(statement), ..made });
        }
    }
    if own.policy.possible().is_empty() {
        missing = own.policy.why().cloned();
    }
    if let Some(why) = missing {
        let unknown = Item::at(Fact::Unknown(vec![why.clone()]), &own.policy.origin);
        let names = Names::default().with("document", document).with("statement", unknown);
        let made = subject(beside, &own.policy.origin, names, "policy".to_owned());
        subjects.push(Subject { undecided: Some(why), ..made });
    }
    subjects
}
