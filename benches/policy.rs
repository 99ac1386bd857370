//! Time per policy: who can do what, with a witness for each answer. `cargo bench --bench policy`.
//!
//! The policies are those of the reference folder (`BUCKETLINT_SHARED`, else beside the checkout), or made here where it is not
//! there. Quantiles are over policies; each policy counts with the median of its runs.

#![expect(clippy::print_stdout, reason = "a table")]

use std::path::PathBuf;
use std::time::Instant;

use bucketlint::policy::{Context, Policy, grants, parse, public_status};
use bucketlint::value::{Origin, Val, Value};

const RUNS: usize = 31;

/// The program's, so that what is measured is what people run.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let (texts, from) = texts();
    let policies: Vec<Policy> = texts.iter().filter_map(|it| policy(it)).collect();
    let context = Context { own_account: Some("111122223333".to_owned()), ..Context::default() };
    let mut times: Vec<f64> = policies.iter().map(|it| time(it, &context)).collect();
    times.sort_by(f64::total_cmp);
    let at = |per_mille: usize| times.get((times.len().saturating_sub(1)) * per_mille / 1000).copied().unwrap_or(0.0);
    println!("{} policies, {from}", times.len());
    println!("median {:.1} us", at(500));
    println!("99.0 % {:.1} us", at(990));
    println!("99.9 % {:.1} us", at(999));
    println!("worst {:.1} us", at(1000));
    println!("mean {:.1} us", times.iter().sum::<f64>() / f64::from(u32::try_from(times.len()).unwrap_or(1)));
}

fn policy(text: &str) -> Option<Policy> {
    match parse(&Val::string(text.to_owned(), Origin::default())).value {
        Value::Known(policy) => Some(policy),
        _ => None,
    }
}

/// Microseconds.
fn time(policy: &Policy, context: &Context) -> f64 {
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box((public_status(policy, context), grants(policy, context)));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs.get(RUNS / 2).copied().unwrap_or(0.0)
}

fn texts() -> (Vec<String>, &'static str) {
    let root = std::env::var_os("BUCKETLINT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let read = |path: PathBuf| std::fs::read_to_string(path).ok();
    let files = std::fs::read_dir(root.join("policies")).into_iter().flatten().flatten().map(|it| it.path());
    let mut files: Vec<PathBuf> = files.filter(|it| it.extension().is_some_and(|it| it == "json")).collect();
    files.sort();
    let texts: Vec<String> = files.into_iter().filter_map(read).collect();
    if texts.is_empty() { ((0..500).map(made).collect(), "made here") } else { (texts, "real ones") }
}

/// What people write: public reading, refusal of plain HTTP, an organisation, a role, a service.
fn made(at: usize) -> String {
    let statement = |which: usize| match which % 5 {
        0 => format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b{at}/p{which}/*"}}"#
        ),
        1 => format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b{at}","arn:aws:s3:::b{at}/*"],"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}"#
        ),
        2 => format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::b{at}/*","Condition":{{"StringEquals":{{"aws:PrincipalOrgID":"o-abcdefghij"}}}}}}"#
        ),
        3 => format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::44445555666{}:role/reader"}},"Action":"s3:*Object","Resource":"arn:aws:s3:::b{at}/*"}}"#,
            which % 10
        ),
        _ => format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b{at}/logs/*","Condition":{{"ArnLike":{{"aws:SourceArn":"arn:aws:s3:::*"}}}}}}"#
        ),
    };
    let statements: Vec<String> = (0..=at % 7).map(|it| statement(at + it)).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}
