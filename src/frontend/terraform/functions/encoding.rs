//! Base64 and percent encoding.

use super::argument::{Call, Outcome, Stop};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn base64encode(cx: &Call) -> Outcome {
    cx.string(encode(cx.text(0)?.as_bytes()))
}

pub(super) fn base64decode(cx: &Call) -> Outcome {
    let bytes = bytes(cx)?;
    match String::from_utf8(bytes) {
        Ok(text) => cx.string(text),
        Err(_) => Err(cx.refuse(0, "is not base64 of UTF-8 text")),
    }
}

fn bytes(cx: &Call) -> Result<Vec<u8>, Stop> {
    decode(&cx.text(0)?).ok_or_else(|| cx.refuse(0, "is not base64"))
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |it: usize| u32::from(chunk.get(it).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = (word >> (18 - 6 * index) & 63) as usize;
            let letter = ALPHABET.get(digit).copied().unwrap_or(b'=');
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// The standard alphabet with padding; line breaks are passed over.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|it| !matches!(it, b'\n' | b'\r')).collect();
    let mut out = Vec::new();
    let count = text.len() / 4;
    if !text.len().is_multiple_of(4) {
        return None;
    }
    for (index, chunk) in text.chunks(4).enumerate() {
        let padding = chunk.iter().rev().take_while(|it| **it == b'=').count();
        if 2 < padding || (0 < padding && index + 1 != count) {
            return None;
        }
        let mut word = 0_u32;
        for letter in chunk.iter().take(4 - padding) {
            word = word << 6 | u32::try_from(ALPHABET.iter().position(|it| it == letter)?).ok()?;
        }
        word <<= 6 * padding;
        out.extend(word.to_be_bytes().into_iter().skip(1).take(3 - padding));
    }
    Some(out)
}

/// `textencodebase64`: UTF-8, UTF-16 and Latin-1; other encodings are not known here.
pub(super) fn textencodebase64(cx: &Call) -> Outcome {
    let text = cx.text(0)?;
    let bytes: Option<Vec<u8>> = match encoding(cx)? {
        Encoding::Utf8 => Some(text.into_bytes()),
        Encoding::Utf16Little => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Encoding::Utf16Big => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Encoding::Latin1 => text.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect(),
    };
    match bytes {
        Some(bytes) => cx.string(encode(&bytes)),
        None => Err(cx.refuse(0, "has characters that the encoding has not")),
    }
}

pub(super) fn textdecodebase64(cx: &Call) -> Outcome {
    let bytes = bytes(cx)?;
    let pairs = |from: fn([u8; 2]) -> u16| {
        let units: Option<Vec<u16>> = bytes.chunks(2).map(|it| it.try_into().ok().map(from)).collect();
        units.and_then(|it| String::from_utf16(&it).ok())
    };
    let text = match encoding(cx)? {
        Encoding::Utf8 => String::from_utf8(bytes.clone()).ok(),
        Encoding::Utf16Little => pairs(u16::from_le_bytes),
        Encoding::Utf16Big => pairs(u16::from_be_bytes),
        Encoding::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
    };
    match text {
        Some(text) => cx.string(text),
        None => Err(cx.refuse(0, "is not text in this encoding")),
    }
}

enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    Latin1,
}

fn encoding(cx: &Call) -> Result<Encoding, Stop> {
    match cx.text(1)?.to_ascii_uppercase().as_str() {
        "UTF-8" => Ok(Encoding::Utf8),
        "UTF-16LE" => Ok(Encoding::Utf16Little),
        "UTF-16BE" => Ok(Encoding::Utf16Big),
        "ISO-8859-1" => Ok(Encoding::Latin1),
        _ => Err(cx.open()),
    }
}

/// As in a query: a space is `+`.
pub(super) fn urlencode(cx: &Call) -> Outcome {
    let mut out = String::new();
    for byte in cx.text(0)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    cx.string(out)
}
