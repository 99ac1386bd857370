//! Address ranges.

use std::net::IpAddr;

/// A range of addresses of one family, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    base: u128,
    prefix: u32,
    v6: bool,
}

impl Range {
    /// `203.0.113.0/24`; without a prefix, one address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let (base, bits, v6) = match address.parse().ok()? {
            IpAddr::V4(it) => (u128::from(u32::from(it)), 32, false),
            IpAddr::V6(it) => (u128::from(it), 128, true),
        };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Self { base, prefix, v6 })
    }

    fn bits(self) -> u32 {
        if self.v6 { 128 } else { 32 }
    }

    fn masked(self, address: u128) -> u128 {
        let host = self.bits() - self.prefix;
        if host >= 128 { 0 } else { address >> host << host }
    }

    /// Whether all of `other` lies within.
    pub fn contains(self, other: Self) -> bool {
        self.v6 == other.v6 && self.prefix <= other.prefix && self.masked(self.base) == self.masked(other.base)
    }

    /// Whether AWS counts the range as too wide to confine: wider than /8 for IPv4, /32 for IPv6.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    pub fn is_wide(self) -> bool {
        self.prefix < if self.v6 { 32 } else { 8 }
    }

    /// An address within, as text: not the first, which is often the network's own.
    pub fn example(self) -> String {
        let first = self.masked(self.base);
        let address = if self.prefix < self.bits() { first + 1 } else { first };
        match u32::try_from(address) {
            Ok(v4) if !self.v6 => std::net::Ipv4Addr::from(v4).to_string(),
            _ => std::net::Ipv6Addr::from(address).to_string(),
        }
    }
}
