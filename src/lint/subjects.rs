//! What rules are evaluated for: the subjects of each scope, with the names that the rule's expressions use.

use crate::exposure::{Closer, EffectiveGrant, Route, Way};
use crate::model::{Account, Bucket, DanglingReason};
use crate::policy::{Policy, Request, Statement};
use crate::rules::{
    BucketView, Fact, Item, Names, Object, ObjectView, PointView, Rule, Scope, StatementView, World, evaluate,
};
use crate::value::{Attr, Guard, Origin, SymStr, Truth, Why};

/// One thing that a rule judges.
pub(super) struct Subject<'m> {
    /// Address of the resource.
    pub address: String,
    /// What the address is in.
    pub namespace: &'m str,
    /// Where it stands, when nothing more exact is known.
    pub origin: &'m Origin,
    /// Where its resource is declared.
    pub declared: &'m Origin,
    /// When it exists.
    pub exists: &'m Guard,
    pub names: Names<'m>,
    /// What tells it from other subjects of the same resource: a Sid, a grant, a note.
    pub key: String,
    /// Ways in that it is about, for the witness.
    pub ways: Vec<&'m Way>,
    /// Set where nothing of the subject is known, so that the rule cannot be decided.
    pub undecided: Option<Why>,
    /// Set where the subject itself is one of several.
    pub conditional: Option<Why>,
    /// The statement that it is, where it is one.
    pub statement: Option<&'m Statement>,
    /// The policies that have a say: the bucket's, the access point's.
    pub policies: Vec<&'m Attr<Policy>>,
}

impl Subject<'_> {
    /// Why the thing that a rule points at is not known.
    pub fn whys_of(&self, rule: &Rule) -> Vec<Why> {
        match evaluate(&rule.at, &self.names).fact {
            Fact::Unknown(whys) => whys,
            Fact::OneOf(_, why) => vec![why],
            Fact::Object(Object::Policy(it)) => it.policy.rest.clone().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// An example request that the subject allows: of an open way, else of a closed one; of the power that the rule is about.
    pub fn witness(&self, power: Option<&str>) -> Option<&Request> {
        let is_meant = |it: &&&Way| power.is_none_or(|power| it.power.as_str() == power);
        let own = || self.ways.iter().filter(is_meant);
        let by = |open| own().filter(move |it| it.open == open).find_map(|it| it.witness.as_ref());
        by(Truth::Yes).or_else(|| by(Truth::Unknown)).or_else(|| by(Truth::No))
    }

    /// What keeps it shut, where only that does.
    pub fn closers(&self) -> Vec<&Closer> {
        let shut = !self.ways.is_empty() && self.ways.iter().all(|it| it.open == Truth::No);
        let closers = self.ways.first().map(|it| it.closed_by.iter().collect::<Vec<_>>());
        closers.filter(|_| shut).unwrap_or_default()
    }
}

/// The subjects of a scope. What certainly does not exist is none.
pub(super) fn of<'m>(scope: Scope, world: &'m World<'m>) -> Vec<Subject<'m>> {
    let buckets = || {
        let views = world.estate.buckets.iter().zip(world.facts);
        let views = views.map(|(bucket, facts)| BucketView { bucket, facts, world });
        views.filter(|it| it.bucket.exists != Guard::Never && it.bucket.kind.is_ruled())
    };
    match scope {
        Scope::Bucket => buckets().map(bucket).collect(),
        Scope::Statement => buckets().flat_map(statements).collect(),
        Scope::Grant => buckets().flat_map(grants).collect(),
        Scope::Note => buckets().flat_map(notes).chain(point_notes(world)).collect(),
        Scope::AccessPoint => points(world),
        Scope::Account => accounts(world),
        Scope::Object => objects(world),
        Scope::Duplicate => buckets().flat_map(duplicates).collect(),
        Scope::Dangling => dangling(world),
        Scope::DocumentStatement
        | Scope::Trail
        | Scope::Service
        | Scope::Export
        | Scope::Tier
        | Scope::CdnOrigin
        | Scope::MetricFilter => super::beside::of(scope, world),
    }
}

fn named<'m>(name: &'static str, object: Object<'m>, origin: &'m Origin) -> Names<'m> {
    Names::default().with(name, Item::at(Fact::Object(object), origin))
}

fn bucket(view: BucketView<'_>) -> Subject<'_> {
    Subject {
        address: view.bucket.address.clone(),
        namespace: &view.bucket.namespace,
        origin: &view.bucket.origin,
        declared: &view.bucket.origin,
        exists: &view.bucket.exists,
        names: named("bucket", Object::Bucket(view), &view.bucket.origin),
        key: String::new(),
        ways: view.facts.exposure.ways.iter().collect(),
        undecided: None,
        conditional: None,
        statement: None,
        policies: vec![&view.bucket.policy],
    }
}

/// Statements of the policy; a policy that is not known is one rule's business (`policy-unresolvable`).
fn statements(view: BucketView<'_>) -> Vec<Subject<'_>> {
    let bucket = view.bucket;
    let conditional = bucket.policy.why().filter(|_| !bucket.policy.is_by_instance()).cloned();
    let mut subjects = Vec::new();
    for policy in bucket.policy.possible() {
        for statement in &policy.statements {
            let statuses = view.facts.policy_status.iter().flat_map(|it| &it.statements);
            let status = statuses.into_iter().find(|it| it.index == statement.index);
            let ways = &view.facts.exposure.ways;
            let object = StatementView { statement, status, ways, is_of_point: false };
            let own = |way: &&Way| way.opened_by.route == Route::Policy(statement.index);
            let key = statement.sid.as_known().filter(|it| !it.is_empty()).cloned();
            subjects.push(Subject {
                names: self::bucket(view)
                    .names
                    .with("statement", Item::at(Fact::Object(Object::Statement(object)), &statement.origin)),
                origin: &statement.origin,
                key: key.unwrap_or_else(|| format!("statement {}", statement.index)),
                ways: view.facts.exposure.ways.iter().filter(own).collect(),
                conditional: conditional.clone(),
                statement: Some(statement),
                ..self::bucket(view)
            });
        }
    }
    subjects
}

fn grants(view: BucketView<'_>) -> Vec<Subject<'_>> {
    let mut subjects: Vec<Subject> = view
        .facts
        .acl_grants
        .iter()
        .enumerate()
        .map(|(index, grant)| {
            let own = |way: &&Way| way.opened_by.route == Route::Acl(index);
            let item = Item::at(Fact::Object(Object::Grant(grant)), &grant.origin);
            Subject {
                names: bucket(view).names.with("grant", item),
                origin: &grant.origin,
                key: grant_key(grant),
                ways: view.facts.exposure.ways.iter().filter(own).collect(),
                conditional: grant.perhaps.clone(),
                ..bucket(view)
            }
        })
        .collect();
    if let Some((why, origin)) = unknown_acl(view.bucket) {
        let item = Item::at(Fact::Unknown(vec![why.clone()]), origin);
        subjects.push(Subject {
            names: bucket(view).names.with("grant", item),
            origin,
            key: "acl".to_owned(),
            ways: Vec::new(),
            undecided: Some(why),
            ..bucket(view)
        });
    }
    subjects
}

fn grant_key(grant: &EffectiveGrant) -> String {
    let permission = grant.permission.possible().first().map_or("?", |it| it.as_str());
    format!("{permission} {:?}", grant.grantee.possible().first())
}

/// Why there may be grants that are not known.
fn unknown_acl(bucket: &Bucket) -> Option<(Why, &Origin)> {
    if bucket.acl.possible().is_empty() {
        return bucket.acl.why().map(|it| (it.clone(), &bucket.acl.origin));
    }
    bucket.acl.possible().into_iter().find_map(|acl| {
        let canned = acl.canned.why().filter(|_| acl.canned.possible().is_empty());
        let why = canned.map(|it| (it.clone(), &acl.canned.origin));
        why.or_else(|| acl.grants_rest.clone().map(|it| (it, &bucket.acl.origin)))
    })
}

fn notes(view: BucketView<'_>) -> Vec<Subject<'_>> {
    let notes = view.bucket.policy.possible().into_iter().flat_map(|it| &it.notes);
    notes
        .map(|note| Subject {
            names: bucket(view).names.with("note", Item::at(Fact::Object(Object::Note(note)), &note.origin)),
            origin: &note.origin,
            key: format!("{} {}", note.kind.code(), note.message),
            ways: Vec::new(),
            ..bucket(view)
        })
        .collect()
}

/// Notes of access points' policies; their bucket is not part of the question.
fn point_notes<'m>(world: &'m World<'m>) -> impl Iterator<Item = Subject<'m>> {
    world.estate.access_points.iter().flat_map(|point| {
        let notes = point.policy.possible().into_iter().flat_map(|it| &it.notes);
        notes.map(move |note| Subject {
            address: point.address.clone(),
            namespace: &point.namespace,
            origin: &note.origin,
            declared: &point.origin,
            exists: &point.exists,
            names: named("note", Object::Note(note), &note.origin),
            key: format!("{} {}", note.kind.code(), note.message),
            ways: Vec::new(),
            undecided: None,
            conditional: None,
            statement: None,
            policies: Vec::new(),
        })
    })
}

pub(super) fn with_bucket<'m>(
    names: Names<'m>,
    namespace: &str,
    address: Option<&String>,
    world: &'m World<'m>,
) -> Names<'m> {
    match address.and_then(|it| world.bucket(namespace, it)) {
        Some(view) => names.with("bucket", Item::at(Fact::Object(Object::Bucket(view)), &view.bucket.origin)),
        None => {
            let why = Why::new(crate::value::Cause::NotInInput, "the bucket", None);
            names.with("bucket", Item::new(Fact::Unknown(vec![why])))
        }
    }
}

fn points<'m>(world: &'m World<'m>) -> Vec<Subject<'m>> {
    let pairs = world.estate.access_points.iter().zip(world.points);
    pairs
        .filter(|(point, _)| point.exists != Guard::Never)
        .map(|(point, facts)| {
            let bucket = point.bucket_address.as_ref().and_then(|it| world.bucket(&point.namespace, it));
            let bucket = bucket.map(|it| it.bucket);
            let names = named("access_point", Object::AccessPoint(PointView { point, facts }), &point.origin);
            Subject {
                address: point.address.clone(),
                namespace: &point.namespace,
                origin: &point.origin,
                declared: &point.origin,
                exists: &point.exists,
                names: with_bucket(names, &point.namespace, point.bucket_address.as_ref(), world),
                key: String::new(),
                ways: facts.ways.iter().collect(),
                undecided: None,
                conditional: None,
                statement: None,
                policies: std::iter::once(&point.policy).chain(bucket.map(|it| &it.policy)).collect(),
            }
        })
        .collect()
}

fn accounts<'m>(world: &'m World<'m>) -> Vec<Subject<'m>> {
    let own = |it: &&Account| it.exists != Guard::Never;
    let accounts = world.estate.accounts.iter().filter(own);
    accounts
        .map(|account| Subject {
            address: account.address.clone(),
            namespace: "",
            origin: &account.origin,
            declared: &account.origin,
            exists: &account.exists,
            names: named("account", Object::Account(account), &account.origin),
            key: String::new(),
            ways: Vec::new(),
            undecided: None,
            conditional: None,
            statement: None,
            policies: Vec::new(),
        })
        .collect()
}

fn objects<'m>(world: &'m World<'m>) -> Vec<Subject<'m>> {
    let pairs = world.estate.objects.iter().zip(world.object_grants);
    pairs
        .filter(|(object, _)| object.exists != Guard::Never)
        .map(|(object, grants)| {
            let view = ObjectView { object, grants };
            let names = named("object", Object::UploadedObject(view), &object.origin);
            Subject {
                address: object.address.clone(),
                namespace: &object.namespace,
                origin: &object.origin,
                declared: &object.origin,
                exists: &object.exists,
                names: with_bucket(names, &object.namespace, object.bucket_address.as_ref(), world),
                // Under another key it is another object.
                key: object.key.as_known().and_then(SymStr::known).unwrap_or_default(),
                ways: Vec::new(),
                undecided: None,
                conditional: None,
                statement: None,
                policies: Vec::new(),
            }
        })
        .collect()
}

fn duplicates(view: BucketView<'_>) -> Vec<Subject<'_>> {
    let pairs = view.bucket.duplicates.iter();
    pairs
        .map(|pair| Subject {
            address: pair.second.clone(),
            origin: &pair.second_origin,
            names: bucket(view)
                .names
                .with("duplicate", Item::at(Fact::Object(Object::Duplicate(pair)), &pair.second_origin)),
            key: format!("{} {}", pair.field, pair.first),
            ways: Vec::new(),
            conditional: pair.perhaps.clone(),
            ..bucket(view)
        })
        .collect()
}

fn dangling<'m>(world: &'m World<'m>) -> Vec<Subject<'m>> {
    world
        .estate
        .dangling
        .iter()
        .map(|dangling| Subject {
            address: dangling.address.clone(),
            namespace: "",
            origin: &dangling.origin,
            declared: &dangling.origin,
            exists: &ALWAYS,
            names: named("dangling", Object::Dangling(dangling), &dangling.origin),
            key: match &dangling.reason {
                DanglingReason::Missing(name) => name.clone(),
                DanglingReason::Elsewhere | DanglingReason::Unknown(_) => String::new(),
            },
            ways: Vec::new(),
            undecided: None,
            conditional: None,
            statement: None,
            policies: Vec::new(),
        })
        .collect()
}

static ALWAYS: Guard = Guard::When(std::collections::BTreeSet::new());
