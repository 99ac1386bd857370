//! `codeAction/resolve`: a fix that was chosen is proved, and only then is an edit.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::protocol::Chosen;
use super::super::worker::Trouble;
use super::super::{Made, answers};
use super::Server;

/// An action that was chosen, and what it stands for.
pub(super) struct Choice {
    action: Value,
    pub chosen: Chosen,
}

impl Choice {
    /// Of an action without an edit of our own.
    ///
    /// # Errors
    /// Any other action, as it is.
    pub fn of(action: Value) -> Result<Self, Value> {
        match action.get("data").map(Chosen::deserialize) {
            Some(Ok(chosen)) => Ok(Self { chosen, action }),
            _ => Err(action),
        }
    }
}

impl<W: Write> Server<W> {
    /// Has a fix proved; it is answered when that is done.
    pub(super) fn prove(&mut self, id: Value, choice: Choice) -> io::Result<()> {
        let scope = self.known(&choice.chosen.uri).map(|it| it.0.clone());
        let target = choice.chosen.target();
        self.proving = Some((id, choice));
        match scope {
            Some(scope) => self.send(scope, Some(target)),
            None => self.proved(Err(Trouble::Complaint("its document is not open any more".to_owned()))),
        }
    }

    /// Answers with the edit, or says why there is none: then the action does nothing.
    pub(super) fn proved(&mut self, result: Result<Made, Trouble>) -> io::Result<()> {
        // It may have been taken back.
        let Some((id, Choice { mut action, chosen })) = self.proving.take() else { return Ok(()) };
        let edit = match result {
            Ok(Made::Proof(Ok(texts))) => {
                let known = self.known(&chosen.uri);
                let edit = known.and_then(|(_, analysis, _)| {
                    answers::proved(analysis, &chosen, &texts, self.client, &|file| self.is_current(analysis, file))
                });
                edit.ok_or_else(|| "the code has changed since; ask again".to_owned())
            }
            Ok(Made::Proof(Err(why))) | Err(Trouble::Complaint(why) | Trouble::Bug(why)) => Err(why),
            Ok(Made::Analysis(_)) => Err("it was not judged".to_owned()),
        };
        match edit {
            Ok(edit) => drop(action.as_object_mut().map(|it| it.insert("edit".to_owned(), edit))),
            Err(why) => self.show(2, &format!("not fixed: {why}"))?,
        }
        self.answer(&id, Ok(json!(action)))
    }
}
