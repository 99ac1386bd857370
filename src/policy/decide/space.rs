//! The space of one question: its dimensions (the resource, each condition key), their classes, and each statement as a
//! box in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::value::Truth;

use super::super::condition::{Compiled, Test};
use super::super::glob::{Lookup, Pattern};
use super::super::keys::{self, Key, Nature, Presence};
use super::super::operator::Base;
use super::super::{Context, Request};
use super::actor::{Actor, ActorKind, STRANGER};
use super::boxes::{Bits, Budget, MAX_CLASSES};
use super::classes;
use super::compiled::{Both, Ready};

/// What it costs to ask one statement about one point, in steps of the budget.
const STEPS: usize = 4;

/// How many values of a key with several values are combined to sets.
const MAX_SET_VALUES: usize = 8;

/// A value of a dimension: what the request carries.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Point {
    /// The bucket itself.
    Bucket,
    /// An object, by its key.
    Object(String),
    /// The request lacks the key.
    Absent,
    /// The request carries these values.
    Values(Vec<String>),
}

/// One dimension.
pub(super) struct Dimension {
    /// The condition key in lower case; empty for the resource.
    pub(super) key: String,
    entry: Option<&'static Key>,
    points: Vec<Point>,
}

/// The space of a question and the boxes of its statements.
pub(super) struct Space {
    /// The dimensions; the resource comes first.
    pub(super) dimensions: Vec<Dimension>,
    /// The box of each statement: first the Allow, then the Denies in order.
    pub(super) boxes: Vec<Both<Vec<Bits>>>,
    /// Of each dimension the points that stand for values that are not known.
    pub(super) unnamed: Vec<Bits>,
    /// Whether every class is there. If not, what seems empty need not be.
    pub(super) complete: bool,
    base: String,
    separator: &'static str,
    partition: String,
}

/// What all questions about one policy share.
pub(super) struct Setting<'a> {
    /// The bucket's or access point's ARN.
    pub(super) base: &'a str,
    /// What stands between it and an object's key.
    pub(super) separator: &'static str,
    /// An account id that the policy does not contain.
    pub(super) stranger: &'a str,
    /// The partition of examples.
    pub(super) partition: &'a str,
    /// What is known around the policy.
    pub(super) context: &'a Context,
    /// The work that is left.
    pub(super) budget: &'a Budget,
}

impl Setting<'_> {
    /// A value of the table of keys as a stranger of this partition has it.
    pub(super) fn example(&self, sample: &str) -> String {
        sample.replace(STRANGER, self.stranger).replace("arn:aws:", &format!("arn:{}:", self.partition))
    }

    /// The ARN of a user of an account.
    pub(super) fn user(&self, account: &str, name: &str) -> String {
        format!("arn:{}:iam::{account}:user/{name}", self.partition)
    }
}

impl Space {
    /// Lays out the space in which `statements` (the Allow first) can tell requests of `actor` apart.
    pub(super) fn new(statements: &[&Ready<'_>], actor: &Actor, setting: &Setting<'_>) -> Self {
        let mut space = Self {
            dimensions: Vec::new(),
            boxes: vec![Both { must: Vec::new(), may: Vec::new() }; statements.len()],
            unnamed: Vec::new(),
            complete: true,
            base: setting.base.to_owned(),
            separator: setting.separator,
            partition: setting.partition.to_owned(),
        };
        space.resources(statements, actor, setting);
        let mut by_key: BTreeMap<&str, Vec<&Compiled>> = BTreeMap::new();
        for condition in statements.iter().flat_map(|it| &it.conditions) {
            if let Some(key) = &condition.key {
                by_key.entry(key).or_default().push(condition);
            }
        }
        for (key, conditions) in by_key {
            space.key(key, &conditions, statements, actor, setting);
        }
        // A condition whose key is not known: it may hold or not.
        for (statement, both) in statements.iter().zip(&mut space.boxes) {
            if statement.conditions.iter().any(|it| it.key.is_none()) {
                both.must.iter_mut().for_each(|it| *it = 0);
            }
        }
        space
    }

    fn resources(&mut self, statements: &[&Ready<'_>], actor: &Actor, setting: &Setting<'_>) {
        let prefix = format!("{}{}", self.base, self.separator);
        let patterns: Vec<(&Pattern, bool, bool)> =
            statements.iter().flat_map(|it| &it.resources.patterns).map(|it| (it, false, false)).collect();
        let classes = classes::texts(&patterns, &prefix, None, setting.budget);
        self.complete &= classes.complete;
        // A key that reads well stands for its class where it is of the same one.
        let readable = |it: &String| {
            let mut chars = it.chars();
            chars.next_back().map(|_| format!("{}example", chars.as_str()))
        };
        let keys = classes.values.into_iter().filter(|it| !it.is_empty());
        let objects = keys.flat_map(|it| readable(&it).into_iter().chain([it])).map(Point::Object);
        let points = std::iter::once(Point::Bucket).chain(objects).collect();
        let lookup = |key: &str| actor.lookup(key, setting.stranger);
        let base = self.base.clone();
        self.add(String::new(), None, points, (statements, setting.budget), |statement, point| {
            let arn = match point {
                Point::Object(key) => format!("{prefix}{key}"),
                _ => base.clone(),
            };
            statement.resources.covers(&arn, &lookup)
        });
    }

    fn key(
        &mut self,
        key: &str,
        conditions: &[&Compiled],
        statements: &[&Ready<'_>],
        actor: &Actor,
        setting: &Setting<'_>,
    ) {
        let entry = keys::find(key);
        let lookup = |key: &str| actor.lookup(key, setting.stranger);
        let carries = |it: &Ready<'_>| it.conditions.iter().any(|it| it.key.as_deref() == Some(key));
        let relevant: Vec<&Compiled> = conditions.to_vec();
        let mut points = Vec::new();
        if actor.can_lack(entry) {
            points.push(Point::Absent);
        }
        let callers = |_: &str| Lookup::Value("${caller}".to_owned());
        let fact = own_fact(entry, setting.context);
        match &fact {
            Fact::Known(value) => points.push(Point::Values(vec![value.clone()])),
            Fact::Unknown => points.push(Point::Values(vec!["${own}".to_owned()])),
            Fact::Free if entry.is_none_or(|it| actor.presence(it) != Presence::No) => {
                let mut classes = classes::of_key(entry, &relevant, setting);
                self.own_values(entry, actor, &mut classes.values);
                self.complete &= classes.complete;
                classes.values.retain(|it| actor.can_have(entry, it, &relevant));
                if actor.free.is_some() {
                    classes.values.extend(relevant.iter().filter_map(|it| it.unnamed.clone()));
                }
                if entry.is_some_and(|it| it.many) {
                    points.extend(self.sets(classes.values, &relevant));
                } else {
                    points.extend(classes.values.into_iter().map(|it| Point::Values(vec![it])));
                }
            }
            Fact::Free => {}
        }
        self.add(key.to_owned(), entry, points, (statements, setting.budget), |statement, point| {
            if !carries(statement) {
                return Truth::Yes;
            }
            let values: Option<Vec<&str>> = match point {
                Point::Values(values) => Some(values.iter().map(String::as_str).collect()),
                _ => None,
            };
            let own = statement.conditions.iter().filter(|it| it.key.as_deref() == Some(key));
            Truth::all(own.map(|it| match (&fact, it.operator.map(|it| it.base)) {
                // The own account or organisation is some value: whether it is the one written is not known. It is not
                // the caller's, for the callers here are outsiders.
                (Fact::Unknown, Some(base)) if base != Base::Null && values.is_some() => {
                    if is_callers(it) {
                        it.holds(values.as_deref(), &callers)
                    } else {
                        Truth::Unknown
                    }
                }
                _ => it.holds(values.as_deref(), &lookup),
            }))
        });
    }

    /// Values that a named account has under the keys of its identity.
    fn own_values(&self, entry: Option<&Key>, actor: &Actor, values: &mut Vec<String>) {
        let (ActorKind::Account { id, arn }, Some(entry)) = (&actor.kind, entry) else { return };
        match entry.name.as_str() {
            "aws:PrincipalAccount" => values.push(id.clone()),
            "aws:PrincipalArn" => match arn {
                Some(arn) => values.push(arn.clone()),
                None => {
                    // A pattern over all accounts has its users and roles in this one, too.
                    let own: BTreeSet<String> = values.iter().filter_map(|it| in_account(it, id)).collect();
                    values.extend(own);
                    values.push(actor.principal.clone());
                }
            },
            _ => {}
        }
    }

    /// Sets of values, small ones first.
    fn sets(&mut self, values: Vec<String>, conditions: &[&Compiled]) -> Vec<Point> {
        // Values that no condition tells apart count once.
        let mut seen = Vec::new();
        let mut distinct: Vec<String> = Vec::new();
        let nothing = |_: &str| Lookup::Unknown;
        for value in values {
            let outcome: Vec<Truth> = conditions.iter().map(|it| it.holds(Some(&[&value]), &nothing)).collect();
            if !seen.contains(&outcome) {
                seen.push(outcome);
                distinct.push(value);
            }
        }
        if MAX_SET_VALUES < distinct.len() {
            distinct.truncate(MAX_SET_VALUES);
            self.complete = false;
        }
        let mut masks: Vec<u32> = (1..1 << distinct.len()).collect();
        masks.sort_by_key(|it| it.count_ones());
        let set = |mask: u32| {
            let values = distinct.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, it)| it.clone());
            Point::Values(values.collect())
        };
        masks.into_iter().map(set).collect()
    }

    /// Adds a dimension: points that no statement tells apart become one.
    fn add(
        &mut self,
        key: String,
        entry: Option<&'static Key>,
        points: Vec<Point>,
        (statements, budget): (&[&Ready<'_>], &Budget),
        holds: impl Fn(&Ready<'_>, &Point) -> Truth,
    ) {
        let mut kept: Vec<Point> = Vec::new();
        let mut outcomes: Vec<(u8, Vec<Truth>)> = Vec::new();
        for point in points {
            if !budget.spend(STEPS * statements.len()) {
                self.complete = false;
                break;
            }
            // The bucket and lacking a key stay apart from the rest: actions ask for the one or the other.
            let family = match point {
                Point::Bucket => 0,
                Point::Absent => 1,
                Point::Object(_) | Point::Values(_) => 2,
            };
            let outcome = (family, statements.iter().map(|it| holds(it, &point)).collect());
            if outcomes.contains(&outcome) {
                continue;
            }
            if kept.len() == MAX_CLASSES {
                self.complete = false;
                break;
            }
            outcomes.push(outcome);
            kept.push(point);
        }
        for (statement, both) in self.boxes.iter_mut().enumerate() {
            let bits = |wanted: fn(Truth) -> bool| {
                let of = |(at, (_, truths)): (usize, &(u8, Vec<Truth>))| match truths.get(statement) {
                    Some(truth) if wanted(*truth) => 1 << at,
                    _ => 0,
                };
                outcomes.iter().enumerate().map(of).fold(0, |all: Bits, it: Bits| all | it)
            };
            both.must.push(bits(|it| it == Truth::Yes));
            both.may.push(bits(|it| it != Truth::No));
        }
        let is_unnamed = |it: &Point| {
            let all = || statements.iter().flat_map(|it| &it.conditions).filter_map(|it| it.unnamed.as_ref());
            matches!(it, Point::Values(values) if all().any(|it| values.contains(it)))
        };
        let bit = |(at, it): (usize, &Point)| if is_unnamed(it) { 1 << at } else { 0 };
        self.unnamed.push(kept.iter().enumerate().map(bit).fold(0, |all: Bits, it: Bits| all | it));
        self.dimensions.push(Dimension { key, entry, points: kept });
    }

    /// The points that a request for an action can have, per dimension: on the bucket or on an object, and without the
    /// keys of S3 that the action does not take.
    pub(super) fn of_action(&self, action: &super::super::actions::Action, on_bucket: bool) -> Vec<Bits> {
        let of = |it: &Dimension| {
            let fits = |point: &Point| match point {
                Point::Bucket => on_bucket,
                Point::Object(_) => !on_bucket,
                Point::Absent => true,
                Point::Values(_) => takes(action, &it.key, it.entry),
            };
            let bit = |(at, point): (usize, &Point)| if fits(point) { 1 << at } else { 0 };
            it.points.iter().enumerate().map(bit).fold(0, |all: Bits, it: Bits| all | it)
        };
        self.dimensions.iter().map(of).collect()
    }

    /// The first request of a box.
    pub(super) fn request(&self, actor: &Actor, action: &str, piece: &[Bits]) -> Option<Request> {
        // Inside, every ARN of a resource is one of `aws`.
        let base = self.base.strip_prefix("arn:aws:").map(|it| format!("arn:{}:{it}", self.partition));
        let base = base.unwrap_or_else(|| self.base.clone());
        let mut request = Request {
            principal: actor.principal.clone(),
            action: action.to_owned(),
            // Pseudo parameters as CloudFormation writes them; elsewhere colons separate the fields of an ARN.
            resource: base.replace("${AWS.", "${AWS::"),
            context: BTreeMap::new(),
        };
        for (dimension, bits) in self.dimensions.iter().zip(piece) {
            match dimension.points.get(bits.trailing_zeros() as usize)? {
                Point::Bucket | Point::Absent => {}
                Point::Object(key) => request.resource.push_str(&format!("{}{key}", self.separator)),
                Point::Values(values) => {
                    let name = dimension.entry.map(|it| &it.name).filter(|it| it.len() == dimension.key.len());
                    request.context.insert(name.unwrap_or(&dimension.key).clone(), values.clone());
                }
            }
        }
        Some(request)
    }
}

/// The ARN as one of another account.
fn in_account(arn: &str, id: &str) -> Option<String> {
    let mut fields: Vec<&str> = arn.splitn(6, ':').collect();
    let own = fields.get_mut(4).filter(|it| **it != id)?;
    *own = id;
    (fields.len() == 6).then(|| fields.join(":"))
}

/// Whether requests for an action can carry a key: S3's own keys are taken by the actions that list them.
fn takes(action: &super::super::actions::Action, key: &str, entry: Option<&Key>) -> bool {
    let (true, Some(_)) = (key.starts_with("s3:"), entry) else { return true };
    let stem = super::super::actions::key_stem(key);
    action.keys.contains(&stem)
}

/// A fact about the owner of the bucket.
enum Fact {
    Known(String),
    Unknown,
    /// Not such a key.
    Free,
}

fn own_fact(entry: Option<&Key>, context: &Context) -> Fact {
    match entry {
        Some(Key { name, nature: Nature::Resource, .. }) => match (name.as_str(), &context.own_account) {
            ("aws:ResourceAccount" | "s3:ResourceAccount", Some(own)) => Fact::Known(own.clone()),
            ("aws:ResourceAccount" | "s3:ResourceAccount" | "aws:ResourceOrgID" | "aws:ResourceOrgPaths", _) => {
                Fact::Unknown
            }
            _ => Fact::Free,
        },
        _ => Fact::Free,
    }
}

/// Whether all values are the caller's own account or organisation: `${aws:PrincipalOrgID}`.
fn is_callers(condition: &Compiled) -> bool {
    !condition.tests.is_empty()
        && condition.tests.iter().all(|it| match it {
            Test::Glob(pattern) | Test::Arn(pattern, _) => {
                pattern.is_variable(&["aws:principalorgid", "aws:principalaccount"])
            }
            _ => false,
        })
}
