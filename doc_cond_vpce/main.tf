data "aws_iam_policy_document" "d" {
 statement {
  actions=["s3:GetObject"]
  resources=["*"]
  principals { 
   type="AWS" 
   identifiers=["*"] 
  }
  condition { 
   test="StringEquals" 
   variable="aws:sourceVpce" 
   values=["vpce-1a2b3c4d"] 
  }
 }
}
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = data.aws_iam_policy_document.d.json
}
