//! Baselines: what was there before does not count. Entries are known by what they are about, not by lines.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::finding::environments::{apart, together};
use crate::finding::{Access, Finding, Report, Severity, Status, Suppressed, Suppressor, SuppressorKind};
use crate::frontend::terraform;
use crate::value::SymStr;

use super::moves::Moves;

const SCHEMA: &str = "bucketlint/baseline/1";

/// What was found before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: String,
    /// Sorted by rule, address and path.
    findings: Vec<Entry>,
}

/// One finding that was there before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Rule id.
    pub rule: String,
    /// Address of the resource.
    pub address: String,
    /// The file, relative to the folder of the run.
    pub path: String,
    /// What it was, for readers.
    pub message: String,
    /// What tells it from others of its rule and resource (`Finding::identity`).
    pub identity: String,
    /// What the thing gave that it is about: a finding about one that gives more is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// How bad the rule said it was: what is worse now is another. Entries of before have none, and cover any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether it could not be decided: what is violated now is another.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// The name of its bucket, where something of it was known: a finding about one of another name is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The environment that had it, where the run had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

impl Entry {
    /// Whether a finding is no worse than what there was, and gives no more.
    fn holds(&self, finding: &Finding) -> bool {
        self.is_there(finding)
            && self.access.as_ref().is_none_or(|it| finding.access.is_within(it))
            && self.may_be(finding)
    }

    /// Whether a finding is of the same environment: each is compared with itself.
    fn is_there(&self, finding: &Finding) -> bool {
        self.environment.as_ref() == finding.environments.first()
    }

    /// Whether a finding is as certain and as bad as what there was, at most, and not about a bucket of another name.
    fn may_be(&self, finding: &Finding) -> bool {
        let is_certain = self.undecided && finding.status == Status::Violated;
        let is_worse = self.severity.is_some_and(|it| it < judged(finding));
        let is_other = self.bucket.as_ref().zip(finding.bucket.as_ref()).is_some_and(|it| are_two(it.0, it.1));
        !is_certain && !is_worse && !is_other
    }

    /// Whether the file that it stands in is one that a finding of now may have stood in: that file, one that is gone, or another
    /// of the same folder of Terraform, which reads all of them as one.
    fn may_stand(&self, now: &str, is_gone: &dyn Fn(&str) -> bool) -> bool {
        let folder = |path: &str| Path::new(path).parent().map(Path::to_path_buf);
        let is_module = || {
            let is_code = [self.path.as_str(), now].iter().all(|it| terraform::is_code(Path::new(it)));
            is_code && folder(&self.path) == folder(now)
        };
        self.path == now || is_gone(&self.path) || is_module()
    }

    /// Whether a finding about a policy that is a file is the same thing under another name of the file.
    fn is_of_renamed(&self, finding: &Finding, now: &str) -> bool {
        let is_file = self.address == self.path && finding.address == now;
        let says = |message: &str, address: &str| message.replace(address, "");
        is_file
            && self.rule == finding.rule
            && says(&self.message, &self.address) == says(&finding.message, now)
            && self.holds(finding)
    }

    /// Whether a finding of another identity is the same thing: statements without a Sid are known by their number, which moves.
    fn is_of(&self, finding: &Finding) -> bool {
        let is_same = || self.is_there(finding) && (&self.rule, &self.address) == (&finding.rule, &finding.address);
        !finding.access.is_empty()
            && is_same()
            && self.may_be(finding)
            && self.access.as_ref().is_some_and(|it| finding.access.is_within(it))
    }
}

/// Whether two names are those of two buckets. What was not known of one may be what it is now.
fn are_two(a: &str, b: &str) -> bool {
    let may_be = |open: &str, known: &str| {
        let known = SymStr::of_pattern(known).known();
        known.is_some_and(|it| SymStr::of_pattern(open).could_be(&it))
    };
    a != b && !may_be(a, b) && !may_be(b, a)
}

/// How bad a rule says that a finding is, whatever the configuration says.
fn judged(finding: &Finding) -> Severity {
    finding.judged.unwrap_or(finding.severity)
}

impl Baseline {
    /// The findings of a report that count, undecided ones included. `path` gives the shown path of a finding.
    #[must_use]
    pub fn of(report: &Report, path: &dyn Fn(&Finding) -> String) -> Self {
        let baselined = report.suppressed.iter().filter(|it| it.by.kind == SuppressorKind::Baseline);
        let all = report.findings.iter().chain(baselined.map(|it| &it.finding));
        let mut findings: Vec<Entry> = apart(all.cloned().collect())
            .iter()
            .map(|it| Entry {
                rule: it.rule.clone(),
                address: it.address.clone(),
                path: path(it),
                message: it.message.clone(),
                identity: it.identity.clone(),
                access: Some(it.access.clone()).filter(|it| !it.is_empty()),
                severity: Some(judged(it)),
                undecided: it.status == Status::Unknown,
                bucket: it.bucket.clone(),
                environment: it.environments.first().cloned(),
            })
            .collect();
        findings.sort();
        Self { schema: SCHEMA.to_owned(), findings }
    }

    /// Reads a baseline file.
    ///
    /// # Errors
    /// A sentence: what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| format!("is no baseline: {error}"))?;
        if baseline.schema != SCHEMA {
            return Err(format!("has the schema `{}`; expected `{SCHEMA}`", baseline.schema));
        }
        Ok(baseline)
    }

    /// As a file: one entry a line, so that merges stay small.
    #[must_use]
    pub fn render(&self) -> String {
        let lines: Vec<String> = self.findings.iter().filter_map(|it| serde_json::to_string(it).ok()).collect();
        let body = if lines.is_empty() { String::new() } else { format!("\n    {}\n  ", lines.join(",\n    ")) };
        format!("{{\n  \"schema\": \"{SCHEMA}\",\n  \"findings\": [{body}]\n}}\n")
    }

    /// The baseline without some of its entries.
    #[must_use]
    pub fn without(&self, entries: &[Entry]) -> Self {
        let mut gone: BTreeMap<&Entry, usize> = BTreeMap::new();
        for it in entries {
            *gone.entry(it).or_default() += 1;
        }
        let mut kept = self.clone();
        kept.findings.retain(|it| match gone.get_mut(it).filter(|it| 0 < **it) {
            Some(left) => {
                *left -= 1;
                false
            }
            None => true,
        });
        kept
    }

    /// How many entries there are that another baseline has not; an entry that it has once counts once.
    #[must_use]
    pub fn beyond(&self, other: Option<&Self>) -> usize {
        let known = other.map(|it| it.findings.as_slice()).unwrap_or_default();
        self.without(known).len()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Moves the findings that were there before out of those that count; gives the entries that nothing matches any more.
    ///
    /// An entry stands for one finding: in its own file first; where that file has no such finding any more, and `is_gone` or is one
    /// of Terraform's in the same folder, it was moved, and the entry stands for one of the same identity there. One that gives more than it did, is worse, or is certain
    /// where it was not, is no such finding. What `locked` rules find counts, entry or not. In several environments a finding counts
    /// in those that have no entry for it. What `moves` call otherwise is what it was called.
    pub fn apply(
        &self,
        report: &mut Report,
        path: &dyn Fn(&Finding) -> String,
        is_gone: &dyn Fn(&str) -> bool,
        locked: &BTreeSet<String>,
        moves: &Moves,
    ) -> Vec<Entry> {
        let mut open: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.findings {
            open.entry(&entry.identity).or_default().push(entry);
        }
        let mut take_as = |finding: &Finding, fits: &dyn Fn(&Entry, &Finding) -> bool| {
            let entries = open.get_mut(finding.identity.as_str());
            let at = entries.as_ref().and_then(|it| it.iter().position(|it| fits(it, finding)));
            at.and_then(|at| entries.map(|it| it.remove(at)))
        };
        let mut take = |finding: &Finding, fits: &dyn Fn(&Entry, &Finding) -> bool| {
            take_as(finding, fits).or_else(|| moves.before(finding).iter().find_map(|it| take_as(it, fits)))
        };
        // What fits the fewest entries chooses first: an entry of a violation is not spent on what is undecided.
        let mut findings: Vec<(usize, Finding)> =
            apart(std::mem::take(&mut report.findings)).into_iter().enumerate().collect();
        findings.sort_by_key(|(at, it)| (it.status, Reverse(judged(it)), *at));
        let mut before = Vec::new();
        let mut counting = Vec::new();
        for (at, finding) in findings {
            let own = path(&finding);
            match take(&finding, &|it, was| it.path == own && it.holds(was)) {
                Some(_) => before.push((at, finding)),
                None => counting.push((at, finding)),
            }
        }
        let mut left = Vec::new();
        for (at, finding) in counting {
            let own = path(&finding);
            match take(&finding, &|it, was| it.may_stand(&own, is_gone) && it.holds(was)) {
                Some(_) => before.push((at, finding)),
                None => left.push((at, finding)),
            }
        }
        let mut open = Open::new(open.into_values().flatten().collect());
        let mut new = Vec::new();
        for (at, finding) in left {
            let own = path(&finding);
            let is_it = |it: &Entry, was: &Finding| it.is_of(was) && it.may_stand(&own, is_gone);
            let is_renamed = |it: &Entry| is_gone(&it.path) && it.is_of_renamed(&finding, &own);
            let is_there = open.take(&finding, &|it| is_it(it, &finding) || is_renamed(it))
                || moves.before(&finding).iter().any(|was| open.take(was, &|it| is_it(it, was)));
            match is_there {
                true => before.push((at, finding)),
                false => new.push((at, finding)),
            }
        }
        let open = open.left;
        // In the order in which they came.
        new.sort_by_key(|it| it.0);
        before.sort_by_key(|it| it.0);
        report.findings.extend(new.into_iter().map(|it| it.1));
        let by = Suppressor { kind: SuppressorKind::Baseline, reason: None, until: None, at: None };
        for finding in together(before.into_iter().map(|it| it.1).collect()) {
            match locked.contains(&finding.rule) {
                true => report.findings.push(finding),
                false => report.suppressed.push(Suppressed { finding, by: by.clone() }),
            }
        }
        report.findings = together(std::mem::take(&mut report.findings));
        // What gives more now is still there.
        let known = |it: &Finding| {
            let own = path(it);
            let before = moves.before(it).into_iter().map(|it| it.identity);
            before.chain([it.identity.clone()]).map(|it| (it, own.clone())).collect::<Vec<_>>()
        };
        let found: BTreeSet<(String, String)> = report.findings.iter().flat_map(known).collect();
        open.into_values().filter(|it| !found.contains(&(it.identity.clone(), it.path.clone()))).cloned().collect()
    }

    /// The baseline without the entries of some rules.
    #[must_use]
    pub fn without_rules(mut self, rules: &BTreeSet<String>) -> Self {
        self.findings.retain(|it| !rules.contains(&it.rule));
        self
    }
}

/// Entries that nothing was of so far, found by what they are about.
struct Open<'a> {
    left: BTreeMap<usize, &'a Entry>,
    /// By rule and address; those about policies that are files by rule alone.
    about: HashMap<(&'a str, Option<&'a str>), Vec<usize>>,
}

impl<'a> Open<'a> {
    fn new(all: Vec<&'a Entry>) -> Self {
        let mut about: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, it) in all.iter().enumerate() {
            about.entry((it.rule.as_str(), Some(it.address.as_str()))).or_default().push(at);
            if it.address == it.path {
                about.entry((it.rule.as_str(), None)).or_default().push(at);
            }
        }
        Self { left: all.into_iter().enumerate().collect(), about }
    }

    /// Takes the first entry that fits a finding.
    fn take(&mut self, finding: &Finding, fits: &dyn Fn(&Entry) -> bool) -> bool {
        let keys = [Some(finding.address.as_str()), None].map(|it| (finding.rule.as_str(), it));
        let mut all = keys.iter().filter_map(|it| self.about.get(it)).flatten();
        let found = all.find(|at| self.left.get(at).is_some_and(|it| fits(it))).copied();
        found.is_some_and(|at| self.left.remove(&at).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, address: &str, place: &str) -> Finding {
        let mut it = Finding::new(rule, "title", address);
        it.identity = format!("{rule} {address}");
        it.message = place.to_owned();
        it
    }

    fn report(all: &[(&str, &str, &str)]) -> Report {
        let findings = all.iter().map(|(rule, address, path)| finding(rule, address, path)).collect();
        Report { findings, ..Report::default() }
    }

    /// The message stands for the path here.
    fn check(before: &[(&str, &str, &str)], now: &[(&str, &str, &str)], files: &[&str], new: usize, fixed: usize) {
        let path = |it: &Finding| it.message.clone();
        let baseline = Baseline::of(&report(before), &path);
        let again = Baseline::parse(&baseline.render()).unwrap();
        assert_eq!(baseline, again);
        let mut now = report(now);
        let total = now.findings.len();
        let files: Vec<String> = files.iter().map(|it| (*it).to_owned()).collect();
        let gone =
            again.apply(&mut now, &path, &|it| !files.contains(&it.to_owned()), &BTreeSet::new(), &Moves::default());
        assert_eq!((now.findings.len(), gone.len()), (new, fixed), "{before:?}");
        assert_eq!(now.findings.len() + now.suppressed.len(), total);
    }

    #[test]
    fn what_was_there_before_does_not_count() {
        let a = ("r", "x.a", "a.tf");
        check(&[a], &[a], &["a.tf"], 0, 0);
        check(&[a], &[a, ("r", "x.b", "a.tf")], &["a.tf"], 1, 0);
        check(&[a], &[], &["a.tf"], 0, 1);
        check(&[], &[], &[], 0, 0);
        // The file was renamed.
        check(&[a], &[("r", "x.a", "b.tf")], &["b.tf"], 0, 0);
        // The block was moved to another file of its module, which is there before and after.
        check(&[a], &[("r", "x.a", "b.tf")], &["a.tf", "b.tf"], 0, 0);
        check(&[a], &[a, ("r", "x.a", "b.tf")], &["a.tf", "b.tf"], 1, 0);
        check(&[("r", "B", "a.yaml")], &[("r", "B", "b.yaml")], &["a.yaml", "b.yaml"], 1, 1);
        // A policy is called after its file, which was renamed.
        check(&[("r", "a.json", "a.json")], &[("r", "b.json", "b.json")], &["b.json"], 0, 0);
        check(&[("r", "a.json", "a.json")], &[("r", "b.json", "b.json")], &["a.json", "b.json"], 1, 1);
        // One folder was mended, another got the same fault: that one is new.
        check(&[("r", "x.a", "prod/a.tf")], &[("r", "x.a", "dev/a.tf")], &["prod/a.tf", "dev/a.tf"], 1, 1);
        let path = |it: &Finding| it.message.clone();
        let [none, one, two] = [&[][..], &[a], &[a, a]].map(|it| Baseline::of(&report(it), &path));
        assert_eq!(
            (two.beyond(Some(&one)), one.beyond(None), one.beyond(Some(&two)), none.beyond(Some(&one))),
            (1, 1, 0, 0)
        );
        // One entry stands for one finding.
        check(&[a], &[a, a], &["a.tf"], 1, 0);
    }

    #[test]
    fn what_is_no_baseline() {
        assert!(Baseline::parse("{}").unwrap_err().contains("missing field"));
        let other = "{\"schema\": \"bucketlint/baseline/9\", \"findings\": []}";
        assert!(Baseline::parse(other).unwrap_err().contains("expected `bucketlint/baseline/1`"));
    }
}
