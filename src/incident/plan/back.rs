//! The way back: a plan like any other. Its steps are the undoing calls, and its order is searched as the one of the way there: what S3
//! would refuse is no step, and no stage gives what neither end gives.

use crate::exposure::Options;

use super::order::{Ends, Stage};
use super::search::Search;
use super::{Around, Ask, Points, Sayings, Step};

/// Ids of the steps in an order in which S3 lets them be taken back from what the bucket is now. Steps that cannot be taken back are not
/// among them. `is_whole`: these are all steps of the plan.
///
/// # Errors
/// Why there is no such order, one sentence each.
pub fn order(
    bucket: &str,
    (taken, is_whole): (&[&Step], bool),
    now: &Stage,
    options: &Options,
) -> Result<Vec<String>, Vec<String>> {
    let back = taken.iter().rev().filter(|it| !it.undo.is_empty());
    let steps: Vec<Step> = back.map(|it| reversed(it)).collect();
    // Backwards the bucket goes through the stages of the way there, each of which was found to lie between both ends.
    let mut stage = now.clone();
    let is_taken = steps.iter().all(|step| {
        let is_taken = stage.refusal(step).is_none();
        stage = stage.after(step);
        is_taken
    });
    if is_taken && is_whole {
        return Ok(steps.into_iter().map(|it| it.id).collect());
    }
    let end = steps.iter().fold(now.clone(), |stage, step| stage.after(step));
    let (before, desired) = (now.subject(), end.subject());
    let record = now.record();
    let ask = Ask {
        purpose: "rollback".to_owned(),
        bucket,
        live: &record,
        around: &Around::default(),
        desired: &Sayings::new(),
        desired_points: &Points::default(),
        only: &[],
        allow_loosen: true,
        include_account: true,
        confirm_self_lockout: true,
        caller: None,
        options,
    };
    let ends = Ends { before: &before, desired: &desired, start: now, end: &end };
    // What to do about it in what should be is no advice for the way back.
    let plain = |it: String| it.split("; ").next().unwrap_or_default().to_owned();
    let found =
        Search::new(&ask, &steps, &ends).back().run().map_err(|why| why.into_iter().map(plain).collect::<Vec<_>>())?;
    Ok(found.iter().filter_map(|it| steps.get(it.at)).map(|it| it.id.clone()).collect())
}

/// The step that takes another one back.
pub(super) fn reversed(step: &Step) -> Step {
    Step {
        command: step.undo.clone(),
        undo: step.command.clone(),
        sends: step.undo_sends.clone(),
        undo_sends: step.sends.clone(),
        before: step.after.clone(),
        after: step.before.clone(),
        loosens: false,
        ..step.clone()
    }
}
