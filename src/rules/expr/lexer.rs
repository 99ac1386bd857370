//! Text → tokens.

use std::borrow::Cow;
use std::ops::Range;

use super::ExprError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Name(&'t str),
    Number(f64),
    Text(Cow<'t, str>),
    Sign(&'static str),
}

const SIGNS: [&str; 21] =
    ["&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ".", "?", ":", "!", "<", ">", "+", "-", "{", "}"];

pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, ExprError> {
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = one(rest).ok_or_else(|| ExprError {
            message: format!("`{first}` is not part of the language"),
            at: at..at + first.len_utf8(),
        })?;
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

fn one(rest: &str) -> Option<(Token<'_>, usize)> {
    let first = rest.chars().next()?;
    if first.is_ascii_alphabetic() || first == '_' {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Some((Token::Name(rest.get(..end)?), end));
    }
    if first.is_ascii_digit() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        return Some((Token::Number(rest.get(..end)?.parse().ok()?), end));
    }
    if first == '"' || first == '\'' {
        return text(rest, first);
    }
    SIGNS.iter().find(|it| rest.starts_with(**it)).map(|it| (Token::Sign(it), it.len()))
}

fn text(rest: &str, quote: char) -> Option<(Token<'_>, usize)> {
    let plain = rest.get(1..)?;
    let end = plain.find([quote, '\\'])?;
    if plain.get(end..)?.starts_with(quote) {
        return Some((Token::Text(Cow::Borrowed(plain.get(..end)?)), end + 2));
    }
    let mut out = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((Token::Text(Cow::Owned(out)), at + 1)),
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}
