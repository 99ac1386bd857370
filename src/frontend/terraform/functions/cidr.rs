//! Address ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::value::{Kind, SymStr, Val};

use super::argument::{Call, Outcome, Stop};

/// A range: its first address as a number, the length of its prefix, and the number of bits of an address.
#[derive(Clone, Copy)]
struct Range {
    address: u128,
    prefix: u32,
    bits: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, bits) = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(it)) => (u128::from(u32::from(it)), 32),
            Ok(IpAddr::V6(it)) => (u128::from(it), 128),
            // Leading zeros are passed over, as Terraform does.
            Err(_) => (u128::from(u32::from(zeros(address)?)), 32),
        };
        let prefix: u32 = prefix.parse().ok().filter(|it| *it <= bits)?;
        let range = Self { address, prefix, bits };
        Some(Self { address: address & !range.host_mask(), ..range })
    }

    fn host_bits(self) -> u32 {
        self.bits - self.prefix
    }

    fn host_mask(self) -> u128 {
        if self.host_bits() == 128 { u128::MAX } else { (1 << self.host_bits()) - 1 }
    }

    fn show_address(self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(it) if self.bits == 32 => Ipv4Addr::from(it).to_string(),
            _ => Ipv6Addr::from(address).to_string(),
        }
    }

    fn show(self) -> String {
        format!("{}/{}", self.show_address(self.address), self.prefix)
    }
}

fn zeros(address: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u8> = address.split('.').map(|it| it.parse().ok()).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(parts).ok().map(Ipv4Addr::from)
}

fn range(cx: &Call) -> Result<Range, Stop> {
    Range::parse(&cx.text(0)?).ok_or_else(|| cx.refuse(0, "is not an address range"))
}

pub(super) fn host(cx: &Call) -> Outcome {
    let (range, number) = (range(cx)?, cx.whole(1)?);
    let size = range.host_mask();
    let offset = u128::from(number.unsigned_abs());
    // Negative numbers count from the end.
    let found = if number < 0 { (size.checked_sub(offset - 1)).map(|it| it & size) } else { Some(offset) };
    match found.filter(|it| *it <= size && (0 <= number || offset <= size.saturating_add(1))) {
        Some(offset) => cx.string(range.show_address(range.address | offset)),
        None => Err(cx.refuse(1, "the range has no such host")),
    }
}

pub(super) fn netmask(cx: &Call) -> Outcome {
    let range = range(cx)?;
    if range.bits == 128 {
        return Err(cx.refuse(0, "is a range of IPv6, which has no netmask"));
    }
    cx.string(range.show_address(u128::from(u32::MAX) & !range.host_mask()))
}

pub(super) fn subnet(cx: &Call) -> Outcome {
    let (range, new_bits, number) = (range(cx)?, cx.whole(1)?, cx.whole(2)?);
    let Some(new_bits) = u32::try_from(new_bits).ok().filter(|it| *it <= range.host_bits()) else {
        return Err(cx.refuse(1, "the range has not so many bits left"));
    };
    let last = if new_bits == 128 { u128::MAX } else { (1_u128 << new_bits) - 1 };
    // Terraform takes a negative number and gives an address outside the range.
    let Ok(index) = u128::try_from(number) else { return Err(cx.open()) };
    if last < index {
        return Err(cx.refuse(2, "there is no such part"));
    }
    let prefix = range.prefix + new_bits;
    let shift = range.bits - prefix;
    let address = range.address | index.checked_shl(shift).unwrap_or(0);
    cx.string(Range { address, prefix, ..range }.show())
}

/// Consecutive parts, each with so many more bits of prefix.
pub(super) fn subnets(cx: &Call) -> Outcome {
    let range = range(cx)?;
    let end = range.address | range.host_mask();
    let mut next = Some(range.address);
    let mut items: Vec<Val> = Vec::new();
    for index in 1..cx.args.len() {
        let new_bits = cx.whole(index)?;
        let Some(new_bits) = u32::try_from(new_bits).ok().filter(|it| (1..=range.host_bits()).contains(it)) else {
            return Err(cx.refuse(index, "the range has not so many bits left"));
        };
        let part = Range { prefix: range.prefix + new_bits, ..range };
        let size = part.host_mask();
        // The next address that is a multiple of the part's size.
        let start = next.and_then(|it| it.checked_add(size)).map(|it| it & !size);
        let Some(start) = start.filter(|it| (it | size) <= end) else {
            return Err(cx.refuse(index, "the range is used up"));
        };
        items.push(cx.value(Kind::String(SymStr::text(Range { address: start, ..part }.show()))));
        next = (start | size).checked_add(1);
    }
    cx.list(items, None)
}
