//! Files that say with which values templates are deployed: the configuration of AWS SAM's command line, and deployment files of
//! CloudFormation's Git sync.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html>

use std::path::Path;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use crate::source::FileId;
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::{json, yaml};

/// The key of SAM's.
const OVERRIDES: &str = "parameter_overrides";

/// The key of Git sync's that names the template, and SAM's.
const TEMPLATES: [&str; 3] = ["template-file-path", "template_file", "template"];

/// Values by parameter, and whether they are all that is given.
type Given = (Vec<(String, String)>, bool);

/// Values of one deployment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overrides {
    /// Which of those of the file: `prod.deploy`.
    pub name: String,
    /// By parameter.
    pub values: Vec<(String, String)>,
    /// The path of the template, where the file says it.
    template: Option<String>,
    /// Whether all of it could be read.
    pub is_whole: bool,
}

impl Overrides {
    /// Those of a file that cannot be read.
    fn unread() -> Self {
        Self { name: String::new(), values: Vec::new(), template: None, is_whole: false }
    }

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
    let (documents, is_broken): (Vec<Node>, bool) = match is_of("json") {
        true => {
            let parsed = json::parse(FileId(0), text);
            (parsed.tree.into_iter().collect(), !parsed.errors.is_empty())
        }
        false => {
            let parsed = yaml::parse(FileId(0), text);
            (parsed.tree, !parsed.errors.is_empty())
        }
    };
    let mut all: Vec<Overrides> = is_broken.then(Overrides::unread).into_iter().collect();
    for document in &documents {
        if let (Some(at), Some(values)) = (document.get("template-file-path"), document.get("parameters")) {
            let (values, is_whole) = values_of(values);
            all.push(Overrides { name: String::new(), values, template: at.text(), is_whole });
        }
        for environment in document.entries() {
            for command in environment.value.entries() {
                let Some(given) = command.value.get("parameters") else { continue };
                let Some(values) = given.get(OVERRIDES) else { continue };
                let name = [&environment.key, &command.key].map(|it| it.text().unwrap_or_default()).join(".");
                let template = TEMPLATES.iter().find_map(|it| given.get(it)).and_then(Node::text);
                let (values, is_whole) = values_of(values);
                all.push(Overrides { name, values, template, is_whole });
            }
        }
    }
    all
}

/// A map, a list of `NAME=VALUE`, or all of those in one text.
fn values_of(node: &Node) -> Given {
    match &node.kind {
        NodeKind::Mapping(pairs) => whole(pairs.iter().map(|it| Some((it.key.text()?, it.value.text()?)))),
        NodeKind::Sequence(all) => {
            joined(all.iter().map(|it| it.text().map_or_else(|| (Vec::new(), false), |it| pairs(&it))))
        }
        NodeKind::Scalar(_) => node.text().map_or_else(|| (Vec::new(), false), |it| pairs(&it)),
    }
}

fn whole(all: impl Iterator<Item = Option<(String, String)>>) -> Given {
    let all: Vec<Option<(String, String)>> = all.collect();
    let is_whole = all.iter().all(Option::is_some);
    (all.into_iter().flatten().collect(), is_whole)
}

fn joined(all: impl IntoIterator<Item = Given>) -> Given {
    let (values, is_whole): (Vec<_>, Vec<bool>) = all.into_iter().unzip();
    (values.concat(), is_whole.into_iter().all(|it| it))
}

/// `A=1 B="two words" ParameterKey=C,ParameterValue=3`.
fn pairs(text: &str) -> Given {
    let (mut all, mut is_whole) = (Vec::<(String, String)>::new(), true);
    for word in words(text) {
        let own = word.strip_prefix("ParameterKey=").and_then(|it| it.split_once(",ParameterValue="));
        match (own.or_else(|| word.split_once('=')), all.last_mut()) {
            (Some((name, value)), _) => all.push((name.to_owned(), value.to_owned())),
            (None, Some((_, value))) => *value = format!("{value} {word}"),
            // `file://…`
            (None, None) => is_whole = false,
        }
    }
    (all, is_whole)
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

/// What the tables of a file of TOML say, wherever in it.
fn of_toml(text: &str) -> Vec<Overrides> {
    let Ok(document) = text.parse::<DocumentMut>() else { return vec![Overrides::unread()] };
    let mut all = Vec::new();
    tables(document.as_table(), &mut Vec::new(), &mut all);
    all
}

fn tables<'t>(table: &'t dyn TableLike, path: &mut Vec<&'t str>, all: &mut Vec<Overrides>) {
    if let Some(given) = table.get(OVERRIDES) {
        let name = path.strip_suffix(&["parameters"]).unwrap_or(path).join(".");
        let template = TEMPLATES.iter().find_map(|it| table.get(it)).and_then(Item::as_str).map(str::to_owned);
        let (values, is_whole) = of_item(given);
        all.push(Overrides { name, values, template, is_whole });
    }
    for (key, inner) in table.iter().filter(|it| it.0 != OVERRIDES) {
        path.push(key);
        if let Some(inner) = inner.as_table_like() {
            tables(inner, path, all);
        }
        // SAM has no list of those.
        let mut listed = Vec::new();
        inner.as_array_of_tables().into_iter().flatten().for_each(|it| tables(it, path, &mut listed));
        all.extend(listed.into_iter().map(|it| Overrides { is_whole: false, ..it }));
        path.pop();
    }
}

/// The same of TOML.
fn of_item(it: &Item) -> Given {
    if let Some(table) = it.as_table_like() {
        return whole(table.iter().map(|(key, it)| Some((key.to_owned(), scalar(it.as_value()?)?))));
    }
    match it.as_value() {
        Some(Value::Array(all)) => {
            let all: Vec<Given> = all.iter().map(|it| it.as_str().map_or_else(|| (Vec::new(), false), pairs)).collect();
            joined(all)
        }
        Some(Value::String(it)) => pairs(it.value()),
        _ => (Vec::new(), false),
    }
}

fn scalar(it: &Value) -> Option<String> {
    match it {
        Value::String(it) => Some(it.value().clone()),
        Value::Integer(it) => Some(it.value().to_string()),
        Value::Boolean(it) => Some(it.value().to_string()),
        _ => None,
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
        check("s.toml", "p.deploy.parameters.parameter_overrides = 'A=1 B=\"x y\"'", &[("p.deploy", two)]);
        check(
            "s.toml",
            "[p]\ndeploy = { parameters = { parameter_overrides = { A = 1, B = 'x y' } } }",
            &[("p.deploy", two)],
        );
        check(
            "s.toml",
            "[p.deploy]\n'parameters'.\"parameter_overrides\" = \"A=1 B='x\\u0020y'\"",
            &[("p.deploy", two)],
        );
        check("s.yaml", "parameter_overrides", &[]);
    }

    #[test]
    fn files_that_cannot_be_read() {
        let check = |name: &str, text: &str, expected: &[bool]| {
            let found: Vec<bool> = of(Path::new(name), text).iter().map(|it| it.is_whole).collect();
            assert_eq!(found, expected, "{text}");
        };
        for text in
            ["[\"A=1\", ", "\"", "[}", "\"A=1", "1", "[[\"A=1\"]]", "\"file://a.json\"", "{ A = [1] }", "{ A = 1.5 }"]
        {
            check("s.toml", &format!("[p.deploy.parameters]\nparameter_overrides = {text}\n"), &[false]);
        }
        check("s.toml", "[parameter_overrides\n=\n", &[false]);
        check("s.toml", "[[p]]\nparameter_overrides = 'A=1'\n", &[false]);
        check("s.toml", "[p.deploy.parameters]\nparameter_overrides = 'A=1'\n", &[true]);
        check("s.toml", "[p.deploy.parameters]\nparameter_overrides = []\n", &[true]);
        let yaml = |it: &str| format!("p:\n  deploy:\n    parameters:\n      parameter_overrides: {it}\n");
        check("s.yaml", &yaml("A=1"), &[true]);
        check("s.yaml", &yaml("{A: [1]}"), &[false]);
        check("s.yaml", &yaml("[{A: 1}]"), &[false]);
        check("s.yaml", &yaml("file://a.json"), &[false]);
        check("d.json", "{\"template-file-path\": \"t\", \"parameters\": {\"A\": \"1\"", &[false]);
    }
}
