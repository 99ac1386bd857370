//! Percent-encoding of paths (RFC 3986, `pchar` and `/`).

/// The path as the path of a URI.
pub fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let kept = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
        if kept {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn encodes() {
        assert_eq!(super::encode("a b/ü:#?%.tf"), "a%20b/%C3%BC%3A%23%3F%25.tf");
    }
}
