//! Dates of conditions: `2020-04-01T00:00:00Z`, `2020-04-01`, or seconds since 1970.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>

/// Seconds since 1970 of a date as W3C's profile of ISO 8601 writes it, or of a bare number.
pub(super) fn seconds(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        let plain = text.bytes().all(|it| it.is_ascii_digit() || it == b'.' || it == b'-');
        // A bare year is a date.
        return if text.len() == 4 { date(text) } else { (plain && number.is_finite()).then_some(number) };
    }
    date(text)
}

/// Seconds since 1970 as text that [`seconds`] reads back: the number itself, which AWS accepts as well.
pub(super) fn text(seconds: f64) -> String {
    // Four characters would be a year.
    let text = seconds.to_string();
    if text.len() == 4 { format!("{text}.0") } else { text }
}

fn date(text: &str) -> Option<f64> {
    let (day, time) = text.split_once(['T', 't', ' ']).map_or((text, None), |(day, time)| (day, Some(time)));
    let mut parts = day.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |it| digits(it, 2))?;
    let day = parts.next().map_or(Some(1), |it| digits(it, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let seconds = time.map_or(Some(0.0), time_of_day)?;
    Some(f64::from(days(year, month, day)) * 86_400.0 + seconds)
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i32, month: i32, day: i32) -> i32 {
    // Counting years from March puts the leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn time_of_day(text: &str) -> Option<f64> {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "Z"),
    };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second: f64 = parts.next().map_or(Some(0.0), |it| it.parse().ok())?;
    if parts.next().is_some() || 23 < hour || 59 < minute || !(0.0..61.0).contains(&second) {
        return None;
    }
    let offset = match zone {
        "Z" | "z" => 0,
        zone => {
            let (sign, rest) = zone.split_at_checked(1)?;
            let (hours, minutes) = rest.split_once(':').or_else(|| rest.split_at_checked(2))?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    Some(f64::from((hour * 60 + minute - offset) * 60) + second)
}

fn digits(text: &str, count: usize) -> Option<i32> {
    (text.len() == count && text.bytes().all(|it| it.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("2000-03-01", Some(951_868_800.0)),
            ("2020-02-29T12:30:00+01:00", Some(1_582_975_800.0)),
            ("1970-01-02T00:00Z", Some(86_400.0)),
            ("1700000000", Some(1_700_000_000.0)),
            ("1970", Some(0.0)),
            ("2020-13-01", None),
            ("01/02/2020", None),
            ("2020-01-01T25:00:00Z", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
