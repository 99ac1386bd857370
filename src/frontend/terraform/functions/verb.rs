//! One verb of a format: `%-10s`, `%05.2f`, `%[2]q`.

use crate::value::{Kind, SymStr, Val, json};

use super::argument::{Call, Stop};

/// What is wider, or more precise, is unknown.
const MAX_WIDTH: usize = 1000;

/// A verb with its flags.
#[derive(Debug, Default)]
pub(super) struct Verb {
    letter: char,
    plus: bool,
    space: bool,
    left: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// One-based position of the value, where written.
    pub argument: Option<usize>,
}

impl Verb {
    /// Parses what follows a `%`; gives the rest of the text as well.
    pub fn parse(text: &str) -> Option<(Self, &str)> {
        let mut verb = Self::default();
        let mut rest = text;
        loop {
            let mut chars = rest.chars();
            match chars.next()? {
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                '-' => verb.left = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => break,
            }
            rest = chars.as_str();
        }
        (verb.width, rest) = number(rest);
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = number(after);
            (verb.precision, rest) = (Some(precision.unwrap_or(0)), after);
        }
        if let Some(after) = rest.strip_prefix('[') {
            let (argument, after) = number(after);
            (verb.argument, rest) = (Some(argument.filter(|it| 0 < *it)?), after.strip_prefix(']')?);
        }
        let mut chars = rest.chars();
        verb.letter = chars.next()?;
        Some((verb, chars.as_str()))
    }

    fn is_bare(&self) -> bool {
        self.width.is_none() && self.precision.is_none() && !self.sharp
    }

    fn pad(&self, text: String, zeros: bool) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.left {
            return format!("{text}{}", " ".repeat(missing));
        }
        if !zeros {
            return format!("{}{text}", " ".repeat(missing));
        }
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+', ' '])));
        format!("{sign}{}{digits}", "0".repeat(missing))
    }

    fn signed(&self, negative: bool, digits: &str) -> String {
        let sign = match () {
            () if negative => "-",
            () if self.plus => "+",
            () if self.space => " ",
            () => "",
        };
        self.pad(format!("{sign}{digits}"), self.zero)
    }
}

fn number(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    // What is too large for a number is too wide as well.
    ((!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX)), rest)
}

/// A value as the verb writes it.
pub(super) fn rendered(cx: &Call, verb: &Verb, value: &Val, index: usize) -> Result<SymStr, Stop> {
    if MAX_WIDTH < verb.width.max(verb.precision).unwrap_or(0) {
        return Err(cx.too_large());
    }
    let letter = match verb.letter {
        'v' => match &value.kind {
            _ if verb.sharp => 'j',
            Kind::String(_) | Kind::Json(_) | Kind::Unknown(_) => 's',
            Kind::Number(_) => 'g',
            Kind::Bool(_) => 't',
            _ => 'j',
        },
        other => other,
    };
    if letter != 'j' && value.kind == Kind::Null {
        return Err(cx.refuse(index, "a value is null"));
    }
    let text = match letter {
        'j' => {
            let text = json::encode(value).ok_or_else(|| cx.open())?;
            return match text.known() {
                Some(known) => Ok(SymStr::text(verb.pad(known, verb.zero))),
                None if verb.width.is_none() => Ok(text),
                None => Err(cx.open()),
            };
        }
        's' | 'q' => {
            let text = cx.sym_of(value, index)?;
            if letter == 's' && verb.is_bare() {
                return Ok(text);
            }
            let text = text.known().ok_or_else(|| cx.open())?;
            let cut = verb.precision.map_or_else(|| text.clone(), |it| text.chars().take(it).collect());
            let quoted = if letter == 'q' { quoted(&cut) } else { cut };
            verb.pad(quoted, verb.zero)
        }
        't' => match crate::value::ops::to_bool(value) {
            Some(it) => it.to_string(),
            None if value.why().is_some() => return Err(cx.open()),
            None => return Err(cx.refuse(index, "needs true or false")),
        },
        // A number that is not known is written by `%d` as `%s` would.
        'd' if verb.is_bare() && matches!(&value.kind, Kind::Unknown(_)) => return cx.sym_of(value, index),
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let it = cx.float_of(value, index)?;
            if it.fract() != 0.0 {
                return Err(cx.refuse(index, "needs a whole number"));
            }
            let raw = crate::value::ops::to_number(value).and_then(|it| it.raw);
            let whole = it.abs() as u128;
            let digits = match letter {
                'd' => match raw.filter(|it| it.bytes().all(|it| it.is_ascii_digit())) {
                    Some(raw) => raw.trim_start_matches('0').to_owned(),
                    None => whole.to_string(),
                },
                'b' => format!("{whole:b}"),
                'o' => format!("{whole:o}"),
                'x' => format!("{whole:x}"),
                _ => format!("{whole:X}"),
            };
            let digits = if digits.is_empty() { "0".to_owned() } else { digits };
            let prefix = match letter {
                'x' if verb.sharp => "0x",
                'X' if verb.sharp => "0X",
                'o' if verb.sharp => "0",
                'b' if verb.sharp => "0b",
                _ => "",
            };
            verb.signed(it < 0.0, &format!("{prefix}{digits}"))
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let it = cx.float_of(value, index)?;
            let digits = float(it.abs(), letter.to_ascii_lowercase(), verb.precision);
            let digits = if letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
            verb.signed(it < 0.0, &digits)
        }
        _ => return Err(cx.refuse(0, format!("`%{letter}` is not a verb"))),
    };
    Ok(SymStr::text(text))
}

/// In quotes, with JSON's escapes.
fn quoted(text: &str) -> String {
    let value = Val::string(text, crate::value::Origin::default());
    json::encode(&value).and_then(|it| it.known()).unwrap_or_default()
}

fn float(it: f64, letter: char, precision: Option<usize>) -> String {
    match letter {
        'f' => format!("{it:.*}", precision.unwrap_or(6)),
        'e' => exponent(&format!("{it:.*e}", precision.unwrap_or(6))),
        _ => {
            // The shortest text; large and small numbers with an exponent.
            let power = if it == 0.0 { 0 } else { it.log10().floor() as i32 };
            let limit = precision.map_or(21, |it| i32::try_from(it.max(1)).unwrap_or(21));
            let digits = precision.map(|it| it.max(1) - 1);
            if (-4..limit).contains(&power) {
                return match precision {
                    Some(_) => {
                        let places = usize::try_from(limit - 1 - power).unwrap_or(0);
                        let text = format!("{it:.places$}");
                        let text = if text.contains('.') { text.trim_end_matches('0') } else { &text };
                        text.trim_end_matches('.').to_owned()
                    }
                    None => it.to_string(),
                };
            }
            exponent(&digits.map_or_else(|| format!("{it:e}"), |digits| format!("{it:.digits$e}")))
        }
    }
}

/// `1.5e4` as Go writes it: `1.5e+04`.
fn exponent(text: &str) -> String {
    let Some((mantissa, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |it| ('-', it));
    format!("{mantissa}e{sign}{digits:0>2}")
}
