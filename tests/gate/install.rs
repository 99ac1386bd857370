//! Which program the action runs: the released one with the SHA-256 of the manifest, or one built from its own checkout; and
//! what it may reach.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use crate::OPEN;
use crate::runner::{ACTION, Done, Job};

const OWN: &str = env!("CARGO_PKG_VERSION");
const X64: &str = "x86_64-unknown-linux-musl";

/// A job whose action is a copy of this one with lines in its manifest, whose `curl` serves the files of a folder.
fn released() -> Option<Job> {
    let mut job = Job::new(&[("main.tf", OPEN)])?;
    job.action = job.root.join("action-checkout");
    fs::create_dir_all(job.action.join("action")).unwrap();
    for name in ["action.yml", "Cargo.toml"] {
        fs::copy(Path::new(ACTION).join(name), job.action.join(name)).unwrap();
    }
    for file in fs::read_dir(Path::new(ACTION).join("action")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), job.action.join("action").join(file.file_name())).unwrap();
    }
    job.program(
        "curl",
        &format!(
            "#!/bin/bash\nprintf '%s\\n' \"$@\" > '{0}/asked'\nwhile [[ $# -gt 0 ]]; do\n  case $1 in --output) file=$2 ;; --url) url=$2 ;; esac\n  shift\ndone\ncp \"{0}/served/${{url##*/}}\" \"$file\" 2> /dev/null || exit 22\n",
            job.root.display()
        ),
    );
    fs::create_dir_all(job.root.join("served")).unwrap();
    Some(job)
}

/// Serves a program and writes the line of the manifest for it.
fn publish(job: &Job, version: &str, target: &str) -> String {
    let name = format!("bucketlint-{version}-{target}");
    let program = fs::read(job.root.join("program")).unwrap();
    fs::write(job.root.join("served").join(&name), &program).unwrap();
    let sum: String = Sha256::digest(&program).iter().map(|it| format!("{it:02x}")).collect();
    line(job, &format!("{version} {target} {sum} https://example.com/v{version}/{name}"));
    sum
}

fn line(job: &Job, text: &str) {
    let path = job.action.join("action/manifest.txt");
    let old = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{old}{text}\n")).unwrap();
}

/// What happened in a use: whether `curl` and `cargo` were called, and the program ran.
fn uses(job: &Job, with: &[(&str, &str)]) -> (Done, [bool; 3]) {
    let traces = ["asked", "built-in", "seen"].map(|it| job.root.join(it));
    traces.iter().for_each(|it| drop(fs::remove_file(it)));
    let done = job.uses(with);
    (done, traces.map(|it| it.exists()))
}

const BUILT: [bool; 3] = [false, true, true];
const DOWNLOADED: [bool; 3] = [true, false, true];
const NEITHER: [bool; 3] = [false, false, false];

#[test]
fn the_released_program_is_the_one_of_the_manifest() {
    let Some(job) = released() else { return };
    let (done, what) = uses(&job, &[]);
    assert_eq!((done.code, what), (1, BUILT), "no line, no download: {done:?}");
    publish(&job, "99.0.0", X64);
    assert_eq!(uses(&job, &[]).1, BUILT, "the line of another version");

    let sum = publish(&job, OWN, X64);
    let (done, what) = uses(&job, &[]);
    assert_eq!((done.code, what), (1, DOWNLOADED), "{done:?}");
    done.outputs(&[("exit-code", "1"), ("findings", "3")]);
    assert!(done.log.contains(&format!("SHA-256 {sum} as in action/manifest.txt")), "{}", done.log);
    let asked = fs::read_to_string(job.root.join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[..5], ["-q", "--proto", "=https", "--proto-redir", "=https"], "{asked:?}");
    assert_eq!(asked.last(), Some(&format!("https://example.com/v{OWN}/bucketlint-{OWN}-{X64}").as_str()));

    assert_eq!(uses(&job, &[("version", OWN), ("install", "binary")]).1, DOWNLOADED);
    assert_eq!(uses(&job, &[("version", "99.0.0")]).1, DOWNLOADED, "a version that this commit names");
    assert_eq!(uses(&job, &[("install", "source")]).1, BUILT);
}

#[test]
fn a_wrong_sum_is_the_end() {
    let Some(job) = released() else { return };
    publish(&job, OWN, X64);
    let served = job.root.join("served").join(format!("bucketlint-{OWN}-{X64}"));
    fs::write(&served, "#!/bin/bash\ntouch \"$GITHUB_WORKSPACE/pwned\"\n").unwrap();
    for install in ["auto", "binary"] {
        let (done, what) = uses(&job, &[("install", install)]);
        assert_eq!((done.code, what), (2, [true, false, false]), "neither run nor built: {done:?}");
        assert!(done.has(&["::error ", "is not what action/manifest.txt names", "nothing was run"]), "{done:?}");
        done.outputs(&[("exit-code", ""), ("findings", "")]);
    }
    assert!(!job.workspace().join("pwned").exists());
    for folder in ["bucketlint", "bucketlint/release"] {
        for left in fs::read_dir(job.root.join("temp").join(folder)).unwrap().flatten() {
            let is_program = left.path().is_file() && left.metadata().unwrap().permissions().mode() & 0o111 != 0;
            assert!(!is_program, "{left:?}");
        }
    }
    // A line whose sum is none is not taken for a line without a sum.
    line(&job, &format!("{OWN} {X64} - https://example.com/x"));
    assert_eq!(uses(&job, &[]).0.code, 2);
}

#[test]
fn what_cannot_be_downloaded_is_built_or_refused() {
    let Some(mut job) = released() else { return };
    publish(&job, OWN, X64);
    publish(&job, "99.0.0", X64);
    fs::remove_dir_all(job.root.join("served")).unwrap();
    let (done, what) = uses(&job, &[]);
    assert_eq!((done.code, what), (1, [true, true, true]), "{done:?}");
    assert!(done.has(&["::warning ", "could not be downloaded and is built from source"]), "{done:?}");
    for with in [("install", "binary"), ("version", "99.0.0")] {
        let (done, what) = uses(&job, &[with]);
        assert_eq!((done.code, what), (2, [true, false, false]), "{done:?}");
    }
    // Versions and targets without a line, and words that are no version.
    for version in ["98.0.0", "latest", "v0.1.0", "1", &format!("{OWN} "), "../0.1.0"] {
        let (done, what) = uses(&job, &[("version", version)]);
        assert_eq!((done.code, what), (2, NEITHER), "{version}: {done:?}");
    }
    assert_eq!(uses(&job, &[("version", "99.0.0"), ("install", "source")]).1, NEITHER);
    job.env = vec![("RUNNER_ARCH", "ARM64".to_owned())];
    assert_eq!(uses(&job, &[]).1, BUILT, "no line for this target");
    assert_eq!(uses(&job, &[("install", "binary")]).0.code, 2);
}

/// With the real `curl`: an address that is not HTTPS is not followed.
#[test]
fn nothing_comes_without_encryption() {
    let Some(job) = released() else { return };
    fs::remove_file(job.root.join("bin/curl")).unwrap();
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: no curl");
        return;
    }
    publish(&job, OWN, X64);
    let path = job.action.join("action/manifest.txt");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("https://example.com", &format!("file://{}/served", job.root.display()))).unwrap();
    let (done, what) = uses(&job, &[]);
    assert_eq!((done.code, what), (1, BUILT), "{done:?}");
    assert!(done.log.contains("rotocol") && done.has(&["could not be downloaded"]), "{done:?}");
}

#[test]
fn the_build_gets_no_secret() {
    let Some(mut job) = released() else { return };
    job.env = vec![("AWS_SECRET_ACCESS_KEY", "secret".to_owned()), ("NPM_PASSWORD", "secret".to_owned())];
    uses(&job, &[]);
    let seen = fs::read_to_string(job.root.join("built-with")).unwrap();
    assert!(seen.contains("RUNNER_TEMP=") && !seen.contains("secret"), "{seen}");
}

#[test]
fn code_scanning_gets_the_report_when_asked() {
    let Some(job) = Job::new(&[("infra/main.tf", OPEN)]) else { return };
    assert!(job.uses(&[]).used.is_empty());
    let done = job.uses(&[("upload-sarif", "true"), ("working-directory", "infra"), ("sarif-category", "infra")]);
    assert_eq!(done.code, 1, "the gate comes after the upload");
    let (name, with) = &done.used[0];
    assert!(name.starts_with("github/codeql-action/upload-sarif@"), "{name}");
    assert_eq!((with["sarif_file"].as_str(), with["category"].as_str()), ("infra/bucketlint.sarif", "infra"));
    let done = job.uses(&[("upload-sarif", "true"), ("base", "nowhere")]);
    assert!(done.code == 2 && done.used.is_empty(), "no report, no upload: {done:?}");
}

#[test]
fn further_reports() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let done = job.uses(&[("reports", "html=report.html\n\njunit=-x y.xml\n")]);
    assert_eq!(done.code, 1, "{done:?}");
    let read = |name: &str| fs::read_to_string(job.workspace().join(name)).unwrap();
    assert!(read("report.html").contains("acl-public-read") && read("-x y.xml").contains("<testsuites"));
    for wrong in ["html", "=x", "nothing=x.txt"] {
        assert_eq!(job.uses(&[("reports", wrong)]).code, 2, "{wrong}");
    }
}

#[test]
fn the_program_has_no_network() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let done = job.uses(&[]);
    let Ok(network) = fs::read_to_string(job.root.join("network")) else {
        println!("skipped: no /proc");
        return;
    };
    let interfaces: Vec<&str> = network.lines().filter_map(|it| it.split_once(':')).map(|it| it.0.trim()).collect();
    assert!(done.online || interfaces == ["lo"], "{interfaces:?}");

    // Where neither way works, it is said and the run is the same.
    job.program("unshare", "#!/bin/bash\nexit 1\n");
    job.program("sudo", "#!/bin/bash\nexit 1\n");
    let done = job.uses(&[]);
    assert!(done.online && done.code == 1, "{done:?}");

    // Where a user may not make a namespace, sudo may, and gives the user back.
    let sudo = format!("#!/bin/bash\nprintf '%s ' \"$@\" > '{}/sudo'\nshift\nexec \"$@\"\n", job.root.display());
    job.program("sudo", &sudo);
    job.program("unshare", "#!/bin/bash\n[[ $1 == --net ]] || exit 1\nshift 2\nexec \"$@\"\n");
    job.program("setpriv", "#!/bin/bash\nwhile [[ $1 != -- ]]; do shift; done\nshift\nexec \"$@\"\n");
    let done = job.uses(&[]);
    assert!(!done.online && done.code == 1, "{done:?}");
    let sudo = fs::read_to_string(job.root.join("sudo")).unwrap();
    assert!(sudo.starts_with("-n unshare --net -- setpriv --reuid ") && sudo.contains(" --no-new-privs -- env -i "));
}

fn manifest(job: &Job, arguments: &[&str]) -> Output {
    Command::new("bash").arg("action/manifest.sh").args(arguments).current_dir(job.workspace()).output().unwrap()
}

/// `action/manifest.sh`: what a release adds to the manifest, and that its lines do not outlive the code that they stand for.
#[test]
fn the_manifest_belongs_to_its_release() {
    let Some(job) = Job::new(&[("src/main.rs", "fn main() {}\n"), ("Cargo.toml", "version = \"1.2.3\"\n")]) else {
        return;
    };
    for name in ["manifest.sh", "manifest.txt"] {
        job.write(&format!("action/{name}"), &fs::read_to_string(Path::new(ACTION).join("action").join(name)).unwrap());
    }
    assert!(manifest(&job, &["check"]).status.success(), "not released yet");
    assert!(!manifest(&job, &["lines", "1.2.3", "https://example.com", "."]).status.success(), "no programs");
    for target in [X64, "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin"] {
        job.write(&format!("dist/bucketlint-1.2.3-{target}"), target);
    }
    job.write("dist/bucketlint-1.2.3-x86_64-pc-windows-msvc.exe", "windows");
    let done = manifest(&job, &["lines", "1.2.3", "https://example.com/v1.2.3", "dist"]);
    let lines = String::from_utf8(done.stdout).unwrap();
    assert_eq!(lines.lines().count(), 5, "{lines}");
    let sum: String = Sha256::digest(X64).iter().map(|it| format!("{it:02x}")).collect();
    assert_eq!(
        lines.lines().next(),
        Some(format!("1.2.3 {X64} {sum} https://example.com/v1.2.3/bucketlint-1.2.3-{X64}").as_str())
    );

    fs::remove_dir_all(job.workspace().join("dist")).unwrap();
    job.commit();
    job.write("action/manifest.txt", &lines);
    assert!(!manifest(&job, &["check"]).status.success(), "no tag to compare with");
    job.git(&["tag", "v1.2.3"]);
    job.commit();
    assert!(manifest(&job, &["check"]).status.success(), "the code is that of the release");
    job.write("src/main.rs", "fn main() { loop {} }\n");
    job.commit();
    let done = manifest(&job, &["check"]);
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("raise the version"));
    job.write("Cargo.toml", "version = \"1.3.0-dev\"\n");
    job.commit();
    assert!(manifest(&job, &["check"]).status.success());
}

/// The committed manifest: nothing but lines that `install.sh` understands, one for each version and target.
#[test]
fn the_manifest_is_well_formed() {
    let text = fs::read_to_string(Path::new(ACTION).join("action/manifest.txt")).unwrap();
    let mut seen = Vec::new();
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        let parts: Vec<&str> = line.split(' ').collect();
        let [version, target, sum, address] = parts[..] else { panic!("{line}") };
        assert!(sum.len() == 64 && sum.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it)), "{line}");
        assert!(address.starts_with("https://") && address.contains(version) && address.contains(target), "{line}");
        assert!(!seen.contains(&(version, target)), "twice: {line}");
        seen.push((version, target));
    }
}
