//! The part of the protocol's vocabulary that is spoken here, in its own names.
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::fix::Target;

use super::position::{Encoding, Position, TextRange};

/// `initialize`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InitializeParams {
    /// What the client can do. Read piece by piece: clients send more than the protocol names.
    pub capabilities: Value,
    /// The folder, before there were several.
    pub root_uri: Option<String>,
    /// The folders.
    pub workspace_folders: Option<Vec<WorkspaceFolder>>,
}

/// What a client can do, as far as it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// How columns are counted.
    pub encoding: Encoding,
    /// It takes edits with the version that they are for.
    pub document_changes: bool,
    /// It can be asked to watch files.
    pub watches: bool,
    /// It shows Markdown in hovers.
    pub markdown: bool,
    /// It asks for the edit of an action that was chosen.
    pub resolves: bool,
}

impl Client {
    /// From the capabilities.
    pub fn new(capabilities: &Value) -> Self {
        let has = |pointer: &str| capabilities.pointer(pointer) == Some(&Value::Bool(true));
        let lists = |pointer: &str, name: &str| {
            let list = capabilities.pointer(pointer).and_then(Value::as_array);
            list.is_some_and(|all| all.iter().any(|it| it == name))
        };
        let utf8 = lists("/general/positionEncodings", "utf-8");
        Self {
            encoding: if utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            document_changes: has("/workspace/workspaceEdit/documentChanges"),
            watches: has("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            markdown: lists("/textDocument/hover/contentFormat", "markdown"),
            resolves: has("/textDocument/codeAction/dataSupport")
                && lists("/textDocument/codeAction/resolveSupport/properties", "edit"),
        }
    }
}

/// A folder that is open.
#[derive(Debug, Deserialize)]
pub struct WorkspaceFolder {
    /// Its URI.
    pub uri: String,
}

/// `workspace/didChangeWorkspaceFolders`.
#[derive(Debug, Deserialize)]
pub struct DidChangeWorkspaceFolders {
    /// What changed.
    pub event: FoldersEvent,
}

/// Folders that came and went.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FoldersEvent {
    /// Came.
    pub added: Vec<WorkspaceFolder>,
    /// Went.
    pub removed: Vec<WorkspaceFolder>,
}

/// A document by name.
#[derive(Debug, Deserialize)]
pub struct DocumentId {
    /// Its URI.
    pub uri: String,
    /// Its version, where one is said.
    pub version: Option<i64>,
}

/// `textDocument/didOpen`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidOpen {
    /// The document.
    pub text_document: DocumentItem,
}

/// A document with its text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentItem {
    /// Its URI.
    pub uri: String,
    /// What the editor calls its language.
    #[serde(default)]
    pub language_id: String,
    /// Its version.
    #[serde(default)]
    pub version: i64,
    /// Its text.
    pub text: String,
}

/// `textDocument/didChange`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidChange {
    /// The document.
    pub text_document: DocumentId,
    /// The changes, one after the other.
    pub content_changes: Vec<ContentChange>,
}

/// One change: of a range, or of everything.
#[derive(Debug, Deserialize)]
pub struct ContentChange {
    /// What is replaced; everything where nothing is said.
    pub range: Option<TextRange>,
    /// By what.
    pub text: String,
}

/// `textDocument/didClose`, `textDocument/didSave`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentParams {
    /// The document.
    pub text_document: DocumentId,
}

/// `textDocument/hover`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoverParams {
    /// The document.
    pub text_document: DocumentId,
    /// Where the pointer is.
    pub position: Position,
}

/// `textDocument/codeAction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeActionParams {
    /// The document.
    pub text_document: DocumentId,
    /// What is selected.
    pub range: TextRange,
    /// What the editor wants.
    #[serde(default)]
    pub context: CodeActionContext,
}

/// What an editor wants of code actions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeActionContext {
    /// The kinds; any where nothing is said.
    pub only: Option<Vec<String>>,
}

/// What an action without an edit is asked for by: `data` of `codeAction/resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Chosen {
    /// The document that it was asked about.
    pub uri: String,
    /// The rule of the finding that it mends.
    pub rule: String,
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// The finding's root module or template.
    pub namespace: String,
}

impl Chosen {
    /// What the fix is known by.
    pub fn target(&self) -> Target {
        (self.rule.clone(), self.fingerprint.clone(), self.namespace.clone())
    }
}

/// `$/cancelRequest`.
#[derive(Debug, Deserialize)]
pub struct Cancel {
    /// The request.
    pub id: Value,
}

/// A diagnostic.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Where.
    pub range: TextRange,
    /// 1 error, 2 warning, 3 information, 4 hint.
    pub severity: u8,
    /// The rule.
    pub code: String,
    /// Where the rule is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_description: Option<CodeDescription>,
    /// Us.
    pub source: &'static str,
    /// What is wrong.
    pub message: String,
    /// Further places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_information: Vec<RelatedInformation>,
    /// What we know it by again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DiagnosticData>,
}

/// A page on the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeDescription {
    /// Its address.
    pub href: String,
}

/// A further place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelatedInformation {
    /// Where.
    pub location: Location,
    /// What stands there.
    pub message: String,
}

/// A range of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Location {
    /// The file.
    pub uri: String,
    /// The range.
    pub range: TextRange,
}

/// What a diagnostic is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagnosticData {
    /// The finding's.
    pub fingerprint: String,
    /// The resource.
    pub address: String,
    /// `violated` or `unknown`.
    pub status: &'static str,
}

/// A replacement.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextEdit {
    /// What is replaced.
    pub range: TextRange,
    /// By what.
    pub new_text: String,
}
