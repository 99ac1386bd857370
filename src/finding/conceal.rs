//! What is said without what code marks as sensitive.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{SENSITIVE, is_made_of, masked};
use crate::policy::Request;

use super::{Finding, Report};

fn mask(text: &mut String, secrets: &BTreeSet<String>) {
    if let Cow::Owned(new) = masked(text, secrets) {
        *text = new;
    }
}

impl Finding {
    /// Takes secrets out of all that people read. What tells findings apart stays.
    pub fn conceal(&mut self, secrets: &BTreeSet<String>) {
        let labels = self.related.iter_mut().chain(&mut self.flow).chain(&mut self.assuming).map(|it| &mut it.text);
        let lists = self.unknown.iter_mut().chain(&mut self.holds_when);
        let rest = [&mut self.message].into_iter().chain(&mut self.label).chain(&mut self.help);
        labels.chain(lists).chain(rest).for_each(|it| mask(it, secrets));
        if let Some(fix) = &mut self.fix {
            mask(&mut fix.title, secrets);
            fix.because.iter_mut().for_each(|it| mask(it, secrets));
        }
        self.witness.iter_mut().for_each(|it| it.conceal(secrets));
    }
}

impl Report {
    /// Takes secrets out of all that people read.
    pub fn conceal(&mut self, secrets: &BTreeSet<String>) {
        if secrets.is_empty() {
            return;
        }
        self.findings.iter_mut().for_each(|it| it.conceal(secrets));
        self.suppressed.iter_mut().for_each(|it| it.finding.conceal(secrets));
        for it in &mut self.diagnostics {
            mask(&mut it.message, secrets);
            it.help.iter_mut().for_each(|it| mask(it, secrets));
        }
        if let Some(fixed) = &mut self.fixed {
            fixed.refused.iter_mut().for_each(|it| mask(it, secrets));
        }
    }
}

impl Request {
    /// Takes secrets out: a value that was made of one as a whole.
    pub fn conceal(&mut self, secrets: &BTreeSet<String>) {
        for value in self.context.values_mut().flatten().filter(|it| is_made_of(it, secrets)) {
            SENSITIVE.clone_into(value);
        }
        mask(&mut self.principal, secrets);
        mask(&mut self.resource, secrets);
    }
}
