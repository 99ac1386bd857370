//! Templates in one form: what says the same is one text, whether it is written in YAML or JSON, under a condition of another name,
//! or comes by a parameter of a nested stack.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::frontend::cloudformation::node::{call, get, text};
use crate::frontend::cloudformation::{STORED, closing_brace};
use crate::source::{FileId, Span, normal as path_of};
use crate::syntax::data::{Node, NodeKind};

use super::framework::is_variable;
use super::normal::{all_of, either, equal, not, quoted};
use super::template::Template;
use super::{Says, Written, holds, tree};

/// So deep values and what they name are followed.
const MAX_DEPTH: usize = 300;

/// So many values are put in this form for one place.
const MAX_WORK: usize = 100_000;

/// A template as one stack makes it.
pub(super) struct Stack {
    template: Rc<Template>,
    file: FileId,
    /// The stack that nests it, and the resource there.
    above: Option<(Rc<Stack>, String)>,
}

/// What is found out for one place.
pub(super) struct Normal<'m, 'a> {
    written: &'m Written<'a>,
    known: &'m [Span],
    found: RefCell<Says>,
    open: RefCell<BTreeSet<String>>,
    depth: Cell<usize>,
    work: Cell<usize>,
}

impl Stack {
    fn section(&self, section: &str, name: &str) -> Option<&Node> {
        self.template.documents().iter().find_map(|it| get(get(it, section)?, name))
    }

    fn resources(&self) -> impl Iterator<Item = (String, &Node)> {
        let all = self.template.documents().iter().filter_map(|it| get(it, "Resources"));
        all.flat_map(Node::entries).filter_map(|it| Some((it.key.text()?, &it.value)))
    }

    /// What tells it from other stacks.
    fn name(&self) -> String {
        self.above.as_ref().map(|it| format!("{}{}.", it.0.name(), it.1)).unwrap_or_default()
    }
}

impl<'m, 'a> Normal<'m, 'a> {
    pub fn new(written: &'m Written<'a>, known: &'m [Span]) -> Self {
        Self {
            written,
            known,
            found: RefCell::default(),
            open: RefCell::default(),
            depth: Cell::new(0),
            work: Cell::new(0),
        }
    }

    /// What stands at a place of a bucket: of a property all, or what is looked up in it. `None` where it is in no resource.
    pub fn of_place(self, (namespace, address): (&str, &str), at: Span, path: &[String]) -> Option<Says> {
        let stack = self.stack((namespace, address), at.file);
        let (_, resource) = stack.resources().find(|it| holds(it.1.span, at))?;
        self.there(&stack, resource);
        // So it is with the stacks that nest it.
        let mut of = Rc::clone(&stack);
        while let Some((above, name)) = of.above.clone() {
            above.section("Resources", &name).into_iter().for_each(|it| self.there(&above, it));
            of = above;
        }
        let properties = get(resource, "Properties").filter(|it| holds(it.span, at))?;
        let property = properties.entries().iter().find(|it| holds(it.value.span, at))?;
        let is_itself = path.first().is_some_and(|it| property.key.text().as_ref() == Some(it));
        let text = self.value(&stack, &property.value, if is_itself { &[] } else { path });
        self.tell(text);
        Some(self.found.into_inner())
    }

    fn there(&self, stack: &Rc<Stack>, resource: &Node) {
        if let Some(it) = get(resource, "Condition").and_then(text) {
            let it = self.condition(stack, &it);
            self.tell(format!("there {it}"));
        }
    }

    /// The stack that a resource is of: `A.B.Bucket` is in the stack `B` of the stack `A`.
    fn stack(&self, (namespace, address): (&str, &str), file: FileId) -> Rc<Stack> {
        let root = namespace.rsplit_once('#').map_or(namespace, |it| it.0);
        let load = |file: FileId, above| Rc::new(Stack { template: self.written.template(file), file, above });
        let mut way = self.written.sources.load(Path::new(root)).ok().map(|it| load(it, None));
        for name in address.split('.') {
            let Some(stack) = way.take() else { break };
            if stack.file == file {
                return stack;
            }
            way = self.child(&stack, name);
        }
        way.filter(|it| it.file == file).unwrap_or_else(|| load(file, None))
    }

    fn child(&self, stack: &Rc<Stack>, name: &str) -> Option<Rc<Stack>> {
        let resource = stack.section("Resources", name)?;
        let above = Some((Rc::clone(stack), name.to_owned()));
        let here = self.written.sources.file(stack.file).path.clone();
        // One that is written into a StackSet is no file of its own.
        let within = PathBuf::from(format!("{}#{}{name}", here.display(), stack.name()));
        if self.written.sources.has(&within) {
            let file = self.written.sources.load(&within).ok()?;
            return Some(Rc::new(Stack { template: self.written.template(file), file, above }));
        }
        let asset = get(resource, "Metadata").and_then(|it| get(it, "aws:asset:path"));
        let properties = get(resource, "Properties");
        let url = || properties.and_then(|it| get(it, "TemplateURL").or_else(|| get(it, "Location")));
        let path = asset.or_else(url).and_then(text)?;
        let path: PathBuf = here.parent().unwrap_or(Path::new("")).join(path.strip_prefix("file://").unwrap_or(&path));
        let path = path_of(&path);
        let is_here = self.written.sources.fs().is_file(&path);
        let file = is_here.then(|| self.written.sources.load(&path).ok())??;
        Some(Rc::new(Stack { template: self.written.template(file), file, above }))
    }

    fn tell(&self, text: String) {
        self.found.borrow_mut().texts.insert(text);
    }

    /// Something of a name, once at a time: a circle ends.
    fn named(&self, stack: &Rc<Stack>, name: &str, says: &dyn Fn() -> String) -> String {
        let key = format!("{}{name}", stack.name());
        if !self.open.borrow_mut().insert(key.clone()) {
            return name.to_owned();
        }
        let text = says();
        self.open.borrow_mut().remove(&key);
        text
    }

    fn condition(&self, stack: &Rc<Stack>, name: &str) -> String {
        let says = || match stack.section("Conditions", name) {
            Some(it) => self.value(stack, it, &[]),
            None => format!("Condition({name})"),
        };
        self.named(stack, &format!("Condition({name})"), &says)
    }

    fn value(&self, stack: &Rc<Stack>, it: &Node, path: &[String]) -> String {
        if self.known.iter().any(|own| own.file == it.span.file && holds(*own, it.span)) {
            return "_".to_owned();
        }
        self.work.set(self.work.get() + 1);
        if MAX_DEPTH < self.depth.get() || MAX_WORK < self.work.get() {
            // Too much to follow: all of it counts.
            self.tell(self.written.sources.text(stack.file).to_string());
            return "much()".to_owned();
        }
        self.depth.set(self.depth.get() + 1);
        let text = self.kind(stack, it, path);
        self.depth.set(self.depth.get() - 1);
        text
    }

    fn kind(&self, stack: &Rc<Stack>, it: &Node, path: &[String]) -> String {
        let after = |text: String| path.iter().fold(text, |text, it| format!("{text}.{it}"));
        if let Some(own) = call(it) {
            // The argument of a short call is the node itself, without its tag.
            let bare = own.short.then(|| Node { tag: None, ..own.arg.clone() });
            let arg = bare.as_ref().unwrap_or(own.arg);
            return self.call(stack, &own.name, arg, path).unwrap_or_else(|| {
                after(format!("{}({})", own.name.trim_start_matches("Fn::"), self.value(stack, arg, &[])))
            });
        }
        match (&it.kind, path) {
            (NodeKind::Mapping(_), [own, rest @ ..]) => {
                get(it, own).map_or_else(|| "absent()".to_owned(), |it| self.value(stack, it, rest))
            }
            (NodeKind::Mapping(pairs), []) => {
                let key = |it: &Node| it.text().unwrap_or_default();
                // What a statement is called says nothing.
                let said = pairs.iter().filter(|it| key(&it.key) != "Sid");
                let all: BTreeMap<String, String> =
                    said.map(|it| (key(&it.key), self.value(stack, &it.value, &[]))).collect();
                let all: Vec<String> = all.into_iter().map(|(key, it)| format!("{key}={it}")).collect();
                format!("{{{}}}", all.join(" "))
            }
            (NodeKind::Sequence(items), _) => {
                let mut all: Vec<String> = items.iter().map(|it| self.value(stack, it, &[])).collect();
                all.retain(|it| it != "_");
                // Lists of policies are sets, and so is what else is compared.
                all.sort();
                all.dedup();
                match all.as_slice() {
                    [only] => only.clone(),
                    _ => format!("[{}]", all.join(" ")),
                }
            }
            (NodeKind::Scalar(_), _) => after(tree::normal(it, &[])),
        }
    }

    fn call(&self, stack: &Rc<Stack>, name: &str, arg: &Node, path: &[String]) -> Option<String> {
        let items = arg.items();
        let plain = |it: &Node| self.value(stack, it, &[]);
        let each = |name: &str| {
            let all: Vec<String> = items.iter().map(plain).collect();
            all.into_iter().reduce(|a, b| all_of(name, &a, &b))
        };
        match (name, items) {
            ("Ref", _) => Some(self.reference(stack, &text(arg)?, path)),
            ("Condition", _) => Some(self.condition(stack, &text(arg)?)),
            ("Fn::If", [condition, a, b]) => {
                let condition = self.condition(stack, &text(condition)?);
                Some(either(&condition, &self.value(stack, a, path), &self.value(stack, b, path)))
            }
            ("Fn::Equals", [a, b]) => Some(equal(plain(a), plain(b))),
            ("Fn::Not", [it]) => Some(not(&plain(it))),
            ("Fn::And", _) => each("and"),
            ("Fn::Or", _) => {
                let all: Vec<String> = items.iter().map(|it| not(&plain(it))).collect();
                all.into_iter().reduce(|a, b| all_of("and", &a, &b)).map(|it| not(&it))
            }
            ("Fn::FindInMap", [map, first, second, rest @ ..]) => {
                let Some(found) = stack.section("Mappings", &text(map)?) else {
                    return Some(format!("FindInMap({})", plain(arg)));
                };
                let rest: Vec<String> = rest.iter().map(plain).collect();
                Some(self.in_map(stack, found, [first, second]) + &rest.join(" "))
            }
            ("Fn::Sub", _) => self.sub(stack, arg),
            ("Fn::GetAtt", _) => {
                let name = match items {
                    [] => text(arg)?,
                    _ => items.iter().filter_map(Node::text).collect::<Vec<_>>().join("."),
                };
                Some(self.attribute(stack, &name, path))
            }
            ("Fn::Join", [between, list])
                if call(between).is_none() && call(list).is_none() && !list.items().is_empty() =>
            {
                Some(self.joined(stack, &text(between)?, list.items()))
            }
            ("Fn::Join" | "Fn::Select" | "Fn::Split" | "Fn::Cidr", _) => {
                let all: Vec<String> = items.iter().map(|it| self.ordered(stack, it)).collect();
                Some(format!("{}({})", name.trim_start_matches("Fn::"), all.join(" ")))
            }
            _ => None,
        }
    }

    /// A list in its order.
    fn ordered(&self, stack: &Rc<Stack>, it: &Node) -> String {
        match &it.kind {
            NodeKind::Sequence(items) if it.tag.is_none() => {
                let all: Vec<String> = items.iter().map(|it| self.value(stack, it, &[])).collect();
                format!("[{}]", all.join(" "))
            }
            _ => self.value(stack, it, &[]),
        }
    }

    /// The key that a node is, else what it depends on.
    fn key(&self, stack: &Rc<Stack>, it: &Node) -> Result<String, String> {
        match (&it.kind, call(it)) {
            (NodeKind::Scalar(_), None) => Ok(it.text().unwrap_or_default()),
            _ => Err(self.value(stack, it, &[])),
        }
    }

    /// What is looked up in a mapping: of a key that is not known, what all of them say.
    fn in_map(&self, stack: &Rc<Stack>, map: &Node, [first, second]: [&Node; 2]) -> String {
        let of = |it: &Node, key: &Node, next: &dyn Fn(&Node) -> String| match self.key(stack, key) {
            Ok(key) => get(it, &key).map_or_else(|| "absent()".to_owned(), next),
            Err(key) => {
                let all: BTreeMap<String, String> =
                    it.entries().iter().map(|it| (it.key.text().unwrap_or_default(), next(&it.value))).collect();
                let all: Vec<String> = all.into_iter().map(|(key, it)| format!("{key}={it}")).collect();
                format!("{{{}}}[{key}]", all.join(" "))
            }
        };
        of(map, first, &|it| of(it, second, &|it| self.value(stack, it, &[])))
    }

    /// A text with values in it; without any it is a text.
    fn sub(&self, stack: &Rc<Stack>, arg: &Node) -> Option<String> {
        let (own, values) = match arg.items() {
            [own, values, ..] => (own, Some(values)),
            [own] => (own, None),
            [] => (arg, None),
        };
        let whole = own.text()?;
        let (mut parts, mut rest, mut plain) = (Vec::new(), whole.as_str(), String::new());
        while let Some((before, _)) = rest.split_once("${") {
            plain.push_str(before);
            let end = closing_brace(rest, before.len())?;
            let (name, after) = (rest.get(before.len() + 2..end)?, rest.get(end + 1..)?);
            rest = after;
            if is_variable(name) {
                plain.push_str(&format!("${{{name}}}"));
                continue;
            }
            if let Some(literal) = name.strip_prefix('!') {
                plain.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let value = match values.and_then(|it| get(it, name.trim())) {
                Some(it) => self.value(stack, it, &[]),
                None if name.contains('.') => self.attribute(stack, name.trim(), &[]),
                None => self.reference(stack, name.trim(), &[]),
            };
            if !plain.is_empty() {
                parts.push(format!("{plain:?}"));
                plain.clear();
            }
            parts.push(value);
        }
        plain.push_str(rest);
        if parts.is_empty() {
            return Some(quoted(&plain));
        }
        if !plain.is_empty() {
            parts.push(format!("{plain:?}"));
        }
        match parts.as_slice() {
            [only] => Some(only.clone()),
            _ => Some(format!("text({})", parts.join(" "))),
        }
    }

    /// Values with a text between each two, as `Fn::Sub` would write them.
    fn joined(&self, stack: &Rc<Stack>, between: &str, items: &[Node]) -> String {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        for (at, it) in items.iter().enumerate() {
            plain.push_str(if at == 0 { "" } else { between });
            match (&it.kind, call(it)) {
                (NodeKind::Scalar(_), None) => plain.push_str(&it.text().unwrap_or_default()),
                _ => {
                    parts.extend((!plain.is_empty()).then(|| format!("{plain:?}")));
                    plain.clear();
                    parts.push(self.value(stack, it, &[]));
                }
            }
        }
        if parts.is_empty() {
            return quoted(&plain);
        }
        parts.extend((!plain.is_empty()).then(|| format!("{plain:?}")));
        match parts.as_slice() {
            [only] => only.clone(),
            _ => format!("text({})", parts.join(" ")),
        }
    }

    fn reference(&self, stack: &Rc<Stack>, name: &str, path: &[String]) -> String {
        let full = path.iter().fold(format!("Ref({name})"), |text, it| format!("{text}.{it}"));
        if let Some(parameter) = stack.section("Parameters", name) {
            let given = stack.above.as_ref().and_then(|(above, own)| {
                let given = get(get(above.section("Resources", own)?, "Properties")?, "Parameters")?;
                Some((above, get(given, name)?))
            });
            if let Some((above, it)) = given {
                return self.named(stack, &full, &|| self.value(above, it, path));
            }
            return self.parameter(stack, name, parameter, full);
        }
        self.made(stack, name);
        full
    }

    /// A parameter that the run decides: with its default, and with what it may be.
    fn parameter(&self, stack: &Rc<Stack>, name: &str, it: &Node, full: String) -> String {
        let member = |own: &str| get(it, own).map(|it| (own.to_owned(), self.value(stack, it, &[])));
        let kind = member("Type").filter(|it| it.1.contains("AWS::SSM"));
        for (own, text) in kind.into_iter().chain(member("Default")) {
            self.tell(format!("{name} {own} {text}"));
        }
        let allowed = get(it, "AllowedValues").map(Node::items).unwrap_or_default();
        let mut found = self.found.borrow_mut();
        if get(it, "AllowedValues").is_none() {
            found.may.insert(format!("{name} is free"));
        }
        found.may.extend(allowed.iter().map(|it| format!("{name} {}", tree::normal(it, &[]))));
        if let Some(it) = get(it, "AllowedPattern") {
            found.limits.insert(format!("{name} {}", tree::normal(it, &[])));
        }
        full
    }

    /// What decides what a resource gives: what AWS says of its own does not depend on what else stands there.
    fn made(&self, stack: &Rc<Stack>, name: &str) {
        let Some(resource) = stack.section("Resources", name) else { return };
        let kind = get(resource, "Type").and_then(text).unwrap_or_default();
        if kind.starts_with("AWS::") && !kind.starts_with("AWS::CloudFormation::") {
            return;
        }
        let said = self.named(stack, &format!("made {name}"), &|| self.value(stack, resource, &[]));
        self.tell(format!("{name} {said}"));
    }

    fn attribute(&self, stack: &Rc<Stack>, name: &str, path: &[String]) -> String {
        let full = path.iter().fold(format!("GetAtt({name})"), |text, it| format!("{text}.{it}"));
        let Some((resource, attribute)) = name.split_once('.') else { return full };
        let output = attribute.strip_prefix("Outputs.");
        if let Some((child, own)) = output.and_then(|own| Some((self.child(stack, resource)?, own))) {
            let depth = std::iter::successors(Some(&child), |it| it.above.as_ref().map(|it| &it.0)).count();
            if let Some(value) = child.section("Outputs", own).and_then(|it| get(it, "Value")).filter(|_| depth < 10) {
                return self.named(stack, &full, &|| self.value(&child, value, path));
            }
        }
        if let Some(value) = stack.section("Resources", resource).and_then(|it| stored(it, attribute)) {
            return self.named(stack, &full, &|| self.value(stack, value, path));
        }
        self.made(stack, resource);
        full
    }
}

/// What the attribute of a resource is, where one of its properties says it.
fn stored<'n>(resource: &'n Node, attribute: &str) -> Option<&'n Node> {
    let kind = get(resource, "Type").and_then(text)?;
    let properties = ((kind.as_str(), attribute) == STORED).then(|| get(resource, "Properties"))?;
    get(properties?, attribute)
}
