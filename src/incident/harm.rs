//! What a setting that code leaves as it is takes away or gives out, beyond what is written of it.

use serde_json::Value as Json;

use super::diff::canonical;
use super::plan::{elsewhere, taken};
use super::trail::{copied_to, is_weaker, retention};

/// One clause: data that goes to others, objects that are lost sooner, or a guard that is off; nothing where it is neither.
pub(super) fn harm(field: &str, written: Option<&Json>, live: Option<&Json>, own: Option<&str>) -> Option<String> {
    let (should, is) = (canonical(field, written), canonical(field, live));
    let what = match field {
        "public_access_block" | "ownership" | "versioning" | "lifecycle" => taken(field, &should, &is)?,
        "object_lock" => {
            is_weaker(retention(&should), retention(&is)).then(|| "objects are locked for less".to_owned())?
        }
        "replication" => {
            let to = |it: Option<&Json>| it.map(|it| copied_to(it, own, &[].into())).unwrap_or_default();
            let known = to(written);
            let new: Vec<String> = to(live).difference(&known).map(ToString::to_string).collect();
            (!new.is_empty()).then(|| format!("new objects are copied to {}", new.join(", ")))?
        }
        "encryption" | "notification" | "website" => {
            let known = elsewhere(field, &should, own);
            let new: Vec<String> = elsewhere(field, &is, own).difference(&known).cloned().collect();
            let what = match field {
                "encryption" => "new objects are encrypted with a key of another account, which can take it away",
                "notification" => "events go to another account",
                _ => "visitors are sent elsewhere",
            };
            (!new.is_empty()).then(|| format!("{what} ({})", new.join(", ")))?
        }
        _ => return None,
    };
    Some(format!("{what}: whether it should be so the code does not say"))
}
