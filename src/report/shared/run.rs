//! Everything that a format may tell of a run.

use crate::exposure::Exposure;
use crate::finding::{Report, Verdict};
use crate::model::Estate;

use super::Places;

/// A run: what was found, what it means, and the model it was found in.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Findings, complaints, figures.
    pub report: &'a Report,
    /// The exit code and its reason.
    pub verdict: &'a Verdict,
    /// The model, once for each environment.
    pub views: &'a [View<'a>],
    /// The files.
    pub places: Places<'a>,
}

/// The model as one environment has it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The environment, where the run had any.
    pub environment: Option<&'a str>,
    /// The buckets.
    pub estate: &'a Estate,
    /// The verdict about each, in the same order.
    pub exposures: &'a [Exposure],
}
