resource "aws_s3_bucket" "b" {
 count=2
 bucket="ex-${count.index}"
}
resource "aws_s3_bucket_acl" "a" {
 count=2
 bucket=element(aws_s3_bucket.b[*].id,count.index)
 acl=element(["private","public-read"],count.index)
}