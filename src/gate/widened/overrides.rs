//! Files that say with which values templates are deployed: the configuration of AWS SAM's command line, and deployment files of
//! CloudFormation's Git sync.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html>

use std::path::Path;

use crate::source::FileId;
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::{json, yaml};

/// The key of SAM's.
const OVERRIDES: &str = "parameter_overrides";

/// The key of Git sync's that names the template, and SAM's.
const TEMPLATES: [&str; 3] = ["template-file-path", "template_file", "template"];

/// Values of one deployment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overrides {
    /// Which of those of the file: `prod.deploy`.
    pub name: String,
    /// By parameter.
    pub values: Vec<(String, String)>,
    /// The path of the template, where the file says it.
    template: Option<String>,
}

impl Overrides {
    /// Whether they may be those of a template.
    pub fn may_be_of(&self, template: &Path) -> bool {
        // What SAM has built is the template elsewhere.
        let is_built = |it: &str| it.contains(".aws-sam");
        let is_it = |it: &String| is_built(it) || Path::new(it).file_name() == template.file_name();
        self.template.as_ref().is_none_or(is_it)
    }
}

/// Those of a file; none where it is of another kind.
pub(super) fn of(path: &Path, text: &str) -> Vec<Overrides> {
    let is_of = |it: &str| path.extension().is_some_and(|own| own == it);
    if !text.contains(OVERRIDES) && !text.contains("template-file-path") {
        return Vec::new();
    }
    if is_of("toml") {
        return of_toml(text);
    }
    let documents: Vec<Node> = match is_of("json") {
        true => json::parse(FileId(0), text).tree.into_iter().collect(),
        false => yaml::parse(FileId(0), text).tree,
    };
    let mut all = Vec::new();
    for document in &documents {
        if let (Some(at), Some(values)) = (document.get("template-file-path"), document.get("parameters")) {
            all.push(Overrides { name: String::new(), values: values_of(values), template: at.text() });
        }
        for environment in document.entries() {
            for command in environment.value.entries() {
                let Some(given) = command.value.get("parameters") else { continue };
                let Some(values) = given.get(OVERRIDES) else { continue };
                let name = [&environment.key, &command.key].map(|it| it.text().unwrap_or_default()).join(".");
                let template = TEMPLATES.iter().find_map(|it| given.get(it)).and_then(Node::text);
                all.push(Overrides { name, values: values_of(values), template });
            }
        }
    }
    all
}

/// A map, a list of `NAME=VALUE`, or all of those in one text.
fn values_of(node: &Node) -> Vec<(String, String)> {
    match &node.kind {
        NodeKind::Mapping(pairs) => pairs.iter().filter_map(|it| Some((it.key.text()?, it.value.text()?))).collect(),
        NodeKind::Sequence(all) => all.iter().filter_map(Node::text).flat_map(|it| pairs(&it)).collect(),
        NodeKind::Scalar(_) => node.text().map(|it| pairs(&it)).unwrap_or_default(),
    }
}

/// `A=1 B="two words" ParameterKey=C,ParameterValue=3`.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for word in words(text) {
        let own = word.strip_prefix("ParameterKey=").and_then(|it| it.split_once(",ParameterValue="));
        match (own.or_else(|| word.split_once('=')), all.last_mut()) {
            (Some((name, value)), _) => all.push((name.to_owned(), value.to_owned())),
            (None, Some((_, value))) => *value = format!("{value} {word}"),
            (None, None) => (),
        }
    }
    all
}

/// Words as a shell has them: with quotes, and with `\` before what is meant as such.
fn words(text: &str) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut rest = text.chars();
    while let Some(it) = rest.next() {
        match (it, quote) {
            ('\\', _) => word.get_or_insert_default().extend(rest.next()),
            (it, Some(own)) if it == own => quote = None,
            ('"' | '\'', None) => {
                quote = Some(it);
                word.get_or_insert_default();
            }
            (it, None) if it.is_whitespace() => all.extend(word.take()),
            (it, _) => word.get_or_insert_default().push(it),
        }
    }
    all.extend(word);
    all
}

/// What a file of TOML says: the tables, and in them texts, lists and maps of texts. All else is passed over.
fn of_toml(text: &str) -> Vec<Overrides> {
    let mut all: Vec<Overrides> = vec![Overrides::default()];
    let (mut is_table, mut at) = (false, 0);
    while let Some(rest) = text.get(at..).filter(|it| !it.is_empty()) {
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let bare = line.trim_start();
        let start = at;
        at += line.len();
        if let Some(table) = bare.strip_prefix('[') {
            let name = table.split(']').next().unwrap_or_default();
            let parts: Vec<&str> = name.split('.').map(|it| it.trim().trim_matches(['"', '\''])).collect();
            let own = parts.strip_suffix(&[OVERRIDES]).unwrap_or(&parts);
            is_table = own.len() < parts.len();
            let name = own.strip_suffix(&["parameters"]).unwrap_or(own).join(".");
            if all.last().is_none_or(|it| it.name != name) {
                all.push(Overrides { name, ..Overrides::default() });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !bare.starts_with('#')) else { continue };
        let key = key.trim().trim_matches(['"', '\'']);
        let is_asked = key == OVERRIDES || is_table || TEMPLATES.contains(&key);
        let Some(own) = all.last_mut().filter(|_| is_asked) else { continue };
        // A value may go on below its line.
        let mut read = Toml { rest: text.get(start + (line.len() - value.len())..).unwrap_or_default() };
        let texts = read.value();
        at = at.max(text.len() - read.rest.len());
        match key {
            _ if is_table => own.values.extend(texts.into_iter().next().map(|it| (key.to_owned(), it.1))),
            OVERRIDES => {
                let each = |(key, it): (Option<String>, String)| match key {
                    Some(key) => vec![(key, it)],
                    None => pairs(&it),
                };
                own.values.extend(texts.into_iter().flat_map(each));
            }
            _ => own.template = texts.into_iter().next().map(|it| it.1),
        }
    }
    all.retain(|it| !it.values.is_empty());
    all
}

/// Reads one value of TOML.
struct Toml<'a> {
    rest: &'a str,
}

impl Toml<'_> {
    /// The texts of a text, of a list, or of a map with their keys.
    fn value(&mut self) -> Vec<(Option<String>, String)> {
        self.skip(&[' ', '\t']);
        let Some(end) = (match self.rest.chars().next() {
            Some('[') => Some(']'),
            Some('{') => Some('}'),
            _ => None,
        }) else {
            return self.text().map(|it| (None, it)).into_iter().collect();
        };
        self.rest = self.rest.get(1..).unwrap_or_default();
        let mut all = Vec::new();
        loop {
            self.skip(&[' ', '\t', '\r', '\n', ',']);
            if self.rest.starts_with('#') {
                self.rest = self.rest.split_once('\n').map_or("", |it| it.1);
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix(end) {
                self.rest = rest;
                return all;
            }
            let Some(one) = self.text() else { return all };
            self.skip(&[' ', '\t']);
            match self.rest.strip_prefix('=').filter(|_| end == '}') {
                Some(rest) => {
                    self.rest = rest;
                    self.skip(&[' ', '\t']);
                    all.extend(self.text().map(|it| (Some(one), it)));
                }
                None => all.push((None, one)),
            }
        }
    }

    /// A text in quotes of any kind, else what stands there.
    fn text(&mut self) -> Option<String> {
        let quote = ["\"\"\"", "\'\'\'", "\"", "\'"].into_iter().find(|it| self.rest.starts_with(it));
        let Some(quote) = quote else {
            let end = self.rest.find([',', ']', '}', '#', '\n', '=']).unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(text.trim().to_owned()).filter(|it| !it.is_empty());
        };
        let body = self.rest.strip_prefix(quote)?;
        let mut found = String::new();
        let mut rest = body.char_indices();
        while let Some((at, it)) = rest.next() {
            if body.get(at..).is_some_and(|it| it.starts_with(quote)) {
                self.rest = body.get(at + quote.len()..).unwrap_or_default();
                return Some(found);
            }
            match (it, quote.starts_with('"')) {
                ('\\', true) => match rest.next() {
                    Some((_, own @ ('"' | '\\'))) => found.push(own),
                    Some((_, own)) if own.is_whitespace() => found.push(' '),
                    Some((_, 'n' | 'r' | 't')) => found.push(' '),
                    Some((_, own)) => found.extend(['\\', own]),
                    None => (),
                },
                (it, _) => found.push(it),
            }
        }
        self.rest = "";
        Some(found)
    }

    fn skip(&mut self, what: &[char]) {
        self.rest = self.rest.trim_start_matches(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let check = |name: &str, text: &str, expected: &[(&str, &[(&str, &str)])]| {
            let found = of(Path::new(name), text);
            let found: Vec<(&str, Vec<(&str, &str)>)> = found
                .iter()
                .map(|it| (it.name.as_str(), it.values.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect()))
                .collect();
            let expected: Vec<(&str, Vec<(&str, &str)>)> = expected.iter().map(|it| (it.0, it.1.to_vec())).collect();
            assert_eq!(found, expected, "{text}");
        };
        let two: &[(&str, &str)] = &[("A", "1"), ("B", "x y")];
        check(
            "s.toml",
            "[p.deploy.parameters]\nparameter_overrides = \"A=1 B=\\\"x y\\\"\" # c\n",
            &[("p.deploy", two)],
        );
        check("s.toml", "[p.deploy.parameters]\nparameter_overrides='A=1 B=\"x y\"'", &[("p.deploy", two)]);
        check(
            "s.toml",
            "[p.deploy.parameters]\nparameter_overrides = [\n 'A=1', # one\n 'B=x y',\n]\ns = 1\n[q.deploy.parameters]\nparameter_overrides = 'A=2'\n",
            &[("p.deploy", two), ("q.deploy", &[("A", "2")])],
        );
        check("s.toml", "[p.deploy.parameters]\nparameter_overrides = { A = 1, B = 'x y' }\n", &[("p.deploy", two)]);
        check(
            "s.toml",
            "[p.deploy.parameters.parameter_overrides]\nA = 1\n\"B\" = 'x y'\n[r]\nC=1\n",
            &[("p.deploy", two)],
        );
        check(
            "s.toml",
            "[p.deploy.parameters]\nparameter_overrides = \"\"\"ParameterKey=A,ParameterValue=1 \\\n B='x y'\"\"\"\n",
            &[("p.deploy", two)],
        );
        check(
            "s.yaml",
            "p:\n  deploy:\n    parameters:\n      parameter_overrides:\n        - A=1\n        - B=x y\n",
            &[("p.deploy", two)],
        );
        check(
            "s.yaml",
            "p:\n  deploy:\n    parameters:\n      parameter_overrides: {A: 1, B: x y}\n",
            &[("p.deploy", two)],
        );
        check("d.yaml", "template-file-path: t.yaml\nparameters:\n  A: \"1\"\n  B: x y\n", &[("", two)]);
        check(
            "d.json",
            "{\"template-file-path\": \"t\", \"parameters\": {\"A\": \"1\", \"B\": \"x y\"}}",
            &[("", two)],
        );
        // Whatever stands there.
        check("s.toml", "parameter_overrides = [\"A=1\", ", &[("", &[("A", "1")])]);
        check("s.toml", "parameter_overrides = \"", &[]);
        check("s.toml", "[parameter_overrides\n=\n", &[]);
        check("s.toml", "parameter_overrides = [}", &[]);
        check("s.yaml", "parameter_overrides", &[]);
    }
}
