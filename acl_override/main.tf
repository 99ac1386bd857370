resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_acl" "a" {
 bucket=aws_s3_bucket.b.id
 acl="private"
}