//! URIs of files and paths.
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#uri>

use std::path::{Path, PathBuf};

/// The path of a `file` URI of this machine; `None` for any other URI, and for one that is none.
pub fn to_path(uri: &str) -> Option<PathBuf> {
    path_of(uri, cfg!(windows)).map(PathBuf::from)
}

/// The URI of an absolute path.
pub fn of_path(path: &Path) -> String {
    uri_of(&path.to_string_lossy(), cfg!(windows))
}

fn path_of(uri: &str, windows: bool) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').and_then(|at| rest.split_at_checked(at))?,
        None => ("", rest),
    };
    let path = decoded(path)?;
    if !path.starts_with('/') || path.contains('\0') {
        return None;
    }
    let is_here = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    match (windows, is_here) {
        (false, true) => Some(path),
        // Another machine's file.
        (false, false) => None,
        (true, true) => {
            let inner = path.get(1..).unwrap_or_default();
            let is_drive = matches!(inner.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
            // Editors differ in the case of the letter; Windows does not care.
            let drive = inner.get(..1).unwrap_or_default().to_ascii_uppercase();
            is_drive.then(|| drive + &inner.get(1..).unwrap_or_default().replace('/', "\\"))
        }
        (true, false) => Some(format!("\\\\{}{}", decoded(host)?, path.replace('/', "\\"))),
    }
}

fn uri_of(path: &str, windows: bool) -> String {
    if !windows {
        return format!("file://{}", encoded(path));
    }
    let path = path.strip_prefix("\\\\?\\").unwrap_or(path).replace('\\', "/");
    match path.strip_prefix("//") {
        Some(share) => format!("file://{}", encoded(share)),
        None => format!("file:///{}", encoded(&path)),
    }
}

fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|it| std::str::from_utf8(it).ok()).filter(|it| !it.starts_with('+'));
        match code.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_unix() {
        let check = |uri: &str, path: Option<&str>| assert_eq!(path_of(uri, false).as_deref(), path, "{uri}");
        check("file:///a/b.tf", Some("/a/b.tf"));
        check("FILE://localhost/a%20b/%C3%BC.tf", Some("/a b/ü.tf"));
        check("file:/a.tf", Some("/a.tf"));
        check("file:///c%3A/a.tf", Some("/c:/a.tf"));
        check("file:///100%/%zz.tf", Some("/100%/%zz.tf"));
        check("file://server/share/a.tf", None);
        check("file:///%FF.tf", None);
        check("file:///a%00b", None);
        check("file:a.tf", None);
        check("untitled:Untitled-1", None);
        check("git:/a.tf?x", None);
        check("", None);
    }

    #[test]
    fn of_windows() {
        let check = |uri: &str, path: Option<&str>| assert_eq!(path_of(uri, true).as_deref(), path, "{uri}");
        check("file:///c%3A/infra/main.tf", Some("C:\\infra\\main.tf"));
        check("file:///C:/infra/main.tf", Some("C:\\infra\\main.tf"));
        check("file://server/share/a.tf", Some("\\\\server\\share\\a.tf"));
        check("file:///infra/main.tf", None);
        check("file:///", None);
        assert_eq!(uri_of("C:\\in fra\\main.tf", true), "file:///C%3A/in%20fra/main.tf");
        assert_eq!(uri_of("\\\\server\\share\\a.tf", true), "file://server/share/a.tf");
    }

    #[test]
    fn there_and_back() {
        for path in ["/a b/ü#?%.tf", "/c:/x", "/a/%41.tf"] {
            assert_eq!(path_of(&uri_of(path, false), false).as_deref(), Some(path));
        }
    }
}
