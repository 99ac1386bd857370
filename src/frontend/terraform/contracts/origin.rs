//! Where a module comes from, in one spelling.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/configuration#module-sources>

use super::version::Constraint;

/// A source without what does not name the module: scheme, user, host of the public registry, revision.
///
/// `git::ssh://git@github.com/org/repo.git//modules/x?ref=v1` → `github.com/org/repo//modules/x`.
#[must_use]
pub fn plain(source: &str) -> String {
    let it = source.split('?').next().unwrap_or(source);
    let it = it.strip_prefix("git::").unwrap_or(it);
    let it = it.split_once("://").map_or(it, |it| it.1);
    let it = PUBLIC.iter().find_map(|host| it.strip_prefix(host)).unwrap_or(it);
    let it = match it.split_once('@') {
        // `git@host:org/repo`, as ssh has it.
        Some((user, rest)) if !user.contains('/') => rest.replacen(':', "/", 1),
        _ => it.to_owned(),
    };
    match it.strip_suffix(".git") {
        Some(it) => it.to_owned(),
        None => it.replacen(".git//", "//", 1),
    }
}

/// Registries whose name need not be written.
const PUBLIC: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];

/// Whether two spellings name one module at one revision.
#[must_use]
pub fn is_same(a: &str, b: &str) -> bool {
    let revision = |it: &str| it.split_once('?').map(|it| it.1.to_owned());
    plain(a) == plain(b) && revision(a) == revision(b)
}

/// What a call asks for: the constraint in its `version`, else the revision in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No version is said: the newest.
    Newest,
    /// A constraint.
    Version(Constraint),
    /// A branch, a commit, or a constraint that is none.
    Other,
}

/// What `source` and `version` of a call ask for.
#[must_use]
pub fn wanted(source: &str, version: Option<&str>) -> Wanted {
    let revision = source.split_once('?').and_then(|it| it.1.split('&').find_map(|it| it.strip_prefix("ref=")));
    match version.or(revision) {
        None => Wanted::Newest,
        Some(text) => Constraint::parse(text).map_or(Wanted::Other, Wanted::Version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        for source in [
            "github.com/org/repo",
            "git::https://github.com/org/repo.git?ref=v1",
            "git@github.com:org/repo.git",
            "git::ssh://git@github.com/org/repo.git",
            "https://github.com/org/repo",
        ] {
            assert_eq!(plain(source), "github.com/org/repo", "{source}");
        }
        assert_eq!(plain("registry.terraform.io/a/b/aws"), "a/b/aws");
        assert_eq!(plain("git::https://x.github.io/r.git//m?ref=1"), "x.github.io/r//m");
        assert_eq!(plain("app.terraform.io/acme/s3/aws"), "app.terraform.io/acme/s3/aws");
    }

    #[test]
    fn revisions() {
        assert_eq!(wanted("a/b/aws", None), Wanted::Newest);
        assert_eq!(wanted("github.com/a/b?ref=main", None), Wanted::Other);
        assert_eq!(wanted("github.com/a/b?depth=1&ref=v1.2.0", None), wanted("a/b/aws", Some("1.2.0")));
    }
}
