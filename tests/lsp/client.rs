//! An editor that does what it is told: it starts the built binary, speaks LSP over its pipes, and remembers diagnostics.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Nothing takes as long; a server that is silent for so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// A folder that is gone when it is dropped, a repository of its own.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("bucketlint-lsp-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join(".git")).unwrap();
        let folder = Self(folder);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn uri(&self, name: &str) -> String {
        uri(&self.0.join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn uri(path: &Path) -> String {
    let path = path.to_str().unwrap();
    path.bytes().fold("file://".to_owned(), |out, byte| match byte {
        b'/' | b'-' | b'.' | b'_' => out + &char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => out + &char::from(byte).to_string(),
        _ => out + &format!("%{byte:02X}"),
    })
}

pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Read, but not asked for yet.
    kept: VecDeque<Value>,
    requests: u64,
    versions: BTreeMap<String, i64>,
    /// What the editor would show.
    pub shown: BTreeMap<String, Vec<Value>>,
}

impl Client {
    /// The server, not spoken to yet.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        command.arg("lsp").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut out) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        let (kept, versions, shown) = Default::default();
        Self { child, input, messages, kept, requests: 0, versions, shown }
    }

    /// The server with a folder as its workspace, greeted.
    pub fn of(folder: &Folder) -> Self {
        let mut client = Self::start(&[]);
        client.greet(json!({}), json!([{ "uri": folder.uri(""), "name": "x" }]));
        client
    }

    pub fn greet(&mut self, capabilities: Value, folders: Value) -> Value {
        let params =
            json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders });
        let result = self.ask("initialize", params);
        self.tell("initialized", json!({}));
        result["result"].clone()
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).and_then(|()| input.flush()).unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request; gives its number.
    pub fn request(&mut self, method: &str, params: Value) -> u64 {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Sends a request; gives the whole answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer(&json!(id))
    }

    pub fn answer(&mut self, id: &Value) -> Value {
        self.wait_for(&format!("the answer to {id}"), |it| it.get("method").is_none() && it["id"] == *id)
    }

    /// The next message that fits; others are kept.
    pub fn wait_for(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&fits) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {what}"));
            if fits(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    /// The next diagnostics of a file.
    pub fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let fits = |it: &Value| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri;
        let message = self.wait_for(&format!("diagnostics of {uri}"), fits);
        let all = message["params"]["diagnostics"].as_array().unwrap().clone();
        self.shown.insert(uri.to_owned(), all.clone());
        all
    }

    /// Reads diagnostics of a file until they are as wished.
    pub fn until(&mut self, uri: &str, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        loop {
            let all = self.diagnostics(uri);
            if fits(&all) {
                return all;
            }
        }
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        self.open_as(uri, "terraform", text);
    }

    pub fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn change(&mut self, uri: &str, changes: Value) {
        let version = self.versions.entry(uri.to_owned()).or_default();
        *version += 1;
        let document = json!({ "uri": uri, "version": *version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    pub fn close(&mut self, uri: &str) {
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    pub fn hover(&mut self, uri: &str, line: u32, character: u32) -> Value {
        let params = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
        self.ask("textDocument/hover", params)["result"].clone()
    }

    pub fn actions(&mut self, uri: &str, range: &Value) -> Vec<Value> {
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
        self.ask("textDocument/codeAction", params)["result"].as_array().unwrap().clone()
    }

    /// Closes the input; gives the exit code.
    pub fn end(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }

    pub fn shutdown(mut self) -> i32 {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(out: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            _ if line == "\r\n" => break,
            _ => panic!("no header: {line:?}"),
        }
    }
    let mut bytes = vec![0; length];
    out.read_exact(&mut bytes).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// The rules of diagnostics, sorted.
pub fn codes(all: &[Value]) -> Vec<&str> {
    let mut codes: Vec<&str> = all.iter().map(|it| it["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    codes
}

pub fn of<'a>(all: &'a [Value], code: &str) -> &'a Value {
    all.iter().find(|it| it["code"] == code).unwrap_or_else(|| panic!("no {code} in {:?}", codes(all)))
}

/// A text with edits of the protocol; columns are UTF-16's.
pub fn edited(text: &str, edits: &Value) -> String {
    let offset = |at: &Value| {
        let (line, column) = (at["line"].as_u64().unwrap() as usize, at["character"].as_u64().unwrap() as usize);
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = 0;
        let inner = text[start..].char_indices().find(|(_, it)| {
            let is_there = units == column;
            units += it.len_utf16();
            is_there
        });
        inner.map_or(text.len(), |it| start + it.0)
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (offset(&it["range"]["start"]), offset(&it["range"]["end"]), it["newText"].as_str().unwrap()))
        .collect();
    edits.sort_unstable();
    let mut out = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}
