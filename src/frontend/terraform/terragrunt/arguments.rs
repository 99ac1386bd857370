//! `extra_arguments`: variables that Terragrunt gives to Terraform on the command line and in the environment.
//!
//! <https://terragrunt.gruntwork.io/docs/features/extra-arguments/>

use std::path::{Path, PathBuf};

use crate::frontend::terraform::eval::{World, normal};
use crate::frontend::terraform::instance::Scope;
use crate::frontend::terraform::{Variables, inputs};
use crate::source::{Diagnostic, Gravity, ReadError};
use crate::syntax::hcl::Block;
use crate::value::{Cause, Kind, Val, Why};

/// What one block gives.
pub(super) struct Given {
    label: String,
    pub forced: Variables,
    pub environment: Variables,
    /// Why there may be more.
    pub rest: Option<Why>,
}

/// A block takes the place of a parent's of the same name.
pub(super) fn inherit(into: &mut Vec<Given>, from: Vec<Given>) {
    into.retain(|it| !from.iter().any(|new| new.label == it.label));
    into.extend(from);
}

/// Where blocks are read.
pub(super) struct Reader<'a, 's> {
    pub world: &'a World<'s>,
    pub scope: &'a Scope,
    pub unit: &'a Path,
}

impl Reader<'_, '_> {
    /// `None` where the block is for other commands than those that deploy.
    pub fn read(&self, block: &Block) -> Option<Given> {
        let (commands, all) = self.texts(block, "commands");
        if all && block.body.attribute("commands").is_some() && !commands.iter().any(|it| it == "plan" || it == "apply")
        {
            return None;
        }
        let label = block.labels.first().map_or_else(String::new, |it| it.text.clone());
        let mut given = Given { label, forced: Variables::new(), environment: Variables::new(), rest: None };
        let (arguments, mut complete) = self.texts(block, "arguments");
        let mut left = arguments.iter();
        while let Some(argument) = left.next() {
            let argument = argument.trim_start_matches('-');
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag, value.to_owned()),
                None if argument == "var" || argument == "var-file" => {
                    (argument, left.next().cloned().unwrap_or_default())
                }
                None => continue,
            };
            match (flag, value.split_once('=')) {
                ("var", Some((name, text))) => {
                    let shown = format!("-var {name} of {}", self.unit.display());
                    let value = inputs::single(self.world.sources, self.world, &shown, text);
                    given.forced.insert(name.to_owned(), value);
                }
                ("var-file", _) => complete &= self.file(&value, &mut given.forced).is_ok(),
                _ => (),
            }
        }
        for (name, required) in [("required_var_files", true), ("optional_var_files", false)] {
            let (files, all) = self.texts(block, name);
            complete &= all;
            for file in files {
                let read = self.file(&file, &mut given.forced);
                complete &= read.is_ok() || (!required && matches!(read, Err(ReadError::NotFound)));
            }
        }
        complete &= self.environment(block, &mut given.environment);
        if !complete {
            let message = "what these extra_arguments give to Terraform is not known here: they may set any variable";
            let diagnostic = Diagnostic::at("terragrunt-arguments", Gravity::Incomplete, block.header, message);
            self.world.diagnostics.borrow_mut().push(diagnostic);
            given.rest = Some(Why::new(Cause::MissingFile, "extra_arguments", Some(block.header)));
        }
        Some(given)
    }

    /// The texts of a list, and whether they are all.
    fn texts(&self, block: &Block, name: &str) -> (Vec<String>, bool) {
        let Some(attribute) = block.body.attribute(name) else { return (Vec::new(), true) };
        match self.world.value(&attribute.value, self.scope).kind {
            Kind::List(list) => {
                let texts: Vec<String> = list.items.iter().filter_map(Val::as_text).collect();
                let all = list.rest.is_none() && texts.len() == list.items.len();
                (texts, all)
            }
            _ => (Vec::new(), false),
        }
    }

    fn file(&self, path: &str, values: &mut Variables) -> Result<(), ReadError> {
        let own = self.unit.to_string_lossy();
        // What `get_terragrunt_dir` begins is a path already; others count from the unit.
        let from_here = !own.is_empty() && path.starts_with(&*own);
        let path = normal(&if from_here { PathBuf::from(path) } else { self.unit.join(path) });
        let file = self.world.sources.load(&path)?;
        inputs::read(self.world.sources, file, &path, self.world, values);
        Ok(())
    }

    /// `env_vars`: those named `TF_VAR_…` are variables. Whether all of them are known.
    fn environment(&self, block: &Block, values: &mut Variables) -> bool {
        let Some(attribute) = block.body.attribute("env_vars") else { return true };
        let Kind::Map(map) = self.world.value(&attribute.value, self.scope).kind else { return false };
        for entry in &map.entries {
            if let Some(name) = entry.key.known().as_deref().and_then(|it| it.strip_prefix("TF_VAR_")) {
                values.insert(name.to_owned(), entry.value.clone());
            }
        }
        map.rest.is_none() && map.entries.iter().all(|it| it.key.known().is_some())
    }
}
