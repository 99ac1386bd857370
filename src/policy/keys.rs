//! The table of condition keys (`keys.tsv`): type, availability, and whether a stranger can have a value of choice.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::actions::key_stem;
use super::glob::{Pattern, Reading};

/// What a key's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// A number.
    Numeric,
    /// A date.
    Date,
    /// `true` or `false`.
    Bool,
    /// An IP address.
    Ip,
}

/// Whether a request carries a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Presence {
    /// Always.
    Yes,
    /// Never.
    No,
    /// At will, or by circumstance.
    Maybe,
    /// Always, with this value.
    Value(String),
}

/// Who decides the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// It names a caller, a network or a source.
    Identity,
    /// The caller or the circumstances.
    Caller,
    /// The bucket or the object.
    Resource,
}

/// Whether a fixed value keeps a policy from being public in AWS's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confines {
    /// Any fixed value does.
    Yes,
    /// No value does.
    No,
    /// The value `true` does: it leaves only AWS services.
    Service,
}

/// What is known of a condition key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// As AWS writes it.
    pub(super) name: String,
    /// The type of its values.
    pub(super) kind: KeyType,
    /// A request may carry several values.
    pub(super) many: bool,
    /// In requests without credentials.
    pub(super) anonymous: Presence,
    /// In requests of users and roles.
    pub(super) signed: Presence,
    /// In requests of AWS services.
    pub(super) service: Presence,
    /// Who decides the value.
    pub(super) nature: Nature,
    /// Whether a fixed value confines.
    pub(super) confines: Confines,
    /// A stranger's value.
    pub(super) sample: Option<String>,
    /// What every value looks like.
    pub(super) shape: Pattern,
}

/// The key's entry, without regard to case; `None` for keys that are not in the table.
pub(super) fn find(key: &str) -> Option<&'static Key> {
    table().get(&key_stem(key))
}

/// Whether a key names a caller, a network or a source: a fixed value of it is not everyone's.
#[must_use]
pub fn confines(key: &str) -> bool {
    find(key).is_some_and(|it| it.nature == Nature::Identity)
}

/// Whether a key is in the table.
#[must_use]
pub fn is_key(key: &str) -> bool {
    find(key).is_some()
}

/// All keys as AWS writes them; those of tags end with a slash.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table().values().map(|it| it.name.as_str())
}

/// Keys that have one value in every request, `of` a kind of callers.
pub(super) fn fixed(of: impl Fn(&Key) -> &Presence) -> BTreeMap<String, Vec<String>> {
    let value = |it: &Key| match of(it) {
        Presence::Value(value) => Some((it.name.clone(), vec![value.clone()])),
        Presence::Yes | Presence::No | Presence::Maybe => None,
    };
    table().values().filter_map(value).collect()
}

fn table() -> &'static HashMap<String, Key> {
    static TABLE: OnceLock<HashMap<String, Key>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("keys.tsv").lines().filter(|it| !it.starts_with('#'));
        lines.filter_map(entry).map(|it| (it.name.to_ascii_lowercase(), it)).collect()
    })
}

fn entry(line: &str) -> Option<Key> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    Some(Key {
        name: cell()?.to_owned(),
        kind: match cell()? {
            "arn" => KeyType::Arn,
            "numeric" => KeyType::Numeric,
            "date" => KeyType::Date,
            "bool" => KeyType::Bool,
            "ip" => KeyType::Ip,
            _ => KeyType::String,
        },
        many: cell()? == "many",
        anonymous: presence(cell()?),
        signed: presence(cell()?),
        service: presence(cell()?),
        nature: match cell()? {
            "identity" => Nature::Identity,
            "resource" => Nature::Resource,
            _ => Nature::Caller,
        },
        confines: match cell()? {
            "yes" => Confines::Yes,
            "service" => Confines::Service,
            _ => Confines::No,
        },
        sample: cell().filter(|it| *it != "-").map(str::to_owned),
        shape: Pattern::text(cell()?, Reading { wildcards: true, variables: false }),
    })
}

fn presence(cell: &str) -> Presence {
    match cell {
        "yes" => Presence::Yes,
        "no" => Presence::No,
        cell => cell.strip_prefix('=').map_or(Presence::Maybe, |it| Presence::Value(it.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_entry() {
        let lines: Vec<_> = include_str!("keys.tsv").lines().filter(|it| !it.starts_with('#')).collect();
        assert!(80 < lines.len());
        for line in lines {
            assert_eq!(line.split('\t').count(), 10, "{line}");
            let key = entry(line).unwrap();
            assert_eq!(find(&key.name.to_ascii_uppercase()).map(|it| &it.name), Some(&key.name));
        }
    }

    #[test]
    fn keys_with_a_part_after_the_slash() {
        assert_eq!(find("aws:PrincipalTag/team").map(|it| it.nature), Some(Nature::Caller));
        assert!(find("aws:Nonsense").is_none());
    }
}
