//! Templates of policies: space and an `Id` say nothing of who gets in.

/// The text of a template that makes an object of JSON, without what says nothing. Any other as it is.
pub(super) fn bare(text: &str) -> String {
    if !text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    let (mut out, mut rest) = (String::new(), text);
    let mut depth = 0_usize;
    // Where the key `Id` of the whole begins, and whether its value is there.
    let mut id: Option<(usize, usize)> = None;
    while let Some(first) = rest.chars().next() {
        let start = out.len();
        let length = match first {
            '"' => text_length(rest),
            '$' | '%' => hole_length(rest).unwrap_or(1),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        if first.is_whitespace() {
            continue;
        }
        match first {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => (),
        }
        out.push_str(token);
        id = match id {
            _ if depth == 1 && token == "\"Id\"" => Some((start, 0)),
            Some((at, 0)) if token == ":" => Some((at, 1)),
            Some((at, 1)) if first == '"' && !token.contains(['$', '%']) => Some((at, 2)),
            // Commas may have been left out already.
            Some((at, 2)) => {
                out.truncate(at);
                match token {
                    "," => (),
                    "}" => {
                        out.truncate(out.trim_end_matches(',').len());
                        out.push('}');
                    }
                    _ => out.push_str(token),
                }
                None
            }
            _ => None,
        };
    }
    out
}

/// How long the text of JSON is that something begins with, with its quotes.
fn text_length(of: &str) -> usize {
    let mut at = 1;
    while let Some(rest) = of.get(at..).filter(|it| !it.is_empty()) {
        at += match rest.as_bytes().first() {
            Some(b'"') => return at + 1,
            Some(b'\\') => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            Some(b'$' | b'%') => hole_length(rest).unwrap_or(1),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    of.len()
}

/// How long what stands for something is that a text begins with: `${x}`, `%{ if x }`.
fn hole_length(of: &str) -> Option<usize> {
    of.get(1..)?.strip_prefix('{')?;
    let mut depth = 0_usize;
    for (at, it) in of.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    Some(of.len())
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn what_says_nothing() {
        let policy = "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\": [ {\"Sid\": \"a b\", \"P\": ${ f( \"x }\" ) }} ]\n}\n";
        let expected = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a b\",\"P\":${ f( \"x }\" ) }}]}";
        let with = |id: &str| policy.replacen('{', &format!("{{{id},"), 1);
        // A brace in a text ends what stands for something: less is left out then.
        assert_eq!(bare(&policy.replace("x }", "x")), expected.replace("x }", "x"));
        assert_eq!(bare(&with("\"Id\": \"own\"").replace("x }", "x")), expected.replace("x }", "x"));
        assert_eq!(bare("{\"a\": 1, \"Id\": \"b\" }"), "{\"a\":1}");
        assert_eq!(bare("{ \"Id\": \"b\" \"a\": 1 }"), "{\"a\":1}");
        for other in ["{\"Id\":\"${x}\",\"a\":1}", "{\"a\":{\"Id\":\"b\"}}", "{\"Id\":[\"b\"]}", "{\"a\":\"Id\"}"] {
            assert_eq!(bare(other), other);
        }
        assert_ne!(bare("{\"a\": \"b c\"}"), bare("{\"a\": \"bc\"}"));
        for as_it_is in ["", "a b", "[ 1 ]", " é"] {
            assert_eq!(bare(as_it_is), as_it_is);
        }
        for odd in ["{", "{\"", "{\"\\", "{${", "{%{\"", "{\"${", "{\"Id\"", "{\"Id\":\"x\"", "{é \"é\" }"] {
            let _ = bare(odd);
        }
    }
}
