resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_acl" "a" {
 bucket=aws_s3_bucket.b.id
 acl="public-read"
}
resource "aws_s3_bucket_ownership_controls" "o" {
 bucket=aws_s3_bucket.b.id
 rule { object_ownership="BucketOwnerEnforced" }
}