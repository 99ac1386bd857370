//! A job of the runner, by hand: its workspace, its files and variables, and the steps of `action.yml` with their expressions.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// The repository, which is the action.
pub const ACTION: &str = env!("CARGO_MANIFEST_DIR");

/// A job: a workspace, an event, the checkout of the action, and the runner's files.
pub struct Job {
    pub root: PathBuf,
    pub event: Value,
    pub action: PathBuf,
    /// Variables of the job beside those of the runner.
    pub env: Vec<(&'static str, String)>,
}

/// What a use of the action left behind.
#[derive(Debug, Default)]
pub struct Done {
    /// The exit code of the first step that failed.
    pub code: i32,
    pub log: String,
    /// `error`, `warning` and `notice` commands that the runner would obey, but for the one about the network.
    pub annotations: Vec<String>,
    /// Whether it was said that the network was not cut off.
    pub online: bool,
    /// All other commands that it would obey.
    pub commands: Vec<String>,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    /// The other actions that were used, and with what.
    pub used: Vec<(String, BTreeMap<String, String>)>,
}

impl Job {
    /// A workspace with files that is a git repository with one commit; `None` where a program is missing.
    pub fn new(files: &[(&str, &str)]) -> Option<Self> {
        if ["bash", "git"].iter().any(|it| Command::new(it).arg("--version").output().is_err()) {
            println!("skipped: no bash or no git");
            return None;
        }
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("bucketlint-gate-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for folder in ["workspace", "temp", "bin"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let root = root.canonicalize().unwrap();
        // Stands for cargo: tells where it was called and "builds" a program that tells its environment.
        let program = format!(
            "#!/bin/bash\ncat /proc/self/net/dev > '{0}/network' 2> /dev/null\nenv > '{0}/seen'\nprintf '%s\\n' \"$@\" > '{0}/arguments'\nexec '{1}' \"$@\"\n",
            root.display(),
            env!("CARGO_BIN_EXE_bucketlint")
        );
        fs::write(root.join("program"), program).unwrap();
        let cargo = format!(
            "#!/bin/bash\npwd > '{0}/built-in'\nenv > '{0}/built-with'\nmkdir -p \"$RUNNER_TEMP/bucketlint/release\"\ncp '{0}/program' \"$RUNNER_TEMP/bucketlint/release/bucketlint\"\n",
            root.display()
        );
        fs::write(root.join("bin/cargo"), cargo).unwrap();
        for name in ["program", "bin/cargo"] {
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let it = Self { root, event: json!({}), action: PathBuf::from(ACTION), env: Vec::new() };
        it.git(&["init", "-q", "-b", "main", "."]);
        files.iter().for_each(|(name, text)| it.write(name, text));
        it.commit();
        Some(it)
    }

    pub fn workspace(&self) -> PathBuf {
        self.root.join("workspace")
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let own = ["-c", "user.email=a@example.com", "-c", "user.name=a", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(own).args(arguments).current_dir(self.workspace()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Commits everything and gives the revision.
    pub fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A program of this name on the `PATH` of the job.
    pub fn program(&self, name: &str, text: &str) {
        let path = self.root.join("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.workspace().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.workspace().join(name)).unwrap()).unwrap()
    }

    /// `uses:` the action `with` inputs.
    pub fn uses(&self, with: &[(&str, &str)]) -> Done {
        let action: Value = serde_yaml::from_str(&fs::read_to_string(self.action.join("action.yml")).unwrap()).unwrap();
        let mut inputs: BTreeMap<String, String> = BTreeMap::new();
        for (name, about) in action["inputs"].as_object().unwrap() {
            inputs.insert(name.clone(), about["default"].as_str().unwrap().to_owned());
        }
        for (name, value) in with {
            assert!(inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(), "no input {name}");
        }
        fs::write(self.root.join("event.json"), self.event.to_string()).unwrap();
        let _ = fs::remove_file(self.root.join("summary"));
        let mut done = Done::default();
        let mut steps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for step in action["runs"]["steps"].as_array().unwrap() {
            if let Some(condition) = step["if"].as_str()
                && !self.holds(condition, &inputs, &steps)
            {
                continue;
            }
            if let Some(name) = step["uses"].as_str() {
                let with = step["with"].as_object().into_iter().flatten();
                let with = with.map(|(name, it)| (name.clone(), self.evaluate(it.as_str().unwrap(), &inputs, &steps)));
                done.used.push((name.to_owned(), with.collect()));
                continue;
            }
            let own = step["env"].as_object().into_iter().flatten();
            let own: Vec<(&str, String)> =
                own.map(|(name, it)| (name.as_str(), self.evaluate(it.as_str().unwrap(), &inputs, &steps))).collect();
            let (code, log, outputs) = self.step(step["run"].as_str().unwrap(), &own);
            done.obey(&log);
            done.log.push_str(&log);
            steps.insert(step["id"].as_str().unwrap_or_default().to_owned(), outputs);
            if code != 0 {
                done.code = code;
                break;
            }
        }
        for (name, about) in action["outputs"].as_object().unwrap() {
            done.outputs.insert(name.clone(), self.evaluate(about["value"].as_str().unwrap(), &inputs, &steps));
        }
        done.summary = fs::read_to_string(self.root.join("summary")).unwrap_or_default();
        done
    }

    /// The value of `${{ a.b.c }}`; what is not there is empty.
    fn evaluate(
        &self,
        text: &str,
        inputs: &BTreeMap<String, String>,
        steps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> String {
        let Some(path) = text.strip_prefix("${{ ").and_then(|it| it.strip_suffix(" }}")) else {
            return text.to_owned();
        };
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            ["inputs", name] => inputs[*name].clone(),
            ["steps", id, "outputs", name] => steps.get(*id).and_then(|it| it.get(*name)).cloned().unwrap_or_default(),
            ["github", "event", rest @ ..] => {
                let event: Value =
                    serde_json::from_str(&fs::read_to_string(self.root.join("event.json")).unwrap()).unwrap();
                rest.iter().fold(&event, |it, name| &it[*name]).as_str().unwrap_or_default().to_owned()
            }
            _ => panic!("the runner has no {path}"),
        }
    }

    /// A condition of comparisons with texts, all of which must hold.
    fn holds(
        &self,
        condition: &str,
        inputs: &BTreeMap<String, String>,
        steps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> bool {
        condition.split(" && ").all(|part| {
            let (path, text, is_equal) = match part.split_once(" == ") {
                Some((path, text)) => (path, text, true),
                None => part.split_once(" != ").map(|(path, text)| (path, text, false)).unwrap(),
            };
            (self.evaluate(&format!("${{{{ {path} }}}}"), inputs, steps) == text.trim_matches('\'')) == is_equal
        })
    }

    pub fn step(&self, run: &str, own: &[(&str, String)]) -> (i32, String, BTreeMap<String, String>) {
        let output = self.root.join("output");
        fs::write(&output, "").unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", run]).current_dir(self.workspace());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().env("PATH", format!("{}:{path}", self.root.join("bin").display()));
        command.env("GITHUB_ACTION_PATH", &self.action).env("GITHUB_WORKSPACE", self.workspace());
        command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", self.root.join("summary"));
        command.env("GITHUB_EVENT_PATH", self.root.join("event.json")).env("RUNNER_TEMP", self.root.join("temp"));
        command.env("GITHUB_TOKEN", "secret-token").env("ACTIONS_RUNTIME_TOKEN", "secret-token").env("CI", "true");
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.envs(self.env.iter().map(|(name, it)| (*name, it.as_str())));
        let done = command.envs(own.iter().map(|(name, it)| (*name, it.as_str()))).output().unwrap();
        let log = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        let outputs = fs::read_to_string(output).unwrap();
        let pair = |it: &str| it.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        (done.status.code().unwrap(), log, outputs.lines().map(pair).collect())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Done {
    /// Reads the log for commands as the runner does: at the start of a line, and not while they are stopped.
    fn obey(&mut self, log: &str) {
        let mut stopped: Option<String> = None;
        for line in log.lines().map(str::trim_start) {
            let Some((head, _)) = line.strip_prefix("::").and_then(|it| it.split_once("::")) else { continue };
            if let Some(token) = &stopped {
                if head == token {
                    stopped = None;
                }
            } else if head == "stop-commands" {
                stopped = line.rsplit("::").next().map(str::to_owned);
            } else if ["error", "warning", "notice"].contains(&head.split(' ').next().unwrap()) {
                if line.contains("cannot cut off the network") {
                    self.online = true;
                } else {
                    self.annotations.push(line.to_owned());
                }
            } else {
                self.commands.push(line.to_owned());
            }
        }
        assert!(stopped.is_none(), "commands stay stopped:\n{log}");
    }

    pub fn has(&self, parts: &[&str]) -> bool {
        self.annotations.iter().any(|it| parts.iter().all(|part| it.contains(part)))
    }

    pub fn outputs(&self, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(self.outputs[*name], *value, "{name}: {self:?}");
        }
    }
}
