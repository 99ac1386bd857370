//! Modules that make no bucket and nothing that decides over one: that the source of a call is not here leaves nothing unjudged.
//!
//! Each was read, at the commits that stand beside it: its resources, and that it calls no module which has others. A folder that is
//! not listed was not read, nor was a newer major version: such a call is judged by what it says, as that of any module is.

use globset::GlobSet;

use crate::syntax::hcl::Body;

use super::origin::{Wanted, wanted};
use super::version::Constraint;
use super::{Options, plain};

/// A module of the organisation `terraform-aws-modules`.
struct Known {
    name: &'static str,
    /// The folder in its repository; empty for the root.
    folder: &'static str,
    /// The highest major version that was read.
    major: u64,
    /// Arguments by which a call reaches a bucket all the same.
    unless: &'static [&'static str],
}

const fn module(name: &'static str, folder: &'static str, major: u64) -> Known {
    Known { name, folder, major, unless: &[] }
}

const KNOWN: [Known; 16] = [
    // main.tf 00db4c91, e35292ca, README.md (resources) 00db4c91, which is of version 4 or later
    module("acm", "", 4),
    // main.tf 44669532
    module("kms", "", 3),
    // main.tf 7ced602a, package.tf 7ced602a, iam.tf 03e8eed1, README.md (resources) of version 8. It may store its package as an object.
    Known { name: "lambda", folder: "", major: 8, unless: &["s3_acl"] },
    // main.tf 00894553, README.md (resources) of version 4
    module("security-group", "", 4),
    // main.tf 01ab9eaa, 2ba6af6e, README.md (resources) 0ad70c34: of version 4
    module("sns", "", 4),
    // main.tf 1f807c6e
    module("sqs", "", 5),
    // main.tf 46d43427, vpc-flow-logs.tf 01c7a45b
    module("vpc", "", 6),
    // main.tf 33aabec8
    module("vpc", "modules/flow-log", 6),
    // main.tf 0211dec8, and as version 6 has it
    module("vpc", "modules/vpc-endpoints", 6),
    // main.tf 31b31d77
    module("iam", "modules/iam-account", 6),
    // main.tf 0225232f
    module("iam", "modules/iam-assumable-role", 5),
    // main.tf 007a0530
    module("iam", "modules/iam-github-oidc-role", 5),
    // main.tf 31b31d77
    module("iam", "modules/iam-oidc-provider", 6),
    // main.tf 1898a0a5, 0bbb9f2f
    module("iam", "modules/iam-policy", 6),
    // main.tf 5cc5a4ff
    module("iam", "modules/iam-role", 6),
    // main.tf 7504a11b, 980d3f38
    module("iam", "modules/iam-user", 6),
];

/// Sources of modules that make no bucket, as the user says.
#[derive(Clone, Debug, Default)]
pub struct Bucketless {
    /// Of whole modules: a folder of one is another module, and may make what that does not.
    pub modules: GlobSet,
    /// Of folders of modules: `acme/network/aws//modules/*`.
    pub folders: GlobSet,
}

impl Bucketless {
    fn has(&self, plain: &str) -> bool {
        match plain.split_once("//").filter(|it| !it.1.trim_matches('/').is_empty()) {
            Some(_) => self.folders.is_match(plain),
            None => self.modules.is_match(plain.trim_end_matches('/')),
        }
    }
}

/// Why a call makes no bucket.
pub enum Reason {
    /// The module is known here: what it is called in messages.
    Known(String),
    /// The user says so.
    Said,
}

/// The module that a call asks for, in one spelling, where it is known here.
fn find(source: &str, version: Option<&str>) -> Option<(&'static Known, String)> {
    let plain = plain(source);
    let (module, folder) = plain.split_once("//").unwrap_or((&plain, ""));
    let name = module
        .strip_prefix("terraform-aws-modules/")
        .and_then(|it| it.strip_suffix("/aws"))
        .or_else(|| module.strip_prefix("github.com/terraform-aws-modules/terraform-aws-"))?;
    let Wanted::Version(asked) = wanted(source, version) else { return None };
    let found = KNOWN.iter().find(|it| it.name == name && it.folder == folder.trim_end_matches('/'))?;
    let is_newer = Constraint::from_major(found.major.saturating_add(1)).meets(&asked);
    (!is_newer).then_some((found, plain))
}

/// What a module is called whose resources are known here: of one version as of another.
#[must_use]
pub fn known(source: &str, version: Option<&str>) -> Option<String> {
    find(source, version).map(|it| format!("{}//{}", it.0.name, it.0.folder))
}

/// Whether a call of a module that is not here makes no bucket, and who says so.
pub fn reason(options: &Options, source: &str, version: Option<&str>, call: &Body) -> Option<Reason> {
    if options.bucketless.has(&plain(source)) {
        return Some(Reason::Said);
    }
    let (found, title) = find(source, version)?;
    let reaches_a_bucket = found.unless.iter().any(|it| call.attribute(it).is_some());
    (!reaches_a_bucket).then(|| Reason::Known(format!("{title} up to version {}", found.major)))
}

#[cfg(test)]
mod tests {
    use crate::source::FileId;
    use crate::syntax::hcl;

    use super::*;

    fn is_known(source: &str, version: Option<&str>) -> bool {
        with(source, version, "")
    }

    fn with(source: &str, version: Option<&str>, arguments: &str) -> bool {
        let call = hcl::parse_body(FileId(0), arguments).tree;
        reason(&Options::default(), source, version, &call).is_some()
    }

    #[test]
    fn versions_that_were_read() {
        let vpc = "terraform-aws-modules/vpc/aws";
        for version in ["5.8.1", "~> 5.0", "= 6.5.0", ">= 5.0, < 7.0", "~> 6.0", "3.0.0"] {
            assert!(is_known(vpc, Some(version)), "{version}");
        }
        for version in [">= 5.0", "7.0.0", "~> 7.0", "~> 6", "!= 5.0.0", "> 6.0", "latest"] {
            assert!(!is_known(vpc, Some(version)), "{version}");
        }
        assert!(!is_known(vpc, None), "the newest");
        assert!(is_known("registry.terraform.io/terraform-aws-modules/vpc/aws", Some("5.0")));
    }

    #[test]
    fn revisions() {
        let git = "git::https://github.com/terraform-aws-modules/terraform-aws-iam.git";
        assert!(is_known(&format!("{git}//modules/iam-user?ref=v5.39.0"), None));
        assert!(is_known("git@github.com:terraform-aws-modules/terraform-aws-vpc.git?ref=v5.0.0", None));
        for end in
            ["//modules/iam-user", "//modules/iam-user?ref=master", "//modules/iam-user?ref=v7.0.0", "?ref=v5.39.0"]
        {
            assert!(!is_known(&format!("{git}{end}"), None), "{end}");
        }
        // A commit is no version, though it may be all digits.
        assert!(!is_known(&format!("{git}//modules/iam-user?ref=1234567"), None));
    }

    /// Of each only what was read.
    #[test]
    fn highest_versions() {
        for (name, major) in [("acm", 4), ("security-group", 4), ("sns", 4), ("sqs", 5), ("kms", 3)] {
            let source = format!("terraform-aws-modules/{name}/aws");
            assert!(is_known(&source, Some(&format!("~> {major}.0"))), "{name}");
            assert!(!is_known(&source, Some(&format!("~> {}.0", major + 1))), "{name}");
        }
        assert!(!is_known("terraform-aws-modules/sns/aws//modules/subscription", Some("2.0.0")));
        assert!(!is_known("terraform-aws-modules/security-group/aws//modules/http-80", Some("4.0.0")));
    }

    #[test]
    fn what_is_not_listed() {
        for source in [
            "terraform-aws-modules/vpc/aws//examples/complete",
            "terraform-aws-modules/lambda/aws//wrappers",
            "terraform-aws-modules/s3-bucket/aws",
            "terraform-aws-modules/iam/aws",
            "acme/vpc/aws",
            "app.terraform.io/terraform-aws-modules/vpc/aws",
            "github.com/acme/terraform-aws-vpc",
        ] {
            assert!(!is_known(source, Some("1.0.0")), "{source}");
        }
    }

    /// The package of a function is an object, whose ACL the call says.
    #[test]
    fn an_argument_that_reaches_a_bucket() {
        let lambda = "terraform-aws-modules/lambda/aws";
        assert!(with(lambda, Some("7.2.0"), "store_on_s3 = true\ns3_bucket = \"b\"\n"));
        assert!(!with(lambda, Some("7.2.0"), "store_on_s3 = true\ns3_acl = \"public-read\"\n"));
    }
}
