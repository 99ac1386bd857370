//! Block Public Access of an account: every setting that is off, or not written.

use crate::finding::Finding;
use crate::value::Value;

use super::bucket::{FLAGS, replaced};
use super::{Draft, Drafted, Planner};

pub(super) fn of_account(planner: &Planner<'_>, finding: &Finding) -> Drafted {
    let mut accounts = planner.estate.accounts.iter();
    let account = accounts
        .find(|it| it.address == finding.address && it.origin.span == finding.declared)
        .ok_or("it is not in this code")?;
    let block = account.public_access_block.as_known().ok_or("whether it is on is not decided")?;
    let mut draft = Draft::new("turn all four settings of the account on", Vec::new())
        .because(Some("it is about every bucket of the account".to_owned()));
    let mut missing = Vec::new();
    for (_, name, _, read) in FLAGS {
        let attr = read(block);
        match &attr.value {
            Value::Known(true) => (),
            Value::Known(false) => draft.edits.extend(replaced(planner, &attr.origin, "true", "true", "")?.edits),
            Value::Absent => missing.push((name, "true")),
            Value::Unknown(why) | Value::OneOf(_, why) => return Err(format!("it is not decided: {why}")),
        }
    }
    if !missing.is_empty() {
        let at = account.origin.span.ok_or("it has no place in the code")?;
        super::bucket::code_file(planner, at)?;
        let code = planner.code(at.file);
        let found = code.block_at(at).ok_or("its block is not written out here")?;
        draft.edits.extend(code.insert_arguments(&found, &missing).ok_or("the block is on one line")?);
    }
    Ok(draft)
}
