//! When something exists: a conjunction of undecided conditions, compared by their canonical text.

use std::collections::BTreeSet;

use super::{Truth, worlds};

/// One undecided condition and the value it must have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom {
    /// Canonical text with module instance path: `module.lake.var.enabled`, `Conditions.IsProd`.
    pub condition: String,
    /// The value that the condition must have.
    pub holds: bool,
}

/// When a block exists. [`Guard::always`] has no atoms; an impossible guard is [`Guard::never`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Exists when all atoms hold; always, when there are none.
    When(BTreeSet<Atom>),
    /// Does not exist.
    Never,
}

impl Default for Guard {
    fn default() -> Self {
        Self::always()
    }
}

impl Guard {
    /// Exists unconditionally.
    #[must_use]
    pub fn always() -> Self {
        Self::When(BTreeSet::new())
    }

    /// Exists when `condition` has the value `holds`.
    #[must_use]
    pub fn when(condition: impl Into<String>, holds: bool) -> Self {
        Self::When(BTreeSet::from([Atom { condition: condition.into(), holds }]))
    }

    /// From a decided condition.
    #[must_use]
    pub fn decided(exists: bool) -> Self {
        if exists { Self::always() } else { Self::Never }
    }

    /// Both guards hold. Contradicting atoms give [`Guard::Never`].
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (Self::When(a), Self::When(b)) = (self, other) else { return Self::Never };
        let atoms: BTreeSet<Atom> = a.union(b).cloned().collect();
        let contradicts = |it: &Atom| atoms.contains(&Atom { condition: it.condition.clone(), holds: !it.holds });
        if atoms.iter().any(contradicts) { Self::Never } else { Self::When(atoms) }
    }

    /// Whether, given that `self` holds, `other` holds: in every world (see `worlds`), in none, or in some.
    #[must_use]
    pub fn implies(&self, other: &Self) -> Truth {
        match (self, other) {
            (Self::Never, _) => Truth::Yes,
            (_, Self::Never) => Truth::No,
            (Self::When(a), Self::When(b)) if b.is_subset(a) => Truth::Yes,
            _ if self.and(other) == Self::Never => Truth::No,
            (Self::When(a), _) if a.is_empty() && other.is_plain() => Truth::Unknown,
            _ => worlds::covered(self, &[other]),
        }
    }

    /// Whether, given that `self` holds, at least one of `others` holds.
    #[must_use]
    pub fn covered_by(&self, others: &[&Self]) -> Truth {
        if others.iter().any(|it| self.implies(it) == Truth::Yes) {
            return Truth::Yes;
        }
        worlds::covered(self, others)
    }

    /// Whether its only condition is the value of a name: nothing but that decides it.
    fn is_plain(&self) -> bool {
        let Self::When(atoms) = self else { return false };
        let is_name = |it: &Atom| it.condition.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it));
        atoms.len() == 1 && atoms.iter().all(is_name)
    }

    /// One condition that holds when the guard does: text in the syntax of Terraform's expressions.
    fn formula(&self) -> String {
        let Self::When(atoms) = self else { return "false".to_owned() };
        let one = |it: &Atom| if it.holds { format!("({})", it.condition) } else { format!("!({})", it.condition) };
        let all: Vec<String> = atoms.iter().map(one).collect();
        if all.is_empty() { "true".to_owned() } else { all.join(" && ") }
    }

    /// Holds when this guard does not.
    #[must_use]
    pub fn negated(&self) -> Self {
        match self {
            Self::Never => Self::always(),
            Self::When(atoms) => match (atoms.first(), atoms.len()) {
                (None, _) => Self::Never,
                (Some(only), 1) => Self::when(only.condition.clone(), !only.holds),
                _ => Self::when(self.formula(), false),
            },
        }
    }

    /// Holds when one of the guards does.
    #[must_use]
    pub fn any(all: &[&Self]) -> Self {
        let open: Vec<&&Self> = all.iter().filter(|it| ***it != Self::Never).collect();
        match open.as_slice() {
            [] => Self::Never,
            [only] => (**only).clone(),
            _ if Self::always().covered_by(all) == Truth::Yes => Self::always(),
            several => {
                let texts: Vec<String> = several.iter().map(|it| format!("({})", it.formula())).collect();
                Self::when(texts.join(" || "), true)
            }
        }
    }

    /// Whether it exists at all.
    #[must_use]
    pub fn truth(&self) -> Truth {
        match self {
            Self::Never => Truth::No,
            Self::When(atoms) if atoms.is_empty() => Truth::Yes,
            Self::When(_) => Truth::Unknown,
        }
    }
}

impl std::fmt::Display for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::When(atoms) = self else { return f.write_str("never") };
        for (index, atom) in atoms.iter().enumerate() {
            let and = if index == 0 { "" } else { " and " };
            let not = if atom.holds { "" } else { "not " };
            write!(f, "{and}{not}{}", atom.condition)?;
        }
        Ok(())
    }
}
