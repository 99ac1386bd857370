//! The program from outside: cases as data, run on folders made for them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test may")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const CLEAN: &str = r#"
resource "aws_s3_bucket" "logs" {
  bucket = "example-logs"
}
"#;
const PUBLIC_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example/*" }
  ]
}
"#;

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
        let path = std::env::temp_dir().join(format!("bucketlint-cli-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        for (file, bytes) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn bucketlint(folder: &Path, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command.envs(env.iter().copied()).args(args).current_dir(folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs and compares the exit code and a part of what is printed (standard output and standard error together).
fn check(files: &[(&str, &[u8])], args: &[&str], stdin: &str, code: i32, part: &str) {
    let name = format!("{:x}", fnv(&format!("{files:?}{args:?}{stdin}")));
    let folder = Folder::new(&name, files);
    let output = bucketlint(&folder.0, args, stdin, &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{text}");
    assert!(text.contains(part), "{args:?}: no `{part}` in\n{text}");
    assert!(!text.contains("panicked"), "{text}");
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, it| (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn wrong_usage_is_2() {
    let cases: &[(&[&str], &str)] = &[
        (&["check", "--fail-on", "loud"], "invalid value 'loud'"),
        (&["check", "--nonsense"], "--nonsense"),
        (&["check", "nowhere.tf"], "nowhere.tf"),
        (&["nowhere/"], "nowhere"),
        (&["check", "-"], "--input"),
        (&["check", ".", "--input", "policy"], "--input"),
        (&["check", ".", "--account", "12"], "twelve digits"),
        (&["check", ".", "--var", "x"], "NAME=VALUE"),
        (&["check", ".", "--var-file", "missing.tfvars"], "missing.tfvars"),
        (&["check", ".", "--disable", "no-such-rule"], "no-such-rule"),
        (&["check", ".", "--rules", "missing"], "missing: no such folder"),
        (&["check", ".", "--output", "xml"], "xml"),
        (&["check", ".", "--output", "json=missing/folder/x.json"], "cannot write"),
        (&["check", "notes.txt"], "notes.txt"),
        (&["explain", "no-such-rule"], "no rule is called `no-such-rule`"),
    ];
    for (args, part) in cases {
        check(&[("notes.txt", b"hello\n")], args, "", 2, part);
    }
}

#[test]
fn help_is_0() {
    for args in [&["--help"][..], &["check", "--help"], &["--version"]] {
        check(&[], args, "", 0, "bucketlint");
    }
}

#[test]
fn an_empty_folder_is_0() {
    check(&[], &[], "", 0, "0 files, 0 buckets");
    check(&[], &["check", "."], "", 0, "exit 0");
    check(&[("a.tf", b"")], &["."], "", 0, "0 buckets");
}

#[test]
fn findings_are_1() {
    let files: &[(&str, &[u8])] = &[("policy.json", PUBLIC_POLICY.as_bytes())];
    check(files, &["check", "policy.json"], "", 1, "policy.json:");
    check(files, &["check", "policy.json", "--format", "json"], "", 1, "\"violated\"");
    check(files, &["check", "policy.json", "--format", "sarif"], "", 1, "\"2.1.0\"");
    check(files, &["check", "policy.json", "--fail-on", "never"], "", 0, "exit 0");
    check(&[], &["check", "-", "--input", "policy"], PUBLIC_POLICY, 1, "stdin.json");
    // What lies in the folder is another matter.
    let public = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
    for files in [&[][..], &[("main.tf", CLEAN.as_bytes())]] {
        check(files, &["check", "--input", "terraform", "-"], public, 1, "critical[acl-public-read] aws_s3_bucket.b");
    }
}

#[test]
fn the_model_is_printed() {
    check(&[("main.tf", CLEAN.as_bytes())], &["model", "."], "", 0, "\"aws_s3_bucket.logs\"");
    check(&[], &["model", "."], "", 0, "\"bucketlint/model/1\"");
}

#[test]
fn the_model_carries_the_verdict() {
    let template = "Resources:\n  Site:\n    Type: AWS::S3::Bucket\n  Open:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Site\n      PolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal: '*'\n            Action: s3:GetObject\n            Resource: !Sub '${Site.Arn}/*'\n";
    let folder = Folder::new("verdict", &[("stack.yaml", template.as_bytes()), ("other.yaml", b"a: 1\n")]);
    let output = bucketlint(&folder.0, &["model", "."], "", &[]);
    let model: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{model}");
    let exposure = &model["buckets"][0]["exposure"];
    assert_eq!((&exposure["public"], &exposure["audience"]), (&"yes".into(), &"anonymous".into()));
    assert_eq!(exposure["opened_by"][0]["location"]["path"], "stack.yaml");

    let output = bucketlint(&folder.0, &["model", "-", "--input", "policy"], PUBLIC_POLICY, &[]);
    let model: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(model["buckets"][0]["exposure"]["public"], "yes");
}

#[test]
fn rules_are_listed_and_explained() {
    check(&[], &["rules"], "", 0, "acl-public-read");
    check(&[], &["rules", "--format", "json"], "", 0, "\"bucketlint/rules/1\"");
    check(&[], &["explain", "acl-public-read"], "", 0, "acl-public-read");
    check(&[], &["explain", "acl-public-reed"], "", 2, "did you mean `acl-public-read`?");
}

/// What cannot be read or parsed is told with its path, the rest is still checked, and the exit code is not 0.
#[test]
fn broken_input_is_told() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_policy = format!("{{\"Statement\": {deep}}}");
    let bomb = "AWSTemplateFormatVersion: '2010-09-09'\nA: &a [x,x,x,x,x,x,x,x,x]\nB: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nC: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nD: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nE: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nF: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nG: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nH: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Tags: *h\n";
    let cases: &[(&str, &[u8], &str)] = &[
        ("latin.tf", b"resource \"aws_s3_bucket\" \"x\" {\n  bucket = \"\xe9\"\n}\n", "latin.tf"),
        (
            "cut.json",
            b"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\"",
            "cut.json",
        ),
        ("open.tf", b"resource \"aws_s3_bucket\" \"x\" {\n  bucket = [\n", "open.tf"),
        ("deep.json", deep_policy.as_bytes(), "deep.json"),
    ];
    for (name, bytes, part) in cases {
        let folder = Folder::new(name, &[(name, bytes), ("fine.tf", CLEAN.as_bytes())]);
        let output = bucketlint(&folder.0, &["check", name, "fine.tf"], "", &[]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(1..=3)), "{name}: {:?}\n{text}", output.status);
        assert!(text.contains(part) && !text.contains("panicked"), "{name}:\n{text}");
    }
    let folder = Folder::new("bomb", &[("bomb.yaml", bomb.as_bytes())]);
    let output = bucketlint(&folder.0, &["check", "."], "", &[]);
    assert!(output.status.code().is_some_and(|it| it <= 3), "{:?}", output.status);
}

#[test]
fn folders_links_and_sizes() {
    let folder = Folder::new("odd", &[("x.tf/inner.txt", b""), ("fine.tf", CLEAN.as_bytes())]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(&folder.0, folder.0.join("loop")).unwrap();
    let output = bucketlint(&folder.0, &["check", ".", "--format", "json"], "", &[]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["files"], 1, "{report}");

    let large = fs::File::create(folder.0.join("large.tf")).unwrap();
    large.set_len(100 * 1024 * 1024).unwrap();
    let output = bucketlint(&folder.0, &["check", "large.tf"], "", &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("large.tf") && text.contains("larger than"), "{text}");
}

#[test]
fn colour_and_width_follow_the_environment() {
    let folder = Folder::new("colour", &[]);
    let has_colour = |args: &[&str], env: &[(&str, &str)]| {
        let args: Vec<&str> = [&["check", "nowhere.tf"], args].concat();
        bucketlint(&folder.0, &args, "", env).stdout.contains(&0x1b)
    };
    assert!(!has_colour(&[], &[]), "standard output is no terminal here");
    assert!(has_colour(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(has_colour(&[], &[("FORCE_COLOR", "1")]));
    assert!(has_colour(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!has_colour(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!has_colour(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn several_outputs_at_once_and_no_leftovers() {
    let folder = Folder::new("outputs", &[]);
    let args = ["check", ".", "--output", "pretty", "--output", "json=a.json", "--output", "sarif=b.sarif"];
    let output = bucketlint(&folder.0, &args, "", &[]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("exit 0"));
    for (name, key) in [("a.json", "schema"), ("b.sarif", "runs")] {
        let text = fs::read_to_string(folder.0.join(name)).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap().get(key).is_some());
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
}

/// A pipe is written to and not replaced. A link in what is checked decides nothing: it may lead anywhere, and is not written
/// through, nor is what is below a linked folder. What the user names elsewhere may be a link.
#[cfg(unix)]
#[test]
fn outputs_replace_no_pipe_and_follow_no_link_of_the_code() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("outputs-through-links", &[("main.tf", CLEAN.as_bytes()), ("kept/report.json", b"old")]);
    let elsewhere = Folder::new("outputs-elsewhere", &[("report.json", b"old"), ("sub/x", b"")]);
    symlink("/dev/stdout", folder.0.join("pipe")).unwrap();
    symlink("kept/report.json", folder.0.join("link.json")).unwrap();
    symlink("main.tf", folder.0.join("code.html")).unwrap();
    symlink("nowhere.json", folder.0.join("dangling.json")).unwrap();
    symlink(&elsewhere.0, folder.0.join("evil")).unwrap();
    symlink("report.json", elsewhere.0.join("link.json")).unwrap();
    symlink(folder.0.join("main.tf"), elsewhere.0.join("code.json")).unwrap();
    let run = |arguments: &[&str]| bucketlint(&folder.0, &[&["check", "main.tf"], arguments].concat(), "", &[]);
    let json =
        |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|it| it["findings"].is_array());
    let output = run(&["-o", "json=pipe"]);
    assert!(json(&output.stdout), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(fs::symlink_metadata(folder.0.join("pipe")).unwrap().is_symlink());
    let code = elsewhere.0.join("code.json").display().to_string();
    for (option, path) in [
        ("-o", "json=link.json".to_owned()),
        ("-o", "html=code.html".to_owned()),
        ("-o", "json=./dangling.json".to_owned()),
        ("-o", "json=evil/report.json".to_owned()),
        ("-o", format!("json={}/evil/new.json", folder.0.display())),
        ("-o", format!("json={code}")),
        ("--write-baseline", "dangling.json".to_owned()),
        ("--write-baseline", "evil/new.json".to_owned()),
    ] {
        let output = run(&[option, &path]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{option} {path}: {said}");
        assert!(said.contains("is a symbolic link to") || said.contains("is code"), "{option} {path}: {said}");
    }
    for (file, text) in [("main.tf", CLEAN.as_bytes()), ("kept/report.json", b"old")] {
        assert_eq!(fs::read(folder.0.join(file)).unwrap(), text, "{file}");
    }
    assert_eq!(fs::read(elsewhere.0.join("report.json")).unwrap(), b"old");
    assert!(!elsewhere.0.join("new.json").exists() && !folder.0.join("nowhere.json").exists());
    let output = run(&["-o", &format!("json={}", elsewhere.0.join("link.json").display())]);
    assert!(json(&fs::read(elsewhere.0.join("report.json")).unwrap()), "{}", String::from_utf8_lossy(&output.stderr));
    let output = run(&["-o", "json=/dev/null"]);
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What code marks as sensitive decides as ever, and no report shows it.
#[test]
fn no_report_shows_what_is_sensitive() {
    let policy = |value: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"referer-of-example\"\n}}\n\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect    = \"Allow\"\n      Principal = \"*\"\n      Action    = \"s3:GetObject\"\n      Resource  = \"${{aws_s3_bucket.b.arn}}/*\"\n      Condition = {{ StringLike = {{ \"aws:Referer\" = {value} }} }}\n    }}]\n  }})\n}}\n"
        )
    };
    let template = |parameter: &str| {
        format!(
            "Parameters:\n  Secret:\n    Type: String\n{parameter}Resources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal: \"*\"\n            Action: s3:GetObject\n            Resource: !Sub \"${{B.Arn}}/*\"\n            Condition:\n              StringLike:\n                aws:Referer: !Ref Secret\n"
        )
    };
    let variable = |mark: &str| format!("variable \"secret\" {{\n  type = string\n{mark}}}\n\n");
    let marked = "  sensitive = true\n";
    let with = |mark: &str, value: &str| format!("{}{}", variable(mark), policy(value));
    let values = ("terraform.tfvars", "secret = \"hunter2-pw\"\n");
    /// Files, arguments, and what nobody may see.
    type Case<'a> = (Vec<(&'a str, String)>, Vec<&'a str>, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (vec![("main.tf", with(marked, "var.secret")), (values.0, values.1.to_owned())], vec![], "hunter2-pw"),
        (vec![("main.tf", with(marked, "\"x-${var.secret}-*\""))], vec!["--var", "secret=hunter2"], "hunter2"),
        (vec![("main.tf", with(marked, "upper(var.secret)"))], vec!["--var", "secret=hunter2"], "HUNTER2"),
        (vec![("main.tf", with("", "sensitive(var.secret)"))], vec!["--var", "secret=hunter2*"], "hunter2"),
        (vec![("t.yaml", template("    NoEcho: true\n"))], vec!["--param", "Secret=hunter2-pw"], "hunter2"),
    ];
    let formats = ["pretty", "json", "html", "csv", "junit", "markdown", "gitlab", "github", "sarif"];
    for (number, (files, arguments, secret)) in cases.into_iter().enumerate() {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let folder = Folder::new(&format!("sensitive-{number}"), &files);
        let run = |more: &[&str]| {
            let output = bucketlint(&folder.0, &[more, &arguments, &["."]].concat(), "", &[]);
            let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
            (text(&output.stdout) + &text(&output.stderr), output.status.code())
        };
        for format in formats {
            let (out, code) = run(&["check", "--profile", "all", "--format", format]);
            assert!(!out.contains(secret) && code == Some(1), "{number} {format} {code:?}: {out}");
            assert!(
                !["pretty", "json", "csv"].contains(&format) || out.contains("(sensitive)"),
                "{number} {format}: {out}"
            );
        }
        let (out, _) = run(&["model"]);
        assert!(!out.contains(secret) && out.contains("(sensitive)"), "{number} model: {out}");
        run(&["check", "--profile", "all", "--write-baseline", "base.json"]);
        let baseline = fs::read_to_string(folder.0.join("base.json")).unwrap();
        assert!(!baseline.contains(secret) && baseline.contains("(sensitive)"), "{number}: {baseline}");
        let (out, code) = run(&["check", "--profile", "all", "--baseline", "base.json"]);
        assert_eq!(code, Some(0), "{number}: what was there before is known: {out}");
    }
    // What nobody marks is shown.
    let folder = Folder::new(
        "not-sensitive",
        &[("main.tf", with("", "var.secret").as_bytes()), (values.0, values.1.as_bytes())],
    );
    let output = bucketlint(&folder.0, &["check", "."], "", &[]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("hunter2-pw"));
}

/// One file under two names is one file.
#[test]
fn two_reports_need_two_files() {
    let folder = Folder::new("outputs-twice", &[("main.tf", CLEAN.as_bytes()), ("sub/x", b"")]);
    for (first, second) in [("a.json", "a.json"), ("a.json", "./a.json"), ("a.json", "sub/../a.json")] {
        let second = format!("sarif={second}");
        let output =
            bucketlint(&folder.0, &["check", "main.tf", "-o", &format!("json={first}"), "-o", &second], "", &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && said.contains("two outputs cannot go to one file"),
            "{second}: {said}"
        );
    }
    let output = bucketlint(&folder.0, &["check", "main.tf", "--unsafe-fixes"], "", &[]);
    assert_eq!(output.status.code(), Some(2), "which fixes are made is no wish for any");
}

/// What Terraform would wait for is told; so is a plan as PowerShell writes it.
#[cfg(unix)]
#[test]
fn what_is_no_file_and_what_is_no_utf8_is_told() {
    let bucket = b"resource \"aws_s3_bucket\" \"b\" {}\n";
    let folder = Folder::new("fifo", &[("main.tf", bucket)]);
    for name in ["a.tf", "terraform.tfvars", "notes.txt"] {
        assert!(Command::new("mkfifo").arg(folder.0.join(name)).status().unwrap().success());
    }
    let output = bucketlint(&folder.0, &["check", ".", "--fail-on", "critical"], "", &[]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("a.tf: is a pipe") && said.contains("terraform.tfvars: is a pipe"), "{said}");
    assert!(!said.contains("notes.txt") && said.contains("1 bucket"), "{said}");
    let plan = r#"{"format_version":"1.2","terraform_version":"1.9.0","resource_changes":[]}"#;
    let utf32: Vec<u8> = "\u{feff}".chars().chain(plan.chars()).flat_map(|it| u32::from(it).to_le_bytes()).collect();
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(plan.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (text, code) in [(utf16, 3), (utf32, 3), (vec![0x1f, 0x8b, 8, 0, 0xff], 0)] {
        let folder = Folder::new("utf16", &[("plan.json", &text)]);
        let output = bucketlint(&folder.0, &["check", "."], "", &[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("not judged") || said.contains("1 note"), "{said}");
    }
}

/// Git follows no link called `.gitignore`; one that does not end must not be read.
#[cfg(unix)]
#[test]
fn links_called_gitignore_are_not_read() {
    let bucket = b"resource \"aws_s3_bucket\" \"b\" {}\n";
    for (at, path) in [(".gitignore", "."), ("m/.gitignore", "."), (".gitignore", "m")] {
        let folder =
            Folder::new("gitignore", &[("m/main.tf", bucket), ("n/.gitignore", b"*.tf"), ("n/main.tf", bucket)]);
        std::os::unix::fs::symlink("/dev/zero", folder.0.join(at)).unwrap();
        let output = bucketlint(&folder.0, &["check", path], "", &[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (files, notes) = if path == "." { ("2 files", "1 note") } else { ("1 file", "") };
        assert!(said.contains(files) && said.contains(notes), "{at} {path} {said}");
    }
}

/// What stands before the brace does not hide what is ours.
#[test]
fn json_that_begins_with_something_else() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;
    let plan = r#"{"format_version":"1.2","planned_values":{},"resource_changes":[]}"#;
    for (text, code) in [
        (format!("[command]terraform show -json tfplan\n{plan}"), 3),
        (format!("<<<<<<< HEAD\n{policy}\n=======\n{policy}\n>>>>>>> x\n"), 3),
        (format!("# x\n{policy}"), 3),
        (format!("[{policy}]"), 0),
        ("# notes\n{}".to_owned(), 0),
    ] {
        let folder = Folder::new("json", &[("a.json", text.as_bytes())]);
        let output = bucketlint(&folder.0, &["check", "."], "", &[]);
        assert_eq!(output.status.code(), Some(code), "{text} {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Nothing of it was read, and its first lines say what it would have been.
#[test]
fn a_template_that_is_too_large_is_told() {
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n#";
    let data = "{\"ResourceTypes\": {\"AWS::S3::Bucket\": {}}, \"x\": \"";
    for (head, code) in [(template, 3), (data, 0)] {
        let text = format!("{head}{}", "x".repeat(17 << 20));
        let folder = Folder::new("large", &[("template.json", text.as_bytes())]);
        let output = bucketlint(&folder.0, &["check", "."], "", &[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("not judged") || said.contains("1 note"), "{said}");
    }
}

#[test]
fn a_closed_pipe_is_a_clean_stop() {
    let folder = Folder::new("pipe", &[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .args(["model", "."])
        .current_dir(&folder.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some_and(|it| it <= 3), "{:?}", output.status);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A policy in a file of any name belongs to the bucket that reads it, and so do its findings.
#[test]
fn a_policy_in_a_text_file_is_judged_with_its_bucket() {
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = file(\"${path.module}/open.txt\")\n}\n";
    let open = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\",\n  \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b-example/*\"}]}";
    let files: &[(&str, &[u8])] =
        &[("main.tf", main.as_bytes()), ("open.txt", open.as_bytes()), ("other.tf", b"locals {}\n")];
    let found = "bucket-policy-public-principal";
    check(files, &["check", "."], "", 1, found);
    check(files, &["check", "main.tf"], "", 1, found);
    check(files, &["check", ".", "main.tf"], "", 1, found);
    let folder = Folder::new("neighbours", files);
    let output = bucketlint(&folder.0, &["check", "other.tf"], "", &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
}

/// Templates and policies are found by what they hold, whatever their names; what only quotes one is passed over.
#[test]
fn any_extension_is_found_in_a_walk() {
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n";
    let policy = "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b/*\"}]}";
    let prose = format!("Write this:\n\n{template}\n");
    let mut large = template.to_owned();
    large.push_str(&"# padding\n".repeat(200_000));
    let mut binary = template.as_bytes().to_vec();
    binary.push(0);
    let folder = Folder::new(
        "any",
        &[
            ("stack.txt", template.as_bytes()),
            ("deploy/stack", template.as_bytes()),
            ("open.iam", policy.as_bytes()),
            ("README.md", prose.as_bytes()),
            ("NOTES", prose.as_bytes()),
            ("large.txt", large.as_bytes()),
            ("blob", &binary),
        ],
    );
    let output = bucketlint(&folder.0, &["check", ".", "--format", "json"], "", &[]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["files"], 3, "{report}");
    assert_eq!(report["diagnostics"].as_array().map(Vec::len), Some(0), "{report}");
}

#[cfg(unix)]
#[test]
fn links_to_terraform_code_are_read_as_terraform_does() {
    let bad = "resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl    = \"public-read\"\n}\n";
    let outside = Folder::new("outside", &[("acl.tf", bad.as_bytes())]);
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new("links", &[("stack/main.tf", main.as_bytes()), ("common/acl.tf", bad.as_bytes())]);
    let link = |from: &std::path::Path| {
        let to = folder.0.join("stack/acl.tf");
        let _ = fs::remove_file(&to);
        std::os::unix::fs::symlink(from, to).unwrap();
    };
    let run = || {
        let output = bucketlint(&folder.0, &["check", "stack", "common"], "", &[]);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    link(std::path::Path::new("../common/acl.tf"));
    let (code, text) = run();
    assert!(code == Some(1) && text.contains("acl-public-read"), "{text}");
    link(&outside.0.join("acl.tf"));
    let output = bucketlint(&folder.0, &["check", "stack", "--fail-on", "never"], "", &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("link-not-followed") && !text.contains("acl-public-read"), "{text}");
}

#[test]
fn utf_16_is_told_with_its_cure() {
    let utf16 = |text: &str| [0xfffe_u16].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let utf16 = |text: &str| -> Vec<u8> {
        let mut bytes: Vec<u8> = utf16(text);
        bytes[0..2].copy_from_slice(&[0xfe, 0xff]);
        bytes
    };
    let template = utf16("Resources:\n  B:\n    Type: AWS::S3::Bucket\n");
    check(&[("t.yaml", &template)], &["check", "."], "", 3, "save it as UTF-8");
    check(&[("t.yaml", &utf16("a: b\n"))], &["check", "."], "", 0, "1 note");
}

const ENVIRONMENTS: &str = r#"
variable "acl" {}
resource "aws_s3_bucket" "site" {
  bucket = "site-${terraform.workspace}"
}
resource "aws_s3_bucket_acl" "site" {
  bucket = aws_s3_bucket.site.id
  acl    = var.acl
}
"#;

#[test]
fn each_environment_is_judged() {
    let files: &[(&str, &[u8])] = &[
        ("main.tf", ENVIRONMENTS.as_bytes()),
        ("env/prod.tfvars", b"acl = \"private\"\n"),
        ("env/test.tfvars", b"acl = \"public-read\"\n"),
    ];
    let of = |names: &[&str]| {
        let mut args = vec!["check", "."];
        for name in names {
            args.extend(["--environment", name]);
        }
        args.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let both = of(&["prod=env/prod.tfvars", "test=env/test.tfvars"]);
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    check(files, &both, "", 1, "acl-public-read] aws_s3_bucket.site (test)");
    check(files, &both, "", 1, "bpa-missing] aws_s3_bucket.site (prod, test)");
    check(files, &["check", ".", "--environment", "prod=env/none.tfvars"], "", 2, "no such file of variables");
    check(files, &["model", ".", "--var", "acl=private", "--workspace", "blue"], "", 0, "site-blue");
}

#[test]
fn a_module_is_read_where_the_user_says() {
    let call = r#"
module "store" {
  source = "git::https://github.com/example-org/modules.git//store?ref=v1.2.0"
  acl    = "public-read"
}
"#;
    let module = r#"
variable "acl" {}
resource "aws_s3_bucket" "this" {
  bucket = "store-example"
}
resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = var.acl
}
"#;
    let files: &[(&str, &[u8])] = &[("infra/main.tf", call.as_bytes()), ("own/store/main.tf", module.as_bytes())];
    check(files, &["check", "infra"], "", 3, "remote-module");
    let from = "github.com/example-org/modules=own";
    check(
        files,
        &["check", "infra", "--module-source", from],
        "",
        1,
        "acl-public-read] module.store.aws_s3_bucket.this",
    );
    check(
        files,
        &["check", "infra", "--module-source", "github.com/example-org/modules=none"],
        "",
        2,
        "no such folder",
    );
}

/// A plan that is named informs the code beside it; one that is met in a walk may be stale, and stands for itself.
#[test]
fn a_plan_informs_where_it_is_named() {
    let code = "variable \"acl\" {\n  default = \"public-read\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = var.acl\n}\n";
    let plan = r#"{"format_version":"1.2","variables":{"acl":{"value":"private"}},"resource_changes":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","change":{"actions":["create"],"after":{"bucket":"b-example","acl":"private"},"after_unknown":{}}}],"configuration":{"root_module":{"resources":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","expressions":{"bucket":{},"acl":{}}}]}}}"#;
    let files: &[(&str, &[u8])] = &[("main.tf", code.as_bytes()), ("plan.json", plan.as_bytes())];
    check(files, &["check", "plan.json", "--fail-on", "critical"], "", 0, "1 file, 1 bucket");
    check(files, &["check", ".", "--fail-on", "critical"], "", 1, "acl-public-read] aws_s3_bucket.b");
}

/// A plan may be larger than any code; other data of that size is passed over.
#[test]
fn a_large_plan_is_read() {
    let filler = "x".repeat(17 * 1024 * 1024);
    let plan = format!(
        r#"{{"format_version":"1.2","filler":"{filler}","resource_changes":[{{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","change":{{"actions":["create"],"after":{{"bucket":"b-example"}},"after_unknown":{{}}}}}}]}}"#
    );
    check(&[("plan.json", plan.as_bytes())], &["check", "plan.json", "--fail-on", "never"], "", 0, "1 file, 1 bucket");
    check(&[("plan.json", filler.as_bytes())], &["check", "plan.json"], "", 2, "is larger than");
}
