//! `csvdecode`: a list of maps from a table with a header line (RFC 4180).

use std::collections::BTreeSet;

use crate::value::{Entry, Kind, Map, Origin, SymStr};

use super::argument::{Call, Outcome};

pub(super) fn decode(cx: &Call) -> Outcome {
    let text = cx.text(0)?;
    let Some(mut rows) = rows(&text).map(Vec::into_iter) else {
        return Err(cx.refuse(0, "has a quote that is not closed"));
    };
    let Some(header) = rows.next() else { return Err(cx.refuse(0, "has no header line")) };
    if header.iter().collect::<BTreeSet<_>>().len() != header.len() {
        return Err(cx.refuse(0, "has two columns of one name"));
    }
    let mut items = Vec::new();
    for row in rows {
        if row.len() != header.len() {
            return Err(cx.refuse(0, "has a line with another number of columns than the header"));
        }
        let entry = |(name, field): (&String, String)| Entry {
            key: SymStr::text(name.as_str()),
            key_origin: Origin::at(cx.at),
            value: cx.value(Kind::String(SymStr::text(field))),
        };
        items.push(cx.value(Kind::Map(Map { entries: header.iter().zip(row).map(entry).collect(), rest: None })));
    }
    cx.list(items, None)
}

/// Fields by line; `None` where quotes are out of place. Empty lines are passed over.
fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let text = text.replace("\r\n", "\n");
    let mut rows = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let mut quoted = false;
        if chars.next_if_eq(&'"').is_some() {
            quoted = true;
            loop {
                match chars.next()? {
                    '"' if chars.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' => break,
                    c => field.push(c),
                }
            }
        }
        while let Some(c) = chars.next_if(|it| !matches!(it, ',' | '\n')) {
            // Neither text after a closing quote nor a quote inside a bare field.
            if quoted || c == '"' {
                return None;
            }
            field.push(c);
        }
        let blank = row.is_empty() && field.is_empty() && !quoted;
        match chars.next() {
            Some(',') => {
                row.push(std::mem::take(&mut field));
                if matches!(chars.peek(), None | Some('\n')) {
                    row.push(String::new());
                    chars.next();
                    rows.push(std::mem::take(&mut row));
                }
            }
            _ if blank => (),
            _ => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
        }
    }
    Some(rows)
}
