//! Settings of the configuration that would undo a lock of the same file.

use crate::finding::RuleInfo;

use super::{Config, RuleSetting, Switch};

/// What is wrong with settings of some paths for a rule that is locked: what nobody can suppress cannot be turned off or be less grave.
pub fn against_a_lock(config: &Config, all: &[RuleInfo]) -> Option<String> {
    let is_locked = |it: &RuleSetting| matches!(it, RuleSetting::More(more) if more.locked);
    let severity = |it: &RuleSetting| if let RuleSetting::More(more) = it { more.severity } else { None };
    config.paths.iter().flat_map(|it| it.rules.iter().map(move |rule| (&it.path, rule))).find_map(
        |(path, (id, there))| {
            let lock = config.rules.get(id).filter(|it| is_locked(it))?;
            let own = severity(lock).or_else(|| all.iter().find(|it| it.id == *id).map(|it| it.severity));
            let what = match (there.switch(), severity(there)) {
                (Some(Switch::Off), _) => "turn it off",
                (_, Some(it)) if Some(it) < own => "lower its severity",
                _ => return None,
            };
            Some(format!("`{id}` is locked (rules): `paths` cannot {what} for `{path}`"))
        },
    )
}
