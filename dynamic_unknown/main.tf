variable "ps" {}
data "aws_iam_policy_document" "d" {
 dynamic "statement" {
 for_each=var.ps
 content {
 actions=["s3:GetObject"]
 resources=["*"]
 principals {
 type="AWS"
 identifiers=[statement.value]
 }
 }
 }
}
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = data.aws_iam_policy_document.d.json
}
