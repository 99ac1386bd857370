resource "aws_s3_bucket_acl" "a" {
 acl="public-read"
}