data "aws_iam_policy_document" "base" {
 statement {
  sid="a"
  actions=["s3:GetObject"]
  resources=["*"]
  principals { 
   type="*" 
   identifiers=["*"] 
  }
 }
}
data "aws_iam_policy_document" "d" {
 override_policy_documents=[data.aws_iam_policy_document.base.json]
 statement {
  sid="a"
  effect="Deny"
  actions=["s3:*"]
  resources=["*"]
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
