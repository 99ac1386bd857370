//! Requests that wait until their documents are judged as they are now.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::guard::guarded;
use crate::source::FileId;

use super::super::answers;
use super::super::documents::Place;
use super::super::judge::{Analysis, Scope};
use super::super::message::{self, Failure};
use super::super::protocol::{CodeActionParams, HoverParams};
use super::Server;
use super::resolve::Choice;

/// A request that waits until its document is judged.
pub(super) enum Question {
    Hover(HoverParams),
    Actions(CodeActionParams),
    Resolve(Box<Choice>),
}

impl Question {
    fn uri(&self) -> &str {
        match self {
            Self::Hover(it) => &it.text_document.uri,
            Self::Actions(it) => &it.text_document.uri,
            Self::Resolve(it) => &it.chosen.uri,
        }
    }
}

impl<W: Write> Server<W> {
    pub(super) fn question(&mut self, id: Value, question: Question) -> io::Result<()> {
        self.waiting.push((id, question));
        self.answer_waiting()
    }

    /// Answers those whose documents are judged as they are now.
    pub(super) fn answer_waiting(&mut self) -> io::Result<()> {
        for (id, question) in std::mem::take(&mut self.waiting) {
            // Who judges has one thing to do at a time.
            if self.is_pending(question.uri()) || (self.busy.is_some() && matches!(question, Question::Resolve(_))) {
                self.waiting.push((id, question));
                continue;
            }
            let found = match question {
                Question::Hover(it) => guarded(Path::new("."), || self.hover(&it)),
                Question::Actions(it) => guarded(Path::new("."), || self.actions(&it)),
                Question::Resolve(it) => {
                    self.prove(id, *it)?;
                    continue;
                }
            };
            let result = found.map_err(|bug| Failure::new(message::INTERNAL_ERROR, bug.message));
            self.answer(&id, result)?;
        }
        Ok(())
    }

    fn is_pending(&self, uri: &str) -> bool {
        let Some(document) = self.documents.get(uri) else { return false };
        let of = |scope: &Scope| scope.has(document);
        self.busy.as_ref().is_some_and(of) || self.scopes.iter().any(|(scope, it)| it.due.is_some() && of(scope))
    }

    fn hover(&self, it: &HoverParams) -> Value {
        let known = self.known(&it.text_document.uri);
        known
            .and_then(|(_, analysis, file)| answers::hover(analysis, file, it.position, self.client))
            .unwrap_or_default()
    }

    fn actions(&self, it: &CodeActionParams) -> Value {
        let uri = it.text_document.uri.as_str();
        let wanted = it.context.only.as_ref().is_none_or(|all| all.iter().any(|it| it == "quickfix" || it.is_empty()));
        let Some((_, analysis, file)) = self.known(uri).filter(|_| wanted) else { return json!([]) };
        let is_current = |file| self.is_current(analysis, file);
        answers::actions(analysis, (file, uri), it.range, self.client, &is_current).into()
    }

    /// The last analysis that a document is part of, with its scope, and its file in it.
    pub(super) fn known(&self, uri: &str) -> Option<(&Scope, &Analysis, FileId)> {
        let document = self.documents.get(uri)?;
        let path = match &document.place {
            Place::File(path) | Place::Untitled(path) => path,
            Place::Elsewhere => return None,
        };
        // The innermost folder of the workspace comes last.
        let scopes = self.scopes.iter().rev().filter(|it| it.0.has(document));
        let mut known = scopes.filter_map(|(scope, it)| Some((scope, it.analysis.as_ref()?)));
        known.find_map(|(scope, it)| Some((scope, it, it.file(path)?)))
    }

    /// Whether the editor has the text of a file that was judged.
    pub(super) fn is_current(&self, analysis: &Analysis, file: FileId) -> bool {
        let sources = &analysis.judged().looked.sources;
        let path = &sources.file(file).path;
        let open = self.documents.iter().find(|it| it.path() == Some(path));
        open.is_none_or(|it| it.text.trim_start_matches('\u{feff}') == sources.text(file).as_str())
    }
}
