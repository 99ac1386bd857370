//! Functions whose result is not computed here: it is known to exist, and why its text is not.

use crate::source::Span;
use crate::value::{Cause, Class, Origin, Symbol, Val, Why};

use super::{Call, Result, shown};

pub(super) fn call(cx: &Call, args: &[Val]) -> Option<Result> {
    let (cause, class) = match cx.name {
        "uuid" | "timestamp" | "plantimestamp" | "bcrypt" => (Cause::Impure, Class::Identifier),
        "md5" | "sha1" | "sha256" | "sha512" | "base64sha256" | "base64sha512" | "uuidv5" | "filemd5" | "filesha1"
        | "filesha256" | "filesha512" | "filebase64sha256" | "filebase64sha512" => (Cause::Computed, Class::Identifier),
        "cidrhost" | "cidrnetmask" | "cidrsubnet" | "cidrsubnets" | "formatdate" | "timeadd" | "timecmp"
        | "base64decode" | "base64gzip" | "csvdecode" | "yamlencode" | "fileset" | "filebase64" | "rsadecrypt"
        | "textdecodebase64" | "textencodebase64" | "templatestring" | "ephemeralasnull" | "convert" => {
            (Cause::Unsupported, Class::Any)
        }
        _ => return None,
    };
    let arguments: Vec<String> = args.iter().map(shown).collect();
    let text = format!("{}({})", cx.name, arguments.join(", "));
    let why = Why::new(cause, text.clone(), Some(cx.at));
    Some(Ok(Val::unknown(Symbol::new(text, ""), class, why, Origin::at(cx.at))))
}

/// A function of a provider.
pub(super) fn provider(name: &str, at: Span) -> Val {
    let why = Why::new(Cause::Unsupported, format!("the function {name}"), Some(at));
    Val::unknown(Symbol::new(format!("{name}@{at:?}"), ""), Class::Any, why, Origin::at(at))
}
