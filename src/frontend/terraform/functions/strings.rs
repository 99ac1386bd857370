//! Functions on strings.

use crate::source::Piece;
use crate::value::{Class, Hole, Kind, List, Origin, Seg, SymStr, Val};

use super::{Call, Result};

pub(super) fn call(cx: &Call, args: &[Val]) -> Option<Result> {
    match (cx.name, args) {
        ("lower" | "upper" | "title", [text]) => each_literal(cx, text, case(cx.name)),
        ("trimspace" | "chomp", [text]) => ends(cx, text, |c| c.is_whitespace(), cx.name == "trimspace", true),
        ("trim", [text, cut]) => {
            let Some(cut) = cut.as_text() else { return cx.open(args) };
            ends(cx, text, move |c| cut.contains(c), true, true)
        }
        ("trimprefix" | "trimsuffix", [text, affix]) => affix_cut(cx, text, affix, args),
        ("replace", [text, from, to]) => replace(cx, text, from, to, args),
        ("join", [separator, lists @ ..]) => join(cx, separator, lists, args),
        ("split", [separator, text]) => split(cx, separator, text, args),
        ("format", [template, values @ ..]) => format(cx, template, values, args),
        ("formatlist", [template, values @ ..]) => formatlist(cx, template, values, args),
        ("startswith" | "endswith" | "strcontains", [text, part]) => contains(cx, text, part, args),
        ("substr", [text, from, length]) => substr(cx, text, from, length, args),
        ("indent", [spaces, text]) => {
            let (Some(spaces), Some(text)) = (number(spaces), text.as_text()) else { return cx.open(args) };
            let pad = " ".repeat(spaces.clamp(0.0, 1000.0) as usize);
            string(cx, text.replace('\n', &format!("\n{pad}")))
        }
        ("strrev", [text]) => match text.as_text() {
            Some(text) => string(cx, text.chars().rev().collect()),
            None => cx.open(args),
        },
        ("basename" | "dirname", [path]) => match path.as_text() {
            Some(path) => {
                let (dir, base) = path.rsplit_once('/').unwrap_or((".", &path));
                string(cx, if cx.name == "basename" { base } else { dir }.to_owned())
            }
            None => cx.open(args),
        },
        ("abspath" | "pathexpand", [path]) => Some(Ok(path.clone())),
        _ => None,
    }
}

fn string(cx: &Call, text: String) -> Option<Result> {
    cx.done(Kind::String(SymStr::text(text)))
}

pub(super) fn number(value: &Val) -> Option<f64> {
    match &value.kind {
        Kind::Number(it) => Some(it.value),
        _ => value.as_text()?.parse().ok(),
    }
}

fn case(name: &str) -> fn(&str) -> String {
    match name {
        "lower" => str::to_lowercase,
        "upper" => str::to_uppercase,
        _ => |text| {
            let mut start = true;
            let up = |c: char| {
                let out = if start { c.to_uppercase().to_string() } else { c.to_string() };
                start = !c.is_alphanumeric() && c != '_';
                out
            };
            text.chars().map(up).collect()
        },
    }
}

/// A change of each literal piece. Holes keep their text where the class has no letters of the other case.
fn each_literal(cx: &Call, value: &Val, change: impl Fn(&str) -> String) -> Option<Result> {
    let Some(text) = value.as_symstr() else { return cx.refuse(std::slice::from_ref(value), "needs a string") };
    if let Some(known) = text.known() {
        return string(cx, change(&known));
    }
    let stable = |hole: &Hole| {
        cx.name == "lower"
            && matches!(hole.class, Class::BucketName | Class::Region | Class::AccountId | Class::Partition)
    };
    let mut out = SymStr::default();
    for seg in text.segs() {
        match seg {
            Seg::Lit(lit) => out.push(Seg::Lit(Piece { text: change(&lit.text).into(), at: None })),
            Seg::Hole(hole) if stable(hole) => out.push(Seg::Hole(hole.clone())),
            Seg::Hole(hole) => out.push(Seg::Hole(changed(hole, cx.name))),
        }
    }
    cx.done(Kind::String(out))
}

fn changed(hole: &Hole, name: &str) -> Hole {
    let attribute = format!("{name}({})", hole.symbol.attribute);
    let symbol = crate::value::Symbol::new(hole.symbol.entity.clone(), attribute);
    Hole { symbol, known: None, ..hole.clone() }
}

/// Cuts characters from the ends. A hole at an end has nothing to cut where its class has no such characters.
fn ends(cx: &Call, value: &Val, cut: impl Fn(char) -> bool, front: bool, back: bool) -> Option<Result> {
    if let Kind::Json(_) = value.kind {
        return Some(Ok(value.clone()));
    }
    let Some(text) = value.as_symstr() else { return cx.refuse(std::slice::from_ref(value), "needs a string") };
    let mut segs: Vec<Seg> = text.segs().to_vec();
    if front && let Some(Seg::Lit(lit)) = segs.first_mut() {
        *lit = tail(lit, lit.text.len() - lit.text.trim_start_matches(&cut).len());
    }
    if back && let Some(Seg::Lit(lit)) = segs.last_mut() {
        *lit = head(lit, lit.text.trim_end_matches(&cut).len());
    }
    cx.done(Kind::String(segs.into_iter().collect()))
}

fn tail(lit: &Piece, from: usize) -> Piece {
    let text = lit.text.get(from..).unwrap_or_default();
    let at = lit.at.map(|it| crate::source::Span::new(it.file, it.start + u32::try_from(from).unwrap_or(0), it.end));
    Piece { text: text.into(), at }
}

fn head(lit: &Piece, to: usize) -> Piece {
    let text = lit.text.get(..to).unwrap_or_default();
    let at = lit.at.map(|it| crate::source::Span::new(it.file, it.start, it.start + u32::try_from(to).unwrap_or(0)));
    Piece { text: text.into(), at }
}

fn affix_cut(cx: &Call, value: &Val, affix: &Val, args: &[Val]) -> Option<Result> {
    if let (Kind::Json(_), Some(_)) = (&value.kind, affix.as_text()) {
        return Some(Ok(value.clone()));
    }
    let (Some(text), Some(affix)) = (value.as_symstr(), affix.as_text()) else {
        return cx.refuse(args, "needs strings");
    };
    if let Some(known) = text.known() {
        let cut = match cx.name {
            "trimprefix" => known.strip_prefix(&affix),
            _ => known.strip_suffix(&affix),
        };
        // An identity survives where nothing is cut.
        return match cut {
            Some(cut) => string(cx, cut.to_owned()),
            None => Some(Ok(value.clone())),
        };
    }
    let mut segs: Vec<Seg> = text.segs().to_vec();
    let cut = match cx.name {
        "trimprefix" => match segs.first_mut() {
            Some(Seg::Lit(lit)) if lit.text.starts_with(&affix) => {
                *lit = tail(lit, affix.len());
                true
            }
            Some(Seg::Lit(lit)) => affix.len() <= lit.text.len() || !affix.starts_with(&*lit.text),
            _ => false,
        },
        _ => match segs.last_mut() {
            Some(Seg::Lit(lit)) if lit.text.ends_with(&affix) => {
                let kept = lit.text.len() - affix.len();
                *lit = head(lit, kept);
                true
            }
            Some(Seg::Lit(lit)) => affix.len() <= lit.text.len() || !affix.ends_with(&*lit.text),
            _ => false,
        },
    };
    if cut { cx.done(Kind::String(segs.into_iter().collect())) } else { cx.open(args) }
}

/// Replaces in the literal pieces. A hole is taken not to contain the text that is searched; patterns between slashes
/// are regular expressions and need a known text.
fn replace(cx: &Call, value: &Val, from: &Val, to: &Val, args: &[Val]) -> Option<Result> {
    let (Some(from), Some(to)) = (from.as_text(), to.as_symstr()) else { return cx.refuse(args, "needs strings") };
    if let Kind::Json(tree) = &value.kind {
        let structural = |it: &str| it.contains(['"', '{', '}', '[', ']', ':', ',']);
        if !structural(&from) && !from.starts_with('/') {
            let tree = in_leaves(tree, &from, &to, 0);
            return cx.done(Kind::Json(Box::new(tree)));
        }
    }
    let Some(text) = value.as_symstr() else { return cx.refuse(args, "needs strings") };
    if from.len() > 1 && from.starts_with('/') && from.ends_with('/') {
        let pattern = from.get(1..from.len() - 1).unwrap_or_default();
        let (Some(text), Some(to)) = (text.known(), to.known()) else { return cx.open(args) };
        return match super::encoding::regex(pattern) {
            Some(regex) => string(cx, regex.replace_all(&text, to.as_str()).into_owned()),
            None => cx.fail(format!("`{pattern}` is not a regular expression")),
        };
    }
    cx.done(Kind::String(replaced(&text, &from, &to)))
}

fn replaced(text: &SymStr, from: &str, to: &SymStr) -> SymStr {
    let mut out = SymStr::default();
    for seg in text.segs() {
        match seg {
            Seg::Lit(lit) if !from.is_empty() && lit.text.contains(from) => {
                let mut at = 0;
                for (index, part) in lit.text.split(from).enumerate() {
                    if 0 < index {
                        out.push_str(to);
                        at += from.len();
                    }
                    out.push(Seg::Lit(head(&tail(lit, at), part.len())));
                    at += part.len();
                }
            }
            Seg::Hole(Hole { known: Some(known), .. }) if !from.is_empty() && known.contains(from) => {
                out.push_str(&replaced(&SymStr::text(known.clone()), from, to));
            }
            other => out.push(other.clone()),
        }
    }
    out
}

fn in_leaves(value: &Val, from: &str, to: &SymStr, depth: usize) -> Val {
    if 64 < depth {
        return value.clone();
    }
    let kind = match &value.kind {
        Kind::String(text) => Kind::String(replaced(text, from, to)),
        Kind::List(list) => Kind::List(List {
            items: list.items.iter().map(|it| in_leaves(it, from, to, depth + 1)).collect(),
            rest: list.rest.clone(),
        }),
        Kind::Map(map) => {
            let entry = |it: &crate::value::Entry| crate::value::Entry {
                key: replaced(&it.key, from, to),
                key_origin: it.key_origin.clone(),
                value: in_leaves(&it.value, from, to, depth + 1),
            };
            Kind::Map(crate::value::Map { entries: map.entries.iter().map(entry).collect(), rest: map.rest.clone() })
        }
        Kind::Choice(all) => Kind::Choice(
            all.iter()
                .map(|it| crate::value::Alternative {
                    guard: it.guard.clone(),
                    value: in_leaves(&it.value, from, to, depth + 1),
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Val { kind, ..value.clone() }
}

fn join(cx: &Call, separator: &Val, lists: &[Val], args: &[Val]) -> Option<Result> {
    let Some(separator) = separator.as_symstr() else { return cx.refuse(args, "needs a string") };
    let mut out = SymStr::default();
    let mut first = true;
    let mut single = None;
    for list in lists {
        let Kind::List(List { items, rest: None }) = &list.kind else { return cx.refuse(args, "needs lists") };
        for item in items {
            let Some(text) = item.as_symstr() else { return cx.refuse(args, "needs lists of strings") };
            single = if first { Some(item.clone()) } else { None };
            if !first {
                out.push_str(&separator);
            }
            out.push_str(&text);
            first = false;
        }
    }
    // One element joined is that element, identity and all.
    match single {
        Some(item) => Some(Ok(item)),
        None => cx.done(Kind::String(out)),
    }
}

fn split(cx: &Call, separator: &Val, value: &Val, args: &[Val]) -> Option<Result> {
    let (Some(separator), Some(text)) = (separator.as_text(), value.as_symstr()) else {
        return cx.refuse(args, "needs strings");
    };
    let holds = |hole: &Hole| match hole.class {
        Class::BucketName | Class::AccountId | Class::Region | Class::Partition => {
            separator.chars().all(char::is_alphanumeric)
        }
        Class::Arn | Class::Identifier | Class::Any => true,
    };
    if text.unknown_holes().any(holds) || separator.is_empty() {
        if let Some(known) = text.known().filter(|_| separator.is_empty()) {
            let items = known.chars().map(|it| Val::string(it.to_string(), Origin::at(cx.at))).collect();
            return cx.done(Kind::List(List { items, rest: None }));
        }
        return cx.open(args);
    }
    let mut items = vec![SymStr::default()];
    for seg in text.segs() {
        match seg {
            Seg::Lit(lit) => {
                for (index, part) in lit.text.split(&separator).enumerate() {
                    if 0 < index {
                        items.push(SymStr::default());
                    }
                    if let Some(last) = items.last_mut() {
                        last.push(Seg::Lit(Piece { text: part.into(), at: None }));
                    }
                }
            }
            hole => {
                if let Some(last) = items.last_mut() {
                    last.push(hole.clone());
                }
            }
        }
    }
    let items = items.into_iter().map(|it| Val::new(Kind::String(it), Origin::at(cx.at))).collect();
    cx.done(Kind::List(List { items, rest: None }))
}

fn format(cx: &Call, template: &Val, values: &[Val], args: &[Val]) -> Option<Result> {
    let Some(template) = template.as_text() else { return cx.open(args) };
    match formatted(&template, values) {
        Some(text) => cx.done(Kind::String(text)),
        None => cx.open(args),
    }
}

/// `%s`, `%d`, `%v`, `%q`, `%%`, and padded numbers; `None` for verbs that are not covered.
fn formatted(template: &str, values: &[Val]) -> Option<SymStr> {
    let mut out = SymStr::default();
    let mut values = values.iter();
    let mut chars = template.chars().peekable();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let mut flags = String::new();
        while chars.peek().is_some_and(|it| it.is_ascii_digit() || matches!(it, '-' | '+' | '.' | '#')) {
            flags.extend(chars.next());
        }
        let verb = chars.next()?;
        if verb == '%' {
            text.push('%');
            continue;
        }
        out.push(Seg::Lit(Piece { text: std::mem::take(&mut text).into(), at: None }));
        let value = values.next()?;
        match (verb, flags.as_str()) {
            ('s' | 'v' | 'd', "") => out.push_str(&value.as_symstr()?),
            ('q', "") => {
                text.push_str(&format!("{:?}", value.as_text()?));
            }
            ('d', flags) => {
                let number = number(value)?;
                let width = flags.trim_start_matches('0').parse::<usize>().ok()?.min(100);
                let zero = flags.starts_with('0');
                text.push_str(&if zero { format!("{number:0width$}") } else { format!("{number:width$}") });
            }
            ('s', flags) => {
                let width = flags.trim_start_matches('-').parse::<usize>().ok()?.min(1000);
                let value = value.as_text()?;
                let left = flags.starts_with('-');
                text.push_str(&if left { format!("{value:<width$}") } else { format!("{value:>width$}") });
            }
            _ => return None,
        }
    }
    out.push(Seg::Lit(Piece { text: text.into(), at: None }));
    Some(out)
}

fn formatlist(cx: &Call, template: &Val, values: &[Val], args: &[Val]) -> Option<Result> {
    let Some(template) = template.as_text() else { return cx.open(args) };
    let mut length = None;
    let mut rest = None;
    for value in values {
        if let Kind::List(list) = &value.kind {
            rest = rest.or_else(|| list.rest.clone());
            length = Some(length.map_or(list.items.len(), |it: usize| it.min(list.items.len())));
        } else if matches!(value.kind, Kind::Unknown(_)) {
            return cx.open(args);
        }
    }
    let mut items = Vec::new();
    for index in 0..length.unwrap_or(1) {
        let row: Option<Vec<Val>> = values
            .iter()
            .map(|it| match &it.kind {
                Kind::List(list) => list.items.get(index).cloned(),
                _ => Some(it.clone()),
            })
            .collect();
        match row.and_then(|it| formatted(&template, &it)) {
            Some(text) => items.push(Val::new(Kind::String(text), Origin::at(cx.at))),
            None => return cx.open(args),
        }
    }
    cx.done(Kind::List(List { items, rest }))
}

fn contains(cx: &Call, value: &Val, part: &Val, args: &[Val]) -> Option<Result> {
    let (Some(text), Some(part)) = (value.as_symstr(), part.as_text()) else { return cx.refuse(args, "needs strings") };
    if let Some(known) = text.known() {
        let found = match cx.name {
            "startswith" => known.starts_with(&part),
            "endswith" => known.ends_with(&part),
            _ => known.contains(&part),
        };
        return cx.done(Kind::Bool(found));
    }
    let literal = |seg: Option<&Seg>| match seg {
        Some(Seg::Lit(lit)) => lit.text.to_string(),
        _ => String::new(),
    };
    let prefix = text.known_prefix();
    let decided = match cx.name {
        "startswith" if prefix.len() >= part.len() || !part.starts_with(&prefix) => Some(prefix.starts_with(&part)),
        "endswith" => {
            let suffix = literal(text.segs().last());
            (suffix.len() >= part.len() || !part.ends_with(&suffix)).then(|| suffix.ends_with(&part))
        }
        "strcontains" => {
            let found = text.segs().iter().any(|it| matches!(it, Seg::Lit(lit) if lit.text.contains(&part)));
            found.then_some(true)
        }
        _ => None,
    };
    match decided {
        Some(found) => cx.done(Kind::Bool(found)),
        None => cx.open(args),
    }
}

fn substr(cx: &Call, value: &Val, from: &Val, length: &Val, args: &[Val]) -> Option<Result> {
    let (Some(from), Some(length)) = (number(from), number(length)) else { return cx.open(args) };
    let Some(text) = value.as_text() else { return cx.open(args) };
    let chars: Vec<char> = text.chars().collect();
    let start = if from < 0.0 { (chars.len() as f64 + from).max(0.0) } else { from } as usize;
    let rest = chars.get(start..).unwrap_or_default();
    let taken = if length < 0.0 { rest.len() } else { (length as usize).min(rest.len()) };
    if start == 0 && taken == chars.len() {
        return Some(Ok(value.clone()));
    }
    string(cx, rest.iter().take(taken).collect())
}
