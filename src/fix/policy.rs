//! The statement that denies plain HTTP, in every language, and the name of the bucket that it is about.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit>

use crate::finding::{Finding, Remedy};
use crate::model::{Bucket, BucketKind, Format};
use crate::policy::Policy;
use crate::value::SymStr;

use super::arn::Arn;
use super::bucket::home;
use super::data::New;
use super::hcl::aligned;
use super::module::Home;
use super::statement::{Form, last};
use super::text::indented;
use super::{Draft, Drafted, Planner};

/// What the statement is called, where the name is free.
const SID: &str = "DenyPlainHttp";

/// The statement.
pub(super) struct Deny {
    sid: String,
}

impl Deny {
    /// With a Sid that the policy does not have.
    pub fn for_policy(policy: &Policy) -> Self {
        let taken = |sid: &String| policy.statements.iter().any(|it| it.sid.as_known() == Some(sid));
        let numbered = (2..).map(|it| format!("{SID}{it}"));
        let sid = std::iter::once(SID.to_owned()).chain(numbered).find(|it| !taken(it)).unwrap_or_default();
        Self { sid }
    }

    /// As data: JSON and YAML.
    pub fn value(&self, arn: &Arn) -> New {
        let condition =
            New::Map(vec![("Bool", New::Map(vec![("aws:SecureTransport", New::Text("false".to_owned()))]))]);
        New::Map(vec![
            ("Sid", New::Name(self.sid.clone())),
            ("Effect", New::Word("Deny")),
            ("Principal", New::Text("*".to_owned())),
            ("Action", New::Word("s3:*")),
            ("Resource", New::List(vec![arn.bucket.clone(), arn.objects.clone()])),
            ("Condition", condition),
        ])
    }

    /// As an object of Terraform's language: over lines where it is given an indentation.
    pub fn object(
        &self,
        arn: &Arn,
        separator: &'static str,
        quoted: bool,
    ) -> Option<impl Fn(Option<&str>) -> String + use<>> {
        let (bucket, objects) = arn.code.as_ref()?;
        let name = |it: &str| if quoted { format!("\"{it}\"") } else { it.to_owned() };
        let key = format!("\"aws:SecureTransport\"{separator}\"false\"");
        let entries = [
            ("Sid", format!("\"{}\"", self.sid)),
            ("Effect", "\"Deny\"".to_owned()),
            ("Principal", "\"*\"".to_owned()),
            ("Action", "\"s3:*\"".to_owned()),
            ("Resource", format!("[{bucket}, {objects}]")),
            ("Condition", format!("{{ {}{separator}{{ {key} }} }}", name("Bool"))),
        ]
        .map(|(it, value)| (name(it), value));
        Some(move |column: Option<&str>| {
            let width = entries.iter().map(|it| it.0.len()).max().unwrap_or(0);
            let is_aligned = column.is_some() && separator == " = ";
            let width = if is_aligned { width } else { 0 };
            let entry = |(name, value): &(String, String)| format!("{name:width$}{separator}{value}");
            let comma = if separator == " = " { "" } else { "," };
            let all: Vec<String> = entries.iter().map(entry).collect();
            match column {
                Some(column) => format!("{{\n{column}  {}\n{column}}}", all.join(&format!("{comma}\n{column}  "))),
                None => format!("{{ {} }}", all.join(", ")),
            }
        })
    }

    /// As a block of `aws_iam_policy_document`.
    pub fn block(&self, arn: &Arn) -> Option<String> {
        let (bucket, objects) = arn.code.as_ref()?;
        let (sid, resources) = (format!("\"{}\"", self.sid), format!("[{bucket}, {objects}]"));
        let head =
            [("sid", sid.as_str()), ("effect", "\"Deny\""), ("actions", "[\"s3:*\"]"), ("resources", &resources)];
        let who = [("type", "\"*\""), ("identifiers", "[\"*\"]")];
        let when = [("test", "\"Bool\""), ("variable", "\"aws:SecureTransport\""), ("values", "[\"false\"]")];
        let part = |all: &[(&str, &str)]| indented(&aligned(all), "    ");
        Some(format!(
            "statement {{\n{}\n\n  principals {{\n{}\n  }}\n\n  condition {{\n{}\n  }}\n}}",
            indented(&aligned(&head), "  "),
            part(&who),
            part(&when)
        ))
    }
}

/// Adds the statement to a bucket's policy, or a policy with it.
pub(super) fn deny_plain_http(planner: &Planner<'_>, finding: &Finding) -> Drafted {
    let (bucket, _) = planner.bucket(finding).ok_or("its bucket is not in this code")?;
    let because = Some("clients that use plain HTTP get in no more".to_owned());
    if let Some(draft) = super::call::argument(planner, bucket, Remedy::DenyPlainHttp)? {
        return Ok(draft.because(because));
    }
    if bucket.policy.is_absent() {
        return new_policy(planner, bucket).map(|it| {
            it.because(Some("a policy that other code sets would be replaced, and plain HTTP refused".to_owned()))
        });
    }
    let policy = bucket.policy.as_known().ok_or("which policy the bucket has is not decided")?;
    // Of a bucket that is elsewhere no more is known than what the policy names.
    let is_named = || {
        let items = policy.statements.iter().flat_map(|it| &it.resources.items);
        let name = bucket.name.as_known().and_then(SymStr::known);
        name.is_some() || items.filter_map(|it| it.0.known()).any(|it| it.starts_with("arn:"))
    };
    if bucket.kind == BucketKind::PolicyOnly && !is_named() {
        return Err("the name of its bucket is not known: that the Deny is about it could not be proved".to_owned());
    }
    let deny = Deny::for_policy(policy);
    let mut why = "the policy has no statement of its own".to_owned();
    for statement in last(bucket) {
        let Some(at) = statement.origin.span else { continue };
        let one = Form::of(planner, at).and_then(|form| {
            let arn = Arn::of(planner, bucket, policy, statement, &form)?;
            let text = planner.sources.text(at.file);
            let edits = form.insert(&text, at, &deny, &arn);
            edits.ok_or_else(|| "the statements are laid out in a way that is not edited".to_owned())
        });
        match one {
            Ok(edits) => return Ok(Draft::new("deny requests over plain HTTP", edits).because(because)),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn new_policy(planner: &Planner<'_>, bucket: &Bucket) -> Drafted {
    let title = "add a policy that denies requests over plain HTTP";
    if bucket.kind != BucketKind::General {
        return Err("the bucket is declared elsewhere, or of another kind".to_owned());
    }
    let deny = Deny { sid: SID.to_owned() };
    match bucket.format {
        Format::Terraform => {
            let home = home(planner, bucket)?;
            let siblings = planner.module(home.code.file)?.siblings("aws_s3_bucket_policy", home.name())?;
            if siblings.in_json || !siblings.about.is_empty() {
                return Err("there is an aws_s3_bucket_policy for it that does not exist here".to_owned());
            }
            let block =
                home.companion("aws_s3_bucket_policy", &siblings.free_name(home.name()), &document(&deny, &home)?);
            Ok(Draft::new(title, vec![home.code.insert_behind(home.block.span, &block)]))
        }
        Format::CloudFormation => {
            let at = bucket.origin.span.ok_or("it has no place in the template")?;
            let document = planner.document(at.file).ok_or("the template does not parse")?;
            let resource = document.resource(at).ok_or("the resource is made by a macro")?;
            let id = resource.key.text().unwrap_or_default();
            let name = format!("{id}Policy");
            if document.root.get("Resources").is_some_and(|it| it.get(&name).is_some()) {
                return Err(format!("the template has another {name}"));
            }
            let statement = deny.value(&Arn::logical(&id));
            let policy = New::Map(vec![
                ("Version", New::Text("2012-10-17".to_owned())),
                ("Statement", New::List(vec![statement])),
            ]);
            let reference = New::Function { yaml: format!("!Ref {id}"), json: format!("{{\"Ref\": \"{id}\"}}") };
            // The policy exists when its bucket does.
            let condition = resource.value.get("Condition").and_then(crate::syntax::data::Node::text);
            let mut entries = vec![("Type", New::Word("AWS::S3::BucketPolicy"))];
            entries.extend(condition.map(|it| ("Condition", New::Name(it))));
            entries.push(("Properties", New::Map(vec![("Bucket", reference), ("PolicyDocument", policy)])));
            let value = New::Map(entries);
            let edit = document.insert_beside(resource, &name, &value, true);
            Ok(Draft::new(title, vec![edit.ok_or("the resources are laid out in a way that is not edited")?]))
        }
        Format::Policy | Format::Snapshot => Err("there is no code to add a policy to".to_owned()),
    }
}

fn document(deny: &Deny, home: &Home) -> Result<String, String> {
    let arn = Arn::code(&format!("{}.arn", home.reference()));
    let object = deny.object(&arn, " = ", false).ok_or("the bucket has no name")?(Some("    "));
    Ok(format!(
        "bucket = {}.id\n\npolicy = jsonencode({{\n  Version = \"2012-10-17\"\n  Statement = [\n    {object},\n  ]\n}})",
        home.reference()
    ))
}
