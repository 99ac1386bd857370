//! `Ref` and `Fn::GetAtt`: parameters, pseudo parameters, and parts of resources.

use crate::source::{Gravity, Span};
use crate::value::{Cause, Class, Hole, HopKind, Kind, List, Origin, Seg, SymStr, Symbol, Val, Why};

use super::eval::{Evaluator, Scope, single, split_piece};
use super::node::{Call, get, text};
use super::template::{Named, Parameter};

impl Evaluator<'_> {
    /// `Ref`.
    pub(super) fn reference(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let name = match call.text() {
            Some(it) => self.with_loops(&it, call.span, scope).known(),
            None => self.arg(call, scope).as_text(),
        };
        match name {
            Some(name) => self.named(&name, call.span, scope),
            None => self.invalid(call.span, "Ref needs a name"),
        }
    }

    /// The value of a name, as `Ref` and `${…}` see it.
    pub(super) fn named(&self, name: &str, span: Span, scope: &Scope) -> Val {
        if let Some(it) = scope.loops.get(name) {
            let origin = it.origin.used_at(span, HopKind::Other, format!("Fn::ForEach {name}"));
            return Val { origin, ..it.clone() };
        }
        if let Some(it) = name.strip_prefix("AWS::") {
            return self.pseudo(it, span);
        }
        if let Some(it) = self.template.parameters.get(name) {
            return self.parameter(name, it, span, scope);
        }
        if let Some(it) = self.resource(name) {
            return self.resource_reference(it, span, scope);
        }
        self.undeclared(name, span)
    }

    /// The resource of a logical id: the last one written.
    pub(super) fn resource(&self, name: &str) -> Option<&Named> {
        self.template.resources.iter().rev().find(|it| it.name == name)
    }

    fn undeclared(&self, name: &str, span: Span) -> Val {
        let opaque = self.template.transforms.iter().find(|it| it.0 != "AWS::LanguageExtensions");
        if let Some((transform, at)) = opaque {
            // A macro may add it: SAM generates roles, permissions and deployments.
            let why = Why::new(Cause::Transform, transform.as_str(), Some(*at));
            return self.hole(name, "Ref", Class::Any, why, span);
        }
        self.note("undeclared-name", Gravity::Note, span, format!("`{name}` is neither a parameter nor a resource"));
        self.unknown(name, Cause::Undeclared, name, span)
    }

    /// `AWS::AccountId` and its kin. They are not prefixed: all stacks of a run are deployed to one place.
    pub(super) fn pseudo(&self, name: &str, span: Span) -> Val {
        let options = self.options;
        let (class, given) = match name {
            "NoValue" => return Val::new(Kind::Null, Origin::at(span)),
            "AccountId" => (Class::AccountId, options.account_id.clone()),
            "Region" => (Class::Region, options.region.clone()),
            "Partition" => (Class::Partition, options.partition.clone()),
            "URLSuffix" => (Class::Identifier, options.partition.as_deref().and_then(url_suffix)),
            "StackName" => (Class::Identifier, None),
            "StackId" => (Class::Arn, None),
            "NotificationARNs" => {
                let rest = Some(Why::new(Cause::Deployment, "AWS::NotificationARNs", Some(span)));
                return Val::new(Kind::List(List { items: Vec::new(), rest }), Origin::at(span));
            }
            _ => {
                self.note(
                    "undeclared-name",
                    Gravity::Note,
                    span,
                    format!("there is no pseudo parameter `AWS::{name}`"),
                );
                return self.unknown(&format!("AWS::{name}"), Cause::Undeclared, &format!("AWS::{name}"), span);
            }
        };
        if let Some(given) = given {
            return Val::string(given, Origin::at(span).used_at(span, HopKind::Argument, format!("AWS::{name}")));
        }
        Val::new(Kind::Unknown(pseudo_hole(name, class, span).into()), Origin::at(span))
    }

    fn parameter(&self, name: &str, parameter: &Parameter, span: Span, scope: &Scope) -> Val {
        let subject = format!("Parameters.{name}");
        let mut out = if let Some(given) = self.arguments.get(name) {
            Val { origin: given.origin.used_at(span, HopKind::Argument, subject), ..given.clone() }
        } else if parameter.is_stored() {
            self.parameter_hole(name, parameter, Cause::DataSource, span)
        } else if let Some(given) = self.given.get(name).filter(|_| self.prefix.is_empty()) {
            // A value of the command line stands nowhere: the declaration stands for it.
            let written = given.origin.span.map_or_else(|| Origin::at(parameter.at), Origin::at);
            let origin = written.used_at(span, HopKind::Argument, subject);
            match &given.kind {
                Kind::Unknown(_) => self.parameter_hole(name, parameter, Cause::DataSource, span),
                kind => split_list(Val::new(kind.clone(), origin), parameter),
            }
        } else if let Some(default) = parameter.default.as_ref().filter(|_| scope.defaults) {
            let default = self.eval(default, &Scope::root());
            let origin = default.origin.used_at(span, HopKind::Default, subject);
            let value = if default.kind == Kind::Null { Kind::String(SymStr::default()) } else { default.kind };
            split_list(Val::new(value, origin), parameter)
        } else {
            self.parameter_hole(name, parameter, Cause::NoDefault, span)
        };
        out.sensitive |= parameter.secret;
        if parameter.secret {
            self.secrets.borrow_mut().extend(out.texts());
        }
        out
    }

    fn parameter_hole(&self, name: &str, parameter: &Parameter, cause: Cause, span: Span) -> Val {
        let why = Why::new(cause, format!("Parameters.{name}"), Some(parameter.at));
        if parameter.is_list() {
            return Val::new(Kind::List(List { items: Vec::new(), rest: Some(why) }), Origin::at(span));
        }
        let plain = |it: &String| !it.is_empty() && !it.contains(['*', '?']);
        let typed = parameter.kind.starts_with("AWS::EC2::") || parameter.kind.starts_with("AWS::Route53::");
        let class = if typed || (!parameter.allowed.is_empty() && parameter.allowed.iter().all(plain)) {
            Class::Identifier
        } else {
            Class::Any
        };
        self.hole(name, "", class, why, span)
    }

    /// What `Ref` gives for a resource.
    fn resource_reference(&self, resource: &Named, span: Span, scope: &Scope) -> Val {
        let kind = resource_type(resource);
        let id = resource.name.as_str();
        if let Some(text) = self.known_reference(resource, &kind, span, scope) {
            return Val::new(Kind::String(text), Origin::at(span));
        }
        let class = match kind.as_str() {
            "AWS::SNS::Topic" | "AWS::SecretsManager::Secret" | "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
                Class::Arn
            }
            it if is_custom(it) => Class::Any,
            _ => Class::Identifier,
        };
        let why = Why::new(Cause::Computed, id, Some(resource.at));
        self.hole(id, "Ref", class, why, span)
    }

    /// The hole that is a bucket's (or access point's) name: its symbol is `(logical id, "id")`, its text is known
    /// where the name is.
    pub(super) fn named_hole(&self, resource: &Named, name_key: &str, span: Span, scope: &Scope) -> Hole {
        let id = resource.name.as_str();
        let key = format!("name of {id}");
        let written = get(&resource.node, "Properties").and_then(|it| get(it, name_key));
        let mut why = Why::new(Cause::Computed, id, Some(resource.at));
        let mut known = None;
        if let Some(node) = written {
            let inner = Scope { loops: resource.loops.clone(), ..scope.clone() };
            if let Some(name) = self.once_within(key, || self.eval(node, &inner)) {
                known = name.as_text().filter(|it| !it.is_empty()).map(Into::into);
                why = name.why().unwrap_or(why);
            } else {
                self.note("cycle", Gravity::Incomplete, span, format!("the name of `{id}` refers to itself"));
                why = Why::new(Cause::Cycle, id, Some(resource.at));
            }
        }
        let class = if name_key == "BucketName" { Class::BucketName } else { Class::Identifier };
        Hole { symbol: self.symbol(id, "id"), class, known, why }
    }

    /// `Fn::GetAtt`.
    pub(super) fn get_att(&self, call: &Call<'_>, scope: &Scope) -> Val {
        let parts: Vec<String> = match call.text() {
            Some(it) => match it.split_once('.') {
                Some((id, attribute)) => vec![id.to_owned(), attribute.to_owned()],
                None => vec![it],
            },
            None => call.items().iter().filter_map(|it| self.eval(it, scope).as_text()).collect(),
        };
        match parts.as_slice() {
            [id, attribute @ ..] if !attribute.is_empty() => {
                let id = self.with_loops(id, call.span, scope).known().unwrap_or_else(|| id.clone());
                self.attribute(&id, &attribute.join("."), call.span, scope)
            }
            _ => self.invalid(call.span, "Fn::GetAtt needs a logical id and an attribute"),
        }
    }

    /// An attribute of a resource.
    pub(super) fn attribute(&self, id: &str, attribute: &str, span: Span, scope: &Scope) -> Val {
        let Some(resource) = self.resource(id) else { return self.undeclared(id, span) };
        let kind = resource_type(resource);
        if let Some(text) = self.known_attribute(resource, &kind, attribute, span, scope) {
            return Val::new(Kind::String(text), Origin::at(span));
        }
        if let Some(text) = self.iam_arn(resource, &kind, attribute, span) {
            return Val::new(Kind::String(text), Origin::at(span));
        }
        if let Some(value) = self.stored(resource, &kind, attribute, span, scope) {
            return value;
        }
        if let Some(name) = attribute.strip_prefix("Outputs.")
            && let Some(value) = self.output(resource, name, span)
        {
            return value;
        }
        let class = if is_custom(&kind) || attribute.starts_with("Outputs.") {
            Class::Any
        } else if attribute.ends_with("Arn") || attribute.ends_with("ARN") {
            Class::Arn
        } else {
            Class::Identifier
        };
        let why = Why::new(Cause::Computed, format!("{id}.{attribute}"), Some(resource.at));
        self.hole(id, attribute, class, why, span)
    }

    /// Replaces `${Variable}` and `&{Variable}` of loops in a name.
    pub(super) fn with_loops(&self, name: &str, span: Span, scope: &Scope) -> SymStr {
        let mut out = name.to_owned();
        for (variable, value) in &scope.loops {
            if let Some(text) = value.as_text() {
                out = out.replace(&format!("${{{variable}}}"), &text).replace(&format!("&{{{variable}}}"), &text);
            }
        }
        if out == name { SymStr::text_at(out, span) } else { SymStr::text(out) }
    }
}

fn pseudo_hole(name: &str, class: Class, span: Span) -> Hole {
    let why = Why::new(Cause::Deployment, format!("AWS::{name}"), Some(span));
    Hole { symbol: Symbol::new("AWS", name), class, known: None, why }
}

fn url_suffix(partition: &str) -> Option<String> {
    match partition {
        "aws" | "aws-us-gov" => Some("amazonaws.com".to_owned()),
        "aws-cn" => Some("amazonaws.com.cn".to_owned()),
        _ => None,
    }
}

/// The type of a resource; empty where it is not text.
pub(super) fn resource_type(resource: &Named) -> String {
    get(&resource.node, "Type").and_then(text).unwrap_or_default()
}

fn is_custom(kind: &str) -> bool {
    kind.starts_with("Custom::") || kind.starts_with("AWS::CloudFormation::") || kind.is_empty()
}

/// A list parameter's text split at its commas.
fn split_list(val: Val, parameter: &Parameter) -> Val {
    let Kind::String(text) = &val.kind else { return val };
    if !parameter.is_list() {
        return val;
    }
    let items = split(text, ",", true).into_iter().map(|it| Val::new(single(it), val.origin.clone())).collect();
    Val::new(Kind::List(List { items, rest: None }), val.origin.clone())
}

/// Splits a symbolic string at a separator within its known pieces; `trim` strips blanks of the parts.
pub(super) fn split(text: &SymStr, separator: &str, trim: bool) -> Vec<SymStr> {
    let mut out = vec![SymStr::default()];
    let push = |out: &mut Vec<SymStr>, seg: Seg| {
        if let Some(last) = out.last_mut() {
            last.push(seg);
        }
    };
    for seg in text.segs() {
        let mut rest = match (seg, seg.known()) {
            (Seg::Lit(lit), _) => lit.clone(),
            (Seg::Hole(_), Some(known)) if known.contains(separator) => {
                crate::source::Piece { text: known.clone(), at: None }
            }
            (Seg::Hole(_), _) => {
                push(&mut out, seg.clone());
                continue;
            }
        };
        while let Some(at) = rest.text.find(separator).filter(|_| !separator.is_empty()) {
            let (head, tail) = split_piece(&rest, at);
            push(&mut out, Seg::Lit(trimmed(head, trim)));
            rest = split_piece(&tail, separator.len()).1;
            out.push(SymStr::default());
        }
        push(&mut out, Seg::Lit(trimmed(rest, trim)));
    }
    out
}

/// What stands before and after the first occurrence of a separator in the known pieces.
pub(super) fn split_first(text: &SymStr, separator: &str) -> Option<(SymStr, SymStr)> {
    let (mut head, mut tail) = (SymStr::default(), SymStr::default());
    let mut found = false;
    for seg in text.segs() {
        match seg {
            Seg::Lit(lit) if !found && lit.text.contains(separator) => {
                let (before, rest) = split_piece(lit, lit.text.find(separator)?);
                head.push(Seg::Lit(before));
                tail.push(Seg::Lit(split_piece(&rest, separator.len()).1));
                found = true;
            }
            other if found => tail.push(other.clone()),
            other => head.push(other.clone()),
        }
    }
    found.then_some((head, tail))
}

fn trimmed(piece: crate::source::Piece, trim: bool) -> crate::source::Piece {
    if !trim || piece.text.trim() == &*piece.text {
        return piece;
    }
    let before = piece.text.len() - piece.text.trim_start().len();
    let tail = split_piece(&piece, before).1;
    let length = tail.text.trim_end().len();
    split_piece(&tail, length).0
}
