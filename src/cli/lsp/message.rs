//! JSON-RPC: what a message is, and the answers to it.
//! <https://www.jsonrpc.org/specification>

use serde_json::{Value, json};

/// The bytes are no JSON.
pub const PARSE_ERROR: i32 = -32700;
/// The JSON is no request, or the request may not come now.
pub const INVALID_REQUEST: i32 = -32600;
/// No such method.
pub const METHOD_NOT_FOUND: i32 = -32601;
/// The method does not take these parameters.
pub const INVALID_PARAMS: i32 = -32602;
/// A bug of ours.
pub const INTERNAL_ERROR: i32 = -32603;
/// A request before `initialize`.
pub const SERVER_NOT_INITIALIZED: i32 = -32002;
/// The client took the request back.
pub const REQUEST_CANCELLED: i32 = -32800;

/// What came.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    /// Wants an answer.
    Request {
        /// A number or a text.
        id: Value,
        /// The method.
        method: String,
        /// Its parameters; `null` where there are none.
        params: Value,
    },
    /// Wants none.
    Notification {
        /// The method.
        method: String,
        /// Its parameters; `null` where there are none.
        params: Value,
    },
    /// The answer to a request of ours.
    Response,
    /// None of these.
    Invalid {
        /// Of the request that it might have been, else `null`.
        id: Value,
        /// What to answer.
        failure: Failure,
    },
}

/// Why a request is not answered as it wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One of the codes.
    pub code: i32,
    /// For people.
    pub message: String,
}

impl Failure {
    /// With a code and a text.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Reads a message.
pub fn parse(bytes: &[u8]) -> Incoming {
    let mut object = match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return invalid(Value::Null, INVALID_REQUEST, "a message is an object"),
        Err(error) => return invalid(Value::Null, PARSE_ERROR, &format!("the message is no JSON: {error}")),
    };
    let id = object.remove("id");
    let params = object.remove("params").unwrap_or(Value::Null);
    match (object.remove("method"), id) {
        (Some(Value::String(method)), None) => Incoming::Notification { method, params },
        (Some(Value::String(method)), Some(id @ (Value::Number(_) | Value::String(_)))) => {
            Incoming::Request { id, method, params }
        }
        (Some(_), Some(id @ (Value::Number(_) | Value::String(_)))) => {
            invalid(id, INVALID_REQUEST, "a method is a string")
        }
        (Some(_), _) => invalid(Value::Null, INVALID_REQUEST, "a method is a string, and an id a number or a string"),
        (None, Some(_)) if object.contains_key("result") || object.contains_key("error") => Incoming::Response,
        (None, _) => invalid(Value::Null, INVALID_REQUEST, "a message has a method, or answers a request"),
    }
}

fn invalid(id: Value, code: i32, message: &str) -> Incoming {
    Incoming::Invalid { id, failure: Failure::new(code, message) }
}

/// The answer to a request.
pub fn response(id: &Value, result: Result<Value, Failure>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(it) => json!({ "jsonrpc": "2.0", "id": id, "error": { "code": it.code, "message": it.message } }),
    }
}

/// A message that wants no answer.
pub fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

/// A request of ours.
pub fn request(id: u64, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> (Value, i32) {
        match parse(text.as_bytes()) {
            Incoming::Invalid { id, failure } => (id, failure.code),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn messages() {
        let method = || "x".to_owned();
        assert_eq!(
            parse(br#"{"jsonrpc":"2.0","id":"a","method":"x","params":[1]}"#),
            Incoming::Request { id: json!("a"), method: method(), params: json!([1]) }
        );
        assert_eq!(parse(br#"{"method":"x"}"#), Incoming::Notification { method: method(), params: Value::Null });
        assert_eq!(parse(br#"{"id":1,"result":null}"#), Incoming::Response);
    }

    #[test]
    fn what_is_none() {
        assert_eq!(failure("{\"id\":1,"), (Value::Null, PARSE_ERROR));
        assert_eq!(failure(&"[".repeat(100_000)), (Value::Null, PARSE_ERROR));
        assert_eq!(failure("\u{0}"), (Value::Null, PARSE_ERROR));
        assert_eq!(failure("[]"), (Value::Null, INVALID_REQUEST));
        assert_eq!(failure("{}"), (Value::Null, INVALID_REQUEST));
        assert_eq!(failure(r#"{"id":{},"method":"x"}"#), (Value::Null, INVALID_REQUEST));
        assert_eq!(failure(r#"{"id":7,"method":1}"#), (json!(7), INVALID_REQUEST));
        assert!(matches!(parse(&[0xff, 0xfe]), Incoming::Invalid { .. }));
    }
}
