//! The contracts that come with the program, said in our own words from the modules' documentation.

use std::sync::OnceLock;

use super::Contract;
use super::version::Constraint;

const S3_BUCKET: &str = include_str!("terraform-aws-modules-s3-bucket.tf");
const CLOUDPOSSE_S3_BUCKET: &str = include_str!("cloudposse-s3-bucket.tf");
const CLOUDPOSSE_LABEL: &str = include_str!("cloudposse-label-null.tf");

/// All of them; of one module the newest first.
pub(super) fn all() -> &'static [Contract] {
    static ALL: OnceLock<Vec<Contract>> = OnceLock::new();
    ALL.get_or_init(|| {
        let of = |registry: &str, repository: &str, versions: &str, title: &str, text: String| Contract {
            sources: vec![registry.to_owned(), repository.to_owned()],
            versions: Constraint::parse(versions),
            text,
            title: format!("{registry} {title}"),
        };
        let bucket = |versions, title, text| {
            let repository = "github.com/terraform-aws-modules/terraform-aws-s3-bucket";
            of("terraform-aws-modules/s3-bucket/aws", repository, versions, title, text)
        };
        let blocked_off = S3_BUCKET.replacen("blocked = true", "blocked = false", 1);
        vec![
            // https://github.com/terraform-aws-modules/terraform-aws-s3-bucket/pull/226, in 3.9.0, turned Block Public Access on.
            bucket(">= 3.9, < 6.0", "since version 3.9", S3_BUCKET.to_owned()),
            bucket("< 3.9", "up to version 3.8", blocked_off),
            of(
                "cloudposse/s3-bucket/aws",
                "github.com/cloudposse/terraform-aws-s3-bucket",
                ">= 3.0, < 5.0",
                "since version 3",
                CLOUDPOSSE_S3_BUCKET.to_owned(),
            ),
            of(
                "cloudposse/label/null",
                "github.com/cloudposse/terraform-null-label",
                ">= 0.24, < 1.0",
                "since version 0.24",
                CLOUDPOSSE_LABEL.to_owned(),
            ),
        ]
    })
}
