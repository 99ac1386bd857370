// The reference evaluator, and what Block Public Access makes of it, against the package @cloud-copilot/iam-simulate, request by request, over a folder of policies.
//
//     npm install --no-save @cloud-copilot/iam-simulate
//     node tests/oracle/simulate/compare.mjs target/release/bucketlint FOLDER
//
// FOLDER holds index.jsonl ({"file", "kind"}) and the policies. Without the package a line is printed and nothing is compared.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

let simulate
try {
  const require = createRequire(join(process.cwd(), 'x.js'))
  simulate = await import(require.resolve('@cloud-copilot/iam-simulate'))
} catch {
  console.log('skipped: @cloud-copilot/iam-simulate is not installed')
  process.exit(0)
}
const [program, folder] = process.argv.slice(2)
const OWN = '111111111111'
const everything = [{ name: 'all', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }]
const callers = ['anonymous', 'arn:aws:iam::999999999999:user/stranger', `arn:aws:iam::${OWN}:role/own`]
const actions = [['s3:GetObject', true], ['s3:ListBucket', false], ['s3:PutObject', true], ['s3:PutBucketPolicy', false]]

const bucketOf = policy => {
  for (const it of [policy.Statement].flat()) {
    for (const resource of [it?.Resource, it?.NotResource].flat()) {
      const name = /^arn:aws:s3:::([a-z0-9][a-z0-9.-]{2,62})(\/|$)/.exec(resource ?? '')
      if (name) return name[1]
    }
  }
}

const ours = (file, bucket, principal, action, resource, context, blocked) => {
  const args = ['explain-access', file, '--bucket', bucket, '--account', OWN, '--principal', principal, '--action', action,
    '--resource', resource, '--account-bpa', blocked ? 'on' : 'off', '--format', 'json']
  for (const [key, value] of Object.entries(context)) args.push('--context', `${key}=${value}`)
  if (principal !== 'anonymous') args.push('--identity-allows')
  try {
    return JSON.parse(execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })).decision
  } catch (error) {
    return error.stdout?.length ? JSON.parse(error.stdout).decision : 'refused'
  }
}

const counts = { agree: 0, undecided: 0, invalid: 0, disagree: 0, policies: 0 }
for (const line of readFileSync(join(folder, 'index.jsonl'), 'utf8').split('\n').filter(Boolean)) {
  const { file, kind } = JSON.parse(line)
  if (kind !== 'resource') continue
  let policy
  try { policy = JSON.parse(readFileSync(join(folder, file), 'utf8')) } catch { continue }
  const bucket = bucketOf(policy) ?? 'example-bucket'
  counts.policies += 1
  for (const [principal, blocked] of callers.flatMap(it => [[it, false], [it, true]])) {
    for (const [action, onObject] of actions) {
      const resource = `arn:aws:s3:::${bucket}${onObject ? '/example' : ''}`
      for (const secure of ['true', 'false']) {
        const context = { 'aws:SecureTransport': secure }
        const theirs = await simulate.runSimulation({
          request: {
            principal: principal === 'anonymous' ? simulate.anonymousPrincipal : principal,
            action, resource: { resource, accountId: OWN }, contextVariables: context,
          },
          identityPolicies: principal === 'anonymous' ? [] : everything,
          serviceControlPolicies: [], resourceControlPolicies: [], resourcePolicy: policy,
          additionalSettings: { s3: { blockPublicAccess: blocked } },
        }, {})
        const their = theirs.resultType === 'error' ? 'invalid' : theirs.overallResult ?? theirs.analysis?.result
        const our = ours(join(folder, file), bucket, principal, action, resource, context, blocked)
        if (their === 'invalid') counts.invalid += 1
        else if (our === 'unknown') counts.undecided += 1
        else if (our === 'allow' && their === 'Allowed') counts.allowed = (counts.allowed ?? 0) + 1
        else if ((their === 'Allowed') === (our === 'allow')) counts.agree += 1
        else {
          counts.disagree += 1
          console.log(`${file}: ${principal} ${action} secure=${secure} blocked=${blocked}: ours ${our}, theirs ${their}`)
        }
      }
    }
  }
}
console.log(JSON.stringify(counts))
