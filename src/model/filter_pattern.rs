//! Filter patterns of CloudWatch Logs over CloudTrail's events, as far as event source and event name decide.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

use crate::value::Truth;

/// The changes of who may reach a bucket, and of what is kept, that the CIS benchmark wants an alarm for (v5.0 4.8).
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-8>
pub const BUCKET_CHANGES: [&str; 9] = [
    "PutBucketAcl",
    "PutBucketPolicy",
    "PutBucketCors",
    "PutBucketLifecycle",
    "PutBucketReplication",
    "DeleteBucketPolicy",
    "DeleteBucketCors",
    "DeleteBucketLifecycle",
    "DeleteBucketReplication",
];

/// What a filter does of S3's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filtered {
    /// It is about changes of buckets: it names one of them or all of S3, or certainly matches all of them.
    pub watches: bool,
    /// The changes that it certainly does not match.
    pub missed: Vec<&'static str>,
    /// It certainly matches calls that change nothing.
    pub floods: bool,
}

/// Reads a pattern; `None` where it is none that is understood.
#[must_use]
pub fn read(pattern: &str) -> Option<Filtered> {
    let inner = pattern.trim().strip_prefix('{')?.strip_suffix('}')?;
    let tokens = tokens(inner)?;
    let matches = |event: &str| {
        let mut parser = Parser { tokens: &tokens, at: 0, event, depth: 0 };
        let found = parser.any()?;
        (parser.at == tokens.len()).then_some(found)
    };
    let mut found = Vec::new();
    for event in BUCKET_CHANGES {
        found.push((event, matches(event)?));
    }
    let missed: Vec<_> = found.iter().filter(|it| it.1 == Truth::No).map(|it| it.0).collect();
    let named = |name: &str| tokens.iter().any(|it| it.trim_matches('"') == name);
    let watches = BUCKET_CHANGES.iter().any(|it| named(it))
        || found.iter().all(|it| it.1 == Truth::Yes)
        || (named(S3) && missed.is_empty());
    Some(Filtered { watches, missed, floods: matches("GetBucketAcl")? == Truth::Yes })
}

const S3: &str = "s3.amazonaws.com";
const MOST_DEPTH: usize = 64;

/// Parentheses, `&&`, `||`, comparisons and words; a text keeps its quotes.
fn tokens(text: &str) -> Option<Vec<&str>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            '"' => 2 + rest.get(1..)?.find('"')?,
            '&' | '|' | '!' | '=' | '<' | '>' => rest.find(|it| !"&|!=<>".contains(it)).unwrap_or(rest.len()),
            _ => rest.find(|it: char| it.is_whitespace() || "()\"&|!=<>".contains(it)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at_checked(length)?;
        out.push(token);
        rest = after.trim_start();
    }
    Some(out)
}

/// Evaluates while it parses: whether one event of S3 matches.
struct Parser<'t> {
    tokens: &'t [&'t str],
    at: usize,
    event: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).copied()
    }

    fn takes(&mut self, token: &str) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Option<Truth> {
        let mut found = self.all()?;
        while self.takes("||") {
            found = found.or(self.all()?);
        }
        Some(found)
    }

    fn all(&mut self) -> Option<Truth> {
        let mut found = self.one()?;
        while self.takes("&&") {
            found = found.and(self.one()?);
        }
        Some(found)
    }

    fn one(&mut self) -> Option<Truth> {
        if self.takes("(") {
            self.depth += 1;
            let inner = if self.depth < MOST_DEPTH { self.any()? } else { return None };
            self.depth -= 1;
            return self.takes(")").then_some(inner);
        }
        let selector = self.peek()?.to_owned();
        self.at += 1;
        let operator = self.peek()?.to_owned();
        self.at += 1;
        let value = self.peek()?.trim_matches('"').to_owned();
        self.at += 1;
        if !selector.starts_with("$.") {
            return None;
        }
        let is = match selector.as_str() {
            "$.eventSource" => glob(&value, S3).into(),
            "$.eventName" => glob(&value, self.event).into(),
            _ => Truth::Unknown,
        };
        match operator.as_str() {
            "=" => Some(is),
            "!=" => Some(!is),
            "<" | ">" | "<=" | ">=" | "IS" | "NOT" => Some(Truth::Unknown),
            _ => None,
        }
    }
}

/// `*` stands for any characters.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|it| text.strip_prefix(it)) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        last = Some(part);
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    match last {
        None => rest.is_empty(),
        Some(part) => rest.is_empty() || part.is_empty() || text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(operator: &str) -> String {
        let names: Vec<String> = BUCKET_CHANGES.iter().map(|it| format!("($.eventName = {it})")).collect();
        format!("{{ ($.eventSource = s3.amazonaws.com) {operator} ({}) }}", names.join(" || "))
    }

    #[test]
    fn patterns() {
        let all = read(&changes("&&")).unwrap();
        assert!(all.watches && all.missed.is_empty() && !all.floods);
        let broad = read(&changes("||")).unwrap();
        assert!(broad.watches && broad.floods);
        let whole = read("{ $.eventSource = \"s3.amazonaws.com\" }").unwrap();
        assert!(whole.watches && whole.missed.is_empty() && whole.floods);
        let less = read(&changes("&&").replace("PutBucketAcl", "ListBuckets")).unwrap();
        assert!(less.watches && less.missed == ["PutBucketAcl"]);
        let stars =
            read("{ ($.eventSource = \"s3*\") && (($.eventName = PutBucket*) || ($.eventName = \"DeleteBucket*\")) }");
        assert!(stars.unwrap().missed.is_empty());
        let more = read("{ $.eventName = PutBucketPolicy && $.errorCode NOT EXISTS }").unwrap();
        assert!(more.watches && more.missed.len() == 8);
        let login = read("{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") }").unwrap();
        assert!(!login.watches);
        for broken in ["", "ERROR", "{ $.eventName = }", "{ ( $.a = b }", "{ x = y }", &"(".repeat(9999)] {
            assert_eq!(read(broken), None, "{broken}");
        }
        assert_eq!(read(&format!("{{{}}}", "(".repeat(9999))), None);
    }
}
