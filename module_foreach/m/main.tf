variable "acl" {}
variable "n" {}
resource "aws_s3_bucket" "b" { bucket="ex-${var.n}" }
resource "aws_s3_bucket_acl" "a" {
 bucket=aws_s3_bucket.b.id
 acl=var.acl
}