//! Days of the civil calendar as a count, and the times of RFC 3339 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

/// Days since 1970-01-01 of a date: year, month from 1, day from 1. One that does not exist runs over into the next month;
/// [`date`] of the result then differs from it.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let in_era = year.rem_euclid(400);
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719_468
}

/// Year, month and day of a day since 1970-01-01.
pub(crate) fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let in_era = shifted.rem_euclid(146_097);
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

const DAY: i64 = 86_400;

/// Seconds since 1970 in UTC, and nanoseconds beyond them, of `2026-11-18T02:12:05Z`, with a fraction or an offset too; a date
/// alone is its start.
pub(crate) fn moment(text: &str) -> Option<(i64, u32)> {
    let text = text.trim();
    let (date_text, rest) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00Z"));
    let mut numbers = date_text.split('-').map(|it| it.parse::<i64>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let zone = rest.rfind(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(zone)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let nanoseconds: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let mut clock = clock.split(':').map(|it| it.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
    let in_range = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && (1970..=9999).contains(&year)
        && date(days(year, month, day)) == (year, month, day);
    let offset = match zone.strip_prefix(['+', '-']) {
        None => 0,
        Some(it) => {
            let (hours, minutes) = it.split_once(':').or_else(|| it.split_at_checked(2))?;
            let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
            if !(0..24).contains(&hours) || !(0..60).contains(&minutes) {
                return None;
            }
            let value = hours * 3600 + minutes * 60;
            if zone.starts_with('-') { -value } else { value }
        }
    };
    let seconds = || days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    in_range.then(|| (seconds(), nanoseconds.parse().unwrap_or(0)))
}

/// `2026-11-18T02:12:05Z` of seconds since 1970.
pub(crate) fn rfc3339(seconds: i64) -> String {
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let seconds = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!((days(1970, 1, 1), days(2000, 2, 29), days(2026, 11, 21)), (0, 11_016, 20_778));
        for day in -800_000..800_000 {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(date(days(2026, 2, 31)), (2026, 3, 3));
    }

    #[test]
    fn moments_have_fractions_and_offsets() {
        assert_eq!(moment("2026-11-18T03:12:05.25+01:00"), moment("2026-11-18T02:12:05.250Z"));
        assert!(moment("2026-11-18T02:12:05.25Z") < moment("2026-11-18T02:12:05.3Z"));
        assert_eq!(moment("2026-11-18T02:12:05Z").map(|it| rfc3339(it.0)).as_deref(), Some("2026-11-18T02:12:05Z"));
    }
}
