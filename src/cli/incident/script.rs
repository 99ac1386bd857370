//! What a responder on another machine needs: a collector in bash, and the IAM policy that it needs.

use serde_json::json;

use crate::frontend::live::{ACCOUNT_BLOCK, FEATURES, LIST, POINT, POINT_POLICY};

/// A collector that fills a folder for `snapshot --from`. It changes nothing.
#[must_use]
pub fn collector(buckets: &[String]) -> String {
    let mut out = String::from(
        "#!/usr/bin/env bash\n\
         # Collects the configuration of S3 buckets; it changes nothing. Written by bucketlint.\n\
         #   collect.sh FOLDER [BUCKET…]        then:  bucketlint snapshot --from FOLDER -o snapshot.json\n\
         set -uo pipefail\n\
         umask 077\n\
         if [ $# -lt 1 ]; then echo \"usage: $0 FOLDER [BUCKET...]\" >&2; exit 2; fi\n\
         out=$1; shift\n\
         if [ -e \"$out\" ]; then echo \"$out exists already; name another folder\" >&2; exit 2; fi\n\
         export AWS_PAGER=''\n\
         # Standard output, standard error and exit code of one call, as they are.\n\
         ask() { local file=$1; shift; aws \"$@\" --output json >\"$file.json\" 2>\"$file.stderr\"; echo $? >\"$file.rc\"; }\n\
         mkdir -p \"$out/@account\" || exit 2\n\
         ask \"$out/@account/get-caller-identity\" sts get-caller-identity\n\
         account=$(aws sts get-caller-identity --query Account --output text) || { cat \"$out/@account/get-caller-identity.stderr\" >&2; exit 2; }\n",
    );
    let named: Vec<String> = buckets.iter().map(|it| quoted(it)).collect();
    if named.is_empty() {
        out.push_str(
            "if [ $# -eq 0 ]; then\n  \
             names=$(aws s3api list-buckets --query 'Buckets[].Name' --output text) ||\n    \
             { echo \"the buckets cannot be listed: name them\" >&2; exit 3; }\n  \
             # shellcheck disable=SC2086 # names have neither spaces nor wildcards\n  \
             [ \"$names\" = None ] || set -- $names\n\
             fi\n",
        );
    } else {
        out.push_str(&format!("if [ $# -eq 0 ]; then set -- {}; fi\n", named.join(" ")));
    }
    out.push_str(&format!(
        "ask \"$out/@account/{0}\" s3control {0} --account-id \"$account\"\n\
         if [ $# -eq 0 ]; then echo \"no bucket was named and the account has none\" >&2; exit 2; fi\n\
         for bucket in \"$@\"; do\n  mkdir -p \"$out/$bucket\"\n",
        ACCOUNT_BLOCK.command
    ));
    out.push_str("  for command in get-bucket-location");
    for spec in &FEATURES {
        out.push_str(&format!(" \\\n    {}", spec.command));
    }
    out.push_str(&format!(
        "; do\n    ask \"$out/$bucket/$command\" s3api \"$command\" --bucket \"$bucket\" --expected-bucket-owner \"$account\"\n  done\n  \
         # Access points are where the bucket is: another region's list has none of them.\n  \
         points=$out/$bucket/{0}\n  \
         region=$(sed -n 's/.*\"LocationConstraint\": *\"\\([^\"]*\\)\".*/\\1/p' \"$out/$bucket/get-bucket-location.json\")\n  \
         [ \"$region\" != EU ] || region=eu-west-1\n  \
         if [ -z \"$region\" ] && grep -q '\"LocationConstraint\": *null' \"$out/$bucket/get-bucket-location.json\"; then region=us-east-1; fi\n  \
         if [ -z \"$region\" ]; then\n    \
         echo \"the region of the bucket is not known: nobody was asked\" >\"$points.stderr\"; echo 1 >\"$points.rc\"; continue\n  fi\n  \
         ask \"$points\" s3control {0} --account-id \"$account\" --bucket \"$bucket\" --region \"$region\"\n  \
         [ \"$(cat \"$points.rc\")\" = 0 ] || continue\n  \
         aws s3control {0} --account-id \"$account\" --bucket \"$bucket\" --region \"$region\" --query 'AccessPointList[].Name' --output text | tr '\\t' '\\n' |\n  \
         while read -r name; do\n    [ -n \"$name\" ] && [ \"$name\" != None ] || continue\n    \
         ask \"$out/$bucket/{1}.$name\" s3control {1} --account-id \"$account\" --name \"$name\" --region \"$region\"\n    \
         ask \"$out/$bucket/{2}.$name\" s3control {2} --account-id \"$account\" --name \"$name\" --region \"$region\"\n  done\ndone\n\
         echo \"collected into $out\"\n",
        LIST.command, POINT.command, POINT_POLICY.command
    ));
    out
}

/// A word that bash takes as it is.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The IAM policy that collecting needs.
#[must_use]
pub fn iam_policy() -> String {
    let mut actions: Vec<&str> =
        FEATURES.iter().chain([&ACCOUNT_BLOCK, &LIST, &POINT, &POINT_POLICY]).map(|it| it.action).collect();
    actions.extend(["s3:GetBucketLocation", "s3:ListAllMyBuckets"]);
    actions.sort_unstable();
    actions.dedup();
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "BucketlintSnapshot", "Effect": "Allow", "Action": actions, "Resource": "*" }],
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
