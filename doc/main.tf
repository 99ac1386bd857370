data "aws_iam_policy_document" "d" {
 statement {
  actions=["s3:GetObject"]
  resources=["${aws_s3_bucket.b.arn}/*"]
  principals { 
   type="*" 
   identifiers=["*"] 
  }
 }
}
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = data.aws_iam_policy_document.d.json
}
