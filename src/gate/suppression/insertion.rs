//! Where a new suppression goes so that it is about one finding's block, and about no more.

use std::path::Path;

use crate::finding::{Finding, RuleInfo};
use crate::source::{Memory, Sources, Span};
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::json;

use super::extent::{self, Thing};
use super::{Extent, Named, Suppression, comments, metadata};

/// A suppression to insert: a comment, which is a whole line, or an entry of a JSON template's `Metadata`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Where: the beginning of a line, or of a member.
    pub at: Span,
    /// The line, with its end; or the member.
    pub text: String,
}

/// The comment `bucketlint:ignore` for a finding: above the block of HCL that has it, or above the resource of a YAML template; as the
/// first line inside where the one above would be about more. A template in JSON gets an entry in the `Metadata` of the resource. The
/// reason is empty, and told to be, until somebody gives one.
///
/// `None` where none can stand (JSON that is no template, or made by a program), or where none would be about this block alone.
#[must_use]
pub fn insertion(sources: &Sources, finding: &Finding, rules: &[RuleInfo]) -> Option<Insertion> {
    if finding.construct.is_some() {
        return None;
    }
    let places = [finding.at, finding.declared];
    places.into_iter().flatten().find_map(|at| around(sources, at, &finding.rule, rules))
}

fn around(sources: &Sources, at: Span, rule: &str, rules: &[RuleInfo]) -> Option<Insertion> {
    let source = sources.file(at.file);
    if source.stands_at.is_some() {
        return None;
    }
    let text: &str = &source.text;
    let name = source.path.to_string_lossy().to_ascii_lowercase();
    if name.ends_with(".json") || text.trim_start().starts_with('{') {
        return in_metadata(text, at, rule, &source.path, rules);
    }
    let things = extent::nodes(at.file, &source.path, text);
    let wanted = resource(text, at, &things)?;
    let line = start_of_line(text, wanted.span.start as usize);
    let indent = text.get(line..wanted.span.range().start)?;
    if !indent.trim().is_empty() {
        return None;
    }
    let end =
        if text.get(..line).unwrap_or_default().ends_with("\r\n") || text.contains("\r\n") { "\r\n" } else { "\n" };
    let comment = |indent: &str| format!("{indent}# bucketlint:ignore {rule} reason=\"\"{end}");
    let above = Insertion { at: Span::of(at.file, line..line), text: comment(indent) };
    let inside = || {
        let head = wanted.header as usize;
        let next = head + text.get(head..)?.find('\n')? + 1;
        let first = text.get(next..wanted.span.range().end)?.lines().find(|it| !it.trim().is_empty())?;
        let inner = first.get(..first.len() - first.trim_start().len())?;
        Some(Insertion { at: Span::of(at.file, next..next), text: comment(inner) })
    };
    let fits = |it: &Insertion| is_about(it, wanted, text, &source.path, rules);
    if fits(&above) {
        return Some(above);
    }
    inside().filter(fits)
}

/// An entry in the `Metadata` of the resource of a JSON template.
fn in_metadata(text: &str, at: Span, rule: &str, path: &Path, rules: &[RuleInfo]) -> Option<Insertion> {
    let root = json::parse(at.file, text).tree?;
    let resources = root.get("Resources").map(Node::entries)?;
    let holds = |it: &&Pair| it.key.span.start <= at.start && at.end <= it.value.span.end;
    let resource = resources.iter().find(holds)?;
    let entry = format!("{{ \"rule\": {}, \"reason\": \"\" }}", serde_json::Value::from(rule));
    let list = format!("\"bucketlint\": {{ \"ignore\": [{entry}] }}");
    let it = match resource.value.get("Metadata") {
        None => first_member(text, &resource.value, &format!("\"Metadata\": {{ {list} }}")),
        Some(metadata) => match metadata.get("bucketlint") {
            None => first_member(text, metadata, &list),
            Some(own) => {
                let start = own.get("ignore")?.items().first()?.span.range().start;
                Some(Insertion { at: Span::of(at.file, start..start), text: format!("{entry}, ") })
            }
        },
    }?;
    let offset = it.at.range().start;
    let after = format!("{}{}{}", text.get(..offset)?, it.text, text.get(offset..)?);
    let found = metadata::find(at.file, path, &after, rules);
    let named = Named::Own(vec![rule.to_owned()]);
    let is_own = |one: &&Suppression| offset <= one.at.range().start && one.at.range().end <= offset + it.text.len();
    let own = found.iter().find(is_own).filter(|one| one.mistake.is_none() && one.rules == named)?;
    let is_about = matches!(&own.extent, Extent::Range(span) if span.start == resource.key.span.start);
    is_about.then_some(it)
}

/// A member as the first of an object, on a line of its own where the first is.
fn first_member(text: &str, object: &Node, member: &str) -> Option<Insertion> {
    if !matches!(object.kind, NodeKind::Mapping(_)) {
        return None;
    }
    let Some(first) = object.entries().first() else {
        let inside = object.span.range().start + 1;
        return Some(Insertion { at: Span::of(object.span.file, inside..inside), text: member.to_owned() });
    };
    let start = first.key.span.range().start;
    let indent = text.get(start_of_line(text, start)..start)?;
    let behind = match indent.trim().is_empty() {
        true => format!(",{}{indent}", if text.contains("\r\n") { "\r\n" } else { "\n" }),
        false => ", ".to_owned(),
    };
    Some(Insertion { at: Span::of(object.span.file, start..start), text: format!("{member}{behind}") })
}

/// The block of HCL, or the entry of `Resources`, that a place is in.
fn resource<'t>(text: &str, at: Span, things: &'t [Thing]) -> Option<&'t Thing> {
    let holds = |it: &&Thing| it.span.start <= at.start && at.start < it.span.end.max(it.span.start + 1);
    if things.iter().any(|it| it.block) {
        return things.iter().find(|it| it.block && holds(it));
    }
    let mut around: Vec<&Thing> = things.iter().filter(holds).collect();
    around.sort_by_key(|it| std::cmp::Reverse(it.span.range().len()));
    let name = |it: &Thing| text.get(it.span.range()).unwrap_or_default().trim_start_matches(['"', '\'']);
    let section = around.iter().position(|it| name(it).starts_with("Resources"))?;
    around.get(section + 1).copied()
}

/// Whether the comment, once inserted, is understood and is about `wanted` and nothing else.
fn is_about(it: &Insertion, wanted: &Thing, text: &str, path: &Path, rules: &[RuleInfo]) -> bool {
    let (Some(before), Some(after)) = (text.get(..it.at.range().start), text.get(it.at.range().start..)) else {
        return false;
    };
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(path, format!("{before}{}{after}", it.text));
    let text = sources.text(file);
    let things = extent::nodes(file, path, &text);
    let begins = it.at.range().start..it.at.range().start + it.text.len();
    let found = comments::find(file, path, &text, &things, rules);
    let Some(own) = found.iter().find(|one| begins.contains(&one.at.range().start)) else { return false };
    let shift = u32::try_from(it.text.len()).unwrap_or(u32::MAX);
    let moved = |offset: u32| if it.at.start <= offset { offset.saturating_add(shift) } else { offset };
    let expected = Span::new(file, moved(wanted.span.start), moved(wanted.span.end));
    let covered = match &own.extent {
        Extent::Range(span) | Extent::Call(span, _) => *span,
        Extent::File(_) => return false,
    };
    // The last line of a block of YAML may or may not count with what follows it.
    own.mistake.is_none() && covered.start == expected.start && covered.end <= expected.end
}

fn start_of_line(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with the comment about the finding at `part`.
    fn check(path: &str, text: &str, part: &str, expected: Option<&str>) {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new(path), text);
        let start = text.find(part).unwrap();
        let mut rules = super::super::super::rules::infos();
        "versioning".clone_into(&mut rules[0].id);
        let finding =
            Finding { at: Some(Span::of(file, start..start + part.len())), ..Finding::new("versioning", "", "") };
        let found = insertion(&sources, &finding, &rules);
        let edited = found.map(|it| {
            let at = it.at.range().start;
            format!("{}{}{}", &text[..at], it.text, &text[at..])
        });
        assert_eq!(edited.as_deref(), expected, "{text}");
    }

    const NOTE: &str = "# bucketlint:ignore versioning reason=\"\"";

    #[test]
    fn above_a_block_of_hcl() {
        let one = "resource \"aws_s3_bucket\" \"a\" {}\n";
        let two = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"x\"\n}\n";
        check("m.tf", &format!("{one}{two}"), "\"x\"", Some(&format!("{one}{NOTE}\n{two}")));
        check("m.tf", &format!("# ü\r\n{one}"), "\"a\"", Some(&format!("# ü\r\n{NOTE}\r\n{one}")));
        let call = "module \"m\" {\n  source = \"./m\"\n}\n";
        check("m.tf", call, "\"m\"", Some(&format!("{NOTE}\n{call}")));
        check("m.tf", "x = 1\n", "x", None);
    }

    #[test]
    fn at_a_resource_of_yaml() {
        let head = "Resources:\n";
        let first = "  A:\n    Type: AWS::S3::Bucket\n";
        let second = "  B:\n    Type: AWS::S3::Bucket\n    Properties: {}\n";
        // Above the first it is about that one, too.
        let expected = format!("{head}  {NOTE}\n{first}{second}");
        check("t.yaml", &format!("{head}{first}{second}"), "A:", Some(&expected));
        let expected = format!("{head}{first}  {NOTE}\n{second}");
        check("t.yaml", &format!("{head}{first}{second}"), "Properties", Some(&expected));
        check("t.yaml", "Resources: {A: {Type: AWS::S3::Bucket}}\n", "Type", None);
    }

    #[test]
    fn templates_in_json_have_metadata() {
        let entry = r#"{ "rule": "versioning", "reason": "" }"#;
        let own = format!(r#""bucketlint": {{ "ignore": [{entry}] }}"#);
        let line = format!(r#"{{"Resources": {{"A": {{"Metadata": {{ {own} }}}}}}}}"#);
        for name in ["t.json", "t.template"] {
            check(name, r#"{"Resources": {"A": {}}}"#, "A", Some(&line));
        }
        let body =
            "{\r\n  \"Resources\": {\r\n    \"A\": {\r\n      \"Type\": \"AWS::S3::Bucket\"\r\n    }\r\n  }\r\n}\r\n";
        let expected = body.replace("\"Type\"", &format!("\"Metadata\": {{ {own} }},\r\n      \"Type\""));
        check("t.json", body, "Type", Some(&expected));
        let there = r#"{"Resources": {"A": {"Type": "x", "Metadata": {"a": 1}}}}"#;
        check("t.json", there, "\"x\"", Some(&there.replace("\"a\"", &format!("{own}, \"a\""))));
        let more = r#"{"Resources": {"A": {"Type": "x", "Metadata": {"bucketlint": {"ignore": [{"rule": "b"}]}}}}}"#;
        check("t.json", more, "\"x\"", Some(&more.replace("[{", &format!("[{entry}, {{"))));
        for odd in ["[1]", "1", "{\"bucketlint\": {}}", "{\"bucketlint\": {\"ignore\": []}}"] {
            check("t.json", &format!(r#"{{"Resources": {{"A": {{"Type": "x", "Metadata": {odd}}}}}}}"#), "\"x\"", None);
        }
        check("m.tf.json", "{\"resource\": {}}", "resource", None);
        check("p.json", "{\"Statement\": []}", "Statement", None);
    }
}
