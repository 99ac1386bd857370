//! Dates of conditions: ISO 8601 or seconds since 1970.

/// Seconds since 1970 of `2026-11-20`, `2026-11-20T12:00:00Z`, `…+01:00`, `…T12:00:00.5Z`, or a number.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // A year alone is a date, not an instant.
        return if text.len() == 4 { days(number as i64, 1, 1).map(|it| it as f64 * 86_400.0) } else { Some(number) };
    }
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-').map(|it| it.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let midnight = days(year, month, day)? as f64 * 86_400.0;
    match time {
        None => Some(midnight),
        Some(time) => Some(midnight + time_of_day(time)?),
    }
}

fn time_of_day(text: &str) -> Option<f64> {
    let zone = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone);
    let mut parts = clock.split(':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let shift = match zone.chars().next() {
        None | Some('Z' | 'z') => 0.0,
        Some(sign) => {
            let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
            let hours: f64 = digits.get(..2)?.parse().ok()?;
            let minutes: f64 = digits.get(2..).filter(|it| !it.is_empty()).unwrap_or("0").parse().ok()?;
            let shift = hours * 3_600.0 + minutes * 60.0;
            if sign == '+' { -shift } else { shift }
        }
    };
    Some(hours * 3_600.0 + minutes * 60.0 + seconds + shift)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0..=9999).contains(&year) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn dates() {
        for (text, expected) in [
            ("1970-01-01", Some(0.0)),
            ("2026-11-20T00:00:00Z", Some(1_795_132_800.0)),
            ("2026-11-20T01:00:00+01:00", Some(1_795_132_800.0)),
            ("1795132800", Some(1_795_132_800.0)),
            ("tomorrow", None),
            ("2026-13-01", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
