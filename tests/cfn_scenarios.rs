//! Undecided conditions of CloudFormation against a brute force: what a template violates, without values for its
//! parameters, is what it violates with every combination of their values written out.
#![allow(clippy::indexing_slicing, clippy::print_stdout, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bucketlint::finding::Status;

const TEMPLATES: u64 = 240;
/// A rule that every generated bucket violates: it tells which buckets there are.
const ALWAYS: &str = "access-logging";
/// It speaks of the text of a policy, whether or not that is attached.
const OF_TEXT: &str = "policy-version";

/// xorshift64*: the same templates on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let wide = usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0);
        wide % limit
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

struct Generated {
    /// Parameters with the values that are allowed, or tried.
    parameters: Vec<(String, bool, Vec<&'static str>)>,
    conditions: Vec<String>,
    /// `P == a` demands that `Q` is among these.
    rule: Option<(usize, &'static str, usize, Vec<&'static str>)>,
    resources: String,
}

const VALUES: [&str; 3] = ["a", "b", "c"];

fn generate(seed: u64) -> Generated {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let count = 1 + random.below(3);
    let parameters = (0..count).map(|at| {
        let closed = random.below(2) == 0;
        let last = if closed { VALUES[..2 + random.below(2)].to_vec() } else { vec!["a", "b", "c", "other"] };
        (format!("P{at}"), closed, last)
    });
    let parameters: Vec<_> = parameters.collect();
    let mut conditions: Vec<String> = Vec::new();
    for at in 0..3 + random.below(3) {
        let p = random.below(count);
        let earlier = |random: &mut Random| format!("!Condition C{}", random.below(at.max(1)));
        let made = match random.below(if at == 0 { 2 } else { 7 }) {
            0 | 1 => format!("!Equals [!Ref P{p}, {}]", random.of(&VALUES)),
            2 => format!("!Not [{}]", earlier(&mut random)),
            3 => format!("!And [{}, {}]", earlier(&mut random), earlier(&mut random)),
            4 => format!("!Or [{}, !Equals [!Ref P{p}, {}]]", earlier(&mut random), random.of(&VALUES)),
            5 => format!("!Equals [!FindInMap [M, !Ref P{p}, K], x]"),
            _ => format!("!Equals [!Ref P{p}, !Ref P{}]", random.below(count)),
        };
        conditions.push(made);
    }
    let total = conditions.len();
    let condition = |random: &mut Random| match random.below(3) {
        0 => String::new(),
        _ => format!("\n    Condition: C{}", random.below(total)),
    };
    let choose = |random: &mut Random, all: &[&str]| {
        let mut text = random.of(all).to_owned();
        for _ in 0..random.below(3) {
            let other = random.of(all);
            text = format!("!If [C{}, {text}, {other}]", random.below(total));
        }
        text
    };
    let mut resources = String::new();
    let mut of_first = String::new();
    for bucket in 0..2 {
        let when = condition(&mut random);
        if bucket == 0 {
            of_first.clone_from(&when);
        }
        let _ = write!(resources, "\n  B{bucket}@:\n    Type: AWS::S3::Bucket{when}\n    Properties:");
        let flags = ["true", "false", "!Ref AWS::NoValue"];
        let _ = write!(resources, "\n      AccessControl: {}", choose(&mut random, &["Private", "PublicRead"]));
        let ownership = choose(&mut random, &["ObjectWriter", "BucketOwnerEnforced"]);
        let _ = write!(resources, "\n      OwnershipControls: {{Rules: [{{ObjectOwnership: {ownership}}}]}}");
        let _ = write!(
            resources,
            "\n      VersioningConfiguration: {{Status: {}}}",
            choose(&mut random, &["Enabled", "Suspended", "!Ref AWS::NoValue"])
        );
        if random.below(3) != 0 {
            let mut block = || choose(&mut random, &flags);
            let _ = write!(
                resources,
                "\n      PublicAccessBlockConfiguration:\n        BlockPublicAcls: {}\n        BlockPublicPolicy: {}\n        IgnorePublicAcls: {}\n        RestrictPublicBuckets: {}",
                block(),
                block(),
                block(),
                block()
            );
        }
    }
    // A policy without its bucket is refused by CloudFormation: it exists only where the bucket does.
    let when = match of_first.trim().strip_prefix("Condition: ") {
        None => condition(&mut random),
        Some(own) if random.below(2) == 0 => {
            conditions.push(format!("!And [!Condition {own}, !Condition C{}]", random.below(total)));
            format!("\n    Condition: C{}", conditions.len() - 1)
        }
        Some(_) => of_first,
    };
    let statement = "{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub '${B0@.Arn}/*'}";
    let other = "{Effect: Deny, Principal: '*', Action: 's3:*', Resource: !Sub '${B0@.Arn}/*', Condition: {Bool: {'aws:SecureTransport': 'false'}}}";
    let c = random.below(total);
    let _ = write!(
        resources,
        "\n  Q@:\n    Type: AWS::S3::BucketPolicy{when}\n    Properties:\n      Bucket: !Ref B0@\n      PolicyDocument:\n        Statement:\n          - !If [C{c}, {statement}, {other}]\n          - !If [C{c}, {other}, !Ref AWS::NoValue]\n"
    );
    let rule = (random.below(3) == 0).then(|| {
        let (p, q) = (random.below(count), random.below(count));
        (p, random.of(&VALUES), q, VALUES[..1 + random.below(2)].to_vec())
    });
    Generated { parameters, conditions, rule, resources }
}

impl Generated {
    /// The template; with `values`, every `Ref` of a parameter is written out.
    fn text(&self, values: Option<&[&str]>, suffix: &str) -> String {
        let mut text = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:".to_owned();
        for (name, closed, values) in &self.parameters {
            let allowed = if *closed { format!(", AllowedValues: [{}]", values.join(", ")) } else { String::new() };
            let _ = write!(text, "\n  {name}: {{Type: String{allowed}}}");
        }
        if let (Some((p, when, q, among)), None) = (&self.rule, values) {
            let _ = write!(
                text,
                "\nRules:\n  R:\n    RuleCondition: !Equals [!Ref P{p}, {when}]\n    Assertions: [{{Assert: !Contains [[{}], !Ref P{q}]}}]",
                among.join(", ")
            );
        }
        text.push_str("\nMappings: {M: {a: {K: x}, b: {K: y}, c: {K: x}, other: {K: y}}}\nConditions:");
        for (at, condition) in self.conditions.iter().enumerate() {
            let _ = write!(text, "\n  C{at}: {condition}");
        }
        let _ = write!(text, "\nResources:{}", self.resources.replace('@', suffix));
        for (at, value) in values.into_iter().flatten().enumerate() {
            text = text.replace(&format!("!Ref P{at}"), value);
        }
        text
    }

    /// Every combination of values that the rule permits.
    fn worlds(&self) -> Vec<Vec<&'static str>> {
        let mut out: Vec<Vec<&'static str>> = vec![Vec::new()];
        for (_, _, values) in &self.parameters {
            let with = |world: &Vec<&'static str>, value| world.iter().copied().chain([value]).collect();
            out = out.iter().flat_map(|it| values.iter().map(|value| with(it, *value)).collect::<Vec<_>>()).collect();
        }
        if let Some((p, when, q, among)) = &self.rule {
            out.retain(|world| world[*p] != *when || among.contains(&world[*q]));
        }
        out
    }
}

/// Status by resource and rule; a violation outweighs what is not known.
fn statuses(files: &[(&str, &str)]) -> BTreeMap<(String, String), Status> {
    let report = bucketlint::check_texts_in(files, "all");
    assert!(report.diagnostics.is_empty(), "{:?}\n{}", report.diagnostics, files[0].1);
    let mut out = BTreeMap::new();
    for it in report.findings {
        let status = out.entry((it.address, it.rule)).or_insert(it.status);
        *status = (*status).min(it.status);
    }
    out
}

#[test]
fn conditions_are_what_a_brute_force_says() {
    let (mut compared, mut conditional, mut certain, mut wrong, mut worlds_tried) = (0, 0, 0, Vec::new(), 0);
    for seed in 1..=TEMPLATES {
        let template = generate(seed);
        let worlds = template.worlds();
        if worlds.is_empty() {
            continue;
        }
        worlds_tried += worlds.len();
        let texts: Vec<(String, String)> = worlds
            .iter()
            .enumerate()
            .map(|(at, world)| (format!("w{at}.yaml"), template.text(Some(world), &format!("W{at}"))))
            .collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        let truth = statuses(&files);
        let own = template.text(None, "W");
        let ours = statuses(&[("t.yaml", &own)]);
        let rules: BTreeSet<&String> = truth.keys().chain(ours.keys()).map(|it| &it.1).collect();
        for bucket in ["B0W", "B1W"] {
            let present: Vec<String> = (0..worlds.len())
                .map(|at| format!("{bucket}{at}"))
                .filter(|it| truth.contains_key(&(it.clone(), ALWAYS.to_owned())))
                .collect();
            for rule in rules.iter().filter(|it| **it != OF_TEXT) {
                let found = |it: &String| truth.get(&(it.clone(), (*rule).clone())).copied();
                let violated = present.iter().filter(|it| found(it) == Some(Status::Violated)).count();
                let unknown = present.iter().filter(|it| found(it) == Some(Status::Unknown)).count();
                let expected = match (violated, unknown) {
                    (0, 0) => None,
                    (all, _) if all == present.len() => Some(Status::Violated),
                    _ => Some(Status::Unknown),
                };
                let is = ours.get(&(bucket.to_owned(), (*rule).clone())).copied();
                compared += 1;
                conditional += usize::from(expected == Some(Status::Unknown));
                certain += usize::from(expected == Some(Status::Violated));
                if is != expected {
                    wrong.push(format!("{seed} {bucket} {rule}: {is:?}, not {expected:?}"));
                }
            }
        }
    }
    println!(
        "{TEMPLATES} templates, {worlds_tried} worlds: {compared} verdicts, {certain} certain, {conditional} conditional, {} differ",
        wrong.len()
    );
    if let Ok(seed) = std::env::var("SEED") {
        println!("{}", generate(seed.parse().unwrap_or(1)).text(None, "W"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
