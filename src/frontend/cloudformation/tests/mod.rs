//! Small templates → the model, and every template that is at hand → no panic.

mod evaluation;
mod language;
mod lowering;
mod types;
mod wild;

use std::path::Path;

use crate::model::{Bucket, Estate};
use crate::source::{Diagnostic, Memory, Sources};

use super::{Options, lower};

fn estate_of(files: &[(&str, &str)], options: &Options) -> (Estate, Vec<Diagnostic>, Sources) {
    let sources = Sources::new(Box::new(Memory::new(files)));
    let file = sources.load(Path::new(files[0].0)).unwrap();
    let done = lower(&sources, file, options);
    (done.estate, done.diagnostics, sources)
}

/// The estate of a template body.
fn estate(text: &str) -> Estate {
    estate_of(&[("t.yaml", text)], &Options::default()).0
}

/// The complaints about a template.
pub(super) fn notes(text: &str) -> Vec<Diagnostic> {
    estate_of(&[("t.yaml", text)], &Options::default()).1
}

/// The only bucket of `Resources: B: Type: AWS::S3::Bucket, Properties: …`.
fn bucket(properties: &str) -> Bucket {
    let indented: String = properties.lines().map(|it| format!("      {it}\n")).collect();
    let mut estate = estate(&format!("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n{indented}"));
    estate.buckets.remove(0)
}

fn only(estate: &Estate) -> &Bucket {
    let [bucket] = estate.buckets.as_slice() else { panic!("{} buckets", estate.buckets.len()) };
    bucket
}

const HEAD: &str = "
Parameters:
  Env: {Type: String, Default: dev}
  Name: {Type: String}
  Flag: {Type: String, AllowedValues: ['yes', 'no']}
  List: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x/y}
Mappings:
  M: {dev: {Suffix: d1, L: [x, y]}, prod: {Suffix: p1}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  Named: !Not [!Equals [!Ref Name, '']]
  On: !Equals [!Ref Flag, 'yes']
  Never: !Equals [!Ref Flag, maybe]
  Both: !And [!Condition Named, !Condition On]
  Either: !Or [!Condition Named, !Condition On]
  Loop: !Not [!Condition Loop]
Resources:
  B: {Type: 'AWS::S3::Bucket'}
  N: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'log-${Env}'}}
  R: {Type: 'AWS::IAM::Role'}
  T: {Type: 'AWS::SNS::Topic'}
  C: {Type: 'Custom::Thing'}";
