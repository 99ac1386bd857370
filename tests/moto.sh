#!/usr/bin/env bash
# End to end with the unmodified aws CLI against moto: snapshot, diff, restore, diff clean, rollback.
#   pip install 'moto[proxy]==5.2.1' awscli==1.45.11        then:  tests/moto.sh path/to/bucketlint
# Skips with a printed line where the CLI or moto is not there.
set -euo pipefail
program=$(realpath "${1:?usage: tests/moto.sh PATH-OF-BUCKETLINT}")
root=$(cd "$(dirname "$0")/.." && pwd)
skip() { echo "skipped: $1"; exit 0; }
command -v aws >/dev/null || skip "no aws CLI"
ca=$(python3 -c 'import os, multipart, moto.proxy; print(os.path.join(os.path.dirname(moto.__file__), "moto_proxy", "ca.crt"))' 2>/dev/null) || skip "no moto with its proxy"
work=$(mktemp -d)
python3 -c 'from moto.proxy import main; main(["-H", "127.0.0.1", "-p", "15005"])' >"$work/proxy.log" 2>&1 &
proxy=$!
trap 'kill $proxy 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 30); do grep -q Serving "$work/proxy.log" && break; sleep 1; done
export HTTPS_PROXY=http://127.0.0.1:15005 AWS_CA_BUNDLE=$ca AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing
export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=''
cd "$work"
bucket=acme-customer-exports
cat >tampered.json <<'J'
{"Version":"2012-10-17","Statement":[
 {"Sid":"AppRead","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::acme-customer-exports/*"},
 {"Sid":"Ops","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":["s3:PutBucketPolicy"],"Resource":"arn:aws:s3:::acme-customer-exports"}]}
J
aws s3api create-bucket --bucket $bucket >/dev/null
aws s3api put-bucket-ownership-controls --bucket $bucket --ownership-controls 'Rules=[{ObjectOwnership=ObjectWriter}]'
aws s3api put-bucket-acl --bucket $bucket --acl public-read
aws s3api put-bucket-policy --bucket $bucket --policy file://tampered.json
aws s3api put-bucket-versioning --bucket $bucket --versioning-configuration Status=Suspended
aws s3api put-bucket-tagging --bucket $bucket --tagging 'TagSet=[{Key=Application,Value=exports},{Key=DataClass,Value=pii}]'
expect() { local code=$1 got=0; shift; "$@" || got=$?; [ "$got" = "$code" ] || { echo "exit code $got, expected $code: $*" >&2; exit 1; }; }
code=$root/testdata/incident/code
expect 0 "$program" snapshot --bucket $bucket -o before.json
expect 1 "$program" diff "$code" before.json
expect 0 "$program" restore --desired "$code" --live before.json -o plan
hash=$(sha256sum plan/plan.json | cut -c1-64)
expect 0 "$program" restore --apply plan --yes --plan-hash "$hash"
expect 0 "$program" snapshot --bucket $bucket -o after.json
expect 0 "$program" diff "$code" after.json --fail-on any
expect 0 "$program" restore --rollback plan --yes --plan-hash "$hash" --allow-loosen
expect 0 "$program" snapshot --bucket $bucket -o back.json
expect 0 "$program" diff before.json back.json --fail-on any
# Lifecycle, CORS and the policy of an access point, from a snapshot; then the same by the scripts.
account=123456789012
point=arn:aws:s3:us-east-1:$account:accesspoint/exports-ap
door() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":"s3:GetObject","Resource":"%s/object/*"}]}' "$1" "$point"; }
lifecycle() { printf '{"Rules":[{"ID":"r","Status":"Enabled","Filter":{"Prefix":"%s"},"Expiration":{"Days":%s}}]}' "$1" "$2"; }
# With Block Public Access, which an access point has unless told otherwise, S3 would refuse the spoilt policy; moto does not.
open=BlockPublicAcls=false,IgnorePublicAcls=false,BlockPublicPolicy=false,RestrictPublicBuckets=false
aws s3control create-access-point --account-id $account --name exports-ap --bucket $bucket --public-access-block-configuration $open >/dev/null
aws s3control put-access-point-policy --account-id $account --name exports-ap --policy "$(door "{\"AWS\":\"arn:aws:iam::$account:role/app\"}")"
aws s3api put-bucket-lifecycle-configuration --bucket $bucket --lifecycle-configuration "$(lifecycle old/ 365)" >/dev/null
expect 0 "$program" snapshot --bucket $bucket -o fine.json
aws s3control put-access-point-policy --account-id $account --name exports-ap --policy "$(door '"*"')"
aws s3api put-bucket-lifecycle-configuration --bucket $bucket --lifecycle-configuration "$(lifecycle '' 1)" >/dev/null
aws s3api put-bucket-cors --bucket $bucket --cors-configuration '{"CORSRules":[{"AllowedMethods":["PUT"],"AllowedOrigins":["*"]}]}'
expect 0 "$program" snapshot --bucket $bucket -o spoilt.json
expect 1 "$program" diff fine.json spoilt.json --fail-on any
expect 0 "$program" restore --desired fine.json --live spoilt.json -o second
APPLY=1 expect 0 bash second/restore.sh
expect 0 bash second/verify.sh
expect 0 "$program" snapshot --bucket $bucket -o mended.json
expect 0 "$program" diff fine.json mended.json --fail-on any
expect 0 "$program" restore --apply second --yes --plan-hash "$(sha256sum second/plan.json | cut -c1-64)"
APPLY=1 ALLOW_LOOSEN=1 expect 0 bash second/rollback.sh
expect 0 "$program" snapshot --bucket $bucket -o again.json
expect 0 "$program" diff spoilt.json again.json --fail-on any
echo "there and back against moto: as expected"
