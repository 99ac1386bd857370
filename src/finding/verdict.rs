//! What a report means for the exit code: one pure function, so that the last line and the code cannot disagree.

use crate::source::Gravity;

use super::{Finding, Report, Severity, Status};

/// What the user wants to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The least severity that fails; `None` means `--fail-on never`.
    pub fail_on: Option<Severity>,
    /// Whether what could not be decided fails like a violation.
    pub fail_on_unknown: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self { fail_on: Some(Severity::Medium), fail_on_unknown: false }
    }
}

impl Gate {
    /// How bad a finding counts as: where what is unknown fails like a violation, with the severity that the violation would have.
    #[must_use]
    pub fn severity(&self, finding: &Finding) -> Severity {
        finding.at_worst.filter(|_| self.fail_on_unknown).unwrap_or(finding.severity)
    }
}

/// The exit code and the sentence that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// 0 nothing, 1 findings, 2 wrong usage, 3 incomplete.
    pub code: u8,
    /// What decided it, without a final dot.
    pub reason: String,
}

/// Decides the exit code.
///
/// 2 where the user named something that cannot be used; else 1 where a violation is at or above the gate; else 3 where
/// something could not be read, parsed or resolved well enough to judge; else 0.
#[must_use]
pub fn judge(report: &Report, gate: Gate) -> Verdict {
    let verdict = |code, reason: String| Verdict { code, reason };
    if let Some(first) = report.diagnostics.iter().find(|it| it.gravity == Gravity::Usage) {
        return verdict(2, format!("{}: {}", first.code, first.message));
    }
    let threshold = gate.fail_on.map_or("never", Severity::as_str);
    let at_gate = |status: Status| {
        let findings = report.findings.iter().filter(move |it| it.status == status);
        findings.filter(|it| gate.fail_on.is_some_and(|least| least <= gate.severity(it))).count()
    };
    let violated = at_gate(Status::Violated);
    let undecided = at_gate(Status::Unknown);
    if 0 < violated {
        return verdict(1, format!("{} at or above --fail-on {threshold}", count(violated, "finding")));
    }
    if gate.fail_on_unknown && 0 < undecided {
        return verdict(
            1,
            format!("{} at or above --fail-on {threshold}, with --fail-on-unknown", undecided_text(undecided)),
        );
    }
    let incomplete = report.diagnostics.iter().filter(|it| it.gravity == Gravity::Incomplete).count();
    if 0 < incomplete {
        return verdict(3, format!("incomplete: {} of the input could not be judged", count(incomplete, "part")));
    }
    if 0 < undecided {
        return verdict(3, format!("incomplete: {} at or above --fail-on {threshold}", undecided_text(undecided)));
    }
    verdict(0, format!("nothing at or above --fail-on {threshold}"))
}

/// What decides the exit code, counted while findings pass by and are not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    violated: u64,
    undecided: u64,
    incomplete: u64,
}

impl Totals {
    /// Counts a finding.
    pub fn finding(&mut self, severity: Severity, status: Status, gate: Gate) {
        if gate.fail_on.is_some_and(|least| least <= severity) {
            match status {
                Status::Violated => self.violated += 1,
                Status::Unknown => self.undecided += 1,
            }
        }
    }

    /// Counts a complaint about the input.
    pub fn diagnostic(&mut self, gravity: Gravity) {
        self.incomplete += u64::from(gravity != Gravity::Note);
    }

    /// Adds those of another part.
    pub fn add(&mut self, other: &Self) {
        self.violated += other.violated;
        self.undecided += other.undecided;
        self.incomplete += other.incomplete;
    }

    /// The exit code that [`judge`] would give.
    #[must_use]
    pub fn code(&self, gate: Gate) -> u8 {
        let fails = 0 < self.violated || gate.fail_on_unknown && 0 < self.undecided;
        if fails {
            1
        } else if 0 < self.incomplete + self.undecided {
            3
        } else {
            0
        }
    }
}

fn undecided_text(number: usize) -> String {
    if number == 1 { "1 rule could not be decided".to_owned() } else { format!("{number} rules could not be decided") }
}

/// `1 finding`, `2 findings`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::source::Diagnostic;

    fn finding(severity: Severity, status: Status) -> Finding {
        Finding { severity, status, ..Finding::new("rule", "title", "address") }
    }

    fn check(findings: &[(Severity, Status)], gravities: &[Gravity], gate: Gate, code: u8) {
        let report = Report {
            findings: findings.iter().map(|(severity, status)| finding(*severity, *status)).collect(),
            diagnostics: gravities.iter().map(|it| Diagnostic::path("x", *it, "a.tf", "is odd")).collect(),
            ..Report::default()
        };
        let verdict = judge(&report, gate);
        assert_eq!(verdict.code, code, "{findings:?} {gravities:?} {gate:?}: {}", verdict.reason);
    }

    #[test]
    fn what_may_be_worse_fails_where_the_unknown_does() {
        let finding = Finding { at_worst: Some(Severity::Medium), ..finding(Severity::Low, Status::Unknown) };
        let report = Report { findings: vec![finding], ..Report::default() };
        let gate = Gate::default();
        let code = |gate: Gate| judge(&report, gate).code;
        assert_eq!((code(gate), code(Gate { fail_on_unknown: true, ..gate })), (0, 1));
        assert_eq!(code(Gate { fail_on_unknown: true, fail_on: Some(Severity::High) }), 0);
    }

    #[test]
    fn codes() {
        use Severity::{Critical, Low, Medium};
        use Status::{Unknown, Violated};
        let gate = Gate::default();
        let strict = Gate { fail_on_unknown: true, ..gate };
        let never = Gate { fail_on: None, ..gate };
        check(&[], &[], gate, 0);
        check(&[(Medium, Violated)], &[], gate, 1);
        check(&[(Low, Violated)], &[], gate, 0);
        check(&[(Critical, Violated)], &[], never, 0);
        check(&[(Critical, Violated)], &[Gravity::Usage], gate, 2);
        check(&[(Critical, Violated)], &[Gravity::Incomplete], gate, 1);
        check(&[(Low, Violated)], &[Gravity::Incomplete], gate, 3);
        check(&[], &[Gravity::Note], gate, 0);
        check(&[(Medium, Unknown)], &[], gate, 3);
        check(&[(Medium, Unknown)], &[], strict, 1);
        check(&[(Low, Unknown)], &[], strict, 0);
        check(&[(Medium, Unknown)], &[], never, 0);
    }
}
