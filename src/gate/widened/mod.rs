//! What a change opens: access that the new code gives and the old did not, whether or not a rule fires.

mod accounts;
mod beside;
mod beyond;
mod environments;
mod gone;
mod joined;
mod names;
mod narrower;
mod objects;
mod overrides;
mod pairs;
mod partition;
mod points;
mod policies;
mod providers;
mod refusals;
mod settings;
mod units;
pub mod unsaid;
mod untouched;
mod values;
mod written;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::exposure::{Exposure, Route, Way};
use crate::finding::{Finding, Label, Severity, Status};
use crate::model::{AccessPoint, Bucket, Estate, Format, Moved};
use crate::policy::{BucketId, Context, Request};
use crate::source::{Sources, Span};
use crate::value::{Cause, Truth, Why};

use super::rules;
pub use environments::called_as;
use joined::Named;
pub(super) use pairs::former;
pub use pairs::{Rename, readdressed, renames};
use pairs::{Was, pairs};
use unsaid::Unsaid;
pub use untouched::untouched;
pub(super) use written::Written;

/// A state of the code: its model and the verdict about each bucket, in the same order.
#[derive(Clone, Copy)]
pub struct State<'a> {
    /// The model.
    pub estate: &'a Estate,
    /// The verdicts.
    pub exposures: &'a [Exposure],
    /// The texts that it was read from, where those of the other state are others.
    pub sources: Option<&'a Sources>,
}

/// Two states of one bucket.
struct Both<'a, 'w> {
    new: &'a Bucket,
    old: &'a Bucket,
    /// Where they are written.
    written: Option<(&'a Written<'w>, &'a Written<'w>)>,
    /// What the code of now says of what was called otherwise.
    moved: &'a [Moved],
    context: Context,
}

impl Both<'_, '_> {
    /// What the policies are written as, of now and of before in the words of now.
    fn texts(&self) -> Option<[written::Says; 2]> {
        let (new, old) = self.written?;
        Some([new.of(self.new), old.of(self.old).in_words(|it| self.in_words_of_now(it))])
    }

    /// Whether the policies, which are not known, are written otherwise, or something that they depend on is: but for some
    /// places, each of now and before.
    fn is_rewritten_but_for(&self, places: &[[Span; 2]]) -> bool {
        let [now, then] = [0, 1].map(|at| places.iter().filter_map(|it| it.get(at)).copied().collect::<Vec<_>>());
        let is_other = || {
            let Some((new, old)) = self.written else { return false };
            let was = old.of_without(self.old, &then).in_words(|it| self.in_words_of_now(it));
            written::Says::is_other(&[new.of_without(self.new, &now)], &[was])
        };
        names::depends_on_another(self) || (is_other() && !self.is_written_whole_alike())
    }

    /// Whether all of the policies is written alike, and not only what is not known of them.
    fn is_written_whole_alike(&self) -> bool {
        let Some((new, old)) = self.written else { return false };
        let was = old.of_whole(self.old).in_words(|it| self.in_words_of_now(it));
        new.of_whole(self.new).is_same(&was)
    }

    /// Whether the policies are written alike, with all that they depend on, and it is known how.
    fn is_written_alike(&self) -> bool {
        self.texts().is_some_and(|[new, old]| new.is_same(&old))
    }

    fn in_words_of_now(&self, text: &str) -> String {
        let text = pairs::in_words_of(text, self.old, self.new);
        let parameters = self.written.map(|(new, old)| new.renamed(self.new, (old, self.old))).unwrap_or_default();
        let text = parameters.iter().fold(text, |text, (from, to)| {
            let text = text.replace(&format!("Ref({from})"), &format!("Ref({to})"));
            text.strip_prefix(&format!("{from} ")).map(|it| format!("{to} {it}")).unwrap_or(text)
        });
        written::moved(text, self.moved.iter().filter(|it| it.namespace == self.new.namespace))
    }

    /// Whether a setting, which is not known, is written otherwise, or something that it depends on is.
    fn is_setting_rewritten(&self, places: impl Fn(&Bucket) -> settings::Places) -> bool {
        self.is_rewritten_at([&places(self.new), &places(self.old)])
    }

    /// The same of places of now and before.
    fn is_rewritten_at(&self, [is, was]: [&settings::Places; 2]) -> bool {
        let Some((new, old)) = self.written else { return false };
        let was = old.of_setting(self.old, was);
        let was: Vec<written::Says> = was.iter().map(|it| it.in_words(|it| self.in_words_of_now(it))).collect();
        written::Says::is_other(&new.of_setting(self.new, is), &was)
    }

    /// Whether what stands for something in the policy may be what it could not be: an entry of a map, an allowed value.
    fn has_choices(&self) -> bool {
        let Some((new, old)) = self.written else { return false };
        let was = |asked: &Bucket| old.choices(self.old, asked, (new, self.new));
        let known: BTreeSet<written::Choice> = was(self.new).into_iter().chain(was(self.old)).collect();
        new.choices(self.new, self.new, (old, self.old)).iter().any(|it| it.is_more(&known))
    }
}

/// What the code says that is called otherwise. Terraform moves nothing onto what was there already, but destroys it with a warning: both
/// were there, and are two.
/// <https://developer.hashicorp.com/terraform/language/modules/develop/refactoring>
fn moves(now: &Estate, before: Option<&Written<'_>>) -> Vec<Moved> {
    let is_two = |it: &&Moved| {
        pairs::steps(&it.from) != pairs::steps(&it.to)
            && before.is_some_and(|old| old.has(&it.namespace, &it.from) && old.has(&it.namespace, &it.to))
    };
    now.moved.iter().filter(|it| !is_two(it)).cloned().collect()
}

/// What `now` opens that `before` did not, as findings. A bucket that was not there before is compared with nothing.
#[must_use]
pub fn widened(before: State<'_>, now: State<'_>, own_account: Option<&str>) -> Vec<Finding> {
    compared(before, now, own_account, None)
}

/// The same. `with` are values that the run is not given, and the states that the rules judge: that of now is none of them.
fn compared<'a>(
    before: State<'a>,
    now: State<'a>,
    own_account: Option<&str>,
    with: Option<(&Unsaid, &[State<'_>])>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let open = with.map(|it| it.0).filter(|it| it.is_open);
    let names = || open.iter().flat_map(|it| it.names.iter().cloned()).collect();
    let text = |of: State<'a>, from: &'a Sources| Written::new(from).with_estate(of.estate).with_open(names());
    let texts = now.sources.zip(before.sources).map(|(new, old)| (text(now, new), text(before, old)));
    let written = texts.as_ref().map(|it| (&it.0, &it.1));
    accounts::opened((before, now), written, own_account, &mut found);
    let pairs = pairs(before, now);
    let (there, here) = (Named::new(before), Named::new(now));
    let moved = moves(now.estate, written.map(|it| it.1));
    let mut values = values::Values::default();
    for ((bucket, exposure), was) in now.estate.buckets.iter().zip(now.exposures).zip(&pairs.was) {
        let own = found.len();
        // One that is not there, or is called otherwise, with what the run is given is compared so.
        if open.is_some() && matches!(was, Was::New | Was::Unclear) {
            continue;
        }
        if let Some((_, judged)) = with.filter(|_| open.is_none())
            && beyond::opened((bucket, exposure), was, (before, judged), &mut found)
        {
            continue;
        }
        match was {
            &(Was::Bucket(old, old_exposure) | Was::Elsewhere(old, old_exposure)) => {
                let is_whole = matches!(was, Was::Bucket(..));
                let context = context(bucket, own_account);
                let moved = moved.as_slice();
                // What it gained, no other place gave before; what it lost, no other place says now.
                let (then, whole) = (there.joined(old), here.joined(bucket));
                let gained = Both { new: bucket, old: &then, written, moved, context: context.clone() };
                let lost = Both { new: &whole, old, written, moved, context };
                // What says nothing of the policy leaves it as it is.
                let says_nothing = |it: &Bucket| it.policy.why().is_some_and(|it| it.cause() == Cause::NotInInput);
                let is_silent = says_nothing(bucket)
                    && (!is_whole
                        || whole.policy.is_said()
                        || (gone::is_companion(bucket) && gone::is_companion(old) && says_nothing(old)));
                let gains = if is_silent { Vec::new() } else { policies::gains(&gained, &mut found) };
                if !is_silent || whole.policy.is_said() {
                    policies::refused(&lost, &gains, &mut found);
                }
                // Settings that stand elsewhere are not known here, and are not gone.
                let count = found.len();
                let is_own = bucket.public_access_block.is_said() || !whole.public_access_block.is_said();
                ways(bucket, exposure, (&old_exposure.ways, is_whole && is_own), &mut found);
                if is_whole {
                    if found.len() == count {
                        settings::acl(&lost, [exposure, old_exposure], &mut found);
                    }
                    flags(&whole, old, &mut found);
                    settings::flags(&lost, &mut found);
                    gone::perhaps(bucket, old, own_account, &mut found);
                    providers::parted(bucket, old, (before, now), &mut found);
                }
                if open.is_none() && !found.iter().skip(own).any(|it| it.status == Status::Unknown) {
                    let sources = now.sources.zip(before.sources);
                    values.changed([(bucket, exposure), (old, old_exposure)], sources, &mut found);
                }
                if old.address != bucket.address {
                    let note = format!(" (it was {} before)", old.address);
                    found.iter_mut().skip(own).for_each(|it| it.message.push_str(&note));
                }
            }
            Was::Unclear => {
                policies::given(bucket, &context(bucket, own_account), &mut found);
                ways(bucket, exposure, (&[], true), &mut found);
                let note = " (which bucket it was before is not clear: it is compared with none)";
                found.iter_mut().skip(own).for_each(|it| it.message.push_str(note));
            }
            Was::New => {
                // The rules judge it as a whole; what its policy gives is told once, for who looks for a bucket that was renamed.
                let mut all = Vec::new();
                policies::given(bucket, &context(bucket, own_account), &mut all);
                all.retain(|it| it.status == Status::Violated);
                if is_made_elsewhere(bucket, now) {
                    let note = " (the bucket is made elsewhere: what its policy was there is not known here)";
                    all.iter_mut().for_each(|it| it.message.push_str(note));
                    found.append(&mut all);
                    continue;
                }
                let more = all.len().saturating_sub(1);
                let Some(mut first) = all.into_iter().next() else { continue };
                first.severity = Severity::Low;
                first.message.push_str(" (the bucket is new: it is compared with none)");
                if 0 < more {
                    first.message.push_str(&format!("; and {more} more"));
                }
                found.push(first);
            }
        }
    }
    gone::lost(&pairs, (before, now), [&there, &here], texts.as_ref().map(|it| &it.1), own_account, &mut found);
    let new: HashSet<(&str, &str)> = now
        .estate
        .buckets
        .iter()
        .zip(&pairs.was)
        .filter(|it| matches!(it.1, Was::New))
        .map(|it| (it.0.namespace.as_str(), it.0.address.as_str()))
        .collect();
    let is_new =
        |it: &AccessPoint| it.bucket_address.as_deref().is_some_and(|at| new.contains(&(it.namespace.as_str(), at)));
    points::opened((before, now), written, &is_new, own_account, &mut found);
    objects::opened((before, now), written, &mut found);
    found
}

/// What a change opens with values that the run is not given: nobody knows here whether it is deployed with those. `judged` are the
/// states of now with the values that the run is given.
#[must_use]
pub fn supposed(
    before: State<'_>,
    now: State<'_>,
    own_account: Option<&str>,
    with: &Unsaid,
    judged: &[State<'_>],
) -> Vec<Finding> {
    let mut found = compared(before, now, own_account, Some((with, judged)));
    let written = now.sources.map(Written::new);
    let address = |it: &'_ Bucket| (it.namespace.clone(), it.address.clone());
    let buckets: HashMap<(String, String), &Bucket> = now.estate.buckets.iter().map(|it| (address(it), it)).collect();
    for it in &mut found {
        let bucket = buckets.get(&(it.namespace.clone(), it.address.clone())).copied();
        let mut names = bucket.zip(written.as_ref()).map(|(it, own)| own.decide(it, &with.names)).unwrap_or_default();
        if names.is_empty() {
            names = with.names.iter().map(String::as_str).take(3).collect();
        }
        let names: Vec<String> = names.into_iter().map(|it| format!("`{it}`")).collect();
        let names = names.join(", ");
        it.status = Status::Unknown;
        it.message.push_str(&format!(" (with another value of {names}, which the run is not given: {})", with.shown));
        it.unknown = vec![format!("which value {names} has where this is deployed")];
        it.help = Some(values::HELP.to_owned());
    }
    found
}

/// The buckets, by root module and address, of which `now` certainly closes what `before` opened.
#[must_use]
pub fn narrowed(before: State<'_>, now: State<'_>, own_account: Option<&str>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (bucket, exposure) in before.estate.buckets.iter().zip(before.exposures) {
        let Some((new, new_exposure)) = same(bucket, now) else { continue };
        policies::gains(
            &Both { new: bucket, old: new, written: None, moved: &[], context: context(bucket, own_account) },
            &mut found,
        );
        ways(bucket, exposure, (&new_exposure.ways, true), &mut found);
    }
    points::opened((now, before), None, &|_| false, own_account, &mut found);
    found.into_iter().filter(|it| it.status == Status::Violated).map(|it| (it.namespace, it.address)).collect()
}

/// Whether something has the place of a bucket that is known by its name and that no code of now makes: it is not new.
fn is_made_elsewhere(bucket: &Bucket, now: State<'_>) -> bool {
    let is_code = matches!(bucket.format, Format::Terraform | Format::CloudFormation);
    let Some(name) = pairs::name(bucket).filter(|_| is_code && pairs::stands_in(bucket)) else { return false };
    // One that stands beside it and whose name is not known may be it.
    let is_it = |it: &Bucket| match pairs::name(it) {
        Some(own) => own == name,
        None => it.namespace == bucket.namespace,
    };
    !now.estate.buckets.iter().any(|it| !pairs::stands_in(it) && is_it(it))
}

/// The bucket of the same address, else of the same name.
fn same<'a>(bucket: &Bucket, before: State<'a>) -> Option<(&'a Bucket, &'a Exposure)> {
    let all = || before.estate.buckets.iter().zip(before.exposures);
    let name = |it: &Bucket| it.name.as_known().and_then(crate::value::SymStr::known);
    let by_address = all().find(|(it, _)| it.namespace == bucket.namespace && it.address == bucket.address);
    by_address.or_else(|| name(bucket).and_then(|own| all().find(|(it, _)| name(it).as_ref() == Some(&own))))
}

fn context(bucket: &Bucket, own_account: Option<&str>) -> Context {
    Context {
        bucket: BucketId { entity: Some(bucket.address.as_str().into()), name: bucket.name.as_known().cloned() },
        own_account: own_account.map(str::to_owned).or_else(|| bucket.account.clone()),
        partition: bucket.partition.clone(),
        ..Context::default()
    }
}

fn shown(it: &Request) -> String {
    format!("{} for {} on {}", it.action, it.principal, it.resource)
}

/// Ways in that are open and were not: by ACL, through an access point, because a setting no longer closes them. `with_settings`:
/// whether the settings that keep a way shut are known as those of before are.
fn ways(bucket: &Bucket, now: &Exposure, (before, with_settings): (&[Way], bool), found: &mut Vec<Finding>) {
    let is_policy = |it: &Way| matches!(it.opened_by.route, Route::Policy(_) | Route::AccessPoint(..));
    for way in now.ways.iter().filter(|it| it.open != Truth::No) {
        let alike =
            |it: &&Way| it.audience == way.audience && it.power == way.power && it.opened_by.text == way.opened_by.text;
        let old = before.iter().find(alike);
        // Who is one of the people to whom it was open had it already.
        let had = |it: &Way| {
            let is_same = it.power == way.power && it.opened_by.text == way.opened_by.text;
            is_same && it.open == Truth::Yes && it.audience.covers(&way.audience)
        };
        let was = if before.iter().any(had) { Truth::Yes } else { old.map_or(Truth::No, |it| it.open) };
        // A statement that is new has been told with the policy.
        let is_told = is_policy(way) && old.is_none();
        if was == Truth::Yes || was == way.open || is_told || (old.is_some() && !with_settings) {
            continue;
        }
        let why = if old.is_some() { "a setting that kept it shut is gone" } else { "nothing opened it before" };
        found.push(way_opened(bucket, way, why));
    }
}

fn way_opened(bucket: &Bucket, way: &Way, why: &str) -> Finding {
    let who = way.witness.as_ref().map_or_else(|| way.opened_by.text.clone(), shown);
    let message = format!("{}: {who} is open now by {} ({why})", bucket.address, way.opened_by.text);
    let key = format!("way {:?} {:?} {}", way.audience, way.power, way.opened_by.text);
    let (at, witness) = (way.opened_by.origin.span, way.witness.clone());
    finding(bucket.into(), &key, message, at, way.open, witness, way.why.first())
}

/// Settings of Block Public Access that were on and are not.
fn flags(bucket: &Bucket, old: &Bucket, found: &mut Vec<Finding>) {
    for (name, flag) in accounts::FLAGS {
        let [was, now] = [old, bucket].map(|it| accounts::is_on(&it.public_access_block, flag));
        if was == Truth::Yes && now != Truth::Yes {
            let origin = match bucket.public_access_block.as_known() {
                Some(block) => &flag(block).origin,
                None => &bucket.origin,
            };
            let message = format!("{}: {name} was on and is not any more", bucket.address);
            let own = bucket.public_access_block.as_known().and_then(|it| flag(it).why());
            let why = own.or_else(|| bucket.public_access_block.why());
            found.push(finding(bucket.into(), name, message, origin.span, !now, None, why));
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy)]
struct Place<'a> {
    address: &'a str,
    namespace: &'a str,
    declared: Option<Span>,
}

impl<'a> From<&'a Bucket> for Place<'a> {
    fn from(it: &'a Bucket) -> Self {
        Self { address: &it.address, namespace: &it.namespace, declared: it.origin.span }
    }
}

fn finding(
    place: Place<'_>,
    key: &str,
    message: String,
    at: Option<Span>,
    holds: Truth,
    witness: Option<Request>,
    why: Option<&Why>,
) -> Finding {
    let info = rules::widened();
    let mut finding = Finding::new(&info.id, &info.title, place.address);
    place.namespace.clone_into(&mut finding.namespace);
    finding.severity = info.severity;
    finding.status = if holds == Truth::Yes { Status::Violated } else { Status::Unknown };
    finding.message = message;
    finding.at = at.or(place.declared);
    finding.declared = place.declared;
    finding.witness = witness;
    if finding.status == Status::Unknown {
        finding.unknown = why.map(ToString::to_string).into_iter().collect();
        let at = why.and_then(Why::at);
        finding.related.extend(at.zip(why).map(|(at, why)| Label { at, text: why.to_string() }));
    }
    finding.help = Some("see that this is what the change is for; say so with a suppression and its reason".to_owned());
    finding.identity = crate::lint::fingerprint(&[&info.id, place.address, key]);
    finding.fingerprint.clone_from(&finding.identity);
    finding
}
