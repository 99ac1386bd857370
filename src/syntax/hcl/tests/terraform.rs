//! Inputs on which hcl-edit alone fails or errs. Terraform accepts each, which the last test asks it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

const DEEP: usize = 150;

fn tricky() -> Vec<String> {
    let mut out: Vec<String> = [
        // The text of cloudposse/null-label.
        "x = { for k in keys(y) : k => length(y[k]) > 1 ? replace(y[k], \"a\", \"b\") :\n  y[k] if k != \"z\" }\n",
        "x = { for k, v in y :\n k => v ?\n 1 :\n 2\n}\n",
        "x = { for k, v in y : k\n => v\n ? 1 # one\n : 2 // two\n }\n",
        "x = [ for k in y : k\n ? 1\n : 2 ]\n",
        "x = [\n  for\r\n  k in y : k ]\r\n",
        "x = (\n a\n && b # why\n || c\n)\n",
        "x = (a ?\n b :\n c)\n",
        "x = f(a,\n b ?\n c :\n d,\n)\n",
        "x = f(\n  [for k in y : k]...\n)\n",
        "x = y[\n 0\n]\n",
        "x = \"${\n a ?\n b :\n c\n}\"\n",
        "x = \"${{ for k in y : k => k ? 1 :\n 2 }}\"\n",
        "x = {\n  \"for\" = 1\n  fore = 2\n}\n",
        "x = {\n  a = { for k in y : k => k ?\n 1 : 2 }\n  b = 3, c = 4\n  d : 5\n}\n",
        // Repeated keys.
        "x = { a = 1, a = 2 }\n",
        "x = {\n  owner = 1\n  \"b c\" = 2\n  owner = 3 # again\n  \"b c\" = 4\n  (var.d) = 5\n  (var.d) = 6\n owner = 7\n}\n",
        "x = {\n  a = {\n    b = 1\n    b = 2\n  }\n  a = { c = 1\n c = 2 }\n}\n",
        "x = { /* 0 */ a /* 1 */ = 1, # 2\n a /* 3 */ : 2 }\n",
        "x = { 1 = a, 1 = b, 0 = c, 1 = d, 0 = e }\n",
        "x = - {\n for k in y : k => k ?\n 1 : 2 }\n",
        "x = jsonencode({ Sid = \"1\", Sid = \"2\" })\n",
        "x = <<E\n${jsonencode({ a = 1, a = 2 })}\nE\n",
        // Heredocs.
        "x = <<EOF\n{ \"a\": 1 }\nEOF\"\nEOFX\nEOF x\n EOF\ny = 1\n",
        "x = <<P\na\nP\n",
        "x = <<E\nE\ny = <<E\nhello\nE\n",
        "x = <<-E\n    a\n  ${b}\n      E\n",
        "x = f(<<E\na\nE\n)\n",
        "x = [<<E\na\nE\n, <<F\nb\nF\n]\n",
        "x = {\n  a = <<E\n}\nE\n  b = 1\n}\n",
        "x = <<E\n${<<F\nE\nF\n}\nE\n",
        "x = <<E\r\na\r\nE\r\ny = 1\r\n",
        "x = <<E\n# \" ( { $ % \\ /* \n$${a} %%{b}\nE\n",
        "x = <<E\n%{ for a in b ~}\n%{ if a }1%{ else }2%{ endif }\n%{ endfor ~}\nE\n",
        // Strings.
        "x = \"a ${b[\"c ${d} }\"]} \\\" { $${e} %{ if f }g%{ endif }\"\n",
        "x = \"# // /* { ( [\"\n",
        "x = \"\"\n",
        "x = \"äöü \\u00e4 😀\"\n",
        // Names, numbers, operators.
        "x = provider::aws::arn_parse(y)\n",
        "x = y.*.id\nz = y.0.id\nw = y[*].a[0]\n",
        "x = -1 + -y * -(2)\nz = !a && !(b || c)\n",
        "x = 1.5e10 % 3\n",
        "ünï-x = 1\nx = ünï-x\n",
        "x = null\ny = true\n",
        "x = { null = 1, true = 2 }\n",
        "b {}\nb { a = 1 }\nb \"c\" d {\n}\nx = 1\n",
        "b {\n  /* one */ a /* two */ = /* three\n  four */ 1 // five\n}\nx = 1 # six",
        "# only\nx = 1 /* a\n b */\n",
        "x = a == b ? c : d == e ? f : g\n",
    ]
    .map(str::to_owned)
    .to_vec();
    let nest = |open: &str, close: &str| format!("x = {}1{}\n", open.repeat(DEEP), close.repeat(DEEP));
    out.extend([
        nest("[", "]"),
        nest("(", ")"),
        nest("f(", ")"),
        nest("{ a = ", " }"),
        nest("y[", "]"),
        nest("[\n", "\n]"),
    ]);
    out.push(format!("x = {}1{}\n", "\"${".repeat(60), "}\"".repeat(60)));
    out.push(format!("x = {}1{}\n", "[for a in b : ".repeat(60), "]".repeat(60)));
    out.push(format!("x = f({}1, 2{})\n", "g(1, ".repeat(60), ")".repeat(60)));
    out.push(format!("x = 1{}\n", " + 1".repeat(180)));
    out.push(format!("x = a{} ? b : c\n", " || a == b && c < 1 + 2 * 3".repeat(60)));
    out.push(format!("x = {}9\n", "a ? b : ".repeat(90)));
    out
}

#[test]
fn tricky_inputs_are_read() {
    let mut failures = Vec::new();
    for text in tricky() {
        let body = parse_body(FILE, &text);
        let losses: Vec<_> = body.errors.iter().filter(|it| it.loses()).map(|it| &it.message).collect();
        if !losses.is_empty() {
            failures.push(format!("{losses:?} in {}", text.chars().take(200).collect::<String>()));
        }
        assert!(body.tree.attribute("x").is_some(), "{text}");
        check_places(&text, &body.tree);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What terraform prints, given `input`; nothing where it is not installed.
pub(super) fn run(args: &[&str], dir: &Path, input: &str) -> Option<String> {
    let mut command = Command::new("terraform");
    command.args(args).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{input}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn terraform_accepts_the_tricky_inputs() {
    for text in tricky() {
        if run(&["fmt", "-no-color", "-"], Path::new("."), &text).is_none() {
            println!("skipped: no terraform on this machine");
            return;
        }
    }
}
