//! `--base`: what a deployment may give a template instead of its defaults, and files that say with which values it is deployed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

type Files<'a> = &'a [(&'a str, &'a str)];

/// What a file says with a value.
type Text = fn(&str) -> String;

/// `status message` of what a change opens, and the exit code.
fn widened(was: Files<'_>, now: Files<'_>, more: &[&str]) -> Option<Vec<String>> {
    Some(Repository::changed(was, now)?.widened(more))
}

fn told(was: Files<'_>, now: Files<'_>, parts: &[&str]) {
    let Some(found) = widened(was, now, &[]) else { return };
    let is_it = |it: &String| it.starts_with("unknown ") && parts.iter().all(|part| it.contains(part));
    assert!(found.iter().any(is_it) && found.iter().all(|it| it.starts_with("unknown ")), "{was:#?}{now:#?}{found:?}");
}

fn quiet(was: Files<'_>, now: Files<'_>) {
    let Some(found) = widened(was, now, &[]) else { return };
    assert_eq!(found, [""; 0], "{was:#?}{now:#?}");
}

fn template(parameters: &str, rest: &str, bucket: &str, policy: &str) -> String {
    format!(
        "Parameters:\n  {parameters}\n{rest}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n{bucket}  P:\n    Type: AWS::S3::BucketPolicy\n{policy}    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          - {{Effect: Deny, Principal: \"*\", Action: \"s3:*\", Resource: !Sub \"${{B.Arn}}/*\", Condition: {{StringNotEquals: {{aws:SourceVpce: vpce-1}}}}}}\n"
    )
}

fn block(value: &str) -> String {
    format!("      PublicAccessBlockConfiguration:\n        BlockPublicAcls: {value}\n")
}

const PROD: &str = "Env: {Type: String, Default: prod}";
const DEV: &str = "Env: {Type: String, Default: dev}";
const CONDITIONS: &str = "Conditions:\n  IsProd: !Equals [!Ref Env, prod]\n";

/// A default is not what is deployed: what conditions compare a parameter with, what they do not, and the keys of maps.
#[test]
fn values_instead_of_a_default() {
    let deny = |parameters: &str, condition: &str| template(parameters, CONDITIONS, "", condition);
    let conditional = "    Condition: IsProd\n";
    let case = |was: &str, now: &str, parts: &[&str]| told(&[("t.yaml", was)], &[("t.yaml", now)], parts);
    case(&deny(PROD, ""), &deny(PROD, conditional), &["(Deny) refused", "another value of `Env`", "`other`"]);
    let by_number = "Conditions:\n  IsProd: !Not [!Equals [\"0\", !Ref N]]\n";
    let number = |condition: &str| template("N: {Type: Number, Default: 1}", by_number, "", condition);
    case(&number(""), &number(conditional), &["(Deny) refused", "another value of `N`"]);
    let flag = |value: &str| template(PROD, CONDITIONS, &block(value), "");
    case(&flag("true"), &flag("!If [IsProd, true, false]"), &["block_public_acls was on"]);
    let given = |value: &str| template("Block: {Type: String, Default: \"true\"}", "", &block(value), "");
    case(&given("true"), &given("!Ref Block"), &["block_public_acls was on", "`Block`", "`false`"]);
    let map = |prod: &str| {
        let maps = format!("Mappings:\n  M:\n    dev: {{Block: \"true\"}}\n    prod: {{Block: \"{prod}\"}}\n");
        template(DEV, &maps, &block("!FindInMap [M, !Ref Env, Block]"), "")
    };
    case(&map("true"), &map("false"), &["block_public_acls was on", "`prod`"]);
    let json = |condition: &str| {
        format!(
            "{{\"Parameters\": {{\"Env\": {{\"Type\": \"String\", \"Default\": \"prod\"}}}}, \"Conditions\": {{\"IsProd\": {{\"Fn::Equals\": [\"prod\", {{\"Fn::Sub\": \"${{Env}}\"}}]}}}}, \"Resources\": {{\"B\": {{\"Type\": \"AWS::S3::Bucket\", \"Properties\": {{\"BucketName\": \"b-example\", \"PublicAccessBlockConfiguration\": {{\"BlockPublicAcls\": {condition}}}}}}}}}}}"
        )
    };
    let conditional_flag = "{\"Fn::If\": [\"IsProd\", true, false]}";
    told(&[("t.json", &json("true"))], &[("t.json", &json(conditional_flag))], &["block_public_acls was on"]);
    // The same before, under another name, narrower with each value, and what decides nothing of S3.
    let same = |was: &str, now: &str| quiet(&[("t.yaml", was)], &[("t.yaml", now)]);
    same(&deny(PROD, conditional), &(deny(PROD, conditional) + "# x\n"));
    same(&deny(PROD, conditional), &deny(PROD, ""));
    same(&deny(PROD, conditional), &deny(PROD, conditional).replace("IsProd", "IsLive"));
    same(&flag("!If [IsProd, true, false]"), &flag("true"));
    same(&flag("true"), &flag("!If [IsProd, true, true]"));
    same(&map("false"), &map("true"));
    same(&given("!Ref Block"), &(given("!Ref Block") + "# x\n"));
    let queue = |rest: &str| deny(PROD, "") + &format!("  Q:\n    Type: AWS::SQS::Queue\n{rest}");
    same(&queue(""), &queue(conditional));
    // What the run is given is what is deployed.
    let parameters = ["--param", "Env=prod"];
    let Some(found) = widened(&[("t.yaml", &deny(PROD, ""))], &[("t.yaml", &deny(PROD, conditional))], &parameters)
    else {
        return;
    };
    assert_eq!(found, [""; 0]);
}

/// A statement, a setting or an ACL that `!If` has only with another value than the default is what `Condition` makes of a resource.
#[test]
fn what_a_default_leaves_out() {
    let partner = "Partner: {Type: String, Default: \"\"}";
    let conditions = "Conditions:\n  HasPartner: !Not [!Equals [!Ref Partner, \"\"]]\n";
    let code = |bucket: &str, more: &str| template(partner, conditions, bucket, "") + more;
    let allow = |action: &str, resource: &str| {
        format!(
            "{{Effect: Allow, Principal: {{AWS: !Sub \"arn:aws:iam::${{Partner}}:root\"}}, Action: \"{action}\", Resource: !Sub \"${{B.Arn}}/{resource}\"}}"
        )
    };
    let statement = |it: &str| code("", &format!("          - !If [HasPartner, {it}, !Ref AWS::NoValue]\n"));
    let own = statement(&allow("s3:GetObject", "shared/*"));
    let case = |was: &str, now: &str| told(&[("t.yaml", was)], &[("t.yaml", now)], &[]);
    case(&code("", ""), &own);
    case(&own, &statement(&allow("s3:GetObject", "*")));
    case(&own, &statement(&allow("s3:*", "shared/*")));
    case(
        &own,
        &statement("{Effect: Allow, Principal: \"*\", Action: \"s3:GetObject\", Resource: !Sub \"${B.Arn}/shared/*\"}"),
    );
    let flags = |it: &str| code(&format!("      PublicAccessBlockConfiguration: {it}\n"), "");
    let on = "{BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}";
    case(&flags(on), &flags(&format!("!If [HasPartner, !Ref AWS::NoValue, {on}]")));
    case(&flags(on), &flags(&on.replace("Policy: true", "Policy: !If [HasPartner, false, true]")));
    let acl = |it: &str| {
        let flags = on.replace("true", "false");
        code(
            &format!(
                "      AccessControl: {it}\n      OwnershipControls: {{Rules: [{{ObjectOwnership: ObjectWriter}}]}}\n      PublicAccessBlockConfiguration: {flags}\n"
            ),
            "",
        )
    };
    case(&acl("Private"), &acl("!If [HasPartner, PublicRead, Private]"));
    // The same, in other words, and less.
    let same = |was: &str, now: &str| quiet(&[("t.yaml", was)], &[("t.yaml", now)]);
    same(&own, &own.replace("HasPartner", "IsShared"));
    same(&own, &own.replace("!Not [!Equals [!Ref Partner, \"\"]]", "!Not [!Equals [\"\", !Ref Partner]]"));
    same(&own, &own.replace("{Effect: Allow, Principal", "{Sid: Partner, Effect: Allow, Principal"));
    same(&own, &statement(&allow("s3:GetObject", "shared/a/*")));
    same(&own, &code("", ""));
    same(&own, &code("      VersioningConfiguration: {Status: Enabled}\n", &own[code("", "").len()..]));
    same(&flags(&format!("!If [HasPartner, !Ref AWS::NoValue, {on}]")), &flags(on));
    same(&acl("!If [HasPartner, PublicRead, Private]"), &acl("Private"));
}

/// What stands under several conditions, none of which holds by its default.
#[test]
fn what_several_defaults_leave_out() {
    let parameters = |stage: &str| {
        format!("Partner: {{Type: String, Default: \"\"}}\n  Stage: {{Type: String, Default: dev{stage}}}")
    };
    let both = "!And [!Equals [!Ref Stage, prod], !Not [!Equals [!Ref Partner, \"\"]]]";
    let allow = |path: &str| {
        format!(
            "{{Effect: Allow, Principal: {{AWS: \"arn:aws:iam::999988887777:root\"}}, Action: \"s3:GetObject\", Resource: !Sub \"${{B.Arn}}/{path}\"}}"
        )
    };
    let code = |stage: &str, conditions: &str, statement: &str| {
        template(&parameters(stage), &format!("Conditions:\n{conditions}"), "", "")
            + &format!("          - {statement}\n")
    };
    let one = |it: &str| format!("!If [Is, {it}, !Ref AWS::NoValue]");
    let nested = |it: &str| format!("!If [A, !If [B, {it}, !Ref AWS::NoValue], !Ref AWS::NoValue]");
    let (is, own) = (format!("  Is: {both}\n"), allow("shared/*"));
    let apart = "  A: !Equals [!Ref Stage, prod]\n  B: !Not [!Equals [!Ref Partner, \"\"]]\n";
    let case =
        |was: &str, now: &str| told(&[("t.yaml", was)], &[("t.yaml", now)], &["another value of `Partner`, `Stage`"]);
    let same = |was: &str, now: &str| quiet(&[("t.yaml", was)], &[("t.yaml", now)]);
    for stage in ["", ", AllowedValues: [dev, prod]"] {
        for (conditions, of) in [(is.as_str(), &one as &dyn Fn(&str) -> String), (apart, &nested)] {
            let was = code(stage, conditions, &of(&own));
            case(&was, &code(stage, conditions, &of(&allow("*"))));
            same(&was, &code(stage, conditions, &of(&allow("shared/a/*"))));
            same(&was, &(was.clone() + "# x\n"));
            // Another condition says nothing of it.
            let more = format!("{conditions}  C: !Equals [!Ref Mode, on]\n");
            let other = code(stage, &more, &of(&own))
                .replace("Parameters:\n", "Parameters:\n  Mode: {Type: String, Default: off}\n");
            let other = other.replace(
                "BucketName: b-example\n",
                "BucketName: b-example\n      VersioningConfiguration: !If [C, {Status: Enabled}, !Ref AWS::NoValue]\n",
            );
            same(&was, &other);
        }
    }
}

/// The parameter of a nested stack has the value that the stack gives it that nests it.
#[test]
fn values_of_nested_stacks() {
    let root = |value: &str| {
        format!(
            "Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: n.yaml\n      Parameters: {{Env: {value}}}\n"
        )
    };
    let inner = |condition: &str| template(PROD, CONDITIONS, "", condition);
    let conditional = inner("    Condition: IsProd\n");
    quiet(&[("t.yaml", &root("prod")), ("n.yaml", &inner(""))], &[("n.yaml", &conditional)]);
    let outer = format!("Parameters:\n  Stage: {{Type: String, Default: prod}}\n{}", root("!Ref Stage"));
    quiet(&[("t.yaml", &outer), ("n.yaml", &conditional)], &[("t.yaml", &(outer.clone() + "# x\n"))]);
}

/// Files that say with which values a template is deployed.
#[test]
fn files_of_deployments() {
    let code = &template("Block: {Type: String, Default: \"true\"}", "", &block("!Ref Block"), "");
    let open = &template("Block: {Type: String}", "", &block("!Ref Block"), "");
    let files: [(&str, Text); 6] = [
        ("samconfig.toml", |it| {
            format!("version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = \"Block={it}\"\n")
        }),
        ("samconfig.toml", |it| {
            format!("[prod.deploy.parameters]\nparameter_overrides = [\n  'X=1',\n  \"Block={it}\",\n]\n")
        }),
        ("samconfig.yaml", |it| {
            format!("prod:\n  deploy:\n    parameters:\n      parameter_overrides:\n        - Block={it}\n")
        }),
        ("samconfig.yaml", |it| {
            format!(
                "prod:\n  deploy:\n    parameters:\n      parameter_overrides: ParameterKey=Block,ParameterValue={it}\n"
            )
        }),
        ("deployments/b.yaml", |it| {
            format!("template-file-path: t.yaml\nparameters:\n  Block: \"{it}\"\ntags: {{}}\n")
        }),
        ("deployments/b.json", |it| {
            format!("{{\"template-file-path\": \"t.yaml\", \"parameters\": {{\"Block\": \"{it}\"}}}}")
        }),
    ];
    for (name, file) in files {
        let (on, off) = (&file("true"), &file("false"));
        for code in [code, open] {
            told(&[("t.yaml", code), (name, on)], &[(name, off)], &["block_public_acls was on", "`Block`", name]);
            quiet(&[("t.yaml", code), (name, off)], &[(name, on)]);
            quiet(&[("t.yaml", code), (name, off)], &[(name, &(off.clone() + "\n"))]);
        }
        // Of another template.
        let elsewhere = off
            .replace("t.yaml", "u.yaml")
            .replace("parameter_overrides", "template_file = \"u.yaml\"\nparameter_overrides");
        if name.starts_with("deployments") || name.ends_with(".toml") {
            quiet(&[("t.yaml", code), (name, on)], &[(name, &elsewhere)]);
        }
    }
}

/// What such a file says and cannot be read is told, where it or the template is another.
#[test]
fn files_of_deployments_that_cannot_be_read() {
    let code = template("Block: {Type: String, Default: \"true\"}", "", &block("!Ref Block"), "");
    let file = |it: &str| format!("[prod.deploy.parameters]\nparameter_overrides = {it}\n");
    let told = |was: &str, now: &str, more: &str| {
        let it = Repository::new(&[("t.yaml", &code), ("samconfig.toml", &file(was))])?;
        it.write("samconfig.toml", &file(now));
        it.write("t.yaml", &format!("{code}{more}"));
        let (_, err, code) = it.run_in(".", &["check", ".", "--base", "HEAD", "--format", "json"]);
        Some((err.contains("values-not-compared") || code == 3, code))
    };
    let read = "\"Block=true\"";
    for (was, now, more, expected) in [
        (read, "\"file://parameters.json\"", "", true),
        (read, "[\"Block=true\"", "", true),
        (read, "{ Block = [true] }", "", true),
        ("\"file://parameters.json\"", "\"file://parameters.json\"", "# x\n", true),
        ("\"file://parameters.json\"", "\"file://parameters.json\"", "", false),
        (read, "{ Block = true }", "# x\n", false),
    ] {
        let Some((is_told, code)) = told(was, now, more) else { return };
        assert_eq!((is_told, code == 3), (expected, expected), "{was} {now} {code}");
    }
}

/// A value that a parameter may have now is no environment: it is compared with the default, whatever another environment has.
#[test]
fn values_that_are_no_environments() {
    let of = |allowed: &str, more: &str| {
        let maps = format!("Mappings:\n  M:\n    dev: {{Block: \"false\"}}\n    prod: {{Block: \"true\"}}\n{more}");
        let parameter = format!("Env: {{Type: String, Default: prod, AllowedValues: [{allowed}]}}");
        template(&parameter, &maps, &block("!FindInMap [M, !Ref Env, Block]"), "")
    };
    let was = of("prod, dev", "");
    let dev = ("dev.json", "[{\"ParameterKey\": \"Env\", \"ParameterValue\": \"dev\"}]");
    let now = of("prod, dev, test", "    test: {Block: \"false\"}\n");
    told(&[("t.yaml", &was), dev], &[("t.yaml", &now)], &["block_public_acls was on", "`test`"]);
    let shut = of("prod, dev, test", "    test: {Block: \"true\"}\n");
    quiet(&[("t.yaml", &was), dev], &[("t.yaml", &shut)]);
}
