//! Attributes that are made of names: a bucket's ARN, the ARN of a role of this template.

use crate::source::Span;
use crate::value::{Cause, Class, Hole, HopKind, SymStr, Val, Why};

use super::eval::{Evaluator, Scope};
use super::node::get;
use super::template::Named;

/// The property that names things to which other resources are linked.
fn named_by(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::S3::Bucket" | "AWS::S3Express::DirectoryBucket" | "AWS::S3Outposts::Bucket" => "BucketName",
        "AWS::S3Tables::TableBucket" => "TableBucketName",
        "AWS::S3Vectors::VectorBucket" => "VectorBucketName",
        "AWS::S3::AccessPoint"
        | "AWS::S3Express::AccessPoint"
        | "AWS::S3ObjectLambda::AccessPoint"
        | "AWS::S3::MultiRegionAccessPoint" => "Name",
        _ => return None,
    })
}

/// The type and the attribute that gives what a property of the same name says.
pub const STORED: (&str, &str) = ("AWS::SSM::Parameter", "Value");

/// The attribute that `Ref` gives; the name where it is none of these.
fn referred(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::S3Tables::TableBucket" => "TableBucketARN",
        "AWS::S3Tables::Table" => "TableARN",
        "AWS::S3Vectors::VectorBucket" => "VectorBucketArn",
        "AWS::S3Outposts::Bucket" => "Arn",
        _ => return None,
    })
}

impl Evaluator<'_> {
    /// What `Ref` gives, where it is made of the resource's name.
    pub(super) fn known_reference(&self, resource: &Named, kind: &str, span: Span, scope: &Scope) -> Option<SymStr> {
        match referred(kind) {
            Some(attribute) => self.known_attribute(resource, kind, attribute, span, scope),
            None => Some(SymStr::hole(self.named_hole(resource, named_by(kind)?, span, scope))),
        }
    }

    /// An attribute that is made of the resource's name.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket.html>
    pub(super) fn known_attribute(
        &self,
        resource: &Named,
        kind: &str,
        attribute: &str,
        span: Span,
        scope: &Scope,
    ) -> Option<SymStr> {
        if (kind, attribute) == ("AWS::S3Tables::Table", "TableARN") {
            return self.table_arn(resource, span, scope);
        }
        let name_key = named_by(kind)?;
        let name = || SymStr::hole(self.named_hole(resource, name_key, span, scope));
        let fact = |it: &str| self.pseudo(it, span).as_symstr().unwrap_or_default();
        let plain = |it: &str| SymStr::text(it);
        let regional = |service: &str, path: &str| {
            let place = [fact("Region"), plain(":"), fact("AccountId"), plain(":"), plain(path), name()];
            [plain("arn:"), fact("Partition"), plain(&format!(":{service}:"))].into_iter().chain(place).collect()
        };
        let parts: Vec<SymStr> = match (kind, attribute) {
            ("AWS::S3::Bucket", "Arn") => vec![plain("arn:"), fact("Partition"), plain(":s3:::"), name()],
            ("AWS::S3::Bucket", "DomainName") => vec![name(), plain(".s3."), fact("URLSuffix")],
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                vec![name(), plain(".s3."), fact("Region"), plain("."), fact("URLSuffix")]
            }
            ("AWS::S3::Bucket", "DualStackDomainName") => {
                vec![name(), plain(".s3.dualstack."), fact("Region"), plain("."), fact("URLSuffix")]
            }
            ("AWS::S3Express::DirectoryBucket", "Arn") => regional("s3express", "bucket/"),
            ("AWS::S3Express::AccessPoint", "Arn") => regional("s3express", "accesspoint/"),
            ("AWS::S3Tables::TableBucket", "TableBucketARN") => regional("s3tables", "bucket/"),
            ("AWS::S3Vectors::VectorBucket", "VectorBucketArn") => regional("s3vectors", "bucket/"),
            ("AWS::S3Outposts::Bucket", "Arn") => {
                let outpost = get(&resource.node, "Properties").and_then(|it| get(it, "OutpostId"))?;
                let outpost = self.eval(outpost, scope).as_symstr()?;
                let mut parts: Vec<SymStr> = regional("s3-outposts", "outpost/");
                parts.pop();
                parts.extend([outpost, plain("/bucket/"), name()]);
                parts
            }
            ("AWS::S3::AccessPoint", "Arn") => regional("s3", "accesspoint/"),
            ("AWS::S3::AccessPoint" | "AWS::S3Express::AccessPoint", "Name") => vec![name()],
            _ => return None,
        };
        Some(parts.iter().flat_map(|it| it.segs().to_vec()).collect())
    }

    /// The ARN of a table: below that of its bucket.
    fn table_arn(&self, resource: &Named, span: Span, scope: &Scope) -> Option<SymStr> {
        let bucket = get(&resource.node, "Properties").and_then(|it| get(it, "TableBucketARN"))?;
        let bucket = self.once_within(format!("arn of {}", resource.name), || self.eval(bucket, scope).as_symstr())?;
        let symbol = self.symbol(&resource.name, "table-id");
        let why = Why::new(Cause::Computed, format!("{}.TableARN", resource.name), Some(span));
        let id = SymStr::hole(Hole { symbol, class: Class::Identifier, known: None, why });
        Some([bucket?, SymStr::text("/table/"), id].iter().flat_map(|it| it.segs().to_vec()).collect())
    }

    /// What a parameter of Systems Manager that this template makes has as its value.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ssm-parameter.html>
    pub(super) fn stored(
        &self,
        resource: &Named,
        kind: &str,
        attribute: &str,
        span: Span,
        scope: &Scope,
    ) -> Option<Val> {
        let properties = ((kind, attribute) == STORED).then(|| get(&resource.node, "Properties"))?;
        let written = properties.and_then(|it| get(it, "Value"))?;
        let inner = Scope { loops: resource.loops.clone(), ..scope.clone() };
        let value = self.once_within(format!("value of {}", resource.name), || self.eval(written, &inner))?;
        let name = format!("{}{}.{attribute}", self.prefix, resource.name);
        let origin = value.origin.used_at(span, HopKind::Attribute, name);
        Some(Val { origin, ..value })
    }

    /// The ARN of a role or user of this template: it lies in the own account, which an opaque hole would not say.
    pub(super) fn iam_arn(&self, resource: &Named, kind: &str, attribute: &str, span: Span) -> Option<SymStr> {
        let word = match (kind, attribute) {
            ("AWS::IAM::Role", "Arn") => ":role/",
            ("AWS::IAM::User", "Arn") => ":user/",
            _ => return None,
        };
        let fact = |it: &str| self.pseudo(it, span).as_symstr().unwrap_or_default();
        let why = Why::new(Cause::Computed, format!("{}.Arn", resource.name), Some(resource.at));
        let symbol = self.symbol(&resource.name, "path-and-name");
        let name = SymStr::hole(Hole { symbol, class: Class::Identifier, known: None, why });
        let parts = [
            SymStr::text("arn:"),
            fact("Partition"),
            SymStr::text(":iam::"),
            fact("AccountId"),
            SymStr::text(word),
            name,
        ];
        Some(parts.iter().flat_map(|it| it.segs().to_vec()).collect())
    }
}
