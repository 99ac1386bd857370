//! Version constraints of Terraform: which versions two of them can both mean.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>

type Version = [u64; 3];

/// A constraint such as `>= 1.2, < 3.0.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint(Vec<(Operator, Version, usize)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Pessimistic,
}

impl Constraint {
    /// Reads a constraint; `None` where it is none. Parts after `-` and `+` of a version do not count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(|it| part(it.trim())).collect::<Option<_>>().map(Self)
    }

    /// That major version and every newer one.
    #[must_use]
    pub fn from_major(major: u64) -> Self {
        Self(vec![(Operator::GreaterOrEqual, [major, 0, 0], 1)])
    }

    /// Whether some version is allowed by both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        // Allowed sets are intervals that begin or end at versions which are named, or next to one.
        let mut candidates = vec![[0, 0, 0], [u64::MAX; 3]];
        for (_, it, _) in self.0.iter().chain(&other.0) {
            candidates.extend([*it, [it[0], it[1], it[2].saturating_add(1)], before(*it)]);
        }
        candidates.iter().any(|it| self.allows(*it) && other.allows(*it))
    }

    fn allows(&self, version: Version) -> bool {
        self.0.iter().all(|(operator, bound, given)| match operator {
            Operator::Equal => version == *bound,
            Operator::NotEqual => version != *bound,
            Operator::Less => version < *bound,
            Operator::LessOrEqual => version <= *bound,
            Operator::Greater => version > *bound,
            Operator::GreaterOrEqual => version >= *bound,
            // Only the last number that is written may grow.
            Operator::Pessimistic => {
                let fixed = given.saturating_sub(1);
                *bound <= version && version.iter().take(fixed).eq(bound.iter().take(fixed))
            }
        })
    }
}

fn before(version: Version) -> Version {
    match version {
        [0, 0, 0] => version,
        [major, 0, 0] => [major - 1, u64::MAX, u64::MAX],
        [major, minor, 0] => [major, minor - 1, u64::MAX],
        [major, minor, patch] => [major, minor, patch - 1],
    }
}

fn part(text: &str) -> Option<(Operator, Version, usize)> {
    const OPERATORS: [(&str, Operator); 7] = [
        ("~>", Operator::Pessimistic),
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("!=", Operator::NotEqual),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
    ];
    let found = OPERATORS.iter().find_map(|(sign, it)| Some((*it, text.strip_prefix(sign)?)));
    let (operator, version) = found.unwrap_or((Operator::Equal, text));
    let version = version.trim();
    let version = version.strip_prefix('v').unwrap_or(version).split(['-', '+']).next()?;
    let mut numbers = [0; 3];
    let mut given = 0;
    for number in version.split('.') {
        *numbers.get_mut(given)? = number.trim().parse().ok()?;
        given += 1;
    }
    Some((operator, numbers, given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_that_meet() {
        let meets = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|it| Constraint::parse(it).unwrap());
            assert_eq!(a.meets(&b), b.meets(&a));
            a.meets(&b)
        };
        assert!(meets("4.1.2", ">= 4.0"));
        assert!(!meets("3.15.1", ">= 4.0"));
        assert!(meets("~> 3.0", "< 4.0"));
        assert!(!meets("~> 3.0", ">= 4.0"));
        assert!(meets("~> 3", ">= 4.0"));
        assert!(!meets("~> 3.1.4", "3.2.0"));
        assert!(meets(">= 2.0, < 4.0", ">= 3.9"));
        assert!(!meets("> 2, < 3", ">= 3"));
        assert!(!meets("1.0", "!= 1.0.0"));
        assert!(meets("v1.2.3", "1.2.3-beta"));
        assert!(meets(">= 0", "<= 0"));
    }

    #[test]
    fn what_is_no_constraint() {
        for text in ["latest", "", "1.2.3.4", "> ", "1.x", "=> 2"] {
            assert_eq!(Constraint::parse(text), None, "{text}");
        }
    }
}
