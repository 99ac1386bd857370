resource "aws_s3_bucket" "b" {
 grant {
 type="Group"
 permissions=["READ"]
 uri="http://acs.amazonaws.com/groups/global/AllUsers"
 }
}