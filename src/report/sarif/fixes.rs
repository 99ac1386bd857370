//! Fixes as SARIF has them: regions that are deleted and texts that are inserted, file by file.

use crate::finding::{Edit, Fix};

use super::super::shared::Places;
use super::artifact_location;
use super::log::{ArtifactChange, Message, Region, Replacement, SarifFix};

/// The fix of a finding.
pub(super) fn fix(it: &Fix, places: &Places<'_>) -> SarifFix {
    let mut changes: Vec<(crate::source::FileId, Vec<&Edit>)> = Vec::new();
    for edit in &it.edits {
        match changes.iter_mut().find(|it| it.0 == edit.at.file) {
            Some(own) => own.1.push(edit),
            None => changes.push((edit.at.file, vec![edit])),
        }
    }
    let because = it.because.as_ref().map(|it| format!(" (unsafe: {it})")).unwrap_or_default();
    SarifFix {
        description: Message::text(format!("{}{because}", it.title)),
        artifact_changes: changes
            .into_iter()
            .map(|(file, edits)| ArtifactChange {
                artifact_location: artifact_location(&places.file(file)),
                replacements: edits.into_iter().filter_map(|it| replacement(it, places)).collect(),
            })
            .collect(),
    }
}

/// An insertion deletes the empty region at its place.
fn replacement(edit: &Edit, places: &Places<'_>) -> Option<Replacement> {
    let location = places.location(edit.at);
    let (start, end) = location.start.zip(location.end)?;
    Some(Replacement {
        deleted_region: Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        },
        inserted_content: Message::text(edit.text.clone()),
    })
}
