//! The GitHub Action as the runner runs it: `action.yml` is read, its expressions are evaluated, its steps are executed with the
//! runner's files and variables made by hand, and what they print is read for workflow commands. Skipped without bash or git.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

const ACTION: &str = env!("CARGO_MANIFEST_DIR");

/// A job: a workspace, an event, and the runner's files.
struct Job {
    root: PathBuf,
    event: Value,
}

/// What a use of the action left behind.
#[derive(Debug, Default)]
struct Done {
    /// The exit code of the first step that failed.
    code: i32,
    log: String,
    /// `error`, `warning` and `notice` commands that the runner would obey.
    annotations: Vec<String>,
    /// All other commands that it would obey.
    commands: Vec<String>,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Job {
    /// A workspace with files that is a git repository with one commit; `None` where a program is missing.
    fn new(files: &[(&str, &str)]) -> Option<Self> {
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
            "#!/bin/bash\nenv > '{0}/seen'\nprintf '%s\\n' \"$@\" > '{0}/arguments'\nexec '{1}' \"$@\"\n",
            root.display(),
            env!("CARGO_BIN_EXE_bucketlint")
        );
        fs::write(root.join("program"), program).unwrap();
        let cargo = format!(
            "#!/bin/bash\npwd > '{0}/built-in'\nmkdir -p \"$RUNNER_TEMP/bucketlint/release\"\ncp '{0}/program' \"$RUNNER_TEMP/bucketlint/release/bucketlint\"\n",
            root.display()
        );
        fs::write(root.join("bin/cargo"), cargo).unwrap();
        for name in ["program", "bin/cargo"] {
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let it = Self { root, event: json!({}) };
        it.git(&["init", "-q", "-b", "main", "."]);
        files.iter().for_each(|(name, text)| it.write(name, text));
        it.commit();
        Some(it)
    }

    fn workspace(&self) -> PathBuf {
        self.root.join("workspace")
    }

    fn git(&self, arguments: &[&str]) -> String {
        let own = ["-c", "user.email=a@example.com", "-c", "user.name=a", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(own).args(arguments).current_dir(self.workspace()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Commits everything and gives the revision.
    fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.workspace().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.workspace().join(name)).unwrap()).unwrap()
    }

    /// `uses:` the action `with` inputs.
    fn uses(&self, with: &[(&str, &str)]) -> Done {
        let action: Value =
            serde_yaml::from_str(&fs::read_to_string(Path::new(ACTION).join("action.yml")).unwrap()).unwrap();
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

    fn step(&self, run: &str, own: &[(&str, String)]) -> (i32, String, BTreeMap<String, String>) {
        let output = self.root.join("output");
        fs::write(&output, "").unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", run]).current_dir(self.workspace());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().env("PATH", format!("{}:{path}", self.root.join("bin").display()));
        command.env("GITHUB_ACTION_PATH", ACTION).env("GITHUB_WORKSPACE", self.workspace());
        command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", self.root.join("summary"));
        command.env("GITHUB_EVENT_PATH", self.root.join("event.json")).env("RUNNER_TEMP", self.root.join("temp"));
        command.env("GITHUB_TOKEN", "secret-token").env("ACTIONS_RUNTIME_TOKEN", "secret-token").env("CI", "true");
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
                self.annotations.push(line.to_owned());
            } else {
                self.commands.push(line.to_owned());
            }
        }
        assert!(stopped.is_none(), "commands stay stopped:\n{log}");
    }

    fn has(&self, parts: &[&str]) -> bool {
        self.annotations.iter().any(|it| parts.iter().all(|part| it.contains(part)))
    }

    fn outputs(&self, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(self.outputs[*name], *value, "{name}: {self:?}");
        }
    }
}

fn bucket(actions: &str) -> String {
    format!(
        r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Sid = "Read", Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::111122223333:role/reader" }}, Action = {actions}, Resource = "${{aws_s3_bucket.b.arn}}/*" }},
  ] }})
}}
"#
    )
}

const OPEN: &str = "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"open-example\"\n}\nresource \"aws_s3_bucket_acl\" \"open\" {\n  bucket = aws_s3_bucket.open.id\n  acl    = \"public-read\"\n}\n";
const CONFIG: &str = "context: { account: \"111122223333\" }\n";

#[test]
fn annotations_summary_reports_outputs_and_exit_code() {
    let Some(job) = Job::new(&[("infra/main.tf", OPEN)]) else { return };
    let done = job.uses(&[("paths", "infra")]);
    assert_eq!(done.code, 1, "{done:?}");
    done.outputs(&[
        ("exit-code", "1"),
        ("findings", "3"),
        ("widened", "0"),
        ("suppressed", "0"),
        ("unknown", "0"),
        ("sarif-file", "bucketlint.sarif"),
        ("json-file", "bucketlint.json"),
    ]);
    assert!(done.has(&["::error file=infra/main.tf,line=6,", "acl-public-read"]), "{:#?}", done.annotations);
    assert!(done.commands.is_empty(), "{:?}", done.commands);
    assert!(done.summary.contains("## ❌ bucketlint") && done.summary.contains("acl-public-read"), "{}", done.summary);
    assert!(done.log.contains("critical[acl-public-read]"), "{}", done.log);
    let sarif = job.read_json("bucketlint.sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|it| it["ruleId"] == "acl-public-read"));
    let json = job.read_json("bucketlint.json");
    assert_eq!(json["findings"].as_array().unwrap().len(), 3);
    assert_eq!(json["summary"]["exit_code"], 1);

    // From another folder: paths of annotations and outputs start from the workspace.
    let done = job.uses(&[("working-directory", "infra/"), ("sarif-file", "out.sarif"), ("fail-on", "never")]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("exit-code", "0"), ("findings", "3"), ("sarif-file", "infra/out.sarif")]);
    assert!(done.has(&["::error file=infra/main.tf,line=6,"]), "{:#?}", done.annotations);
    assert!(job.workspace().join("infra/out.sarif").is_file());
}

#[test]
fn annotations_and_summary_can_be_switched_off() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let done = job.uses(&[("annotations", "false"), ("summary", "false")]);
    assert_eq!(done.code, 1);
    done.outputs(&[("findings", "3")]);
    assert!(done.annotations.len() == 1 && !done.has(&["file="]), "{:?}", done.annotations);
    assert_eq!(done.summary, "");
    // A word that is neither is no switch.
    assert_eq!(job.uses(&[("annotations", "no")]).code, 2);
    assert_eq!(job.uses(&[("fail-on-unknown", "True")]).code, 2);
}

/// The program gets no token, and the steps before this job's keep their summary.
#[test]
fn the_program_sees_next_to_nothing() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    // What the code under check says about building and about git is not obeyed.
    job.write(".cargo/config.toml", "[build]\nrustc-wrapper = \"./pwned\"\n");
    job.uses(&[]);
    let seen = fs::read_to_string(job.root.join("seen")).unwrap();
    assert!(!seen.contains("secret"), "{seen}");
    let names = seen.lines().filter_map(|it| it.split_once('=')).map(|it| it.0).filter(|it| !it.starts_with("GIT_"));
    let mut names: Vec<&str> = names.filter(|it| !["PWD", "SHLVL", "_"].contains(it)).collect();
    names.sort_unstable();
    assert_eq!(names, ["COLUMNS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "PATH"]);
    let built_in = fs::read_to_string(job.root.join("built-in")).unwrap();
    assert_eq!(Path::new(built_in.trim()).canonicalize().unwrap(), Path::new(ACTION).canonicalize().unwrap());
}

#[test]
fn a_pull_request_is_compared_with_its_base() {
    let before = bucket("\"s3:GetObject\"");
    let files = [("infra/main.tf", before.as_str()), ("old/main.tf", OPEN), ("bucketlint.yaml", CONFIG)];
    let Some(mut job) = Job::new(&files) else { return };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.write("infra/main.tf", &bucket("[\"s3:GetObject\", \"s3:DeleteObject\"]"));
    job.commit();
    let all: usize = job.uses(&[]).outputs["findings"].parse().unwrap();
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    let done = job.uses(&[("base", "auto")]);
    assert_eq!(done.code, 1, "{done:?}");
    done.outputs(&[("exit-code", "1"), ("findings", "1"), ("widened", "1"), ("suppressed", &all.to_string())]);
    assert!(done.has(&["file=infra/main.tf", "access-widened", "s3:DeleteObject"]), "{:#?}", done.annotations);
    assert!(!done.has(&["old/main.tf"]) && !done.has(&["base is auto"]), "{:#?}", done.annotations);
    assert!(done.summary.contains("access-widened"), "{}", done.summary);
    assert!(job.read_json("bucketlint.sarif")["runs"][0]["results"].to_string().contains("access-widened"));

    // Named, from a folder; the change undone brings nothing.
    let done = job.uses(&[("base", "HEAD~1"), ("working-directory", "infra")]);
    done.outputs(&[("findings", "1"), ("widened", "1")]);
    job.write("infra/main.tf", &before);
    let done = job.uses(&[("base", &base)]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("exit-code", "0"), ("findings", "0"), ("widened", "0"), ("suppressed", &all.to_string())]);

    // A base that is not there is never passed over: everything counts, and it is said.
    for (event, said) in [
        (json!({}), "the event names no pull request"),
        (json!({ "pull_request": { "base": { "sha": "0".repeat(40) } } }), "fetch-depth: 0"),
        (json!({ "pull_request": { "base": { "sha": "--help\n::add-mask::x" } } }), "is no commit"),
    ] {
        job.event = event;
        let done = job.uses(&[("base", "auto")]);
        assert_eq!(done.code, 1, "{done:?}");
        done.outputs(&[("findings", &all.to_string()), ("widened", "0")]);
        assert!(done.has(&["::notice title=bucketlint::base is auto", said]), "{:#?}", done.annotations);
        assert!(done.summary.contains("> base is auto") && done.summary.contains(said), "{}", done.summary);
        assert!(done.commands.is_empty());
    }
    // One that was asked for by name stops the run.
    let done = job.uses(&[("base", "nowhere")]);
    assert_eq!(done.code, 2);
    done.outputs(&[("exit-code", "2"), ("findings", ""), ("sarif-file", ""), ("json-file", "")]);
    assert!(done.summary.contains("nothing was judged") && done.log.contains("no revision `nowhere`"), "{done:?}");
    assert!(!job.workspace().join("bucketlint.sarif").exists(), "the report of an earlier run is left");
}

/// A change may bring a folder that looks like a repository, whose history says that nothing changes.
#[test]
fn history_comes_from_the_real_repository() {
    let Some(mut job) = Job::new(&[("infra/main.tf", &bucket("\"s3:GetObject\"")), ("bucketlint.yaml", CONFIG)]) else {
        return;
    };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.write("infra/main.tf", &bucket("[\"s3:GetObject\", \"s3:DeleteObject\"]"));
    let head = job.commit();
    job.git(&["clone", "-q", "--bare", ".", "fake"]);
    job.git(&["--git-dir=fake", "update-ref", &format!("refs/replace/{base}"), &head]);
    job.git(&["--git-dir=fake", "config", "core.bare", "false"]);
    job.git(&["--git-dir=fake", "config", "core.worktree", "."]);
    let copy = Command::new("cp").args(["-r", "fake/.", "infra"]).current_dir(job.workspace()).output().unwrap();
    assert!(copy.status.success());
    fs::remove_dir_all(job.workspace().join("fake")).unwrap();
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    for with in [[("paths", "infra"), ("base", "auto")], [("working-directory", "infra"), ("base", "auto")]] {
        let done = job.uses(&with);
        assert!(done.code == 2 && done.log.contains("bare repository"), "{done:?}");
    }
}

/// A clone without history, as `actions/checkout` makes it by default.
#[test]
fn a_shallow_clone_is_said_to_be_one() {
    let Some(mut job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.commit();
    fs::rename(job.workspace(), job.root.join("origin")).unwrap();
    let url = format!("file://{}", job.root.join("origin").display());
    let clone = Command::new("git").args(["clone", "-q", "--depth", "1", &url]).arg(job.workspace()).output().unwrap();
    assert!(clone.status.success());
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    let done = job.uses(&[("base", "auto")]);
    assert!(done.code == 1 && done.has(&["::notice ", "fetch-depth: 0"]), "{done:?}");
    done.outputs(&[("findings", "3")]);
    job.git(&["fetch", "-q", "--unshallow"]);
    let done = job.uses(&[("base", "auto")]);
    assert!(done.code == 0 && !done.has(&["fetch-depth"]), "{done:?}");
    done.outputs(&[("findings", "0"), ("suppressed", "3")]);
}

#[test]
fn configuration_and_baseline() {
    let Some(job) = Job::new(&[("main.tf", OPEN), ("bucketlint.yaml", "fail-on: never\n")]) else { return };
    // What the configuration says is not overruled by defaults of the action, only by inputs.
    let done = job.uses(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("findings", "3")]);
    assert_eq!(job.uses(&[("fail-on", "critical")]).code, 1);
    job.write("ci/strict.yaml", "fail-on: low\n");
    assert_eq!(job.uses(&[("config", "ci/strict.yaml")]).code, 1);
    job.write("ci/wrong.yaml", "fail-onn: low\n");
    let done = job.uses(&[("config", "ci/wrong.yaml")]);
    assert!(done.code == 2 && done.log.contains("did you mean `fail-on`"), "{done:?}");

    let mut write = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    write.args(["check", "--write-baseline", "baseline.json"]).current_dir(job.workspace()).output().unwrap();
    let done = job.uses(&[("baseline", "baseline.json"), ("fail-on", "low")]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("findings", "0"), ("suppressed", "3")]);
    assert_eq!(job.uses(&[("baseline", "nowhere.json")]).code, 2);
}

/// With `policy-from` a pull request does not weaken what judges it.
#[test]
fn the_policy_of_the_base() {
    let Some(mut job) = Job::new(&[("main.tf", OPEN), ("bucketlint.yaml", "fail-on: low\n")]) else { return };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.write("bucketlint.yaml", "fail-on: never\nexclude: ['*']\n");
    job.commit();
    assert_eq!(job.uses(&[("policy-from", "auto")]).code, 0, "no pull request: the checkout decides");
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    assert_eq!(job.uses(&[]).code, 0);
    let done = job.uses(&[("policy-from", "auto")]);
    assert_eq!(done.code, 1, "{done:?}");
    done.outputs(&[("findings", "3")]);
    assert_eq!(job.uses(&[("policy-from", &base)]).code, 1);
    for sha in ["0".repeat(40), "--help\n::add-mask::x".to_owned()] {
        job.event = json!({ "pull_request": { "base": { "sha": sha } } });
        let done = job.uses(&[("policy-from", "auto")]);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.commands.is_empty());
    }
}

/// Whatever an input holds, it stays a value.
#[test]
fn an_input_is_never_run() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let names =
        ["paths", "working-directory", "config", "profile", "fail-on", "baseline", "base", "policy-from", "rules"];
    let names = names.iter().chain(&["sarif-file", "json-file", "annotations", "summary", "fail-on-unknown"]);
    let values = [
        "$(touch pwned)`touch pwned`; touch pwned #",
        "'; touch pwned; '\"; touch pwned; \"",
        "--output=json=pwned",
        "x\n::add-mask::x\nexit-code=0\n::set-env name=PATH::pwned",
        "x[$(touch pwned)]",
    ];
    for name in names {
        for value in values {
            let done = job.uses(&[(name, value)]);
            let is_file = ["sarif-file", "json-file"].contains(name) && !value.contains('\n');
            assert_eq!(done.code, if is_file { 1 } else { 2 }, "{name} {value:?} {done:?}");
            assert!(done.commands.is_empty(), "{name} {value:?} {:?}", done.commands);
            assert_ne!(done.outputs["exit-code"], "0", "{name} {value:?}");
            let is_pwned = |it: &Path| it.join("pwned").exists();
            assert!(!is_pwned(&job.workspace()) && !is_pwned(Path::new(ACTION)), "{name} {value:?}");
        }
    }
}

/// Nor does the code under check say anything to the runner.
#[test]
fn the_code_gives_no_commands() {
    let hostile = OPEN.replace("open-example", "x\\n::add-mask::x\\n::set-env name=A::b%0A::error::c");
    let hostile = format!("# ::add-mask::x\n{hostile}\n::add-mask::x\n");
    let Some(job) = Job::new(&[("::add-mask::x.tf", &hostile), ("a\n::add-mask::x.tf", OPEN)]) else { return };
    let done = job.uses(&[]);
    assert_ne!(done.code, 0);
    assert!(done.commands.is_empty(), "{:?}", done.commands);
    assert!(done.annotations.iter().all(|it| !it.contains("\n")));
    assert!(done.has(&["::error file="]), "{done:?}");
}

#[test]
fn the_gate_step_gives_the_exit_code() {
    let Some(job) = Job::new(&[]) else { return };
    let run = "bash \"$GITHUB_ACTION_PATH/action/gate.sh\"";
    for (code, incomplete, expected) in [
        ("0", "true", 0),
        ("1", "true", 1),
        ("2", "true", 2),
        ("3", "true", 3),
        ("3", "false", 0),
        ("3", "no", 3),
        ("", "false", 2),
        ("$(touch pwned)", "false", 2),
    ] {
        let own = [("EXIT_CODE", code.to_owned()), ("FAIL_ON_INCOMPLETE", incomplete.to_owned())];
        assert_eq!(job.step(run, &own).0, expected, "{code} {incomplete}");
    }
    assert!(!job.workspace().join("pwned").exists());
    // Nothing that can be judged: incomplete.
    job.write("main.tf", "locals {{{\n");
    let done = job.uses(&[]);
    assert_eq!((done.code, done.outputs["exit-code"].as_str()), (3, "3"), "{done:?}");
    assert_eq!(job.uses(&[("fail-on-incomplete", "false")]).code, 0);
}

/// Inputs reach scripts through the environment only: an expression inside `run` would be pasted as code.
#[test]
fn no_expression_inside_run() {
    let text = fs::read_to_string(Path::new(ACTION).join("action.yml")).unwrap();
    let runs: Vec<&str> = text.lines().filter(|it| it.trim_start().starts_with("run:")).collect();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|it| !it.contains("${{") && it.contains("run: bash \"$GITHUB_ACTION_PATH/")), "{runs:?}");
    for line in text.lines().filter(|it| it.contains("${{")) {
        let (name, value) = line.trim().split_once(": ").unwrap();
        let is_env = name.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
        assert!((is_env || name == "value") && value.starts_with("${{ ") && value.ends_with(" }}"), "{line}");
    }
    // Every input is used.
    let action: Value = serde_yaml::from_str(&text).unwrap();
    for name in action["inputs"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("${{{{ inputs.{name} }}}}")), "{name}");
    }
}
