//! Times of events: seconds since 1970 in UTC, read from and shown as RFC 3339.

use crate::source::calendar::{moment, rfc3339};

/// A time in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

const DAY: i64 = 86_400;

impl Time {
    /// `2026-11-18T02:12:05Z`, with a fraction or an offset too; a date alone is its start.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        moment(text).map(|it| Self(it.0))
    }

    /// Now, by the clock of this machine.
    #[must_use]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(since.map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(0)))
    }

    /// `2 d 15:30:06` between two times.
    #[must_use]
    pub fn until(self, later: Self) -> String {
        let seconds = later.0.saturating_sub(self.0);
        let (sign, seconds) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
        let clock = format!("{:02}:{:02}:{:02}", seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
        match seconds / DAY {
            0 => format!("{sign}{clock}"),
            days => format!("{sign}{days} d {clock}"),
        }
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&rfc3339(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2026-11-18T02:12:05Z", "2100-03-01T00:00:00Z"] {
            assert_eq!(Time::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Time::parse("1970-01-02T00:00:00Z"), Some(Time(86_400)));
        assert_eq!(Time::parse("2026-11-18T02:12:05.123Z"), Time::parse("2026-11-18T02:12:05Z"));
        assert_eq!(Time::parse("2026-11-18T03:12:05+01:00"), Time::parse("2026-11-18T02:12:05Z"));
        assert_eq!(Time::parse("2026-11-18"), Time::parse("2026-11-18T00:00:00Z"));
        assert_eq!(Time::parse("2026-13-18T00:00:00Z"), None);
        assert_eq!(Time::parse("yesterday"), None);
        assert_eq!(Time::parse("2026-02-29T00:00:00Z"), None);
        assert_eq!(Time::parse("2026-11-18T00:00:00+9223372036854775807:00"), None);
        assert_eq!(Time::parse("9223372036854775807-11-18T00:00:00Z"), None);
    }

    #[test]
    fn durations() {
        let at = |it: &str| Time::parse(it).unwrap();
        assert_eq!(at("2026-11-18T02:12:05Z").until(at("2026-11-20T17:42:11Z")), "2 d 15:30:06");
        assert_eq!(at("2026-11-18T02:12:05Z").until(at("2026-11-18T02:12:06Z")), "00:00:01");
    }
}
