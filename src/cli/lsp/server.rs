//! The server: what is open, what is to be judged when, and who waits for an answer. It reads no input and starts no thread.

mod questions;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cli::args::Lsp;
use crate::cli::fix::Target;
use crate::source::normal;

use super::documents::{Document, Documents, Place};
use super::judge::{Analysis, Job, Scope};
use super::message::{self, Failure, Incoming};
use super::protocol::{
    Cancel, Client, DidChange, DidChangeWorkspaceFolders, DidOpen, DocumentParams, InitializeParams,
};
use super::publish::Published;
use super::worker::{Done, Trouble};
use super::{Made, diagnostics, uri, wire};
use questions::Question;
use resolve::Choice;

/// So long after the last change is judged: not at every key.
const PATIENCE: Duration = Duration::from_millis(150);

/// What is watched where the client can: everything that a verdict may rest on.
const WATCHED: &str = "**/*.{tf,tofu,tfvars,hcl,json,yaml,yml,template,policy,tftpl,tpl}";

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Fresh,
    Running,
    ShutDown,
}

/// What is known of a scope.
#[derive(Default)]
struct Known {
    /// When it is to be judged (again).
    due: Option<Instant>,
    /// The last analysis.
    analysis: Option<Analysis>,
    /// Messages that were shown.
    said: BTreeSet<String>,
}

/// The server.
pub struct Server<W> {
    out: W,
    jobs: Sender<Job>,
    settings: Arc<Lsp>,
    phase: Phase,
    client: Client,
    folders: BTreeSet<PathBuf>,
    documents: Documents,
    scopes: BTreeMap<Scope, Known>,
    /// What is being judged.
    busy: Option<Scope>,
    published: Published,
    waiting: Vec<(Value, Question)>,
    /// Who waits for the proof that is under way.
    proving: Option<(Value, Choice)>,
    requests: u64,
}

impl<W: Write> Server<W> {
    /// A server that nobody has spoken to yet.
    pub fn new(out: W, jobs: Sender<Job>, settings: Lsp) -> Self {
        Self {
            out,
            jobs,
            settings: Arc::new(settings),
            phase: Phase::Fresh,
            client: Client::default(),
            folders: BTreeSet::new(),
            documents: Documents::default(),
            scopes: BTreeMap::new(),
            busy: None,
            published: Published::default(),
            waiting: Vec::new(),
            proving: None,
            requests: 0,
        }
    }

    /// The exit code where the client is gone or says that this is the end.
    pub fn code(&self) -> u8 {
        u8::from(self.phase != Phase::ShutDown)
    }

    /// What the client sent that is no message.
    pub fn broken(&mut self, complaint: &str) -> io::Result<()> {
        self.answer(&Value::Null, Err(Failure::new(message::PARSE_ERROR, complaint)))
    }

    /// Tells of a bug of ours.
    pub fn bug(&mut self, text: &str) -> io::Result<()> {
        self.show(1, text)
    }

    /// Takes a message. Whether it was the last.
    pub fn receive(&mut self, incoming: Incoming) -> io::Result<bool> {
        match incoming {
            Incoming::Response => (),
            Incoming::Invalid { id, failure } => self.answer(&id, Err(failure))?,
            Incoming::Request { id, method, params } => self.request(id, &method, params)?,
            Incoming::Notification { method, .. } if method == "exit" => return Ok(true),
            Incoming::Notification { method, params } => {
                if self.phase == Phase::Running {
                    self.notification(&method, params)?;
                }
            }
        }
        Ok(false)
    }

    fn request(&mut self, id: Value, method: &str, params: Value) -> io::Result<()> {
        let refused = match (self.phase, method) {
            (Phase::Fresh, "initialize") => None,
            (Phase::Fresh, _) => Some((message::SERVER_NOT_INITIALIZED, "the first request is `initialize`")),
            (Phase::Running, "initialize") => Some((message::INVALID_REQUEST, "`initialize` comes once")),
            (Phase::Running, _) => None,
            (Phase::ShutDown, _) => Some((message::INVALID_REQUEST, "the server was shut down")),
        };
        if let Some((code, text)) = refused {
            return self.answer(&id, Err(Failure::new(code, text)));
        }
        match method {
            "initialize" => {
                let result = read(method, params).map(|it| self.initialize(&it));
                self.answer(&id, result)
            }
            "shutdown" => {
                self.phase = Phase::ShutDown;
                let proving = self.proving.take().map(|it| it.0);
                for id in std::mem::take(&mut self.waiting).into_iter().map(|it| it.0).chain(proving) {
                    self.answer(&id, Err(Failure::new(message::REQUEST_CANCELLED, "the server was shut down")))?;
                }
                self.answer(&id, Ok(Value::Null))
            }
            "textDocument/hover" => match read(method, params) {
                Ok(it) => self.question(id, Question::Hover(it)),
                Err(failure) => self.answer(&id, Err(failure)),
            },
            "textDocument/codeAction" => match read(method, params) {
                Ok(it) => self.question(id, Question::Actions(it)),
                Err(failure) => self.answer(&id, Err(failure)),
            },
            "codeAction/resolve" => match Choice::of(params) {
                Ok(it) => self.question(id, Question::Resolve(Box::new(it))),
                // It has its edit, or it is none of ours.
                Err(action) => self.answer(&id, Ok(action)),
            },
            _ => {
                let text = format!("`{method}` is not served here");
                self.answer(&id, Err(Failure::new(message::METHOD_NOT_FOUND, text)))
            }
        }
    }

    fn initialize(&mut self, params: &InitializeParams) -> Value {
        self.phase = Phase::Running;
        self.client = Client::new(&params.capabilities);
        let folders = params.workspace_folders.iter().flatten().map(|it| &it.uri);
        self.folders = folders.filter_map(|it| folder(it)).collect();
        if params.workspace_folders.is_none() {
            self.folders.extend(params.root_uri.as_deref().and_then(folder));
        }
        json!({
            "capabilities": {
                "positionEncoding": self.client.encoding.as_str(),
                // 2: only what changed is sent.
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "hoverProvider": true,
                "codeActionProvider": { "codeActionKinds": ["quickfix"], "resolveProvider": true },
                "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
            },
            "serverInfo": { "name": "bucketlint", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    fn notification(&mut self, method: &str, params: Value) -> io::Result<()> {
        let taken = match method {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => read(method, params).map(|it: DidOpen| self.did_open(it)),
            "textDocument/didChange" => read(method, params).map(|it: DidChange| self.did_change(it)),
            "textDocument/didClose" => match read(method, params) {
                Ok(it) => self.did_close(&it),
                Err(failure) => Err(failure),
            },
            // What the disk has may have changed: a configuration, a file that code reads.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" | "workspace/didChangeConfiguration" => {
                self.all_due(Instant::now() + PATIENCE);
                Ok(())
            }
            "workspace/didChangeWorkspaceFolders" => {
                read(method, params).map(|it: DidChangeWorkspaceFolders| self.did_change_folders(&it))
            }
            "$/cancelRequest" => read(method, params).map(|it: Cancel| self.cancel(&it.id)),
            _ => Ok(()),
        };
        match taken {
            Ok(()) => self.settle_scopes(),
            // Nobody waits for an answer; who looks for one finds it in the log.
            Err(failure) => self.log(&failure.message),
        }
    }

    fn initialized(&mut self) -> Result<(), Failure> {
        if self.client.watches {
            self.requests += 1;
            let options = json!({ "watchers": [{ "globPattern": WATCHED }] });
            let one = json!({ "id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options });
            let message =
                message::request(self.requests, "client/registerCapability", &json!({ "registrations": [one] }));
            // A client that is gone is noticed with the next answer.
            let _ = wire::write(&mut self.out, &message);
        }
        Ok(())
    }

    fn did_open(&mut self, it: DidOpen) {
        let uri = it.text_document.uri.clone();
        self.documents.open(it.text_document);
        self.touched(&uri);
    }

    fn did_change(&mut self, it: DidChange) {
        let uri = it.text_document.uri;
        if self.documents.change(&uri, it.text_document.version, it.content_changes, self.client.encoding) {
            self.touched(&uri);
        }
    }

    fn did_close(&mut self, it: &DocumentParams) -> Result<(), Failure> {
        self.touched(&it.text_document.uri);
        self.documents.close(&it.text_document.uri);
        Ok(())
    }

    fn did_change_folders(&mut self, it: &DidChangeWorkspaceFolders) {
        for gone in it.event.removed.iter().filter_map(|it| folder(&it.uri)) {
            self.folders.remove(&gone);
        }
        self.folders.extend(it.event.added.iter().filter_map(|it| folder(&it.uri)));
    }

    fn cancel(&mut self, id: &Value) {
        let waits = self.waiting.iter().position(|it| it.0 == *id).map(|at| self.waiting.remove(at).0);
        if let Some(id) = waits.or_else(|| self.proving.take_if(|it| it.0 == *id).map(|it| it.0)) {
            let _ = self.answer(&id, Err(Failure::new(message::REQUEST_CANCELLED, "taken back")));
        }
    }

    /// A document is not as it was: what it is judged in, and what has read it, is judged again.
    fn touched(&mut self, uri: &str) {
        let Some(document) = self.documents.get(uri) else { return };
        let due = Instant::now() + PATIENCE;
        for (scope, known) in &mut self.scopes {
            let reads =
                document.path().is_some_and(|path| known.analysis.as_ref().is_some_and(|it| it.file(path).is_some()));
            if scope.has(document) || reads {
                known.due = Some(due);
            }
        }
    }

    fn all_due(&mut self, due: Instant) {
        self.scopes.values_mut().for_each(|it| it.due = Some(due));
    }

    /// The scopes that there should be: a folder of the workspace each, and what is open outside.
    fn settle_scopes(&mut self) -> io::Result<()> {
        let mut wanted: BTreeSet<Scope> = self.folders.iter().cloned().map(Scope::Folder).collect();
        for document in self.documents.iter() {
            match &document.place {
                Place::File(path) if !self.folders.iter().any(|it| path.starts_with(it)) => {
                    wanted.extend(path.parent().map(|it| Scope::Beside(it.to_owned())));
                }
                Place::Untitled(_) => drop(wanted.insert(Scope::Untitled(document.uri.clone()))),
                Place::File(_) | Place::Elsewhere => (),
            }
        }
        let gone: Vec<Scope> =
            self.scopes.keys().cloned().chain(self.published.scopes()).filter(|it| !wanted.contains(it)).collect();
        for scope in gone {
            self.scopes.remove(&scope);
            self.publish(&scope, BTreeMap::new(), &BTreeSet::new())?;
        }
        for scope in wanted {
            self.scopes.entry(scope).or_insert_with(|| Known { due: Some(Instant::now()), ..Known::default() });
        }
        self.answer_waiting()
    }

    /// When something is due, where nothing is being judged.
    pub fn due(&self) -> Option<Instant> {
        if self.busy.is_some() || self.phase != Phase::Running {
            return None;
        }
        self.scopes.values().filter_map(|it| it.due).min()
    }

    /// Gives the scope that is due to the worker.
    pub fn send_due(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.due().is_none_or(|it| now < it) {
            return Ok(());
        }
        let next = self.scopes.iter_mut().filter(|it| it.1.due.is_some_and(|due| due <= now)).min_by_key(|it| it.1.due);
        let Some((scope, known)) = next else { return Ok(()) };
        known.due = None;
        let scope = scope.clone();
        self.send(scope, None)
    }

    /// Gives the worker something to do.
    fn send(&mut self, scope: Scope, prove: Option<Target>) -> io::Result<()> {
        let open: Vec<Document> = self.documents.iter().cloned().collect();
        let (encoding, settings) = (self.client.encoding, self.settings.clone());
        if self.jobs.send(Job { scope: scope.clone(), encoding, open, settings, prove }).is_err() {
            return self.show(1, "bucketlint can judge nothing any more; please start it again");
        }
        self.busy = Some(scope);
        Ok(())
    }

    /// Takes what became of a run. A result that was overtaken is dropped: the next run is on its way.
    pub fn done(&mut self, done: Done<Made>) -> io::Result<()> {
        self.busy = None;
        let Done { scope, is_proof, result } = done;
        if is_proof {
            self.proved(result)?;
            return self.answer_waiting();
        }
        let Some(known) = self.scopes.get_mut(&scope) else { return Ok(()) };
        if known.due.is_some() {
            return Ok(());
        }
        let mut messages: Vec<(u8, String)> = Vec::new();
        match result {
            Ok(Made::Proof(_)) => (),
            Ok(Made::Analysis(it)) => {
                let (analysis, told) = *it;
                messages.extend(told.messages.into_iter().map(|it| (2, it)));
                known.analysis = Some(analysis);
                let open: BTreeSet<String> =
                    self.documents.iter().filter(|it| scope.has(it)).map(|it| it.uri.clone()).collect();
                self.publish(&scope, told.files, &open)?;
            }
            Err(Trouble::Complaint(complaint)) => {
                known.analysis = None;
                let placed = diagnostics::of_configuration(&complaint);
                let files = placed.into_iter().map(|(uri, it)| (uri, vec![it])).collect();
                messages.push((1, format!("{complaint}; nothing is judged until this is mended")));
                self.publish(&scope, files, &BTreeSet::new())?;
            }
            Err(Trouble::Bug(bug)) => messages.push((1, format!("{bug}; what is shown may be of before"))),
        }
        self.tell(&scope, messages)?;
        self.answer_waiting()
    }

    /// Shows messages that were not shown for the run before.
    fn tell(&mut self, scope: &Scope, messages: Vec<(u8, String)>) -> io::Result<()> {
        let now: BTreeSet<String> = messages.iter().map(|it| it.1.clone()).collect();
        let said = self.scopes.get_mut(scope).map(|it| std::mem::replace(&mut it.said, now)).unwrap_or_default();
        for (kind, text) in messages.into_iter().filter(|it| !said.contains(&it.1)) {
            self.show(kind, &text)?;
        }
        Ok(())
    }

    fn publish(
        &mut self,
        scope: &Scope,
        files: BTreeMap<String, Vec<super::protocol::Diagnostic>>,
        anyway: &BTreeSet<String>,
    ) -> io::Result<()> {
        for (uri, all) in self.published.update(scope, files, anyway) {
            let mut params = json!({ "uri": uri, "diagnostics": all });
            if let (Some(document), Some(params)) = (self.documents.get(&uri), params.as_object_mut()) {
                params.insert("version".to_owned(), json!(document.version));
            }
            self.notify("textDocument/publishDiagnostics", &params)?;
        }
        Ok(())
    }

    fn answer(&mut self, id: &Value, result: Result<Value, Failure>) -> io::Result<()> {
        wire::write(&mut self.out, &message::response(id, result))
    }

    fn notify(&mut self, method: &str, params: &Value) -> io::Result<()> {
        wire::write(&mut self.out, &message::notification(method, params))
    }

    /// A message in the editor: 1 is an error, 2 a warning.
    fn show(&mut self, kind: u8, text: &str) -> io::Result<()> {
        self.notify("window/showMessage", &json!({ "type": kind, "message": format!("bucketlint: {text}") }))
    }

    fn log(&mut self, text: &str) -> io::Result<()> {
        self.notify("window/logMessage", &json!({ "type": 2, "message": format!("bucketlint: {text}") }))
    }
}

/// The parameters of a method.
fn read<T: DeserializeOwned>(method: &str, params: Value) -> Result<T, Failure> {
    serde_json::from_value(params)
        .map_err(|error| Failure::new(message::INVALID_PARAMS, format!("`{method}` does not take these: {error}")))
}

/// The folder of a URI.
fn folder(uri: &str) -> Option<PathBuf> {
    uri::to_path(uri).filter(|it| it.is_absolute()).map(|it| normal(&it))
}
