//! Times: RFC 3339, durations as Go writes them, and Terraform's format of dates.

use crate::source::calendar::{date, days};

use super::argument::{Call, Outcome, Stop};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A moment, and the offset of its time zone.
#[derive(Clone, Copy)]
struct Time {
    /// Nanoseconds since 1970 in UTC.
    nanoseconds: i128,
    /// Minutes east of UTC.
    offset: i64,
}

impl Time {
    fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| {
            text.get(range).filter(|it| it.bytes().all(|it| it.is_ascii_digit())).and_then(|it| it.parse::<i64>().ok())
        };
        let sign = |at: usize| text.get(at..=at);
        let separated = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
        if separated.iter().any(|(at, it)| sign(*at) != Some(it)) {
            return None;
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let mut rest = text.get(19..)?;
        let mut fraction = 0;
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).filter(|it| (1..=9).contains(it))?;
            let (digits, after) = after.split_at(end);
            fraction = format!("{digits:0<9}").parse::<i128>().ok()?;
            rest = after;
        }
        let offset = match rest.as_bytes() {
            [b'Z'] => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let (hours, minutes) = (rest.get(1..3)?.parse::<i64>().ok()?, rest.get(4..6)?.parse::<i64>().ok()?);
                if 23 < hours || 59 < minutes {
                    return None;
                }
                (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        let valid = (1..=12).contains(&month) && date(days(year, month, day)) == (year, month, day);
        if !valid || 23 < hour || 59 < minute || 59 < second {
            return None;
        }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
        Some(Self { nanoseconds: i128::from(seconds) * 1_000_000_000 + fraction, offset })
    }

    /// Year, month, day, hour, minute, second, day of the week, nanoseconds: in its own time zone.
    fn parts(self) -> [i64; 8] {
        let seconds = i64::try_from(self.nanoseconds.div_euclid(1_000_000_000)).unwrap_or(0) + self.offset * 60;
        let fraction = i64::try_from(self.nanoseconds.rem_euclid(1_000_000_000)).unwrap_or(0);
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, date) = date(day);
        [year, month, date, second / 3600, second / 60 % 60, second % 60, (day + 4).rem_euclid(7), fraction]
    }

    fn zone(self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", self.offset.abs() / 60, self.offset.abs() % 60)
    }
}

fn time(cx: &Call, index: usize) -> Result<Time, Stop> {
    Time::parse(&cx.text(index)?).ok_or_else(|| cx.refuse(index, "is not a time like 2006-01-02T15:04:05Z"))
}

pub(super) fn timecmp(cx: &Call) -> Outcome {
    let (a, b) = (time(cx, 0)?, time(cx, 1)?);
    cx.number(f64::from(a.nanoseconds.cmp(&b.nanoseconds) as i8))
}

pub(super) fn timeadd(cx: &Call) -> Outcome {
    let (start, text) = (time(cx, 0)?, cx.text(1)?);
    let added = duration(&text).ok_or_else(|| cx.refuse(1, "is not a duration like 1h30m"))?;
    let moment = Time { nanoseconds: start.nanoseconds + added, ..start };
    let [year, month, day, hour, minute, second, ..] = moment.parts();
    if !(0..=9999).contains(&year) {
        return Err(cx.refuse(1, "leads out of the calendar"));
    }
    let zone = if moment.offset == 0 { "Z".to_owned() } else { moment.zone(":") };
    cx.string(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

/// Nanoseconds of `-1h30m5.5s`.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_i128;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, after) = rest.split_at(end);
        let amount: f64 = digits.parse().ok().filter(|it: &f64| *it < 1e12)?;
        let units = [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
        let (unit, size) = units.into_iter().filter(|(unit, _)| after.starts_with(unit)).max_by_key(|it| it.0.len())?;
        total += (amount * size).round() as i128;
        rest = after.strip_prefix(unit)?;
        if rest.is_empty() {
            // As far as Go's 64 bits go.
            return i64::try_from(total).ok().map(|_| if negative { -total } else { total });
        }
    }
}

pub(super) fn formatdate(cx: &Call) -> Outcome {
    let (format, time) = (cx.text(0)?, time(cx, 1)?);
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            // Text in quotes; two quotes are one.
            loop {
                match chars.next() {
                    Some('\'') if chars.next_if_eq(&'\'').is_some() => out.push('\''),
                    Some('\'') => break,
                    Some(c) => out.push(c),
                    None => return Err(cx.refuse(0, "has a quote that is not closed")),
                }
            }
            continue;
        }
        if !c.is_ascii_alphabetic() {
            out.push(c);
            continue;
        }
        let mut count = 1;
        while chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        match token(time, c, count) {
            Some(text) => out.push_str(&text),
            None => return Err(cx.refuse(0, format!("has a token with `{c}` that is not known"))),
        }
    }
    cx.string(out)
}

fn token(time: Time, letter: char, count: usize) -> Option<String> {
    let [year, month, day, hour, minute, second, weekday, _] = time.parts();
    let two = |it: i64| format!("{it:02}");
    let name =
        |names: &[&str], at: i64| usize::try_from(at).ok().and_then(|it| names.get(it).map(|it| (*it).to_owned()));
    let short = |it: Option<String>| it.map(|it| it.chars().take(3).collect::<String>());
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    Some(match (letter, count) {
        ('Y', 4) => format!("{year:04}"),
        ('Y', 2) => two(year.rem_euclid(100)),
        ('M', 4) => name(&MONTHS, month - 1)?,
        ('M', 3) => short(name(&MONTHS, month - 1))?,
        ('M', 2) => two(month),
        ('M', 1) => month.to_string(),
        ('D', 2) => two(day),
        ('D', 1) => day.to_string(),
        ('E', 4) => name(&DAYS, weekday)?,
        ('E', 3) => short(name(&DAYS, weekday))?,
        ('h', 2) => two(hour),
        ('h', 1) => hour.to_string(),
        ('H', 2) => two(twelve),
        ('H', 1) => twelve.to_string(),
        ('A', 2) => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
        ('a', 2) => (if hour < 12 { "am" } else { "pm" }).to_owned(),
        ('m', 2) => two(minute),
        ('m', 1) => minute.to_string(),
        ('s', 2) => two(second),
        ('s', 1) => second.to_string(),
        ('Z', 5) => time.zone(":"),
        ('Z', 4) => time.zone(""),
        ('Z', 3) if time.offset == 0 => "UTC".to_owned(),
        ('Z', 3) => time.zone(""),
        ('Z', 1) if time.offset == 0 => "Z".to_owned(),
        ('Z', 1) => time.zone(":"),
        _ => return None,
    })
}
