locals { m={dev="public-read",prod="private"} }
variable "env" {}
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_acl" "a" {
 bucket=aws_s3_bucket.b.id
 acl=local.m[var.env]
}